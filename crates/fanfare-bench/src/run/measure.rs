//! One run of one scenario, from starting the processes to its figures.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use super::animals::Zoo;
use super::figures::{Counted, Figures, Used};
use super::loading::Loading;
use super::machine::{Deadline, share_of_machine};
use super::postgres::Postgres;
use super::receiver::{RECEIPTS, SECRET, Sink, path};
use super::records;
use super::scenario::{Beside, CONNECTIONS, Load, Rate, Scenario};
use super::server::Server;
use crate::load::{Ack, Report};
use crate::sink::Receipt;
use crate::{clock, process_time};

/// How long a closed load may take.
const CLOSED_LIMIT: u64 = 180;
/// How long an open load may take longer than its time.
const OPEN_LATE: u64 = 60;
/// How long the server may take to come to rest after the last delivery.
const REST_LIMIT: Duration = Duration::from_secs(5);

/// What every run uses.
pub(crate) struct Setting {
    pub(super) server: PathBuf,
    pub(super) bench: PathBuf,
    pub(super) folder: PathBuf,
    /// What the servers are on, unless they are on the embedded store.
    pub(super) postgres: Option<Postgres>,
}

impl Setting {
    /// # Errors
    /// When there is no server to measure.
    pub(crate) fn new(
        server: Option<&Path>,
        folder: &Path,
        nodes: Option<usize>,
        history: bool,
    ) -> Result<Self> {
        let bench = std::env::current_exe().context("where this binary is")?;
        let server = server.map_or_else(|| bench.with_file_name("fanfare"), Path::to_owned);
        // The server is started in a folder of its own.
        let server = server
            .canonicalize()
            .with_context(|| format!("there is no server at {}", server.display()))?;
        std::fs::create_dir_all(folder).context("making the folder of the databases")?;
        let folder = folder.canonicalize()?;
        let postgres = nodes.map(|nodes| Postgres::start(nodes, history));
        Ok(Self { server, bench, folder, postgres })
    }
}

/// Runs the scenario once.
///
/// # Errors
/// When a process cannot be started or ends early, or a signature was wrong. Lost deliveries are
/// no error, they are a figure.
pub(crate) fn measure(setting: &Setting, scenario: &Scenario) -> Result<Figures> {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&setting.folder)?;
    // The one that hangs comes after the healthy ones.
    let hangs = (scenario.beside == Beside::OneHangs).then(|| path(scenario.webhooks));
    let mut sink = Sink::start(&setting.bench, folder.path(), hangs.as_deref())?;
    let zoo = match scenario.beside {
        Beside::Zoo => Some(Zoo::start(setting)?),
        Beside::Nobody | Beside::OneHangs => None,
    };
    let server = match scenario.load {
        Load::Raw { .. } => None,
        Load::Closed { .. } | Load::Open { .. } => {
            Some(start_server(setting, scenario, &folder, (&sink, zoo.as_ref()))?)
        }
    };
    let before = Spent::now(server.as_ref(), &sink, zoo.as_ref())?;
    let sink_alone = [sink.listen];
    let targets = server.as_ref().map_or(&sink_alone[..], |server| &server.addrs);
    let report = run_load(setting, scenario, &folder, targets)?;
    sink.wait_for(report.acked * scenario.webhooks as u64, healthy(scenario))?;
    if let Some(server) = &server {
        rest(server)?;
    }
    let after = Spent::now(server.as_ref(), &sink, zoo.as_ref())?;
    let peak_memory = server.as_ref().map(Server::peak_memory);
    let used = after.less(before, report.cpu, peak_memory.transpose()?)?;
    let counts = sink.finish()?;
    drop(server);
    zoo.map(Zoo::finish).transpose()?;
    if let Some(failure) = &report.first_failure {
        println!("   {} events failed; the first: {failure}", report.failed);
    }
    ensure!(report.acked > 0, "nothing was acknowledged");
    let acks = read(&folder.path().join("acks"), Ack::parse)?;
    let receipts = read(&folder.path().join(RECEIPTS), Receipt::parse)?;
    let findings = records::compare(&acks, &receipts, healthy(scenario));
    let counted =
        Counted { failed: report.failed, refused: report.refused, verified: counts.verified };
    Ok(Figures::new(&findings, used, counted))
}

