//! Pausing, disabling, 410, cancelling, draining.

use std::time::Duration;

use fanfare_delivery::EngineOptions;
use fanfare_model::{Clock, DeliveryStatus, DisabledReason, WebhookId, WebhookStatus};
use fanfare_store::{
    DeliveryFilter, DeliveryStore, NoticeKind, NoticeStore, PageRequest, WebhookStore,
};
use fanfare_testkit::{Answer, Receiver};

use crate::rig::{Rig, until};

async fn set_status(rig: &Rig, id: WebhookId, status: WebhookStatus) {
    let edit = move |webhook: &mut fanfare_store::Webhook| {
        webhook.status = status;
        webhook.disabled_reason =
            (status == WebhookStatus::Disabled).then_some(DisabledReason::Manual);
        Ok(())
    };
    let now = rig.clock.now();
    rig.store
        .modify_webhook(rig.organization, id, now, Box::new(edit), None)
        .await
        .unwrap()
        .unwrap();
}

fn with_status(webhook: WebhookId, status: DeliveryStatus) -> DeliveryFilter {
    DeliveryFilter { webhook_id: Some(webhook), status: vec![status], ..DeliveryFilter::default() }
}

#[tokio::test]
async fn a_paused_webhook_holds_its_deliveries_and_a_resumed_one_sends_them() {
    let rig = Rig::start().await;
    let receiver = Receiver::start();
    let webhook = rig.webhook(&receiver.url("/"), |_| {}).await;
    let other = rig.webhook(&receiver.url("/other"), |_| {}).await;
    set_status(&rig, webhook, WebhookStatus::Paused).await;
    rig.publish(20).await;
    receiver.wait_for(20).await;
    let delivered = with_status(other, DeliveryStatus::Succeeded);
    until("the other one is served", async || {
        (rig.count(delivered.clone()).await == 20).then_some(())
    })
    .await;
    assert!(receiver.requests().iter().all(|request| request.path == "/other"));
    assert_eq!(rig.count(with_status(webhook, DeliveryStatus::Pending)).await, 20);

    set_status(&rig, webhook, WebhookStatus::Active).await;
    receiver.wait_for(40).await;
    let delivered = with_status(webhook, DeliveryStatus::Succeeded);
    until("all are delivered", async || (rig.count(delivered.clone()).await == 20).then_some(()))
        .await;
}

#[tokio::test]
async fn pausing_takes_back_what_waits_in_memory() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::Hang);
    let webhook = rig.webhook(&receiver.url("/"), |webhook| webhook.max_in_flight = 2).await;
    rig.publish(10).await;
    receiver.wait_for(2).await;
    set_status(&rig, webhook, WebhookStatus::Paused).await;
    until("only what is in flight is held", async || {
        (rig.engine.figures().held == 2).then_some(())
    })
    .await;
    assert_eq!(receiver.count(), 2);
    assert_eq!(rig.count(with_status(webhook, DeliveryStatus::Pending)).await, 10);
}

#[tokio::test]
async fn gone_disables_the_webhook_and_ends_its_deliveries() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::status(410).after(Duration::from_millis(500)));
    let webhook = rig.webhook(&receiver.url("/"), |webhook| webhook.max_in_flight = 1).await;
    rig.publish(10).await;
    until("it is disabled", async || {
        let now = rig.current(webhook).await;
        (now.disabled_reason == Some(DisabledReason::Gone)).then_some(())
    })
    .await;
    until("nothing is pending", async || {
        (rig.count(with_status(webhook, DeliveryStatus::Pending)).await == 0).then_some(())
    })
    .await;
    assert!(rig.count(with_status(webhook, DeliveryStatus::Failed)).await >= 1);
    assert!(rig.count(with_status(webhook, DeliveryStatus::Cancelled)).await >= 8);
    rig.publish(3).await;
    assert_eq!(rig.count(DeliveryFilter::default()).await, 10, "no deliveries are created");
    let notices = rig.store.notices(rig.organization, PageRequest::default()).await.unwrap();
    let kinds: Vec<_> = notices.items.iter().map(|notice| notice.kind).collect();
    assert_eq!(kinds, [NoticeKind::WebhookGone]);
    until("no room is taken", async || (rig.engine.figures().held == 0).then_some(())).await;
}

#[tokio::test]
async fn a_cancelled_delivery_is_not_sent() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::OK.after(Duration::from_millis(300)));
    let webhook = rig.webhook(&receiver.url("/"), |webhook| webhook.max_in_flight = 1).await;
    rig.publish(3).await;
    receiver.wait_for(1).await;
    let waiting = rig.deliveries(webhook).await[2].clone();
    rig.store.cancel(rig.organization, waiting.id, rig.clock.now(), None).await.unwrap().unwrap();
    until("the other two are delivered", async || {
        (rig.count(with_status(webhook, DeliveryStatus::Succeeded)).await == 2).then_some(())
    })
    .await;
    assert_eq!(receiver.count(), 2);
    assert_eq!(rig.count(with_status(webhook, DeliveryStatus::Cancelled)).await, 1);
    until("no room is taken", async || (rig.engine.figures().held == 0).then_some(())).await;
}

#[tokio::test]
async fn draining_lets_requests_finish() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::OK.after(Duration::from_millis(200)));
    let webhook = rig.webhook(&receiver.url("/"), |webhook| webhook.max_in_flight = 4).await;
    rig.publish(10).await;
    receiver.wait_for(4).await;
    rig.engine.drain(Duration::from_secs(10)).await;
    assert_eq!(receiver.count(), 4, "nothing new begins");
    assert_eq!(rig.count(with_status(webhook, DeliveryStatus::Succeeded)).await, 4);
    assert_eq!(rig.count(with_status(webhook, DeliveryStatus::Pending)).await, 6);
    assert_eq!(rig.engine.figures().held, 0);
}

#[tokio::test]
async fn what_does_not_finish_in_the_grace_is_given_back_without_costing_an_attempt() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::Hang);
    let webhook = rig.webhook(&receiver.url("/"), |_| {}).await;
    rig.publish(1).await;
    receiver.wait_for(1).await;
    rig.engine.drain(Duration::from_millis(50)).await;
    let delivery = rig.deliveries(webhook).await.remove(0);
    assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Pending, 0));
    assert_eq!(delivery.next_attempt_at, Some(rig.clock.now()));
    assert_eq!(rig.engine.figures().held, 0);
}

#[tokio::test]
async fn five_days_of_nothing_but_failures_disable_it() {
    let rig = Rig::with(EngineOptions::default()).await;
    let receiver = Receiver::answering(Answer::status(500));
    let webhook = rig.webhook(&receiver.url("/"), |_| {}).await;
    rig.publish(1).await;
    rig.only(webhook, |delivery| delivery.attempts == 1).await;
    rig.clock.advance(Duration::from_secs(5 * 24 * 3_600));
    until("it is disabled", async || {
        let now = rig.current(webhook).await;
        (now.disabled_reason == Some(DisabledReason::Failing)).then_some(())
    })
    .await;
}
