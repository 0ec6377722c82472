//! Several servers on one PostgreSQL database.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use fanfare_testdb::administer;
use fanfare_testkit::{Answer, HttpClient, Receiver};
use serde_json::{Value, json};

use crate::cli::run;
use crate::server::{KEY, Server, create_webhook, free_addr};

pub(crate) const SEALED_WITH: &str =
    "7777777777777777777777777777777777777777777777777777777777777777";
const SECRET: &str = "whsec_your_secret_key";
const EVENT: &str = r#"{"type":"consumer.deleted","data":{"consumer_id":"con_123"}}"#;

/// A database with a folder for what servers write.
pub(crate) struct Database {
    pub(crate) url: String,
    folder: tempfile::TempDir,
    _database: fanfare_testdb::Database,
}

impl Database {
    pub(crate) fn empty() -> Self {
        let database = fanfare_testdb::Database::new();
        let folder = tempfile::tempdir().unwrap();
        Self { url: database.url.clone(), folder, _database: database }
    }

    pub(crate) fn new() -> Self {
        let database = Self::empty();
        let applied = database.fanfare(&["migrate", "apply"]);
        assert_eq!(applied.status.code(), Some(0), "{applied:?}");
        database
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn fanfare(&self, arguments: &[&str]) -> Output {
        let variables =
            [("FANFARE_DATABASE_URL", &*self.url), ("FANFARE_ENCRYPTION_KEY", SEALED_WITH)];
        run(self.path(), &variables, arguments)
    }

    /// A server with these variables.
    pub(crate) fn node(&self, addr: SocketAddr, variables: &[(&str, &str)]) -> Server {
        let all = [&[("FANFARE_ENCRYPTION_KEY", SEALED_WITH)], variables].concat();
        Server::on(&self.url, self.path(), addr, &all)
    }
}

pub(crate) fn ask(addr: SocketAddr, method: &str, path: &str, body: &Value) -> Value {
    let mut client = HttpClient::new(addr, Some(KEY));
    let answer = match method {
        "GET" => client.get(path),
        _ => client.post(path, &body.to_string()),
    };
    let answer = answer.unwrap();
    assert!((200..300).contains(&answer.status), "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

pub(crate) fn until(what: &str, time: Duration, mut done: impl FnMut() -> bool) -> Duration {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < time, "{what} within {time:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    begin.elapsed()
}

#[test]
fn a_server_starts_only_on_the_schema_that_it_knows() {
    let database = Database::empty();
    let text = |output: &Output| String::from_utf8(output.stderr.clone()).unwrap();
    let refused = database.fanfare(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("run `fanfare migrate apply`"), "{}", text(&refused));
    let planned = database.fanfare(&["migrate", "plan"]);
    let planned = String::from_utf8(planned.stdout).unwrap();
    assert!(planned.contains("0001 base: to be applied"), "{planned}");
    assert_eq!(database.fanfare(&["migrate", "verify"]).status.code(), Some(1));
    assert_eq!(database.fanfare(&["migrate", "apply"]).status.code(), Some(0));
    assert_eq!(database.fanfare(&["migrate", "verify"]).status.code(), Some(0));
    drop(database.node(free_addr(), &[]));
    administer(
        &database.url,
        "INSERT INTO fanfare.schema_versions (version, name, checksum) VALUES (99, 'later', 1)",
    );
    let refused = database.fanfare(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(text(&refused).contains("newer version"), "{}", text(&refused));
    let without_key = run(database.path(), &[("FANFARE_DATABASE_URL", &database.url)], &["serve"]);
    assert!(text(&without_key).contains("FANFARE_ENCRYPTION_KEY"), "{}", text(&without_key));
}

#[test]
fn a_whole_launch_runs_on_two_nodes() {
    let database = Database::new();
    let (one, two) = (free_addr(), free_addr());
    let _nodes = [database.node(one, &[]), database.node(two, &[])];
    let receiver = Receiver::start();
    create_webhook(two, &receiver.url("/hook"), SECRET);
    let url = format!("http://{one}");
    let played = run(
        database.path(),
        &[("FANFARE_URL", &url), ("FANFARE_API_KEY", KEY)],
        &["simulate", "--format", "json", "--consumers", "300", "--seed", "7"],
    );
    let told = String::from_utf8(played.stdout).unwrap();
    assert_eq!(played.status.code(), Some(0), "{told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["kept"], &told["surprises"]), (&json!(true), &json!([])));
    let events = told["events"].as_object().unwrap().values();
    let all: u64 = events.map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(told["webhooks"][0]["succeeded"], all);
    assert_eq!(receiver.wait_for_blocking(all as usize).len() as u64, all);
}

#[test]
fn work_is_split_by_roles() {
    let database = Database::new();
    let (front, back) = (free_addr(), free_addr());
    let _front = database.node(front, &[("FANFARE_ROLES", "api")]);
    let _back = database.node(back, &[("FANFARE_ROLES", "delivery,scheduler")]);
    let receiver = Receiver::start();
    create_webhook(front, &receiver.url("/hook"), SECRET);
    for _ in 0..20 {
        ask(front, "POST", "/api/events", &serde_json::from_str(EVENT).unwrap());
    }
    assert_eq!(receiver.wait_for_blocking(20).len(), 20, "the other node delivers");
    let mut client = HttpClient::new(back, Some(KEY));
    assert_eq!(client.post("/api/events", EVENT).unwrap().status, 404, "it has no API");
    assert_eq!(client.get("/metrics").unwrap().status, 200);
}

#[test]
fn a_webhook_changed_on_one_node_is_changed_on_all_within_a_second() {
    let database = Database::new();
    let (one, two) = (free_addr(), free_addr());
    let _nodes = [database.node(one, &[]), database.node(two, &[])];
    let (old, new) = (Receiver::start(), Receiver::answering(Answer::OK));
    let webhook = create_webhook(one, &old.url("/old"), SECRET);
    let event: Value = serde_json::from_str(EVENT).unwrap();
    ask(two, "POST", "/api/events", &event);
    assert_eq!(old.wait_for_blocking(1).len(), 1);
    let patch = json!({"url": new.url("/new")}).to_string();
    let mut client = HttpClient::new(one, Some(KEY));
    let json = [("content-type", "application/json")];
    let path = format!("/api/webhooks/{webhook}");
    let answer = client.send("PATCH", &path, &json, patch.as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    // What is accepted after the change goes by it, on every node.
    ask(two, "POST", "/api/events", &event);
    assert_eq!(new.wait_for_blocking(1).len(), 1);
    assert_eq!(old.count(), 1);
    ask(one, "POST", &format!("/api/webhooks/{webhook}/pause"), &json!({}));
    ask(two, "POST", "/api/events", &event);
    let listed = format!("/api/webhooks/{webhook}/deliveries?status=pending");
    let waits = ask(two, "GET", &listed, &json!(null));
    assert_eq!(waits["data"].as_array().unwrap().len(), 1, "paused at once: it waits");
    ask(two, "POST", &format!("/api/webhooks/{webhook}/resume"), &json!({}));
    let took = until("it goes out", Duration::from_secs(5), || new.count() == 2);
    assert!(took < Duration::from_secs(2), "{took:?}");
}
