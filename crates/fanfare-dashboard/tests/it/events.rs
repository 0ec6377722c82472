//! Events: the list, one with what became of it, sending it again; the catalogue.

use std::time::Duration;

use fanfare_app::{EventInput, Published};
use fanfare_model::catalogue::example_data;
use fanfare_model::{EventId, EventType, Role};
use http::StatusCode;
use serde_json::json;

use crate::world::{HOME, World};

impl World {
    async fn publish(&self, event_type: EventType) -> EventId {
        let data = example_data(event_type);
        let input = EventInput { event_type: event_type.as_str(), data: &data };
        match self.app.publish(&self.caller().await, input, None).await.unwrap() {
            Published::Now { receipt, .. } => receipt.id,
            _ => panic!("it has no key"),
        }
    }

    async fn webhook_for(&self, events: &str) -> String {
        let fields = [
            ("url", "https://hooks.example.com/some"),
            ("events", events),
            ("secret", "whsec_your_secret_key"),
        ];
        let added = self.post(&self.owner, HOME, &fields).await;
        let place = added.redirects().strip_prefix(&format!("{HOME}/")).unwrap();
        place.split('/').next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn the_list_is_narrowed_by_type_and_time_and_finds_an_id() {
    let world = World::new().await;
    world.get(&world.owner, "/events").await.has("No events yet");
    let paid = world.publish(EventType::OrderPaid).await;
    for _ in 0..4 {
        // Not so long at once that the session would end.
        world.clock.advance(Duration::from_secs(20 * 60));
        world.get(&world.owner, "/events").await.page();
    }
    let created = world.publish(EventType::ConsumerCreated).await;
    let list = world.get(&world.owner, "/events").await;
    let at = |id: EventId| list.page().find(&format!("data-row=\"{id}\"")).unwrap();
    assert!(at(created) < at(paid), "newest first");
    let of_type = world.get(&world.owner, "/events?type=order.paid").await;
    of_type.has(&format!("data-row=\"{paid}\""));
    of_type.has_not(&format!("data-row=\"{created}\""));
    of_type.has("value=\"order.paid\" selected");
    let late = world.get(&world.owner, "/events?range=1h").await;
    late.has(&format!("data-row=\"{created}\""));
    late.has_not(&format!("data-row=\"{paid}\""));
    let none = world.get(&world.owner, "/events?type=order.cancelled").await;
    none.has_not("data-row");
    none.has_not("No events yet");
    let found = world.get(&world.owner, &format!("/events?id={paid}")).await;
    assert_eq!(found.redirects(), format!("/events/{paid}"));
    let lost = world.get(&world.owner, "/events?id=%22%3Enonsense").await;
    lost.page();
    lost.has("value=\"&#34;&#62;nonsense\"");
    lost.has("id=\"id-error\"");
}

#[tokio::test]
async fn pages_of_events_keep_the_filter() {
    let world = World::new().await;
    for _ in 0..30 {
        world.publish(EventType::OrderPaid).await;
        world.publish(EventType::ConsumerCreated).await;
    }
    let first = world.get(&world.owner, "/events?type=order.paid").await;
    assert_eq!(first.page().matches("data-row=").count(), 25);
    let end = first.page().find("\" rel=\"next\"").unwrap();
    let begin = first.page()[..end].rfind('"').unwrap() + 1;
    let older = first.page()[begin..end].replace("&#38;", "&");
    assert!(older.starts_with("/events?type=order.paid&after=wh_evt_"), "{older}");
    let second = world.get(&world.owner, &older).await;
    assert_eq!(second.page().matches("data-row=").count(), 5);
    second.has_not(">consumer.created</a>");
}

#[tokio::test]
async fn an_event_says_what_became_of_it_for_each_webhook() {
    let world = World::new().await;
    let failing = world.webhook().await;
    let other = world.webhook_for("consumer.*").await;
    let disabled = world.webhook_for("order.paid").await;
    let path = format!("{HOME}/{disabled}/command");
    world.post(&world.owner, &path, &[("command", "disable")]).await.redirects();
    world.clock.advance(Duration::from_secs(1));
    let event = world.publish(EventType::OrderPaid).await;
    world.clock.advance(Duration::from_secs(1));
    let late = world.webhook_for("*").await;
    world.attempt(500, b"down").await;
    let page = world.get(&world.owner, &format!("/events/{event}")).await;
    page.page();
    let row = |webhook: &str| {
        let begin = page.body.find(&format!("{HOME}/{webhook}\"")).unwrap();
        page.body[begin..].split("</tr>").next().unwrap().to_owned()
    };
    assert!(row(&failing.to_string()).contains("Failed"));
    assert!(row(&other).contains("does not subscribe"), "{}", row(&other));
    assert!(row(&disabled).contains("was disabled at that time"), "{}", row(&disabled));
    assert!(row(&late).contains("created after the event"), "{}", row(&late));
    for text in ["Resend to failed (1)", "Payload", "order_id", "curl -X POST"] {
        page.has(text);
    }
    let file = world.get(&world.owner, &format!("/events/{event}/body")).await;
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(file.headers["content-security-policy"], "default-src 'none'; sandbox");
    let body: serde_json::Value = serde_json::from_str(&file.body).unwrap();
    assert_eq!(body["id"], json!(event));

    let path = format!("/events/{event}/resend");
    let done = world.follow(&world.owner, &path, &[("which", "failed")]).await;
    done.has("The event is sent again to 1 webhook.");
    world.attempt(200, b"").await;
    let page = world.get(&world.owner, &format!("/events/{event}")).await;
    page.has_not("Resend to failed");
    let none = world.follow(&world.owner, &path, &[("which", "failed")]).await;
    none.has("There was nothing to send again");
    let one = failing.to_string();
    world.follow(&world.owner, &path, &[("which", &one)]).await.has("sent again to 1 webhook");
    world.attempt(500, b"down").await;
    let never = world.post(&world.owner, &path, &[("which", &disabled)]).await;
    assert_eq!(never.status, StatusCode::NOT_FOUND, "it never had the event");
    let command = format!("{HOME}/{failing}/command");
    world.post(&world.owner, &command, &[("command", "disable")]).await.redirects();
    let refused = world.follow(&world.owner, &path, &[("which", &one)]).await;
    refused.has("class=\"flash bad\"");
    refused.has_not("Resend to failed");
    let unknown = world.post(&world.owner, &path, &[("which", "whk_nothing")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_event_of_others_is_not_there() {
    let world = World::new().await;
    let event = world.publish(EventType::OrderPaid).await;
    let stranger = world.stranger().await;
    for path in [format!("/events/{event}"), format!("/events/{event}/body")] {
        assert_eq!(world.get(&stranger, &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let path = format!("/events/{event}/resend");
    let resent = world.post(&stranger, &path, &[("which", "failed")]).await;
    assert_eq!(resent.status, StatusCode::NOT_FOUND);
    let editor = world.member(Role::Editor).await;
    let seen = world.get(&editor, &format!("/events/{event}")).await;
    seen.page();
    seen.has_not("/resend\"");
}

#[tokio::test]
async fn the_catalogue_has_every_type() {
    let world = World::new().await;
    let all = world.get(&world.owner, "/event-types").await;
    for event_type in EventType::ALL {
        all.has(&format!("href=\"/event-types/{}\"", event_type.as_str()));
        let one = world.get(&world.owner, &format!("/event-types/{}", event_type.as_str())).await;
        one.page();
        one.has(event_type.description());
    }
    let unknown = world.get(&world.owner, "/event-types/order.lost").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
