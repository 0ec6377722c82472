//! The first page.

use std::time::Duration;

use fanfare_model::Role;
use futures_util::StreamExt as _;
use http::StatusCode;

use crate::world::{Browser, URL, World};

#[tokio::test]
async fn it_begins_with_what_to_do() {
    let world = World::new().await;
    let page = world.get(&world.owner, "/").await;
    page.page();
    for text in ["Begin here", "fanfare simulate", "All webhooks are well.", "Add Webhook"] {
        page.has(text);
    }
    let webhook = world.webhook().await;
    world.delivery(webhook).await;
    world.get(&world.owner, "/").await.has_not("Begin here");
}

#[tokio::test]
async fn it_says_what_needs_attention_and_since_when() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let delivery = world.delivery(webhook).await;
    world.attempt(500, b"down").await;
    let page = world.get(&world.owner, "/").await;
    for text in [
        "A delivery was given up, none succeeded since.",
        &format!("href=\"/settings/integrations/webhooks/{webhook}\">{URL}"),
        &format!("href=\"/deliveries/{delivery}\""),
        "class=\"value\">0.0 %<",
        "<time datetime=",
    ] {
        page.has(text);
    }
    world.delivery(webhook).await;
    world.attempt(200, b"").await;
    let page = world.get(&world.owner, "/").await;
    page.has("All webhooks are well.");
    page.has("class=\"value\">50.0 %<");
    page.has("aria-current=\"true\">24h<");
    world.get(&world.owner, "/?range=7d").await.has("in the last 7 days");
}

/// The part that changes is sent when it did, and is what the page has.
#[tokio::test]
async fn figures_change_while_it_is_open() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let page = world.get(&world.owner, "/?range=1h").await;
    page.has("data-live=\"/overview/live?range=1h\"");
    let live = world.open(&world.owner, "/overview/live?range=1h").await;
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    let mut parts = live.into_body().into_data_stream();
    let mut next = async || {
        let part = tokio::time::timeout(Duration::from_secs(20), parts.next()).await;
        let part = String::from_utf8(part.unwrap().unwrap().unwrap().to_vec()).unwrap();
        assert!(part.starts_with("event: rows\n"), "{part}");
        part.lines().filter_map(|line| line.strip_prefix("data: ")).collect::<Vec<_>>().join("\n")
    };
    let first = next().await;
    let shown = page.page().split("data-live=\"/overview").nth(1).unwrap();
    let same = |text: &str| text.split_whitespace().collect::<String>();
    assert!(same(shown).contains(&same(&first)), "{first}");
    world.delivery(webhook).await;
    world.attempt(500, b"down").await;
    let second = next().await;
    assert!(second.contains("A delivery was given up"), "{second}");
}

#[tokio::test]
async fn who_sees_no_webhooks_begins_with_launches() {
    let world = World::new().await;
    let viewer = world.member(Role::Viewer).await;
    assert_eq!(world.get(&viewer, "/").await.redirects(), "/experiences");
    assert_eq!(world.get(&viewer, "/overview/live").await.status, StatusCode::FORBIDDEN);
    let nobody = world.get(&Browser::default(), "/").await;
    assert_eq!(nobody.redirects(), "/sign-in");
}
