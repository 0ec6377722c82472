//! The published algorithm of a draw: who is selected follows from a seed that was fixed before
//! anybody entered, and can be computed again by anybody.
//!
//! 1. When a draw is created, 32 random bytes are its *seed*. Its *commitment*, the SHA-256 of
//!    the seed, is published at once; the seed itself when the winners are selected.
//! 2. An entrant's *rank* is HMAC-SHA256 with the seed as the key over the text
//!    `distribution_id:consumer_id`, for example `dist_01h4…:con_01h4…`.
//! 3. Entrants are selected in ascending order of their ranks, compared as bytes: the first
//!    `winnerCount`, and for every replacement the next.
//!
//! So each order of the entrants is as likely as any other, a seed that fits the commitment
//! leaves nothing to choose, and one entrant more or less moves nobody else. What it does not
//! show is that the organization did not enter people of its own.

use aws_lc_rs::{digest, hmac};

/// The name of the algorithm, as a draw shows it.
pub const ALGORITHM: &str = "hmac-sha256-rank";

/// What is published when a draw is created: the SHA-256 of its seed.
pub fn commitment(seed: &[u8; 32]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, seed).as_ref());
    bytes
}

/// An entrant's rank. The ids are given in their text form.
pub fn rank(seed: &[u8; 32], distribution_id: &str, consumer_id: &str) -> [u8; 32] {
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, seed));
    for part in [distribution_id, ":", consumer_id] {
        mac.update(part.as_bytes());
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(mac.sign().as_ref());
    bytes
}

/// Lower-case hex of 32 bytes, as the API shows seeds, commitments and ranks.
pub fn hex(bytes: &[u8; 32]) -> String {
    String::from_utf8_lossy(&crate::hex::encode(bytes)).into_owned()
}

/// The 32 bytes of 64 lower-case hex digits.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    crate::hex::decode(text.as_bytes())
}
