//! Webhooks: creating, changing, telling them what to do.

use std::time::Duration;

use fanfare_app::{
    Change, CreateWebhook, ErrorCode, HeaderInput, StandardWebhooks, StatsWindow, UpdateWebhook,
};
use fanfare_model::{
    DeliveryOrigin, DisabledReason, EventType, WebhookChannel, WebhookCommand, WebhookStatus,
    limits,
};
use fanfare_store::{DeliveryFilter, PageRequest, WebhookFilter};

use crate::world::{World, code, create, field, strings};

#[tokio::test]
async fn the_seeds_body_makes_a_webhook() {
    let world = World::new().await;
    let created = world.create(create()).await.unwrap();
    let webhook = &created.view.webhook;
    assert_eq!(webhook.url, create().url);
    assert_eq!(webhook.events.patterns(), ["consumer.created", "distribution.winner_selected"]);
    assert_eq!((webhook.status, webhook.version), (WebhookStatus::Active, 1));
    assert_eq!((webhook.max_in_flight, webhook.rate_limit), (limits::IN_FLIGHT_DEFAULT, None));
    assert!(created.generated_secret.is_none(), "the customer knows it");
    assert_eq!(created.view.standard_webhooks, StandardWebhooks::Unavailable);
    let found = world.app.webhook(&world.caller, webhook.id).await.unwrap();
    assert_eq!(found, created.view);
    let stored = format!("{:?}{:?}", webhook.secret, webhook.secret.0);
    assert!(!stored.contains("your_secret"), "sealed");
}

#[tokio::test]
async fn without_a_secret_one_is_generated_that_serves_both_families() {
    let world = World::new().await;
    let created = world.create(CreateWebhook { secret: None, ..create() }).await.unwrap();
    let secret = created.generated_secret.as_ref().expect("shown once");
    assert!(secret.expose().starts_with("whsec_") && secret.standard_key().is_some());
    assert_eq!(created.view.standard_webhooks, StandardWebhooks::Available);
    assert!(!format!("{created:?}").contains(secret.expose()));
}

#[tokio::test]
async fn every_wrong_field_is_named_and_nothing_is_written() {
    let world = World::new().await;
    let wrong = CreateWebhook {
        channel: WebhookChannel::Api,
        url: "http://10.0.0.1/".into(),
        events: strings(&["order.payed"]),
        secret: Some("short".into()),
        description: Some("x".repeat(501)),
        headers: vec![HeaderInput { name: "Host".into(), value: "evil".into() }],
        max_in_flight: Some(257),
        rate_limit: Some(-1),
    };
    let error = world.create(wrong).await.unwrap_err();
    let fields: Vec<_> = error.details().iter().map(|detail| detail.field.as_str()).collect();
    let expected =
        ["url", "events[0]", "secret", "description", "headers.Host", "maxInFlight", "rateLimit"];
    assert_eq!(fields, expected);
    let all = world.app.webhooks(&world.caller, WebhookFilter::default(), PageRequest::default());
    assert_eq!(all.await.unwrap().items, []);
}

#[tokio::test]
async fn a_private_address_and_an_unknown_name_look_alike() {
    let world = World::new().await;
    let refusal = async |host: &str| {
        let url = format!("https://{host}/");
        let error = world.create(CreateWebhook { url, ..create() }).await.unwrap_err();
        let detail = error.details()[0].clone();
        (error.code(), error.message().to_owned(), detail, error.context().cloned())
    };
    let (inside, outside) =
        (refusal("inside.example.com").await, refusal("nowhere.example.com").await);
    assert_eq!((&inside.0, &inside.1, &inside.2), (&outside.0, &outside.1, &outside.2));
    assert_eq!(inside.2.field, "url");
    let context = inside.3.expect("the operator is told");
    assert!(context.for_log().contains("10.0.0.1") && !inside.2.message.contains("10.0"));
}

