//! Tests of what comes in: signatures against vectors and the providers' own libraries, and the
//! whole way from a request to an order.

mod anything;
mod handled;
mod official;
mod payloads;
mod requests;
mod vectors;
mod world;
