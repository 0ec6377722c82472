//! What the results of attempts do to the webhook.

use std::time::Duration;

use fanfare_model::{
    DeliveryStatus, DisabledReason, EventType, OrganizationId, WebhookStatus, limits,
};

use super::world::{World, at, day};
use crate::{Notice, NoticeKind, PageRequest, RecordResult, Verdict};

async fn notices(world: &World, org: OrganizationId) -> Vec<Notice> {
    world.store.notices(org, PageRequest::default()).await.expect("a list").items
}

/// The last failure: delivery failed, webhook failed, exactly one notice, however many others.
pub async fn an_exhausted_delivery_marks_the_webhook_and_writes_one_notice(world: &World) {
    let (org, webhook) = world.shop().await;
    world.engine.take_changes();
    let leased = world.publish_one(org, at(1)).await;
    let result = world.record(&leased, Verdict::Exhausted, at(2)).await;
    assert_eq!(result, RecordResult::Recorded(DeliveryStatus::Failed));
    world.record(&leased, Verdict::Exhausted, at(3)).await;
    let failed = world.reload(org, webhook).await;
    assert_eq!(failed.status, WebhookStatus::Failed);
    assert_eq!((failed.status_changed_at, failed.updated_at), (at(2), at(2)));
    assert_eq!(failed.version, 2);
    let changes = world.engine.take_changes();
    assert_eq!(changes.len(), 1);
    assert_eq!((&*changes[0].0, changes[0].1), (&*failed, false));
    let second = world.publish_one(org, at(4)).await;
    world.record(&second, Verdict::Exhausted, at(5)).await;
    assert_eq!(world.reload(org, webhook).await.version, 2, "failed already");
    let written = notices(world, org).await;
    assert_eq!(written.len(), 2);
    for (notice, leased, now) in [(written[1], leased, at(2)), (written[0], second, at(5))] {
        let kind = NoticeKind::DeliveryFailed { delivery_id: leased.id, event_id: leased.event_id };
        assert_eq!((notice.kind, notice.webhook_id, notice.created_at), (kind, webhook, now));
    }
}

/// The first success after a failure makes the webhook active again.
pub async fn a_success_makes_a_failed_webhook_active(world: &World) {
    let (org, webhook) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::Exhausted, at(2)).await;
    let leased = world.publish_one(org, at(3)).await;
    world.record(&leased, Verdict::Succeeded, at(4)).await;
    let active = world.reload(org, webhook).await;
    assert_eq!((active.status, active.failing_since), (WebhookStatus::Active, None));
    assert_eq!((active.status_changed_at, active.version), (at(4), 3));
}

/// Nothing changes, so nothing is written or told.
pub async fn a_success_of_an_active_webhook_changes_nothing(world: &World) {
    let (org, webhook) = world.shop().await;
    let before = world.reload(org, webhook).await;
    world.engine.take_changes();
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::Succeeded, at(2)).await;
    assert_eq!(*world.reload(org, webhook).await, *before);
    assert!(world.engine.take_changes().is_empty());
}

/// `failing_since` is set by the first failure, kept by the next, cleared by a success; none of
/// that is a change of configuration.
pub async fn failing_since_is_the_first_failure_after_a_success(world: &World) {
    let (org, webhook) = world.shop().await;
    for (now, verdict, expected) in [
        (10, Verdict::RetryAt(at(5_000)), Some(at(10))),
        (20, Verdict::RetryAt(at(5_000)), Some(at(10))),
        (30, Verdict::Succeeded, None),
        (40, Verdict::RetryAt(at(5_000)), Some(at(40))),
    ] {
        let leased = world.publish_one(org, at(now)).await;
        world.record(&leased, verdict, at(now)).await;
        let webhook = world.reload(org, webhook).await;
        assert_eq!(webhook.failing_since, expected, "at {now}");
        assert_eq!((webhook.version, webhook.updated_at), (1, super::world::START));
        assert_eq!(webhook.status, WebhookStatus::Active);
    }
}

/// Five days of nothing but failures disable the webhook, with one notice; a moment less does
/// not.
pub async fn days_of_failures_disable(world: &World) {
    let (org, webhook) = world.shop().await;
    let first = world.publish_one(org, day(0)).await;
    world.record(&first, Verdict::RetryAt(day(9)), day(0)).await;
    let almost = day(5).minus(Duration::from_millis(1));
    let second = world.publish_one(org, almost).await;
    world.record(&second, Verdict::RetryAt(day(9)), almost).await;
    assert_eq!(world.reload(org, webhook).await.status, WebhookStatus::Active);
    let third = world.publish_one(org, day(5)).await;
    let result = world.record(&third, Verdict::RetryAt(day(9)), day(5)).await;
    assert_eq!(result, RecordResult::Recorded(DeliveryStatus::Cancelled), "it would only wait");
    let disabled = world.reload(org, webhook).await;
    assert_eq!(disabled.status, WebhookStatus::Disabled);
    assert_eq!(disabled.disabled_reason, Some(DisabledReason::Failing));
    let written = notices(world, org).await;
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].kind, NoticeKind::WebhookDisabled);
    while world.store.cancel_unserved(10, day(5)).await.expect("a step") == 10 {}
    for leased in [first, second, third] {
        let delivery = world.detail(org, &leased).await.delivery;
        assert_eq!(delivery.status, DeliveryStatus::Cancelled);
    }
    assert_eq!(world.publish(org, EventType::OrderPaid, day(6)).await.1, 0);
}

