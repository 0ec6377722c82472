//! A transaction: what it knows in memory, and what it has yet to send.
//!
//! Nobody else changes what belongs to the launch domain while the organization's row is locked, so
//! what was read or put once is known until the end. Writes wait, and go with one statement for each
//! table: before a read that could see them, and before the commit.

use std::collections::{BTreeSet, HashMap};

use fanfare_model::launch::Bid;
use fanfare_model::{DistributionId, OrganizationId, Timestamp};
use fanfare_store::{EventSource, NewEvent};

use super::consumer::Consumers;
use super::first_change;
use super::opened::Opened;
use super::order::Orders;
use super::participant::Participants;
use crate::PostgresStore;
use crate::accept::{self, Made, NewRows};
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::Session;

/// Events, and bytes of their bodies, that go with one statement.
const EVENTS: usize = 2_000;
const BYTES: usize = 2 * 1024 * 1024;

/// One transaction of one organization.
pub(super) struct Tx<'s> {
    pub(super) store: &'s PostgresStore,
    pub(super) session: &'s Session,
    pub(super) organization: OrganizationId,
    last_change: i64,
    stored_change: i64,
    pub(super) consumers: Consumers,
    pub(super) distributions: HashMap<DistributionId, Opened>,
    /// The distribution that was asked for last.
    pub(super) opened_last: Option<DistributionId>,
    pub(super) participants: Participants,
    pub(super) bids: Vec<Bid>,
    pub(super) orders: Orders,
    events: NewRows,
    event_count: usize,
    event_bytes: usize,
    emitted: Vec<(NewRows, Made)>,
    /// How much work has written.
    pub(super) writes: usize,
    /// Tables in which something was erased.
    pub(super) erased_in: BTreeSet<String>,
}

/// What is left to do when a transaction was committed.
pub(super) struct Aftermath {
    /// Events with their deliveries, for the engine.
    pub(super) emitted: Vec<(NewRows, Made)>,
    /// Tables that hold old versions of what was erased.
    pub(super) erased_in: BTreeSet<String>,
}

impl<'s> Tx<'s> {
    /// A transaction that has begun and locked its organization.
    pub(super) fn new(
        store: &'s PostgresStore,
        session: &'s Session,
        organization: OrganizationId,
        last_change: i64,
    ) -> Self {
        Self {
            store,
            session,
            organization,
            last_change,
            stored_change: last_change,
            consumers: Consumers::default(),
            distributions: HashMap::new(),
            opened_last: None,
            participants: Participants::default(),
            bids: Vec::new(),
            orders: Orders::default(),
            events: NewRows::default(),
            event_count: 0,
            event_bytes: 0,
            emitted: Vec::new(),
            writes: 0,
            erased_in: BTreeSet::new(),
        }
    }

    /// The number of a change made at this time: greater than every one before.
    pub(super) fn next_change(&mut self, at: Timestamp) -> u64 {
        self.last_change = first_change(at).max(self.last_change + 1);
        self.last_change.cast_unsigned()
    }

    /// Accepts an event.
    pub(super) async fn emit(&mut self, event: &NewEvent, at: Timestamp) -> Result<(), Fault> {
        self.events.push(self.organization, event, at, EventSource::Api, None);
        self.event_count += 1;
        self.event_bytes += event.body.len();
        if self.event_count >= EVENTS || self.event_bytes >= BYTES {
            self.write_events().await?;
        }
        Ok(())
    }

    /// Sends what was emitted.
    pub(super) async fn write_events(&mut self) -> Result<(), Fault> {
        (self.event_count, self.event_bytes) = (0, 0);
        let rows = std::mem::take(&mut self.events);
        if !rows.is_empty() {
            let made = accept::write(self.store, self.session, &rows).await?;
            self.emitted.push((rows, made));
        }
        Ok(())
    }

    /// Sends everything; gives what is to be done after the commit.
    pub(super) async fn finish(mut self) -> Result<Aftermath, Fault> {
        self.write_consumers().await?;
        self.write_distributions().await?;
        self.write_participants().await?;
        self.write_bids().await?;
        self.write_orders().await?;
        self.write_events().await?;
        if self.last_change != self.stored_change {
            let sql = "UPDATE organizations SET last_change = $2 WHERE id = $1";
            self.session.execute(sql, &[&uuid(self.organization), &self.last_change]).await?;
        }
        Ok(Aftermath { emitted: self.emitted, erased_in: self.erased_in })
    }
}
