//! Claims, leases and records.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{DeliveryStatus, EventType, limits};
use tokio::task::JoinSet;

use super::world::{START, World, at, attempt, day};
use crate::{Claim, DeliveryFilter, LeaseToken, Record, RecordResult, Verdict};

const RECORDED: RecordResult = RecordResult::Recorded(DeliveryStatus::Pending);

/// Nothing is claimed before it is due, and the claim tells when to look again.
pub async fn only_what_is_due_is_claimed(world: &World) {
    let (org, _) = world.shop().await;
    assert_eq!(world.claim(at(1)).await.next_due, None);
    let leased = world.publish_one(org, at(1)).await;
    assert_eq!(world.record(&leased, Verdict::RetryAt(at(61)), at(1)).await, RECORDED);
    let early = world.claim(at(61).minus(Duration::from_millis(1))).await;
    assert!(early.deliveries.is_empty());
    assert_eq!(early.next_due, Some(at(61)));
    let claimed = world.claim(at(61)).await;
    assert_eq!(claimed.deliveries.len(), 1);
    assert_eq!(claimed.next_due, None);
    let again = &claimed.deliveries[0];
    assert_eq!((again.id, again.attempts), (leased.id, 1));
    assert_eq!((again.event_id, &again.body), (leased.event_id, &leased.body));
    assert_eq!(again.accepted_at, at(1));
    assert_eq!(again.lease_until, Some(at(121)));
    assert_ne!(again.lease, leased.lease);
    let shown = world.detail(org, &leased).await.delivery;
    assert!(
        shown.next_attempt_at.is_some_and(|due| due <= at(61)),
        "the lease's end is no due time"
    );
}

/// Claimers at the same time share nothing, and together get everything.
pub async fn two_claimers_never_share(world: &World) {
    let (org, _) = world.shop().await;
    for _ in 0..60 {
        world.publish_waiting(org, at(1)).await;
    }
    let mut claimers = JoinSet::new();
    for _ in 0..8 {
        let store = world.store.clone();
        claimers.spawn(async move {
            let mut got = Vec::new();
            for _ in 0..10 {
                let claim = Claim {
                    now: at(2),
                    lease_until: at(62),
                    limit: 3,
                    per_webhook: 3,
                    skip: Vec::new(),
                };
                got.extend(store.claim(claim).await.expect("a claim").deliveries);
            }
            got
        });
    }
    let mut all = Vec::new();
    while let Some(got) = claimers.join_next().await {
        all.extend(got.expect("no panic"));
    }
    let ids: HashSet<_> = all.iter().map(|leased| leased.id).collect();
    assert_eq!((all.len(), ids.len()), (60, 60));
}

/// When a lease has ended the delivery is anyone's, and the first holder's result is refused.
pub async fn an_ended_lease_is_claimed_again_and_the_old_one_is_lost(world: &World) {
    let (org, _) = world.shop().await;
    world.publish_waiting(org, at(1)).await;
    let first = world.claim(at(2)).await.deliveries.remove(0);
    let during = world.claim(at(61)).await;
    assert!(during.deliveries.is_empty(), "it lives until {:?}", first.lease_until);
    assert_eq!(during.next_due, Some(at(62)));
    let second = world.claim(at(62)).await.deliveries.remove(0);
    assert_eq!(second.id, first.id);
    assert_ne!(second.lease, first.lease);
    let late = world.record(&first, Verdict::Exhausted, at(63)).await;
    assert_eq!(late, RecordResult::LeaseLost);
    world.store.release(vec![(first.id, first.lease)], at(63)).await.expect("ignored");
    world.store.drop_leased(vec![(first.id, first.lease)], at(63)).await.expect("ignored");
    assert_eq!(world.detail(org, &first).await.attempts, []);
    let done = world.record(&second, Verdict::Succeeded, at(64)).await;
    assert_eq!(done, RecordResult::Recorded(DeliveryStatus::Succeeded));
    assert!(world.claim(at(1_000_000)).await.deliveries.is_empty());
}

