//! Settings → Integrations → Webhooks.

use http::StatusCode;

use crate::world::{Browser, HOME, PASSWORD, URL, World};

#[tokio::test]
async fn a_webhook_is_added_with_the_three_fields() {
    let world = World::new().await;
    let empty = world.get(&world.owner, HOME).await;
    empty.has("No webhooks yet");
    empty.has("Add Webhook");
    let form = world.get(&world.owner, &format!("{HOME}/new")).await;
    for label in ["Endpoint URL", "Events to subscribe", "Secret for signature verification"] {
        form.has(label);
    }
    let fields = [("url", URL), ("events", "order.*"), ("events", "consumer.created")];
    let added = world.post(&world.owner, HOME, &fields).await;
    assert_eq!(added.status, StatusCode::OK);
    added.has("whsec_");
    added.has("shown once");
    let list = world.get(&world.owner, HOME).await;
    list.has(URL);
    list.has("5 types");
    list.has_not("whsec_");
}

#[tokio::test]
async fn an_own_secret_is_not_shown_again() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    for tab in ["", "/settings", "/signing", "/metrics", "/test", "/activity"] {
        let page = world.get(&world.owner, &format!("{HOME}/{webhook}{tab}")).await;
        page.page();
        page.has_not("whsec_your_secret_key");
    }
}

#[tokio::test]
async fn a_form_with_complaints_keeps_what_was_typed() {
    let world = World::new().await;
    let fields = [
        ("url", "ftp://nowhere"),
        ("events", "order.*"),
        ("secret", "short"),
        ("headers", "no colon here"),
    ];
    let refused = world.post(&world.owner, HOME, &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    refused.has("id=\"headers-error\"");
    let fields = [("url", "ftp://nowhere"), ("events", "order.*"), ("secret", "short")];
    let refused = world.post(&world.owner, HOME, &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    for text in [
        "id=\"url-error\"",
        "id=\"secret-error\"",
        "value=\"ftp://nowhere\"",
        "value=\"order.*\" checked",
    ] {
        refused.has(text);
    }
    world.get(&world.owner, HOME).await.has("No webhooks yet");
}

#[tokio::test]
async fn buttons_that_only_look_change_nothing() {
    let world = World::new().await;
    let fields = [("url", URL), ("events", "order.*"), ("find", "payment"), ("step", "find")];
    let found = world.post(&world.owner, HOME, &fields).await;
    found.page();
    found.has("data-tree-leaf=\"consumer.created New consumer registered\" hidden");
    found.has("value=\"order.*\" checked");
    let fields = [("url", "https://unknown.example/x"), ("events", "*"), ("step", "check")];
    let checked = world.post(&world.owner, HOME, &fields).await;
    checked.has("Names ending in .example cannot be reached from the internet");
    world.get(&world.owner, HOME).await.has("No webhooks yet");
}

#[tokio::test]
async fn what_a_webhook_is_told_is_told_on_the_next_page() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let home = format!("{HOME}/{webhook}");
    let paused =
        world.post(&world.owner, &format!("{home}/command"), &[("command", "pause")]).await;
    assert_eq!(paused.redirects(), home);
    let flash = paused.cookie("__Host-fanfare_flash").unwrap();
    let session = format!("{}; __Host-fanfare_flash={flash}", world.owner.session);
    let told = world.get(&Browser { session, ..world.owner.clone() }, &home).await;
    told.has("Paused. Deliveries are made and wait.");
    assert_eq!(told.cookie("__Host-fanfare_flash").as_deref(), Some(""), "shown once");
    told.has("value=\"resume\"");
    told.has_not("value=\"pause\"");
    // What the status does not allow is told, too, and changes nothing.
    let refused =
        world.post(&world.owner, &format!("{home}/command"), &[("command", "enable")]).await;
    assert_eq!(refused.redirects(), home);
    world.get(&world.owner, &home).await.has("badge warn");
}

#[tokio::test]
async fn deleting_asks_first() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let path = format!("{HOME}/{webhook}/delete");
    let asked = world.get(&world.owner, &path).await;
    asked.has("This cannot be taken back.");
    assert_eq!(world.post(&world.owner, &path, &[]).await.redirects(), HOME);
    assert_eq!(world.get(&world.owner, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn settings_change_only_what_differs() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let tab = format!("{HOME}/{webhook}/settings");
    let fields = [
        ("url", URL),
        ("events", "order.paid"),
        ("description", "the shop's <main> system"),
        ("headers", "X-Shop: main\r\n"),
        ("maxInFlight", "8"),
        ("rateLimit", "50"),
    ];
    assert_eq!(world.post(&world.owner, &tab, &fields).await.redirects(), tab);
    let page = world.get(&world.owner, &tab).await;
    for text in ["x-shop: main", "value=\"8\"", "value=\"50\"", "value=\"order.paid\" checked"] {
        page.has(text);
    }
    page.has("the shop&#39;s &#60;main&#62; system");
    page.has_not("<main> system");
}

#[tokio::test]
async fn a_secret_is_revealed_with_the_password_and_told() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let path = format!("{HOME}/{webhook}/reveal");
    let wrong = world.post(&world.owner, &path, &[("password", "not this one")]).await;
    assert_eq!(wrong.redirects(), format!("{HOME}/{webhook}/signing"));
    let shown = world.post(&world.owner, &path, &[("password", PASSWORD)]).await;
    shown.page();
    shown.has("whsec_your_secret_key");
    let activity = world.get(&world.owner, &format!("{HOME}/{webhook}/activity")).await;
    activity.has("Webhook secret revealed.");
}

#[tokio::test]
async fn a_rotation_overlaps_until_it_is_switched() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let home = format!("{HOME}/{webhook}");
    let rotated = world.post(&world.owner, &format!("{home}/rotate"), &[("overlap", "3600")]).await;
    rotated.page();
    rotated.has("shown once");
    let signing = world.get(&world.owner, &format!("{home}/signing")).await;
    signing.has("Two secrets are alive");
    signing.has("in 1 h");
    let switched = world.post(&world.owner, &format!("{home}/switch"), &[]).await;
    switched.redirects();
    let signing = world.get(&world.owner, &format!("{home}/signing")).await;
    signing.has_not("Sign with the new secret now");
}

#[tokio::test]
async fn what_failed_is_recovered_by_a_job() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    world.delivery(webhook).await;
    world.attempt(500, b"down").await;
    let path = format!("{HOME}/{webhook}/recover");
    let asked = world.post(&world.owner, &path, &[("hours", "1")]).await;
    asked.page();
    asked.has("1 delivery made since");
    let since =
        asked.body.split("name=\"since\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let begun = world.post(&world.owner, &path, &[("since", since)]).await;
    let job = begun.redirects().to_owned();
    assert!(job.starts_with("/jobs/job_"), "{job}");
    world.get(&world.owner, &job).await.has("Running");
    assert_eq!(world.post(&world.owner, &format!("{job}/cancel"), &[]).await.redirects(), job);
    world.get(&world.owner, &job).await.has("Stopped");
}
