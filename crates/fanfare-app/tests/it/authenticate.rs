//! Who is asking, and for how long that is believed.

use std::time::Duration;

use fanfare_app::{ErrorCode, NewKey};
use fanfare_model::{Clock as _, Scope, Scopes};
use fanfare_signing::ApiKeyMode;
use fanfare_store::{KeyStore as _, PageRequest};

use crate::world::{World, code};

async fn key(world: &World) -> fanfare_app::CreatedKey {
    let scopes = [Scope::EventsWrite].into_iter().collect::<Scopes>();
    let new = NewKey { name: "publisher".into(), scopes, mode: ApiKeyMode::Live };
    world.app.create_key(&world.caller, new).await.unwrap()
}

#[tokio::test]
async fn a_key_names_its_organization_and_scopes() {
    let world = World::new().await;
    let created = key(&world).await;
    for _ in 0..3 {
        let caller = world.app.authenticate(created.secret.expose()).await.unwrap();
        assert_eq!(caller.key_id(), Some(created.key.id));
        assert_eq!(caller.organization_id, world.caller.organization_id);
        assert!(caller.may(Scope::EventsWrite) && !caller.may(Scope::EventsRead));
        world.advance(Duration::from_millis(600));
    }
}

#[tokio::test]
async fn what_is_no_key_or_unknown_is_refused_alike() {
    let world = World::new().await;
    let created = key(&world).await;
    let longer = format!("{}x", created.secret.expose());
    let unknown = "sk_live_000000000000000000000000000000000000";
    for token in ["", "sk_live_", "Bearer x", "pk_live_abc", unknown, &longer, &"a".repeat(9_999)] {
        let error = world.app.authenticate(token).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unauthorized);
        assert!(!error.to_string().contains(&created.secret.expose()[8..]));
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_where_it_was_revoked() {
    let world = World::new().await;
    let created = key(&world).await;
    world.app.authenticate(created.secret.expose()).await.unwrap();
    world.app.revoke_key(&world.caller, created.key.id).await.unwrap();
    let refused = world.app.authenticate(created.secret.expose()).await;
    assert_eq!(code(refused), ErrorCode::Unauthorized);
}

#[tokio::test]
async fn a_key_revoked_by_another_node_is_refused_within_a_second() {
    let world = World::new().await;
    let created = key(&world).await;
    let token = created.secret.expose();
    world.app.authenticate(token).await.unwrap();
    let organization = world.caller.organization_id;
    world.store.revoke_key(organization, created.key.id, world.clock.now(), None).await.unwrap();
    assert!(world.app.authenticate(token).await.is_ok(), "remembered, as it is meant to be");
    world.advance(Duration::from_millis(1_000));
    assert_eq!(code(world.app.authenticate(token).await), ErrorCode::Unauthorized);
}

#[tokio::test]
async fn use_keeps_a_key_fresh_but_never_hides_a_revocation() {
    let world = World::new().await;
    let created = key(&world).await;
    let token = created.secret.expose();
    let organization = world.caller.organization_id;
    world.app.authenticate(token).await.unwrap();
    world.store.revoke_key(organization, created.key.id, world.clock.now(), None).await.unwrap();
    let mut refused_after = None;
    for step in 1..=10 {
        world.advance(Duration::from_millis(100));
        if world.app.authenticate(token).await.is_err() {
            refused_after = Some(step * 100);
            break;
        }
    }
    assert!(refused_after.is_some_and(|ms| ms <= 1_000), "{refused_after:?}");
}

#[tokio::test]
async fn when_a_key_was_used_is_written_once_a_minute() {
    let world = World::new().await;
    let created = key(&world).await;
    let last_used = async || {
        let keys = world.app.keys(&world.caller, PageRequest::default()).await.unwrap();
        let key = keys.items.into_iter().find(|key| key.id == created.key.id).unwrap();
        key.last_used_at
    };
    world.app.authenticate(created.secret.expose()).await.unwrap();
    assert_eq!(last_used().await, None, "only noted in memory");
    world.app.flush_key_usage().await.unwrap();
    let first = last_used().await.expect("written");
    assert!(world.clock.now().since(first) < Duration::from_secs(60));
    world.advance(Duration::from_secs(30));
    world.app.authenticate(created.secret.expose()).await.unwrap();
    world.app.flush_key_usage().await.unwrap();
    assert_eq!(last_used().await, Some(first), "not twice within a minute");
    world.advance(Duration::from_secs(60));
    world.app.authenticate(created.secret.expose()).await.unwrap();
    world.app.flush_key_usage().await.unwrap();
    assert!(last_used().await > Some(first));
}
