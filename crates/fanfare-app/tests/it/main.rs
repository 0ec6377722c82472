//! The use cases over a real embedded store, a clock moved by hand and seeded randomness.

mod authenticate;
mod bootstrap;
mod deliveries;
mod events;
mod housekeeping;
mod idempotency;
mod jobs;
mod keys;
mod permissions;
mod publish;
mod rotation;
mod webhooks;
mod world;