#[tokio::test]
async fn there_is_a_limit_per_organization() {
    let world = World::new().await;
    for _ in 0..limits::WEBHOOKS_PER_ORGANIZATION {
        world.create(create()).await.unwrap();
    }
    assert_eq!(code(world.create(create()).await), ErrorCode::LimitReached);
    let other = world.organization("Other").await;
    assert!(world.app.create_webhook(&other, create()).await.is_ok());
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_null_empties() {
    let world = World::new().await;
    let full = CreateWebhook {
        description: Some("orders".into()),
        headers: vec![HeaderInput { name: "X-Tenant".into(), value: "acme".into() }],
        rate_limit: Some(50),
        ..create()
    };
    let before = world.create(full).await.unwrap().view.webhook;
    let id = before.id;
    world.advance(Duration::from_secs(60));
    let update = UpdateWebhook {
        url: Some("https://other.example.com/".into()),
        rate_limit: Change::Clear,
        ..UpdateWebhook::default()
    };
    let after = world.app.update_webhook(&world.caller, id, update).await.unwrap().webhook;
    assert_eq!(after.url, "https://other.example.com/");
    assert_eq!(after.rate_limit, None);
    assert_eq!(after.description.as_deref(), Some("orders"));
    assert_eq!((&after.headers, &after.events), (&before.headers, &before.events));
    assert_eq!(after.version, before.version + 1);
    assert!(after.updated_at > before.updated_at && after.created_at == before.created_at);
    let update = UpdateWebhook {
        description: Change::Set("paid orders".into()),
        headers: Some(Vec::new()),
        events: Some(strings(&["order.*"])),
        max_in_flight: Some(1),
        ..UpdateWebhook::default()
    };
    let after = world.app.update_webhook(&world.caller, id, update).await.unwrap().webhook;
    assert_eq!(after.description.as_deref(), Some("paid orders"));
    assert_eq!((after.headers.len(), after.max_in_flight), (0, 1));
    assert_eq!(after.events.patterns(), ["order.*"]);
}

#[tokio::test]
async fn a_patch_that_is_wrong_or_empty_changes_nothing() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    let update = |update| world.app.update_webhook(&world.caller, id, update);
    let url = Some("https://inside.example.com/".to_owned());
    let description = Change::Set("half done".to_owned());
    let wrong = UpdateWebhook { url, description, ..UpdateWebhook::default() };
    assert_eq!(field(update(wrong).await), "url");
    let events = Some(Vec::new());
    assert_eq!(field(update(UpdateWebhook { events, ..UpdateWebhook::default() }).await), "events");
    let same = update(UpdateWebhook::default()).await.unwrap().webhook;
    assert_eq!((same.version, same.description.as_deref()), (1, None));
}

#[test]
fn a_missing_field_a_null_and_a_value_are_three_things() {
    #[derive(serde::Deserialize)]
    struct Body {
        #[serde(default)]
        rate: Change<i64>,
    }
    let read = |text: &str| serde_json::from_str::<Body>(text).unwrap().rate;
    assert_eq!(read("{}"), Change::Keep);
    assert_eq!(read(r#"{"rate":null}"#), Change::Clear);
    assert_eq!(read(r#"{"rate":5}"#), Change::Set(5));
}

#[tokio::test]
async fn commands_lead_where_the_model_says_and_refusals_say_why() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    let tell = |command| world.app.command_webhook(&world.caller, id, command);
    assert_eq!(tell(WebhookCommand::Pause).await.unwrap().webhook.status, WebhookStatus::Paused);
    let version = tell(WebhookCommand::Pause).await.unwrap().webhook.version;
    assert_eq!(version, 2, "pausing again changes nothing");
    let error = tell(WebhookCommand::Enable).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::IllegalTransition);
    assert!(error.message().contains("paused") && error.message().contains("resume"));
    assert_eq!(tell(WebhookCommand::Resume).await.unwrap().webhook.status, WebhookStatus::Active);
    let disabled = tell(WebhookCommand::Disable).await.unwrap().webhook;
    assert_eq!(disabled.disabled_reason, Some(DisabledReason::Manual));
    assert_eq!(code(tell(WebhookCommand::Pause).await), ErrorCode::IllegalTransition);
    let enabled = tell(WebhookCommand::Enable).await.unwrap().webhook;
    assert_eq!((enabled.status, enabled.disabled_reason), (WebhookStatus::Active, None));
}

#[tokio::test]
async fn a_paused_webhook_holds_and_a_disabled_one_gets_nothing() {
    let world = World::new().await;
    let (paused, disabled) = (world.webhook(&["*"]).await, world.webhook(&["*"]).await);
    let tell = |id, command| world.app.command_webhook(&world.caller, id, command);
    tell(paused, WebhookCommand::Pause).await.unwrap();
    tell(disabled, WebhookCommand::Disable).await.unwrap();
    world.publish(EventType::OrderPaid).await;
    assert_eq!(world.attempt_all(200).await, 0, "nothing is attempted");
    tell(paused, WebhookCommand::Resume).await.unwrap();
    assert_eq!(world.attempt_all(200).await, 1, "what waited");
}

#[tokio::test]
async fn a_new_url_and_enabling_begin_the_record_of_failures_anew() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    let failing = async || {
        world.publish(EventType::OrderPaid).await;
        assert_eq!(world.attempt_all(500).await, 1);
        world.app.webhook(&world.caller, id).await.unwrap().webhook
    };
    let failed = failing().await;
    assert_eq!(failed.status, WebhookStatus::Failed);
    assert!(failed.failing_since.is_some());
    let url = Some("https://other.example.com/".to_owned());
    let update = UpdateWebhook { url, ..UpdateWebhook::default() };
    let moved = world.app.update_webhook(&world.caller, id, update).await.unwrap().webhook;
    assert_eq!(moved.failing_since, None);
    assert!(failing().await.failing_since.is_some());
    let tell = |command| world.app.command_webhook(&world.caller, id, command);
    tell(WebhookCommand::Disable).await.unwrap();
    assert_eq!(tell(WebhookCommand::Enable).await.unwrap().webhook.failing_since, None);
}

#[tokio::test]
async fn a_deleted_webhook_is_gone_and_its_deliveries_stay_readable() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    world.publish(EventType::OrderPaid).await;
    world.attempt_all(200).await;
    world.app.delete_webhook(&world.caller, id).await.unwrap();
    assert_eq!(code(world.app.webhook(&world.caller, id).await), ErrorCode::NotFound);
    assert_eq!(code(world.app.delete_webhook(&world.caller, id).await), ErrorCode::NotFound);
    let filter = DeliveryFilter { webhook_id: Some(id), ..DeliveryFilter::default() };
    let listed = world.app.deliveries(&world.caller, filter, PageRequest::default()).await.unwrap();
    let view = world.app.delivery(&world.caller, listed.items[0].id).await.unwrap();
    assert!(view.attempts[0].request.is_some());
}

