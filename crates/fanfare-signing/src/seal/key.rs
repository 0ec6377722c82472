//! Keys that seal: how they are read, named and kept.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, LessSafeKey, UnboundKey};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize as _, Zeroizing};

use super::SealError;
use crate::hex;

pub(super) const KEY_ID_LEN: usize = 8;
const KEY_ID_DOMAIN: &[u8] = b"fanfare sealing key id v1\0";

/// 32 bytes that seal and open: wiped on drop, shown by `Debug` only by their [`KeyId`].
#[derive(Clone)]
pub struct EncryptionKey(Zeroizing<[u8; 32]>);

/// Names a key without telling anything about it: 8 bytes, shown as 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(super) [u8; KEY_ID_LEN]);

/// A key made ready for use, with its name.
pub(super) struct SealingKey {
    pub(super) id: KeyId,
    pub(super) aead: LessSafeKey,
}

impl EncryptionKey {
    /// A key from 32 bytes, which should be random.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads a key from configuration: 32 bytes as 64 hex digits of either case, or as standard
    /// base64 with padding. White space around it (a file's last newline) is ignored.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let text = text.trim();
        let key = if text.len() == 64 {
            let lower = Zeroizing::new(text.to_ascii_lowercase());
            hex::decode(lower.as_bytes())
        } else {
            let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| SealError::Key)?);
            bytes.as_slice().try_into().ok()
        };
        key.map(Self::from_bytes).ok_or(SealError::Key)
    }

    /// The key in the form that [`parse`](Self::parse) reads, to be kept in a file that only its
    /// owner can read: 64 lower-case hex digits.
    pub fn to_hex(&self) -> Zeroizing<String> {
        let mut digits = hex::encode(&self.0);
        let text = digits.iter().copied().map(char::from).collect();
        digits.zeroize();
        Zeroizing::new(text)
    }

    /// The beginning of a hash of the key.
    pub fn id(&self) -> KeyId {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(KEY_ID_DOMAIN);
        hash.update(self.0.as_slice());
        let mut id = [0u8; KEY_ID_LEN];
        id.copy_from_slice(&hash.finish().as_ref()[..KEY_ID_LEN]);
        KeyId(id)
    }
}

impl SealingKey {
    pub(super) fn new(key: &EncryptionKey) -> Self {
        let unbound = UnboundKey::new(&AES_256_GCM_SIV, key.0.as_slice())
            .expect("32 bytes is the length of this algorithm's key");
        Self { id: key.id(), aead: LessSafeKey::new(unbound) }
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionKey({})", self.id())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
