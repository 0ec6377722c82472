//! Deliveries, read and steered by people.

use fanfare_model::{
    DeliveryOrigin, DeliveryStatus, ErrorClass, EventType, EventTypes, WebhookStatus,
};

use super::world::{START, World, at, check_pages, page};
use crate::{CancelResult, DeliveryFilter, Order, PageRequest, StoreError, Verdict};

/// Attempts first to last, the body, and nothing to come once it has ended.
pub async fn a_delivery_shows_all_its_attempts(world: &World) {
    let (org, webhook) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::RetryAt(at(60)), at(2)).await;
    let waiting = world.detail(org, &leased).await;
    assert_eq!(waiting.delivery.next_attempt_at, Some(at(60)));
    assert_eq!(waiting.delivery.last_attempt.as_ref(), waiting.attempts.last());
    let again = world.claim(at(60)).await.deliveries.remove(0);
    world.record(&again, Verdict::Succeeded, at(61)).await;
    let done = world.detail(org, &leased).await;
    assert_eq!(done.delivery.status, DeliveryStatus::Succeeded);
    assert_eq!(done.delivery.next_attempt_at, None);
    assert_eq!(done.delivery.webhook_id, webhook);
    assert_eq!(done.delivery.attempts, 2);
    let numbers: Vec<_> = done.attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2]);
    let codes: Vec<_> = done.attempts.iter().map(|attempt| attempt.status_code).collect();
    assert_eq!(codes, [Some(503), Some(200)]);
    assert_eq!(done.body, leased.body);
}

/// Same event, same webhook, another id; the first delivery is left as it was.
pub async fn a_resend_is_a_new_delivery(world: &World) {
    let (org, webhook) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::Exhausted, at(2)).await;
    let before = world.detail(org, &leased).await;
    world.engine.take_wakes();
    let made = world.store.resend(org, leased.id, at(3), None).await.expect("made").expect("known");
    assert_ne!(made.id, leased.id);
    assert_eq!((made.event_id, made.webhook_id), (leased.event_id, webhook));
    assert_eq!((made.origin, made.status), (DeliveryOrigin::Resend, DeliveryStatus::Pending));
    assert_eq!((made.created_at, made.next_attempt_at), (at(3), Some(at(3))));
    assert_eq!((made.attempts, &made.last_attempt), (0, &None));
    assert_eq!(world.detail(org, &leased).await, before);
    let mut work = world.engine.take();
    if work.is_empty() {
        assert!(world.engine.take_wakes() > 0, "somebody must hear of it");
        work = world.claim(at(3)).await.deliveries;
    }
    assert_eq!(work.len(), 1);
    assert_eq!((work[0].id, work[0].body.clone()), (made.id, leased.body.clone()));
    world.record(&work[0], Verdict::Succeeded, at(4)).await;
    let unknown = world.id(START);
    assert!(world.store.resend(org, unknown, at(5), None).await.expect("an answer").is_none());
    world.set_status(org, webhook, WebhookStatus::Paused, at(6)).await;
    let paused =
        world.store.resend(org, leased.id, at(7), None).await.expect("made").expect("known");
    assert_eq!(paused.status, DeliveryStatus::Pending);
    assert!(world.claim(at(8)).await.deliveries.is_empty());
}

/// There is nobody to send it to; the refusal says so and nothing is made.
pub async fn a_resend_to_a_disabled_or_deleted_webhook_is_refused(world: &World) {
    let (org, webhook) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::Succeeded, at(2)).await;
    world.set_status(org, webhook, WebhookStatus::Disabled, at(3)).await;
    let disabled = world.store.resend(org, leased.id, at(4), None).await.expect_err("disabled");
    world.store.delete_webhook(org, webhook, at(5), None).await.expect("deleted");
    let deleted = world.store.resend(org, leased.id, at(6), None).await.expect_err("deleted");
    for (error, code) in [(disabled, "webhook_disabled"), (deleted, "webhook_deleted")] {
        match error {
            StoreError::Refused(refused) => assert_eq!(refused.code, code),
            other => panic!("{other}"),
        }
    }
    assert_eq!(world.deliveries(org, DeliveryFilter::default()).await.len(), 1);
}

