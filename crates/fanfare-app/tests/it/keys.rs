//! API keys.

use fanfare_app::{Caller, ErrorCode, NewKey};
use fanfare_model::{Scope, Scopes, limits};
use fanfare_signing::{ApiKey, ApiKeyMode};
use fanfare_store::PageRequest;

use crate::world::{World, code, field};

fn new(name: &str, scopes: Scopes) -> NewKey {
    NewKey { name: name.into(), scopes, mode: ApiKeyMode::Test }
}

#[tokio::test]
async fn a_key_is_shown_once_and_then_only_by_its_beginning() {
    let world = World::new().await;
    let created = world.app.create_key(&world.caller, new(" CI ", Scopes::KEYS)).await.unwrap();
    let text = created.secret.expose();
    assert!(text.starts_with("sk_test_") && ApiKey::parse(text).is_ok());
    assert!(text.starts_with(&created.key.prefix) && created.key.prefix.len() < 16);
    assert_eq!(created.key.name, "CI");
    assert!(!format!("{created:?}").contains(text));
    let listed = world.app.keys(&world.caller, PageRequest::default()).await.unwrap();
    assert!(listed.items.contains(&created.key));
}

#[tokio::test]
async fn a_key_cannot_give_what_it_does_not_have() {
    let world = World::new().await;
    let scopes = [Scope::KeysWrite, Scope::EventsRead].into_iter().collect();
    let caller = Caller { scopes, ..world.caller };
    assert!(world.app.create_key(&caller, new("same", scopes)).await.is_ok());
    let error = world.app.create_key(&caller, new("more", Scopes::KEYS)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Forbidden);
    assert!(error.message().contains("webhooks:write") && !error.message().contains("keys:write"));
}

#[tokio::test]
async fn names_and_scopes_are_judged() {
    let world = World::new().await;
    for name in ["", "   ", "a\nb", &"x".repeat(101)] {
        let refused = world.app.create_key(&world.caller, new(name, Scopes::KEYS)).await;
        assert_eq!(field(refused), "name");
    }
    let none = world.app.create_key(&world.caller, new("none", Scopes::default())).await;
    assert_eq!(field(none), "scopes");
}

#[tokio::test]
async fn there_is_a_limit_and_revoked_keys_do_not_count() {
    let world = World::new().await;
    let mut last = None;
    for number in 1..limits::KEYS_PER_ORGANIZATION {
        let name = format!("key {number}");
        last = Some(world.app.create_key(&world.caller, new(&name, Scopes::KEYS)).await.unwrap());
    }
    let one_more = world.app.create_key(&world.caller, new("more", Scopes::KEYS)).await;
    assert_eq!(code(one_more), ErrorCode::LimitReached);
    world.app.revoke_key(&world.caller, last.unwrap().key.id).await.unwrap();
    assert!(world.app.create_key(&world.caller, new("more", Scopes::KEYS)).await.is_ok());
}

#[tokio::test]
async fn revoking_twice_changes_nothing() {
    let world = World::new().await;
    let created = world.app.create_key(&world.caller, new("x", Scopes::KEYS)).await.unwrap();
    let first = world.app.revoke_key(&world.caller, created.key.id).await.unwrap();
    world.advance(std::time::Duration::from_secs(5));
    let second = world.app.revoke_key(&world.caller, created.key.id).await.unwrap();
    assert!(first.revoked_at.is_some());
    assert_eq!(first.revoked_at, second.revoked_at);
}
