//! The product through the real binary.

mod cli;
mod demo;
mod kill;
mod serve;
mod server;
mod verifiers;
