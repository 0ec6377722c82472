//! The dashboard through its real router, over the embedded store.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod access;
mod automations;
mod connections;
mod deliveries;
mod events;
mod feed;
mod inbound;
mod launch;
mod overview;
mod security;
mod settings;
mod webhooks;
mod world;
