//! What a sink has seen.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::WEBHOOKS;
use crate::event_key::EventKey;

/// Room for this many records is made at the start, so that growing is not measured.
const EXPECTED: usize = 1 << 20;

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// When it had been read, in nanoseconds since 1970.
    pub(crate) at: u64,
    /// Which webhook's path it was sent to.
    pub(crate) webhook: usize,
    /// Which event it carried.
    pub(crate) event: EventKey,
}

/// How many of what.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// Requests that were answered, by webhook.
    pub(crate) received: [u64; WEBHOOKS],
    /// Requests that were left hanging.
    pub(crate) hung: u64,
    /// Requests whose signatures were looked at and found good.
    pub(crate) verified: u64,
    /// Requests whose signatures were looked at and found wrong.
    pub(crate) mismatched: u64,
    /// Requests that are no delivery: malformed, of another path, or without an event id.
    pub(crate) malformed: u64,
}

/// Counts and records.
pub(super) struct Book {
    receipts: Vec<Receipt>,
    pub(super) counts: Counts,
}

impl Book {
    pub(super) fn new() -> Self {
        Self { receipts: Vec::with_capacity(EXPECTED), counts: Counts::default() }
    }

    pub(super) fn note(&mut self, receipt: Receipt) {
        self.counts.received[receipt.webhook] += 1;
        self.receipts.push(receipt);
    }

    /// Writes all records, one per line.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(std::fs::File::create(path)?);
        for Receipt { at, webhook, event } in &self.receipts {
            writeln!(file, "{at} {webhook} {event}")?;
        }
        file.flush()
    }
}

impl Receipt {
    /// A line of [`Book::write`].
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let at = words.next()?.parse().ok()?;
        let webhook = words.next()?.parse().ok()?;
        let event = EventKey::parse(words.next()?)?;
        Some(Self { at, webhook, event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipts");
        let receipt = Receipt { at: 17, webhook: 9, event: EventKey::numbered(3) };
        let mut book = Book::new();
        book.note(receipt);
        book.write(&path).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().map(Receipt::parse).collect::<Vec<_>>(), [Some(receipt)]);
        assert_eq!(book.counts.received[9], 1);
    }
}
