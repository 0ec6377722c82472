//! The statements of events, webhooks and deliveries.

use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{
    DeliveryStatus, ErrorClass, EventType, EventTypes, OrganizationId, WebhookId, limits,
};
use fanfare_store::{
    Accept, Claim, DeliveryFilter, DeliveryQueue, DeliveryStore, EventFilter, EventSource,
    EventStore, IdempotencyKey, IdempotencyStore, Job, JobSpec, JobStatus, JobStore, KeyStore,
    Leased, MaintenanceStore, NewEvent, NoticeStore, Order, PageRequest, Record, RecordedAttempt,
    Replay, SentSignatures, StatsStore, StatsWidth, StoredResponse, Verdict, WebhookFilter,
    WebhookStore,
};

use super::Checks;
use super::fill::{World, after, later, named};

/// The organization with most of everything.
pub(super) const BIG: OrganizationId = named(1);
/// One of its webhooks, which is served.
const HOOK: WebhookId = named(2);
/// Others, which are paused; the first has most of what waits.
const PAUSED: [WebhookId; 2] = [named(1), named(11)];

pub(super) async fn all(world: &World, checks: &mut Checks) {
    accept(world, checks).await;
    queue(world, checks).await;
    events(world, checks).await;
    deliveries(world, checks).await;
    webhooks(world, checks).await;
    jobs(world, checks).await;
    housekeeping(world, checks).await;
}

pub(super) const fn page(order: Order) -> PageRequest {
    PageRequest { limit: 50, order, after: None, before: None }
}

fn event(world: &World) -> NewEvent {
    NewEvent {
        id: world.store.ids.next(),
        event_type: EventType::OrderPaid,
        body: Bytes::from_static(b"{}"),
        person: Some(named::<fanfare_model::kinds::Consumer>(7).to_string().into()),
    }
}

fn accept_of(world: &World, organization_id: OrganizationId, key: Option<&str>) -> Accept {
    let response = || StoredResponse { status: 202, body: Bytes::from_static(b"{}") };
    let key = key.map(|key| IdempotencyKey {
        organization_id,
        key: key.to_owned(),
        fingerprint: [0; 32],
    });
    Accept {
        organization_id,
        at: after(0),
        events: (0..20).map(|_| event(world)).collect(),
        source: EventSource::Api,
        only: None,
        except: None,
        idempotency: key.map(|key| (key, response())),
    }
}

async fn accept(world: &World, checks: &mut Checks) {
    for (organization, key) in [(BIG, None), (named(9), Some("new")), (named(9), Some("key-7"))] {
        let accept = accept_of(world, organization, key);
        let answer = checks.of("accept", &["webhooks_pkey"], world.store.accept(accept)).await;
        answer.expect("accepted or known");
    }
    // The engine has no room: leases are given back.
    world.engine.set_room(0);
    let accept = accept_of(world, named(11), None);
    let answer = checks.of("accept", &["webhooks_pkey"], world.store.accept(accept)).await;
    answer.expect("accepted");
    world.engine.set_room(usize::MAX);
    let key = IdempotencyKey { organization_id: BIG, key: "held".to_owned(), fingerprint: [0; 32] };
    let begun = world.store.begin_idempotent(key.clone(), after(0));
    checks.of("begin_idempotent", &["organizations_pkey"], begun).await.expect("fresh");
    let response = StoredResponse { status: 201, body: Bytes::from(named_consumer()) };
    let finished = world.store.finish_idempotent(key, Some(response), after(1));
    checks.of("finish_idempotent", &["idempotency_pkey"], finished).await.expect("kept");
}

fn named_consumer() -> String {
    named::<fanfare_model::kinds::Consumer>(7).to_string()
}

/// Claims some of everything.
fn claim() -> Claim {
    Claim {
        now: after(0),
        lease_until: after(60_000),
        limit: 200,
        per_webhook: 8,
        skip: vec![HOOK],
    }
}

fn record(leased: &Leased, verdict: Verdict) -> Record {
    let attempt = RecordedAttempt {
        started_at: after(1),
        duration: Duration::from_millis(5),
        status_code: Some(503),
        error_class: Some(ErrorClass::Http5xx),
        response_body: Bytes::from_static(b"later"),
        response_truncated: false,
        remote_addr: None,
        webhook_version: 1,
        signatures: SentSignatures { fanfare: [1; 32], standard: [None; 2] },
    };
    Record { id: leased.id, lease: leased.lease, event_type: leased.event_type, attempt, verdict }
}

