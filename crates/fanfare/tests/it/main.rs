//! The product through the real binary.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
#![expect(clippy::disallowed_methods, reason = "other processes live in real time")]

mod browser;
mod chaos;
mod cli;
mod demo;
mod kill;
mod kill_launch;
mod nodes;
mod receivers;
mod samples;
mod serve;
mod server;
mod simulate;
mod transfer;
mod verifiers;
