//! The statements of the launch domain.

use std::time::Duration;

use fanfare_model::launch::{
    Consumer, ConsumerSource, DistributionStatus, Money, Order as Bought, OrderStatus, Participant,
    ParticipantStatus, Tracking,
};
use fanfare_model::{ConsumerId, DistributionId, Timestamp};
use fanfare_store::{
    ConsumerFilter, DistributionFilter, ExperienceFilter, LaunchStore, LaunchTx, Order,
    OrderFilter, ParticipantFilter, ParticipantOrder, SortKey, Stopped, StoreError,
};

use super::Checks;
use super::fill::{World, after, later, named};
use super::webhooks::{BIG, page};

/// The queue of the organization, which 200,000 joined.
const QUEUE: DistributionId = named(1);
const CONSUMER: ConsumerId = named(77);
const ORDERS: [Order; 2] = [Order::Ascending, Order::Descending];

pub(super) async fn all(world: &World, checks: &mut Checks) {
    ones(world, checks).await;
    consumers(world, checks).await;
    participants(world, checks).await;
    orders(world, checks).await;
    others(world, checks).await;
    work(world, checks).await;
    erasing(world, checks).await;
}

async fn ones(world: &World, checks: &mut Checks) {
    let store = &world.store;
    let one = store.consumer(BIG, CONSUMER);
    checks.of("consumer", &["consumers_pkey"], one).await.expect("a read");
    let one = store.participant(BIG, QUEUE, CONSUMER);
    checks.of("participant", &["participants_consumer"], one).await.expect("a read");
    checks.of("order", &["orders_pkey"], store.order(BIG, later(8, 8))).await.expect("a read");
    let one = store.distribution(BIG, QUEUE);
    checks.of("distribution", &["distributions_pkey"], one).await.expect("a read");
    let due = store.launch_due(after(50), 100);
    let wanted = ["experiences_due", "distributions_due"];
    checks.of("launch_due", &wanted, due).await.expect("a list");
}

async fn consumers(world: &World, checks: &mut Checks) {
    for order in ORDERS {
        for key in [SortKey::Created, SortKey::Updated] {
            let by_key = match key {
                SortKey::Created => "consumers_pkey",
                SortKey::Updated => "consumers_change",
            };
            let updated_after = Some(Timestamp::from_millis(super::fill::SINCE + 150_000));
            for (filter, wanted) in [
                (ConsumerFilter::default(), by_key),
                (ConsumerFilter { updated_after, ..Default::default() }, by_key),
                (
                    ConsumerFilter { email: Some("7@shop.example".into()), ..Default::default() },
                    "consumers_email",
                ),
                (
                    ConsumerFilter { external_id: Some("crm-7".into()), ..Default::default() },
                    "consumers_external",
                ),
            ] {
                let skips = filter.updated_after.is_some() && key == SortKey::Created;
                if !skips {
                    let list = world.store.consumers(BIG, filter, key, page(order));
                    checks.of("consumers", &[wanted], list).await.expect("a list");
                }
            }
        }
    }
}

async fn participants(world: &World, checks: &mut Checks) {
    let since = Timestamp::from_millis(super::fill::SINCE + 150_000);
    let joined_since = Timestamp::from_millis(super::fill::SINCE + 150_000 * 2592);
    let some = vec![ParticipantStatus::Queued, ParticipantStatus::Entered];
    for order in ORDERS {
        for (filter, key, wanted) in [
            (ParticipantFilter::default(), SortKey::Created, "participants_pkey"),
            (
                ParticipantFilter { created_after: Some(joined_since), ..Default::default() },
                SortKey::Created,
                "participants_pkey",
            ),
            (
                ParticipantFilter { status: some.clone(), ..Default::default() },
                SortKey::Created,
                "participants_number",
            ),
            (ParticipantFilter::default(), SortKey::Updated, "participants_change"),
            (
                ParticipantFilter {
                    status: some.clone(),
                    updated_after: Some(since),
                    ..Default::default()
                },
                SortKey::Updated,
                "participants_change",
            ),
        ] {
            let list = world.store.participants(BIG, QUEUE, filter, key, page(order));
            checks.of("participants", &[wanted], list).await.expect("a list");
        }
    }
    let ranked = world.store.draw_order(BIG, QUEUE, Some([7; 32]), 100);
    checks.of("draw_order", &["participants_rank"], ranked).await.expect("a list");
    let bids = world.store.bids(BIG, QUEUE, page(Order::Descending));
    checks.of("bids", &["bids_pkey"], bids).await.expect("a list");
}

async fn orders(world: &World, checks: &mut Checks) {
    let updated_after = Some(Timestamp::from_millis(super::fill::SINCE + 150_000));
    let status = vec![OrderStatus::Paid, OrderStatus::Created];
    for order in ORDERS {
        for (filter, created, updated) in [
            (OrderFilter::default(), "orders_pkey", "orders_change"),
            (
                OrderFilter { status: status.clone(), ..Default::default() },
                "orders_status",
                "orders_change",
            ),
            (
                OrderFilter { consumer_id: Some(CONSUMER), ..Default::default() },
                "orders_consumer",
                "orders_consumer_change",
            ),
            (
                OrderFilter { distribution_id: Some(QUEUE), ..Default::default() },
                "orders_distribution",
                "orders_distribution_change",
            ),
            (
                OrderFilter { external_order_id: Some("#8".into()), ..Default::default() },
                "orders_external",
                "orders_external",
            ),
        ] {
            let list = world.store.orders(BIG, filter.clone(), SortKey::Created, page(order));
            checks.of("orders", &[created], list).await.expect("a list");
            let filter = OrderFilter { updated_after, ..filter };
            let list = world.store.orders(BIG, filter, SortKey::Updated, page(order));
            checks.of("orders", &[updated], list).await.expect("a list");
        }
    }
}

