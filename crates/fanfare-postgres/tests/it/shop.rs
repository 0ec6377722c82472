//! A shop on two nodes.

use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{EventId, OrganizationId, Timestamp, WebhookId, WebhookStatus};
use fanfare_postgres::PostgresStore;
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{
    DeliveryQueue, EventStore, Organization, OrganizationStore, Verdict, Webhook, WebhookStore,
};

use crate::support::{Database, accept_of, record_of};

/// The time that the tests' ids are made at.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_718_897_400_000);

/// A node of a test: it looks for changes often.
pub(crate) struct Node {
    pub(crate) store: Arc<PostgresStore>,
    pub(crate) engine: Arc<FakeEngine>,
}

impl Node {
    pub(crate) async fn start(database: &Database) -> Self {
        let engine = Arc::new(FakeEngine::default());
        let mut options = database.options();
        options.watch = Duration::from_millis(20);
        let store = PostgresStore::open(options, engine.clone(), database.ids.clone()).await;
        Self { store: store.expect("it opens"), engine }
    }

    /// Every change its engine hears of until this one, which comes soon.
    pub(crate) async fn hears(&self, version: u32, deleted: bool) -> Vec<(Arc<Webhook>, bool)> {
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

    pub(crate) async fn set_status(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        status: WebhookStatus,
    ) {
        let edit = Box::new(move |webhook: &mut Webhook| {
            webhook.status = status;
            Ok(())
        });
        let changed = self.store.modify_webhook(organization, id, NOW, edit, None).await;
        changed.expect("a change").expect("the webhook");
    }
}

/// Two nodes, and an organization.
pub(crate) async fn two_nodes(database: &Database) -> (Node, Node, OrganizationId) {
    let (one, other) = (Node::start(database).await, Node::start(database).await);
    let id = database.ids.next();
    let shop = Organization { id, name: "shop".into(), created_at: NOW };
    one.store.create_organization(shop).await.expect("an organization");
    (one, other, id)
}

/// An id that was made at this time.
fn id_at(database: &Database, at: Timestamp) -> EventId {
    let ms = u128::from(at.as_millis().unsigned_abs()) << 80;
    let id: EventId = database.ids.next();
    EventId::from_u128(ms | (id.as_u128() & ((1 << 80) - 1)))
}

/// Accepts an event on a node and records its one attempt there.
pub(crate) async fn deliver(database: &Database, node: &Node, org: OrganizationId, at: Timestamp) {
    let mut accept = accept_of(database, org, at, 1);
    accept.events[0].id = id_at(database, at);
    node.store.accept(accept).await.expect("accepted");
    let leased = node.engine.take().pop().expect("handed over");
    let record = record_of(&leased, Verdict::Succeeded, at);
    let disable_after = Duration::from_secs(9);
    node.store.record(vec![record], disable_after, at).await.expect("recorded");
}