/// A delivery that has ended stays as it ended.
pub async fn only_pending_deliveries_are_cancelled(world: &World) {
    let (org, _) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::RetryAt(at(60)), at(2)).await;
    let cancel = async |id| world.store.cancel(org, id, at(3), None).await.expect("an answer");
    assert_eq!(cancel(leased.id).await, Some(CancelResult::Cancelled));
    let ended = CancelResult::AlreadyEnded(DeliveryStatus::Cancelled);
    assert_eq!(cancel(leased.id).await, Some(ended));
    let detail = world.detail(org, &leased).await;
    assert_eq!(detail.delivery.status, DeliveryStatus::Cancelled);
    assert_eq!((detail.attempts.len(), detail.delivery.next_attempt_at), (1, None));
    assert!(world.claim(at(100)).await.deliveries.is_empty());
    for (verdict, status) in [
        (Verdict::Succeeded, DeliveryStatus::Succeeded),
        (Verdict::Exhausted, DeliveryStatus::Failed),
    ] {
        let leased = world.publish_one(org, at(4)).await;
        world.record(&leased, verdict, at(5)).await;
        assert_eq!(cancel(leased.id).await, Some(CancelResult::AlreadyEnded(status)));
        assert_eq!(world.detail(org, &leased).await.delivery.status, status);
    }
    assert_eq!(cancel(world.id(START)).await, None);
}

fn by(choose: impl FnOnce(&mut DeliveryFilter)) -> DeliveryFilter {
    let mut filter = DeliveryFilter::default();
    choose(&mut filter);
    filter
}

/// Each part of a filter chooses, alone and together.
pub async fn filters_choose(world: &World) {
    let (org, all) = world.shop().await;
    let paid = world.webhook(org, &["order.paid"]).await;
    for (index, event_type) in
        [EventType::OrderPaid, EventType::OrderCreated, EventType::OrderPaid].iter().enumerate()
    {
        world.publish(org, *event_type, at(10_000 * index as u64)).await;
    }
    let handed = world.engine.take();
    assert_eq!(handed.len(), 5);
    let verdicts = [
        Verdict::Succeeded,
        Verdict::Exhausted,
        Verdict::RetryAt(at(90_000)),
        Verdict::Cancelled,
        Verdict::Gone,
    ];
    for (leased, verdict) in handed.iter().zip(verdicts) {
        world.record(leased, verdict, at(30_000)).await;
    }
    let ids = |indices: &[usize]| indices.iter().map(|i| handed[*i].id).collect::<Vec<_>>();
    let of = |webhook| (0..5).filter(|i| handed[*i].webhook.id == webhook).collect::<Vec<_>>();
    let unknown = world.id(START);
    let cases = [
        (by(|_| {}), vec![0, 1, 2, 3, 4]),
        (by(|f| f.status = vec![DeliveryStatus::Pending]), vec![2]),
        (by(|f| f.status = vec![DeliveryStatus::Failed]), vec![1, 4]),
        (by(|f| f.status = vec![DeliveryStatus::Cancelled, DeliveryStatus::Failed]), vec![1, 3, 4]),
        (by(|f| f.status = vec![DeliveryStatus::Succeeded, DeliveryStatus::Failed]), vec![0, 1, 4]),
        (by(|f| f.webhook_id = Some(all)), of(all)),
        (by(|f| f.webhook_id = Some(paid)), of(paid)),
        (by(|f| f.webhook_id = Some(unknown)), vec![]),
        (by(|f| f.types = EventTypes::only(EventType::OrderCreated)), vec![2]),
        (by(|f| f.error_class = vec![ErrorClass::Http4xx]), vec![4]),
        (by(|f| f.error_class = vec![ErrorClass::Dns]), vec![]),
        (by(|f| f.status_code = Some((200, 299))), vec![0]),
        (by(|f| f.status_code = Some((410, 503))), vec![1, 2, 3, 4]),
        (by(|f| f.since = Some(at(10_000))), vec![2, 3, 4]),
        (by(|f| f.until = Some(at(10_000))), vec![0, 1]),
        (by(|f| (f.since, f.until) = (Some(at(10_000)), Some(at(20_000)))), vec![2]),
        (
            by(|f| {
                f.status = vec![DeliveryStatus::Failed];
                f.error_class = vec![ErrorClass::Http5xx, ErrorClass::Http4xx];
                f.status_code = Some((410, 410));
            }),
            vec![4],
        ),
    ];
    for (filter, expected) in cases {
        let listed = world.deliveries(org, filter.clone()).await;
        let listed: Vec<_> = listed.iter().map(|delivery| delivery.id).collect();
        assert_eq!(listed, ids(&expected), "{filter:?}");
        let count = world.store.count_deliveries(org, filter, 100).await.expect("a count");
        assert_eq!(count, expected.len() as u64);
    }
}

