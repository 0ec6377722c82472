//! The product through the real binary.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
#![expect(clippy::disallowed_methods, reason = "other processes live in real time")]

mod browser;
mod chaos;
mod cli;
mod contract;
mod demo;
mod inbound;
mod kill;
mod kill_launch;
mod listen;
mod mails;
mod nodes;
mod people;
mod quickstart;
mod receivers;
mod remote;
mod samples;
mod serve;
mod server;
mod simulate;
mod transfer;
mod verifiers;
