//! What the cases stand on: a store, a fake engine, and short ways to fill them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{
    ErrorClass, EventId, EventSelection, EventType, Id, IdKind, OrganizationId, Timestamp,
    WebhookId, WebhookStatus, limits,
};

use crate::{
    Accept, AcceptResult, Claim, Claimed, CustomHeader, Delivery, DeliveryDetail, DeliveryFilter,
    EventSource, LeaseToken, Leased, NewEvent, Order, Organization, Page, PageRequest, Record,
    RecordResult, RecordedAttempt, Sealed, SentSignatures, Store, StoreError, Verdict, Webhook,
};

use super::FakeEngine;

/// A store with its fake engine.
pub struct World {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// The hand-over it was opened with.
    pub engine: Arc<FakeEngine>,
    counter: AtomicU64,
}

/// When every case begins: 2026-11-23T10:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_428_000_000);
const DAY: u64 = 24 * 3600;

/// So many seconds after the beginning.
pub(crate) fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

/// So many days after the beginning.
pub(crate) fn day(days: u64) -> Timestamp {
    at(days * DAY)
}

impl World {
    /// A world on an empty store.
    pub fn new(store: Arc<dyn Store>, engine: Arc<FakeEngine>) -> Self {
        Self { store, engine, counter: AtomicU64::new(1) }
    }

    /// What must hold after every case.
    pub fn finish(&self) {
        self.engine.assert_balanced();
    }

    pub(crate) fn id<K: IdKind>(&self, time: Timestamp) -> Id<K> {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        let head = (time.as_millis().unsigned_abs() << 16) | 0x7000;
        Id::from_u128((u128::from(head) << 64) | u128::from(1 << 63 | count))
    }

    pub(crate) async fn organization(&self, name: &str) -> OrganizationId {
        let organization =
            Organization { id: self.id(START), name: name.to_owned(), created_at: START };
        let id = organization.id;
        self.store.create_organization(organization).await.expect("an organization");
        id
    }

    pub(crate) fn new_webhook(&self, organization_id: OrganizationId, events: &[&str]) -> Webhook {
        Webhook {
            id: self.id(START),
            organization_id,
            channel: fanfare_model::WebhookChannel::Api,
            url: "https://shop.example/hooks".into(),
            description: Some("orders".into()),
            events: EventSelection::parse(events).expect("patterns"),
            headers: vec![CustomHeader { name: "x-shop".into(), value: "7".into() }],
            max_in_flight: 8,
            rate_limit: Some(100),
            secret: Sealed(vec![1, 2, 3]),
            previous_secret: None,
            status: WebhookStatus::Active,
            disabled_reason: None,
            status_changed_at: START,
            failing_since: None,
            created_at: START,
            updated_at: START,
            version: 1,
        }
    }

    pub(crate) async fn webhook(&self, organization: OrganizationId, events: &[&str]) -> WebhookId {
        let webhook = self.new_webhook(organization, events);
        self.store.create_webhook(webhook, None).await.expect("a webhook").id
    }

    /// An organization with a webhook that gets everything.
    pub(crate) async fn shop(&self) -> (OrganizationId, WebhookId) {
        let organization = self.organization("shop").await;
        (organization, self.webhook(organization, &["*"]).await)
    }

    pub(crate) async fn reload(&self, org: OrganizationId, id: WebhookId) -> Arc<Webhook> {
        self.store.webhook(org, id).await.expect("a read").expect("the webhook")
    }

    pub(crate) async fn set_status(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        status: WebhookStatus,
        now: Timestamp,
    ) {
        let edit = Box::new(move |webhook: &mut Webhook| {
            webhook.status = status;
            Ok(())
        });
        let changed = self.store.modify_webhook(organization, id, now, edit, None).await;
        assert_eq!(changed.expect("a change").expect("the webhook").status, status);
    }

    pub(crate) fn new_event(&self, event_type: EventType, now: Timestamp) -> NewEvent {
        let id: EventId = self.id(now);
        let body = Bytes::from(format!("{{\"id\":\"{id}\",\"type\":\"{event_type}\"}}"));
        NewEvent { id, event_type, body, person: None }
    }

    pub(crate) fn accept_of(
        &self,
        organization_id: OrganizationId,
        types: &[EventType],
        at: Timestamp,
    ) -> Accept {
        Accept {
            organization_id,
            at,
            events: types.iter().map(|event_type| self.new_event(*event_type, at)).collect(),
            source: EventSource::Api,
            only: None,
            except: None,
            idempotency: None,
        }
    }

    /// Accepts one event; gives its id and how many deliveries it got.
    pub(crate) async fn publish(
        &self,
        organization: OrganizationId,
        event_type: EventType,
        now: Timestamp,
    ) -> (EventId, u32) {
        let accept = self.accept_of(organization, &[event_type], now);
        let id = accept.events[0].id;
        match self.store.accept(accept).await.expect("accepted") {
            AcceptResult::Accepted(fanout) => (id, fanout[0]),
            other => panic!("{other:?}"),
        }
    }