/// Cursors work in both directions, and new deliveries neither move nor repeat old ones.
pub async fn pages_are_stable_while_deliveries_come(world: &World) {
    let org = world.organization("shop").await;
    for _ in 0..3 {
        world.webhook(org, &["*"]).await;
    }
    for second in 1..=4 {
        world.publish(org, EventType::OrderPaid, at(second)).await;
    }
    let mut ids: Vec<_> = world.engine.take().iter().map(|leased| leased.id.as_u128()).collect();
    ids.sort_unstable();
    assert_eq!(ids.len(), 12);
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.deliveries(org, DeliveryFilter::default(), page).await }
    };
    check_pages(&ids, |delivery| delivery.id.as_u128(), list).await;

    let mut seen = Vec::new();
    let mut request = page(5, Order::Descending);
    for second in 10.. {
        let got = list(request).await.expect("a page");
        seen.extend(got.items.iter().map(|delivery| delivery.id.as_u128()));
        request.after = seen.last().copied();
        world.publish(org, EventType::OrderPaid, at(second)).await;
        if !got.has_more {
            break;
        }
    }
    ids.reverse();
    assert_eq!(seen, ids, "newest first: what comes later is not seen");

    let mut seen = Vec::new();
    let mut request = page(5, Order::Ascending);
    while let got = list(request).await.expect("a page")
        && !got.items.is_empty()
    {
        seen.extend(got.items.iter().map(|delivery| delivery.id.as_u128()));
        request.after = seen.last().copied();
        if seen.len() < 30 {
            world.publish(org, EventType::OrderPaid, at(100)).await;
        }
    }
    assert!(seen.is_sorted_by(|a, b| a < b), "each once, in order");
    let limit = 1_000;
    let all = world.store.count_deliveries(org, DeliveryFilter::default(), limit).await;
    assert_eq!(seen.len() as u64, all.expect("a count"), "oldest first: all are seen in the end");
}

/// What was sent to a webhook can be read after the webhook is gone.
pub async fn deliveries_of_deleted_webhooks_stay_readable(world: &World) {
    let (org, webhook) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::Succeeded, at(2)).await;
    world.store.delete_webhook(org, webhook, at(3), None).await.expect("deleted");
    assert_eq!(world.detail(org, &leased).await.delivery.webhook_id, webhook);
    for webhook_id in [None, Some(webhook)] {
        let filter = DeliveryFilter { webhook_id, ..DeliveryFilter::default() };
        let listed = world.deliveries(org, filter).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].id, leased.id);
    }
}

/// Counting is bounded.
pub async fn counting_stops_at_its_limit(world: &World) {
    let (org, _) = world.shop().await;
    for _ in 0..7 {
        world.publish_one(org, at(1)).await;
    }
    for (limit, expected) in [(1, 1), (6, 6), (7, 7), (8, 7)] {
        let count = world.store.count_deliveries(org, DeliveryFilter::default(), limit).await;
        assert_eq!(count.expect("a count"), expected);
    }
    let page = PageRequest { limit: 3, ..PageRequest::default() };
    let list = world.store.deliveries(org, DeliveryFilter::default(), page).await.expect("a page");
    assert_eq!((list.items.len(), list.has_more), (3, true));
}
