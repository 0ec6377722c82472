//! Tokens that let a person in: of sessions and of links that work once.
//!
//! 256 random bits, shown as 43 characters of URL-safe base64. What is stored is a plain SHA-256,
//! which is enough because they are random and long. The token that forms carry against forged
//! requests is derived from the session's, so that it needs no place of its own: HMAC-SHA256 under
//! the session's token, of a fixed text.

use std::fmt;

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

const FORMS: &[u8] = b"fanfare forms 1";

/// A token: wiped on drop, `***` in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<[u8; 32]>);

impl Token {
    /// The token of these random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// Reads what [`Token::expose`] gave; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// The text, for the one who holds it.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(*self.0)
    }

    /// What is stored and looked up instead of the token.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, &*self.0).as_ref());
        hash
    }

    /// The token that the forms of this session carry.
    pub fn forms(&self) -> FormToken {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*self.0);
        FormToken(URL_SAFE_NO_PAD.encode(hmac::sign(&key, FORMS)))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// What a form must carry to be believed to be ours; `***` in `Debug`.
#[derive(Clone)]
pub struct FormToken(String);

impl FormToken {
    /// The text, for a hidden field or a header.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a form carried exactly this, in constant time.
    pub fn accepts(&self, given: &str) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), given.as_bytes()).is_ok()
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormToken(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_spelling_and_shows_itself_only_when_asked() {
        let token = Token::new([7; 32]);
        let text = token.expose();
        assert_eq!(text.len(), 43);
        assert_eq!(Token::parse(&text), Some(token.clone()));
        for other in ["", "a", &text[1..], &format!("{text}="), &format!("{}_", &text[..42])] {
            assert_eq!(Token::parse(other), None, "{other}");
        }
        assert!(!format!("{token:?} {:?}", token.forms()).contains(&text));
        assert_ne!(token.hash(), Token::new([8; 32]).hash());
    }

    #[test]
    fn forms_are_believed_with_the_token_of_their_session_alone() {
        let (token, other) = (Token::new([7; 32]), Token::new([8; 32]));
        assert!(token.forms().accepts(token.forms().expose()));
        assert!(!token.forms().accepts(other.forms().expose()));
        assert!(!token.forms().accepts(""));
        assert!(!token.forms().accepts(&token.expose()));
    }
}