async fn queue(world: &World, checks: &mut Checks) {
    let store = &world.store;
    let claimed = checks.of("claim", &["waiting_claim"], store.claim(claim())).await;
    let claimed = claimed.expect("a claim").deliveries;
    let handed = world.engine.take();
    let verdicts =
        [Verdict::Succeeded, Verdict::RetryAt(after(9)), Verdict::Exhausted, Verdict::Gone];
    let records = handed.iter().chain(&claimed).take(200).zip(verdicts.iter().cycle());
    let records = records.map(|(leased, verdict)| record(leased, *verdict)).collect();
    let wanted = ["waiting_pkey", "deliveries_pkey", "waiting_claim"];
    let recorded = store.record(records, limits::DISABLE_AFTER, after(2));
    checks.of("record", &wanted, recorded).await.expect("recorded");
    let again = store.claim(Claim { now: after(9), ..claim() }).await.expect("a claim").deliveries;
    let records = again.iter().map(|leased| record(leased, Verdict::RetryAt(after(99)))).collect();
    let recorded = store.record(records, limits::DISABLE_AFTER, after(10));
    checks.of("record", &["waiting_pkey", "deliveries_pkey"], recorded).await.expect("recorded");
    let more = store.claim(claim()).await.expect("a claim").deliveries;
    let (one, other) = more.split_at(more.len() / 2);
    let leases = |all: &[Leased]| all.iter().map(|leased| (leased.id, leased.lease)).collect();
    let wanted = ["waiting_pkey", "deliveries_pkey"];
    let released = store.release(leases(one), after(3));
    checks.of("release", &wanted, released).await.expect("released");
    let dropped = store.drop_leased(leases(other), after(3));
    checks.of("drop_leased", &wanted, dropped).await.expect("dropped");
}

async fn events(world: &World, checks: &mut Checks) {
    let store = &world.store;
    let id = later(2592 * 5, 5);
    let one = store.event(BIG, id);
    checks.of("event", &["events_pkey"], one).await.expect("a read");
    let wanted = ["deliveries_event"];
    checks.of("event_deliveries", &wanted, store.event_deliveries(BIG, id)).await.expect("a list");
    for order in [Order::Ascending, Order::Descending] {
        for filter in [
            EventFilter::default(),
            EventFilter { types: EventTypes::only(EventType::OrderPaid), ..Default::default() },
            EventFilter {
                since: Some(after(-86_400_000)),
                until: Some(after(-3_600_000)),
                ..Default::default()
            },
        ] {
            let list = store.events(BIG, filter, page(order));
            checks.of("events", &["events_pkey"], list).await.expect("a list");
        }
    }
}

async fn deliveries(world: &World, checks: &mut Checks) {
    use DeliveryStatus::{Cancelled, Failed, Pending};
    let store = &world.store;
    let id = later(2592 * 5 + 5, 15);
    let wanted = ["deliveries_pkey"];
    checks.of("delivery", &wanted, store.delivery(BIG, id)).await.expect("a read");
    let webhook_id = Some(HOOK);
    let of = |status: &[DeliveryStatus], webhook_id| DeliveryFilter {
        status: status.to_vec(),
        webhook_id,
        ..Default::default()
    };
    for order in [Order::Ascending, Order::Descending] {
        for (filter, wanted) in [
            (DeliveryFilter::default(), "deliveries_pkey"),
            (of(&[], webhook_id), "deliveries_webhook"),
            (of(&[Failed], None), "deliveries_badly"),
            (of(&[Failed, Cancelled], None), "deliveries_badly"),
            (of(&[Failed], webhook_id), "deliveries_webhook_badly"),
            (of(&[Pending], webhook_id), "deliveries_webhook"),
            (
                DeliveryFilter {
                    since: Some(after(-86_400_000)),
                    error_class: vec![ErrorClass::Http5xx],
                    status_code: Some((500, 599)),
                    ..of(&[], webhook_id)
                },
                "deliveries_webhook",
            ),
        ] {
            let list = store.deliveries(BIG, filter, page(order));
            checks.of("deliveries", &[wanted], list).await.expect("a list");
        }
    }
    let count = store.count_deliveries(BIG, of(&[Failed], None), 10_000);
    checks.of("count_deliveries", &["deliveries_badly"], count).await.expect("a count");
    let resent =
        checks.of("resend", &["deliveries_pkey"], store.resend(BIG, id, after(0), None)).await;
    if let Ok(Some(made)) = resent {
        let cancelled = store.cancel(BIG, made.id, after(1), None);
        checks.of("cancel", &["waiting_pkey"], cancelled).await.expect("cancelled");
    }
}

