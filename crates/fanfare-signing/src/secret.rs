//! The secret that a webhook shares with its receiver.
//!
//! One text, two keys. The seed's header uses the UTF-8 bytes of the whole text; Standard
//! Webhooks uses the bytes that the part after `whsec_` encodes. The two differ for every
//! secret, and that difference is what keeps a signature of one family from being valid in the
//! other. A text that is not strictly of the second form simply has no second key: decoding it
//! when possible and taking it raw otherwise would change keys silently.

use std::fmt;
use std::ops::Deref;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize as _, Zeroizing};

const PREFIX: &str = "whsec_";

/// A webhook's secret: 16–256 visible ASCII characters, wiped on drop, never shown by `Debug`.
///
/// Equality takes the same time wherever two secrets of one length differ.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// Secret bytes, usable as a slice: wiped on drop, never shown by `Debug`.
#[derive(Clone)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

/// Why a text cannot be a [`Secret`]. No message repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Fewer than [`Secret::MIN_CHARS`] characters.
    #[error("the secret is too short: {chars} characters, at least 16 are needed")]
    TooShort {
        /// How many were given.
        chars: usize,
    },
    /// More than [`Secret::MAX_CHARS`] characters.
    #[error("the secret is too long: {chars} characters, at most 256 are allowed")]
    TooLong {
        /// How many were given.
        chars: usize,
    },
    /// White space before or after it: nearly always an accident of copying.
    #[error("the secret begins or ends with white space; remove it")]
    SurroundingWhitespace,
    /// A character outside `!` to `~`.
    #[error(
        "character {position} of the secret is not visible ASCII; \
         only letters, digits and punctuation are allowed, no spaces"
    )]
    NotVisibleAscii {
        /// Which one, counted from 1.
        position: usize,
    },
}

impl Secret {
    /// The shortest secret a customer may supply.
    pub const MIN_CHARS: usize = 16;
    /// The longest secret a customer may supply.
    pub const MAX_CHARS: usize = 256;

    /// Checks a supplied text. Nothing is trimmed or changed: the characters are the key.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if text.trim().len() != text.len() {
            return Err(SecretError::SurroundingWhitespace);
        }
        if let Some(at) = text.chars().position(|character| !character.is_ascii_graphic()) {
            return Err(SecretError::NotVisibleAscii { position: at + 1 });
        }
        let chars = text.len();
        if chars < Self::MIN_CHARS {
            return Err(SecretError::TooShort { chars });
        }
        if chars > Self::MAX_CHARS {
            return Err(SecretError::TooLong { chars });
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// A new secret from 32 random bytes: `whsec_` and their base64, 50 characters. It always
    /// has a [`standard_key`](Self::standard_key).
    pub fn generate(mut random: [u8; 32]) -> Self {
        let mut text = String::with_capacity(PREFIX.len() + 44);
        text.push_str(PREFIX);
        STANDARD.encode_string(random, &mut text);
        random.zeroize();
        Self(Zeroizing::new(text))
    }

    /// The whole text, for the two places that need it: the answer that shows it once, and
    /// sealing it for storage. Its bytes are the key of `X-Fanfare-Signature`.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The key of Standard Webhooks: the decoded bytes if the secret is `whsec_` followed by
    /// canonical standard base64, padding included, of 24–64 bytes; otherwise none, and the
    /// `webhook-*` headers are unavailable.
    pub fn standard_key(&self) -> Option<SecretBytes> {
        let encoded = self.0.strip_prefix(PREFIX)?;
        let key = Zeroizing::new(STANDARD.decode(encoded).ok()?);
        (24..=64).contains(&key.len()).then(|| SecretBytes::new(key))
    }
}

impl SecretBytes {
    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

impl Eq for Secret {}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(***)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
