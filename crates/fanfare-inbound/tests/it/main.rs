//! Tests of what comes in: signatures against vectors and the providers' own libraries, and the
//! whole way from a request to an order.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod anything;
mod handled;
mod official;
mod payloads;
mod requests;
mod vectors;
mod world;