async fn webhooks(world: &World, checks: &mut Checks) {
    let store = &world.store;
    checks.of("webhook", &[], store.webhook(BIG, HOOK)).await.expect("a read");
    let list = store.webhooks(BIG, WebhookFilter::default(), page(Order::Ascending));
    checks.of("webhooks", &["webhooks_pkey"], list).await.expect("a list");
    let mut again = (*store.webhook(BIG, HOOK).await.expect("a read").expect("there")).clone();
    again.created_at = after(0);
    let subscribed = store.subscribe_webhook(again, Box::new(|_| Ok(())), (None, None));
    let subscribed = checks.of("subscribe_webhook", &["webhooks_pkey"], subscribed).await;
    assert!(!subscribed.expect("found").is_new);
    let version = store.webhook_version(BIG, HOOK, 1);
    checks.of("webhook_version", &["webhook_versions_pkey"], version).await.expect("a read");
    let edit = Box::new(|webhook: &mut fanfare_store::Webhook| {
        webhook.status = fanfare_model::WebhookStatus::Disabled;
        webhook.url = "https://other.example".into();
        Ok(())
    });
    let wanted = ["waiting_claim", "waiting_pkey"];
    let disabled =
        store.modify_webhook(BIG, PAUSED[usize::from(checks.analyzed)], after(1), edit, None);
    checks.of("modify_webhook", &wanted, disabled).await.expect("disabled");
    let watched = crate::watch::begin(store).await.expect("a read");
    let looked = Box::pin(crate::watch::look(store, &watched));
    checks.of("watch", &["webhooks_changed"], looked).await.expect("a look");
    let until = after(0);
    let bounds = (after(-3_600_000), until);
    for (width, index) in [(StatsWidth::Minute, "stats_pkey"), (StatsWidth::Hour, "rollups_pkey")] {
        let stats = store.webhook_stats(BIG, HOOK, width, bounds);
        checks.of("webhook_stats", &[index], stats).await.expect("figures");
        let stats = store.stats_of_webhooks(BIG, width, bounds);
        checks.of("stats_of_webhooks", &[index], stats).await.expect("figures");
        let stats = store.organization_stats(BIG, width, bounds);
        checks.of("organization_stats", &["rollups_pkey"], stats).await.expect("figures");
    }
    // It counts, up to a bound for each webhook.
    checks.whole = Some("waiting");
    let backlogs = store.webhook_backlogs(BIG, until);
    checks.of("webhook_backlogs", &["waiting_claim"], backlogs).await.expect("counts");
    checks.whole = None;
    let notices = store.notices(BIG, page(Order::Descending));
    checks.of("notices", &["notices_pkey"], notices).await.expect("a list");
    checks.of("key_by_hash", &["api_keys_hash_key"], store.key_by_hash([7; 32])).await.expect("ok");
    checks
        .of("keys", &["api_keys_pkey"], store.keys(BIG, page(Order::Ascending)))
        .await
        .expect("ok");
    let touched = store.touch_keys(vec![(named(5), until), (named(6), until)]);
    checks.of("touch_keys", &[], touched).await.expect("touched");
}

async fn jobs(world: &World, checks: &mut Checks) {
    let store = &world.store;
    let job = |spec| Job {
        id: store.ids.next(),
        organization_id: BIG,
        spec,
        status: JobStatus::Running,
        total: 1,
        processed: 0,
        created: 0,
        created_at: after(0),
        updated_at: after(0),
    };
    let failed = DeliveryFilter { status: vec![DeliveryStatus::Failed], ..Default::default() };
    let replay = Replay {
        webhook_id: HOOK,
        since: after(-86_400_000),
        until: after(0),
        types: EventTypes::ALL,
        only_missing: true,
    };
    let count = store.count_replay(BIG, replay.clone(), 100);
    checks.of("count_replay", &["events_pkey"], count).await.expect("a count");
    for spec in [JobSpec::Resend { filter: failed }, JobSpec::Replay(replay)] {
        let job = job(spec);
        let id = job.id;
        let wanted = ["organizations_pkey", "deliveries_pkey"];
        checks.of("create_job", &wanted, store.create_job(job, None)).await.expect("made");
        checks.of("next_job", &["jobs_running"], store.next_job(None)).await.expect("a job");
        let stepped = store.step_job(id, 50, after(1));
        checks.of("step_job", &["jobs_running"], stepped).await.expect("a step");
        checks
            .of("cancel_job", &["jobs_pkey"], store.cancel_job(BIG, id, after(2), None))
            .await
            .expect("ok");
    }
    let list = store.jobs(BIG, page(Order::Descending));
    checks.of("jobs", &["jobs_pkey"], list).await.expect("a list");
}

async fn housekeeping(world: &World, checks: &mut Checks) {
    let store = &world.store;
    let cancelled = store.cancel_unserved(500, after(5));
    checks.of("cancel_unserved", &["waiting_claim"], cancelled).await.expect("cancelled");
    checks
        .of("take_turn", &[], store.take_turn("x", Duration::from_secs(1)))
        .await
        .expect("a turn");
    checks.whole = Some("waiting");
    let backlog = checks.of("backlog", &[], store.backlog(after(0))).await.expect("a count");
    assert!(backlog.waiting > 100_000, "{backlog:?}");
    checks.whole = None;
    // A day of which nothing waits goes as a whole, with what was made of it on later days.
    world.add_old_day().await;
    checks.wholes = world.wholes();
    let wanted =
        ["waiting_days", "events_pkey", "deliveries_later", "attempts_pkey", "notices_event"];
    let dropped = checks.of("drop_day", &wanted, store.expire(after(-86_400_000 * 2), 100)).await;
    assert_eq!(dropped.expect("dropped"), 100, "counted so far, and dropped");
    // The first day: something of it waits, so that some of it goes.
    let wanted = ["waiting_days", "events_pkey", "deliveries_event", "attempts_pkey"];
    let expired = store.expire_stats((after(-86_400_000), after(-86_400_000 * 2)), 100);
    checks.of("expire_stats", &["stats_minute", "rollups_at"], expired).await.expect("expired");
    let expired = store.expire(after(-86_400_000 * 2), 100);
    checks.of("expire", &wanted, expired).await.expect("expired");
}
