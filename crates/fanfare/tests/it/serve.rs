//! A server's life: first start, signals, what stands in its way, keys beside it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use fanfare_testkit::{Answer, HttpClient, Receiver};

use crate::cli::run;
use crate::server::{KEY, create_webhook};

const PATIENCE: Duration = Duration::from_secs(30);
const SECRET: &str = "whsec_your_secret_key";
const EVENT: &str = r#"{"type":"consumer.deleted","data":{"consumer_id":"con_123"}}"#;

/// `fanfare serve` on a free port, with what it printed until it listened.
pub(crate) struct Running {
    child: Child,
    /// What it prints later; kept open, so that it can.
    _stdout: BufReader<ChildStdout>,
    pub(crate) greeting: String,
    pub(crate) addr: SocketAddr,
}

impl Running {
    fn start(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fanfare"))
            .arg("serve")
            .current_dir(folder)
            .env_clear()
            .env("FANFARE_LISTEN", "127.0.0.1:0")
            .env("FANFARE_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8")
            .env("FANFARE_ALLOW_HTTP_TARGETS", "true")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        let addr = loop {
            let mut line = String::new();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "it ended early: {greeting}");
            greeting.push_str(&line);
            if let Some(url) = line.strip_prefix("Listening on http://") {
                break url.trim().parse().unwrap();
            }
        };
        Self { child, _stdout: stdout, greeting, addr }
    }

    pub(crate) fn with_key(folder: &Path, more: &[(&str, &str)]) -> Self {
        Self::start(folder, &[&[("FANFARE_BOOTSTRAP_API_KEY", KEY)], more].concat())
    }

    /// Asks it to end.
    fn signal(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it ends within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn stop(mut self) {
        self.signal();
        assert_eq!(self.wait().code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

fn publish(addr: SocketAddr) {
    let answer = HttpClient::new(addr, Some(KEY)).post("/api/events", EVENT).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
}

/// The one delivery there is, once its status is this.
fn delivery(addr: SocketAddr, status: &str) -> serde_json::Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = HttpClient::new(addr, Some(KEY)).get("/api/deliveries").unwrap();
        let list: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let found = &list["data"][0];
        if found["status"] == status {
            return found.clone();
        }
        assert!(Instant::now() < deadline, "{status} within {PATIENCE:?}: {list}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_first_start_makes_an_organization_and_a_key_and_shows_them_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let organization = server.greeting.lines().find_map(|line| line.strip_prefix("organization: "));
    let key = server.greeting.lines().find_map(|line| line.strip_prefix("API key: ")).unwrap();
    let me = HttpClient::new(server.addr, Some(key)).get("/api/me").unwrap();
    assert_eq!(me.status, 200);
    assert!(me.text().contains(organization.unwrap()), "{}", me.text());
    let key = key.to_owned();
    server.stop();

    let server = Running::start(folder.path(), &[]);
    assert_eq!(server.greeting.lines().count(), 1, "{}", server.greeting);
    assert_eq!(HttpClient::new(server.addr, Some(&key)).get("/api/me").unwrap().status, 200);
    server.stop();
}

#[test]
fn files_are_for_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    for name in ["fanfare.db", "fanfare.db-wal", "fanfare.db.key"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    server.stop();
}

#[test]
fn a_request_to_a_receiver_finishes_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::answering(Answer::OK.after(Duration::from_millis(700)));
    let mut server = Running::with_key(folder.path(), &[]);
    create_webhook(server.addr, &receiver.url("/"), SECRET);
    publish(server.addr);
    receiver.wait_for_blocking(1);
    server.signal();
    assert_eq!(server.wait().code(), Some(0));

    let server = Running::with_key(folder.path(), &[]);
    assert_eq!(delivery(server.addr, "succeeded")["attemptCount"], 1);
    assert_eq!(receiver.count(), 1, "its result was recorded, it is not sent again");
    server.stop();
}

#[test]
fn what_does_not_finish_in_time_is_given_back_without_costing_an_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::answering(Answer::Hang);
    let grace = [("FANFARE_SHUTDOWN_GRACE", "200ms")];
    let mut server = Running::with_key(folder.path(), &grace);
    create_webhook(server.addr, &receiver.url("/"), SECRET);
    publish(server.addr);
    receiver.wait_for_blocking(1);
    server.signal();
    assert_eq!(server.wait().code(), Some(0));

    receiver.always(Answer::OK);
    let server = Running::with_key(folder.path(), &grace);
    assert_eq!(delivery(server.addr, "succeeded")["attemptCount"], 1);
    let requests = receiver.wait_for_blocking(2);
    assert_eq!(requests[1].header("x-fanfare-retry-count"), Some("0"));
    assert_eq!(requests[0].body, requests[1].body);
    server.stop();
}

#[test]
fn a_request_from_a_client_finishes_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Running::with_key(folder.path(), &[]);
    let mut stream = TcpStream::connect(server.addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST /api/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        EVENT.len()
    );
    let (first, rest) = EVENT.split_at(10);
    stream.write_all(format!("{head}{first}").as_bytes()).unwrap();
    // Another request on its own connection shows that the first one was read by now.
    assert_eq!(HttpClient::new(server.addr, None).get("/healthz").unwrap().status, 200);
    server.signal();
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(server.addr).is_ok() {
        assert!(Instant::now() < deadline, "the port closes");
        std::thread::sleep(Duration::from_millis(5));
    }
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(server.wait().code(), Some(0));

    let server = Running::with_key(folder.path(), &[]);
    let events = HttpClient::new(server.addr, Some(KEY)).get("/api/events").unwrap();
    assert!(events.text().contains("consumer.deleted"), "{}", events.text());
    server.stop();
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::answering(Answer::Hang);
    let mut server = Running::with_key(folder.path(), &[("FANFARE_SHUTDOWN_GRACE", "10m")]);
    create_webhook(server.addr, &receiver.url("/"), SECRET);
    publish(server.addr);
    receiver.wait_for_blocking(1);
    server.signal();
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(server.addr).is_ok() {
        assert!(Instant::now() < deadline, "the first signal closes the port");
        std::thread::sleep(Duration::from_millis(5));
    }
    server.signal();
    assert_eq!(server.wait().code(), Some(130));
}

