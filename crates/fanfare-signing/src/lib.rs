//! Secrets, and everything that is computed with them: the two signature header families, their
//! verification, sealing at rest, API keys.
//!
//! **Promises.** Pure: no input or output, no clock, no threads; the time and every random byte
//! are arguments. No input makes a function panic. What is secret is compared in constant time,
//! shows itself as `***` in `Debug`, and is wiped from memory when dropped.
//!
//! **Map.** [`Secret`] is what a webhook shares with its receiver. [`SigningKeys`] is one or two
//! secrets made ready for the hot path; [`headers`] names what it signs for. [`verify_fanfare`]
//! and [`verify_standard`] are the receiver's side, [`explain()`] says why they refuse. [`Keyring`]
//! seals secrets before they are stored. [`ApiKey`] is what a client of the API presents, [`Token`]
//! what a person's browser does; [`hash_password`] makes passwords ready to be stored. [`draw`] is the
//! published algorithm of a
//! draw.
//!
//! **Leaves out.** Which webhook has which secret, how long an old one lives, who may see one:
//! those are use cases. Signatures of other providers belong to the inbound side.

pub mod draw;
pub mod headers;

mod api_key;
mod explain;
mod hex;
mod password;
mod seal;
mod secret;
mod signer;
mod token;
mod verify;

pub use api_key::{ApiKey, ApiKeyError, ApiKeyMode};
pub use explain::{Family, Finding, Question, SentAttempt, explain};
pub use password::{PasswordError, hash_password, verify_password};
pub use seal::{EncryptionKey, KeyId, Keyring, SealContext, SealError};
pub use secret::{Secret, SecretBytes, SecretError};
pub use signer::{FanfareUses, Macs, Rotation, Signatures, SigningKeys};
pub use token::{FormToken, Token};
pub use verify::{
    DEFAULT_TOLERANCE_SECONDS, MAX_HEADER_BYTES, MAX_SIGNATURES, StandardMessage, VerifyError,
    verify_fanfare, verify_standard,
};
