//! Every hostile URL of the list is refused without a single connection; every benign one is
//! accepted.

use std::net::IpAddr;

use fanfare_egress::{Egress, EgressPolicy, ErrorClass, Target};
use serde::Deserialize;

use crate::support::{Names, Receiver, ample, egress, loopback, post};

/// Stands for our own address in the list.
const OWN: &str = "198.41.0.4";

#[derive(Deserialize)]
struct Row {
    url: String,
    why: String,
    resolves_to: Option<Vec<String>>,
    then_resolves_to: Option<Vec<String>>,
    dns_error: Option<String>,
    #[serde(default)]
    stage: String,
    response: Option<serde_json::Map<String, serde_json::Value>>,
}

fn rows(text: &str) -> Vec<Row> {
    serde_json::from_str(text).unwrap()
}

fn hostile(stage: &str) -> Vec<Row> {
    let mut rows = rows(include_str!("../data/hostile_urls.json"));
    assert_eq!(rows.len(), 155);
    rows.retain(|row| row.stage == stage);
    rows
}

fn addresses(texts: &[String]) -> Vec<IpAddr> {
    let own = |text: &String| if text == "OWN_PUBLIC_IP" { OWN.to_owned() } else { text.clone() };
    texts.iter().map(|text| own(text).parse().unwrap()).collect()
}

/// A resolver that answers for this host as the row says.
fn names(row: &Row, host: &str) -> Names {
    let mut names = Names::default();
    if row.dns_error.is_some() {
        names = names.then(host, Err("SERVFAIL"));
    }
    for answers in [&row.resolves_to, &row.then_resolves_to].into_iter().flatten() {
        names = names.then(host, Ok(addresses(answers)));
    }
    names
}

/// A listener on each loopback address under one port, which the policy leaves open: only the
/// rules on addresses stand between the guard and the canary.
struct Canary {
    port: u16,
    listeners: Vec<Receiver>,
}

impl Canary {
    async fn start() -> Self {
        let first = Receiver::answering("").await;
        let port = first.address.port();
        let mut listeners = vec![first];
        // There may be no IPv6 here at all.
        listeners.extend(Receiver::on(&format!("[::1]:{port}"), |_, _| async {}).await.ok());
        Self { port, listeners }
    }

    fn policy(&self) -> EgressPolicy {
        EgressPolicy {
            allow_http: true,
            extra_ports: vec![self.port],
            extra_denied: vec![format!("{OWN}/32").parse().unwrap()],
            ..EgressPolicy::default()
        }
    }

    /// The same URL with the canary's port, when it has a host to put it after.
    fn lure(&self, url: &str) -> Option<String> {
        let (scheme, rest) = url.split_once("://")?;
        let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
            _ => host,
        };
        Some(format!("{scheme}://{host}:{}{path}", self.port))
    }

    fn connections(&self) -> usize {
        self.listeners.iter().map(Receiver::accepted).sum()
    }
}

#[tokio::test]
async fn hostile_texts_are_refused_before_anything_is_looked_up() {
    let canary = Canary::start().await;
    let rows = hostile("static");
    assert!(rows.len() > 130);
    for row in &rows {
        let parsed = Target::parse(&row.url, &EgressPolicy::default());
        assert!(parsed.is_err(), "{:?} ({}) was accepted", row.url, row.why);
        let Some(lure) = canary.lure(&row.url) else { continue };
        if let Ok(target) = Target::parse(&lure, &canary.policy()) {
            let egress = egress(canary.policy(), names(row, target.host()));
            // Rows about ports and plain http name a public host: it may only be dialled there.
            for address in egress.vet(&target).await.unwrap_or_default() {
                assert_eq!(address.ip().to_string(), "93.184.216.34", "{lure} ({})", row.why);
            }
        }
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn hostile_answers_are_refused_at_every_attempt() {
    let canary = Canary::start().await;
    let rows = hostile("resolve");
    assert_eq!(rows.len(), 10);
    for row in &rows {
        for url in [row.url.clone(), canary.lure(&row.url).unwrap()] {
            let target = Target::parse(&url, &canary.policy()).unwrap();
            let egress = egress(canary.policy(), names(row, target.host()));
            for _attempt in 0..2 {
                let error = egress.connect(&target).await.unwrap_err();
                let classes = [ErrorClass::Dns, ErrorClass::Refused];
                assert!(classes.contains(&error.class()), "{url} ({}): {error:?}", row.why);
                assert!(egress.vet(&target).await.is_err(), "{url} ({})", row.why);
            }
        }
    }
    assert_eq!(canary.connections(), 0);
}

/// Shows that the canary would have sung.
#[tokio::test]
async fn the_canary_sees_a_connection_that_is_allowed() {
    let canary = Canary::start().await;
    let policy = EgressPolicy { allow_private: loopback().allow_private, ..canary.policy() };
    for (count, listener) in canary.listeners.iter().enumerate() {
        let address = listener.address.ip().to_string();
        let egress = egress(policy.clone(), Names::default().with("localtest.me", &[&address]));
        let lure = canary.lure("http://localtest.me/hook").unwrap();
        let target = Target::parse(&lure, egress.policy()).unwrap();
        let channel = egress.connect(&target).await.unwrap();
        assert_eq!(channel.peer(), listener.address);
        while canary.connections() <= count {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn hostile_responses_are_answers_and_nothing_more() {
    let canary = Canary::start().await;
    let rows = hostile("response");
    assert_eq!(rows.len(), 5);
    for row in &rows {
        let mut answer = String::new();
        let response = row.response.as_ref().unwrap();
        let status = response["status"].as_u64().unwrap();
        answer.push_str(&format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n"));
        for (name, value) in response.iter().filter(|(name, _)| *name != "status") {
            let value = value.as_str().unwrap();
            let lure = format!("127.0.0.1:{}", canary.port);
            let value = value.replace("127.0.0.1", &lure).replace("169.254.169.254", &lure);
            answer.push_str(&format!("{name}: {value}\r\n"));
        }
        answer.push_str("\r\n");
        let receiver = Receiver::answering(answer).await;
        let mut channel = receiver.connect().await;
        let response = channel.send(post("{}"), ample()).await.unwrap();
        assert_eq!(u64::from(response.status), status, "{}", row.why);
        assert_eq!(receiver.accepted(), 1);
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn benign_urls_are_accepted() {
    let rows = rows(include_str!("../data/benign_urls.json"));
    assert_eq!(rows.len(), 16);
    for row in &rows {
        let strict = EgressPolicy::default();
        let target = Target::parse(&row.url, &strict)
            .unwrap_or_else(|error| panic!("{} ({}): {error}", row.url, row.why));
        let egress: Egress = egress(strict, names(row, target.host()));
        let vetted = egress.vet(&target).await.unwrap();
        let vetted: Vec<IpAddr> = vetted.iter().map(std::net::SocketAddr::ip).collect();
        assert_eq!(vetted, addresses(row.resolves_to.as_ref().unwrap()), "{}", row.why);
    }
}
