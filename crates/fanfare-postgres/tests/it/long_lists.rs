//! Lists, counts and jobs over more rows than one look takes, over several days.

use std::collections::HashMap;
use std::time::Duration;

use fanfare_model::{
    DeliveryId, DeliveryStatus, EventType, EventTypes, OrganizationId, Timestamp, WebhookId,
};
use fanfare_store::{
    Delivery, DeliveryFilter, DeliveryStore, EventFilter, EventStore, Job, JobSpec, JobStatus,
    JobStore, Order, Page, PageRequest, Replay, WebhookStore,
};
use fanfare_testdb::administer;

use crate::shop::{NOW, Node, deliver, two_nodes};
use crate::support::{Database, new_webhook};

const DAY: Duration = Duration::from_secs(24 * 3600);
const ROWS: usize = 9_000;
/// Between one event and the next.
const STEP_MS: i64 = 19_000;
/// Every so many events, from the eighth on, one is of another type.
const RARE: usize = 3_000;

struct Shop {
    one: Node,
    other: Node,
    organization: OrganizationId,
    webhook: WebhookId,
    database: Database,
}

fn begin() -> Timestamp {
    NOW.minus(DAY + DAY)
}

/// A shop with two days of ended deliveries: of each 1,000 one failed and one was cancelled.
async fn old_shop() -> Shop {
    let database = Database::new().await;
    let (one, other, organization) = two_nodes(&database).await;
    let webhook = new_webhook(&database, organization);
    one.store.create_webhook(webhook.clone(), None).await.expect("a webhook");
    for days in 0..3 {
        deliver(&database, &one, organization, NOW.minus(DAY * days)).await;
    }
    let (org, hook) = (organization.as_u128(), webhook.id.as_u128());
    let (paid, rare) = (EventType::OrderPaid.index(), EventType::OrderCreated.index());
    let first = begin().as_millis() + 1_000;
    let fill = format!(
        "SET fanfare.organization = '*'; SET search_path = fanfare; \
         INSERT INTO events (organization_id, day, id, type, source, accepted_at, fanout, body) \
         SELECT lpad('{org:x}', 32, '0')::uuid, ms / 86400000, \
                encode(int8send((ms << 16) | x'7000'::bigint) \
                       || int8send((-9223372036854775807 - 1) | i), 'hex')::uuid, \
                CASE i % {RARE} WHEN 7 THEN {rare} ELSE {paid} END, 0, ms, 1, '' \
         FROM (SELECT i, {first} + i * {STEP_MS} AS ms \
               FROM generate_series(0::bigint, {ROWS} - 1) i) made; \
         INSERT INTO deliveries (organization_id, day, id, event_day, event_id, webhook_id, type, \
                                 origin, status, ended_badly, created_at, attempts) \
         SELECT organization_id, day, id, day, id, lpad('{hook:x}', 32, '0')::uuid, type, 0, \
                coalesce(badly, 1), badly, accepted_at, 0 \
         FROM (SELECT *, CASE (accepted_at - {first}) / {STEP_MS} % 1000 \
                              WHEN 3 THEN 2 WHEN 500 THEN 3 END AS badly \
               FROM events WHERE body = '') filled; ANALYZE events; ANALYZE deliveries"
    );
    administer(&database.url, &fill);
    Shop { one, other, organization, webhook: webhook.id, database }
}

impl Shop {
    async fn page(&self, filter: &DeliveryFilter, page: PageRequest) -> Page<Delivery> {
        let list = self.one.store.deliveries(self.organization, filter.clone(), page).await;
        list.expect("a page")
    }

    /// Which of the old events the deliveries in a list are of, page by page.
    async fn numbers(&self, filter: &DeliveryFilter, order: Order, limit: usize) -> Vec<i64> {
        let mut request = PageRequest { limit, order, after: None, before: None };
        let mut numbers = Vec::new();
        loop {
            let page = self.page(filter, request).await;
            let ms = |delivery: &Delivery| delivery.id.unix_ms() - begin().as_millis() - 1_000;
            numbers.extend(page.items.iter().map(|delivery| ms(delivery) / STEP_MS));
            request.after = page.items.last().map(|delivery| delivery.id.as_u128());
            if !page.has_more {
                return numbers;
            }
        }
    }

    async fn count(&self, filter: &DeliveryFilter) -> u64 {
        let count = self.one.store.count_deliveries(self.organization, filter.clone(), 1 << 20);
        count.await.expect("a count")
    }

    async fn close(self) {
        self.one.store.close().await;
        self.other.store.close().await;
    }
}

fn rare() -> DeliveryFilter {
    DeliveryFilter { types: EventTypes::only(EventType::OrderCreated), ..Default::default() }
}

