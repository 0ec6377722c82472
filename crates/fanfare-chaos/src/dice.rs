//! Randomness that a seed repeats: which node, which fault, how long.

use std::time::Duration;

use fanfare_model::Entropy as _;
use fanfare_testkit::SeededEntropy;

/// A seeded source of choices.
pub(crate) struct Dice(SeededEntropy);

impl Dice {
    /// The source with this seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        (u64::from_be_bytes(bytes) % bound as u64) as usize
    }

    /// A time between these two.
    pub(crate) fn between(&self, least: Duration, most: Duration) -> Duration {
        let spread = most.saturating_sub(least).as_millis() as usize;
        least + Duration::from_millis(self.below(spread + 1) as u64)
    }
}
