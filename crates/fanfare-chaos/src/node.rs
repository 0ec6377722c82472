//! `fanfare serve` as a child process that can be killed, stopped, continued, asked to end and
//! started again.
//!
//! Promises: the process ends with the value, and with the thread that started it; what it logs is
//! kept beside its database; nothing waits without a bound.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use fanfare_testkit::HttpClient;
use tokio::time::Instant;

/// The key that nodes are given and publishers present.
pub(crate) const KEY: &str = "sk_test_abcdefghijklmnopqrstuvwxyz";

const SEALED_WITH: &str = "7777777777777777777777777777777777777777777777777777777777777777";

/// How long a node may take to be ready.
const START: Duration = Duration::from_secs(60);

/// How a node is started.
#[derive(Clone)]
pub(crate) struct Spec {
    /// The binary of the product.
    pub(crate) binary: PathBuf,
    /// Its database.
    pub(crate) database: String,
    /// Where it works and logs.
    pub(crate) folder: PathBuf,
    /// Variables beside the usual ones.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Spec {
    /// Runs a command of the product to its end.
    ///
    /// # Panics
    /// When it fails.
    pub(crate) fn command(&self, arguments: &[&str]) {
        let output = self.program().args(arguments).output().expect("the binary runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn program(&self) -> Command {
        // setpriv becomes the program: the process id is the program's.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(&self.binary);
        command
            .current_dir(&self.folder)
            .env("FANFARE_DATABASE_URL", &self.database)
            .env("FANFARE_ENCRYPTION_KEY", SEALED_WITH)
            .env("FANFARE_BOOTSTRAP_API_KEY", KEY)
            .env("FANFARE_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8")
            .env("FANFARE_ALLOW_HTTP_TARGETS", "true")
            .stdin(Stdio::null())
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A node.
pub(crate) struct Node {
    spec: Spec,
    /// Where it listens, in each of its lives.
    pub(crate) addr: SocketAddr,
    log: PathBuf,
    child: Option<Child>,
}

impl Node {
    /// Starts it on a free port and waits until it is ready.
    ///
    /// # Panics
    /// When it is not ready in time.
    pub(crate) fn start(spec: Spec) -> Self {
        let mut node = Self::launched(spec);
        node.wait_until_ready();
        node
    }

    /// Starts it on a free port; it may not be ready yet.
    pub(crate) fn launched(spec: Spec) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let addr = listener.local_addr().expect("an address");
        drop(listener);
        let log = spec.folder.join(format!("{}.log", addr.port()));
        let mut node = Self { spec, addr, log, child: None };
        node.launch();
        node
    }

    /// From its next life on it is this binary.
    pub(crate) fn becomes(&mut self, binary: &Path) {
        binary.clone_into(&mut self.spec.binary);
    }

    /// Starts the process; it may not be ready yet.
    ///
    /// # Panics
    /// When it runs already.
    pub(crate) fn launch(&mut self) {
        assert!(self.child.is_none(), "one process for each node");
        let log = File::options().create(true).append(true).open(&self.log).expect("a log");
        let mut command = self.spec.program();
        command.arg("serve").env("FANFARE_LISTEN", self.addr.to_string());
        command.stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().expect("the node starts"));
    }

    /// Waits until it says that it is ready.
    ///
    /// # Panics
    /// When it is not in time, or ended instead.
    pub(crate) fn wait_until_ready(&mut self) {
        let mut client = HttpClient::new(self.addr, None);
        let deadline = Instant::now() + START;
        while !client.get("/readyz").is_ok_and(|answer| answer.status == 200) {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok()?);
            let waits = ended.is_none() && Instant::now() < deadline;
            assert!(waits, "a node is not ready ({ended:?}): {}", self.log_text());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a crash would (SIGKILL); nothing happens if it does not run.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ended_already = child.kill();
            let _status = child.wait();
        }
    }

    /// Sends a signal (`STOP`, `CONT`, `TERM`).
    ///
    /// # Panics
    /// When it does not run.
    pub(crate) fn signal(&self, name: &str) {
        let child = self.child.as_ref().expect("the node runs");
        let mut kill = Command::new("kill");
        let sent = kill.arg(format!("-{name}")).arg(child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "the node takes SIG{name}");
    }

    /// Waits until it ended by itself; `None`: it did not, and was killed.
    pub(crate) fn ended_within(&mut self, time: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + time;
        let child = self.child.as_mut()?;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = child.try_wait() {
                self.child = None;
                return Some(status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        None
    }

    /// A counter of `/metrics`.
    ///
    /// # Panics
    /// When the node does not answer or has no such counter.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let answer = HttpClient::new(self.addr, Some(KEY)).get("/metrics").expect("an answer");
        let start = format!("{name}_total ");
        let line = answer.text().lines().find_map(|line| line.strip_prefix(&start));
        let value = line.and_then(|text| text.trim().parse::<f64>().ok());
        value.unwrap_or_else(|| panic!("no {name}")) as u64
    }

    /// What it logged, in all its lives.
    pub(crate) fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}
