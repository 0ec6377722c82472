//! How fast store and engine are without the HTTP API, for profiling: publishers, store, engine
//! and a plain receiver in one process. `cargo run --release -p fanfare-delivery --example
//! in_process -- [events] [webhooks] [publishers]`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use fanfare_delivery::{Engine, EngineOptions};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, SystemResolver};
use fanfare_model::{
    Clock, Entropy, Envelope, EventSelection, EventType, IdSource, SystemClock, WebhookStatus,
};
use fanfare_signing::{EncryptionKey, Keyring, SealContext};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    Accept, EventSource, EventStore, NewEvent, Organization, OrganizationStore, Sealed, Store,
    Webhook, WebhookStore,
};
use fanfare_testkit::SeededEntropy;

fn argument(index: usize, otherwise: usize) -> usize {
    std::env::args().nth(index).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Answers every request on a connection once its body is there; assumes one request at a time.
fn receiver(seen: Arc<AtomicUsize>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let addr = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = seen.clone();
            std::thread::spawn(move || answer(stream, &seen));
        }
    });
    addr
}

fn answer(mut stream: std::net::TcpStream, seen: &AtomicUsize) -> Option<()> {
    let mut buffer = vec![0u8; 16 * 1024];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).ok()?;
        if read == 0 {
            return None;
        }
        filled += read;
        let Some(head) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&buffer[..head]).ok()?;
        let at = text.find("content-length: ")? + 16;
        let length: usize = text[at..].split("\r\n").next()?.parse().ok()?;
        if filled >= head + 4 + length {
            filled = 0;
            seen.fetch_add(1, Ordering::Relaxed);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").ok()?;
        }
    }
}

#[tokio::main]
async fn main() {
    let (events, webhooks, publishers) = (argument(1, 50_000), argument(2, 1), argument(3, 64));
    let folder = tempfile::tempdir().expect("a folder");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(|wait: Duration| {
        Box::pin(tokio::time::sleep(wait)) as std::pin::Pin<Box<dyn Future<Output = ()> + Send>>
    }));
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
    let ids = Arc::new(IdSource::new(clock.clone(), entropy.clone()));
    let keyring = Arc::new(Keyring::new(&EncryptionKey::from_bytes([1; 32])));
    let policy = EgressPolicy {
        allow_private: vec!["127.0.0.0/8".parse().expect("a net")],
        allow_http: true,
        ..EgressPolicy::default()
    };
    let egress = Egress::new(policy, Arc::new(SystemResolver), EgressLimits::default());
    let options = EngineOptions::default();
    let engine = Engine::new(options, egress, keyring.clone(), clock.clone(), entropy);
    let path = folder.path().join("bench.db");
    let store = SqliteStore::open(&path, SqliteOptions::default(), engine.clone(), ids.clone());
    let store = Arc::new(store.expect("a store"));
    engine.start(store.clone() as Arc<dyn Store>);

    let seen = Arc::new(AtomicUsize::new(0));
    let url = format!("http://{}/", receiver(seen.clone()));
    let organization_id = ids.next();
    let now = clock.now();
    let brand = Organization { id: organization_id, name: "Bench".into(), created_at: now };
    store.create_organization(brand).await.expect("an organization");
    for _ in 0..webhooks {
        let id = ids.next();
        let (organization, row) =
            (organization_id.to_string(), fanfare_model::WebhookId::to_string(&id));
        let context = SealContext::webhook_secret(&organization, &row);
        let secret = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let secret = Sealed(keyring.seal(context, ids.random(), secret).expect("sealed"));
        let webhook = Webhook {
            id,
            organization_id,
            url: url.clone(),
            description: None,
            events: EventSelection::everything(),
            headers: Vec::new(),
            max_in_flight: 64,
            rate_limit: None,
            secret,
            previous_secret: None,
            status: WebhookStatus::Active,
            disabled_reason: None,
            status_changed_at: now,
            failing_since: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        store.create_webhook(webhook).await.expect("a webhook");
    }

    let began = tokio::time::Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..publishers {
        let (store, ids) = (store.clone(), ids.clone());
        tasks.spawn(async move {
            for _ in 0..events / publishers {
                let id = ids.next();
                let at = ids.now();
                let data = format!(r#"{{"order_id":"ord_1","note":"{}"}}"#, "x".repeat(200));
                let event_type = EventType::OrderPaid;
                let envelope = Envelope {
                    id,
                    event_type,
                    timestamp: at,
                    organization_id,
                    data: data.as_bytes(),
                };
                let body = Bytes::from(envelope.to_bytes());
                let accept = Accept {
                    organization_id,
                    at,
                    events: vec![NewEvent { id, event_type, body }],
                    source: EventSource::Api,
                    only: None,
                    idempotency: None,
                };
                store.accept(accept).await.expect("accepted");
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    let accepted = began.elapsed();
    let expected = (events / publishers) * publishers * webhooks;
    while seen.load(Ordering::Relaxed) < expected || engine.figures().held > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let delivered = began.elapsed();
    println!(
        "accepted {:.0}/s, delivered {:.0}/s, {:?}",
        expected as f64 / webhooks as f64 / accepted.as_secs_f64(),
        expected as f64 / delivered.as_secs_f64(),
        engine.figures(),
    );
    engine.drain(Duration::from_secs(5)).await;
    store.close();
}
