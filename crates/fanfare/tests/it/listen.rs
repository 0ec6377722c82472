//! `fanfare listen` through a network that cuts it off.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fanfare_signing::{Secret, StandardMessage, verify_fanfare, verify_standard};
use fanfare_testkit::{Answer, HttpClient, Receiver};
use serde_json::Value;

use crate::server::{KEY, Server, free_addr};

const EVENT: &str = r#"{"type":"consumer.deleted","data":{"consumer_id":"con_1","external_id":null,"deleted_at":"2024-06-20T15:30:00Z"}}"#;

/// A proxy that cuts every connection when it is told to. Its threads end with their connections.
struct Proxy {
    addr: SocketAddr,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let seen = open.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(server) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || pump(from, to));
                }
                seen.lock().unwrap().extend([client, server]);
            }
        });
        Self { addr, open }
    }

    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _closed_already = stream.shutdown(Shutdown::Both);
        }
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _closed_already = to.shutdown(Shutdown::Both);
}

fn command(folder: &Path, server: SocketAddr, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanfare"));
    command
        .current_dir(folder)
        .env_clear()
        .env("FANFARE_PROFILES", folder.join("profiles.toml"))
        .env("FANFARE_URL", format!("http://{server}"))
        .env("FANFARE_API_KEY", KEY)
        .args(args);
    command
}

fn run(folder: &Path, server: SocketAddr, args: &[&str]) -> Output {
    command(folder, server, args).output().unwrap()
}

/// A running `fanfare listen`; killed if it is dropped.
struct Listen {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Listen {
    fn start(folder: &Path, server: SocketAddr, args: &[&str]) -> Self {
        let mut command = command(folder, server, &["listen"]);
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Ends it in order.
    fn stop(mut self) -> Vec<String> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let lines = self.lines.by_ref().lines().map(Result::unwrap).collect();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        lines
    }
}

impl Drop for Listen {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _waited_already = self.child.wait();
    }
}

fn secret_of(folder: &Path, server: SocketAddr) -> Secret {
    let printed = run(folder, server, &["listen", "--print-secret"]);
    assert!(printed.status.success(), "{printed:?}");
    Secret::parse(String::from_utf8(printed.stdout).unwrap().trim()).unwrap()
}

fn json(answer: &fanfare_testkit::HttpAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < deadline, "{what} within two minutes");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Publishes one event after the other until it is told to stop; gives their ids.
fn publish(server: SocketAddr, stop: &AtomicBool) -> Vec<String> {
    let mut client = HttpClient::new(server, Some(KEY));
    let mut ids = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let answer = client.post("/api/events", EVENT).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.text());
        ids.push(json(&answer)["id"].as_str().unwrap().to_owned());
        thread::sleep(Duration::from_millis(1));
    }
    ids
}

