//! An erased person is in no byte of the files.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::launch::{Consumer, ConsumerSource, Reach};
use fanfare_model::{ConsumerId, EventType, Timestamp, limits};
use fanfare_store::{
    DeliveryQueue, IdempotencyKey, IdempotencyStore, LaunchStore, LaunchTx, Leased, NewEvent,
    Record, RecordedAttempt, SentSignatures, StoredResponse, Verdict,
};

use rusqlite::Connection;

use crate::support::{Shop, claim, options};

/// How long the store may take to come to rest, in looks.
const LOOKS: u32 = 3_000;

fn consumer(id: ConsumerId, name: &str, at: Timestamp) -> Consumer {
    Consumer {
        id,
        email: Some(format!("{name}@Shop.example")),
        phone: Some(format!("+49-{name}-7")),
        full_name: Some(format!("{name} Löwe")),
        external_id: Some(format!("crm/{name}")),
        metadata: None,
        source: ConsumerSource::Api,
        reach: Reach::default(),
        created_at: at,
        updated_at: at,
    }
}

fn event(shop: &Shop, consumer: &Consumer, event_type: EventType) -> NewEvent {
    let data = serde_json::json!({
        "consumer_id": consumer.id.to_string(),
        "email": consumer.email,
        "phone": consumer.phone,
        "full_name": consumer.full_name,
        "external_id": consumer.external_id,
    });
    let body = serde_json::json!({"type": event_type.to_string(), "data": data}).to_string();
    let person = Some(consumer.id.to_string().into_boxed_str());
    NewEvent { id: shop.folder.ids.next(), event_type, body: Bytes::from(body), person }
}

async fn put(shop: &Shop, consumer: &Consumer, event: Option<NewEvent>) {
    let (consumer, at) = (consumer.clone(), shop.folder.now());
    let work = move |tx: &mut dyn LaunchTx| {
        tx.put_consumer(&consumer)?;
        if let Some(event) = &event {
            tx.emit(event.clone(), at)?;
        }
        Ok(())
    };
    shop.store.launch(shop.organization, false, Box::new(work)).await.expect("work");
}

/// Many at once.
async fn put_all(shop: &Shop, consumers: &[Consumer]) {
    for some in consumers.chunks(100) {
        let some = some.to_vec();
        let work = move |tx: &mut dyn LaunchTx| {
            Ok(some.iter().try_for_each(|consumer| tx.put_consumer(consumer))?)
        };
        assert!(shop.store.launch(shop.organization, false, Box::new(work)).await.expect("work"));
    }
}

async fn erase_all(shop: &Shop, ids: &[ConsumerId]) {
    let ids = ids.to_vec();
    let work =
        move |tx: &mut dyn LaunchTx| Ok(ids.iter().try_for_each(|id| tx.erase_consumer(*id))?);
    assert!(shop.store.launch(shop.organization, true, Box::new(work)).await.expect("work"));
}

/// The receiver answers with what it got.
async fn echo(shop: &Shop, leased: &Leased, verdict: Verdict) {
    let now = shop.folder.now();
    let attempt = RecordedAttempt {
        started_at: now,
        duration: Duration::from_millis(3),
        status_code: Some(200),
        error_class: None,
        response_body: leased.body.clone(),
        response_truncated: false,
        remote_addr: None,
        webhook_version: 1,
        signatures: SentSignatures::default(),
    };
    let record = Record {
        id: leased.id,
        lease: leased.lease,
        event_type: leased.event_type,
        attempt,
        verdict,
    };
    shop.store.record(vec![record], limits::DISABLE_AFTER, now).await.expect("work");
}

/// Every byte of the database and its log.
fn bytes(shop: &Shop) -> Vec<u8> {
    let log = shop.folder.path().with_extension("db-wal");
    [shop.folder.path(), log]
        .iter()
        .flat_map(|path| std::fs::read(path).expect("it works"))
        .collect()
}

fn count(haystack: &[u8], needle: &str) -> usize {
    haystack.windows(needle.len()).filter(|bytes| *bytes == needle.as_bytes()).count()
}