/// A claim brings at most what it asks for, in all and per webhook, and nothing of `skip`.
pub async fn limits_and_skips_hold(world: &World) {
    let org = world.organization("shop").await;
    let mut webhooks = Vec::new();
    for _ in 0..3 {
        webhooks.push(world.webhook(org, &["*"]).await);
    }
    for second in 1..=5 {
        world.publish_waiting(org, at(second)).await;
    }
    let claimed = world.claim_with(at(9), 100, 2, vec![webhooks[2]]).await;
    let mut per_webhook = HashMap::new();
    for leased in &claimed.deliveries {
        *per_webhook.entry(leased.webhook.id).or_insert(0) += 1;
    }
    assert_eq!(per_webhook, HashMap::from([(webhooks[0], 2), (webhooks[1], 2)]));
    let of_first: Vec<_> = claimed
        .deliveries
        .iter()
        .filter(|leased| leased.webhook.id == webhooks[0])
        .map(|leased| leased.accepted_at)
        .collect();
    assert_eq!(of_first, [at(1), at(2)], "oldest due first");
    assert_eq!(claimed.next_due, Some(at(3)), "held back, and due already");
    let rest = world.claim_with(at(9), 4, 100, Vec::new()).await;
    assert_eq!(rest.deliveries.len(), 4);
    assert!(rest.next_due.is_some_and(|due| due <= at(5)));
    let skipped = world.claim_with(at(9), 100, 100, webhooks).await;
    assert!(skipped.deliveries.is_empty());
    assert_eq!(skipped.next_due, None, "skipped webhooks are left out");
}

/// A long queue of one webhook does not keep another webhook's delivery out of the batch.
pub async fn a_backlog_leaves_room_for_others(world: &World) {
    let org = world.organization("shop").await;
    let busy = world.webhook(org, &["order.*"]).await;
    let quiet = world.webhook(org, &["consumer.*"]).await;
    for _ in 0..50 {
        world.publish_waiting(org, at(1)).await;
    }
    world.engine.set_room(0);
    world.publish(org, EventType::ConsumerCreated, at(2)).await;
    world.engine.set_room(usize::MAX);
    let claimed = world.claim_with(at(3), 20, 10, Vec::new()).await.deliveries;
    let of = |id| claimed.iter().filter(|leased| leased.webhook.id == id).count();
    assert_eq!((of(busy), of(quiet)), (10, 1));
}

/// What was handed over in memory belongs to this process, however long it takes.
pub async fn what_is_in_memory_is_never_claimed(world: &World) {
    let (org, _) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    let claimed = world.claim(at(2)).await;
    assert!(claimed.deliveries.is_empty());
    if leased.lease_until.is_none() {
        assert!(world.claim(day(3)).await.deliveries.is_empty());
        assert_eq!(claimed.next_due, None);
    }
}

