//! The first start.

use fanfare_app::ErrorCode;
use fanfare_model::Scopes;
use fanfare_store::{OrganizationStore as _, PageRequest};

use crate::world::{World, code};

const GIVEN: &str = "sk_live_abcdefghijklmnopqrstuvwx";

#[tokio::test]
async fn an_empty_database_gets_an_organization_and_a_key_that_works_once() {
    let world = World::empty();
    let first = world.app.bootstrap(None).await.unwrap();
    assert!(first.created);
    let key = first.generated_key.expect("printed once");
    let caller = world.app.authenticate(key.expose()).await.unwrap();
    assert_eq!((caller.organization_id, caller.scopes), (first.organization.id, Scopes::KEYS));

    let second = world.app.bootstrap(None).await.unwrap();
    assert!(!second.created && second.generated_key.is_none());
    assert_eq!(second.organization, first.organization);
    assert_eq!(world.store.organizations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_given_key_is_made_sure_of_and_never_printed() {
    let world = World::empty();
    for _ in 0..2 {
        let done = world.app.bootstrap(Some(GIVEN)).await.unwrap();
        assert!(done.generated_key.is_none());
    }
    let caller = world.app.authenticate(GIVEN).await.unwrap();
    let keys = world.app.keys(&caller, PageRequest::default()).await.unwrap();
    assert_eq!(keys.items.len(), 1, "the second start changed nothing");
}

#[tokio::test]
async fn a_given_key_joins_the_organization_that_is_there() {
    let world = World::empty();
    let first = world.app.bootstrap(None).await.unwrap();
    let second = world.app.bootstrap(Some(GIVEN)).await.unwrap();
    assert_eq!(second.organization, first.organization);
    assert!(world.app.authenticate(GIVEN).await.is_ok());
}

#[tokio::test]
async fn a_revoked_key_is_not_brought_back() {
    let world = World::empty();
    world.app.bootstrap(Some(GIVEN)).await.unwrap();
    let caller = world.app.authenticate(GIVEN).await.unwrap();
    world.app.revoke_key(&caller, caller.key_id().unwrap()).await.unwrap();
    assert_eq!(code(world.app.bootstrap(Some(GIVEN)).await), ErrorCode::Conflict);
    assert_eq!(code(world.app.authenticate(GIVEN).await), ErrorCode::Unauthorized);
}

#[tokio::test]
async fn a_start_that_was_killed_half_way_is_made_good() {
    let world = World::empty();
    let organization = fanfare_store::Organization {
        id: world.ids.next(),
        name: "left without a key".into(),
        created_at: world.ids.now(),
    };
    world.store.create_organization(organization.clone()).await.unwrap();
    let done = world.app.bootstrap(None).await.unwrap();
    assert_eq!(done.organization, organization);
    assert!(done.generated_key.is_some() && !done.created);
}

#[tokio::test]
async fn a_key_that_is_too_weak_is_refused() {
    let world = World::empty();
    for weak in ["", "secret", "sk_live_short", "sk_live_abcdefghijklmnopqrstuvw-"] {
        assert_eq!(code(world.app.bootstrap(Some(weak)).await), ErrorCode::ValidationFailed);
    }
    assert_eq!(world.store.organizations().await.unwrap(), []);
}
