//! Figures by minute and hour: gathered in memory, written about once a second.
//!
//! Promises: a part of a minute or hour is one node's and is written whole each time, so that writing it
//! once more (after nobody knows whether the last time succeeded) counts nothing twice. What a node
//! gathered is in its answers at once, in those of other nodes once it is written. A minute or hour
//! that is over is let go of when it is written; a late attempt begins another part of it. Nodes
//! never write the same row, so that none waits for another.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{OrganizationId, Timestamp, WebhookId};
use fanfare_store::{Figure, StatsWidth, StoreError, Tally};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::Scope;
use crate::shares::Purpose;
use crate::store::transact;

/// How often what was gathered is written.
const EVERY: Duration = Duration::from_secs(1);
/// Parts that one statement writes.
const AT_ONCE: usize = 1_000;
/// How long after its beginning a minute is held, and an hour accordingly: attempts that take long
/// are recorded late.
const HELD_MS: i64 = 150_000;

/// Which figures: of what, and of how long a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// In the table `stats`; the others are kinds of rows in `rollups`.
    WebhookMinute,
    WebhookHour,
    OrganizationMinute,
    OrganizationHour,
}

impl Kind {
    pub(crate) const fn of_webhook(width: StatsWidth) -> Self {
        match width {
            StatsWidth::Minute => Self::WebhookMinute,
            StatsWidth::Hour => Self::WebhookHour,
        }
    }

    pub(crate) const fn of_organization(width: StatsWidth) -> Self {
        match width {
            StatsWidth::Minute => Self::OrganizationMinute,
            StatsWidth::Hour => Self::OrganizationHour,
        }
    }

    pub(crate) const fn width(self) -> StatsWidth {
        match self {
            Self::WebhookMinute | Self::OrganizationMinute => StatsWidth::Minute,
            Self::WebhookHour | Self::OrganizationHour => StatsWidth::Hour,
        }
    }

    /// In `rollups`.
    pub(crate) const fn code(self) -> Option<i16> {
        match self {
            Self::WebhookMinute => None,
            Self::WebhookHour => Some(0),
            Self::OrganizationMinute => Some(1),
            Self::OrganizationHour => Some(2),
        }
    }
}

/// Of what a part is a part. Parts are written in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) organization: OrganizationId,
    pub(crate) kind: Kind,
    /// The webhook or the organization.
    pub(crate) subject: Uuid,
    /// The beginning of the minute or hour.
    pub(crate) at: i64,
}

/// What this node gathers.
pub(crate) struct Figures {
    /// Names this life of this node.
    pub(crate) node: i64,
    gathered: Mutex<Gathered>,
    /// Held by who writes: an older state of a part must not follow a newer one.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Gathered {
    parts: HashMap<Key, Part>,
    /// Counts how often parts were let go of: later parts have other names.
    generation: i64,
    /// The latest minute.
    latest: i64,
}

impl Gathered {
    fn add(&mut self, node: i64, key: Key, figure: &Figure) {
        let name = node << 24 | (self.generation & 0xff_ffff);
        let part = self.parts.entry(key).or_insert_with(|| Part {
            name,
            tally: Tally::default(),
            count: 0,
            written: 0,
        });
        part.tally.add(figure);
        part.count += 1;
    }

    fn retain(&mut self, is_needed: impl Fn(&Key, &Part) -> bool) {
        let before = self.parts.len();
        self.parts.retain(|key, part| is_needed(key, part));
        self.generation += i64::from(self.parts.len() < before);
    }
}

/// A part of a minute or hour.
struct Part {
    name: i64,
    tally: Tally,
    /// How much is in it, and how much was when it was last written.
    count: u64,
    written: u64,
}

/// A part's state, to be written.
struct Unwritten {
    key: Key,
    name: i64,
    count: u64,
    text: String,
}

impl Figures {
    pub(crate) fn new(node: i64) -> Self {
        Self { node, gathered: Mutex::default(), writing: tokio::sync::Mutex::default() }
    }

    /// Adds what happened to a webhook; it counts for its organization as well.
    pub(crate) fn add(&self, organization: OrganizationId, webhook: WebhookId, figure: &Figure) {
        let mut gathered = self.gathered.lock();
        for width in StatsWidth::ALL {
            let (kind, subject) = (Kind::of_webhook(width), uuid(webhook));
            let key = Key { organization, kind, subject, at: figure.begin(width) };
            gathered.add(self.node, key, figure);
        }
        self.add_to_organization(&mut gathered, organization, figure);
    }

    /// Adds what happened to an organization.
    pub(crate) fn add_accepted(&self, organization: OrganizationId, figure: &Figure) {
        self.add_to_organization(&mut self.gathered.lock(), organization, figure);
    }

