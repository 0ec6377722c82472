//! The one way to randomness, and the ids made from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Clock;
use crate::id::{Id, IdKind};

/// Random bytes. Production asks the operating system; tests give a seeded source.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// Makes UUIDv7 ids (RFC 9562 §5.7) that grow strictly within one process.
///
/// The 12 bits after the version count within a millisecond (§6.2, method 1); when they run
/// out, the id's time runs ahead of the clock by a millisecond rather than repeat.
pub struct IdSource {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Milliseconds, shifted left by the 12 bits of the counter.
    last: AtomicU64,
}

impl IdSource {
    /// A source on this clock and this randomness.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy, last: AtomicU64::new(0) }
    }

    /// A new id, greater than every id this source made before.
    pub fn next<K: IdKind>(&self) -> Id<K> {
        let now = (self.clock.now().as_millis().max(0) as u64) << 12;
        let step = |last: u64| Some(last.saturating_add(1).max(now));
        let last = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
            .unwrap_or_else(|unchanged| unchanged);
        let ticks = last.saturating_add(1).max(now);
        let mut random = [0u8; 8];
        self.entropy.fill(&mut random);
        let tail = u64::from_be_bytes(random) >> 2 | 1 << 63;
        let head = (ticks >> 12) << 16 | 0x7000 | (ticks & 0xfff);
        Id::from_u128(u128::from(head) << 64 | u128::from(tail))
    }

    /// Random bytes from the same source.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0u8; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// The time now, from the same clock.
    pub fn now(&self) -> crate::Timestamp {
        self.clock.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventId, Timestamp};

    struct Frozen;
    impl Clock for Frozen {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_718_897_400_000)
        }
        fn sleep_until(
            &self,
            _: Timestamp,
        ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            Box::pin(std::future::ready(()))
        }
    }
    impl Entropy for Frozen {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn ids_are_uuid_v7_and_grow_even_when_the_clock_stands_still() {
        let source = IdSource::new(Arc::new(Frozen), Arc::new(Frozen));
        let mut before = source.next::<crate::id::kinds::Event>();
        assert_eq!(before.unix_ms(), 1_718_897_400_000);
        for _ in 0..10_000 {
            let id: EventId = source.next();
            assert!(id > before);
            assert_eq!(id.to_bytes()[6] >> 4, 7, "version");
            assert_eq!(id.to_bytes()[8] >> 6, 0b10, "variant");
            before = id;
        }
    }
}
