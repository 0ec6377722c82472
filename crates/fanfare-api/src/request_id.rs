//! Ids of requests to our own API.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fanfare_model::{Clock, IdSource, RequestId};

/// Makes request ids: UUIDv7 in shape. The random part is a counter mixed with a seed drawn at
/// the start, because an id names a request and guards nothing: the hot path should not pay for
/// the operating system's randomness.
pub(crate) struct RequestIds {
    clock: Arc<dyn Clock>,
    seed: [u64; 2],
    counter: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(clock: Arc<dyn Clock>, ids: &IdSource) -> Self {
        let seed = [ids.random(), ids.random()].map(u64::from_be_bytes);
        Self { clock, seed, counter: AtomicU64::new(0) }
    }

    /// An id no other request of this process has.
    pub(crate) fn next(&self) -> RequestId {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        let ms = self.clock.now().as_millis().max(0) as u64;
        let head = ms << 16 | 0x7000 | (self.seed[0].wrapping_add(count) & 0xfff);
        let tail = mix(self.seed[1].wrapping_add(count)) >> 2 | 1 << 63;
        RequestId::from_u128(u128::from(head) << 64 | u128::from(tail))
    }
}

/// SplitMix64's finaliser: spreads a counter over all bits.
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fanfare_testkit::{ManualClock, SeededEntropy};

    #[test]
    fn ids_are_uuid_v7_and_do_not_repeat() {
        let clock = Arc::new(ManualClock::default());
        let source = IdSource::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
        let ids = RequestIds::new(clock, &source);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..10_000 {
            let id = ids.next();
            assert_eq!(id.unix_ms(), 1_718_897_400_000);
            assert_eq!((id.to_bytes()[6] >> 4, id.to_bytes()[8] >> 6), (7, 0b10));
            assert!(seen.insert(id));
        }
    }
}
