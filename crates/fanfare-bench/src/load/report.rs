//! What a load gives back.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::worker::Tally;
use crate::event_key::EventKey;
use crate::process_time;

/// An acknowledged event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ack {
    /// When its request began, or was due if the load is open; nanoseconds since 1970.
    pub(crate) start: u64,
    /// When the acknowledgement had been read.
    pub(crate) at: u64,
    /// Its id, as the server gave it; of a change, the id of what was changed.
    pub(crate) event: EventKey,
}

impl Ack {
    /// A line of [`Tally::write`].
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let start = words.next()?.parse().ok()?;
        let at = words.next()?.parse().ok()?;
        let event = EventKey::parse(words.next()?)?;
        Some(Self { start, at, event })
    }
}

/// A load in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Events that were acknowledged.
    pub(crate) acked: u64,
    /// Requests that were sent.
    pub(crate) requests: u64,
    /// Answers 429 and 503; the events were sent again.
    pub(crate) refused: u64,
    /// Events that were answered otherwise, or not at all; they were not sent again.
    pub(crate) failed: u64,
    /// The first answer that was no acknowledgement.
    pub(crate) first_failure: Option<String>,
    /// Processor time of this process, in microseconds.
    pub(crate) cpu: u64,
}

impl Tally {
    /// Writes all acknowledgements, one per line.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(std::fs::File::create(path)?);
        for Ack { start, at, event } in &self.acks {
            writeln!(file, "{start} {at} {event}")?;
        }
        file.flush()
    }

    /// # Errors
    /// When the kernel does not say how much processor time was used.
    pub(super) fn report(self) -> anyhow::Result<Report> {
        Ok(Report {
            acked: self.acks.len() as u64,
            requests: self.requests,
            refused: self.refused,
            failed: self.failed,
            first_failure: self.first_failure,
            cpu: process_time::cpu("self")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acks");
        let ack = Ack { start: 1, at: 2, event: EventKey::numbered(3) };
        Tally { acks: vec![ack], ..Tally::default() }.write(&path).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().map(Ack::parse).collect::<Vec<_>>(), [Some(ack)]);
    }
}
