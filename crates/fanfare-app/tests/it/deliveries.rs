//! Deliveries: shown as sent, sent again, ended.

use std::time::Duration;

use fanfare_app::{CreateWebhook, ErrorCode, HeaderInput, JobOrCount, UpdateWebhook};
use fanfare_egress::Target;
use fanfare_model::wire_headers::{AttemptHeaders, attempt_headers};
use fanfare_model::{Clock as _, DeliveryOrigin, DeliveryStatus, EventType, Scope, WebhookCommand};
use fanfare_signing::{Secret, verify_fanfare};
use fanfare_store::{Delivery, DeliveryFilter, Leased, PageRequest};
use fanfare_testkit::Receiver;

use crate::world::{SECRET, URL, World, code, create, field, strings};

async fn deliveries(world: &World) -> Vec<Delivery> {
    let page = PageRequest::default();
    let all = world.app.deliveries(&world.caller, DeliveryFilter::default(), page).await;
    all.unwrap().items
}

#[tokio::test]
async fn a_delivery_shows_its_request_as_it_was_sent() {
    let world = World::new().await;
    let headers = vec![HeaderInput { name: "X-Tenant".into(), value: "acme".into() }];
    let events = strings(&["*"]);
    let created = world.create(CreateWebhook { headers, events, ..create() }).await.unwrap();
    let id = created.view.webhook.id;
    let event = world.publish(EventType::OrderPaid).await;
    world.advance(Duration::from_millis(1_500));
    assert_eq!(world.attempt_all(200).await, 1);
    let url = Some("https://other.example.com/new".to_owned());
    let update = UpdateWebhook { url, headers: Some(Vec::new()), ..UpdateWebhook::default() };
    world.app.update_webhook(&world.caller, id, update).await.unwrap();

    let delivery = deliveries(&world).await.remove(0);
    let view = world.app.delivery(&world.caller, delivery.id).await.unwrap();
    let request = view.attempts[0].request.as_ref().expect("the version is kept");
    assert_eq!(request.url, URL, "of then, not of now");
    let shown = |name: &str| {
        let header = request.headers.iter().find(|header| header.name == name);
        header.and_then(|header| header.value.as_deref()).map(str::to_owned)
    };
    let length = view.detail.body.len().to_string();
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-fanfare-event", "order.paid"),
        ("x-fanfare-delivery-id", &delivery.id.to_string()),
        ("x-fanfare-webhook-id", &id.to_string()),
        ("x-fanfare-retry-count", "0"),
        ("x-fanfare-original-time", "2024-06-20T15:30:00Z"),
        ("x-fanfare-timestamp", "1718897401"),
        ("x-tenant", "acme"),
        ("host", "hooks.example.com"),
        ("content-length", &length),
    ] {
        assert_eq!(shown(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!((shown("webhook-id"), shown("x-fanfare-test")), (None, None));
    let secret = Secret::parse(SECRET).unwrap();
    let signature = shown("x-fanfare-signature").unwrap();
    verify_fanfare(&view.detail.body, Some(signature.as_bytes()), &[&secret]).unwrap();
    assert!(view.detail.body.starts_with(format!(r#"{{"id":"{}","#, event.id).as_bytes()));
    assert_eq!(&view.attempts[0].attempt.response_body[..], b"thanks");
}

#[tokio::test]
async fn what_is_shown_is_what_a_receiver_got_header_by_header() {
    let world = World::new().await;
    let receiver = Receiver::start();
    let headers = vec![HeaderInput { name: "X-Tenant".into(), value: "acme".into() }];
    let (url, events) = (receiver.url("/a?b=c"), strings(&["*"]));
    world.create(CreateWebhook { url, headers, events, ..create() }).await.unwrap();
    world.publish(EventType::OrderPaid).await;
    let claimed = world.claim().await;
    send(&world, &claimed[0]).await;
    world.record(&claimed, 200).await;

    let view = world.app.delivery(&world.caller, claimed[0].id).await.unwrap();
    let request = view.attempts[0].request.as_ref().unwrap();
    let shown: Vec<_> = request
        .headers
        .iter()
        .map(|header| (header.name.clone(), header.value.clone().unwrap()))
        .collect();
    let received = receiver.wait_for(1).await.remove(0);
    assert_eq!(shown, received.headers);
    assert_eq!(view.detail.body, received.body);
    assert_eq!(request.url, receiver.url(&received.path));
}

/// Sends as the engine does: the common list of headers, the custom ones, the guarded channel.
async fn send(world: &World, leased: &Leased) {
    let macs = world.macs(leased).headers();
    let input = AttemptHeaders {
        event_id: &leased.event_id.to_string(),
        event_type: leased.event_type,
        delivery_id: leased.id,
        webhook_id: leased.webhook.id,
        attempt: leased.attempts + 1,
        accepted_at: leased.accepted_at,
        started_at: world.clock.now(),
        fanfare_signature: &macs.fanfare,
        standard_signature: macs.standard.as_deref(),
        test: leased.test,
    };
    let target = Target::parse(&leased.webhook.url, world.egress.policy()).unwrap();
    let mut request = http::Request::post(target.request_uri().clone());
    let mut add = |name: &str, value: &str| {
        request.headers_mut().unwrap().append(
            http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
            http::HeaderValue::from_str(value).unwrap(),
        );
    };
    attempt_headers(&input, &mut add);
    leased.webhook.headers.iter().for_each(|header| add(&header.name, &header.value));
    let mut channel = world.egress.connect(&target).await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    let request = request.body(leased.body.clone()).unwrap();
    assert_eq!(channel.send(request, deadline).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_custom_headers_value_is_left_out_for_those_who_may_not_set_it() {
    let world = World::new().await;
    let headers = vec![HeaderInput { name: "X-Token".into(), value: "t0ken".into() }];
    let events = strings(&["*"]);
    world.create(CreateWebhook { headers, events, ..create() }).await.unwrap();
    world.publish(EventType::OrderPaid).await;
    world.attempt_all(200).await;
    let delivery = deliveries(&world).await.remove(0);
    let scopes = [Scope::DeliveriesRead].into_iter().collect();
    let reader = fanfare_app::Caller { scopes, ..world.caller };
    let view = world.app.delivery(&reader, delivery.id).await.unwrap();
    assert!(!format!("{view:?}").contains("t0ken"));
    let request = view.attempts[0].request.as_ref().unwrap();
    assert!(
        request.headers.iter().any(|header| header.name == "x-token" && header.value.is_none())
    );
}

#[tokio::test]
async fn a_test_says_that_it_is_one_also_when_it_is_sent_again() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    let sent = world.app.test_webhook(&world.caller, id, "order.paid").await.unwrap();
    let first = sent.delivery.unwrap();
    world.attempt_all(200).await;
    let again = world.app.resend(&world.caller, first.id).await.unwrap();
    world.attempt_all(200).await;
    for delivery in [first.id, again.id] {
        let view = world.app.delivery(&world.caller, delivery).await.unwrap();
        assert!(view.test);
        let request = view.attempts[0].request.as_ref().unwrap();
        assert!(request.headers.iter().any(|header| header.name == "x-fanfare-test"));
    }
}

#[tokio::test]
async fn one_delivery_is_sent_again_as_a_new_one() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    world.publish(EventType::OrderPaid).await;
    world.attempt_all(500).await;
    let failed = deliveries(&world).await.remove(0);
    let again = world.app.resend(&world.caller, failed.id).await.unwrap();
    assert_eq!((again.origin, again.status), (DeliveryOrigin::Resend, DeliveryStatus::Pending));
    assert_eq!((again.event_id, again.webhook_id), (failed.event_id, failed.webhook_id));
    assert_eq!(world.attempt_all(200).await, 1);
    world.app.command_webhook(&world.caller, id, WebhookCommand::Disable).await.unwrap();
    assert_eq!(code(world.app.resend(&world.caller, failed.id).await), ErrorCode::Conflict);
    world.app.delete_webhook(&world.caller, id).await.unwrap();
    assert_eq!(code(world.app.resend(&world.caller, failed.id).await), ErrorCode::Conflict);
}

#[tokio::test]
async fn only_what_has_not_ended_can_be_cancelled() {
    let world = World::new().await;
    world.webhook(&["*"]).await;
    world.publish(EventType::OrderPaid).await;
    let pending = deliveries(&world).await.remove(0);
    for _ in 0..2 {
        let cancelled = world.app.cancel_delivery(&world.caller, pending.id).await.unwrap();
        assert_eq!(cancelled.status, DeliveryStatus::Cancelled);
    }
    assert_eq!(world.attempt_all(200).await, 0);
    world.publish(EventType::OrderPaid).await;
    world.attempt_all(200).await;
    let done = deliveries(&world).await.remove(0);
    let error = world.app.cancel_delivery(&world.caller, done.id).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    assert!(error.message().contains("succeeded"), "{error}");
    let unknown = world.app.cancel_delivery(&world.caller, world.ids.next()).await;
    assert_eq!(code(unknown), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_resend_of_everything_has_to_say_of_what() {
    let world = World::new().await;
    let all = world.app.resend_matching(&world.caller, DeliveryFilter::default(), false).await;
    assert_eq!(field(all), "filter");
    world.webhook(&["*"]).await;
    for status in [500, 500, 200] {
        world.publish(EventType::OrderPaid).await;
        world.attempt_all(status).await;
    }
    let filter =
        DeliveryFilter { status: vec![DeliveryStatus::Failed], ..DeliveryFilter::default() };
    let counted = world.app.resend_matching(&world.caller, filter, true).await.unwrap();
    assert_eq!(counted, JobOrCount::Count(2));
    assert_eq!(deliveries(&world).await.len(), 3, "a dry run creates nothing");
}