fn start_server(
    setting: &Setting,
    scenario: &Scenario,
    folder: &TempDir,
    (sink, zoo): (&Sink, Option<&Zoo>),
) -> Result<Server> {
    let server = Server::start(setting, folder.path())?;
    let hangs = usize::from(scenario.beside == Beside::OneHangs);
    for number in 0..scenario.webhooks + hangs {
        server.create_webhook(&sink.url(number), SECRET, &["*"])?;
    }
    if let Some(postgres) = setting.postgres.as_ref().filter(|postgres| postgres.history()) {
        // Of a type that the load does not publish.
        let old = format!("{}history", sink.url(0));
        server.create_webhook(&old, SECRET, &["experience.cancelled"])?;
        postgres.fill(&server.url);
    }
    for url in zoo.iter().flat_map(|zoo| zoo.urls.values()) {
        server.create_webhook(url, SECRET, &["*"])?;
    }
    Ok(server)
}

/// The webhooks that answer.
const fn healthy(scenario: &Scenario) -> std::ops::Range<usize> {
    0..scenario.webhooks
}

fn run_load(
    setting: &Setting,
    scenario: &Scenario,
    folder: &TempDir,
    targets: &[SocketAddr],
) -> Result<Report> {
    let mut arguments = Vec::new();
    let limit = match scenario.load {
        Load::Raw { events } => {
            arguments.extend(["raw", "--secret", SECRET].map(str::to_owned));
            arguments.extend(["--events".to_owned(), events.to_string()]);
            CLOSED_LIMIT
        }
        Load::Closed { events, batch } => {
            arguments.extend(["closed".to_owned(), "--events".to_owned(), events.to_string()]);
            arguments.extend(["--batch".to_owned(), batch.to_string()]);
            CLOSED_LIMIT
        }
        Load::Open { rate: Rate::Events(rate), seconds } => {
            arguments.extend(["open".to_owned(), "--rate".to_owned(), rate.to_string()]);
            arguments.extend(["--seconds".to_owned(), seconds.to_string()]);
            seconds + OPEN_LATE
        }
        Load::Open { rate: Rate::HalfOfB, .. } => bail!("the rate is not settled"),
    };
    let out = folder.path().join("acks");
    Loading::start(&setting.bench, targets, &arguments, (CONNECTIONS, limit), &out)?.finish()
}

/// Waits until the server has written what it has to write: it uses no processor time for two
/// tenths of a second. With a webhook that hangs it may never quite rest; that is no error.
pub(super) fn rest(server: &Server) -> Result<()> {
    let deadline = Deadline::after(REST_LIMIT);
    let mut quiet = 0;
    let mut before = server.cpu()?;
    while quiet < 2 && deadline.nap(Duration::from_millis(100)).is_ok() {
        let now = server.cpu()?;
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
    Ok(())
}

pub(super) fn read<T>(path: &Path, parse: fn(&str) -> Option<T>) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    let broken = || format!("a line of {} is not as expected", path.display());
    text.lines().map(|line| parse(line).with_context(broken)).collect()
}

/// Processor time used so far, and when it was asked for.
#[derive(Clone, Copy)]
pub(super) struct Spent {
    at: u64,
    server: Option<u64>,
    database: u64,
    sink: u64,
    zoo: Option<u64>,
    own: u64,
    machine: u64,
}

impl Spent {
    pub(super) fn now(server: Option<&Server>, sink: &Sink, zoo: Option<&Zoo>) -> Result<Self> {
        Ok(Self {
            at: clock::now(),
            server: server.map(Server::cpu).transpose()?,
            database: server.map_or(Ok(0), Server::database_cpu)?,
            sink: process_time::cpu(&sink.process.id())?,
            zoo: zoo.map(|zoo| process_time::cpu(&zoo.id())).transpose()?,
            own: process_time::cpu("self")?,
            machine: process_time::machine()?,
        })
    }

    /// What was used since `before`; the load's share is known from its report.
    pub(super) fn less(self, before: Self, load: u64, peak_memory: Option<u64>) -> Result<Used> {
        let server = self.server.zip(before.server).map(|(now, then)| now - then);
        let sink = self.sink - before.sink;
        let zoo = self.zoo.zip(before.zoo).map(|(now, then)| now - then);
        let database = self.database - before.database;
        let ours = server.unwrap_or(0) + database + sink + zoo.unwrap_or(0) + load;
        let ours = ours + (self.own - before.own);
        let others = (self.machine - before.machine).saturating_sub(ours);
        let share = |cpu| share_of_machine(cpu, self.at - before.at);
        let (zoo, others) = (zoo.map(share).transpose()?, share(others)?);
        Ok(Used { server, database, load, sink, peak_memory, zoo, others })
    }
}
