//! Forms as browsers send them: pairs, some names several times.

use url::form_urlencoded;

/// Most bytes of a form: every field of a webhook at its longest, escaped, fits.
pub(crate) const LIMIT: usize = 256 * 1024;

/// The field with the session's token, in every form that changes something.
pub(crate) const TOKEN: &str = "csrf";

/// The pairs of a form or of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads `name=value&…`.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of this name; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The first value of this name without spaces around it; `None` when nothing is left.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|value| !value.is_empty())
    }

    /// Every value of this name, in order.
    pub(crate) fn all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box of this name was ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// Every pair.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_browsers_write_them() {
        let form = Pairs::parse(b"url=https%3A%2F%2Fa.example&event=order.*&event=a+b&none=+");
        assert_eq!(form.get("url"), "https://a.example");
        assert_eq!(form.all("event").collect::<Vec<_>>(), ["order.*", "a b"]);
        assert_eq!((form.given("none"), form.has("none"), form.has("other")), (None, true, false));
    }
}
