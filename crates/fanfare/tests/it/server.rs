//! The real binary as a child process.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fanfare_testkit::HttpClient;

pub(crate) const KEY: &str = "sk_test_abcdefghijklmnopqrstuvwxyz";

/// An address on loopback that nobody listens on.
pub(crate) fn free_addr() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// `fanfare serve`, ready; killed with SIGKILL when dropped.
pub(crate) struct Server(Child);

impl Server {
    /// On an embedded database in the folder.
    pub(crate) fn start(folder: &Path, addr: SocketAddr) -> Self {
        let database = format!("sqlite:{}", folder.join("test.db").display());
        Self::on(&database, folder, addr, &[])
    }

    /// On any database, with more variables.
    pub(crate) fn on(
        database: &str,
        folder: &Path,
        addr: SocketAddr,
        variables: &[(&str, &str)],
    ) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_fanfare"))
            .arg("serve")
            .current_dir(folder)
            .env("FANFARE_LISTEN", addr.to_string())
            .env("FANFARE_DATABASE_URL", database)
            .env("FANFARE_BOOTSTRAP_API_KEY", KEY)
            .env("FANFARE_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8")
            .env("FANFARE_ALLOW_HTTP_TARGETS", "true")
            .env("FANFARE_RETRY_SCHEDULE", "0s,200ms,400ms,1s,1s,1s")
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self(child);
        let mut client = HttpClient::new(addr, None);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !client.get("/readyz").is_ok_and(|answer| answer.status == 200) {
            assert!(Instant::now() < deadline, "the server is ready within 30 s");
            thread::sleep(Duration::from_millis(10));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().expect("the server runs until it is killed");
        self.0.wait().expect("a killed process ends");
    }
}

/// Subscribes a URL to everything; gives the webhook's id.
pub(crate) fn create_webhook(addr: SocketAddr, url: &str, secret: &str) -> String {
    let body = format!(r#"{{"url":"{url}","events":["*"],"secret":"{secret}"}}"#);
    let answer = HttpClient::new(addr, Some(KEY)).post("/api/webhooks", &body).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    made["id"].as_str().unwrap().to_owned()
}
