//! Against a local server that speaks Resend's API.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fanfare_model::MailId;
use fanfare_notify::{Secret, WaySettings, parse_resend_url};
use fanfare_testkit::{Answer, Receiver};
use serde_json::Value;

use crate::world::World;

fn way(receiver: &Receiver) -> WaySettings {
    let url = parse_resend_url(&receiver.url("/")).unwrap();
    WaySettings::Resend { key: Secret::new("re_key".into()), url }
}

#[tokio::test]
async fn a_mail_is_one_request_with_its_id_as_key() {
    let world = World::new().await;
    world.webhook("Warehouse").await;
    world.fail(2).await;
    world.tell().await;
    let receiver = Receiver::answering(Answer::text(200, r#"{"id":"re_123"}"#));
    world.sends(way(&receiver), || receiver.count() > 0).await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.path, "/emails");
    assert_eq!(request.header("authorization"), Some("Bearer re_key"));
    assert!(request.header("idempotency-key").unwrap().starts_with("mail_"));
    let body: Value = serde_json::from_str(request.text()).unwrap();
    assert_eq!(body["from"], "Fanfare <notices@fanfare.example>");
    assert_eq!(body["to"], serde_json::json!(["ada@shop.example"]));
    assert_eq!(body["subject"], "[Müller & Söhne] 2 deliveries to Warehouse given up");
    assert!(body["html"].as_str().unwrap().starts_with("<!doctype html>"));
    assert!(body["text"].as_str().unwrap().contains("Given up: 2 deliveries"));
    let headers = &body["headers"];
    assert_eq!(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    let url = headers["List-Unsubscribe"].as_str().unwrap();
    assert!(url.starts_with("<https://hooks.fanfare.example/unsubscribe?token="), "{url}");
}

/// The answer is lost: the same request comes again, and a server that keeps keys, as Resend does,
/// sends one mail.
#[tokio::test]
async fn what_was_sent_and_not_noted_is_not_sent_twice() {
    let world = World::new().await;
    world.webhook("Warehouse").await;
    world.fail(1).await;
    world.tell().await;
    let receiver = Receiver::start();
    let sent: Arc<Mutex<HashSet<String>>> = Arc::default();
    let kept = sent.clone();
    receiver.by(move |request| {
        let key = request.header("idempotency-key").unwrap().to_owned();
        match kept.lock().unwrap().insert(key) {
            true => Answer::text(502, "the answer was lost"),
            false => Answer::text(200, r#"{"id":"re_123"}"#),
        }
    });
    world.sends(way(&receiver), || receiver.count() == 1).await;
    world.clock.advance(Duration::from_secs(31));
    world.sends(way(&receiver), || receiver.count() == 2).await;
    let requests = receiver.requests();
    assert!(requests[0].text() == requests[1].text(), "the same in every byte");
    assert_eq!(sent.lock().unwrap().len(), 1);
    world.clock.advance(Duration::from_secs(3_600));
    assert!(world.app.claim_mails(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_decide_whether_it_is_tried_again() {
    let world = World::new().await;
    let id = MailId::from_u128(7);
    world.webhook("Warehouse").await;
    for (status, again) in [
        (400, false),
        (401, true),
        (403, true),
        (409, true),
        (422, false),
        (429, true),
        (500, true),
    ] {
        world.fail(1).await;
        world.tell().await;
        let answer = Answer::text(status, r#"{"name":"x","message":"it says why"}"#);
        let receiver = Receiver::answering(answer);
        let notifier = world.notifier(way(&receiver));
        let said = notifier.send_test(id, "ada@shop.example").await.unwrap_err();
        assert_eq!(said, format!("HTTP {status}: it says why"));
        world.sends(way(&receiver), || receiver.count() > 1).await;
        world.clock.advance(Duration::from_secs(3_600));
        let waits = world.app.claim_mails(10).await.unwrap();
        assert_eq!(!waits.is_empty(), again, "{status}");
        for mail in waits {
            world.app.mail_sent(&mail, String::new()).await.unwrap();
        }
        world.clock.advance(Duration::from_secs(3_600));
    }
}

/// A key that Resend knows with another body was sent before: the mail is not tried for a day.
#[tokio::test]
async fn a_mail_that_it_has_in_other_words_was_sent() {
    let world = World::new().await;
    world.webhook("Warehouse").await;
    world.fail(1).await;
    world.tell().await;
    let answer = r#"{"statusCode":409,"name":"invalid_idempotent_request","message":"m"}"#;
    let receiver = Receiver::answering(Answer::text(409, answer));
    world.sends(way(&receiver), || receiver.count() > 0).await;
    world.clock.advance(Duration::from_secs(3_600));
    assert!(world.app.claim_mails(10).await.unwrap().is_empty());
}
