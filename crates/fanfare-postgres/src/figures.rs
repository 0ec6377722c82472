//! Figures per webhook and minute: gathered in memory, written about once a second.
//!
//! Promises: a part of a minute is one node's and is written whole each time, so that writing it
//! once more (after nobody knows whether the last time succeeded) counts nothing twice. What a node
//! gathered is in its answers at once, in those of other nodes once it is written. A minute that is
//! over is let go of when it is written; a late attempt begins another part of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::{OrganizationId, Timestamp, WebhookId};
use fanfare_store::{Figure, Minute, StatsBucket, StatsStore, StoreError};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::Scope;
use crate::shares::Purpose;
use crate::store::{read, transact};

/// How often what was gathered is written.
const EVERY: Duration = Duration::from_secs(1);
/// Parts that one statement writes.
const AT_ONCE: usize = 1_000;
/// How long after its beginning a minute is held: attempts that take long are recorded late.
const HELD_MS: i64 = 150_000;

/// Of what a part is a part: the webhook and the beginning of the minute.
type Key = (OrganizationId, WebhookId, i64);

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
    /// Counts how often minutes were let go of: later parts have other names.
    generation: i64,
    /// The latest minute.
    latest: i64,
}

impl Gathered {
    fn retain(&mut self, is_needed: impl Fn(i64, &Part) -> bool) {
        let before = self.parts.len();
        self.parts.retain(|(.., minute), part| is_needed(*minute, part));
        self.generation += i64::from(self.parts.len() < before);
    }
}

/// A part of a minute.
struct Part {
    name: i64,
    minute: Minute,
    /// How many attempts are in it, and how many were when it was last written.
    attempts: u64,
    written: u64,
}

/// A part's state, to be written.
struct Unwritten {
    key: Key,
    name: i64,
    attempts: u64,
    text: String,
}

impl Figures {
    pub(crate) fn new(node: i64) -> Self {
        Self { node, gathered: Mutex::default(), writing: tokio::sync::Mutex::default() }
    }

    /// Adds an attempt.
    pub(crate) fn add(&self, organization: OrganizationId, webhook: WebhookId, figure: &Figure) {
        let minute = figure.minute();
        let mut gathered = self.gathered.lock();
        gathered.latest = gathered.latest.max(minute);
        let name = self.node << 24 | (gathered.generation & 0xff_ffff);
        let part = gathered.parts.entry((organization, webhook, minute)).or_insert_with(|| Part {
            name,
            minute: Minute::default(),
            attempts: 0,
            written: 0,
        });
        part.minute.add(figure);
        part.attempts += 1;
    }

    /// What is held of a webhook's minutes, by minute and name of the part.
    fn held(
        &self,
        (organization, webhook): (OrganizationId, WebhookId),
        (since, until): (i64, i64),
    ) -> BTreeMap<(i64, i64), Minute> {
        let gathered = self.gathered.lock();
        let wanted = gathered.parts.iter().filter(|((whose, of, minute), _)| {
            *whose == organization && *of == webhook && *minute >= since && *minute < until
        });
        wanted.map(|((.., minute), part)| ((*minute, part.name), part.minute.clone())).collect()
    }

    fn unwritten(&self) -> Result<Vec<Unwritten>, Fault> {
        let gathered = self.gathered.lock();
        let changed = gathered.parts.iter().filter(|(_, part)| part.attempts != part.written);
        let row = |(key, part): (&Key, &Part)| {
            let text = serde_json::to_string(&part.minute);
            let text = text.map_err(|error| Fault::failed(format!("figures: {error}")))?;
            Ok(Unwritten { key: *key, name: part.name, attempts: part.attempts, text })
        };
        changed.map(row).collect()
    }

    /// These states were written.
    fn note_written(&self, rows: &[Unwritten]) {
        let mut gathered = self.gathered.lock();
        for row in rows {
            let part = gathered.parts.get_mut(&row.key).filter(|part| part.name == row.name);
            if let Some(part) = part {
                part.written = row.attempts;
            }
        }
    }

    /// Lets go of minutes that were over some time ago and are written.
    fn let_go(&self, now: Timestamp) {
        let mut gathered = self.gathered.lock();
        let over = gathered.latest.max(now.as_millis()) - HELD_MS;
        gathered.retain(|minute, part| minute >= over || part.attempts != part.written);
    }

    /// Forgets minutes that began before this time, written or not: their retention has ended.
    pub(crate) fn expire(&self, before: Timestamp) {
        self.gathered.lock().retain(|minute, _| minute >= before.as_millis());
    }
}

