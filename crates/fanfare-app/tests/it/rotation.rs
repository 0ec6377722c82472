//! A new secret while deliveries go on.

use std::time::Duration;

use fanfare_app::{ErrorCode, RotateSecret, StandardWebhooks};
use fanfare_model::{Clock as _, limits};

use crate::world::{World, code, field};

const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn to(secret: &str) -> RotateSecret {
    RotateSecret { secret: Some(secret.into()), ..RotateSecret::default() }
}

#[tokio::test]
async fn the_old_secret_lives_on_for_a_day_and_signs_the_seeds_header() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    let rotated = world.app.rotate_secret(&world.caller, id, to(NEW)).await.unwrap();
    assert!(rotated.generated_secret.is_none());
    let until = world.clock.now() + limits::ROTATION_OVERLAP;
    assert_eq!(rotated.view.previous_secret_until, Some(until));
    assert!(rotated.view.signs_with_previous);
    assert_eq!(rotated.view.standard_webhooks, StandardWebhooks::Available, "of the new secret");
    world.advance(limits::ROTATION_OVERLAP);
    let view = world.app.webhook(&world.caller, id).await.unwrap();
    assert_eq!((view.previous_secret_until, view.signs_with_previous), (None, false));
}

#[tokio::test]
async fn the_customer_can_switch_before_the_overlap_ends() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    world.app.rotate_secret(&world.caller, id, to(NEW)).await.unwrap();
    let view = world.app.switch_signature(&world.caller, id).await.unwrap();
    assert!(!view.signs_with_previous && view.previous_secret_until.is_some());
    let again = world.app.switch_signature(&world.caller, id).await.unwrap();
    assert_eq!(again.webhook.version, view.webhook.version, "the second time changes nothing");
    let other = world.webhook(&["*"]).await;
    let switched = RotateSecret { switch_signature: true, ..to(NEW) };
    let rotated = world.app.rotate_secret(&world.caller, other, switched).await.unwrap();
    assert!(!rotated.view.signs_with_previous && rotated.view.previous_secret_until.is_some());
}

#[tokio::test]
async fn a_third_secret_never_joins_except_to_end_all_others() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    world.app.rotate_secret(&world.caller, id, to(NEW)).await.unwrap();
    let error = world.app.rotate_secret(&world.caller, id, to(NEW)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    assert!(error.message().contains("2024-06-21T15:30:00Z"), "{error}");
    let leaked = RotateSecret { overlap: Some(Duration::ZERO), ..RotateSecret::default() };
    let rotated = world.app.rotate_secret(&world.caller, id, leaked).await.unwrap();
    assert!(rotated.generated_secret.is_some());
    assert_eq!(rotated.view.previous_secret_until, None);
    assert_eq!(rotated.view.webhook.previous_secret, None, "nothing is kept of the old ones");
}

#[tokio::test]
async fn secret_and_overlap_are_judged() {
    let world = World::new().await;
    let id = world.webhook(&["*"]).await;
    let rotate = |rotate| world.app.rotate_secret(&world.caller, id, rotate);
    assert_eq!(field(rotate(to("short")).await), "secret");
    let overlap = Some(limits::ROTATION_OVERLAP_MAX + Duration::from_secs(1));
    assert_eq!(field(rotate(RotateSecret { overlap, ..to(NEW) }).await), "overlapSeconds");
    let nobody = world.app.rotate_secret(&world.caller, world.ids.next(), to(NEW)).await;
    assert_eq!(code(nobody), ErrorCode::NotFound);
}
