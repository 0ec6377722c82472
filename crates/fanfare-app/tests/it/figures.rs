//! What the dashboard shows: figures, backlogs, what needs attention, checks and explanations.

use std::time::Duration;

use fanfare_app::{
    AttentionReason, ErrorCode, ExplainSignature, Family, Finding, RotateSecret, StatsWindow,
    UrlCheck,
};
use fanfare_model::{EventType, Scope, Scopes, WebhookCommand};

use crate::world::{SECRET, World, create};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn every_window_shows_what_happened() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    for _ in 0..3 {
        world.publish(EventType::OrderPaid).await;
    }
    world.attempt_all(200).await;
    for window in StatsWindow::ALL {
        let stats = world.app.webhook_stats(&world.caller, id, window).await.unwrap();
        assert_eq!(stats.succeeded, 3, "{window:?}");
        assert_eq!(stats.types[&EventType::OrderPaid].succeeded, 3, "{window:?}");
        let all = world.app.organization_stats(&world.caller, window).await.unwrap();
        assert_eq!((all.accepted, &all.deliveries), (3, &stats), "{window:?}");
    }
    let lines = world.app.sparklines(&world.caller).await.unwrap();
    assert_eq!((lines.len(), lines[0].points.len(), lines[0].success_rate), (1, 24, Some(1.0)));
    assert_eq!(lines[0].points[23].succeeded, 3);
    world.advance(23 * HOUR);
    let lines = world.app.sparklines(&world.caller).await.unwrap();
    assert_eq!(lines[0].points[0].succeeded, 3);
    world.advance(HOUR);
    assert_eq!(world.app.sparklines(&world.caller).await.unwrap()[0].success_rate, None);
    let other = world.organization("Other").await;
    let error = world.app.webhook_stats(&other, id, StatsWindow::Day).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert!(world.app.sparklines(&other).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_needs_attention_is_listed_with_its_reason() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    let quiet = world.app.needs_attention(&world.caller).await.unwrap();
    assert!(quiet.webhooks.is_empty() && quiet.notices.is_empty());
    world.publish(EventType::OrderPaid).await;
    world.advance(Duration::from_secs(90));
    let backlog = world.app.webhook_backlog(&world.caller, id).await.unwrap();
    assert_eq!((backlog.backlog.waiting, backlog.drains_in), (1, None));
    assert!(backlog.grows());
    let rotate = RotateSecret { secret: None, overlap: Some(HOUR), switch_signature: false };
    world.app.rotate_secret(&world.caller, id, rotate).await.unwrap();
    let reasons = async || {
        let found = world.app.needs_attention(&world.caller).await.unwrap();
        found.webhooks.into_iter().map(|one| one.reason).collect::<Vec<_>>()
    };
    let found = reasons().await;
    assert!(matches!(found[0], AttentionReason::BacklogGrows(_)), "{found:?}");
    assert!(matches!(found[1], AttentionReason::OldestPending(_)), "{found:?}");
    assert!(matches!(found[2], AttentionReason::SecretRotates(_)), "{found:?}");
    let command = WebhookCommand::Disable;
    world.app.command_webhook(&world.caller, id, command).await.unwrap();
    world.advance(2 * HOUR);
    let found = reasons().await;
    assert!(matches!(found[..], [AttentionReason::Disabled(_)]), "{found:?}");
    let other = world.organization("Other").await;
    assert!(world.app.needs_attention(&other).await.unwrap().webhooks.is_empty());
    let error = world.app.webhook_backlog(&other, id).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

/// What cannot be reached has one wording, whatever the reason.
#[tokio::test]
async fn a_url_is_tried_before_it_is_used() {
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let check = async |url: &str| world.app.check_url(&world.caller, url).await;
    let open = format!("http://127.0.0.1:{port}/hooks");
    assert_eq!(check(&open).await.unwrap(), UrlCheck::Reachable);
    drop(listener);
    // What is in vain takes its time.
    tokio::time::pause();
    for url in [&open, "https://nowhere.example.com/", "https://inside.example.com/"] {
        assert_eq!(check(url).await.unwrap(), UrlCheck::Unreachable, "{url}");
    }
    assert_eq!(check("no url").await.unwrap_err().details()[0].field, "url");
    for _ in 4..10 {
        check("https://inside.example.com/").await.unwrap();
    }
    let error = check(&open).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RateLimited);
    assert!(error.retry_after().is_some());
    let reader = [Scope::WebhooksRead].into_iter().collect::<Scopes>();
    let reader = fanfare_app::Caller { scopes: reader, ..world.caller };
    let error = world.app.check_url(&reader, &open).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Forbidden);
    assert_eq!(world.app.preview_schedule().len(), 6);
}

/// Whether a name is known inside, resolves nowhere, or only slowly so: the answer and its time are
/// the same, for a check and for a webhook that is to be made.
#[tokio::test]
async fn the_clock_does_not_tell_what_is_inside() {
    let world = World::new().await;
    let hosts = ["inside.example.com", "nowhere.example.com", "slow.example.com"];
    // From here on nothing waits for the store, and time passes only by waiting.
    tokio::time::pause();
    for host in hosts {
        let url = format!("https://{host}/hooks");
        let begun = tokio::time::Instant::now();
        let checked = world.app.check_url(&world.caller, &url).await.unwrap();
        assert_eq!((checked, begun.elapsed().as_millis() / 10), (UrlCheck::Unreachable, 100));
        let begun = tokio::time::Instant::now();
        let new = fanfare_app::CreateWebhook { url, ..create() };
        let refused = world.app.create_webhook(&world.caller, new).await.unwrap_err();
        assert_eq!(refused.details()[0].field, "url");
        assert_eq!(begun.elapsed().as_millis() / 10, 100, "{host}");
    }
}

#[tokio::test]
async fn a_signature_is_explained() {
    let world = World::new().await;
    world.webhook(&["*"]).await;
    world.publish(EventType::OrderPaid).await;
    world.attempt_all(200).await;
    let list = world.app.deliveries(&world.caller, Default::default(), Default::default()).await;
    let id = list.unwrap().items[0].id;
    let view = world.app.delivery(&world.caller, id).await.unwrap();
    let headers = view.attempts[0].request.clone().unwrap().headers;
    let header = headers.iter().find(|header| header.name == "x-fanfare-signature").unwrap();
    let pasted = ExplainSignature {
        family: Family::Fanfare,
        signature: header.value.clone().unwrap(),
        body: Some(view.detail.body.to_vec()),
        secret: Some(SECRET.to_owned()),
    };
    let explain = async |pasted: &ExplainSignature, attempt| {
        world.app.explain_signature(&world.caller, id, attempt, pasted).await
    };
    assert_eq!(explain(&pasted, 1).await.unwrap(), [], "as it was sent");
    let secret = Some("whsec_another_secret".to_owned());
    let wrong = ExplainSignature { secret, body: Some(b"{}".to_vec()), ..pasted.clone() };
    let found = explain(&wrong, 1).await.unwrap();
    assert_eq!(found, [Finding::BodyChanged(1), Finding::WrongSecret]);
    assert_eq!(explain(&pasted, 2).await.unwrap_err().code(), ErrorCode::NotFound);
    assert!(!format!("{pasted:?}").contains(SECRET));
    let long = ExplainSignature { signature: "x".repeat(5_000), ..pasted.clone() };
    assert_eq!(explain(&long, 1).await.unwrap_err().details()[0].field, "signature");
    let other = world.organization("Other").await;
    let error = world.app.explain_signature(&other, id, 1, &pasted).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}
