//! Cookies: read, made, ended.
//!
//! Over TLS every name begins with `__Host-`, which browsers take only from this host, over TLS
//! and for every path. Without TLS browsers refuse such names, and some refuse `Secure` even on a
//! loopback address: there the same cookies are called without the prefix and are not `Secure`.
//! Behind a proxy that does TLS the public URL must therefore be given.

use http::HeaderMap;
use http::header::COOKIE;

use crate::state::Origin;

/// The cookies there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The session's token. Ends with the browser; the server ends it earlier.
    Session,
    /// A message for the next page.
    Flash,
    /// Light or dark.
    Theme,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "fanfare_session",
            Self::Flash => "fanfare_flash",
            Self::Theme => "fanfare_theme",
        }
    }

    /// How long browsers keep it, in seconds; `None`: until they are closed.
    const fn max_age(self) -> Option<u32> {
        match self {
            Self::Session => None,
            Self::Flash => Some(60),
            Self::Theme => Some(365 * 24 * 3600),
        }
    }

    /// Its value in a request.
    pub(crate) fn read<'a>(self, origin: &Origin, headers: &'a HeaderMap) -> Option<&'a str> {
        let pairs = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        pairs.flat_map(|value| value.split(';')).find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            let name = if origin.is_secure() { name.strip_prefix("__Host-")? } else { name };
            (name == self.name() && !value.is_empty()).then_some(value)
        })
    }

    /// `Set-Cookie` with this value, which has only letters, digits, `_`, `-` and `.`.
    pub(crate) fn set(self, origin: &Origin, value: &str) -> String {
        let age = self.max_age().map(|age| format!("; Max-Age={age}"));
        self.written(origin, value, &age.unwrap_or_default())
    }

    /// `Set-Cookie` that removes it.
    pub(crate) fn end(self, origin: &Origin) -> String {
        self.written(origin, "", "; Max-Age=0")
    }

    fn written(self, origin: &Origin, value: &str, age: &str) -> String {
        let (prefix, secure) = if origin.is_secure() { ("__Host-", "; Secure") } else { ("", "") };
        let name = self.name();
        format!("{prefix}{name}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::of(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn names_follow_the_scheme() {
        let (https, http) = (origin("https://a.example"), origin("http://127.0.0.1:8080"));
        assert_eq!(
            Cookie::Session.set(&https, "abc"),
            "__Host-fanfare_session=abc; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            Cookie::Session.set(&http, "abc"),
            "fanfare_session=abc; Path=/; HttpOnly; SameSite=Lax"
        );
        assert!(Cookie::Flash.end(&https).contains("__Host-fanfare_flash=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn over_tls_only_the_prefixed_cookie_counts() {
        let (https, http) = (origin("https://a.example"), origin("http://localhost"));
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "x=1; fanfare_session=planted".parse().unwrap());
        assert_eq!(Cookie::Session.read(&https, &headers), None);
        assert_eq!(Cookie::Session.read(&http, &headers), Some("planted"));
        headers.append(COOKIE, "__Host-fanfare_session=ours".parse().unwrap());
        assert_eq!(Cookie::Session.read(&https, &headers), Some("ours"));
    }
}
