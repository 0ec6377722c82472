//! The dashboard through its real router, over the embedded store.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod access;
mod deliveries;
mod security;
mod webhooks;
mod world;
