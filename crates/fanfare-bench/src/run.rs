//! `fanfare-bench run`: the scenarios, each with a fresh server, database and sink.
//!
//! **Takes** the release binary of the server beside its own. **Gives** a table on the screen and
//! everything measured as JSON in `bench-results/`. **Promises**: every wait has an end, and every
//! process it started is ended by its id, whatever happens. What was acknowledged and not
//! received is counted as lost, what was received again as a duplicate; nothing is left out of a
//! latency: it runs from the start of the request (open loads: from when the event was due) to
//! the moment the receiver had read the delivery.
//!
//! **Leaves out** what a receiver far away, TLS or a slow disk would add: everything runs on one
//! machine, over loopback.

mod animals;
mod child;
mod comparison;
mod figures;
mod launch;
mod loading;
mod machine;
mod measure;
mod pages;
mod postgres;
mod receiver;
mod records;
mod scenario;
mod server;
mod table;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::clock;
use comparison::Comparison;
use figures::{Figures, median};
use launch::{LaunchFigures, Size};
use machine::Conditions;
use measure::Setting;
use pages::{Extent, PageFigures};
use scenario::{Rate, Scenario};

/// What a run is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Each scenario once, and the ones at a rate for 10 instead of 20 seconds; with --launch, a
    /// tenth of everything
    #[arg(long)]
    quick: bool,
    /// A whole launch instead of the scenarios
    #[arg(long, conflicts_with = "only")]
    launch: bool,
    /// Every page of the dashboard instead of the scenarios, with a million deliveries in the
    /// embedded store; with --quick, a tenth of them
    #[arg(long, conflicts_with_all = ["only", "launch", "runs", "postgres"])]
    pages: bool,
    /// How often each scenario is run; the table shows medians [default: 3, with --quick or
    /// --launch 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: Option<u32>,
    /// Only these scenarios, by letter: a,b,c,d,e,f,g
    #[arg(long, value_delimiter = ',')]
    only: Vec<char>,
    /// On a private PostgreSQL instead of the embedded store
    #[arg(long)]
    postgres: bool,
    /// How many servers share the database
    #[arg(long, requires = "postgres", default_value_t = 1)]
    #[arg(value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=8))]
    nodes: usize,
    /// With a million deliveries in the database before anything is measured, 200,000 of them waiting
    /// for a retry
    #[arg(long, requires = "postgres")]
    history: bool,
    /// The server's binary [default: `fanfare` beside this one]
    #[arg(long)]
    server: Option<PathBuf>,
    /// Where databases are made and removed; should be on the disk that is to be measured
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// Where the results go
    #[arg(long, default_value = "bench-results")]
    results: PathBuf,
}

/// All runs of one scenario.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// Its letter.
    letter: char,
    /// What it does, for people.
    title: String,
    /// In order.
    runs: Vec<Figures>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results<'a> {
    conditions: &'a Conditions,
    rows: &'a [Row],
    comparisons: &'a [Comparison],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LaunchResults<'a> {
    conditions: &'a Conditions,
    launches: &'a [LaunchFigures],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PagesResults<'a> {
    conditions: &'a Conditions,
    pages: &'a [PageFigures],
}

/// Runs the scenarios, prints the table and writes the results.
///
/// # Errors
/// When something cannot be started, or a scenario cannot be measured.
pub(crate) fn run(options: &Options) -> Result<()> {
    let setting = Setting::new(
        options.server.as_deref(),
        &options.folder,
        options.postgres.then_some(options.nodes),
        options.history,
    )?;
    let conditions = Conditions::read(&options.folder)?;
    println!("{conditions}");
    if options.pages {
        return every_page(options, &setting, &conditions);
    }
    if options.launch {
        return launches(options, &setting, &conditions);
    }
    let runs = options.runs.unwrap_or(if options.quick { 1 } else { 3 });
    let seconds = if options.quick { 10 } else { 20 };
    let mut rows: Vec<Row> = Vec::new();
    let mut comparisons = Vec::new();
    for mut group in scenario::chosen(&options.only, seconds) {
        for scenario in &mut group {
            if scenario.rate() == Some(Rate::HalfOfB) {
                scenario.set_rate(half_of_b(&rows)?);
            }
        }
        let measured = in_turns(&setting, &group, runs)?;
        if let [alone, beside] = measured.as_slice() {
            comparisons.push(Comparison::new(alone, beside));
        }
        rows.extend(measured);
    }
    println!("\n{}", table::render(&rows).trim_end());
    for comparison in &comparisons {
        println!("\n{comparison}");
    }
    write(options, &Results { conditions: &conditions, rows: &rows, comparisons: &comparisons })
}

/// Plays launches, prints their table and writes the results.
fn launches(options: &Options, setting: &Setting, conditions: &Conditions) -> Result<()> {
    let size = Size::new(options.quick);
    let mut launches = Vec::new();
    for number in 1..=options.runs.unwrap_or(1) {
        launches.push(launch::play(setting, size).with_context(|| format!("launch {number}"))?);
    }
    println!("\n{}", launch::render(&launches).trim_end());
    write(options, &LaunchResults { conditions, launches: &launches })
}

/// Asks for every page, prints the table and writes the results.
fn every_page(options: &Options, setting: &Setting, conditions: &Conditions) -> Result<()> {
    let pages = pages::measure(setting, Extent::new(options.quick))?;
    println!("\n{}", pages::render(&pages).trim_end());
    write(options, &PagesResults { conditions, pages: &pages })
}

/// Each scenario of a group once, then each again, and so on.
fn in_turns(setting: &Setting, group: &[Scenario], runs: u32) -> Result<Vec<Row>> {
    let row = |one: &Scenario| Row { letter: one.letter, title: one.title(), runs: Vec::new() };
    let mut rows: Vec<Row> = group.iter().map(row).collect();
    for number in 1..=runs {
        for (scenario, row) in group.iter().zip(&mut rows) {
            let Row { letter, title, .. } = row;
            let figures = measure::measure(setting, scenario)
                .with_context(|| format!("({letter}) {title}, run {number}"))?;
            println!("({letter}) {title}, run {number} of {runs}: {figures}");
            row.runs.push(figures);
        }
    }
    Ok(rows)
}

/// Half of what (b) did, which comes earlier in every choice that needs it.
fn half_of_b(rows: &[Row]) -> Result<u64> {
    let row = rows.iter().find(|row| row.letter == 'b').context("(b) was not measured before")?;
    let events: Vec<f64> = row.runs.iter().map(|run| run.events_per_second).collect();
    Ok((median(&events) / 2.0).max(1.0).round() as u64)
}

fn write(options: &Options, results: &impl Serialize) -> Result<()> {
    std::fs::create_dir_all(&options.results).context("making the folder of the results")?;
    let path = options.results.join(format!("{}.json", clock::now() / 1_000_000_000));
    let json = serde_json::to_string_pretty(results)?;
    std::fs::write(&path, json).with_context(|| format!("writing {}", path.display()))?;
    println!("\nAll runs as JSON: {}", path.display());
    Ok(())
}