/// Waits until the store has wiped its pages and emptied its log.
async fn rest(shop: &Shop) {
    let log = shop.folder.path().with_extension("db-wal");
    let connection = Connection::open(shop.folder.path()).expect("it works");
    for _ in 0..LOOKS {
        let swept = "SELECT erasures = swept FROM meta";
        let swept: bool = connection.query_row(swept, [], |row| row.get(0)).expect("it works");
        if swept && std::fs::metadata(&log).expect("it works").len() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not come to rest");
}

/// Rows, events, answers of receivers, kept answers: after the erasure nothing of the person is
/// in the files of the running store, and everybody else is.
#[tokio::test]
async fn an_erased_person_is_in_no_byte_of_the_files() {
    let shop = Shop::open(options()).await;
    let now = shop.folder.now();
    let (mut ada, bob) = (
        consumer(shop.folder.ids.next(), "adalovelace", now),
        consumer(shop.folder.ids.next(), "bobmarley", now),
    );
    for person in [&ada, &bob] {
        let created = event(&shop, person, EventType::ConsumerCreated);
        put(&shop, person, Some(created)).await;
        for leased in shop.engine.take() {
            echo(&shop, &leased, Verdict::RetryAt(now)).await;
        }
        for leased in claim(&shop.store, now).await {
            echo(&shop, &leased, Verdict::Succeeded).await;
        }
        let key = IdempotencyKey {
            organization_id: shop.organization,
            key: person.id.to_string(),
            fingerprint: [1; 32],
        };
        shop.store.begin_idempotent(key.clone(), now).await.expect("work");
        let body = format!("{{\"id\":\"{}\",\"email\":{:?}}}", person.id, person.email);
        let response = StoredResponse { status: 201, body: Bytes::from(body) };
        shop.store.finish_idempotent(key, Some(response), now).await.expect("work");
    }
    // A long note that fills pages of its own, then a short one.
    let note = "adalovelace likes boots. ".repeat(1_000);
    let metadata = serde_json::json!({"note": note, "size": 38});
    ada.metadata = metadata.as_object().cloned();
    put(&shop, &ada, None).await;
    ada.metadata = None;
    ada.full_name = Some("Mrs adalovelace".into());
    put(&shop, &ada, Some(event(&shop, &ada, EventType::ConsumerUpdated))).await;
    let on_its_way = shop.engine.take();
    assert!(count(&bytes(&shop), "adalovelace") > 10);

    erase_all(&shop, &[ada.id]).await;
    rest(&shop).await;
    for leased in on_its_way {
        echo(&shop, &leased, Verdict::Succeeded).await;
    }
    let all = bytes(&shop);
    assert_eq!(count(&all, "adalovelace"), 0);
    for part in ["bobmarley@Shop", "bobmarley@shop", "+49-bobmarley-7", "crm/bobmarley"] {
        assert!(count(&all, part) > 0, "{part}");
    }
    assert!(count(&all, &ada.id.to_string()) > 0, "events still say whom they were about");
}

/// The same for every other one in a crowd whose rows grow, shrink and move between pages.
#[tokio::test]
async fn nothing_of_a_person_is_left_where_rows_moved() {
    let shop = Shop::open(options()).await;
    let now = shop.folder.now();
    let name = |index: usize| format!("p{:07}q", (index * 7_919_011) % 10_000_000);
    let mut crowd: Vec<_> =
        (0..3_000).map(|index| consumer(shop.folder.ids.next(), &name(index), now)).collect();
    put_all(&shop, &crowd).await;
    for round in 1..=3 {
        for (index, person) in crowd.iter_mut().enumerate() {
            let length = (index * 31 + round * 17) % 23;
            let metadata = serde_json::json!({"note": name(index).repeat(length)});
            person.metadata = metadata.as_object().cloned();
            person.email = Some(format!("{}-{round}@shop.example", name(index)));
        }
        let mut shuffled = crowd.clone();
        shuffled.sort_by_key(|person| person.id.as_u128().wrapping_mul(37 + round as u128));
        put_all(&shop, &shuffled).await;
    }
    let erased: Vec<_> = crowd.iter().step_by(2).map(|person| person.id).collect();
    let (first, rest_of_them) = erased.split_at(erased.len() / 2);
    erase_all(&shop, first).await;
    rest(&shop).await;
    // The rest while the process ends, hardly having begun to wipe.
    erase_all(&shop, rest_of_them).await;
    shop.store.close();
    let _store = shop.folder.open(shop.engine.clone());
    rest(&shop).await;
    let all = bytes(&shop);
    let names: HashMap<_, _> = (0..crowd.len()).map(|index| (name(index), index)).collect();
    let found: HashSet<_> = all
        .windows(name(0).len())
        .filter(|bytes| bytes.starts_with(b"p"))
        .filter_map(|bytes| names.get(std::str::from_utf8(bytes).ok()?))
        .collect();
    let left: Vec<_> = found.iter().filter(|index| **index % 2 == 0).collect();
    assert!(left.is_empty(), "{} of {}: {left:?}", left.len(), crowd.len() / 2);
    assert_eq!(found.len(), crowd.len() / 2, "nobody else is missing");
}
