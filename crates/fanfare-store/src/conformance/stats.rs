//! Figures by minute and hour, of webhooks and organizations; what waits for each webhook.

use std::collections::BTreeMap;

use fanfare_model::{
    DeliveryStatus, EventType, EventTypes, OrganizationId, Timestamp, WebhookId, limits,
};

use super::world::{START, World, at, attempt, day};
use crate::{
    BACKLOG_COUNTED, DeliveryFilter, EventSource, JobSpec, Leased, Outcomes, PageRequest, Record,
    Replay, StatsBucket, StatsWidth, Verdict, WebhookBacklog,
};

pub(super) const EVER: (Timestamp, Timestamp) =
    (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
const TYPES: [EventType; 3] =
    [EventType::OrderPaid, EventType::OrderFulfilled, EventType::ConsumerCreated];

impl World {
    async fn stats(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        width: StatsWidth,
    ) -> Vec<StatsBucket> {
        let stats = self.store.webhook_stats(organization, webhook, width, EVER).await;
        stats.expect("figures")
    }

    async fn organization_stats(
        &self,
        organization: OrganizationId,
        width: StatsWidth,
    ) -> Vec<StatsBucket> {
        self.store.organization_stats(organization, width, EVER).await.expect("figures")
    }

    /// Records one attempt of each of these, in one batch.
    async fn record_batch(&self, batch: Vec<(Leased, Verdict)>, now: Timestamp) {
        let record = |(leased, verdict): (Leased, Verdict)| Record {
            id: leased.id,
            lease: leased.lease,
            event_type: leased.event_type,
            attempt: attempt(verdict, now),
            verdict,
        };
        let records = batch.into_iter().map(record).collect();
        self.store.record(records, limits::DISABLE_AFTER, now).await.expect("recorded");
    }
}

/// Adds buckets up, by the stretch of this width in which they begin.
pub(super) fn summed(buckets: &[StatsBucket], width: StatsWidth) -> Vec<StatsBucket> {
    let mut sums: BTreeMap<Timestamp, StatsBucket> = BTreeMap::new();
    for bucket in buckets {
        let at = width.begin(bucket.at);
        let sum = sums.entry(at).or_insert_with(|| StatsBucket { at, ..StatsBucket::default() });
        sum.succeeded += bucket.succeeded;
        sum.retried += bucket.retried;
        sum.failed += bucket.failed;
        sum.made += bucket.made;
        for (mine, count) in sum.latency.iter_mut().zip(bucket.latency) {
            *mine += count;
        }
        for (code, count) in &bucket.codes {
            *sum.codes.entry(*code).or_default() += count;
        }
        for (class, count) in &bucket.errors {
            *sum.errors.entry(*class).or_default() += count;
        }
        for (event_type, counts) in &bucket.types {
            let mine = sum.types.entry(*event_type).or_default();
            mine.succeeded += counts.succeeded;
            mine.retried += counts.retried;
            mine.failed += counts.failed;
        }
        for (what, count) in &bucket.accepted {
            *sum.accepted.entry(*what).or_default() += count;
        }
    }
    sums.into_values().collect()
}

/// Whatever is recorded in whichever batches: minutes summed are the hours, both are the attempts
/// that were recorded, by verdict and by type; reading in between changes nothing.
pub async fn any_batches_add_up_by_minute_and_hour(world: &World) {
    let (org, webhook) = world.shop().await;
    let mut counted: BTreeMap<EventType, Outcomes> = BTreeMap::new();
    let mut random = 7_u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % below
    };
    let (mut now, mut made) = (START, 0);
    for round in 0..60 {
        now = now + std::time::Duration::from_secs(next(400));
        let types: Vec<_> = (0..=next(6)).map(|_| TYPES[next(3) as usize]).collect();
        world.store.accept(world.accept_of(org, &types, now)).await.expect("accepted");
        let mut batch = Vec::new();
        for leased in world.engine.take() {
            let counts = counted.entry(leased.event_type).or_default();
            let (verdict, count) = match next(3) {
                0 => (Verdict::RetryAt(day(9)), &mut counts.retried),
                1 => (Verdict::Exhausted, &mut counts.failed),
                _ => (Verdict::Succeeded, &mut counts.succeeded),
            };
            *count += 1;
            made += 1;
            batch.push((leased, verdict));
        }
        world.record_batch(batch, now).await;
        if round % 7 == 0 {
            world.stats(org, webhook, StatsWidth::Hour).await;
        }
    }
    let minutes = world.stats(org, webhook, StatsWidth::Minute).await;
    let hours = world.stats(org, webhook, StatsWidth::Hour).await;
    assert!(minutes.len() > hours.len() && hours.len() > 2, "enough to tell");
    assert_eq!(summed(&minutes, StatsWidth::Hour), hours);
    let mut found: BTreeMap<EventType, Outcomes> = BTreeMap::new();
    for (event_type, counts) in hours.iter().flat_map(|hour| &hour.types) {
        let sum = found.entry(*event_type).or_default();
        sum.succeeded += counts.succeeded;
        sum.retried += counts.retried;
        sum.failed += counts.failed;
    }
    assert_eq!(found, counted);
    let total = |of: fn(&StatsBucket) -> u64| hours.iter().map(of).sum::<u64>();
    assert_eq!(total(|hour| hour.made), made);
    assert_eq!(total(|hour| hour.succeeded + hour.retried + hour.failed), made);
    assert_eq!(total(|hour| hour.latency.iter().sum()), made);
    for width in StatsWidth::ALL {
        let mut of_all = world.organization_stats(org, width).await;
        of_all.iter_mut().for_each(|bucket| bucket.accepted.clear());
        assert_eq!(of_all, world.stats(org, webhook, width).await, "{width:?}");
    }
}