const WRITE: &str = "INSERT INTO stats (organization_id, webhook_id, minute, part, figures)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[])
    ON CONFLICT (organization_id, webhook_id, minute, part) DO UPDATE
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
            let organizations: Vec<_> = rows.iter().map(|row| uuid(row.key.0)).collect();
            let webhooks: Vec<_> = rows.iter().map(|row| uuid(row.key.1)).collect();
            let minutes: Vec<_> = rows.iter().map(|row| row.key.2).collect();
            let names: Vec<_> = rows.iter().map(|row| row.name).collect();
            let texts: Vec<_> = rows.iter().map(|row| row.text.as_str()).collect();
            transact!(self, Purpose::Work.of(Scope::Product), |session| {
                let params: crate::session::Params<'_> =
                    &[&organizations, &webhooks, &minutes, &names, &texts];
                session.execute(WRITE, params).await.map(drop)
            })?;
            self.figures.note_written(rows);
        }
        self.figures.let_go(self.ids.now());
        Ok(())
    }
}

/// What the table shows of a webhook, by minute and name of the part.
async fn written(
    session: &crate::session::Session,
    (organization, webhook): (Uuid, Uuid),
    (since, until): (i64, i64),
) -> Result<BTreeMap<(i64, i64), Minute>, Fault> {
    let sql = "SELECT minute, part, figures FROM stats \
         WHERE organization_id = $1 AND webhook_id = $2 AND minute >= $3 AND minute < $4";
    let rows = session.query(sql, &[&organization, &webhook, &since, &until]).await?;
    rows.iter()
        .map(|row| {
            let figures = serde_json::from_str(row.get("figures"))
                .map_err(|error| Fault::corrupt(format!("figures: {error}")))?;
            Ok(((row.get("minute"), row.get("part")), figures))
        })
        .collect()
}

#[async_trait]
impl StatsStore for PostgresStore {
    async fn webhook_stats(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<StatsBucket>, StoreError> {
        let bounds = (since.as_millis(), until.as_millis());
        // Before the table is read: what is let go of meanwhile must not be missed.
        let held = self.figures.held((organization, webhook), bounds);
        let key = (uuid(organization), uuid(webhook));
        let mut parts = read!(self, Scope::Organization(organization), |session| {
            written(&session, key, bounds).await
        })?;
        parts.extend(held);
        let mut minutes: BTreeMap<i64, Minute> = BTreeMap::new();
        for ((minute, _), part) in parts {
            minutes.entry(minute).or_default().merge(&part);
        }
        Ok(minutes.into_iter().map(|(minute, sum)| sum.into_bucket(minute)).collect())
    }
}

#[cfg(test)]
mod tests {
    use fanfare_store::{RecordedAttempt, SentSignatures, Verdict};

    use super::*;

    fn attempt(at: i64) -> Figure {
        let attempt = RecordedAttempt {
            started_at: Timestamp::from_millis(at),
            duration: Duration::ZERO,
            status_code: Some(200),
            error_class: None,
            response_body: bytes::Bytes::new(),
            response_truncated: false,
            remote_addr: None,
            webhook_version: 1,
            signatures: SentSignatures::default(),
        };
        Figure::new(&attempt, Verdict::Succeeded)
    }

    #[test]
    fn a_late_attempt_begins_another_part() {
        let (organization, webhook) = (OrganizationId::from_u128(1), WebhookId::from_u128(2));
        let figures = Figures::new(3);
        let now = Timestamp::from_millis(HELD_MS * 2);
        figures.add(organization, webhook, &attempt(1));
        figures.let_go(now);
        let first = figures.unwritten().expect("rows");
        assert_eq!((first.len(), first[0].attempts), (1, 1), "not written, not let go of");
        figures.add(organization, webhook, &attempt(2));
        figures.note_written(&first);
        let both = figures.unwritten().expect("rows");
        assert_eq!((both[0].name, both[0].attempts), (first[0].name, 2), "the whole part again");
        figures.note_written(&both);
        assert!(figures.unwritten().expect("rows").is_empty());
        figures.let_go(now);
        assert!(figures.held((organization, webhook), (0, i64::MAX)).is_empty());
        figures.add(organization, webhook, &attempt(3));
        let late = figures.unwritten().expect("rows");
        assert_ne!(late[0].name, first[0].name, "what was written stays");
        figures.expire(now);
        assert!(figures.unwritten().expect("rows").is_empty());
    }
}
