//! Randomness from the operating system, bought in small stocks.
//!
//! An id takes 8 bytes; asking the kernel for each would cost a system call. Bytes are given out
//! once and wiped from the stock as they are.

use std::sync::{Mutex, PoisonError};

use fanfare_model::Entropy;

/// Size of the stock, in bytes.
const STOCK: usize = 4096;

/// The operating system's randomness.
pub(crate) struct OsEntropy(Mutex<Stock>);

struct Stock {
    bytes: [u8; STOCK],
    /// Bytes not given out yet, at the end.
    left: usize,
}

impl OsEntropy {
    /// An empty stock, filled when it is first needed.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Stock { bytes: [0; STOCK], left: 0 }))
    }
}

impl Entropy for OsEntropy {
    /// # Panics
    /// When the operating system has no randomness, without which nothing here is safe.
    fn fill(&self, wanted: &mut [u8]) {
        let mut stock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for part in wanted.chunks_mut(STOCK) {
            if stock.left < part.len() {
                buy(&mut stock.bytes);
                stock.left = STOCK;
            }
            let from = STOCK - stock.left;
            let given = &mut stock.bytes[from..from + part.len()];
            part.copy_from_slice(given);
            given.fill(0);
            stock.left -= part.len();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the source that everything else uses")]
fn buy(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives randomness");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_is_given_out_twice_and_any_length_is_filled() {
        let entropy = OsEntropy::new();
        let mut seen = HashSet::new();
        for _ in 0..3 * STOCK / 16 {
            let mut bytes = [0; 16];
            entropy.fill(&mut bytes);
            assert!(seen.insert(bytes));
        }
        let mut long = vec![0; 2 * STOCK + 5];
        entropy.fill(&mut long);
        assert!(long.chunks(16).all(|part| part.iter().any(|byte| *byte != 0) || part.len() < 8));
        entropy.fill(&mut []);
    }
}
