//! API keys: what a client presents as `Authorization: Bearer …`.
//!
//! **Form**: `sk_live_` or `sk_test_`, 30 random letters and digits (178 bits), and a checksum
//! of six: CRC-32 (the one of ISO-HDLC, as in zip) of everything before it, in base62 with
//! leading zeros. The checksum proves nothing; it lets a scanner or a form recognise a key, or a
//! slip of the hand, without asking anybody.
//!
//! **Authentication** does not parse: it hashes whatever was presented and looks the hash up.
//! So keys that scripts supply ([`ApiKey::parse_bootstrap`]), which carry no checksum, work like
//! any other. A plain SHA-256 is enough, because keys are random and long, unlike passwords.

use std::fmt;

use aws_lc_rs::digest;
use zeroize::{Zeroize as _, Zeroizing};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const MODE_LEN: usize = 8;
const RANDOM_LEN: usize = 30;
const CHECKSUM_LEN: usize = 6;
const FULL_LEN: usize = MODE_LEN + RANDOM_LEN + CHECKSUM_LEN;
/// How many characters after the mode may be shown.
const SHOWN_LEN: usize = 4;
/// Characters that one block of random bytes gives.
const BLOCK_LEN: usize = 10;
const BOOTSTRAP_MIN: usize = 24;
const BOOTSTRAP_MAX: usize = 256;

/// What a key is for: the first part of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiKeyMode {
    /// `sk_live_`
    Live,
    /// `sk_test_`
    Test,
}

/// A whole API key: wiped on drop, shown by `Debug` only up to [`ApiKey::prefix`].
#[derive(Clone)]
pub struct ApiKey {
    mode: ApiKeyMode,
    text: Zeroizing<String>,
}

/// Why a text is no API key. No message repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// It begins with neither `sk_live_` nor `sk_test_`.
    #[error("an API key begins with sk_live_ or sk_test_")]
    Prefix,
    /// Not 44 characters.
    #[error("an API key has 44 characters, this has {chars}")]
    Length {
        /// How many were given.
        chars: usize,
    },
    /// Something other than letters and digits after the prefix.
    #[error("after its prefix, an API key has only the letters A to Z, a to z and digits")]
    Alphabet,
    /// The last six characters do not fit the rest.
    #[error("the checksum of the API key is wrong: it was mistyped or cut")]
    Checksum,
    /// A supplied first key is too short or too long.
    #[error(
        "a supplied API key needs 24 to 256 letters or digits after its prefix, this has {chars}"
    )]
    BootstrapLength {
        /// How many characters follow the prefix.
        chars: usize,
    },
}

impl ApiKeyMode {
    /// `sk_live_` or `sk_test_`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "sk_live_",
            Self::Test => "sk_test_",
        }
    }

    fn split(text: &str) -> Result<(Self, &str), ApiKeyError> {
        [Self::Live, Self::Test]
            .into_iter()
            .find_map(|mode| Some((mode, text.strip_prefix(mode.prefix())?)))
            .ok_or(ApiKeyError::Prefix)
    }
}

impl ApiKey {
    /// A new key from 48 random bytes.
    ///
    /// Three blocks of 128 bits give ten characters each, by remainder modulo 62^10. The
    /// remainder of a number so much larger than its modulus is uniform to within 62^10 / 2^128,
    /// less than 2^-68, which no one can observe; and unlike rejection sampling it cannot run
    /// out of bytes.
    pub fn generate(mode: ApiKeyMode, mut random: [u8; 48]) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(FULL_LEN));
        text.push_str(mode.prefix());
        for block in random.chunks_exact(16) {
            let bits = block.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
            push_base62::<BLOCK_LEN>(&mut text, bits);
        }
        random.zeroize();
        let checksum = crc32(text.as_bytes());
        push_base62::<CHECKSUM_LEN>(&mut text, u128::from(checksum));
        Self { mode, text }
    }

    /// Checks prefix, length, alphabet and checksum of a key that [`generate`](Self::generate)
    /// made. Not for authentication, see [`hash_presented`](Self::hash_presented).
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let (mode, rest) = ApiKeyMode::split(text)?;
        check_alphabet(rest)?;
        if text.len() != FULL_LEN {
            return Err(ApiKeyError::Length { chars: text.len() });
        }
        let (signed, checksum) = text.split_at(FULL_LEN - CHECKSUM_LEN);
        let mut expected = String::with_capacity(CHECKSUM_LEN);
        push_base62::<CHECKSUM_LEN>(&mut expected, u128::from(crc32(signed.as_bytes())));
        if expected != checksum {
            return Err(ApiKeyError::Checksum);
        }
        Ok(Self { mode, text: Zeroizing::new(text.to_owned()) })
    }

    /// Checks a first key that a script supplies: the prefix and 24–256 letters or digits. No
    /// checksum is asked for.
    pub fn parse_bootstrap(text: &str) -> Result<Self, ApiKeyError> {
        let (mode, rest) = ApiKeyMode::split(text)?;
        check_alphabet(rest)?;
        if !(BOOTSTRAP_MIN..=BOOTSTRAP_MAX).contains(&rest.len()) {
            return Err(ApiKeyError::BootstrapLength { chars: rest.len() });
        }
        Ok(Self { mode, text: Zeroizing::new(text.to_owned()) })
    }

    /// Live or test.
    pub fn mode(&self) -> ApiKeyMode {
        self.mode
    }

    /// The whole text, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The part that may be stored and shown, so that people can tell keys apart: the mode and
    /// the next four characters, for example `sk_live_AbCd`.
    pub fn prefix(&self) -> &str {
        // Both constructors saw ASCII, and at least 24 characters after the mode.
        self.text.get(..MODE_LEN + SHOWN_LEN).unwrap_or(self.mode.prefix())
    }

    /// What is stored and looked up instead of the key: SHA-256 of the whole text.
    pub fn hash(&self) -> [u8; 32] {
        Self::hash_presented(self.text.as_bytes())
    }

    /// The hash of whatever a request presents, of either form or none. A lookup by it is the
    /// whole of authentication.
    pub fn hash_presented(presented: &[u8]) -> [u8; 32] {
        let mut hash = [0u8; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, presented).as_ref());
        hash
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}***)", self.prefix())
    }
}

fn check_alphabet(rest: &str) -> Result<(), ApiKeyError> {
    if rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(ApiKeyError::Alphabet)
    }
}

/// Appends the last `N` digits of a number in base 62, leading zeros included.
fn push_base62<const N: usize>(text: &mut String, mut number: u128) {
    let mut digits = [0u8; N];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(number % 62) as usize];
        number /= 62;
    }
    text.extend(digits.iter().copied().map(char::from));
    digits.zeroize();
}

/// CRC-32/ISO-HDLC, bit by bit: a key is checked now and then, never on the hot path.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn base62_keeps_leading_zeros_and_the_last_digits() {
        let mut text = String::new();
        push_base62::<6>(&mut text, 61);
        push_base62::<6>(&mut text, u128::from(u32::MAX));
        push_base62::<2>(&mut text, 62 * 62 + 1);
        assert_eq!(text, "00000z4gfFC301");
    }
}
