//! The server that is measured: the real binary on a fresh database, with its defaults; on
//! PostgreSQL as many nodes as were asked for.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fanfare_testkit::HttpClient;

use super::child::Owned;
use super::machine::Deadline;
use super::measure::Setting;
use crate::process_time;

/// The key of the load.
pub(crate) const KEY: &str = "sk_test_benchbenchbenchbenchbenchbench";
/// How many requests a webhook may have on their way: the most that is allowed by default.
const IN_FLIGHT: u16 = 64;
/// How long a server may take to be ready.
const READY: Duration = Duration::from_secs(30);

/// Seals the secrets of every node on PostgreSQL.
pub(crate) const SEALED_WITH: &str =
    "7777777777777777777777777777777777777777777777777777777777777777";

/// A running server, or several on one database.
pub(crate) struct Server {
    processes: Vec<Owned>,
    /// PostgreSQL's process.
    database: Option<u32>,
    /// Where the database is.
    pub(crate) url: String,
    /// Where it listens, the first of them.
    pub(crate) addr: SocketAddr,
    /// Where all of them listen.
    pub(crate) addrs: Vec<SocketAddr>,
}

impl Server {
    /// Starts a server with its database in `folder`, or several on a new database of the cluster,
    /// and waits until they are ready.
    ///
    /// # Errors
    /// When one does not become ready; the text has the end of what it said.
    pub(crate) fn start(setting: &Setting, folder: &Path) -> Result<Self> {
        let (url, nodes, database) = match &setting.postgres {
            None => (format!("sqlite:{}", folder.join("bench.db").display()), 1, None),
            Some(postgres) => (postgres.new_database(setting)?, postgres.nodes, postgres.pid()),
        };
        let mut server =
            Self { processes: Vec::new(), database, url, addr: free_address()?, addrs: Vec::new() };
        for number in 0..nodes {
            let addr = if number == 0 { server.addr } else { free_address()? };
            let process = node(&setting.server, folder, (addr, number), &server.url)?;
            server.processes.push(process);
            server.addrs.push(addr);
        }
        Ok(server)
    }

    /// Processor time that all nodes have used, in microseconds.
    ///
    /// # Errors
    /// When one has ended.
    pub(crate) fn cpu(&self) -> Result<u64> {
        self.processes.iter().map(|process| process_time::cpu(&process.id())).sum()
    }

    /// The same of PostgreSQL; 0 without it.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn database_cpu(&self) -> Result<u64> {
        self.database.map_or(Ok(0), |pid| process_time::family(&pid.to_string()))
    }

    /// The most memory that the nodes have had, together, in KiB.
    ///
    /// # Errors
    /// When one has ended.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        self.processes.iter().map(|process| process_time::peak_memory(&process.id())).sum()
    }

    /// Registers a webhook for events of these patterns.
    ///
    /// # Errors
    /// When it is not created.
    pub(crate) fn create_webhook(&self, url: &str, secret: &str, events: &[&str]) -> Result<()> {
        let body = serde_json::json!({
            "url": url, "events": events, "secret": secret, "maxInFlight": IN_FLIGHT,
        });
        let answer =
            HttpClient::new(self.addr, Some(KEY)).post("/api/webhooks", &body.to_string())?;
        if answer.status != 201 {
            bail!("creating a webhook was answered {}: {}", answer.status, answer.text());
        }
        Ok(())
    }
}

/// Starts a node and waits until it is ready.
fn node(
    binary: &Path,
    folder: &Path,
    (addr, number): (SocketAddr, usize),
    url: &str,
) -> Result<Owned> {
    let said = folder.join(format!("server-{number}.log"));
    let log = std::fs::File::create(&said).context("making the server's log")?;
    let mut command = Command::new(binary);
    // Its own environment: what is set for other servers here must not be measured.
    command
        .env_clear()
        .arg("serve")
        .current_dir(folder)
        .env("FANFARE_LISTEN", addr.to_string())
        .env("FANFARE_DATABASE_URL", url)
        .env("FANFARE_ENCRYPTION_KEY", SEALED_WITH)
        .env("FANFARE_BOOTSTRAP_API_KEY", KEY)
        .env("FANFARE_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8,::1/128")
        .env("FANFARE_ALLOW_HTTP_TARGETS", "true")
        .stderr(log);
    let mut process = Owned::spawn("server", &mut command)?;
    std::thread::spawn(drain(process.stdout()?));
    wait_until_ready(&mut process, addr).with_context(|| {
        let text = std::fs::read_to_string(&said).unwrap_or_default();
        let from = text.len().saturating_sub(2_000);
        format!("the server is not ready; it said: {}", text.get(from..).unwrap_or(&text))
    })?;
    Ok(process)
}

fn wait_until_ready(process: &mut Owned, addr: SocketAddr) -> Result<()> {
    let deadline = Deadline::after(READY);
    let mut client = HttpClient::new(addr, None);
    while !client.get("/readyz").is_ok_and(|answer| answer.status == 200) {
        process.still_runs()?;
        deadline.nap(Duration::from_millis(10))?;
    }
    Ok(())
}

/// Takes what the server prints, so that it never waits for a reader.
fn drain(mut output: std::process::ChildStdout) -> impl FnOnce() + Send {
    move || {
        let _ended = std::io::copy(&mut output, &mut std::io::sink());
    }
}

/// An address that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
