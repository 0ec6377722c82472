//! The binary: commands, configuration, wiring. The only crate that names a backend.
//!
//! **Promises.** What it prints for programs goes to the standard output, everything for people
//! and logs to the standard error. The exit status says how it ended ([`Exit`]). Secrets are
//! printed once, when they are made, and never logged.
//!
//! **Map.** `cli` is what can be typed. `config` turns file, environment and flags into settings.
//! `node` wires store, engine, use cases and API into a running server, which `serve` runs until
//! a signal and `demo` shows at work. `keys`, `user` and `audit` work on the database beside a
//! server, `migrate` on its schema, `transfer` moves everything into another one. `simulate`,
//! `draw`, `connections`, `stripe`, `remote` (what is asked of a server or told to it) and `listen`
//! are clients of a running server, through its public API only (`client`), which `profile` knows
//! by name.

mod audit;
mod cli;
mod client;
mod clock;
mod config;
mod connections;
mod database;
mod demo;
mod draw;
mod encryption_key;
mod entropy;
mod exit;
mod keys;
mod listen;
mod logging;
mod mails;
mod migrate;
mod node;
mod output;
mod profile;
mod progress;
mod remote;
mod screen;
mod serve;
mod signals;
mod simulate;
mod tool;
mod transfer;
mod user;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, ConfigWhat, What};
use exit::{Exit, Failure};

/// The engine allocates and frees small things on different threads, thousands of times a second:
/// glibc's allocator takes a sixth of its processor time for that, this one half as much. Without
/// huge pages, which would make it keep twice the memory for nothing measurable.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let ended = match command {
        What::Serve(args) => serve::run(&args),
        What::Demo(args) => demo::run(&args),
        What::Simulate(args) => simulate::run(&args),
        What::Draw { what } => draw::run(&what),
        What::Keys { what } => keys::run(&what),
        What::User { what } => user::run(&what),
        What::Notices { what } => mails::run(&what),
        What::Audit { what } => audit::run(&what),
        What::Connections { what } => connections::run(&what),
        What::Stripe { what } => connections::stripe(&what),
        What::Migrate { what } => migrate::run(&what),
        What::Export(args) => transfer::export(&args),
        What::Import(args) => transfer::import(&args),
        What::Config { what } => config_command(&what),
        What::Remote(what) => remote::run(&what),
        What::Profile { what } => profile::run(&what),
        What::Completion { shell } => output::print(&shell.script()),
        What::Openapi => output::print(&fanfare_api::openapi::text()),
        What::Version => output::print(concat!("fanfare ", env!("CARGO_PKG_VERSION"), "\n")),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure);
            failure.exit.into()
        }
    }
}

fn config_command(what: &ConfigWhat) -> Result<Exit, Failure> {
    match what {
        ConfigWhat::Show(args) => output::print(&config::load(&args.inputs())?.show()),
        ConfigWhat::Check(args) => {
            let config = config::load(&args.inputs())?.config;
            mails::settings(&config, config.listen)?;
            output::print("The configuration is valid.\n")
        }
    }
}
