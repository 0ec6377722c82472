//! What became of an event, webhook by webhook.

use std::time::Duration;

use fanfare_app::{ErrorCode, NotDelivered, ResendEvent, UpdateWebhook};
use fanfare_model::{DeliveryStatus, EventType, EventTypes, WebhookCommand};
use fanfare_store::{EventFilter, Order, PageRequest};

use crate::world::{World, code, strings};

#[tokio::test]
async fn an_event_says_why_each_webhook_got_it_or_not() {
    let world = World::new().await;
    let got = world.webhook(&["order.*"]).await;
    let not_subscribed = world.webhook(&["consumer.*"]).await;
    let disabled = world.webhook(&["*"]).await;
    let tell = |id, command| world.app.command_webhook(&world.caller, id, command);
    tell(disabled, WebhookCommand::Disable).await.unwrap();
    let changed = world.webhook(&["consumer.*"]).await;
    world.advance(Duration::from_secs(1));
    let receipt = world.publish(EventType::OrderPaid).await;
    world.attempt_all(200).await;
    world.advance(Duration::from_secs(1));
    let later = world.webhook(&["*"]).await;
    let events = Some(strings(&["*"]));
    let update = UpdateWebhook { events, ..UpdateWebhook::default() };
    world.app.update_webhook(&world.caller, changed, update).await.unwrap();

    let view = world.app.event(&world.caller, receipt.id).await.unwrap();
    let reason = |id| {
        let outcome = view.outcomes.iter().find(|outcome| outcome.webhook_id == id).unwrap();
        (outcome.deliveries.len(), outcome.not_delivered)
    };
    assert_eq!(reason(got), (1, None));
    assert_eq!(view.outcomes[0].deliveries[0].status, DeliveryStatus::Succeeded);
    assert_eq!(reason(not_subscribed), (0, Some(NotDelivered::NotSubscribed)));
    assert_eq!(reason(disabled), (0, Some(NotDelivered::Disabled)));
    assert_eq!(reason(later), (0, Some(NotDelivered::CreatedLater)));
    assert_eq!(reason(changed), (0, Some(NotDelivered::ChangedSince)));
    assert_eq!(view.outcomes.len(), 5);

    world.app.delete_webhook(&world.caller, got).await.unwrap();
    let view = world.app.event(&world.caller, receipt.id).await.unwrap();
    let outcome = &view.outcomes[0];
    assert!(outcome.webhook_id == got && outcome.webhook.is_none());
    assert_eq!(outcome.deliveries.len(), 1, "deliveries outlive their webhook");
}

#[tokio::test]
async fn events_are_listed_by_type_and_time() {
    let world = World::new().await;
    let first = world.publish(EventType::OrderPaid).await;
    world.advance(Duration::from_secs(10));
    let second = world.publish(EventType::OrderCreated).await;
    let list = async |filter, order| {
        let page = PageRequest { order, ..PageRequest::default() };
        let page = world.app.events(&world.caller, filter, page).await.unwrap();
        page.items.into_iter().map(|event| event.summary.id).collect::<Vec<_>>()
    };
    let all = EventFilter::default();
    assert_eq!(list(all, Order::Descending).await, [second.id, first.id]);
    assert_eq!(list(all, Order::Ascending).await, [first.id, second.id]);
    let paid = EventFilter { types: EventTypes::only(EventType::OrderPaid), ..all };
    assert_eq!(list(paid, Order::Descending).await, [first.id]);
    let since = EventFilter { since: Some(second.timestamp), ..all };
    assert_eq!(list(since, Order::Descending).await, [second.id]);
    let until = EventFilter { until: Some(second.timestamp), ..all };
    assert_eq!(list(until, Order::Descending).await, [first.id]);
}

#[tokio::test]
async fn an_unknown_event_is_not_found() {
    let world = World::new().await;
    let unknown = world.app.event(&world.caller, world.ids.next()).await;
    assert_eq!(code(unknown), ErrorCode::NotFound);
}

#[tokio::test]
async fn an_event_is_sent_again_to_those_it_failed_at() {
    let world = World::new().await;
    let [first, second, gone] = [
        world.webhook(&["order.*"]).await,
        world.webhook(&["*"]).await,
        world.webhook(&["*"]).await,
    ];
    let strange = world.webhook(&["consumer.*"]).await;
    let id = world.publish(EventType::OrderPaid).await.id;
    for _ in 0..6 {
        world.attempt_all(500).await;
        world.advance(Duration::from_secs(24 * 3_600));
    }
    world.app.delete_webhook(&world.caller, gone).await.unwrap();
    let resend = |which| world.app.resend_event(&world.caller, id, which);
    let made = resend(ResendEvent::Failed).await.unwrap();
    let webhooks: Vec<_> = made.iter().map(|delivery| delivery.webhook_id).collect();
    assert_eq!(webhooks, [first, second], "the deleted one is left out");
    world.attempt_all(200).await;
    assert_eq!(resend(ResendEvent::Failed).await.unwrap(), [], "nothing failed last");
    assert_eq!(resend(ResendEvent::To(second)).await.unwrap().len(), 1);
    assert_eq!(code(resend(ResendEvent::To(strange)).await), ErrorCode::NotFound);
    assert_eq!(code(resend(ResendEvent::To(gone)).await), ErrorCode::Conflict);
    let unknown = world.app.resend_event(&world.caller, world.ids.next(), ResendEvent::Failed);
    assert_eq!(code(unknown.await), ErrorCode::NotFound);
}
