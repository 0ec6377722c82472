//! The variable part of an id: the 26 characters after its prefix, `wh_evt_` or another.

use std::fmt;

const PREFIX: &[u8] = b"wh_evt_";
const LENGTH: usize = 26;

/// What a record is about: an event or, in a load of changes, the consumer, order or draw that is
/// changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EventKey([u8; LENGTH]);

impl EventKey {
    /// The key that raw load numbers its bodies with: the number in 26 decimal digits.
    pub(crate) fn numbered(number: u64) -> Self {
        let mut digits = [b'0'; LENGTH];
        write_digits(&mut digits, number);
        Self(digits)
    }

    /// The first id in `text`, and what follows it.
    pub(crate) fn find(text: &[u8]) -> Option<(Self, &[u8])> {
        let mut rest = text;
        loop {
            let start = rest.iter().position(|byte| *byte == PREFIX[0])?;
            rest = &rest[start..];
            if let Some(after) = rest.strip_prefix(PREFIX)
                && let Some((key, left)) = after.split_first_chunk::<LENGTH>()
            {
                return Some((Self(*key), left));
            }
            rest = &rest[1..];
        }
    }

    /// The key of a whole id of any kind.
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        Self::parse(id.get(id.len().checked_sub(LENGTH)?..)?)
    }

    /// The key written by [`fmt::Display`].
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.as_bytes().try_into().ok().map(Self)
    }

    /// The characters.
    pub(crate) const fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or("?"))
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wh_evt_{self}")
    }
}

/// Writes `number` into the end of `digits`, padded with zeros; the places that do not fit are
/// left out.
pub(crate) fn write_digits(digits: &mut [u8], number: u64) {
    let mut left = number;
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789"[(left % 10) as usize];
        left /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_one_after_another() {
        let text = br#"{"data":[{"who":"w","id":"wh_evt_01h455vb4pex5vsknk084sn02q"},
                       {"id":"wh_evt_00000000000000000000000012"}]}"#;
        let (first, rest) = EventKey::find(text).unwrap();
        assert_eq!(first.to_string(), "01h455vb4pex5vsknk084sn02q");
        let (second, rest) = EventKey::find(rest).unwrap();
        assert_eq!(second, EventKey::numbered(12));
        assert_eq!(EventKey::find(rest), None);
    }

    #[test]
    fn an_id_of_any_kind_has_a_key() {
        let key = EventKey::of_id("con_00000000000000000000000012");
        assert_eq!(key, Some(EventKey::numbered(12)));
        assert_eq!(EventKey::of_id("con_12"), None);
    }

    #[test]
    fn a_cut_off_id_is_none() {
        assert_eq!(EventKey::find(b"wh_evt_01h455vb4pex5vsknk084sn02"), None);
        assert_eq!(EventKey::find(b""), None);
    }
}
