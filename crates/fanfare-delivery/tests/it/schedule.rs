//! Six attempts, the seed's waits between them, then failed, marked and told, once.

use std::time::Duration;

use fanfare_model::{Clock, DeliveryStatus, ErrorClass, WebhookStatus};
use fanfare_store::{NoticeKind, NoticeStore, PageRequest};
use fanfare_testkit::{Answer, Receiver};

use crate::rig::Rig;

const WAITS: [u64; 5] = [60, 300, 1_800, 7_200, 43_200];

#[tokio::test]
async fn six_attempts_never_early_then_failed_marked_and_told_once() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::status(500));
    let webhook = rig.webhook(&receiver.url("/hook"), |_| {}).await;
    rig.publish(1).await;

    for (made, wait) in WAITS.iter().enumerate() {
        let made = made as u8 + 1;
        let delivery = rig.only(webhook, |delivery| delivery.attempts == made).await;
        assert_eq!(delivery.status, DeliveryStatus::Pending);
        let due = delivery.next_attempt_at.unwrap();
        let waits = due.since(rig.clock.now());
        assert!(waits >= Duration::from_secs(*wait), "{waits:?} before attempt {}", made + 1);
        assert!(waits <= Duration::from_secs(*wait).mul_f64(1.1), "{waits:?}");
        rig.clock.set(due);
    }
    let delivery = rig.only(webhook, |delivery| delivery.attempts == 6).await;
    assert_eq!(delivery.status, DeliveryStatus::Failed);
    assert_eq!(delivery.next_attempt_at, None);
    assert_eq!(receiver.count(), 6);

    let detail = rig.detail(delivery.id).await;
    assert_eq!(detail.attempts.len(), 6);
    for (pair, wait) in detail.attempts.windows(2).zip(WAITS) {
        let between = pair[1].started_at.since(pair[0].started_at);
        assert!(between >= Duration::from_secs(wait), "never early: {between:?}");
        assert_eq!(pair[1].number, pair[0].number + 1);
        assert_eq!(pair[0].error_class, Some(ErrorClass::Http5xx));
        assert_eq!(pair[0].status_code, Some(500));
    }
    assert_eq!(rig.current(webhook).await.status, WebhookStatus::Failed);
    let notices = rig.store.notices(rig.organization, PageRequest::default()).await.unwrap();
    assert_eq!(notices.items.len(), 1, "exactly one notice");
    assert_eq!(notices.items[0].webhook_id, webhook);
    let kind = notices.items[0].kind;
    assert!(
        matches!(kind, NoticeKind::DeliveryFailed { delivery_id, .. } if delivery_id == delivery.id)
    );
}

#[tokio::test]
async fn a_failed_webhook_is_still_served_and_its_first_success_makes_it_active() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::status(500));
    let webhook = rig.webhook(&receiver.url("/hook"), |_| {}).await;
    rig.publish(1).await;
    for made in 1..6 {
        let delivery = rig.only(webhook, |delivery| delivery.attempts == made).await;
        rig.clock.set(delivery.next_attempt_at.unwrap());
    }
    rig.only(webhook, |delivery| delivery.status == DeliveryStatus::Failed).await;
    assert_eq!(rig.current(webhook).await.status, WebhookStatus::Failed);

    receiver.always(Answer::OK);
    rig.publish(1).await;
    crate::rig::until("it is active", async || {
        let now = rig.current(webhook).await;
        (now.status == WebhookStatus::Active && now.failing_since.is_none()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn retry_after_lengthens_the_wait() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::too_many(600));
    let webhook = rig.webhook(&receiver.url("/hook"), |_| {}).await;
    rig.publish(1).await;
    let delivery = rig.only(webhook, |delivery| delivery.attempts == 1).await;
    let waits = delivery.next_attempt_at.unwrap().since(rig.clock.now());
    assert_eq!(waits, Duration::from_secs(600));
}

#[tokio::test]
async fn retry_after_never_shortens_it() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::too_many(1));
    let webhook = rig.webhook(&receiver.url("/hook"), |_| {}).await;
    rig.publish(1).await;
    let delivery = rig.only(webhook, |delivery| delivery.attempts == 1).await;
    let waits = delivery.next_attempt_at.unwrap().since(rig.clock.now());
    assert!(waits >= Duration::from_secs(60), "{waits:?}");
}
