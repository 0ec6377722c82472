//! Distributions that a transaction has read or changed, in memory until it ends.
//!
//! Many joins of one queue share a transaction. Each of them reads the queue, changes it and
//! counts itself; the row and the counts are written once, before something else reads them and
//! before the commit. What is known of participants is kept as well, so that writing one that
//! was looked for before does not look again. All of it is forgotten when the transaction ends,
//! however it ends.

use std::collections::HashMap;

use fanfare_model::launch::{Distribution, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId};

use super::distribution;
use crate::fault::Fault;
use crate::writer::Tx;

const STATUSES: usize = ParticipantStatus::ALL.len();

/// One distribution.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) key: i64,
    distribution: Distribution,
    /// What of it is not in its row yet.
    unwritten: Unwritten,
    /// By the status's code.
    counts: [u32; STATUSES],
    stored_counts: [u32; STATUSES],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Unwritten {
    #[default]
    Nothing,
    /// What joining changes.
    Joins,
    Everything,
}

/// A participant's row and status.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) place: i64,
    pub(super) status: ParticipantStatus,
}

/// Everything that is known in a transaction.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// By organization's key and id.
    distributions: HashMap<(i64, DistributionId), Opened>,
    /// By the distribution's key; `None`: there is none.
    participants: HashMap<(i64, ConsumerId), Option<Known>>,
}

impl Book {
    /// The transaction has ended.
    pub(crate) fn clear(&mut self) {
        self.distributions.clear();
        self.participants.clear();
    }

    /// What is known of a participant, if something is.
    pub(super) fn known(&self, key: i64, consumer: ConsumerId) -> Option<Option<Known>> {
        self.participants.get(&(key, consumer)).copied()
    }

    pub(super) fn learn(&mut self, key: i64, consumer: ConsumerId, known: Option<Known>) {
        self.participants.insert((key, consumer), known);
    }
}

impl Opened {
    fn new(key: i64, distribution: Distribution) -> Self {
        let counts = [0; STATUSES];
        Self { key, distribution, unwritten: Unwritten::Nothing, counts, stored_counts: counts }
    }

    fn count_mut(&mut self, status: ParticipantStatus) -> &mut u32 {
        &mut self.counts[usize::from(status.code())]
    }

    /// How many participants have this status.
    pub(super) const fn count(&self, status: ParticipantStatus) -> u32 {
        self.counts[status.code() as usize]
    }

    /// A participant has another status now, or (`None`) is new.
    pub(super) fn moved(
        &mut self,
        before: Option<ParticipantStatus>,
        now: ParticipantStatus,
    ) -> Result<(), Fault> {
        if let Some(before) = before {
            let count = self.count_mut(before);
            *count = count.checked_sub(1).ok_or_else(|| Fault::corrupt("counts do not add up"))?;
        }
        *self.count_mut(now) += 1;
        Ok(())
    }
}

impl Tx<'_, '_> {
    /// A distribution.
    pub(super) fn open(
        &mut self,
        organization: i64,
        id: DistributionId,
    ) -> Result<Option<&mut Opened>, Fault> {
        let place = (organization, id);
        if !self.book.distributions.contains_key(&place) {
            let found = distribution::keyed(self.connection, organization, id)?;
            let Some((key, distribution)) = found else { return Ok(None) };
            let mut opened = Opened::new(key, distribution);
            for (status, count) in distribution::counts(self.connection, key)? {
                *opened.count_mut(status) = count;
            }
            opened.stored_counts = opened.counts;
            self.book.distributions.insert(place, opened);
        }
        Ok(self.book.distributions.get_mut(&place))
    }

    /// A distribution that must be there.
    pub(super) fn open_known(
        &mut self,
        organization: i64,
        id: DistributionId,
    ) -> Result<&mut Opened, Fault> {
        self.open(organization, id)?
            .ok_or_else(|| Fault::failed(format!("there is no distribution {id}")))
    }

    /// The distribution as it is now.
    pub(super) fn distribution(
        &mut self,
        organization: i64,
        id: DistributionId,
    ) -> Result<Option<Distribution>, Fault> {
        Ok(self.open(organization, id)?.map(|opened| opened.distribution.clone()))
    }

    /// Makes or replaces a distribution.
    pub(super) fn put_distribution(
        &mut self,
        organization: i64,
        distribution: &Distribution,
    ) -> Result<(), Fault> {
        if let Some(opened) = self.open(organization, distribution.id)? {
            opened.distribution.clone_from(distribution);
            opened.unwritten = Unwritten::Everything;
            return Ok(());
        }
        distribution::put(self.connection, organization, distribution)?;
        let opened = Opened::new(self.connection.last_insert_rowid(), distribution.clone());
        self.book.distributions.insert((organization, distribution.id), opened);
        Ok(())
    }

    /// Takes over what joining changes of a distribution.
    pub(super) fn put_joined(
        &mut self,
        organization: i64,
        distribution: &Distribution,
    ) -> Result<(), Fault> {
        let opened = self.open_known(organization, distribution.id)?;
        opened.distribution.joined = distribution.joined;
        opened.distribution.wake_at = distribution.wake_at;
        if opened.unwritten == Unwritten::Nothing {
            opened.unwritten = Unwritten::Joins;
        }
        Ok(())
    }

    /// Removes a distribution.
    pub(super) fn delete_distribution(
        &mut self,
        organization: i64,
        id: DistributionId,
    ) -> Result<(), Fault> {
        self.book.distributions.remove(&(organization, id));
        distribution::delete(self.connection, organization, id)
    }

    /// Writes what was changed.
    pub(crate) fn write_book(&mut self) -> Result<(), Fault> {
        for ((organization, _), opened) in &mut self.book.distributions {
            let write = match std::mem::take(&mut opened.unwritten) {
                Unwritten::Nothing => |_: &_, _, _: &_| Ok(()),
                Unwritten::Joins => distribution::put_joined,
                Unwritten::Everything => distribution::put,
            };
            write(self.connection, *organization, &opened.distribution)?;
            for status in ParticipantStatus::ALL {
                let code = usize::from(status.code());
                if opened.counts[code] != opened.stored_counts[code] {
                    let count = opened.counts[code];
                    distribution::put_count(self.connection, opened.key, *status, count)?;
                }
            }
            opened.stored_counts = opened.counts;
        }
        Ok(())
    }
}
