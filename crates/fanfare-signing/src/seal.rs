//! Secrets at rest: what is stored is sealed under a key that is not stored beside it.
//!
//! **Form**, in bytes: version (1, always `0x01`) ‖ key id (8) ‖ nonce (12) ‖ ciphertext ‖ tag
//! (16). AES-256-GCM-SIV (RFC 8452): a nonce that repeats by accident reveals only that two
//! values are equal, where GCM would give its key away. Version and key id are authenticated, and
//! so is the place the value belongs to ([`SealContext`]): a row copied over another one, or into
//! another organization, does not open.
//!
//! **Keys** name themselves: a key id is the beginning of a hash of the key, so a keyring needs
//! no list of names and cannot mix two keys up. Sealing uses the active key; opening finds the
//! right one, active or older. To retire a key, make the new one active, keep the old one, and
//! seal anew whatever [`Keyring::needs_resealing`] names.
//!
//! **Leaves out** where keys come from, and randomness: the caller gives the nonce.

mod key;

use std::fmt;

use aws_lc_rs::aead::{Aad, MAX_TAG_LEN, NONCE_LEN, Nonce};
use zeroize::{Zeroize as _, Zeroizing};

use self::key::{KEY_ID_LEN, SealingKey};
use crate::secret::SecretBytes;

pub use self::key::{EncryptionKey, KeyId};

const VERSION: u8 = 1;
const NONCE_AT: usize = 1 + KEY_ID_LEN;
const CIPHERTEXT_AT: usize = NONCE_AT + NONCE_LEN;

/// The place a sealed value belongs to. It opens only with the same four texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealContext<'a> {
    /// The organization's id.
    pub organization: &'a str,
    /// The table it is stored in.
    pub table: &'a str,
    /// The column it is stored in.
    pub column: &'a str,
    /// The row's id.
    pub row: &'a str,
}

impl<'a> SealContext<'a> {
    /// The place of a webhook's secret, given the text forms of both ids.
    pub const fn webhook_secret(organization: &'a str, webhook: &'a str) -> Self {
        Self { organization, table: "webhooks", column: "secret", row: webhook }
    }

    /// The place of a connection's secret, given the text forms of both ids.
    pub const fn connection_secret(organization: &'a str, connection: &'a str) -> Self {
        Self { organization, table: "connections", column: "secret", row: connection }
    }

    /// The place of the secret of a group that pulls the feed, given its name.
    pub const fn feed_secret(organization: &'a str, group: &'a str) -> Self {
        Self { organization, table: "feed_groups", column: "secret", row: group }
    }
}

/// The keys that stored secrets are sealed with: one active, any number of older ones.
pub struct Keyring {
    active: SealingKey,
    older: Vec<SealingKey>,
}

/// What can go wrong with keys and sealed values. No message repeats any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A key is not 32 bytes in hex or base64.
    #[error("an encryption key is 32 bytes: 64 hex digits, or 44 characters of base64")]
    Key,
    /// The cipher refused to seal: the value is larger than it can take (64 GiB).
    #[error("the value cannot be sealed")]
    Seal,
    /// A sealed value does not open, whatever the reason.
    #[error(
        "the sealed value cannot be opened: it is damaged, it belongs to another place, \
         or its key is not in the keyring"
    )]
    Open,
}

impl Keyring {
    /// Length of a nonce, in bytes.
    pub const NONCE_BYTES: usize = NONCE_LEN;

    /// A keyring that seals and opens with this key.
    pub fn new(active: &EncryptionKey) -> Self {
        Self { active: SealingKey::new(active), older: Vec::new() }
    }

    /// Adds a key that only opens: one that used to be active.
    #[must_use]
    pub fn with_older(mut self, key: &EncryptionKey) -> Self {
        if self.find(key.id()).is_none() {
            self.older.push(SealingKey::new(key));
        }
        self
    }

    /// Seals a value for one place with the active key. The nonce is 12 random bytes, new for
    /// every call. The result is 37 bytes longer than the value.
    pub fn seal(
        &self,
        context: SealContext<'_>,
        nonce: [u8; NONCE_LEN],
        value: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let key = &self.active;
        // Sized once: a vector that grew would leave the plain value behind in freed memory.
        let mut sealed = Vec::with_capacity(CIPHERTEXT_AT + value.len() + MAX_TAG_LEN);
        sealed.push(VERSION);
        sealed.extend_from_slice(&key.id.0);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(value);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let aad = Aad::from(associated_data(key.id, context));
        let done = key.aead.seal_in_place_separate_tag(nonce, aad, &mut sealed[CIPHERTEXT_AT..]);
        let Ok(tag) = done else {
            sealed.zeroize();
            return Err(SealError::Seal);
        };
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`seal`](Self::seal) made for the same place. Any bytes may be given.
    pub fn open(&self, context: SealContext<'_>, sealed: &[u8]) -> Result<SecretBytes, SealError> {
        let id = Self::key_id_of(sealed).ok_or(SealError::Open)?;
        let key = self.find(id).ok_or(SealError::Open)?;
        let nonce = sealed.get(NONCE_AT..CIPHERTEXT_AT).ok_or(SealError::Open)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Open)?;
        let ciphertext = sealed.get(CIPHERTEXT_AT..).ok_or(SealError::Open)?;
        let mut value = Zeroizing::new(ciphertext.to_vec());
        let aad = Aad::from(associated_data(id, context));
        let opened = key.aead.open_in_place(nonce, aad, &mut value);
        let len = opened.map_err(|_| SealError::Open)?.len();
        value.truncate(len);
        Ok(SecretBytes::new(value))
    }

    /// The key that a value says it is sealed with; `None` if it is no sealed value at all.
    /// Unauthenticated: good for telling an operator which key is missing, for nothing else.
    pub fn key_id_of(sealed: &[u8]) -> Option<KeyId> {
        match sealed.split_first()? {
            (&VERSION, rest) => rest.first_chunk().copied().map(KeyId),
            _ => None,
        }
    }

    /// The id of the key that seals.
    pub fn active_id(&self) -> KeyId {
        self.active.id
    }

    /// Whether a value is sealed with anything but the active key.
    pub fn needs_resealing(&self, sealed: &[u8]) -> bool {
        Self::key_id_of(sealed) != Some(self.active.id)
    }

    fn find(&self, id: KeyId) -> Option<&SealingKey> {
        std::iter::once(&self.active).chain(&self.older).find(|key| key.id == id)
    }
}

/// Version, key id, and each part with its length before it, so that no two places give the
/// same bytes.
fn associated_data(id: KeyId, context: SealContext<'_>) -> Vec<u8> {
    let SealContext { organization, table, column, row } = context;
    let mut data = vec![VERSION];
    data.extend_from_slice(&id.0);
    for part in [organization, table, column, row] {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    data
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let older: Vec<KeyId> = self.older.iter().map(|key| key.id).collect();
        f.debug_struct("Keyring")
            .field("active", &self.active.id)
            .field("older", &older)
            .finish_non_exhaustive()
    }
}