/// Attempts that were on their way when the webhook was paused do not unpause it.
pub async fn paused_webhooks_stay_paused(world: &World) {
    let (org, webhook) = world.shop().await;
    let mut handed = Vec::new();
    for _ in 0..3 {
        handed.push(world.publish_one(org, at(1)).await);
    }
    world.set_status(org, webhook, WebhookStatus::Paused, at(2)).await;
    for (leased, verdict) in
        handed.iter().zip([Verdict::Succeeded, Verdict::Exhausted, Verdict::RetryAt(at(9))])
    {
        let result = world.record(leased, verdict, at(3)).await;
        assert!(matches!(result, RecordResult::Recorded(_)));
        assert_eq!(world.reload(org, webhook).await.status, WebhookStatus::Paused, "{verdict:?}");
    }
    assert_eq!(notices(world, org).await.len(), 1);
    assert!(world.claim(at(10)).await.deliveries.is_empty());
}

/// 410: the delivery fails, the webhook is disabled once, with one notice, what waits ends.
pub async fn gone_disables_and_cancels_what_waits(world: &World) {
    let (org, webhook) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    let in_flight = world.publish_one(org, at(1)).await;
    for _ in 0..3 {
        world.publish_waiting(org, at(1)).await;
    }
    world.engine.take_changes();
    let result = world.record(&leased, Verdict::Gone, at(2)).await;
    assert_eq!(result, RecordResult::Recorded(DeliveryStatus::Failed));
    let result = world.record(&in_flight, Verdict::Gone, at(2)).await;
    assert_eq!(result, RecordResult::Recorded(DeliveryStatus::Failed));
    let gone = world.reload(org, webhook).await;
    assert_eq!(gone.status, WebhookStatus::Disabled);
    assert_eq!(gone.disabled_reason, Some(DisabledReason::Gone));
    assert_eq!(world.engine.take_changes().len(), 1);
    let written = notices(world, org).await;
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].kind, NoticeKind::WebhookGone);
    while world.store.cancel_unserved(2, at(3)).await.expect("a step") == 2 {}
    assert!(world.claim(at(4)).await.deliveries.is_empty());
    let cancelled = crate::DeliveryFilter {
        status: vec![DeliveryStatus::Cancelled],
        ..crate::DeliveryFilter::default()
    };
    assert_eq!(world.deliveries(org, cancelled).await.len(), 3);
}

/// An attempt that ends after its webhook was disabled or deleted: its success counts, its
/// retry would only wait and is cancelled.
pub async fn a_retry_of_a_disabled_webhook_is_cancelled(world: &World) {
    let (org, webhook) = world.shop().await;
    let mut handed = Vec::new();
    for _ in 0..4 {
        handed.push(world.publish_one(org, at(1)).await);
    }
    world.set_status(org, webhook, WebhookStatus::Disabled, at(2)).await;
    let retry = Verdict::RetryAt(at(9));
    let cancelled = RecordResult::Recorded(DeliveryStatus::Cancelled);
    let succeeded = RecordResult::Recorded(DeliveryStatus::Succeeded);
    assert_eq!(world.record(&handed[0], retry, at(3)).await, cancelled);
    assert_eq!(world.record(&handed[1], Verdict::Succeeded, at(3)).await, succeeded);
    let disabled = world.reload(org, webhook).await;
    assert_eq!(disabled.status, WebhookStatus::Disabled);
    assert_eq!(disabled.disabled_reason, Some(DisabledReason::Manual));
    assert!(world.store.delete_webhook(org, webhook, at(4), None).await.expect("deleted"));
    assert_eq!(world.record(&handed[2], retry, at(5)).await, cancelled);
    let records = vec![crate::Record {
        id: handed[3].id,
        lease: handed[3].lease,
        attempt: super::world::attempt(Verdict::Succeeded, at(5)),
        verdict: Verdict::Succeeded,
    }];
    let results = world.store.record(records, limits::DISABLE_AFTER, at(5)).await;
    assert_eq!(results.expect("recorded"), [succeeded]);
}
