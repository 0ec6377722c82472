//! Looking through deliveries in the order in which they were made.
//!
//! Rows are found per webhook (and, when only ended ones are wanted, per status) and merged.
//! Work is bounded: a scan stops after looking at so many rows and says so.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use fanfare_model::{DeliveryStatus, OrganizationId, Timestamp, WebhookId};
use fanfare_store::{Delivery, DeliveryFilter};
use rusqlite::{Connection, OptionalExtension};

use crate::delivery_row::{self, DeliveryRow, event_id, organization_key};
use crate::fault::Fault;

/// How far creation times may be out of the order of rows: what concurrent requests and a
/// corrected clock do.
pub(crate) const DISORDER: Duration = Duration::from_secs(3600);

/// A scan.
pub(crate) struct Scan<'c> {
    connection: &'c Connection,
    ascending: bool,
    filter: DeliveryFilter,
    webhooks: HashMap<u32, WebhookId>,
    sources: Vec<Source>,
    /// How many more rows may be looked at.
    budget: usize,
    /// The row looked at last.
    last: Option<i64>,
}

struct Source {
    webhook: u32,
    status: Option<u8>,
    above: i64,
    below: i64,
    rows: VecDeque<DeliveryRow>,
    chunk: usize,
    ended: bool,
}

/// The rows of one webhook. The index holds the row's number as well, so the order is its own.
pub(crate) const OF_WEBHOOK: &str = "deliveries INDEXED BY deliveries_webhook \
     WHERE webhook = ?1 AND seq > ?2 AND seq < ?3 ORDER BY seq";
pub(crate) const OF_STATUS: &str = "deliveries INDEXED BY deliveries_ended \
     WHERE status >= 2 AND webhook = ?1 AND status = ?5 AND seq > ?2 AND seq < ?3 ORDER BY seq";

impl<'c> Scan<'c> {
    /// A scan of what matches, strictly between two rows; `None` when the organization, or the
    /// webhook asked for, does not exist.
    pub(crate) fn new(
        connection: &'c Connection,
        organization: OrganizationId,
        filter: DeliveryFilter,
        (above, below): (Option<i64>, Option<i64>),
        ascending: bool,
        budget: usize,
    ) -> Result<Option<Self>, Fault> {
        let Some(organization) = organization_key(connection, organization)? else {
            return Ok(None);
        };
        let mut webhooks = webhooks_of(connection, organization)?;
        if let Some(wanted) = filter.webhook_id {
            webhooks.retain(|_, id| *id == wanted);
        }
        let mut above = above.unwrap_or(0);
        let mut below = below.unwrap_or(i64::MAX);
        if let Some(since) = filter.since {
            above = above.max(row_at(connection, since.minus(DISORDER))? - 1);
        }
        if let Some(until) = filter.until {
            below = below.min(row_at(connection, until + DISORDER)?);
        }
        let ended = |status: &DeliveryStatus| {
            matches!(status, DeliveryStatus::Failed | DeliveryStatus::Cancelled)
        };
        let statuses: Vec<Option<u8>> =
            if !filter.status.is_empty() && filter.status.iter().all(ended) {
                let mut codes: Vec<_> = filter.status.iter().map(|s| s.code()).collect();
                codes.sort_unstable();
                codes.dedup();
                codes.into_iter().map(Some).collect()
            } else {
                vec![None]
            };
        let mut sources = Vec::with_capacity(webhooks.len() * statuses.len());
        for webhook in webhooks.keys() {
            for status in &statuses {
                sources.push(Source {
                    webhook: *webhook,
                    status: *status,
                    above,
                    below,
                    rows: VecDeque::new(),
                    chunk: 16,
                    ended: false,
                });
            }
        }
        Ok(Some(Self { connection, ascending, filter, webhooks, sources, budget, last: None }))
    }

