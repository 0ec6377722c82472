//! What a receiver gets: headers, signatures, the same bytes on every attempt.

use std::time::Duration;

use fanfare_model::Clock;
use fanfare_signing::{Secret, StandardMessage, verify_fanfare, verify_standard};
use fanfare_store::{CustomHeader, PreviousSecret, WebhookStore};
use fanfare_testkit::{Answer, Received, Receiver};

use crate::rig::{Rig, SECRET};

fn verifies(request: &Received, secret: &str) -> (bool, bool) {
    let secret = Secret::parse(secret).unwrap();
    let header = |name| request.header(name).map(str::as_bytes);
    let fanfare = verify_fanfare(&request.body, header("x-fanfare-signature"), &[&secret]);
    let message = StandardMessage {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: &request.body,
    };
    let now = request.header("x-fanfare-timestamp").unwrap().parse().unwrap();
    (fanfare.is_ok(), verify_standard(&message, &[&secret], now, 300).is_ok())
}

#[tokio::test]
async fn the_request_is_the_contract() {
    let rig = Rig::start().await;
    let receiver = Receiver::start();
    let headers = vec![CustomHeader { name: "x-shop".to_owned(), value: "7".to_owned() }];
    let webhook = rig.webhook(&receiver.url("/a/b?c=d"), |webhook| webhook.headers = headers).await;
    let event = rig.publish(1).await[0];
    let request = receiver.wait_for(1).await.remove(0);
    let delivery = rig.only(webhook, |delivery| delivery.attempts == 1).await;

    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/a/b?c=d"));
    let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "no header twice: {names:?}");
    let timestamp = rig.clock.now().as_unix_seconds().to_string();
    let expected = [
        ("host", receiver.addr().to_string()),
        ("content-type", "application/json".to_owned()),
        ("content-length", request.body.len().to_string()),
        ("user-agent", format!("Fanfare-Webhooks/{}", env!("CARGO_PKG_VERSION"))),
        ("x-fanfare-event", "order.paid".to_owned()),
        ("x-fanfare-delivery-id", delivery.id.to_string()),
        ("x-fanfare-webhook-id", webhook.to_string()),
        ("x-fanfare-retry-count", "0".to_owned()),
        ("x-fanfare-original-time", rig.clock.now().to_string()),
        ("x-fanfare-timestamp", timestamp.clone()),
        ("webhook-id", event.to_string()),
        ("webhook-timestamp", timestamp),
        ("x-shop", "7".to_owned()),
    ];
    for (name, value) in expected {
        assert_eq!(request.header(name), Some(value.as_str()), "{name}");
    }
    assert_eq!(request.header("x-fanfare-test"), None);
    assert_eq!(verifies(&request, SECRET), (true, true));
    assert_eq!(verifies(&request, "whsec_another_secret"), (false, false));
    assert!(request.text().starts_with(&format!("{{\"id\":\"{event}\",\"type\":\"order.paid\"")));
}

#[tokio::test]
async fn every_attempt_has_the_same_body_and_its_own_time() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::status(503));
    let webhook = rig.webhook(&receiver.url("/"), |_| {}).await;
    rig.publish(1).await;
    let first = rig.only(webhook, |delivery| delivery.attempts == 1).await;
    rig.clock.set(first.next_attempt_at.unwrap());
    rig.only(webhook, |delivery| delivery.attempts == 2).await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    let of = |name| (requests[0].header(name), requests[1].header(name));
    let (before, after) = of("x-fanfare-timestamp");
    assert_ne!(before, after);
    assert_eq!(of("webhook-id").0, of("webhook-id").1);
    assert_eq!(of("x-fanfare-delivery-id").0, of("x-fanfare-delivery-id").1);
    assert_eq!(of("x-fanfare-retry-count"), (Some("0"), Some("1")));
    assert!(requests.iter().all(|request| verifies(request, SECRET) == (true, true)));
}

#[tokio::test]
async fn a_free_text_secret_signs_the_seeds_header_alone() {
    let rig = Rig::start().await;
    let receiver = Receiver::start();
    let id = rig.webhook(&receiver.url("/"), |_| {}).await;
    let sealed = rig.seal(id, "whsec_your_secret_key");
    let edit = move |webhook: &mut fanfare_store::Webhook| {
        webhook.secret = sealed.clone();
        Ok(())
    };
    let now = rig.clock.now();
    rig.store.modify_webhook(rig.organization, id, now, Box::new(edit), None).await.unwrap();
    rig.publish(1).await;
    let request = receiver.wait_for(1).await.remove(0);
    assert!(verifies(&request, "whsec_your_secret_key").0);
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        assert_eq!(request.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn during_a_rotation_both_secrets_verify_and_then_only_the_new_one() {
    const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let rig = Rig::start().await;
    let receiver = Receiver::start();
    let id = rig.webhook(&receiver.url("/"), |_| {}).await;
    let (new, old) = (rig.seal(id, NEW), rig.seal(id, SECRET));
    let until = rig.clock.now() + Duration::from_secs(3_600);
    let edit = move |webhook: &mut fanfare_store::Webhook| {
        webhook.secret = new.clone();
        let secret = old.clone();
        webhook.previous_secret = Some(PreviousSecret { secret, until, signs_fanfare: true });
        Ok(())
    };
    let now = rig.clock.now();
    rig.store.modify_webhook(rig.organization, id, now, Box::new(edit), None).await.unwrap();

    rig.publish(1).await;
    let during = receiver.wait_for(1).await.remove(0);
    assert_eq!(verifies(&during, SECRET), (true, true), "a receiver with the old one");
    assert_eq!(verifies(&during, NEW), (false, true), "a receiver with the new one");
    rig.clock.set(until);
    rig.publish(1).await;
    let after = receiver.wait_for(2).await.remove(1);
    assert_eq!(verifies(&after, SECRET), (false, false));
    assert_eq!(verifies(&after, NEW), (true, true));
}
