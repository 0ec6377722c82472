//! Dev only: measures the real binary. `cargo xtask bench` builds and calls it.
//!
//! Each command is a process. `sink` is the receiver, `load` the publisher; both run on one
//! thread with hand-made HTTP/1.1 over loopback, so that they cost less than what is measured
//! (their own CPU time is in the table). `zoo` are receivers that misbehave. `run` starts the server and the others for each
//! scenario, and works out from their records what was lost, what came twice and how long it
//! took.
//!
//! Times are nanoseconds since 1970 from the clock that all processes of the machine share.
//! Processor times come from `/proc`, so `run` only works on Linux.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "talks to a developer")]

mod clock;
mod event_key;
mod http;
mod load;
mod process_time;
mod run;
mod sink;
mod zoo;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "fanfare-bench", about = "Measures the real binary")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Receive deliveries, answer 200, remember when each came
    Sink(sink::Options),
    /// Publish events, or post signed bodies straight to a sink
    Load(load::Options),
    /// Receive deliveries and misbehave, in every way there is
    Zoo,
    /// Start the server, the sink and the load for each scenario, and print the table
    Run(run::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Sink(options) => sink::run(&options),
        Command::Load(options) => load::run(&options),
        Command::Zoo => zoo::run(),
        Command::Run(options) => run::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fanfare-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
