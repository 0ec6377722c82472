//! What one node changes and gathers, another knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{
    EventSelection, EventType, OrganizationId, Timestamp, WebhookId, WebhookStatus,
};
use fanfare_postgres::PostgresStore;
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{
    Accept, DeliveryQueue, EventSource, EventStore, NewEvent, Organization, OrganizationStore,
    Record, RecordedAttempt, Sealed, SentSignatures, StatsBucket, StatsStore, Verdict, Webhook,
    WebhookStore,
};
use fanfare_testdb::administer;

use crate::support::Database;

const NOW: Timestamp = Timestamp::from_millis(1_795_428_000_000);

/// A node of a test: it looks for changes often.
struct Node {
    store: Arc<PostgresStore>,
    engine: Arc<FakeEngine>,
}

impl Node {
    async fn start(database: &Database) -> Self {
        let engine = Arc::new(FakeEngine::default());
        let mut options = database.options();
        options.watch = Duration::from_millis(20);
        let store = PostgresStore::open(options, engine.clone(), database.ids.clone()).await;
        Self { store: store.expect("it opens"), engine }
    }

    /// Every change its engine hears of until this one, which comes soon.
    async fn hears(&self, version: u32, deleted: bool) -> Vec<(Arc<Webhook>, bool)> {
        let mut heard = Vec::new();
        let listen = async {
            loop {
                heard.extend(self.engine.take_changes());
                if heard
                    .last()
                    .is_some_and(|(last, gone)| (last.version, *gone) == (version, deleted))
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(10), listen).await;
        assert!(in_time.is_ok(), "version {version} is not known; heard: {heard:?}");
        heard
    }

    async fn set_status(&self, organization: OrganizationId, id: WebhookId, status: WebhookStatus) {
        let edit = Box::new(move |webhook: &mut Webhook| {
            webhook.status = status;
            Ok(())
        });
        let changed = self.store.modify_webhook(organization, id, NOW, edit).await;
        changed.expect("a change").expect("the webhook");
    }
}

/// Two nodes, and an organization.
async fn two_nodes(database: &Database) -> (Node, Node, OrganizationId) {
    let (one, other) = (Node::start(database).await, Node::start(database).await);
    let id = database.ids.next();
    let shop = Organization { id, name: "shop".into(), created_at: NOW };
    one.store.create_organization(shop).await.expect("an organization");
    (one, other, id)
}

fn new_webhook(database: &Database, organization_id: OrganizationId) -> Webhook {
    Webhook {
        id: database.ids.next(),
        organization_id,
        url: "https://shop.example/hooks".into(),
        description: None,
        events: EventSelection::parse(&["*"]).expect("a pattern"),
        headers: Vec::new(),
        max_in_flight: 8,
        rate_limit: None,
        secret: Sealed(vec![1]),
        previous_secret: None,
        status: WebhookStatus::Active,
        disabled_reason: None,
        status_changed_at: NOW,
        failing_since: None,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

#[tokio::test]
async fn a_change_is_heard_of_once_on_every_node() {
    let database = Database::new().await;
    let (one, other, org) = two_nodes(&database).await;
    let webhook = new_webhook(&database, org);
    one.store.create_webhook(webhook.clone()).await.expect("a webhook");
    assert_eq!(other.hears(1, false).await.len(), 1);
    other.set_status(org, webhook.id, WebhookStatus::Paused).await;
    assert_eq!(other.hears(2, false).await.len(), 1);
    let heard = one.hears(2, false).await;
    assert_eq!(heard.iter().map(|(one, _)| one.version).collect::<Vec<_>>(), [1, 2]);
    one.engine.take_wakes();
    other.set_status(org, webhook.id, WebhookStatus::Active).await;
    assert_eq!(one.hears(3, false).await.len(), 1);
    tokio::time::timeout(Duration::from_secs(10), async {
        while one.engine.take_wakes() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("what waited is claimed");
    assert!(one.store.delete_webhook(org, webhook.id, NOW).await.expect("deleted"));
    assert_eq!(one.hears(4, true).await.len(), 1);
    other.hears(4, true).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    for node in [one, other] {
        assert!(node.engine.take_changes().is_empty(), "once is enough");
        node.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_heard_of_in_their_order() {
    const EACH: u32 = 20;
    let database = Database::new().await;
    let (one, other, org) = two_nodes(&database).await;
    let webhook = new_webhook(&database, org);
    one.store.create_webhook(webhook.clone()).await.expect("a webhook");
    let change = async |node: &Node, who: &'static str| {
        for number in 0..EACH {
            let edit = Box::new(move |webhook: &mut Webhook| {
                webhook.description = Some(format!("{who} {number}"));
                Ok(())
            });
            let changed = node.store.modify_webhook(org, webhook.id, NOW, edit).await;
            changed.expect("a change").expect("the webhook");
        }
    };
    tokio::join!(change(&one, "one"), change(&other, "other"));
    for node in [one, other] {
        let heard = node.hears(1 + 2 * EACH, false).await;
        assert!(heard.is_sorted_by(|(a, _), (b, _)| a.version < b.version), "{heard:?}");
        node.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_commits_late_is_not_missed() {
    let database = Database::new().await;
    let (one, other, org) = two_nodes(&database).await;
    let (slow, quick) = (new_webhook(&database, org), new_webhook(&database, org));
    for webhook in [&slow, &quick] {
        one.store.create_webhook(webhook.clone()).await.expect("a webhook");
    }
    let (url, id) = (database.url.clone(), slow.id.as_u128());
    let late = tokio::task::spawn_blocking(move || {
        let sql = format!(
            "SET fanfare.organization = '*'; BEGIN; UPDATE fanfare.webhooks \
             SET version = 2, changed = pg_current_xact_id() \
             WHERE id = lpad('{id:x}', 32, '0')::uuid; SELECT pg_sleep(0.5); COMMIT"
        );
        administer(&url, &sql)
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    one.set_status(org, quick.id, WebhookStatus::Paused).await;
    let mut heard = other.hears(2, false).await;
    late.await.expect("committed");
    if !heard.iter().any(|(webhook, _)| webhook.id == slow.id && webhook.version == 2) {
        heard.extend(other.hears(2, false).await);
    }
    let latest: HashMap<_, _> = heard.iter().map(|(one, _)| (one.id, one.version)).collect();
    assert_eq!(latest, HashMap::from([(slow.id, 2), (quick.id, 2)]));
}

/// Accepts an event on a node and records its one attempt there.
async fn deliver(database: &Database, node: &Node, org: OrganizationId, at: Timestamp) {
    let event = NewEvent {
        id: database.ids.next(),
        event_type: EventType::OrderPaid,
        body: "{}".into(),
        person: None,
    };
    let accept = Accept {
        organization_id: org,
        at,
        events: vec![event],
        source: EventSource::Api,
        only: None,
        idempotency: None,
    };
    node.store.accept(accept).await.expect("accepted");
    let leased = node.engine.take().pop().expect("handed over");
    let attempt = RecordedAttempt {
        started_at: at,
        duration: Duration::from_millis(3),
        status_code: Some(200),
        error_class: None,
        response_body: "ok".into(),
        response_truncated: false,
        remote_addr: None,
        webhook_version: 1,
        signatures: SentSignatures::default(),
    };
    let verdict = Verdict::Succeeded;
    let record = Record { id: leased.id, lease: leased.lease, attempt, verdict };
    let disable_after = Duration::from_secs(9);
    node.store.record(vec![record], disable_after, at).await.expect("recorded");
}

#[tokio::test]
async fn figures_of_all_nodes_add_up() {
    let database = Database::new().await;
    let (one, other, org) = two_nodes(&database).await;
    let webhook = new_webhook(&database, org);
    one.store.create_webhook(webhook.clone()).await.expect("a webhook");
    let hour = NOW + Duration::from_secs(3600);
    let stats = async |node: &Node| -> Vec<StatsBucket> {
        node.store.webhook_stats(org, webhook.id, NOW, hour).await.expect("figures")
    };
    for node in [&one, &other, &one] {
        deliver(&database, node, org, NOW).await;
    }
    assert_eq!(stats(&one).await[0].succeeded, 2, "its own at once");
    one.store.close().await;
    let both = stats(&other).await;
    assert_eq!((both.len(), both[0].succeeded, both[0].codes[&200]), (1, 3, 3));
    deliver(&database, &other, org, NOW).await;
    other.store.close().await;
    let again = Node::start(&database).await;
    assert_eq!(stats(&again).await[0].succeeded, 4, "what was gathered is written at the end");
    again.store.close().await;
}