#[test]
fn a_port_that_is_taken_is_an_error_that_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let output = run(folder.path(), &[], &["serve", "--listen", &listen]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(&format!("cannot listen on {listen}")), "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_second_server_on_one_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let output = run(folder.path(), &[], &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot open sqlite:fanfare.db"), "{told}");
    server.stop();
}

#[test]
fn a_database_that_lost_its_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Running::start(folder.path(), &[]).stop();
    std::fs::remove_file(folder.path().join("fanfare.db.key")).unwrap();
    let output = run(folder.path(), &[], &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("its key file fanfare.db.key does not"), "{told}");
}

#[test]
fn keys_are_made_and_revoked_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::with_key(folder.path(), &[]);
    let keys = |args: &[&str]| {
        let output = run(folder.path(), &[], &[&["keys"], args].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    let made = keys(&["create", "--name", "ci", "--scopes", "events:write", "--mode", "test"]);
    let find = |name: &str| made.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let (id, key) = (find("id: "), find("API key: "));
    assert!(key.starts_with("sk_test_"), "{made}");
    let mut client = HttpClient::new(server.addr, Some(key));
    assert_eq!(client.post("/api/events", EVENT).unwrap().status, 202);
    assert_eq!(client.get("/api/events").unwrap().status, 403, "it may only write");

    assert!(keys(&["revoke", id]).starts_with(&format!("Revoked {id} ")));
    let deadline = Instant::now() + PATIENCE;
    while client.post("/api/events", EVENT).unwrap().status != 401 {
        assert!(Instant::now() < deadline, "a revoked key stops working");
        std::thread::sleep(Duration::from_millis(20));
    }
    let listed = keys(&["list", "--format", "json"]);
    let rows: Vec<serde_json::Value> =
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[1]["name"], rows[1]["revokedAt"].is_string()), (&"ci".into(), true));
    assert!(!listed.contains(key) && !listed.contains(KEY), "{listed}");
    assert!(keys(&["list"]).contains("revoked 2"));
    server.stop();
}

#[test]
fn keys_need_a_database_that_a_server_made() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[], &["keys", "list"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("there is no database fanfare.db: start the server once"), "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is created");
}
