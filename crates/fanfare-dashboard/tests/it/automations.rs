//! Settings → Integrations → Automations, and the channels of webhooks.

use fanfare_app::{CreateWebhook, automation_scopes};
use fanfare_model::{Role, Scopes, WebhookChannel, WebhookId};
use fanfare_store::PageRequest;
use http::StatusCode;

use crate::world::{HOME, URL, World};

const PAGE: &str = "/settings/integrations/automations";

async fn subscribed(world: &World, channel: WebhookChannel, url: &str) -> WebhookId {
    let new = CreateWebhook {
        channel,
        url: url.to_owned(),
        events: vec!["order.*".to_owned()],
        secret: None,
        description: None,
        headers: Vec::new(),
        max_in_flight: None,
        rate_limit: None,
    };
    let made = world.app.create_webhook(&world.caller().await, new).await.unwrap();
    made.view.webhook.id
}

#[tokio::test]
async fn a_key_for_a_platform_has_exactly_what_it_needs_and_is_shown_once() {
    let world = World::new().await;
    for channel in WebhookChannel::ALL.iter().filter(|channel| channel.is_automation()) {
        let made = world.post(&world.owner, &format!("{PAGE}/{channel}/key"), &[]).await;
        assert_eq!(made.status, StatusCode::CREATED);
        made.has("sk_live_");
        let page = PageRequest::default();
        let keys = world.app.keys(&world.caller().await, page).await.unwrap().items;
        let key = keys.iter().find(|key| key.name == channel.as_str()).unwrap();
        assert_eq!(Some(key.scopes), automation_scopes(*channel));
        assert_ne!(key.scopes, Scopes::KEYS);
    }
    world.get(&world.owner, PAGE).await.has_not("sk_live_");
    for channel in ["dashboard", "api", "ifttt"] {
        let none = world.post(&world.owner, &format!("{PAGE}/{channel}/key"), &[]).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "{channel}");
    }
}

#[tokio::test]
async fn the_page_names_packages_and_counts_webhooks_by_channel() {
    let world = World::new().await;
    subscribed(&world, WebhookChannel::N8n, URL).await;
    subscribed(&world, WebhookChannel::N8n, "https://hooks.example.com/second").await;
    let page = world.get(&world.owner, PAGE).await;
    for text in ["n8n-nodes-fanfare", "fanfare-zapier", "fanfare-pipedream", "2 webhooks"] {
        page.has(text);
    }
    page.has(&format!("href=\"{HOME}?channel=n8n\""));
    assert_eq!(page.body.matches("0 webhooks").count(), 3);
}

#[tokio::test]
async fn who_may_make_no_keys_sees_no_button() {
    let world = World::new().await;
    let member = world.member(Role::Editor).await;
    let page = world.get(&member, PAGE).await;
    page.page();
    page.has_not("Create key for");
    let refused = world.post(&member, &format!("{PAGE}/n8n/key"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn webhooks_show_their_channel_and_are_filtered_by_it() {
    let world = World::new().await;
    world.webhook().await;
    let zap = subscribed(&world, WebhookChannel::Zapier, "https://hooks.example.com/zap").await;
    let all = world.get(&world.owner, HOME).await;
    assert_eq!(all.body.matches("data-row=\"whk_").count(), 2, "{}", all.body);
    let zaps = world.get(&world.owner, &format!("{HOME}?channel=zapier")).await;
    assert_eq!(zaps.body.matches("data-row=\"whk_").count(), 1);
    zaps.has("https://hooks.example.com/zap");
    zaps.has("<option value=\"zapier\" selected>");
    let page = world.get(&world.owner, &format!("{HOME}/{zap}")).await;
    page.has("Made through Zapier");
}
