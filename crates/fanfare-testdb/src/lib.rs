//! A private PostgreSQL for tests: its own folder, its own port on loopback, gone with the value.
//!
//! Promises: nothing that somebody else runs is used or touched; the server ends when the
//! [`Cluster`] is dropped, and also when the process dies. Databases belong to a role that is no
//! superuser, so that row-level security holds in tests as it does in production.
//!
//! The programs are those of Debian (`/usr/lib/postgresql/*/bin`, the newest), or those on the
//! path. As root the server runs as the user `postgres`, because it refuses to run as root.
//!
//! Dev only, for tests, benchmarks and `xtask`; that is why it stands on next to nothing: it talks
//! to the server through `psql`.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const USER: &str = "fanfare";
const SUPERUSER: &str = "postgres";
/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);
const NAP: Duration = Duration::from_millis(20);

/// A running server.
#[derive(Debug)]
pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Child>,
    settings: Vec<String>,
}

impl Cluster {
    /// Makes a cluster and starts it, with these settings (`name=value`) beside the usual ones.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start; the text says what to do.
    pub fn start(settings: &[&str]) -> Self {
        let programs = programs().expect(
            "PostgreSQL is not installed: run `cargo xtask test` or install the package postgresql",
        );
        let folder = tempfile::Builder::new().prefix("fanfare-pg-").tempdir().expect("a folder");
        if is_root() {
            run(Command::new("chown").arg(SUPERUSER).arg(folder.path()));
        }
        run(as_postgres(&programs.join("initdb"))
            .args(["--auth=trust", "--no-sync", "--no-instructions", "--encoding=UTF8"])
            .args(["--locale=C", "--username", SUPERUSER, "--pgdata"])
            .arg(folder.path().join("data")));
        let port = free_port();
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut cluster = Self { folder, programs, port, server: None, settings };
        cluster.launch();
        let role = format!("CREATE ROLE {USER} LOGIN NOSUPERUSER CREATEDB");
        cluster.administer(&role);
        cluster
    }

    /// The same, and it also speaks TLS with this certificate and key (PEM).
    ///
    /// # Panics
    /// As [`Cluster::start`].
    pub fn start_with_tls(settings: &[&str], certificate: &str, key: &str) -> Self {
        let mut cluster = Self::start(settings);
        cluster.stop();
        for (name, text) in [("server.pem", certificate), ("server.key", key)] {
            let path = cluster.folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            run(Command::new("chmod").arg("600").arg(&path));
            if is_root() {
                run(Command::new("chown").arg(SUPERUSER).arg(&path));
            }
            let setting = if name == "server.pem" { "ssl_cert_file" } else { "ssl_key_file" };
            cluster.settings.push(format!("{setting}={}", path.display()));
        }
        cluster.settings.push("ssl=on".to_owned());
        cluster.launch();
        cluster
    }

