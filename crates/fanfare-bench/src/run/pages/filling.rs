//! A server with many deliveries, and a little of everything else.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::run::launch::api::{Api, id_of};
use crate::run::loading::Loading;
use crate::run::measure::Setting;
use crate::run::receiver::{SECRET, Sink};
use crate::run::scenario::CONNECTIONS;
use crate::run::server::Server;

/// Webhooks that receive every event of the load; one more is paused, so a fifth of all waits.
const GOOD: usize = 4;
/// How many consumers, who take part in a queue.
const CONSUMERS: usize = 200;
/// How many of them buy something.
const BUYERS: usize = 50;
/// Events in one request of the load.
const BATCH: u64 = 100;
/// How long the load may take, in seconds.
const LIMIT: u64 = 1_200;

/// A server that was filled.
pub(super) struct Filled {
    pub(super) server: Server,
    /// How many deliveries the load made.
    pub(super) deliveries: u64,
    /// A webhook with many deliveries.
    pub(super) good: String,
    /// A webhook whose receiver is not there.
    pub(super) down: String,
    /// Kept: it answers what is still sent.
    _sink: Sink,
}

impl Filled {
    /// Starts a server and publishes so many events to it.
    ///
    /// # Errors
    /// When something does not start or is refused.
    pub(super) fn new(setting: &Setting, folder: &Path, events: u64) -> Result<Self> {
        let mut sink = Sink::start(&setting.bench, folder, None)?;
        let server = Server::start(setting, folder)?;
        let mut api = Api::new(server.addr);
        let load = ["distribution.joined"];
        let mut good = String::new();
        for number in 0..GOOD {
            good = webhook(&mut api, &sink.url(number), &load)?;
        }
        let paused = webhook(&mut api, &sink.url(GOOD), &load)?;
        api.post(&format!("/api/webhooks/{paused}/pause"), &json!({}))?;
        let down = format!("http://{}/down", nobody()?);
        let down = webhook(&mut api, &down, &["consumer.*", "order.*"])?;
        launch(&mut api)?;
        let mode = ["closed", "--events", &events.to_string(), "--batch", &BATCH.to_string()];
        let mode = mode.map(str::to_owned);
        let targets = [server.addr];
        let report = Loading::start(
            &setting.bench,
            &targets,
            &mode,
            (CONNECTIONS, LIMIT),
            &folder.join("acks"),
        )?
        .finish()?;
        ensure!(report.acked == events, "only {} of {events} events were taken", report.acked);
        sink.wait_for(events * GOOD as u64, 0..GOOD)?;
        let deliveries = events * (GOOD as u64 + 1);
        Ok(Self { server, deliveries, good, down, _sink: sink })
    }
}

/// An address that nobody listens on.
fn nobody() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Creates something; its id.
fn create(api: &mut Api, path: &str, body: &Value) -> Result<String> {
    id_of(&api.post(path, body)?)
}

fn webhook(api: &mut Api, url: &str, events: &[&str]) -> Result<String> {
    let body = json!({"url": url, "events": events, "secret": SECRET, "maxInFlight": 64});
    create(api, "/api/webhooks", &body)
}

/// A launch with a queue in which people bought something.
fn launch(api: &mut Api) -> Result<()> {
    let experience = create(api, "/api/experiences", &json!({"name": "Winter Drop"}))?;
    let queue = json!({"experienceId": experience, "type": "queue", "name": "Front row"});
    let queue = create(api, "/api/distributions", &queue)?;
    let draw = json!({"experienceId": experience, "type": "draw", "winnerCount": 3});
    create(api, "/api/distributions", &draw)?;
    api.post(&format!("/api/experiences/{experience}/activate"), &json!({}))?;
    let mut consumers = Vec::new();
    for number in 0..CONSUMERS {
        let consumer = json!({"fullName": format!("Consumer {number}")});
        let consumer = create(api, "/api/consumers", &consumer)?;
        let join = json!({"consumerId": consumer});
        api.post(&format!("/api/distributions/{queue}/consumers"), &join)?;
        consumers.push(consumer);
    }
    api.post(&format!("/api/distributions/{queue}/admit"), &json!({"count": BUYERS}))?;
    for consumer in &consumers[..BUYERS] {
        let order = json!({"consumerId": consumer, "distributionId": queue,
                "totalAmount": "149.99", "currencyCode": "EUR"});
        create(api, "/api/orders", &order)?;
    }
    Ok(())
}