/// The connection is cut 50 times while events come, and the listener is ended and started again
/// four times: every event is forwarded once, in order, and verifies.
#[test]
fn fifty_cuts_skip_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let addr = free_addr();
    let _server = Server::start(folder, addr);
    let proxy = Proxy::start(addr);
    let secret = secret_of(folder, proxy.addr);
    let receiver = Receiver::start();
    let stop = Arc::new(AtomicBool::new(false));
    let publishing = thread::spawn({
        let stop = stop.clone();
        move || publish(addr, &stop)
    });
    let url = receiver.url("/hooks");
    let args = ["--forward-to", url.as_str(), "--format", "json"];
    let mut listen = Some(Listen::start(folder, proxy.addr, &args));
    let mut printed = Vec::new();
    for cut in 1..=50 {
        let count = receiver.count();
        until("events arrive", || receiver.count() > count + 20);
        proxy.cut();
        if cut % 12 == 0 {
            printed.extend(listen.take().map(Listen::stop).unwrap_or_default());
            listen = Some(Listen::start(folder, proxy.addr, &args));
        }
    }
    stop.store(true, Ordering::SeqCst);
    let published = publishing.join().unwrap();
    until("all events arrive", || receiver.count() >= published.len());
    printed.extend(listen.take().map(Listen::stop).unwrap_or_default());
    let received = receiver.requests();
    let ids: Vec<_> = received.iter().map(|one| one.header("webhook-id").unwrap()).collect();
    assert_eq!(ids, published);
    for one in &received {
        let bytes = |name| one.header(name).map(str::as_bytes);
        verify_fanfare(&one.body, bytes("x-fanfare-signature"), &[&secret]).unwrap();
        let message = StandardMessage {
            id: bytes("webhook-id"),
            timestamp: bytes("webhook-timestamp"),
            signature: bytes("webhook-signature"),
            body: &one.body,
        };
        let now = one.header("webhook-timestamp").unwrap().parse().unwrap();
        verify_standard(&message, &[&secret], now, 1).unwrap();
    }
    let lines = printed.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<_> =
        lines.map(|line| (line["id"].clone(), line["statusCode"].clone())).collect();
    let expected = published.iter().map(|id| (Value::from(id.as_str()), Value::from(200)));
    assert_eq!(lines, expected.collect::<Vec<_>>());
    println!("{} events, 50 cuts, 4 restarts", published.len());
}

/// What the program answers is shown by the server; the secret is the same each time.
#[test]
fn answers_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let addr = free_addr();
    let _server = Server::start(folder, addr);
    let secret = secret_of(folder, addr);
    assert_eq!(secret_of(folder, addr), secret);
    let receiver = Receiver::start();
    receiver.then([Answer::text(500, "no")]);
    let mut client = HttpClient::new(addr, Some(KEY));
    let types = r#"{"type":"consumer.deleted""#;
    assert!(EVENT.starts_with(types));
    for _ in 0..2 {
        client.post("/api/events", EVENT).unwrap();
    }
    let url = receiver.url("/hooks");
    let args = ["--forward-to", url.as_str(), "--header", "X-Mine: 7", "--events", "consumer.*"];
    let listen = Listen::start(folder, addr, &args);
    until("events arrive", || receiver.count() == 2);
    let lines = listen.stop();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(lines[0].contains("   --> consumer.deleted [wh_evt_"), "{lines:#?}");
    assert!(lines[1].contains("  <--  [500] POST http://127.0.0.1:"), "{lines:#?}");
    assert!(lines[3].contains("  <--  [200] POST ") && lines[3].ends_with("ms)"), "{lines:#?}");
    assert_eq!(receiver.requests()[0].header("x-mine"), Some("7"));
    let groups = json(&client.get("/api/feed/groups").unwrap());
    let group = groups["data"][0]["name"].as_str().unwrap().to_owned();
    let results = json(&client.get(&format!("/api/feed/groups/{group}/results")).unwrap());
    let codes: Vec<_> = (0..2).map(|index| results["data"][index]["statusCode"].clone()).collect();
    assert_eq!(codes, [200, 500], "{results}");
    let rest = json(&client.get(&format!("/api/feed?group={group}")).unwrap());
    assert_eq!(rest["data"].as_array().unwrap().len(), 0, "everything was committed");
    // What nobody listens to waits; --skip-missed leaves it.
    client.post("/api/events", EVENT).unwrap();
    let mut listen = Listen::start(folder, addr, &["--skip-missed"]);
    until("it is committed", || {
        let mut client = HttpClient::new(addr, Some(KEY));
        let rest = json(&client.get(&format!("/api/feed?group={group}")).unwrap());
        rest["data"].as_array().unwrap().is_empty()
    });
    client.post("/api/events", EVENT).unwrap();
    let mut line = String::new();
    listen.lines.read_line(&mut line).unwrap();
    assert!(line.contains("--> consumer.deleted"), "{line}");
    assert!(listen.stop().is_empty());
}