    /// Starts the server again after [`Cluster::kill`] or [`Cluster::stop`], on the same port.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn launch(&mut self) {
        let mut command = as_postgres(&self.programs.join("postgres"));
        command.arg("-D").arg(self.folder.path().join("data"));
        let port = self.port.to_string();
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on"] {
            command.args(["-c", setting]);
        }
        command.args(["-p", &port, "-c", "max_connections=200", "-c", "log_min_messages=warning"]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = std::fs::File::options().create(true).append(true).open(self.log());
        let log = log.expect("a log");
        command.stdout(Stdio::null()).stderr(log).stdin(Stdio::null());
        self.server = Some(command.spawn().expect("the server starts"));
        self.wait_until_ready();
    }

    fn wait_until_ready(&mut self) {
        let mut naps = 0;
        let ready = self.programs.join("pg_isready");
        let port = self.port.to_string();
        loop {
            let mut ask = Command::new(&ready);
            ask.args(["--quiet", "--host=127.0.0.1", "--port", &port]);
            if ask.status().is_ok_and(|status| status.success()) {
                return;
            }
            let ended = self.server.as_mut().and_then(|server| server.try_wait().ok()?);
            assert!(
                ended.is_none() && NAP * naps < PATIENCE,
                "PostgreSQL did not come up: {}",
                self.log_text()
            );
            std::thread::sleep(NAP);
            naps += 1;
        }
    }

    /// A URL for the role that owns databases.
    pub fn url(&self, database: &str) -> String {
        self.url_of(USER, database)
    }

    fn url_of(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Where it listens.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Runs a statement as superuser.
    ///
    /// # Panics
    /// When it fails.
    pub fn administer(&self, sql: &str) -> String {
        administer(&self.url_of(SUPERUSER, "postgres"), sql)
    }

    /// Makes a database, empty or as a copy of another; gives its URL.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn database(&self, name: &str, template: Option<&str>) -> String {
        make_database(&self.url("postgres"), name, template)
    }

    /// From now on lets only connections with TLS in.
    ///
    /// # Panics
    /// When it cannot be set.
    pub fn only_tls(&mut self) {
        let rules = self.folder.path().join("data/pg_hba.conf");
        std::fs::write(rules, "hostssl all all all trust\n").expect("written");
        self.stop();
        self.launch();
    }

    /// Ends the server as a crash would (SIGKILL to the postmaster and everything it started).
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        let mut server = self.server.take().expect("it runs");
        let children = children_of(server.id());
        server.kill().expect("killed");
        for child in children {
            let _gone_already = Command::new("kill").args(["-9", &child.to_string()]).output();
        }
        server.wait().expect("ended");
    }

    /// Asks the server to end at once and in order.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let pid = server.id().to_string();
            let _gone_already = Command::new("kill").args(["-INT", &pid]).output();
            let _status = server.wait();
        }
    }

    /// The process id of the server, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What the server logged.
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A fresh, empty database: on the server of the test run (`FANFARE_TEST_POSTGRES`, which
/// `cargo xtask test` sets), else on one of its own. Gone with the value.
#[derive(Debug)]
pub struct Database {
    /// Where it is, for the role that owns it.
    pub url: String,
    home: Home,
}

#[derive(Debug)]
enum Home {
    /// The server of the test run, and the database's name.
    Shared(String, String),
    /// A server of its own, which ends with the value.
    Own { _cluster: Cluster },
}

impl Database {
    /// Makes it.
    ///
    /// # Panics
    /// When it cannot be made.
    #[expect(clippy::new_without_default, reason = "it does a lot")]
    pub fn new() -> Self {
        let random = std::fs::read_to_string("/proc/sys/kernel/random/uuid").expect("a name");
        let name = format!("test_{}", random.trim().replace('-', "_"));
        #[expect(clippy::disallowed_methods, reason = "the test run's, not configuration")]
        let server = std::env::var("FANFARE_TEST_POSTGRES");
        match server {
            Ok(server) => {
                let url = make_database(&server, &name, None);
                Self { url, home: Home::Shared(server, name) }
            }
            Err(_) => {
                let cluster = Cluster::start(&["fsync=off"]);
                let url = cluster.database(&name, None);
                Self { url, home: Home::Own { _cluster: cluster } }
            }
        }
    }
}

impl Drop for Database {
    /// Drops it, whoever of this role's sessions is in it. While the server's own vacuum is in it
    /// that is refused; it is tried for a while.
    fn drop(&mut self) {
        let Home::Shared(server, name) = &self.home else { return };
        let sql = format!("DROP DATABASE {name} WITH (FORCE)");
        for _ in 0..50 {
            if psql(server, &sql).output().is_ok_and(|output| output.status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Makes a database on the server of this URL, empty or as a copy of another; gives its URL.
///
/// # Panics
/// When it cannot be made.
pub fn make_database(server: &str, name: &str, template: Option<&str>) -> String {
    let template = template.map_or(String::new(), |from| format!(" TEMPLATE {from}"));
    administer(server, &format!("CREATE DATABASE {name}{template}"));
    let (before, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{before}/{name}")
}

/// Runs a statement on the database of this URL; gives what it printed, a row a line, columns
/// separated by `|`.
///
/// # Panics
/// When it fails.
pub fn administer(url: &str, sql: &str) -> String {
    run(&mut psql(url, sql))
}

fn psql(url: &str, sql: &str) -> Command {
    let programs = programs().expect("PostgreSQL is installed");
    let mut command = Command::new(programs.join("psql"));
    command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
    command.args(["--set", "ON_ERROR_STOP=1", "--command", sql, url]);
    command
}

/// The folder with `initdb` and `postgres`, of the newest version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file())
    });
    newest.filter(|folder| folder.join("initdb").is_file()).or(on_path)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The program as a user that PostgreSQL accepts, ending with the process that starts it.
fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "INT"]);
    if is_root() {
        command.args(["--reuid", SUPERUSER, "--regid", SUPERUSER, "--init-groups"]);
    }
    command.arg("--").arg(program);
    command.current_dir("/");
    command
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

fn children_of(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text: io::Result<String> = std::fs::read_to_string(path);
    text.unwrap_or_default().split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
