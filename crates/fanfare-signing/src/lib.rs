//! Secrets, and everything that is computed with them: the two signature header families, their
//! verification, sealing at rest, API keys.
//!
//! **Promises.** Pure: no input or output, no clock, no threads; the time and every random byte
//! are arguments. No input makes a function panic. What is secret is compared in constant time,
//! shows itself as `***` in `Debug`, and is wiped from memory when dropped.
//!
//! **Map.** [`Secret`] is what a webhook shares with its receiver. [`SigningKeys`] is one or two
//! secrets made ready for the hot path; [`headers`] names what it signs for. [`verify_fanfare`]
//! and [`verify_standard`] are the receiver's side, [`explain`]
//! says why they refuse. [`Keyring`] seals secrets before they are
//! stored. [`ApiKey`] is what a client of the API presents. [`draw`] is the published algorithm of a
//! draw.
//!
//! **Leaves out.** Which webhook has which secret, how long an old one lives, who may see one:
//! those are use cases. Signatures of other providers belong to the inbound side.

pub mod draw;
pub mod headers;

mod api_key;
mod explain;
mod hex;
mod seal;
mod secret;
mod signer;
mod verify;

pub use api_key::{ApiKey, ApiKeyError, ApiKeyMode};
pub use explain::{Family, Finding, Question, SentAttempt, explain};
pub use seal::{EncryptionKey, KeyId, Keyring, SealContext, SealError};
pub use secret::{Secret, SecretBytes, SecretError};
pub use signer::{FanfareUses, Macs, Rotation, Signatures, SigningKeys};
pub use verify::{
    DEFAULT_TOLERANCE_SECONDS, MAX_HEADER_BYTES, MAX_SIGNATURES, StandardMessage, VerifyError,
    verify_fanfare, verify_standard,
};