    fn add_to_organization(
        &self,
        gathered: &mut Gathered,
        organization: OrganizationId,
        figure: &Figure,
    ) {
        for width in StatsWidth::ALL {
            let (kind, subject) = (Kind::of_organization(width), uuid(organization));
            let key = Key { organization, kind, subject, at: figure.begin(width) };
            gathered.add(self.node, key, figure);
        }
        gathered.latest = gathered.latest.max(figure.begin(StatsWidth::Minute));
    }

    /// The parts that are held and wanted.
    pub(crate) fn held(&self, is_wanted: impl Fn(&Key) -> bool) -> Vec<(Key, i64, Tally)> {
        let gathered = self.gathered.lock();
        let wanted = gathered.parts.iter().filter(|(key, _)| is_wanted(key));
        wanted.map(|(key, part)| (*key, part.name, part.tally.clone())).collect()
    }

    fn unwritten(&self) -> Result<Vec<Unwritten>, Fault> {
        let gathered = self.gathered.lock();
        let changed = gathered.parts.iter().filter(|(_, part)| part.count != part.written);
        let row = |(key, part): (&Key, &Part)| {
            let text = serde_json::to_string(&part.tally);
            let text = text.map_err(|error| Fault::failed(format!("figures: {error}")))?;
            Ok(Unwritten { key: *key, name: part.name, count: part.count, text })
        };
        let mut rows: Vec<_> = changed.map(row).collect::<Result<_, Fault>>()?;
        rows.sort_unstable_by_key(|row| row.key);
        Ok(rows)
    }

    /// These states were written.
    fn note_written(&self, rows: &[Unwritten]) {
        let mut gathered = self.gathered.lock();
        for row in rows {
            let part = gathered.parts.get_mut(&row.key).filter(|part| part.name == row.name);
            if let Some(part) = part {
                part.written = row.count;
            }
        }
    }

    /// Lets go of what was over some time ago and is written.
    fn let_go(&self, now: Timestamp) {
        let mut gathered = self.gathered.lock();
        let over = gathered.latest.max(now.as_millis()) - HELD_MS;
        gathered.retain(|key, part| {
            let begins_held = over + StatsWidth::Minute.millis() - key.kind.width().millis();
            key.at >= begins_held || part.count != part.written
        });
    }

    /// Forgets what began before these times, written or not: its retention has ended.
    pub(crate) fn expire(&self, (minutes, hours): (Timestamp, Timestamp)) {
        self.gathered.lock().retain(|key, _| match key.kind.width() {
            StatsWidth::Minute => key.at >= minutes.as_millis(),
            StatsWidth::Hour => key.at >= hours.as_millis(),
        });
    }
}

/// `$1…$6`: rows; those without a kind are minutes of webhooks.
const WRITE: &str = "WITH given AS MATERIALIZED (
        SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::bigint[], $5::bigint[],
                             $6::text[]) AS g (organization_id, kind, subject_id, at, part, figures)
    ), minutes AS (
        INSERT INTO stats (organization_id, webhook_id, minute, part, figures)
        SELECT organization_id, subject_id, at, part, figures FROM given WHERE kind IS NULL
        ON CONFLICT (organization_id, webhook_id, minute, part) DO UPDATE
            SET figures = excluded.figures
    )
    INSERT INTO rollups (organization_id, kind, subject_id, at, part, figures)
    SELECT organization_id, kind, subject_id, at, part, figures FROM given WHERE kind IS NOT NULL
    ON CONFLICT (organization_id, kind, subject_id, at, part) DO UPDATE
        SET figures = excluded.figures";

/// Writes figures until the store is closed, and then what is left.
pub(crate) async fn run(store: Arc<PostgresStore>) {
    loop {
        let stopped = tokio::select! {
            () = tokio::time::sleep(EVERY) => false,
            () = store.stop.cancelled() => true,
        };
        if let Err(error) = store.write_figures().await {
            tracing::warn!(%error, "figures were not written; they are kept in memory");
        }
        if stopped {
            return;
        }
    }
}

impl PostgresStore {
    async fn write_figures(&self) -> Result<(), StoreError> {
        let _turn = self.figures.writing.lock().await;
        for rows in self.figures.unwritten()?.chunks(AT_ONCE) {
            let organizations: Vec<_> = rows.iter().map(|row| uuid(row.key.organization)).collect();
            let kinds: Vec<_> = rows.iter().map(|row| row.key.kind.code()).collect();
            let subjects: Vec<_> = rows.iter().map(|row| row.key.subject).collect();
            let times: Vec<_> = rows.iter().map(|row| row.key.at).collect();
            let names: Vec<_> = rows.iter().map(|row| row.name).collect();
            let texts: Vec<_> = rows.iter().map(|row| row.text.as_str()).collect();
            transact!(self, Purpose::Work.of(Scope::Product), |session| {
                let params: crate::session::Params<'_> =
                    &[&organizations, &kinds, &subjects, &times, &names, &texts];
                session.execute(WRITE, params).await.map(drop)
            })?;
            self.figures.note_written(rows);
        }
        self.figures.let_go(self.ids.now());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
