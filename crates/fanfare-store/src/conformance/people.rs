//! Organizations, keys, notices, figures.

use std::time::Duration;

use fanfare_model::{ErrorClass, OrganizationId, Scope, Scopes, limits};

use super::world::{START, World, at, attempt, check_pages};
use crate::{ApiKey, LATENCY_BUCKETS_MS, NewApiKey, Organization, Record, StoreError, Verdict};

/// Written once, found, listed.
pub async fn organizations_are_listed_oldest_first(world: &World) {
    let mut made = Vec::new();
    for (name, created_at) in [("first", at(1)), ("second", at(2)), ("third", at(3))] {
        let organization =
            Organization { id: world.id(created_at), name: name.to_owned(), created_at };
        world.store.create_organization(organization.clone()).await.expect("an organization");
        made.push(organization);
    }
    assert_eq!(world.store.organizations().await.expect("a list"), made);
    let found = world.store.organization(made[1].id).await.expect("a read");
    assert_eq!(found.as_ref(), Some(&made[1]));
    assert!(world.store.organization(world.id(START)).await.expect("a read").is_none());
    let twice = world.store.create_organization(made[0].clone()).await;
    assert!(twice.is_err(), "an id is used once");
    assert_eq!(world.store.organizations().await.expect("a list").len(), 3);
}

impl World {
    fn new_key(&self, organization_id: OrganizationId, hash: u8) -> NewApiKey {
        let key = ApiKey {
            id: self.id(START),
            organization_id,
            name: "till".into(),
            prefix: "sk_live_9fQz".into(),
            scopes: [Scope::EventsWrite, Scope::WebhooksRead].into_iter().collect(),
            created_at: START,
            last_used_at: None,
            revoked_at: None,
        };
        NewApiKey { key, hash: [hash; 32] }
    }
}

/// A key is found by its hash, revoked or not; use is noted to the minute and never goes back.
pub async fn keys_are_found_by_hash_and_revoked_once(world: &World) {
    let org = world.organization("shop").await;
    let new = world.new_key(org, 1);
    world.store.create_key(new.clone(), None).await.expect("a key");
    let by_hash = async |hash: u8| world.store.key_by_hash([hash; 32]).await.expect("a read");
    assert_eq!(by_hash(1).await, Some(new.key.clone()));
    assert_eq!(by_hash(2).await, None);
    let same_hash = world.new_key(org, 1);
    assert!(world.store.create_key(same_hash, None).await.is_err(), "a hash is used once");

    world.store.touch_keys(vec![(new.key.id, at(125))]).await.expect("noted");
    world
        .store
        .touch_keys(vec![(new.key.id, at(3)), (world.id(START), at(9))])
        .await
        .expect("noted");
    let used = by_hash(1).await.expect("the key");
    assert_eq!(used.last_used_at, Some(at(120)));
    let revoked = world.store.revoke_key(org, new.key.id, at(200), None).await.expect("revoked");
    assert_eq!(revoked.as_ref().and_then(|key| key.revoked_at), Some(at(200)));
    let again = world.store.revoke_key(org, new.key.id, at(300), None).await.expect("an answer");
    assert_eq!(again, revoked);
    assert_eq!(by_hash(1).await, revoked, "found, and seen to be revoked");
    assert!(
        world.store.revoke_key(org, world.id(START), at(1), None).await.expect("none").is_none()
    );

    let mut ids = vec![new.key.id.as_u128()];
    for hash in 10..16 {
        let mut key = world.new_key(org, hash);
        key.key.scopes = Scopes::ALL;
        ids.push(key.key.id.as_u128());
        world.store.create_key(key, None).await.expect("a key");
    }
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.keys(org, page).await }
    };
    check_pages(&ids, |key| key.id.as_u128(), list).await;
}

/// The limit counts keys that are not revoked.
pub async fn there_is_a_limit_on_keys(world: &World) {
    let org = world.organization("shop").await;
    let first = world.new_key(org, 255);
    world.store.create_key(first.clone(), None).await.expect("a key");
    for hash in 1..limits::KEYS_PER_ORGANIZATION {
        world.store.create_key(world.new_key(org, hash as u8), None).await.expect("a key");
    }
    match world.store.create_key(world.new_key(org, 254), None).await {
        Err(StoreError::LimitReached { limit, .. }) => {
            assert_eq!(limit, limits::KEYS_PER_ORGANIZATION);
        }
        other => panic!("{other:?}"),
    }
    world.store.revoke_key(org, first.key.id, at(1), None).await.expect("revoked");
    world.store.create_key(world.new_key(org, 254), None).await.expect("there is room again");
}

/// Notices page like every list.
pub async fn notices_page(world: &World) {
    let (org, _) = world.shop().await;
    for _ in 0..6 {
        let leased = world.publish_one(org, at(1)).await;
        world.record(&leased, Verdict::Exhausted, at(2)).await;
    }
    let page = crate::PageRequest { limit: 100, ..crate::PageRequest::default() };
    let mut ids: Vec<_> = world
        .store
        .notices(org, page)
        .await
        .expect("a list")
        .items
        .iter()
        .map(|n| n.id.as_u128())
        .collect();
    ids.reverse();
    assert_eq!(ids.len(), 6);
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.notices(org, page).await }
    };
    check_pages(&ids, |notice| notice.id.as_u128(), list).await;
}

/// Every attempt counts once, in its minute, by verdict, code, class and duration.
pub async fn figures_add_up(world: &World) {
    let (org, webhook) = world.shop().await;
    let rounds = [
        (Verdict::Succeeded, at(0), 3),
        (Verdict::Succeeded, at(59), 40_000),
        (Verdict::RetryAt(at(9_000)), at(30), 12),
        (Verdict::Exhausted, at(31), 12),
        (Verdict::Succeeded, at(60), 1),
    ];
    for (verdict, now, ms) in rounds {
        let leased = world.publish_one(org, now).await;
        let mut made = attempt(verdict, now);
        made.duration = Duration::from_millis(ms);
        let record = Record { id: leased.id, lease: leased.lease, attempt: made, verdict };
        let records = vec![record.clone(), record];
        world.store.record(records, limits::DISABLE_AFTER, now).await.expect("recorded");
    }
    let stats = async |since, until| {
        world.store.webhook_stats(org, webhook, since, until).await.expect("figures")
    };
    let buckets = stats(START, at(3_600)).await;
    assert_eq!(buckets.len(), 2);
    let first = &buckets[0];
    assert_eq!(first.minute, START);
    assert_eq!((first.succeeded, first.retried, first.failed), (2, 1, 1));
    assert_eq!((first.codes[&200], first.codes[&503]), (2, 2));
    assert_eq!(first.errors[&ErrorClass::Http5xx], 2);
    let expected = |ms: u32| LATENCY_BUCKETS_MS.iter().position(|bound| *bound >= ms);
    assert_eq!(first.latency[expected(3).expect("a bucket")], 1);
    assert_eq!(first.latency[expected(12).expect("a bucket")], 2);
    assert_eq!(first.latency[LATENCY_BUCKETS_MS.len()], 1);
    assert_eq!((buckets[1].minute, buckets[1].succeeded), (at(60), 1));
    assert_eq!(buckets[1].latency[0], 1);
    assert_eq!(stats(at(60), at(120)).await, buckets[1..]);
    assert_eq!(stats(START, at(60)).await, buckets[..1]);
    let leased = world.publish_one(org, at(61)).await;
    world.record(&leased, Verdict::Succeeded, at(61)).await;
    assert_eq!(stats(at(60), at(120)).await[0].succeeded, 2, "added to what was written");
}
