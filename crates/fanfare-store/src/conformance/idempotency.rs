//! Idempotency of requests other than publishing.

use std::time::Duration;

use fanfare_model::limits;

use super::accept::{answer, key};
use super::world::{World, at};
use crate::{IdempotencyKey, IdempotencyStart};

impl World {
    async fn begin(&self, key: &IdempotencyKey, seconds: u64) -> IdempotencyStart {
        self.store.begin_idempotent(key.clone(), at(seconds)).await.expect("an answer")
    }
}

/// Fresh, then in use, then answered; another request under the same key is refused.
pub async fn a_key_is_held_then_answered(world: &World) {
    let org = world.organization("shop").await;
    let other = world.organization("other").await;
    let mine = key(org, "k", 1);
    assert_eq!(world.begin(&mine, 1).await, IdempotencyStart::Fresh);
    assert_eq!(world.begin(&mine, 2).await, IdempotencyStart::KeyInUse);
    assert_eq!(world.begin(&key(org, "k", 2), 2).await, IdempotencyStart::KeyReused);
    assert_eq!(world.begin(&key(org, "K", 2), 2).await, IdempotencyStart::Fresh);
    assert_eq!(world.begin(&key(other, "k", 2), 2).await, IdempotencyStart::Fresh);
    let first = Some(answer("first"));
    world.store.finish_idempotent(mine.clone(), first, at(3)).await.expect("kept");
    assert_eq!(world.begin(&mine, 4).await, IdempotencyStart::Replayed(answer("first")));
    assert_eq!(world.begin(&key(org, "k", 2), 4).await, IdempotencyStart::KeyReused);
    world.store.finish_idempotent(mine.clone(), Some(answer("x")), at(5)).await.expect("ignored");
    world.store.finish_idempotent(mine.clone(), None, at(5)).await.expect("ignored");
    world.store.finish_idempotent(key(org, "k", 2), None, at(5)).await.expect("ignored");
    assert_eq!(world.begin(&mine, 6).await, IdempotencyStart::Replayed(answer("first")));
}

/// A request that failed on our side can be tried again.
pub async fn a_key_let_go_is_fresh(world: &World) {
    let org = world.organization("shop").await;
    let mine = key(org, "k", 1);
    assert_eq!(world.begin(&mine, 1).await, IdempotencyStart::Fresh);
    world.store.finish_idempotent(key(org, "k", 2), None, at(2)).await.expect("not its key");
    assert_eq!(world.begin(&mine, 2).await, IdempotencyStart::KeyInUse);
    world.store.finish_idempotent(mine.clone(), None, at(3)).await.expect("let go");
    assert_eq!(world.begin(&key(org, "k", 2), 4).await, IdempotencyStart::Fresh);
}

/// A hold ends after a minute, an answer after a day.
pub async fn holds_and_answers_end(world: &World) {
    let org = world.organization("shop").await;
    let mine = key(org, "k", 1);
    let hold = limits::IDEMPOTENCY_HOLD.as_secs();
    assert_eq!(world.begin(&mine, 0).await, IdempotencyStart::Fresh);
    assert_eq!(world.begin(&mine, hold - 1).await, IdempotencyStart::KeyInUse);
    assert_eq!(world.begin(&mine, hold).await, IdempotencyStart::Fresh);
    let now = at(hold);
    world.store.finish_idempotent(mine.clone(), Some(answer("a")), now).await.expect("kept");
    let kept = limits::IDEMPOTENCY_RETENTION;
    let last = now + kept.saturating_sub(Duration::from_millis(1));
    let replayed = world.store.begin_idempotent(mine.clone(), last).await.expect("an answer");
    assert_eq!(replayed, IdempotencyStart::Replayed(answer("a")));
    let ended = world.store.begin_idempotent(mine, now + kept).await.expect("an answer");
    assert_eq!(ended, IdempotencyStart::Fresh);
}