async fn others(world: &World, checks: &mut Checks) {
    let store = &world.store;
    for order in ORDERS {
        let list = store.products(BIG, page(order));
        checks.of("products", &["products_pkey"], list).await.expect("a list");
        let list = store.experiences(BIG, ExperienceFilter::default(), page(order));
        checks.of("experiences", &["experiences_pkey"], list).await.expect("a list");
        let list = store.distributions(BIG, DistributionFilter::default(), page(order));
        checks.of("distributions", &["distributions_pkey"], list).await.expect("a list");
        let filter = DistributionFilter {
            experience_id: Some(named(150)),
            status: vec![DistributionStatus::Open],
            ..Default::default()
        };
        let list = store.distributions(BIG, filter, page(order));
        checks.of("distributions", &[], list).await.expect("a list");
    }
}

/// Runs work of the big organization.
async fn run(
    world: &World,
    work: impl Fn(&mut dyn LaunchTx) -> Result<(), StoreError> + Send + 'static,
) {
    let work = Box::new(move |tx: &mut dyn LaunchTx| work(tx).map_err(Stopped::from));
    assert!(world.store.launch(BIG, false, work).await.expect("work"));
}

fn consumer(id: ConsumerId) -> Consumer {
    Consumer {
        id,
        email: Some(format!("{id}@Shop.example")),
        phone: None,
        full_name: None,
        external_id: Some(id.to_string()),
        metadata: None,
        source: ConsumerSource::Import,
        created_at: after(1),
        updated_at: after(1),
    }
}

fn joined(consumer_id: ConsumerId, number: u32) -> Participant {
    Participant {
        distribution_id: QUEUE,
        consumer_id,
        status: ParticipantStatus::Queued,
        number,
        rank: None,
        joined_at: after(1),
        granted_at: None,
        expires_at: None,
        ended_at: None,
        is_backfill: false,
        order_id: None,
        amount: None,
        updated_at: after(1),
    }
}

fn bought(world: &World, consumer_id: ConsumerId) -> Bought {
    let id = world.store.ids.next();
    Bought {
        id,
        external_order_id: Some(id.to_string()),
        consumer_id,
        distribution_id: Some(QUEUE),
        experience_id: None,
        product_id: None,
        status: OrderStatus::Created,
        total_amount: "1.00".parse::<Money>().expect("an amount"),
        currency: "EUR".parse().expect("a currency"),
        metadata: None,
        payment: None,
        tracking: Tracking::default(),
        fulfilled_at: None,
        cancelled_at: None,
        cancel_reason: None,
        created_at: after(1),
        updated_at: after(1),
    }
}

async fn work(world: &World, checks: &mut Checks) {
    let people: Vec<ConsumerId> = (0..50).map(|_| world.store.ids.next()).collect();
    let first = 1_000_000 + u32::try_from(checks.statements).expect("few");
    let orders: Vec<_> = people.iter().map(|id| bought(world, *id)).collect();
    let joining = run(world, move |tx| {
        tx.distribution(QUEUE)?;
        for (number, id) in (first..).zip(&people) {
            tx.has_consumer(*id)?;
            tx.put_consumer(&consumer(*id))?;
            tx.participant(QUEUE, *id)?;
            tx.put_participant(&joined(*id, number))?;
        }
        for order in &orders {
            tx.order_by_external_id(order.external_order_id.as_deref().unwrap_or_default())?;
            tx.put_order(order)?;
        }
        Ok(())
    });
    let wanted = ["consumers_email", "consumers_external", "orders_external", "distributions_pkey"];
    checks.of("joining", &wanted, joining).await;
    let moving = run(world, |tx| {
        for (status, order) in [
            (ParticipantStatus::Queued, ParticipantOrder::Number),
            (ParticipantStatus::Entered, ParticipantOrder::Rank),
            (ParticipantStatus::Admitted, ParticipantOrder::Expiry),
        ] {
            for mut one in tx.participants(QUEUE, status, order, 100)? {
                one.updated_at = after(2);
                one.expires_at = Some(after(2) + Duration::from_secs(9));
                tx.put_participant(&one)?;
            }
        }
        tx.experience_by_slug("drop-300")?;
        tx.distributions_of(named(150))?;
        tx.product_is_used(named(1))?;
        Ok(())
    });
    let wanted = [
        "participants_number",
        "participants_rank",
        "participants_expiry",
        "participants_pkey",
        "experiences_slug",
        "distributions_experience",
        "orders_product",
    ];
    checks.of("moving", &wanted, moving).await;
}

async fn erasing(world: &World, checks: &mut Checks) {
    // Each of them is in 333 events, with what was answered to a thousand deliveries.
    let number = if checks.analyzed { 220 } else { 200 };
    let id = named(number);
    world.name_in_events(&format!("con_{number}"), id);
    let erasing = run(world, move |tx| tx.erase_consumer(id));
    let wanted = [
        "consumers_pkey",
        "events_person",
        "events_pkey",
        "waiting_pkey",
        "deliveries_event",
        "attempts_pkey",
        "idempotency_consumer",
    ];
    checks.of("erasing", &wanted, erasing).await;
}