#[tokio::test]
async fn what_is_rare_is_found() {
    let shop = old_shop().await;
    let (org, store) = (shop.organization, &shop.one.store);
    for limit in [1, 2, 100] {
        assert_eq!(shop.numbers(&rare(), Order::Ascending, limit).await, [7, 3_007, 6_007]);
        assert_eq!(shop.numbers(&rare(), Order::Descending, limit).await, [6_007, 3_007, 7]);
    }
    assert_eq!(shop.count(&rare()).await, 3);
    let filter = EventFilter { types: rare().types, ..EventFilter::default() };
    let events = store.events(org, filter, PageRequest::default()).await.expect("a list");
    assert_eq!((events.items.len(), events.has_more), (3, false));
    let never = DeliveryFilter { status_code: Some((500, 599)), ..Default::default() };
    let nothing = shop.page(&never, PageRequest::default()).await;
    assert!(nothing.items.is_empty() && !nothing.has_more);
    shop.close().await;
}

#[tokio::test]
async fn what_ended_badly_comes_in_order() {
    let shop = old_shop().await;
    let failed: Vec<i64> = (0..9).map(|thousand| thousand * 1_000 + 3).collect();
    let both: Vec<i64> = failed.iter().flat_map(|number| [*number, number + 497]).collect();
    for webhook_id in [None, Some(shop.webhook)] {
        let of = |status| DeliveryFilter { status, webhook_id, ..Default::default() };
        let only_failed = of(vec![DeliveryStatus::Failed]);
        assert_eq!(shop.numbers(&only_failed, Order::Ascending, 4).await, failed);
        let either = of(vec![DeliveryStatus::Cancelled, DeliveryStatus::Failed]);
        assert_eq!(shop.numbers(&either, Order::Ascending, 5).await, both);
        let mut backwards = both.clone();
        backwards.reverse();
        assert_eq!(shop.numbers(&either, Order::Descending, 5).await, backwards);
        assert_eq!(shop.count(&either).await, 18);
    }
    shop.close().await;
}

#[tokio::test]
async fn all_of_a_long_list_is_seen_once() {
    let shop = old_shop().await;
    let everything = DeliveryFilter::default();
    let numbers = shop.numbers(&everything, Order::Descending, 100).await;
    assert_eq!(numbers.len(), ROWS + 3);
    assert_eq!(shop.count(&everything).await, numbers.len() as u64);
    let at =
        |number: i64| begin() + Duration::from_millis((1_000 + number * STEP_MS).unsigned_abs());
    let some = DeliveryFilter { since: Some(at(4_600)), until: Some(at(8_800)), ..everything };
    let expected: Vec<i64> = (4_600..8_800).collect();
    assert_eq!(shop.numbers(&some, Order::Ascending, 100).await, expected);
    assert_eq!(shop.count(&some).await, 4_200);
    shop.close().await;
}

/// Steps a job on both nodes at the same time until it ends.
async fn run(shop: &Shop, spec: JobSpec, items: usize) -> Job {
    let job = Job {
        id: shop.database.ids.next(),
        organization_id: shop.organization,
        spec,
        status: JobStatus::Running,
        total: 0,
        processed: 0,
        created: 0,
        created_at: NOW,
        updated_at: NOW,
    };
    shop.one.store.create_job(job.clone(), None).await.expect("a job");
    let steps = async |node: &Node| {
        while let Some(step) = node.store.step_job(job.id, items, NOW).await.expect("a step") {
            if step.status != JobStatus::Running {
                break;
            }
        }
    };
    tokio::join!(steps(&shop.one), steps(&shop.other));
    let done = shop.one.store.job(shop.organization, job.id).await.expect("a read");
    done.expect("the job")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_go_through_everything_once_whoever_steps_them() {
    let shop = old_shop().await;
    let before = shop.count(&DeliveryFilter::default()).await;
    let done = run(&shop, JobSpec::Resend { filter: rare() }, 1).await;
    assert_eq!((done.status, done.processed, done.created), (JobStatus::Completed, 3, 3));
    let webhook_id = new_webhook(&shop.database, shop.organization);
    let webhook_id = shop.one.store.create_webhook(webhook_id, None).await.expect("a webhook").id;
    let types = EventTypes::ALL;
    let replay = Replay { webhook_id, since: begin(), until: NOW, types, only_missing: true };
    let count = shop.one.store.count_replay(shop.organization, replay.clone(), 1 << 20).await;
    let count = count.expect("a count");
    assert_eq!(count, ROWS as u64 + 2, "the last of the three is not before its end");
    let done = run(&shop, JobSpec::Replay(replay.clone()), 1_000).await;
    assert_eq!((done.status, done.processed, done.created), (JobStatus::Completed, count, count));
    assert_eq!(shop.count(&DeliveryFilter::default()).await, before + 3 + count);
    let left = shop.one.store.count_replay(shop.organization, replay, 1 << 20).await;
    assert_eq!(left.expect("a count"), 0);
    let mut of_each: HashMap<_, Vec<DeliveryId>> = HashMap::new();
    let filter = DeliveryFilter { webhook_id: Some(webhook_id), ..rare() };
    for delivery in shop.page(&filter, PageRequest::default()).await.items {
        of_each.entry(delivery.event_id).or_default().push(delivery.id);
    }
    assert_eq!(of_each.len(), 3);
    assert!(of_each.values().all(|made| made.len() == 1));
    shop.close().await;
}
