//! The one entry for set-up, tests, checks and measurements: `cargo xtask <command>`.
//!
//! | command | what it promises |
//! |---|---|
//! | `test` | everything that must pass, on a machine with only Rust and a C compiler |
//! | `check` | the part of `test` that runs no program of ours: lints, docs, licences, the house's rules |
//! | `sdk` | the part of `test` that is about the verification libraries |
//! | `screenshots` | pictures of every page of the dashboard, in `docs/screenshots` |
//! | `bench` | the benchmark of `fanfare-bench`, on the release build of the real binary |
//! | `fuzz` | made-up inputs for whatever reads what strangers send, for a minute |
//! | `n8n` | our node in a real n8n, on the debug build of the real binary |
//! | `chaos` | the fault scenarios of `fanfare-chaos`, on the release build of the real binary |
//!
//! Steps are printed with the time they took; the first failure ends the run with status 1 and
//! the line to run again.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "talks to a developer")]

mod automations;
mod bench;
mod chaos;
mod check;
mod fuzz;
mod n8n;
mod sdk;
mod setup;
mod step;
mod test;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set-up, tests, checks and measurements of fanfare")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything that must pass; installs by apt what is missing, or says what to install
    Test,
    /// Run our node in a real n8n from npm: the installation takes minutes and 2.3 GB, once
    N8n,
    /// Run the formatter, clippy, rustdoc, licences, and the house's rules
    Check,
    /// Run the tests, linters and packaging of the verification libraries
    Sdk,
    /// Fill a server with a launch and take pictures of every page of its dashboard: wide (1280
    /// pixels) and narrow (390), light and dark, with 48 colours, less than 4 MB in all. What was in
    /// docs/screenshots before is removed
    Screenshots,
    /// Build release and measure it; what follows goes to `fanfare-bench run`, e.g. --quick
    #[command(disable_help_flag = true)]
    Bench {
        /// Arguments of `fanfare-bench run`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Make up inputs for the readers of what strangers send
    Fuzz {
        /// For how many seconds
        #[arg(default_value_t = 60)]
        seconds: u64,
    },
    /// Build release and break everything around it; what follows goes to `fanfare-chaos`, e.g.
    /// --minutes 30
    #[command(disable_help_flag = true)]
    Chaos {
        /// Arguments of `fanfare-chaos`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Test => test::run(root()),
        Command::Check => check::run(root()),
        Command::Sdk => test::sdk(root()),
        Command::N8n => n8n::run(root()),
        Command::Screenshots => test::screenshots(root()),
        Command::Bench { arguments } => bench::run(root(), &arguments),
        Command::Fuzz { seconds } => fuzz::run(root(), Duration::from_secs(seconds)),
        Command::Chaos { arguments } => chaos::run(root(), &arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nFAILED: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace's manifest.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}
