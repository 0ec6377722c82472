//! One server per database, tools beside it.

use std::sync::Arc;

use fanfare_model::{IdSource, OrganizationId, Scopes, Timestamp};
use fanfare_sqlite::{Role, SqliteOptions};
use fanfare_store::{
    ApiKey, EventStore, KeyStore, NewApiKey, NoHandover, Organization, OrganizationStore,
    StoreError,
};

use crate::support::{Shop, options};

fn new_key(ids: &IdSource, organization_id: OrganizationId, at: Timestamp) -> NewApiKey {
    let key = ApiKey {
        id: ids.next(),
        organization_id,
        name: "till".into(),
        prefix: "sk_live_abcd".into(),
        scopes: Scopes::ALL,
        created_at: at,
        last_used_at: None,
        revoked_at: None,
    };
    NewApiKey { key, hash: [5; 32] }
}

/// A second server is told why it cannot start, until the first has ended.
#[tokio::test]
async fn one_server_at_a_time() {
    let shop = Shop::open(options()).await;
    let second = shop.folder.try_open(options(), Arc::new(NoHandover)).unwrap_err();
    assert!(matches!(second, StoreError::Unavailable(_)));
    assert!(second.to_string().contains("another server"), "{second}");
    shop.publish().await;
    shop.store.close();
    let next = shop.folder.try_open(options(), Arc::new(NoHandover)).unwrap();
    assert_eq!(next.organizations().await.unwrap().len(), 1);
}

/// Keys and organizations made by a tool are there for the server at once; everything the
/// server keeps in memory is the server's alone.
#[tokio::test]
async fn a_tool_manages_keys_beside_a_server() {
    let shop = Shop::open(options()).await;
    let tool = SqliteOptions { role: Role::Tool, ..options() };
    let tool = shop.folder.try_open(tool, Arc::new(NoHandover)).unwrap();
    let now = shop.folder.now();
    let new = new_key(&shop.folder.ids, shop.organization, now);
    tool.create_key(new.clone(), None).await.unwrap();
    assert_eq!(shop.store.key_by_hash(new.hash).await.unwrap(), Some(new.key.clone()));
    tool.revoke_key(shop.organization, new.key.id, now, None).await.unwrap().unwrap();
    let seen = shop.store.key_by_hash(new.hash).await.unwrap().unwrap();
    assert_eq!(seen.revoked_at, Some(now));

    let id = shop.folder.ids.next();
    let other = Organization { id, name: "other".into(), created_at: now };
    tool.create_organization(other).await.unwrap();
    let mut accept = shop.event();
    accept.organization_id = id;
    shop.store.accept(accept).await.unwrap();
    let refused = tool.accept(shop.event()).await.unwrap_err();
    assert!(refused.to_string().contains("only the server"), "{refused}");
    tool.close();
    shop.publish().await;
}

/// A tool can make the database, so that the first key exists before the first start.
#[tokio::test]
async fn a_tool_may_come_first() {
    let folder = crate::support::Folder::new();
    let options_of_tool = SqliteOptions { role: Role::Tool, ..options() };
    let tool = folder.try_open(options_of_tool, Arc::new(NoHandover)).unwrap();
    let id = folder.ids.next();
    let new = Organization { id, name: "shop".into(), created_at: folder.now() };
    tool.create_organization(new).await.unwrap();
    let server = folder.try_open(options(), Arc::new(NoHandover)).unwrap();
    assert!(server.organization(id).await.unwrap().is_some());
}
