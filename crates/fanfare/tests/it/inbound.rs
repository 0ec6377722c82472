//! What comes in, through the real binary: connections by the command line, a signed message, the
//! process killed before it was handled, and the gap filled from a server that speaks Stripe's API.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use fanfare_signing::{Secret, SigningKeys};
use fanfare_testkit::HttpClient;
use serde_json::{Value, json};

use crate::server::{KEY, Server, free_addr};

const SECRET: &str = "whsec_the_secret_of_stripe";
const STRIPE_KEY: &str = "sk_test_of_stripe";

/// Runs a command against the server with something on the standard input.
fn command(addr: SocketAddr, args: &[&str], input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fanfare"))
        .args(args)
        .env("FANFARE_URL", format!("http://{addr}"))
        .env("FANFARE_API_KEY", KEY)
        .env("FANFARE_STRIPE_KEY", STRIPE_KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn created(addr: SocketAddr, path: &str, body: &Value) -> Value {
    let answer = HttpClient::new(addr, Some(KEY)).post(path, &body.to_string()).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn new_order(addr: SocketAddr) -> String {
    let consumer = created(addr, "/api/consumers", &json!({}));
    let order =
        json!({"consumerId": consumer["id"], "totalAmount": "49.90", "currencyCode": "EUR"});
    created(addr, "/api/orders", &order)["id"].as_str().unwrap().to_owned()
}

fn paid(id: &str, order: &str) -> Value {
    json!({"id": id, "object": "event", "type": "payment_intent.succeeded", "created": 1_800_000_000,
        "livemode": true, "data": {"object": {"id": format!("pi_{id}"), "object": "payment_intent",
        "amount_received": 4990, "currency": "eur", "metadata": {"order_id": order}}}})
}

/// Sends an event as Stripe does.
fn send(addr: SocketAddr, path: &str, event: &Value, secret: &str) -> u16 {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let body = event.to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let signature = format!("t={at},v1={hex}");
    let headers = [("content-type", "application/json"), ("stripe-signature", signature.as_str())];
    HttpClient::new(addr, None).send("POST", path, &headers, body.as_bytes()).unwrap().status
}

fn get(addr: SocketAddr, path: &str) -> Value {
    let answer = HttpClient::new(addr, Some(KEY)).get(path).unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn wait_for_paid(addr: SocketAddr, order: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while get(addr, &format!("/api/orders/{order}"))["status"] != "paid" {
        assert!(Instant::now() < deadline, "the order is paid within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Connections with something of every kind that comes in: a plan, a message that failed, a sent
/// message, a refusal.
pub(crate) fn something_of_each(addr: SocketAddr) {
    let connect = |provider: &str, secret: &str| {
        let new = json!({"provider": provider, "name": provider, "secret": secret});
        created(addr, "/api/integrations/connections", &new)
    };
    let made = connect("stripe", SECRET);
    let path = made["path"].as_str().unwrap();
    let subscription = |id: &str, status: &str| {
        json!({"id": id, "object": "event", "type": "customer.subscription.updated", "created": 1,
            "livemode": true, "data": {"object": {"id": "sub_1", "status": status}}})
    };
    assert_eq!(send(addr, path, &subscription("evt_1", "active"), SECRET), 200);
    assert_eq!(send(addr, path, &subscription("evt_2", "of no kind"), SECRET), 200);
    assert_eq!(send(addr, path, &subscription("evt_3", "active"), "whsec_another_one"), 401);
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let mail = connect("resend", secret);
    let body = json!({"type": "email.sent", "data": {"email_id": "em_1"}}).to_string();
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let keys = SigningKeys::new(&Secret::parse(secret).unwrap());
    let signed = keys.sign("msg_1", at.cast_signed(), body.as_bytes()).standard.unwrap();
    let headers = [
        ("content-type", "application/json"),
        ("svix-id", "msg_1"),
        ("svix-timestamp", &at.to_string()),
        ("svix-signature", &signed),
    ];
    let mut client = HttpClient::new(addr, None);
    let path = mail["path"].as_str().unwrap();
    assert_eq!(client.send("POST", path, &headers, body.as_bytes()).unwrap().status, 200);
    for connection in [made, mail] {
        let id = connection["id"].as_str().unwrap();
        let pending = format!("/api/integrations/connections/{id}/messages?status=pending");
        while get(addr, &pending)["data"] != json!([]) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The line that begins with this.
fn line<'a>(text: &'a str, begin: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(begin)).unwrap()
}

#[test]
fn a_message_is_verified_stored_and_handled_even_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let server = Server::start(folder.path(), addr);
    let create = ["connections", "create", "--provider", "stripe", "--name", "till"];
    let made = command(addr, &create, "");
    let (id, path) = (line(&made, "id: "), line(&made, "path: "));
    assert!(made.contains("has no secret yet"), "{made}");
    let order = new_order(addr);
    let event = paid("evt_1", &order);
    assert_eq!(send(addr, path, &event, SECRET), 401, "no secret: refused");
    command(addr, &["connections", "rotate", id], &format!("{SECRET}\n"));
    assert_eq!(send(addr, path, &event, "whsec_of_somebody_else"), 401);
    assert_eq!(send(addr, path, &event, SECRET), 200);
    drop(server);
    let _server = Server::start(folder.path(), addr);
    wait_for_paid(addr, &order);
    assert_eq!(send(addr, path, &event, SECRET), 200, "a duplicate");
    let detail = get(addr, &format!("/api/integrations/connections/{id}"));
    let duplicates = detail["counts"].as_array().unwrap();
    assert!(duplicates.iter().any(|one| one["outcome"] == "duplicate" && one["count"] == 1));
    let events = get(addr, "/api/events?type=order.paid");
    assert_eq!(events["data"].as_array().unwrap().len(), 1);
    let messages = get(addr, &format!("/api/integrations/connections/{id}/messages"));
    assert_eq!(messages["data"][0]["status"], "handled");
    let metrics = HttpClient::new(addr, None).get("/metrics").unwrap();
    let counted = "fanfare_inbound_total{provider=\"stripe\",outcome=\"duplicate\"} 1";
    assert!(metrics.text().contains(counted), "{}", metrics.text());
    assert!(command(addr, &["connections", "list"], "").contains(id));
    command(addr, &["connections", "delete", id], "");
    assert_eq!(send(addr, path, &event, SECRET), 404);
}

/// A server that answers `GET /v1/events` as Stripe does, newest first; says what it was asked.
fn stripe(events: Vec<Value>) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (asked, questions) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            loop {
                let mut head = Vec::new();
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
                    head.push(std::mem::take(&mut line).trim_end().to_owned());
                }
                let Some(first) = head.first() else { break };
                let key = format!("bearer {STRIPE_KEY}");
                let knows = head.iter().any(|one| one.to_lowercase().ends_with(&key));
                let after = first.split("starting_after=").nth(1);
                let after = after.and_then(|rest| rest.split([' ', '&']).next());
                let from = after
                    .map_or(0, |id| 1 + events.iter().position(|event| event["id"] == id).unwrap());
                // Small pages, whatever is asked for: Stripe may do so.
                let page = &events[from..(from + 2).min(events.len())];
                let more = from + 2 < events.len();
                let body = match knows {
                    true => json!({"object": "list", "data": page, "has_more": more}),
                    false => json!({"error": {"code": "api_key", "message": "wrong"}}),
                };
                let (status, body) = (if knows { 200 } else { 401 }, body.to_string());
                asked.send(first.clone()).unwrap();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                );
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (addr, questions)
}

#[test]
fn what_never_arrived_is_fetched_from_stripe() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let _server = Server::start(folder.path(), addr);
    let create =
        ["connections", "create", "--provider", "stripe", "--name", "till", "--secret-stdin"];
    let made = command(addr, &create, SECRET);
    let (id, path) = (line(&made, "id: "), line(&made, "path: "));
    let (came, missed) = (new_order(addr), new_order(addr));
    let arrived = paid("evt_1", &came);
    assert_eq!(send(addr, path, &arrived, SECRET), 200);
    let other = json!({"id": "evt_3", "object": "event", "type": "customer.created",
        "created": 1, "livemode": true, "data": {"object": {}}});
    let events = vec![other.clone(), paid("evt_2", &missed), arrived];
    let (stripe, questions) = stripe(events);
    let url = format!("http://{stripe}");
    let since = ["--since", "2026-11-23T10:00:00Z", "--stripe-url", &url];
    let args: Vec<&str> =
        ["stripe", "reconcile", "--connection", id].into_iter().chain(since).collect();
    let said = command(addr, &args, "");
    assert!(
        said.starts_with("3 events since")
            && said.contains("1 never arrived and will be handled")
            && said.contains("1 mean nothing here, 1 were known"),
        "{said}"
    );
    let asked: Vec<String> = questions.try_iter().collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].contains("created%5Bgte%5D=1795428000"), "{asked:?}");
    assert!(asked[1].contains("starting_after=evt_2"), "{asked:?}");
    wait_for_paid(addr, &missed);
    wait_for_paid(addr, &came);
    let again = command(addr, &args, "");
    assert!(again.contains("0 never arrived"), "{again}");
    let paid = get(addr, "/api/events?type=order.paid");
    assert_eq!(paid["data"].as_array().unwrap().len(), 2);
    let foreign = json!({"events": [other]});
    let place = format!("/api/integrations/connections/{id}/events");
    let refused = HttpClient::new(addr, None).post(&place, &foreign.to_string()).unwrap();
    assert_eq!(refused.status, 401);
}