/// Six attempts, each with what it left behind, first to last.
pub async fn attempts_are_kept_in_order(world: &World) {
    let (org, _) = world.shop().await;
    let mut leased = world.publish_one(org, at(0)).await;
    let mut expected = Vec::new();
    for number in 1..=6_u8 {
        let now = at(u64::from(number) * 1_000);
        let last = number == 6;
        let verdict = if last { Verdict::Succeeded } else { Verdict::RetryAt(now) };
        let mut made = attempt(verdict, now);
        made.response_body = Bytes::from(vec![b'a' + number; usize::from(number) * 2_700]);
        made.response_truncated = number % 2 == 0;
        made.webhook_version = u32::from(number);
        made.signatures.fanfare = [number; 32];
        made.signatures.standard[1] = (number > 3).then_some([9; 32]);
        made.remote_addr = (number != 2).then_some(([0, 0, 0, 0, 0, 0, 0, 1], 8443).into());
        made.status_code = (number != 3).then_some(500 + u16::from(number));
        expected.push(made.clone());
        let record = Record { id: leased.id, lease: leased.lease, attempt: made, verdict };
        let result = world.store.record(vec![record], limits::DISABLE_AFTER, now).await;
        assert!(matches!(result.expect("recorded")[0], RecordResult::Recorded(_)));
        if !last {
            leased = world.claim(now).await.deliveries.remove(0);
            assert_eq!(leased.attempts, number);
        }
    }
    let detail = world.detail(org, &leased).await;
    assert_eq!(detail.attempts.last(), detail.delivery.last_attempt.as_ref());
    assert_eq!(detail.attempts.len(), 6);
    for (index, (stored, made)) in detail.attempts.iter().zip(&expected).enumerate() {
        assert_eq!(usize::from(stored.number), index + 1);
        assert_eq!(stored.started_at, made.started_at);
        assert_eq!(stored.duration, made.duration);
        assert_eq!(stored.status_code, made.status_code);
        assert_eq!(stored.error_class, made.error_class);
        assert_eq!(stored.response_body, made.response_body);
        assert_eq!(stored.response_truncated, made.response_truncated);
        assert_eq!(stored.remote_addr, made.remote_addr.map(|addr| addr.to_string()));
        assert_eq!(stored.webhook_version, made.webhook_version);
        assert_eq!(stored.signatures, made.signatures);
    }
}

/// A result recorded twice is written once, whether the lease came from memory or a claim.
pub async fn a_record_counts_once(world: &World) {
    let (org, _) = world.shop().await;
    for verdict in [Verdict::Succeeded, Verdict::RetryAt(at(500)), Verdict::Exhausted] {
        let from_memory = world.publish_one(org, at(1)).await;
        world.publish_waiting(org, at(1)).await;
        let claimed = world.claim(at(2)).await.deliveries.remove(0);
        for leased in [from_memory, claimed] {
            let wrong = LeaseToken(leased.lease.0.wrapping_add(1));
            let lost = world.record_as(&leased, wrong, verdict, at(3)).await;
            assert_eq!(lost, RecordResult::LeaseLost);
            let first = world.record(&leased, verdict, at(3)).await;
            assert!(matches!(first, RecordResult::Recorded(_)), "{verdict:?}");
            let second = world.record(&leased, Verdict::Succeeded, at(4)).await;
            assert_eq!(second, RecordResult::LeaseLost, "{verdict:?}");
            assert_eq!(world.detail(org, &leased).await.attempts.len(), 1);
        }
    }
}

/// Results of a batch are in the order of its records; lost leases spoil nothing.
pub async fn results_come_in_order(world: &World) {
    let (org, _) = world.shop().await;
    let verdicts = [
        (Verdict::Succeeded, DeliveryStatus::Succeeded),
        (Verdict::RetryAt(at(100)), DeliveryStatus::Pending),
        (Verdict::Cancelled, DeliveryStatus::Cancelled),
        (Verdict::Exhausted, DeliveryStatus::Failed),
    ];
    let mut records = Vec::new();
    let mut expected = Vec::new();
    for (verdict, status) in verdicts {
        let leased = world.publish_one(org, at(1)).await;
        let made = attempt(verdict, at(2));
        let record = Record { id: leased.id, lease: leased.lease, attempt: made, verdict };
        records.extend([record.clone(), record]);
        expected.extend([RecordResult::Recorded(status), RecordResult::LeaseLost]);
    }
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    let results = world.store.record(records, limits::DISABLE_AFTER, at(2)).await;
    assert_eq!(results.expect("recorded"), expected);
    let all = world.deliveries(org, DeliveryFilter::default()).await;
    for (index, (_, status)) in verdicts.iter().enumerate() {
        let shown = all.iter().find(|delivery| delivery.id == ids[index * 2]).expect("listed");
        assert_eq!(shown.status, *status);
        assert_eq!(shown.attempts, 1);
        let pending = *status == DeliveryStatus::Pending;
        assert_eq!(shown.next_attempt_at, pending.then(|| at(100)));
    }
}

