//! A message for the next page, in a cookie that the page after a change shows once.
//!
//! It is signed with the session's token, so that nobody else can put words into our mouth, not
//! even over plain HTTP, where another port of the same host could plant cookies.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlashKind {
    /// It was done.
    Done,
    /// It was not.
    Refused,
}

/// A message for the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flash {
    pub(crate) kind: FlashKind,
    pub(crate) text: String,
}

/// Most characters of a message: browsers drop cookies of more than 4 KiB.
const LONGEST: usize = 600;

impl Flash {
    /// The cookie's value.
    pub(crate) fn seal(&self, token: &str) -> String {
        let mark = if self.is_done() { '+' } else { '-' };
        let text = self.text.chars().take(LONGEST);
        let message = URL_SAFE_NO_PAD.encode(std::iter::once(mark).chain(text).collect::<String>());
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key(token), message.as_bytes()));
        format!("{message}.{tag}")
    }

    /// Reads a cookie's value; `None` unless this session sealed it.
    pub(crate) fn open(value: &str, token: &str) -> Option<Self> {
        let (message, tag) = value.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&key(token), message.as_bytes(), &tag).ok()?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(message).ok()?).ok()?;
        let kind = if text.starts_with('+') { FlashKind::Done } else { FlashKind::Refused };
        Some(Self { kind, text: text.chars().skip(1).collect() })
    }

    /// Whether it tells of something done.
    pub(crate) fn is_done(&self) -> bool {
        self.kind == FlashKind::Done
    }
}

fn key(token: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, format!("flash\0{token}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_session_that_sealed_it_reads_it() {
        let flash = Flash { kind: FlashKind::Refused, text: "Zürich: <b>".into() };
        let sealed = flash.seal("token");
        assert_eq!(Flash::open(&sealed, "token"), Some(flash));
        assert_eq!(Flash::open(&sealed, "other"), None);
        let forged =
            format!("{}.{}", URL_SAFE_NO_PAD.encode("+hello"), &sealed[sealed.len() - 43..]);
        assert_eq!(Flash::open(&forged, "token"), None);
    }
}
