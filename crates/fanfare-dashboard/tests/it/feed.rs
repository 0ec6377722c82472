//! Settings → Integrations → Pull feed.

use std::time::Duration;

use fanfare_app::{EventInput, FeedQuery, FeedReport, ReportedResult};
use fanfare_model::catalogue::example_data;
use fanfare_model::{EventType, EventTypes, Role};
use http::StatusCode;

use crate::world::World;

const PAGE: &str = "/settings/integrations/feed";

#[tokio::test]
async fn a_group_is_created_with_its_secret_shown_once() {
    let world = World::new().await;
    let empty = world.get(&world.owner, PAGE).await;
    empty.has("No groups yet");
    empty.has("fanfare listen");
    let wrong = world.post(&world.owner, PAGE, &[("name", "No <spaces>")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    wrong.has("id=\"name-error\"");
    wrong.has("value=\"No &#60;spaces&#62;\"");
    let made = world.post(&world.owner, PAGE, &[("name", "erp")]).await;
    assert_eq!(made.status, StatusCode::CREATED);
    made.has("whsec_");
    made.has("fanfare listen --group erp");
    let twice = world.post(&world.owner, PAGE, &[("name", "erp")]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    twice.has("Is the name of a group that exists.");
    let place = format!("{PAGE}/erp");
    for path in [PAGE, &place] {
        let page = world.get(&world.owner, path).await;
        page.has("At the end");
        page.has_not("whsec_");
    }
    let rotated = world.post(&world.owner, &format!("{place}/rotate"), &[]).await;
    rotated.page();
    rotated.has("whsec_");
}

#[tokio::test]
async fn a_group_says_how_far_behind_it_is_and_what_it_reported() {
    let world = World::new().await;
    let caller = world.caller().await;
    world.app.create_feed_group(&caller, "erp").await.unwrap();
    world.publish_orders(3).await;
    let place = format!("{PAGE}/erp");
    for path in [PAGE, &place] {
        let page = world.get(&world.owner, path).await;
        page.has("3 events");
        page.has("Never committed");
    }
    let query = FeedQuery {
        group: "erp",
        after: None,
        types: EventTypes::ALL,
        limit: 2,
        wait: Duration::ZERO,
    };
    let batch = world.app.read_feed(&caller, query).await.unwrap();
    let event_id = batch.items[0].event.summary.id;
    let result = ReportedResult {
        event_id,
        status_code: None,
        duration: Duration::from_millis(45),
        error: Some("connection <refused>".into()),
    };
    let report = FeedReport { position: Some(batch.read_to), results: vec![result] };
    world.app.commit_feed(&caller, "erp", report).await.unwrap();
    let page = world.get(&world.owner, &place).await;
    page.has("1 event");
    page.has("connection &#60;refused&#62;");
    page.has(&format!("href=\"/events/{event_id}\""));
    page.has(&batch.read_to.to_string());
    world.get(&world.owner, PAGE).await.has("Behind");
}

#[tokio::test]
async fn removing_a_group_asks_first() {
    let world = World::new().await;
    world.app.create_feed_group(&world.caller().await, "erp").await.unwrap();
    let path = format!("{PAGE}/erp/remove");
    world.get(&world.owner, &path).await.has("This cannot be taken back");
    let gone = world.follow(&world.owner, &path, &[]).await;
    gone.has("is removed.");
    gone.has("No groups yet");
    assert_eq!(world.get(&world.owner, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.post(&world.owner, &path, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_may_only_read_is_offered_nothing_else() {
    let world = World::new().await;
    world.app.create_feed_group(&world.caller().await, "erp").await.unwrap();
    let member = world.member(Role::Editor).await;
    let list = world.get(&member, PAGE).await;
    list.has("erp");
    list.has_not("Create Group");
    let group = world.get(&member, &format!("{PAGE}/erp")).await;
    group.page();
    group.has_not("Remove…");
    group.has_not("Make another secret");
}

impl World {
    /// Publishes so many events.
    async fn publish_orders(&self, count: usize) {
        let caller = self.caller().await;
        for _ in 0..count {
            let data = example_data(EventType::OrderPaid);
            let event = EventInput { event_type: "order.paid", data: &data };
            self.app.publish(&caller, event, None).await.unwrap();
        }
    }
}