/// What is given back is due again at once, with its attempts as they were.
pub async fn released_deliveries_cost_no_attempt(world: &World) {
    let (org, _) = world.shop().await;
    let from_memory = world.publish_one(org, at(1)).await;
    let leases = vec![(from_memory.id, from_memory.lease)];
    world.engine.take_wakes();
    world.store.release(leases.clone(), at(2)).await.expect("released");
    let claimed = world.claim(at(2)).await.deliveries.remove(0);
    assert_eq!((claimed.id, claimed.attempts), (from_memory.id, 0));
    world.store.release(leases, at(3)).await.expect("ignored: that lease is over");
    assert!(world.claim(at(3)).await.deliveries.is_empty());
    let leases = vec![(claimed.id, claimed.lease)];
    world.store.release(leases, at(4)).await.expect("released");
    let again = world.claim(at(4)).await.deliveries.remove(0);
    assert_eq!((again.id, again.attempts), (from_memory.id, 0));
    let late = world.record(&from_memory, Verdict::Succeeded, at(5)).await;
    assert_eq!(late, RecordResult::LeaseLost);
}

/// Leased deliveries of a webhook that is gone end as cancelled, without an attempt.
pub async fn dropped_deliveries_are_cancelled(world: &World) {
    let (org, _) = world.shop().await;
    let from_memory = world.publish_one(org, at(1)).await;
    world.publish_waiting(org, at(1)).await;
    let claimed = world.claim(at(2)).await.deliveries.remove(0);
    let foreign = (claimed.id, LeaseToken(claimed.lease.0 + 1));
    world.store.drop_leased(vec![foreign], at(3)).await.expect("ignored");
    assert_eq!(world.detail(org, &claimed).await.delivery.status, DeliveryStatus::Pending);
    let leases = [&from_memory, &claimed].map(|leased| (leased.id, leased.lease)).to_vec();
    world.store.drop_leased(leases, at(3)).await.expect("dropped");
    for leased in [from_memory, claimed] {
        let detail = world.detail(org, &leased).await;
        assert_eq!(detail.delivery.status, DeliveryStatus::Cancelled);
        assert_eq!((detail.attempts.len(), detail.delivery.next_attempt_at), (0, None));
        let late = world.record(&leased, Verdict::Succeeded, at(4)).await;
        assert_eq!(late, RecordResult::LeaseLost);
    }
    assert!(world.claim(day(1)).await.deliveries.is_empty());
}

/// Cancelling ends the lease: the attempt on its way leaves no trace, the engine is told.
pub async fn a_cancelled_delivery_is_not_recorded(world: &World) {
    let (org, _) = world.shop().await;
    let from_memory = world.publish_one(org, at(1)).await;
    world.publish_waiting(org, at(1)).await;
    let claimed = world.claim(at(2)).await.deliveries.remove(0);
    for leased in [from_memory, claimed] {
        world.store.cancel(org, leased.id, at(3), None).await.expect("cancelled").expect("known");
        assert_eq!(world.engine.take_cancelled(), [leased.id]);
        let late = world.record(&leased, Verdict::Succeeded, at(4)).await;
        assert_eq!(late, RecordResult::LeaseLost);
        let detail = world.detail(org, &leased).await;
        assert_eq!(detail.delivery.status, DeliveryStatus::Cancelled);
        assert!(detail.attempts.is_empty());
    }
    assert!(world.claim(day(1)).await.deliveries.is_empty());
}

/// Claims that stop at their limit reach every webhook within as many claims as there are.
pub async fn claims_go_round(world: &World) {
    let org = world.organization("shop").await;
    for _ in 0..6 {
        world.webhook(org, &["*"]).await;
    }
    for _ in 0..30 {
        world.publish_waiting(org, START).await;
    }
    let mut reached = HashSet::new();
    for _ in 0..6 {
        let claimed = world.claim_with(at(1), 5, 5, Vec::new()).await.deliveries;
        reached.extend(claimed.iter().map(|leased| leased.webhook.id));
    }
    assert_eq!(reached.len(), 6);
}
