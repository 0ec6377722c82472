//! `fanfare-chaos`: runs all scenarios on a binary, sharing the time, and prints a table of
//! figures.
//!
//! Ends with status 1 when a promise broke.
#![expect(clippy::print_stdout, reason = "talks to a developer")]

use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;
use fanfare_chaos::{Figures, Other, SCENARIOS, Scenario, Setup, unmount_all};
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(about = "Breaks things around the product and looks whether its promises hold")]
struct Arguments {
    /// The binary of the product
    #[arg(long)]
    binary: PathBuf,
    /// For how long, shared by all scenarios; what is set up and cleared away comes on top
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
    /// Where choices come from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only scenarios whose name, with the store in brackets, contains this
    #[arg(long)]
    only: Option<String>,
    /// A binary of a version before, for T18, which is not run without
    #[arg(long)]
    previous: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    thread::spawn(clear_away_when_asked_to_end);
    let wanted = |scenario: &&Scenario| {
        arguments.only.as_ref().is_none_or(|text| title(scenario).contains(text.as_str()))
    };
    let scenarios: Vec<_> = SCENARIOS.iter().filter(wanted).collect();
    let share = arguments.minutes * 60 / scenarios.len().max(1) as u64;
    let setup = Setup {
        binary: arguments.binary,
        length: Duration::from_secs(share),
        seed: arguments.seed,
        postgres: None,
        other: arguments.previous.map(Other::Previous),
    };
    println!("seed {}, {share} s for each of {} scenarios", setup.seed, scenarios.len());
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    let mut broken = 0;
    for scenario in scenarios {
        println!("── {}", title(scenario));
        let figures = run(scenario, &setup);
        for line in &figures.broken {
            println!("   BROKEN: {line}");
        }
        broken += figures.broken.len();
        rows.push(row(scenario, &figures));
    }
    println!();
    print(&rows);
    if broken > 0 {
        println!("\n{broken} promises broke.");
        return ExitCode::FAILURE;
    }
    println!("\nEvery promise held.");
    ExitCode::SUCCESS
}

fn title(scenario: &Scenario) -> String {
    format!("{} ({})", scenario.name, scenario.backend)
}

/// What would outlive this process is cleared away when it is asked to end: processes end by
/// themselves, mounted disks do not.
fn clear_away_when_asked_to_end() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let [mut interrupt, mut terminate] = [SignalKind::interrupt(), SignalKind::terminate()]
            .map(|kind| signal(kind).expect("a signal is heard of"));
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    });
    unmount_all();
    std::process::exit(130);
}

/// A scenario that panics broke its promise to run.
fn run(scenario: &Scenario, setup: &Setup) -> Figures {
    catch_unwind(|| (scenario.run)(setup)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let text = text.unwrap_or_else(|| "something else than a text".to_owned());
        Figures { broken: vec![format!("it panicked: {text}")], ..Figures::default() }
    })
}

const HEAD: [&str; 12] = [
    "scenario",
    "backend",
    "faults",
    "acknowledged",
    "delivered",
    "lost",
    "double claims",
    "early",
    "duplicates/fault",
    "recovery s",
    "verdict",
    "notes",
];

fn row(scenario: &Scenario, figures: &Figures) -> Vec<String> {
    let per_fault = figures.duplicates as f64 / figures.faults.max(1) as f64;
    vec![
        scenario.name.to_owned(),
        scenario.backend.to_owned(),
        figures.faults.to_string(),
        figures.acknowledged.to_string(),
        figures.delivered.to_string(),
        figures.lost.to_string(),
        figures.double_claims.to_string(),
        figures.early.to_string(),
        format!("{per_fault:.1}"),
        format!("{:.1}", figures.recovery.as_secs_f64()),
        if figures.broken.is_empty() { "ok" } else { "BROKEN" }.to_owned(),
        figures.notes.join("; "),
    ]
}

fn print(rows: &[Vec<String>]) {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<_> = (0..HEAD.len()).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
