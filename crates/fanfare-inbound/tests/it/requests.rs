//! What is answered to requests: once stored, and nothing of what does not verify.

use axum::body::Body;
use fanfare_app::{ErrorCode, RotateConnection};
use fanfare_inbound::InboundRate;
use fanfare_model::inbound::{InboundOutcome, InboundStatus, Provider};
use fanfare_model::{Clock as _, ConnectionId, EventType};
use http::StatusCode;
use serde_json::json;

use crate::world::{ACCOUNT, SECRET, World, event, request, session};

async fn counts(world: &World, id: ConnectionId) -> Vec<(InboundOutcome, u64)> {
    let (_, figures) = world.app.connection(&world.caller, id).await.unwrap();
    figures.counts.iter().map(|one| (one.outcome, one.count)).collect()
}

/// The one that must hold whatever Stripe does: a hundred copies at once are one payment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_copies_at_once_pay_an_order_once() {
    let world = std::sync::Arc::new(World::new().await);
    let id = world.connection(Provider::Stripe).await;
    let order = world.order("#1").await;
    let paid = event("evt_1", "checkout.session.completed", 1, session(order.id));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (world, paid) = (world.clone(), paid.clone());
        tasks.spawn(async move {
            assert_eq!(world.send(world.stripe(id, &paid)).await, StatusCode::OK);
        });
    }
    {
        let world = world.clone();
        tasks.spawn(async move {
            while world.told(EventType::OrderPaid).await.is_empty() {
                world.handle_all().await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    world.handle_all().await;
    assert_eq!(world.told(EventType::OrderPaid).await.len(), 1);
    assert_eq!(world.only(id).await.0, InboundStatus::Handled);
    let expected = [(InboundOutcome::Accepted, 1), (InboundOutcome::Duplicate, 99)];
    assert_eq!(counts(&world, id).await, expected);
}

#[tokio::test]
async fn what_does_not_verify_is_counted_and_not_stored() {
    use InboundOutcome as Outcome;
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let order = world.order("#1").await;
    let paid = event("evt_1", "checkout.session.completed", 1, session(order.id)).to_string();
    let now = world.clock.now().as_unix_seconds();
    let path = World::path(Provider::Stripe, id);
    let plain = |content: &str, body: &str| {
        request(&path, content).body(Body::from(body.to_owned())).unwrap()
    };
    let json = "application/json";
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let test_mode = paid.replace("\"livemode\":true", "\"livemode\":false");
    let cases = [
        (plain(json, &paid), 400, Outcome::BadHeader),
        (World::signed_stripe(id, &paid, now, "another secret!!"), 401, Outcome::BadSignature),
        (World::signed_stripe(id, &paid, now - 301, SECRET), 401, Outcome::Stale),
        (World::signed_stripe(id, &paid, now + 301, SECRET), 401, Outcome::Stale),
        (world.stripe_body(id, &deep), 400, Outcome::BadBody),
        (world.stripe_body(id, "no json"), 400, Outcome::BadBody),
        (world.stripe_body(id, "{}"), 400, Outcome::BadBody),
        (world.stripe_body(id, ""), 400, Outcome::BadBody),
        (world.stripe_body(id, &test_mode), 400, Outcome::WrongMode),
        (plain("text/plain", &paid), 415, Outcome::WrongContentType),
        (plain("application/x-www-form-urlencoded", &paid), 415, Outcome::WrongContentType),
        (plain(json, &"x".repeat(2 * 1024 * 1024)), 413, Outcome::TooLarge),
        (
            world.stripe_body(id, &format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024))),
            413,
            Outcome::TooLarge,
        ),
    ];
    for (request, status, outcome) in cases {
        let before = counts(&world, id).await;
        assert_eq!(world.send(request).await.as_u16(), status, "{outcome}");
        let count = |all: &[(Outcome, u64)]| {
            all.iter().find(|(one, _)| *one == outcome).map_or(0, |(_, count)| *count)
        };
        assert_eq!(count(&counts(&world, id).await), count(&before) + 1, "{outcome}");
    }
    assert_eq!(world.messages(id).await, []);
    let (_, figures) = world.app.connection(&world.caller, id).await.unwrap();
    assert_eq!(figures.refused.len(), 13);
    assert_eq!(figures.refused[0].outcome, Outcome::TooLarge, "newest first");
    assert!(figures.refused.iter().all(|one| one.address == "192.0.2.7"));
    let seen = world.inbound.figures();
    let stale = seen.iter().find(|one| one.outcome == "stale").unwrap();
    assert_eq!((stale.provider, stale.count), (Some(Provider::Stripe), 2));
    world.handle_all().await;
    assert_eq!(world.told(EventType::OrderPaid).await.len(), 0);
}

/// A body without a length is counted while it is read.
#[tokio::test]
async fn a_body_without_a_length_is_bounded() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let chunks = (0..64).map(|_| Ok::<_, std::convert::Infallible>(vec![b'x'; 64 * 1024]));
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let path = World::path(Provider::Stripe, id);
    let request = request(&path, "application/json").body(body).unwrap();
    assert_eq!(world.send(request).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn unknown_types_are_taken_and_ignored() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let event = event("evt_9", "radar.early_fraud_warning.created", 1, json!({}));
    assert_eq!(world.send(world.stripe(id, &event)).await, StatusCode::ACCEPTED);
    assert_eq!(world.send(world.stripe(id, &event)).await, StatusCode::OK, "a duplicate");
    let (status, note) = world.only(id).await;
    assert_eq!((status, &*note), (InboundStatus::Ignored, "this type means nothing here"));
    let thin = json!({"id": "evt_10", "object": "v2.core.event", "type": "v2.core.x",
        "livemode": true});
    assert_eq!(world.send(world.stripe(id, &thin)).await, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_connection_without_a_secret_refuses_everything() {
    let world = World::new().await;
    let id = world.connection_with(Provider::Stripe, None).await;
    let order = world.order("#1").await;
    let paid = event("evt_1", "checkout.session.completed", 1, session(order.id));
    for secret in ["", SECRET] {
        let now = world.clock.now().as_unix_seconds();
        let request = World::signed_stripe(id, &paid.to_string(), now, secret);
        assert_eq!(world.send(request).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(counts(&world, id).await, [(InboundOutcome::NoSecret, 2)]);
    let rotate = RotateConnection { secret: format!(" {SECRET}\n"), overlap: None };
    let view = world.app.rotate_connection(&world.caller, id, rotate).await.unwrap();
    assert!(view.has_secret && view.previous_until.is_none());
    assert_eq!(world.send(world.stripe(id, &paid)).await, StatusCode::OK, "spaces are dropped");
}

#[tokio::test]
async fn two_secrets_are_accepted_during_a_rotation_and_a_third_waits() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let now = || world.clock.now().as_unix_seconds();
    let new = "whsec_the_new_one_of_stripe";
    let rotate = |secret: &str, overlap: Option<u64>| {
        let overlap = overlap.map(std::time::Duration::from_secs);
        let rotate = RotateConnection { secret: secret.into(), overlap };
        world.app.rotate_connection(&world.caller, id, rotate)
    };
    rotate(new, Some(3600)).await.unwrap();
    let send = |key: &str, secret: &str| {
        let event = event(key, "customer.created", 1, json!({})).to_string();
        world.send(World::signed_stripe(id, &event, now(), secret))
    };
    assert_eq!(send("evt_1", SECRET).await, StatusCode::ACCEPTED);
    assert_eq!(send("evt_2", new).await, StatusCode::ACCEPTED);
    let third = rotate("whsec_a_third_one_too_early", Some(60)).await.unwrap_err();
    assert_eq!(third.code(), ErrorCode::Conflict);
    world.advance(3600);
    assert_eq!(send("evt_3", SECRET).await, StatusCode::UNAUTHORIZED);
    assert_eq!(send("evt_4", new).await, StatusCode::ACCEPTED);
    rotate("whsec_at_once_and_for_good", Some(0)).await.unwrap();
    assert_eq!(send("evt_5", new).await, StatusCode::UNAUTHORIZED);
    assert_eq!(send("evt_6", "whsec_at_once_and_for_good").await, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn unknown_connections_and_providers_do_not_exist() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    for path in [
        World::path(Provider::Resend, id),
        World::path(Provider::Stripe, "conn_01h455vb4pex5vsknk084sn02q".parse().unwrap()),
        format!("/api/integrations/paypal/webhooks/{id}"),
        "/api/integrations/stripe/webhooks/none".into(),
    ] {
        let request = request(&path, "application/json").body(Body::from("{}")).unwrap();
        assert_eq!(world.send(request).await, StatusCode::NOT_FOUND, "{path}");
    }
    world.app.delete_connection(&world.caller, id).await.unwrap();
    let event = event("evt_1", "customer.created", 1, json!({}));
    assert_eq!(world.send(world.stripe(id, &event)).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_address_beyond_its_rate_is_told_to_wait() {
    let world = World::with(InboundRate { per_second: 1, burst: 2 }).await;
    let id = world.connection(Provider::Stripe).await;
    let event = |key: &str| event(key, "customer.created", 1, json!({}));
    assert_eq!(world.send(world.stripe(id, &event("evt_1"))).await, StatusCode::ACCEPTED);
    assert_eq!(world.send(world.stripe(id, &event("evt_2"))).await, StatusCode::ACCEPTED);
    let third = world.send(world.stripe(id, &event("evt_3"))).await;
    assert_eq!(third, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(world.messages(id).await.len(), 2);
}

/// Twilio signs the URL that is configured; where a request says that it goes does not matter.
#[tokio::test]
async fn twilio_is_verified_by_the_configured_url() {
    let world = World::new().await;
    let id = world.connection(Provider::Twilio).await;
    let fields = |account: &'static str| {
        [("AccountSid", account), ("MessageSid", "SM1"), ("MessageStatus", "sent"), ("To", "+1")]
    };
    assert_eq!(world.send(world.twilio(id, &fields(ACCOUNT))).await, StatusCode::OK);
    let other = world.send(world.twilio(id, &fields("AC99"))).await;
    assert_eq!(other, StatusCode::BAD_REQUEST);
    let (mut parts, body) = world.twilio(id, &fields(ACCOUNT)).into_parts();
    parts.uri = format!("{}&x=1", parts.uri).parse().unwrap();
    let changed = world.send(http::Request::from_parts(parts, body)).await;
    assert_eq!(changed, StatusCode::UNAUTHORIZED, "the query is signed");
    let expected = [
        (InboundOutcome::Accepted, 1),
        (InboundOutcome::BadSignature, 1),
        (InboundOutcome::WrongAccount, 1),
    ];
    assert_eq!(counts(&world, id).await, expected);
}

#[tokio::test]
async fn connections_are_judged_and_belong_to_one_organization() {
    let world = World::new().await;
    let stranger = world.stranger().await;
    let id = world.connection(Provider::Twilio).await;
    let missing = world.app.connection(&stranger, id).await.unwrap_err();
    assert_eq!(missing.code(), ErrorCode::NotFound);
    let missing = world.app.delete_connection(&stranger, id).await.unwrap_err();
    assert_eq!(missing.code(), ErrorCode::NotFound);
    assert_eq!(world.app.connections(&stranger).await.unwrap(), []);
    let new = |provider, change: &dyn Fn(&mut fanfare_app::NewConnection)| {
        let mut new = fanfare_app::NewConnection {
            provider,
            name: "a".into(),
            secret: None,
            account: None,
            public_url: None,
            livemode: None,
        };
        change(&mut new);
        let (app, caller) = (world.app.clone(), world.caller);
        async move { app.create_connection(&caller, new).await }
    };
    let fields = |error: fanfare_app::AppError| -> Vec<String> {
        error.details().iter().map(|detail| detail.field.clone()).collect()
    };
    let error = new(Provider::Twilio, &|_| ()).await.unwrap_err();
    assert_eq!(fields(error), ["account", "publicUrl"]);
    let error = new(Provider::Stripe, &|new| {
        new.name = " ".into();
        new.account = Some("AC1".into());
        new.secret = Some("short".into());
    });
    assert_eq!(fields(error.await.unwrap_err()), ["name", "secret", "account"]);
    let error = new(Provider::Resend, &|new| {
        new.secret = Some("whsec_not base64 at all".into());
        new.livemode = Some(true);
    });
    assert_eq!(fields(error.await.unwrap_err()), ["secret", "livemode"]);
    let stripe = new(Provider::Stripe, &|_| ()).await.unwrap();
    assert_eq!(stripe.connection.livemode, Some(true), "the default is the safe one");
    assert!(!stripe.has_secret);
}
