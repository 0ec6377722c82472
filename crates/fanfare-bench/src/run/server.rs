//! The server that is measured: the real binary on a fresh database, with its defaults.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fanfare_testkit::HttpClient;

use super::child::Owned;
use super::machine::Deadline;

/// The key of the load.
pub(crate) const KEY: &str = "sk_test_benchbenchbenchbenchbenchbench";
/// How many requests a webhook may have on their way: the most that is allowed by default.
const IN_FLIGHT: u16 = 64;
/// How long a server may take to be ready.
const READY: Duration = Duration::from_secs(30);

/// A running server.
pub(crate) struct Server {
    process: Owned,
    /// Where it listens.
    pub(crate) addr: SocketAddr,
}

impl Server {
    /// Starts a server with its database in `folder`, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready; the text has the end of what it said.
    pub(crate) fn start(binary: &Path, folder: &Path) -> Result<Self> {
        let addr = free_address()?;
        let said = folder.join("server.log");
        let log = std::fs::File::create(&said).context("making the server's log")?;
        let mut command = Command::new(binary);
        // Its own environment: what is set for other servers here must not be measured.
        command
            .env_clear()
            .arg("serve")
            .current_dir(folder)
            .env("FANFARE_LISTEN", addr.to_string())
            .env("FANFARE_DATABASE_URL", format!("sqlite:{}", folder.join("bench.db").display()))
            .env("FANFARE_BOOTSTRAP_API_KEY", KEY)
            .env("FANFARE_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8,::1/128")
            .env("FANFARE_ALLOW_HTTP_TARGETS", "true")
            .stderr(log);
        let mut process = Owned::spawn("server", &mut command)?;
        std::thread::spawn(drain(process.stdout()?));
        let mut server = Self { process, addr };
        server.wait_until_ready().with_context(|| {
            let text = std::fs::read_to_string(&said).unwrap_or_default();
            let from = text.len().saturating_sub(2_000);
            format!("the server is not ready; it said: {}", text.get(from..).unwrap_or(&text))
        })?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Deadline::after(READY);
        let mut client = HttpClient::new(self.addr, None);
        while !client.get("/readyz").is_ok_and(|answer| answer.status == 200) {
            self.process.still_runs()?;
            deadline.nap(Duration::from_millis(10))?;
        }
        Ok(())
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

    /// Its process id, as text.
    pub(crate) fn id(&self) -> String {
        self.process.id()
    }
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
