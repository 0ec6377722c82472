//! The product through the real binary.

mod kill;
mod server;
mod verifiers;
