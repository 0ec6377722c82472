use fanfare_model::{OrganizationId, Scopes};

use super::*;

fn caller(id: u128) -> Caller {
    Caller {
        organization_id: OrganizationId::from_u128(1),
        actor: Actor::Key(ApiKeyId::from_u128(id)),
        scopes: Scopes::KEYS,
        origin: Origin::default(),
    }
}

fn hash(id: u64) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&id.to_be_bytes());
    hash
}

const fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + ms)
}

#[test]
fn one_request_asks_again_after_half_a_second_and_all_after_a_second() {
    let cache = KeyCache::default();
    assert_eq!(cache.recall(&hash(1), at(0)), Recall::Nothing);
    cache.remember(hash(1), caller(1), None, at(0));
    assert_eq!(cache.recall(&hash(1), at(499)), Recall::Fresh(caller(1)));
    assert_eq!(cache.recall(&hash(1), at(500)), Recall::Ageing(caller(1)));
    assert_eq!(cache.recall(&hash(1), at(999)), Recall::Fresh(caller(1)));
    assert_eq!(cache.recall(&hash(1), at(1_000)), Recall::Nothing);
    cache.remember(hash(1), caller(1), None, at(1_000));
    assert_eq!(cache.recall(&hash(1), at(1_500)), Recall::Ageing(caller(1)));
}

#[test]
fn a_clock_that_was_set_back_makes_nothing_last_longer() {
    let cache = KeyCache::default();
    cache.remember(hash(1), caller(1), None, at(60_000));
    assert_eq!(cache.recall(&hash(1), at(0)), Recall::Nothing);
}

#[test]
fn forgetting_by_id_leaves_the_others() {
    let cache = KeyCache::default();
    for id in [1, 2] {
        cache.remember(hash(id), caller(id.into()), None, at(0));
    }
    cache.forget_key(ApiKeyId::from_u128(1));
    assert_eq!(cache.recall(&hash(1), at(1)), Recall::Nothing);
    assert_eq!(cache.recall(&hash(2), at(1)), Recall::Fresh(caller(2)));
    assert_eq!(cache.unwritten.lock().len(), 1, "the use of the forgotten key is not lost");
}

#[test]
fn memory_is_bounded_and_uses_survive() {
    let cache = KeyCache::default();
    for id in 0..=REMEMBERED as u64 {
        cache.remember(hash(id), caller(id.into()), None, at(0));
    }
    assert!(cache.known.read().len() <= REMEMBERED);
    assert_eq!(cache.take_uses().len(), REMEMBERED + 1);
}

#[test]
fn a_use_is_written_at_most_once_a_minute() {
    let cache = KeyCache::default();
    cache.remember(hash(1), caller(1), None, at(0));
    assert_eq!(cache.take_uses(), [(ApiKeyId::from_u128(1), at(0))]);
    cache.remember(hash(1), caller(1), None, at(59_999));
    assert_eq!(cache.take_uses(), []);
    cache.remember(hash(1), caller(1), None, at(60_000));
    assert_eq!(cache.take_uses(), [(ApiKeyId::from_u128(1), at(60_000))]);
    assert_eq!(cache.take_uses(), []);
}