#[tokio::test]
async fn a_test_goes_to_this_webhook_alone_whatever_it_subscribes_to() {
    let world = World::new().await;
    let (tested, other) = (world.webhook(&["consumer.*"]).await, world.webhook(&["*"]).await);
    let sent = world.app.test_webhook(&world.caller, tested, "order.paid").await.unwrap();
    let delivery = sent.delivery.expect("created");
    assert_eq!((delivery.webhook_id, delivery.origin), (tested, DeliveryOrigin::Test));
    let view = world.app.event(&world.caller, sent.event.id).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&view.event.body).unwrap();
    assert_eq!(body["type"], "order.paid");
    assert_eq!(body["id"], sent.event.id.to_string(), "a fresh id, not the example's");
    assert!(view.outcomes.iter().any(|outcome| outcome.webhook_id == other
        && outcome.deliveries.is_empty()
        && outcome.not_delivered == Some(fanfare_app::NotDelivered::TestEvent)));
    let unknown = world.app.test_webhook(&world.caller, tested, "order.payed").await;
    assert_eq!(field(unknown), "type");
    let command = WebhookCommand::Disable;
    world.app.command_webhook(&world.caller, tested, command).await.unwrap();
    let refused = world.app.test_webhook(&world.caller, tested, "order.paid").await;
    assert_eq!(code(refused), ErrorCode::Conflict);
}

#[tokio::test]
async fn figures_follow_the_attempts() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    for status in [200, 200, 500] {
        world.publish(EventType::OrderPaid).await;
        world.attempt_all(status).await;
    }
    let stats = || world.app.webhook_stats(&world.caller, id, StatsWindow::Hour);
    world.until("figures", async || stats().await.unwrap().attempts == 3).await;
    let stats = stats().await.unwrap();
    assert_eq!((stats.succeeded, stats.failed), (2, 1));
    assert_eq!(stats.codes.get(&500), Some(&1));
    assert!(stats.success_rate.is_some_and(|rate| (rate - 2.0 / 3.0).abs() < 1e-9));
    let latency = stats.latency.expect("three attempts of 40 ms");
    assert!(latency.p50 > 20.0 && latency.p99 <= 50.0, "{latency:?}");
    assert_eq!(stats.series.iter().map(|point| point.succeeded).sum::<u64>(), 2);
}

#[tokio::test]
async fn custom_headers_are_read_only_by_those_who_may_write_them() {
    let world = World::new().await;
    let headers = vec![HeaderInput { name: "X-Token".into(), value: "t0ken".into() }];
    let created = world.create(CreateWebhook { headers, ..create() }).await.unwrap();
    assert_eq!(created.view.headers[0].value.as_deref(), Some("t0ken"));
    let reader = fanfare_app::Caller {
        scopes: [fanfare_model::Scope::WebhooksRead].into_iter().collect(),
        ..world.caller
    };
    let seen = world.app.webhook(&reader, created.view.webhook.id).await.unwrap();
    assert_eq!((seen.headers[0].name.as_str(), &seen.headers[0].value), ("x-token", &None));
    assert!(!format!("{seen:?}").contains("t0ken"));
}
