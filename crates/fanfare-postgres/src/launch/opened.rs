//! A distribution that a transaction has read or changed, in memory until it ends.
//!
//! Many joins of one queue share a transaction. Each of them reads the queue, changes it and counts
//! itself; the row is written once, before something else reads it and before the commit.

use fanfare_model::launch::{Distribution, ParticipantStatus};
use fanfare_store::ParticipantCounts;

use crate::cells::damaged;
use crate::fault::Fault;

const STATUSES: usize = ParticipantStatus::ALL.len();

/// How many participants have each status, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts([u32; STATUSES]);

impl Counts {
    /// From their column.
    pub(super) fn read(column: &[i32]) -> Result<Self, Fault> {
        let mut counts = Self::default();
        if column.len() > STATUSES {
            return Err(damaged("counts", "too many"));
        }
        for (count, stored) in counts.0.iter_mut().zip(column) {
            *count = u32::try_from(*stored).map_err(|_| damaged("counts", "out of range"))?;
        }
        Ok(counts)
    }

    /// For their column.
    pub(super) fn all(&self) -> &[u32] {
        &self.0
    }

    pub(super) const fn of(&self, status: ParticipantStatus) -> u32 {
        self.0[status.code() as usize]
    }

    /// As lists show them.
    pub(super) fn shown(&self) -> ParticipantCounts {
        let all = ParticipantStatus::ALL.iter().map(|status| (*status, self.of(*status)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// A participant has another status now, or (`None`) is new.
    fn moved(
        &mut self,
        before: Option<ParticipantStatus>,
        now: ParticipantStatus,
    ) -> Result<(), Fault> {
        let place = |status: ParticipantStatus| usize::from(status.code());
        if let Some(before) = before {
            let count = &mut self.0[place(before)];
            *count = count.checked_sub(1).ok_or_else(|| Fault::corrupt("counts do not add up"))?;
        }
        self.0[place(now)] += 1;
        Ok(())
    }
}

/// One distribution.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) distribution: Distribution,
    pub(super) counts: Counts,
    /// What of it is not in its row yet.
    unwritten: Unwritten,
}

/// How much of a row is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Unwritten {
    #[default]
    Nothing,
    /// What joining changes, and the counts.
    Joins,
    /// All of it.
    Everything,
}

impl Opened {
    /// As it is in its row.
    pub(super) const fn stored(distribution: Distribution, counts: Counts) -> Self {
        Self { distribution, counts, unwritten: Unwritten::Nothing }
    }

    /// One that has no row yet.
    pub(super) fn new(distribution: Distribution) -> Self {
        Self { distribution, counts: Counts::default(), unwritten: Unwritten::Everything }
    }

    pub(super) fn replace(&mut self, distribution: &Distribution) {
        self.distribution.clone_from(distribution);
        self.unwritten = Unwritten::Everything;
    }

    /// Takes over what joining changes.
    pub(super) fn join(&mut self, distribution: &Distribution) {
        self.distribution.joined = distribution.joined;
        self.distribution.wake_at = distribution.wake_at;
        self.unwritten = self.unwritten.max(Unwritten::Joins);
    }

    /// A participant has another status now, or (`None`) is new.
    pub(super) fn moved(
        &mut self,
        before: Option<ParticipantStatus>,
        now: ParticipantStatus,
    ) -> Result<(), Fault> {
        if before != Some(now) {
            self.counts.moved(before, now)?;
            self.unwritten = self.unwritten.max(Unwritten::Joins);
        }
        Ok(())
    }

    pub(super) const fn unwritten(&self) -> Unwritten {
        self.unwritten
    }

    /// Its row was written.
    pub(super) fn written(&mut self) {
        self.unwritten = Unwritten::Nothing;
    }
}
