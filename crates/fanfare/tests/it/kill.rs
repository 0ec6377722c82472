//! The real binary is killed with SIGKILL again and again under load. Nothing that it
//! acknowledged may be lost; what arrives twice has the same id and the same bytes.
//!
//! `FANFARE_TEST_KILLS=200 cargo test -p fanfare --test it kill` makes it longer.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fanfare_signing::{Secret, verify_fanfare};
use fanfare_testkit::HttpClient;

use crate::server::{KEY, Server, create_webhook, free_addr};

const SECRET: &str = "whsec_your_secret_key";
const PUBLISHERS: usize = 4;

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start();
    let addr = free_addr();
    let acked = Arc::new(Mutex::new(HashSet::new()));

    let server = Server::start(folder.path(), addr);
    create_webhook(addr, &format!("http://{}/hook", receiver.addr), SECRET);
    drop(server);
    for round in 0..kills() {
        let server = Server::start(folder.path(), addr);
        publish_for(addr, &acked, Duration::from_millis(120 + 37 * (round % 7)));
        drop(server);
    }

    let _server = Server::start(folder.path(), addr);
    let acked = acked.lock().unwrap().clone();
    assert!(acked.len() > kills() as usize * 10, "the load was real: {} events", acked.len());
    let seen = receiver.wait_for(&acked, Duration::from_secs(90));
    let lost = acked.iter().filter(|id| !seen.contains_key(*id)).count();
    let duplicates: usize = seen.values().map(|arrivals| arrivals.len() - 1).sum();
    let unacknowledged = seen.keys().filter(|id| !acked.contains(*id)).count();
    println!(
        "{} kills, {} acknowledged, {lost} lost, {duplicates} arrived again (an attempt whose \
         result was not yet recorded), {unacknowledged} arrived without an acknowledgement (it \
         was cut off after the commit)",
        kills(),
        acked.len(),
    );
    assert_eq!(lost, 0);
    for (id, bodies) in &seen {
        assert!(bodies.iter().all(|body| body == &bodies[0]), "{id}: the same bytes every time");
        assert!(bodies[0].starts_with(&format!("{{\"id\":\"{id}\"")), "{id}: {}", bodies[0]);
    }
    // A kill can repeat only what was in flight or unrecorded then.
    assert!(duplicates <= kills() as usize * 4 * 64, "{duplicates} duplicates");
    assert_eq!(receiver.unverified.load(Ordering::Relaxed), 0, "every request verifies");
}

#[expect(clippy::disallowed_methods, reason = "the length of the test, not configuration")]
fn kills() -> u64 {
    std::env::var("FANFARE_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

fn publish_for(addr: SocketAddr, acked: &Mutex<HashSet<String>>, time: Duration) {
    let until = Instant::now() + time;
    thread::scope(|scope| {
        for _ in 0..PUBLISHERS {
            scope.spawn(move || {
                let mut client = HttpClient::new(addr, Some(KEY));
                let mut mine = Vec::new();
                while Instant::now() < until {
                    let event = r#"{"type":"distribution.winner_selected","data":{
                        "consumer_id":"con_123","distribution_id":"dist_456",
                        "experience_id":"exp_789","product_id":"prod_012"}}"#;
                    match client.post("/api/events", event) {
                        Ok(answer) if answer.status == 202 => mine.push(id_of(answer.text())),
                        Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.text()),
                        Err(_) => break,
                    }
                }
                acked.lock().unwrap().extend(mine);
            });
        }
    });
}

fn id_of(json: &str) -> String {
    let start = json.find("wh_evt_").expect("an event id");
    json[start..].split('"').next().unwrap().to_owned()
}

/// Answers 200, and 500 to every eleventh request, so that retries are under way at the kill.
struct Receiver {
    addr: SocketAddr,
    seen: Arc<Mutex<HashMap<String, Vec<String>>>>,
    unverified: Arc<AtomicU32>,
    ended: Arc<AtomicBool>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            addr: listener.local_addr().unwrap(),
            seen: Arc::default(),
            unverified: Arc::default(),
            ended: Arc::default(),
        };
        let (seen, unverified) = (receiver.seen.clone(), receiver.unverified.clone());
        let ended = receiver.ended.clone();
        thread::spawn(move || {
            let count = Arc::new(AtomicU32::new(0));
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (seen, unverified, count) = (seen.clone(), unverified.clone(), count.clone());
                thread::spawn(move || while_open(stream, &seen, &unverified, &count));
            }
        });
        receiver
    }

    /// Waits until all of these arrived and were answered 200, or the time is over.
    fn wait_for(&self, wanted: &HashSet<String>, time: Duration) -> HashMap<String, Vec<String>> {
        let deadline = Instant::now() + time;
        loop {
            let seen = self.seen.lock().unwrap();
            let missing = wanted.iter().any(|id| !seen.contains_key(id));
            if !missing || Instant::now() > deadline {
                return seen.clone();
            }
            drop(seen);
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _wakes_the_listener = TcpStream::connect(self.addr);
    }
}

fn while_open(
    stream: TcpStream,
    seen: &Mutex<HashMap<String, Vec<String>>>,
    unverified: &AtomicU32,
    count: &AtomicU32,
) -> Option<()> {
    let secret = Secret::parse(SECRET).unwrap();
    let mut stream = BufReader::new(stream);
    loop {
        let (mut length, mut signature) = (0, None);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "x-fanfare-signature" => signature = Some(value.to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        let header = signature.as_ref().map(String::as_bytes);
        if verify_fanfare(&body, header, &[&secret]).is_err() {
            unverified.fetch_add(1, Ordering::Relaxed);
        }
        let text = String::from_utf8(body).ok()?;
        let fails = count.fetch_add(1, Ordering::Relaxed) % 11 == 10;
        if !fails {
            seen.lock().unwrap().entry(id_of(&text)).or_default().push(text);
        }
        let status = if fails { "500 Not Now" } else { "200 OK" };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        stream.get_mut().write_all(answer.as_bytes()).ok()?;
    }
}