    /// Accepts one event for which there is no room in memory.
    pub(crate) async fn publish_waiting(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> EventId {
        self.engine.set_room(0);
        let (id, _) = self.publish(organization, EventType::OrderPaid, now).await;
        self.engine.set_room(usize::MAX);
        id
    }

    /// Accepts one event with one delivery and takes that from the engine.
    pub(crate) async fn publish_one(&self, organization: OrganizationId, now: Timestamp) -> Leased {
        self.publish(organization, EventType::OrderPaid, now).await;
        let mut handed = self.engine.take();
        assert_eq!(handed.len(), 1);
        handed.remove(0)
    }

    pub(crate) async fn claim(&self, now: Timestamp) -> Claimed {
        self.claim_with(now, 100, 100, Vec::new()).await
    }

    pub(crate) async fn claim_with(
        &self,
        now: Timestamp,
        limit: usize,
        per_webhook: usize,
        skip: Vec<WebhookId>,
    ) -> Claimed {
        let lease_until = now + Duration::from_secs(60);
        let claim = Claim { now, lease_until, limit, per_webhook, skip };
        self.store.claim(claim).await.expect("a claim")
    }

    pub(crate) async fn record(
        &self,
        leased: &Leased,
        verdict: Verdict,
        now: Timestamp,
    ) -> RecordResult {
        self.record_as(leased, leased.lease, verdict, now).await
    }

    pub(crate) async fn record_as(
        &self,
        leased: &Leased,
        lease: LeaseToken,
        verdict: Verdict,
        now: Timestamp,
    ) -> RecordResult {
        let record = Record {
            id: leased.id,
            lease,
            event_type: leased.event_type,
            attempt: attempt(verdict, now),
            verdict,
        };
        let results = self.store.record(vec![record], limits::DISABLE_AFTER, now).await;
        let results = results.expect("recorded");
        assert_eq!(results.len(), 1);
        results[0]
    }

    pub(crate) async fn detail(&self, org: OrganizationId, leased: &Leased) -> DeliveryDetail {
        self.store.delivery(org, leased.id).await.expect("a read").expect("the delivery")
    }

    pub(crate) async fn deliveries(
        &self,
        organization: OrganizationId,
        filter: DeliveryFilter,
    ) -> Vec<Delivery> {
        let page = PageRequest { limit: 100, order: Order::Ascending, after: None, before: None };
        let page = self.store.deliveries(organization, filter, page).await.expect("a list");
        assert!(!page.has_more);
        page.items
    }
}

/// An attempt as its verdict would leave it.
pub(crate) fn attempt(verdict: Verdict, now: Timestamp) -> RecordedAttempt {
    let (code, class, body) = match verdict {
        Verdict::Succeeded => (200, None, &b"ok"[..]),
        Verdict::Gone => (410, Some(ErrorClass::Http4xx), &b"gone"[..]),
        _ => (503, Some(ErrorClass::Http5xx), &b"try later"[..]),
    };
    RecordedAttempt {
        started_at: now,
        duration: Duration::from_millis(12),
        status_code: Some(code),
        error_class: class,
        response_body: Bytes::from_static(body),
        response_truncated: false,
        remote_addr: Some(([192, 0, 2, 1], 443).into()),
        webhook_version: 1,
        signatures: SentSignatures { fanfare: [1; 32], standard: [Some([2; 32]), None] },
    }
}

/// The first page of a list in this order.
pub(crate) const fn page(limit: usize, order: Order) -> PageRequest {
    PageRequest { limit, order, after: None, before: None }
}

/// Checks the cursors of a list whose items' ids are `ids`, oldest first: pages in both orders,
/// forwards and backwards.
pub(crate) async fn check_pages<T, F>(
    ids: &[u128],
    id_of: impl Fn(&T) -> u128,
    list: impl Fn(PageRequest) -> F,
) where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    assert!(ids.len() > 4, "too few to tell");
    for order in [Order::Ascending, Order::Descending] {
        let mut expected = ids.to_vec();
        if order == Order::Descending {
            expected.reverse();
        }
        for limit in [1, 2, ids.len() - 1, ids.len(), ids.len() + 1] {
            let mut seen = Vec::new();
            let mut request = page(limit, order);
            loop {
                let got = list(request).await.expect("a page");
                assert!(got.items.len() <= limit);
                seen.extend(got.items.iter().map(&id_of));
                assert_eq!(got.has_more, seen.len() < expected.len(), "{order:?} by {limit}");
                if !got.has_more {
                    break;
                }
                request.after = seen.last().copied();
            }
            assert_eq!(seen, expected, "{order:?} by {limit}");
        }
        let before = PageRequest { before: Some(expected[3]), ..page(2, order) };
        let got = list(before).await.expect("a page");
        assert_eq!(got.items.iter().map(&id_of).collect::<Vec<_>>(), expected[1..3]);
        assert!(got.has_more);
        let first = PageRequest { before: Some(expected[2]), ..page(2, order) };
        let got = list(first).await.expect("a page");
        assert_eq!(got.items.iter().map(&id_of).collect::<Vec<_>>(), expected[..2]);
        assert!(!got.has_more);
    }
}