    /// The next row that matches; `None` at the end, or when the budget is used up.
    pub(crate) fn next(&mut self) -> Result<Option<DeliveryRow>, Fault> {
        while self.budget > 0 {
            let Some(row) = self.next_row()? else { return Ok(None) };
            self.budget -= 1;
            self.last = Some(row.seq);
            if self.matches(&row)? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Whether the scan stopped because it had looked at enough.
    pub(crate) const fn is_out_of_budget(&self) -> bool {
        self.budget == 0
    }

    /// How many rows it looked at, of this budget.
    pub(crate) const fn looked_at(&self, budget: usize) -> usize {
        budget - self.budget
    }

    /// The row looked at last.
    pub(crate) const fn last(&self) -> Option<i64> {
        self.last
    }

    /// A row as customers see it.
    pub(crate) fn delivery(&self, row: DeliveryRow) -> Result<Delivery, Fault> {
        let webhook = self.webhooks.get(&row.webhook).copied();
        let webhook = webhook.ok_or_else(|| Fault::corrupt("a delivery has no webhook"))?;
        let event = event_id(self.connection, row.event)?;
        row.into_delivery(event, webhook)
    }

    fn next_row(&mut self) -> Result<Option<DeliveryRow>, Fault> {
        let (connection, ascending) = (self.connection, self.ascending);
        let mut best: Option<(usize, i64)> = None;
        for (index, source) in self.sources.iter_mut().enumerate() {
            let Some(seq) = source.peek(connection, ascending)? else { continue };
            let better = best.is_none_or(|(_, other)| (seq < other) == ascending);
            if better {
                best = Some((index, seq));
            }
        }
        Ok(best.and_then(|(index, _)| self.sources[index].rows.pop_front()))
    }

    fn matches(&self, row: &DeliveryRow) -> Result<bool, Fault> {
        let filter = &self.filter;
        let status = row.status()?;
        let event_type = crate::event_row::event_type(row.event_type)?;
        Ok((filter.status.is_empty() || filter.status.contains(&status))
            && filter.types.contains(event_type)
            && filter.since.is_none_or(|since| row.created_at >= since)
            && filter.until.is_none_or(|until| row.created_at < until)
            && (filter.error_class.is_empty()
                || row.error_class().is_some_and(|class| filter.error_class.contains(&class)))
            && filter.status_code.is_none_or(|(first, last)| {
                row.status_code().is_some_and(|code| (first..=last).contains(&code))
            }))
    }
}

impl Source {
    fn peek(&mut self, connection: &Connection, ascending: bool) -> Result<Option<i64>, Fault> {
        if self.rows.is_empty() && !self.ended {
            self.fill(connection, ascending)?;
        }
        Ok(self.rows.front().map(|row| row.seq))
    }

    fn fill(&mut self, connection: &Connection, ascending: bool) -> Result<(), Fault> {
        let table = if self.status.is_some() { OF_STATUS } else { OF_WEBHOOK };
        let direction = if ascending { "ASC" } else { "DESC" };
        let mut look = connection.prepare_cached(&format!(
            "SELECT {} FROM {table} {direction} LIMIT ?4",
            delivery_row::COLUMNS
        ))?;
        let (webhook, above, below) = (self.webhook, self.above, self.below);
        let limit = self.chunk as i64;
        let mut rows = match self.status {
            Some(status) => look.query((webhook, above, below, limit, status))?,
            None => look.query((webhook, above, below, limit))?,
        };
        while let Some(row) = rows.next()? {
            self.rows.push_back(delivery_row::read(row)?);
        }
        self.ended = self.rows.len() < self.chunk;
        self.chunk = (self.chunk * 2).min(256);
        if let Some(last) = self.rows.back() {
            if ascending {
                self.above = last.seq;
            } else {
                self.below = last.seq;
            }
        }
        Ok(())
    }
}

fn webhooks_of(
    connection: &Connection,
    organization: i64,
) -> Result<HashMap<u32, WebhookId>, Fault> {
    let mut list =
        connection.prepare_cached("SELECT key, id FROM webhooks WHERE organization = ?1")?;
    let pairs = list
        .query_map([organization], |row| Ok((row.get(0)?, WebhookId::from_bytes(row.get(1)?))))?;
    Ok(pairs.collect::<Result<_, _>>()?)
}

/// The first row created at or after this time, provided that rows are in order of time.
fn row_at(connection: &Connection, time: Timestamp) -> Result<i64, Fault> {
    let (first, last): (Option<i64>, Option<i64>) = connection
        .prepare_cached(
            "SELECT (SELECT min(seq) FROM deliveries), (SELECT max(seq) FROM deliveries)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(mut low), Some(last)) = (first, last) else { return Ok(0) };
    let mut high = last + 1;
    let mut probe = connection
        .prepare_cached("SELECT created_at FROM deliveries WHERE seq >= ?1 ORDER BY seq LIMIT 1")?;
    while low < high {
        let middle = low + (high - low) / 2;
        let at: Option<i64> = probe.query_row([middle], |row| row.get(0)).optional()?;
        if at.is_some_and(|at| at < time.as_millis()) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
