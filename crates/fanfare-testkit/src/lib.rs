//! Dev only: a clock moved by hand, seeded randomness, builders, a receiver that misbehaves on
//! demand. No crate that ships depends on it.

mod client;
mod clock;
mod entropy;
mod receiver;

pub use client::{HttpAnswer, HttpClient};
pub use clock::ManualClock;
pub use entropy::SeededEntropy;
pub use receiver::{Answer, Received, Receiver};
