//! Every use case with every scope, and with another organization's ids.

use fanfare_app::{
    AppError, Caller, ErrorCode, EventInput, NewKey, ReplayInput, RotateSecret, StatsWindow,
    UpdateWebhook,
};
use fanfare_model::{
    ApiKeyId, DeliveryId, EventId, EventType, JobId, Scope, Scopes, WebhookCommand, WebhookId,
    catalogue,
};
use fanfare_signing::ApiKeyMode;
use fanfare_store::{DeliveryFilter, EventFilter, PageRequest, WebhookFilter};

use crate::world::{World, at, create};

/// One thing of each kind.
struct Things {
    webhook: WebhookId,
    event: EventId,
    delivery: DeliveryId,
    job: JobId,
    key: ApiKeyId,
}

async fn things(world: &World) -> Things {
    let webhook = world.webhook(&["*"]).await;
    let event = world.publish(EventType::OrderPaid).await.id;
    let page = PageRequest::default();
    let deliveries = world.app.deliveries(&world.caller, DeliveryFilter::default(), page).await;
    let delivery = deliveries.unwrap().items[0].id;
    world.advance(std::time::Duration::from_secs(1));
    let job = match world.app.replay(&world.caller, webhook, replay()).await.unwrap() {
        fanfare_app::JobOrCount::Job(job) => job.id,
        fanfare_app::JobOrCount::Count(_) => panic!("not asked for"),
    };
    let new = NewKey { name: "k".into(), scopes: Scopes::KEYS, mode: ApiKeyMode::Live };
    let key = world.app.create_key(&world.caller, new).await.unwrap().key.id;
    Things { webhook, event, delivery, job, key }
}

fn replay() -> ReplayInput {
    ReplayInput {
        since: at("2024-06-20T15:00:00Z"),
        until: None,
        types: None,
        only_missing: false,
        dry_run: false,
    }
}

