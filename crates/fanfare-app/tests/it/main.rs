//! The use cases over a real embedded store, a clock moved by hand and seeded randomness.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod anything;
mod auctions;
mod audit;
mod authenticate;
mod bootstrap;
mod clock;
mod deliveries;
mod draws;
mod events;
mod experiences;
mod figures;
mod housekeeping;
mod idempotency;
mod jobs;
mod keys;
mod launch;
mod launch_permissions;
mod notices;
mod orders;
mod people;
mod permissions;
mod publish;
mod queues;
mod rotation;
mod stage;
mod told;
mod webhooks;
mod world;
