//! What is done now and then.

use std::time::Duration;

use fanfare_app::{AppOptions, NewKey};
use fanfare_model::{DeliveryStatus, EventType, Scopes, WebhookCommand};
use fanfare_signing::ApiKeyMode;
use fanfare_store::{DeliveryFilter, EventFilter, MaintenanceStore as _, PageRequest};
use tokio_util::sync::CancellationToken;

use crate::world::World;

const RETENTION: Duration = Duration::from_secs(3_600);

async fn events(world: &World) -> usize {
    let page = PageRequest::default();
    world.app.events(&world.caller, EventFilter::default(), page).await.unwrap().items.len()
}

async fn while_keeping_house(world: &World, what: impl Future<Output = ()>) {
    let shutdown = CancellationToken::new();
    let what = async {
        what.await;
        shutdown.cancel();
    };
    tokio::join!(world.app.run_housekeeping(shutdown.clone()), what);
}

#[tokio::test]
async fn what_is_older_than_the_retention_goes_in_its_time() {
    let world = World::with(AppOptions { retention: RETENTION }).await;
    for _ in 0..600 {
        world.publish(EventType::OrderPaid).await;
    }
    while_keeping_house(&world, async {
        tokio::task::yield_now().await;
        assert!(events(&world).await > 0, "not before its time");
        world.advance(RETENTION);
        let gone = async || {
            // Time goes on, as it does; the loop may have been at work when it jumped.
            world.advance(Duration::from_secs(61));
            events(&world).await == 0
        };
        world.until("600 events are more than one step", gone).await;
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_disabled_webhook_is_cancelled() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    for _ in 0..3 {
        world.publish(EventType::OrderPaid).await;
    }
    while_keeping_house(&world, async {
        let command = WebhookCommand::Disable;
        world.app.command_webhook(&world.caller, id, command).await.unwrap();
        let cancelled = async || {
            let filter = DeliveryFilter {
                status: vec![DeliveryStatus::Cancelled],
                ..DeliveryFilter::default()
            };
            let page = PageRequest::default();
            world.app.deliveries(&world.caller, filter, page).await.unwrap().items.len() == 3
        };
        world.until("the clock stands still, the command wakes the loop", cancelled).await;
    })
    .await;
    assert_eq!(
        world.store.cancel_unserved(10, fanfare_model::Clock::now(&world.clock)).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn uses_of_keys_are_written() {
    let world = World::new().await;
    let new = NewKey { name: "k".into(), scopes: Scopes::KEYS, mode: ApiKeyMode::Live };
    let created = world.app.create_key(&world.caller, new).await.unwrap();
    world.app.authenticate(created.secret.expose()).await.unwrap();
    let shutdown = CancellationToken::new();
    let written = async || {
        let keys = world.app.keys(&world.caller, PageRequest::default()).await.unwrap();
        keys.items.iter().any(|key| key.id == created.key.id && key.last_used_at.is_some())
    };
    let looking = async {
        world.until("the first round", written).await;
        shutdown.cancel();
    };
    tokio::join!(world.app.run_key_usage(shutdown.clone()), looking);
}

#[tokio::test]
async fn it_ends_when_it_is_told_to() {
    let world = World::new().await;
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    world.app.run_housekeeping(shutdown.clone()).await;
    world.app.run_key_usage(shutdown.clone()).await;
    world.app.run_jobs(shutdown).await;
}
