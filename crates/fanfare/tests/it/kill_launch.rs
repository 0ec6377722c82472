//! The real binary is killed with SIGKILL in the middle of a draw, of admissions and of a
//! settlement. After the restart the clock goes on where it was: nobody is selected or let through
//! twice, counts are those of the rows, and every event exists once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fanfare_signing::draw;
use fanfare_testkit::HttpClient;
use serde_json::{Value, json};

use crate::server::{KEY, Server, free_addr};

/// A server that is killed and started again on one folder.
struct Killed<'f> {
    folder: &'f Path,
    addr: SocketAddr,
    server: Option<Server>,
    client: HttpClient,
}

impl<'f> Killed<'f> {
    fn start(folder: &'f Path) -> Self {
        let addr = free_addr();
        let server = Some(Server::start(folder, addr));
        Self { folder, addr, server, client: HttpClient::new(addr, Some(KEY)) }
    }

    fn kill_and_start(&mut self) {
        drop(self.server.take());
        self.server = Some(Server::start(self.folder, self.addr));
        self.client = HttpClient::new(self.addr, Some(KEY));
    }

    fn get(&mut self, path: &str) -> Value {
        let answer = self.client.get(path).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn post(&mut self, path: &str, body: &Value) -> Value {
        let answer = self.client.post(path, &body.to_string()).unwrap();
        assert!((200..300).contains(&answer.status), "{path}: {}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// A distribution of a new live experience.
    fn distribution(&mut self, mut fields: Value) -> String {
        let experience = self.post("/api/experiences", &json!({"name": "Drop"}))["id"].clone();
        let experience = experience.as_str().unwrap();
        self.post(&format!("/api/experiences/{experience}/activate"), &json!({}));
        fields["experienceId"] = json!(experience);
        let made = self.post("/api/distributions", &fields);
        format!("/api/distributions/{}", made["id"].as_str().unwrap())
    }

    /// So many new consumers.
    fn consumers(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let body = json!({"consumers": vec![json!({}); 1_000.min(count - ids.len())]});
            let made = self.post("/api/consumers/batch", &body);
            let made = made["data"].as_array().unwrap().iter();
            ids.extend(made.map(|one| one["item"]["id"].as_str().unwrap().to_owned()));
        }
        ids
    }

    fn join(&mut self, distribution: &str, consumers: &[String]) {
        for some in consumers.chunks(1_000) {
            let body = json!({"consumerIds": some});
            let joined = self.post(&format!("{distribution}/consumers/batch"), &body);
            assert_eq!(joined["accepted"], some.len());
        }
    }

    /// Every item of a list.
    fn all(&mut self, path: &str) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}limit=100{after}"));
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == false {
                return all;
            }
            after = format!("&after={}", page["pageInfo"]["endCursor"].as_str().unwrap());
        }
    }

    /// Whom the events of a type are about, each once.
    fn told(&mut self, event_type: &str) -> BTreeSet<String> {
        let events = self.all(&format!("/api/events?type={event_type}&sort=createdAt&"));
        let of = |event: &Value| event["data"]["consumer_id"].as_str().unwrap().to_owned();
        let told: BTreeSet<_> = events.iter().map(of).collect();
        assert_eq!(told.len(), events.len(), "nobody is told of twice");
        told
    }

    /// The participants by status; the counts that are kept are theirs.
    fn rows(&mut self, distribution: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut rows = BTreeMap::<_, BTreeSet<_>>::new();
        let list = self.all(&format!("{distribution}/consumers?sort=createdAt&"));
        for (index, one) in list.iter().enumerate() {
            assert_eq!(one["position"], index + 1);
            let status = one["status"].as_str().unwrap().to_owned();
            let consumer = one["consumerId"].as_str().unwrap().to_owned();
            assert!(rows.entry(status).or_default().insert(consumer));
        }
        let counted: BTreeMap<_, _> =
            rows.iter().map(|(status, all)| (status.clone(), all.len())).collect();
        assert_eq!(self.get(distribution)["participantCounts"], json!(counted));
        rows
    }

    /// Waits until this holds.
    fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !holds(self) {
            assert!(Instant::now() < deadline, "{what} within a minute");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn a_draw_that_is_killed_again_and_again_selects_nobody_twice() {
    const ENTRANTS: usize = 10_000;
    const WINNERS: usize = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let mut node = Killed::start(folder.path());
    let id = node.distribution(json!({"type": "draw", "winnerCount": WINNERS}));
    let consumers = node.consumers(ENTRANTS);
    node.join(&id, &consumers);
    node.post(&format!("{id}/draw"), &json!({}));
    let mut seen = BTreeSet::new();
    for round in 0..6 {
        let drawn = node.get(&format!("{id}/draw"));
        seen.insert(drawn["selected"].as_u64().unwrap());
        if drawn["finishedAt"] == Value::Null {
            assert_eq!(drawn["seed"], Value::Null);
        }
        thread::sleep(Duration::from_millis(7 * round));
        node.kill_and_start();
    }
    node.until("everybody knows", |node| {
        node.get(&id)["participantCounts"]["LOST"] == ENTRANTS - WINNERS
    });
    assert!(
        seen.iter().any(|selected| *selected < WINNERS as u64),
        "killed in the middle: {seen:?}"
    );

    let rows = node.rows(&id);
    assert_eq!(rows["SELECTED"].len(), WINNERS);
    assert_eq!(node.told("distribution.winner_selected"), rows["SELECTED"]);
    let shown = node.get(&format!("{id}/draw"));
    assert_eq!((&shown["selected"], &shown["entrants"]), (&json!(WINNERS), &json!(ENTRANTS)));
    let seed = draw::from_hex(shown["seed"].as_str().unwrap()).unwrap();
    assert_eq!(draw::hex(&draw::commitment(&seed)), shown["commitment"]);
    let draw_id = id.rsplit('/').next().unwrap();
    let mut ranked: Vec<_> =
        consumers.iter().map(|one| (draw::rank(&seed, draw_id, one), one.clone())).collect();
    ranked.sort_unstable();
    let winners: BTreeSet<_> = ranked.into_iter().take(WINNERS).map(|(_, one)| one).collect();
    assert_eq!(winners, rows["SELECTED"], "the winners are those whom the seed names");
}

#[test]
fn admissions_that_are_killed_again_and_again_let_nobody_through_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Killed::start(folder.path());
    let rules = json!({"type": "queue", "admissionRate": 60_000, "admissionExpiresAfter": 1});
    let id = node.distribution(rules);
    let consumers = node.consumers(4_000);
    node.join(&id, &consumers);
    let mut seen = BTreeSet::new();
    for round in 0..8 {
        seen.insert(node.get(&id)["participantCounts"]["QUEUED"].as_u64().unwrap_or(0));
        thread::sleep(Duration::from_millis(60 + 13 * round));
        node.kill_and_start();
    }
    assert!(seen.len() > 3, "killed in the middle: {seen:?}");
    node.until("everybody was let through and ran out of time", |node| {
        node.get(&id)["participantCounts"]["EXPIRED"] == 4_000
    });
    let rows = node.rows(&id);
    assert_eq!(rows.len(), 1);
    assert_eq!(node.told("distribution.admitted"), rows["EXPIRED"]);
    assert_eq!(node.told("distribution.joined"), rows["EXPIRED"]);
    let events = node.all("/api/events?type=distribution.admitted&sort=createdAt&");
    let order = events.iter().map(|event| event["data"]["consumer_id"].as_str().unwrap());
    assert!(order.eq(consumers.iter().map(String::as_str)), "in the order of joining");
}

#[test]
fn a_settlement_that_is_killed_has_one_winner() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Killed::start(folder.path());
    let id = node.distribution(json!({"type": "auction", "currencyCode": "EUR",
        "startingPrice": "1", "settleAt": "2100-01-01T00:00:00Z"}));
    let consumers = node.consumers(1_100);
    for (index, consumer) in consumers.iter().enumerate() {
        let bid = json!({"consumerId": consumer, "amount": (index + 1).to_string()});
        node.post(&format!("{id}/bids"), &bid);
    }
    let settled = node.post(&format!("{id}/settle"), &json!({}));
    assert!(settled["participantCounts"]["OUTBID"].as_u64() > Some(0), "in the middle: {settled}");
    for _ in 0..3 {
        node.kill_and_start();
    }
    node.until("everybody knows", |node| node.get(&id)["participantCounts"]["LOST"] == 1_099);
    let rows = node.rows(&id);
    assert_eq!(rows["WON"], BTreeSet::from([consumers[1_099].clone()]));
    assert_eq!(node.get(&id)["status"], "SETTLED");
    assert_eq!(node.told("distribution.bid_placed").len(), 1_100);
}