/// Of webhooks that exist and that are deleted, and of no other organization's.
pub async fn an_organization_is_the_sum_of_its_webhooks(world: &World) {
    let (org, first) = world.shop().await;
    let second = world.webhook(org, &["*"]).await;
    let (other, foreign) = world.shop().await;
    for now in [at(0), at(61), at(4_000)] {
        world.store.accept(world.accept_of(org, &TYPES, now)).await.expect("accepted");
        world.publish(other, EventType::OrderPaid, now).await;
        let batch = world.engine.take().into_iter().map(|leased| (leased, Verdict::Succeeded));
        world.record_batch(batch.collect(), now).await;
    }
    for width in StatsWidth::ALL {
        let mut both = world.stats(org, first, width).await;
        both.extend(world.stats(org, second, width).await);
        both.sort_by_key(|bucket| bucket.at);
        let mut sum = world.organization_stats(org, width).await;
        assert_eq!(sum.iter().map(|bucket| bucket.succeeded).sum::<u64>(), 18);
        let all = world.store.stats_of_webhooks(org, width, EVER).await.expect("figures");
        let of = |webhook| {
            let wanted = all.iter().filter(move |(of, _)| *of == webhook);
            wanted.map(|(_, bucket)| bucket.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(first), world.stats(org, first, width).await);
        assert_eq!(of(second), world.stats(org, second, width).await);
        assert_eq!(of(foreign), []);
        sum.iter_mut().for_each(|bucket| bucket.accepted.clear());
        assert_eq!(summed(&both, width), sum);
    }
    let before = world.organization_stats(org, StatsWidth::Hour).await;
    assert!(world.store.delete_webhook(org, second, at(4_001), None).await.expect("deleted"));
    assert_eq!(world.organization_stats(org, StatsWidth::Hour).await, before);
}

/// Each event that was accepted counts once, whoever gets it; an answer that is replayed counts
/// nothing.
pub async fn what_is_accepted_counts_by_source_and_type(world: &World) {
    let (org, webhook) = world.shop().await;
    let [api, test] = [EventSource::Api, EventSource::Test];
    let response = crate::StoredResponse { status: 202, body: bytes::Bytes::from_static(b"{}") };
    let key =
        crate::IdempotencyKey { organization_id: org, key: "once".into(), fingerprint: [1; 32] };
    let mut keyed = world.accept_of(org, &TYPES, at(1));
    keyed.idempotency = Some((key, response));
    world.store.accept(keyed.clone()).await.expect("accepted");
    world.store.accept(keyed).await.expect("replayed");
    let mut tested = world.accept_of(org, &[EventType::OrderPaid], at(59));
    (tested.source, tested.only) = (test, Some(webhook));
    world.store.accept(tested).await.expect("accepted");
    world.publish(org, EventType::OrderPaid, at(60)).await;
    let minutes = world.organization_stats(org, StatsWidth::Minute).await;
    let mut first: BTreeMap<_, u64> = TYPES.map(|event_type| ((api, event_type), 1)).into();
    first.insert((test, EventType::OrderPaid), 1);
    assert_eq!(minutes[0].accepted, first);
    assert_eq!((minutes[0].made, minutes[1].made), (4, 1));
    assert_eq!(minutes[1].accepted, BTreeMap::from([((api, EventType::OrderPaid), 1)]));
    let hours = world.organization_stats(org, StatsWidth::Hour).await;
    assert_eq!(summed(&minutes, StatsWidth::Hour), hours);
    let of_webhook = world.stats(org, webhook, StatsWidth::Hour).await;
    assert!(of_webhook.iter().all(|bucket| bucket.accepted.is_empty()));
    let (other, _) = world.shop().await;
    assert_eq!(world.organization_stats(other, StatsWidth::Hour).await, []);
}

/// What is sent again, by hand or by a job, is made like anything else: a backlog's estimate counts
/// it.
pub async fn what_is_sent_again_counts_as_made(world: &World) {
    let (org, webhook) = world.shop().await;
    for second in [10, 11, 12] {
        let leased = world.publish_one(org, at(second)).await;
        world.record(&leased, Verdict::Exhausted, at(second)).await;
    }
    let made = async |second: u64| {
        let of_webhook = world.stats(org, webhook, StatsWidth::Minute).await;
        let of_all = world.organization_stats(org, StatsWidth::Minute).await;
        let at = StatsWidth::Minute.begin(at(second));
        let [one, all] = [of_webhook, of_all].map(|buckets| {
            buckets.iter().find(|bucket| bucket.at == at).map_or(0, |bucket| bucket.made)
        });
        assert_eq!(one, all, "in second {second}");
        one
    };
    assert_eq!(made(10).await, 3, "by fan-out");
    let failed = DeliveryFilter { status: vec![DeliveryStatus::Failed], ..Default::default() };
    let page = world.store.deliveries(org, failed.clone(), PageRequest::default()).await;
    let first = page.expect("a list").items[0].id;
    let resent = world.store.resend(org, first, at(60), None).await.expect("resent");
    assert!(resent.is_some());
    assert_eq!(made(60).await, 1, "by hand");
    let (since, until) = (at(11), at(20));
    let types = EventTypes::ALL;
    let replay = Replay { webhook_id: webhook, since, until, types, only_missing: false };
    for (second, spec, wanted) in
        [(120, JobSpec::Resend { filter: failed }, 3), (240, JobSpec::Replay(replay), 2)]
    {
        let job = world.new_job(org, spec, wanted);
        world.store.create_job(job.clone(), None).await.expect("a job");
        // In steps of two: each counts what it made.
        for step in [0, 60] {
            world.store.step_job(job.id, 2, at(second + step)).await.expect("a step");
        }
        assert_eq!(made(second).await + made(second + 60).await, wanted, "by a job");
    }
    let hours = world.stats(org, webhook, StatsWidth::Hour).await;
    assert_eq!(hours.iter().map(|hour| hour.made).sum::<u64>(), 3 + 1 + 3 + 2);
}

/// Minutes go before hours; nothing of what is left changes, in steps.
pub async fn old_figures_go_and_sums_stay(world: &World) {
    let (org, webhook) = world.shop().await;
    for now in [at(0), at(120), day(1), day(3)] {
        let leased = world.publish_one(org, now).await;
        world.record(&leased, Verdict::Succeeded, now).await;
    }
    let hours = world.stats(org, webhook, StatsWidth::Hour).await;
    let minutes = world.stats(org, webhook, StatsWidth::Minute).await;
    assert_eq!((minutes.len(), hours.len()), (4, 3));
    let expire =
        async |before, limit| world.store.expire_stats(before, limit).await.expect("a step");
    expire((day(1), START), 1).await;
    while expire((day(1), START), 1).await == 1 {}
    assert_eq!(world.stats(org, webhook, StatsWidth::Hour).await, hours);
    assert_eq!(world.stats(org, webhook, StatsWidth::Minute).await, minutes[2..]);
    assert_eq!(world.organization_stats(org, StatsWidth::Minute).await.len(), 2);
    while expire((day(3), day(1)), 10).await == 10 {}
    assert_eq!(world.stats(org, webhook, StatsWidth::Hour).await, hours[1..]);
    assert_eq!(world.organization_stats(org, StatsWidth::Hour).await.len(), 2);
    assert_eq!(world.stats(org, webhook, StatsWidth::Minute).await, minutes[3..]);
}

/// What waits counts for its webhook, due or not; what is leased does not.
pub async fn a_backlog_is_counted_for_each_webhook(world: &World) {
    let (org, first) = world.shop().await;
    let second = world.webhook(org, &["order.fulfilled"]).await;
    let (other, _) = world.shop().await;
    let backlogs = async |now| world.store.webhook_backlogs(org, now).await.expect("counts");
    let none = |webhook_id| WebhookBacklog {
        webhook_id,
        waiting: 0,
        more: false,
        oldest_due: None,
        next_due: None,
    };
    assert_eq!(backlogs(at(1)).await, [none(first), none(second)]);
    let retried = world.publish_one(org, at(1)).await;
    assert_eq!(backlogs(at(1)).await[0], none(first), "it is on its way");
    world.record(&retried, Verdict::RetryAt(at(600)), at(2)).await;
    world.publish_waiting(org, at(5)).await;
    world.publish_waiting(org, at(6)).await;
    world.publish_waiting(other, at(3)).await;
    let due = Some(at(5));
    let waits =
        WebhookBacklog { waiting: 3, oldest_due: due, next_due: Some(at(600)), ..none(first) };
    assert_eq!(backlogs(at(7)).await, [waits, none(second)]);
    assert_eq!(world.claim_with(at(7), 1, 1, Vec::new()).await.deliveries.len(), 1);
    let left = backlogs(at(8)).await;
    let all = world.store.webhook_backlogs(other, at(8)).await.expect("counts");
    assert_eq!(left[0].waiting + all[0].waiting, 3, "one is claimed");
    assert_eq!(backlogs(at(700)).await[0].next_due, None);
    assert!(BACKLOG_COUNTED > 3 && !left[0].more);
}
