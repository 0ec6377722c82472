//! The API through its router: a real embedded store, a clock moved by hand, seeded randomness,
//! no delivery engine.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod access;
mod auctions;
mod audit;
mod bad_input;
mod consumers;
mod distributions;
mod draws;
mod experiences;
mod feed;
mod front;
mod idempotency;
mod integrations;
mod lists;
mod openapi;
mod operations;
mod orders;
mod pages;
mod participants;
mod polling;
mod products;
mod publish;
mod rate_limit;
mod requests;
mod shapes;
mod tenancy;
mod webhooks;
mod world;
