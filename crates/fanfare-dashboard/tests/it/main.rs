//! The dashboard through its real router, over the embedded store.

mod access;
mod deliveries;
mod security;
mod webhooks;
mod world;