type Outcome = (&'static str, Scope, Result<(), AppError>);

/// Those that name a thing.
async fn with_ids(world: &World, caller: &Caller, things: &Things) -> Vec<Outcome> {
    use Scope::{
        DeliveriesRead, DeliveriesWrite, EventsRead, KeysWrite, WebhooksRead, WebhooksWrite,
    };
    let (app, c) = (&world.app, caller);
    let Things { webhook, event, delivery, job, key } = *things;
    let update = || UpdateWebhook { max_in_flight: Some(2), ..UpdateWebhook::default() };
    let pause = WebhookCommand::Pause;
    vec![
        ("webhook", WebhooksRead, app.webhook(c, webhook).await.map(drop)),
        ("stats", WebhooksRead, app.webhook_stats(c, webhook, StatsWindow::Hour).await.map(drop)),
        ("update", WebhooksWrite, app.update_webhook(c, webhook, update()).await.map(drop)),
        ("command", WebhooksWrite, app.command_webhook(c, webhook, pause).await.map(drop)),
        (
            "rotate",
            WebhooksWrite,
            app.rotate_secret(c, webhook, RotateSecret::default()).await.map(drop),
        ),
        ("switch", WebhooksWrite, app.switch_signature(c, webhook).await.map(drop)),
        ("test", WebhooksWrite, app.test_webhook(c, webhook, "order.paid").await.map(drop)),
        ("event", EventsRead, app.event(c, event).await.map(drop)),
        ("delivery", DeliveriesRead, app.delivery(c, delivery).await.map(drop)),
        ("resend", DeliveriesWrite, app.resend(c, delivery).await.map(drop)),
        ("cancel", DeliveriesWrite, app.cancel_delivery(c, delivery).await.map(drop)),
        ("replay", DeliveriesWrite, app.replay(c, webhook, replay()).await.map(drop)),
        ("job", DeliveriesRead, app.job(c, job).await.map(drop)),
        ("cancel job", DeliveriesWrite, app.cancel_job(c, job).await.map(drop)),
        ("revoke", KeysWrite, app.revoke_key(c, key).await.map(drop)),
        ("delete", WebhooksWrite, app.delete_webhook(c, webhook).await),
    ]
}

/// The others.
async fn without_ids(world: &World, caller: &Caller) -> Vec<Outcome> {
    use Scope::{
        DeliveriesRead, DeliveriesWrite, EventsRead, EventsWrite, KeysWrite, WebhooksRead,
        WebhooksWrite,
    };
    let (app, c, page) = (&world.app, caller, PageRequest::default());
    let data = catalogue::example_data(EventType::OrderPaid);
    let input = EventInput { event_type: "order.paid", data: &data };
    let filter =
        || DeliveryFilter { webhook_id: Some(world.ids.next()), ..DeliveryFilter::default() };
    let scopes = caller.scopes;
    let new = NewKey { name: "k".into(), scopes, mode: ApiKeyMode::Live };
    vec![
        ("create", WebhooksWrite, app.create_webhook(c, create()).await.map(drop)),
        ("webhooks", WebhooksRead, app.webhooks(c, WebhookFilter::default(), page).await.map(drop)),
        ("publish", EventsWrite, app.publish(c, input, None).await.map(drop)),
        ("batch", EventsWrite, app.publish_batch(c, &[input], None).await.map(drop)),
        ("events", EventsRead, app.events(c, EventFilter::default(), page).await.map(drop)),
        (
            "deliveries",
            DeliveriesRead,
            app.deliveries(c, DeliveryFilter::default(), page).await.map(drop),
        ),
        (
            "resend matching",
            DeliveriesWrite,
            app.resend_matching(c, filter(), true).await.map(drop),
        ),
        ("jobs", DeliveriesRead, app.jobs(c, page).await.map(drop)),
        ("notices", DeliveriesRead, app.notices(c, page).await.map(drop)),
        ("keys", KeysWrite, app.keys(c, page).await.map(drop)),
        ("create key", KeysWrite, app.create_key(c, new).await.map(drop)),
    ]
}

#[tokio::test]
async fn each_use_case_needs_its_scope_and_no_other() {
    for granted in Scope::ALL {
        let world = World::new().await;
        let things = things(&world).await;
        let caller = Caller { scopes: [*granted].into_iter().collect(), ..world.caller };
        let mut outcomes = without_ids(&world, &caller).await;
        outcomes.extend(with_ids(&world, &caller, &things).await);
        for (what, needed, result) in outcomes {
            if needed == *granted {
                assert!(result.is_ok(), "{what} with {}: {result:?}", granted.as_str());
            } else {
                let error = result.expect_err(what);
                assert_eq!(error.code(), ErrorCode::Forbidden, "{what}");
                assert!(error.message().contains(needed.as_str()), "{what}: {error}");
            }
        }
        assert!(world.app.me(&caller).await.is_ok(), "asking who I am needs no scope");
    }
}

#[tokio::test]
async fn another_organizations_things_are_not_there() {
    let world = World::new().await;
    let things = things(&world).await;
    let stranger = world.organization("Stranger").await;
    for (what, _, result) in with_ids(&world, &stranger, &things).await {
        assert_eq!(result.expect_err(what).code(), ErrorCode::NotFound, "{what}");
    }
    let page = PageRequest::default();
    let app = &world.app;
    assert_eq!(app.events(&stranger, EventFilter::default(), page).await.unwrap().items, []);
    assert_eq!(app.deliveries(&stranger, DeliveryFilter::default(), page).await.unwrap().items, []);
    assert_eq!(app.webhooks(&stranger, WebhookFilter::default(), page).await.unwrap().items, []);
    assert_eq!(app.jobs(&stranger, page).await.unwrap().items, []);
    assert_eq!(app.keys(&stranger, page).await.unwrap().items.len(), 1, "its own");
    let filter = DeliveryFilter { webhook_id: Some(things.webhook), ..DeliveryFilter::default() };
    let counted = app.resend_matching(&stranger, filter, true).await.unwrap();
    assert_eq!(counted, fanfare_app::JobOrCount::Count(0));
    let me = app.me(&stranger).await.unwrap();
    assert_eq!((me.organization.name.as_str(), me.caller), ("Stranger", stranger));
}

#[tokio::test]
async fn a_given_up_delivery_is_told_once() {
    let world = World::new().await;
    world.webhook(&["*"]).await;
    world.publish(EventType::OrderPaid).await;
    world.attempt_all(500).await;
    let notices = world.app.notices(&world.caller, PageRequest::default()).await.unwrap();
    assert_eq!(notices.items.len(), 1);
    assert_eq!(notices.items[0].kind.as_str(), "delivery_failed");
}
