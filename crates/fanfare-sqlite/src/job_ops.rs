//! Long work in bounded steps. A step looks at some items, makes deliveries and moves the job's
//! position in one transaction, so that a kill neither skips nor repeats.

use async_trait::async_trait;
use fanfare_model::{DeliveryOrigin, JobId, OrganizationId, Timestamp, limits};
use fanfare_store::{
    Audit, DeliveryFilter, EventSource, Job, JobSpec, JobStatus, JobStore, JobTurn, Page,
    PageRequest, Replay, StoreError,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::SqliteStore;
use crate::audit_ops;
use crate::delivery_ops::send_again;
use crate::delivery_row::organization_key;
use crate::event_ops::id_bounds;
use crate::event_row;
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::scan::Scan;
use crate::writer::{NewDelivery, Tx};

/// Rows a step looks through for each item it may find.
const LOOKED_AT: usize = 50;

const COLUMNS: &str = "j.id, o.id, j.spec, j.status, j.total, j.processed, j.created, \
     j.created_at, j.updated_at, j.position, j.last_delivery \
     FROM jobs j JOIN organizations o ON o.key = j.organization";

struct JobRow {
    job: Job,
    position: Vec<u8>,
    last_delivery: i64,
}

const fn status_code(status: JobStatus) -> u8 {
    match status {
        JobStatus::Running => 0,
        JobStatus::Completed => 1,
        JobStatus::Cancelled => 2,
    }
}

fn read(row: &Row<'_>) -> Result<JobRow, Fault> {
    let spec: String = row.get(2)?;
    let status: u8 = row.get(3)?;
    Ok(JobRow {
        job: Job {
            id: JobId::from_bytes(row.get(0)?),
            organization_id: OrganizationId::from_bytes(row.get(1)?),
            spec: serde_json::from_str(&spec)
                .map_err(|error| Fault::corrupt(format!("a job's text: {error}")))?,
            status: match status {
                0 => JobStatus::Running,
                1 => JobStatus::Completed,
                2 => JobStatus::Cancelled,
                _ => return Err(Fault::corrupt("a job's status is unknown")),
            },
            total: row.get(4)?,
            processed: row.get(5)?,
            created: row.get(6)?,
            created_at: Timestamp::from_millis(row.get(7)?),
            updated_at: Timestamp::from_millis(row.get(8)?),
        },
        position: row.get(9)?,
        last_delivery: row.get(10)?,
    })
}

fn create(tx: &mut Tx<'_, '_>, job: &Job) -> Result<(), Fault> {
    let organization = tx.tenant_key(job.organization_id)?;
    let running: usize = tx
        .connection
        .prepare_cached("SELECT count(*) FROM jobs WHERE organization = ?1 AND status = 0")?
        .query_row([organization], |row| row.get(0))?;
    let limit = limits::JOBS_PER_ORGANIZATION;
    if running >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "running jobs", limit }));
    }
    let spec = serde_json::to_string(&job.spec).map_err(|e| Fault::failed(e.to_string()))?;
    tx.connection
        .prepare_cached(
            "INSERT INTO jobs (organization, id, spec, status, total, processed, created, \
             created_at, updated_at, position, last_delivery) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, x'', ?10)",
        )?
        .execute((
            organization,
            job.id.to_bytes(),
            spec,
            status_code(job.status),
            job.total,
            job.processed,
            job.created,
            job.created_at.as_millis(),
            job.updated_at.as_millis(),
            tx.state.window.end() - 1,
        ))?;
    Ok(())
}

fn find(
    connection: &Connection,
    organization: OrganizationId,
    id: JobId,
) -> Result<Option<Job>, Fault> {
    let mut find =
        connection.prepare_cached(&format!("SELECT {COLUMNS} WHERE o.id = ?1 AND j.id = ?2"))?;
    let mut rows = find.query((organization.to_bytes(), id.to_bytes()))?;
    Ok(rows.next()?.map(read).transpose()?.map(|row| row.job))
}

pub(crate) const NEXT_RUNNING: &str = "SELECT created_at, id FROM jobs \
     WHERE status = 0 AND (created_at, id) > (?1, ?2) ORDER BY created_at, id LIMIT 1";

fn next(connection: &Connection, after: Option<JobTurn>) -> Result<Option<JobTurn>, Fault> {
    let mut next = connection.prepare_cached(NEXT_RUNNING)?;
    let mut after_place = |created_at: i64, id: [u8; 16]| {
        next.query_row((created_at, id), |row| {
            let created_at = Timestamp::from_millis(row.get(0)?);
            Ok(JobTurn { created_at, id: JobId::from_bytes(row.get(1)?) })
        })
        .optional()
    };
    let later = match after {
        Some(JobTurn { created_at, id }) => after_place(created_at.as_millis(), id.to_bytes())?,
        None => None,
    };
    Ok(match later {
        Some(later) => Some(later),
        None => after_place(i64::MIN, [0; 16])?,
    })
}

fn step(
    tx: &mut Tx<'_, '_>,
    id: JobId,
    items: usize,
    now: Timestamp,
) -> Result<Option<Job>, Fault> {
    let found = {
        let sql = format!("SELECT {COLUMNS} WHERE j.id = ?1 AND j.status = 0");
        let mut running = tx.connection.prepare_cached(&sql)?;
        let mut rows = running.query([id.to_bytes()])?;
        rows.next()?.map(read).transpose()?
    };
    let Some(mut row) = found else { return Ok(None) };
    let done = match row.job.spec.clone() {
        JobSpec::Resend { filter } => step_resend(tx, &mut row, filter, items.max(1), now)?,
        JobSpec::Replay(replay) => step_replay(tx, &mut row, &replay, items.max(1), now)?,
    };
    if done {
        row.job.status = JobStatus::Completed;
    }
    row.job.updated_at = now;
    save(tx, &row)?;
    Ok(Some(row.job))
}

fn save(tx: &Tx<'_, '_>, row: &JobRow) -> Result<(), Fault> {
    tx.connection
        .prepare_cached(
            "UPDATE jobs SET status = ?2, processed = ?3, created = ?4, updated_at = ?5, \
             position = ?6 WHERE id = ?1 AND organization = \
             (SELECT key FROM organizations WHERE id = ?7)",
        )?
        .execute((
            row.job.id.to_bytes(),
            status_code(row.job.status),
            row.job.processed,
            row.job.created,
            row.job.updated_at.as_millis(),
            &row.position,
            row.job.organization_id.to_bytes(),
        ))?;
    Ok(())
}

fn step_resend(
    tx: &mut Tx<'_, '_>,
    row: &mut JobRow,
    filter: DeliveryFilter,
    items: usize,
    now: Timestamp,
) -> Result<bool, Fault> {
    let above = row.position.first_chunk().map(|seq| i64::from_be_bytes(*seq));
    let bounds = (above, Some(row.last_delivery + 1));
    let organization = row.job.organization_id;
    let budget = items.saturating_mul(LOOKED_AT);
    let scan = Scan::new(tx.connection, organization, filter, bounds, true, budget)?;
    let Some(mut scan) = scan else { return Ok(true) };
    let mut done = false;
    for _ in 0..items {
        let Some(delivery) = scan.next()? else {
            done = !scan.is_out_of_budget();
            break;
        };
        row.job.processed += 1;
        let made = send_again(tx, &delivery, DeliveryOrigin::Resend, now)?;
        row.job.created += u64::from(made.is_some());
    }
    if let Some(last) = scan.last() {
        row.position = last.to_be_bytes().to_vec();
    }
    Ok(done)
}

/// An event that a replay may send.
struct Candidate {
    seq: i64,
    id: u128,
    event_type: u8,
    fanout: i64,
    first_delivery: i64,
    fits: bool,
}

/// The next events in a replay's range, in order of id, at most so many.
fn candidates(
    connection: &Connection,
    organization: i64,
    replay: &Replay,
    after: Option<u128>,
    limit: usize,
) -> Result<Vec<Candidate>, Fault> {
    let (since, until) = id_bounds(Some(replay.since), Some(replay.until));
    let travel = Travel::new(&PageRequest::default()).within(since.max(after), until);
    let mut list = connection.prepare_cached(
        "SELECT seq, id, type, fanout, first_delivery, source, accepted_at FROM events \
         WHERE organization = ?1 AND id > ?2 AND id < ?3 ORDER BY id ASC LIMIT ?4",
    )?;
    let mut rows = list.query((organization, travel.above(), travel.below(), limit as i64))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (event_type, source): (u8, u8) = (row.get(2)?, row.get(5)?);
        let accepted_at = Timestamp::from_millis(row.get(6)?);
        found.push(Candidate {
            seq: row.get(0)?,
            id: u128::from_be_bytes(row.get(1)?),
            event_type,
            fanout: row.get(3)?,
            first_delivery: row.get(4)?,
            fits: replay.types.contains(event_row::event_type(event_type)?)
                && event_row::source(source)? != EventSource::Test
                && accepted_at >= replay.since
                && accepted_at < replay.until,
        });
    }
    Ok(found)
}

pub(crate) const GOT_AT_ONCE: &str = "SELECT 1 FROM deliveries \
     WHERE seq >= ?1 AND seq < ?1 + ?2 AND +webhook = ?3 AND +status < 2";
pub(crate) const GOT_AGAIN: &str = "SELECT 1 FROM deliveries INDEXED BY deliveries_again \
     WHERE event = ?1 AND origin <> 0 AND +webhook = ?2 AND +status < 2";

/// Whether the replay sends this event to the webhook.
fn is_wanted(
    connection: &Connection,
    replay: &Replay,
    webhook: u32,
    event: &Candidate,
) -> Result<bool, Fault> {
    if !event.fits || !replay.only_missing {
        return Ok(event.fits);
    }
    let at_once = connection.prepare_cached(GOT_AT_ONCE)?.exists((
        event.first_delivery,
        event.fanout,
        webhook,
    ))?;
    let again = connection.prepare_cached(GOT_AGAIN)?.exists((event.seq, webhook))?;
    Ok(!at_once && !again)
}

fn step_replay(
    tx: &mut Tx<'_, '_>,
    row: &mut JobRow,
    replay: &Replay,
    items: usize,
    now: Timestamp,
) -> Result<bool, Fault> {
    let organization = tx.tenant_key(row.job.organization_id)?;
    let found = tx.state.webhook(row.job.organization_id, replay.webhook_id);
    let Some((webhook, accepts)) = found.map(|(key, webhook)| (key, webhook.status.accepts()))
    else {
        return Ok(true);
    };
    let after = row.position.first_chunk().map(|id| u128::from_be_bytes(*id));
    let budget = items.saturating_mul(LOOKED_AT);
    let events = candidates(tx.connection, organization, replay, after, budget)?;
    let all = events.len() < budget;
    let mut left = items;
    for event in events {
        if left == 0 {
            return Ok(false);
        }
        row.position = event.id.to_be_bytes().to_vec();
        if !is_wanted(tx.connection, replay, webhook, &event)? {
            continue;
        }
        left -= 1;
        row.job.processed += 1;
        if accepts {
            replay_event(tx, organization, webhook, &event, now)?;
            row.job.created += 1;
        }
    }
    Ok(all)
}

fn replay_event(
    tx: &mut Tx<'_, '_>,
    organization: i64,
    webhook: u32,
    event: &Candidate,
    now: Timestamp,
) -> Result<(), Fault> {
    let row = NewDelivery {
        seq: tx.state.window.end(),
        event: event.seq,
        webhook,
        organization,
        event_type: event.event_type,
        origin: DeliveryOrigin::Replay.code(),
        created_at: now,
        parked: true,
    };
    tx.state.window.push(0);
    tx.waits(row.seq, webhook, now);
    tx.push_delivery(row)
}

fn count(
    connection: &Connection,
    organization: OrganizationId,
    replay: &Replay,
    limit: u64,
) -> Result<u64, Fault> {
    let Some(organization) = organization_key(connection, organization)? else { return Ok(0) };
    let webhook: Option<u32> = connection
        .prepare_cached("SELECT key FROM webhooks WHERE organization = ?1 AND id = ?2")?
        .query_row((organization, replay.webhook_id.to_bytes()), |row| row.get(0))
        .optional()?;
    let Some(webhook) = webhook else { return Ok(0) };
    let (mut count, mut after) = (0, None);
    loop {
        let events = candidates(connection, organization, replay, after, 1_000)?;
        for event in &events {
            count += u64::from(is_wanted(connection, replay, webhook, event)?);
            if count >= limit {
                return Ok(limit);
            }
        }
        after = events.last().map(|event| event.id);
        if events.len() < 1_000 {
            return Ok(count);
        }
    }
}

fn cancel(
    tx: &mut Tx<'_, '_>,
    (organization, id): (OrganizationId, JobId),
    now: Timestamp,
    audit: &Audit,
) -> Result<Option<Job>, Fault> {
    let Some(before) = find(tx.connection, organization, id)? else { return Ok(None) };
    if before.status != JobStatus::Running {
        return Ok(Some(before));
    }
    tx.connection
        .prepare_cached("UPDATE jobs SET status = 2, updated_at = ?2 WHERE id = ?1")?
        .execute((id.to_bytes(), now.as_millis()))?;
    let after = Job { status: JobStatus::Cancelled, updated_at: now, ..before.clone() };
    audit_ops::tell(tx, organization, audit, Some(&before), Some(&after))?;
    Ok(Some(after))
}

#[async_trait]
impl JobStore for SqliteStore {
    async fn create_job(&self, job: Job, audit: Audit) -> Result<(), StoreError> {
        self.write(0, move |tx| {
            create(tx, &job)?;
            audit_ops::tell(tx, job.organization_id, &audit, None, Some(&job))
        })
        .await
    }

    async fn count_replay(
        &self,
        organization: OrganizationId,
        replay: Replay,
        limit: u64,
    ) -> Result<u64, StoreError> {
        self.readers.read(move |connection| count(connection, organization, &replay, limit)).await
    }

    async fn job(
        &self,
        organization: OrganizationId,
        id: JobId,
    ) -> Result<Option<Job>, StoreError> {
        self.readers.read(move |connection| find(connection, organization, id)).await
    }

    async fn jobs(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Job>, StoreError> {
        self.readers
            .read(move |connection| {
                let travel = Travel::new(&page);
                let mut list = connection.prepare_cached(&format!(
                    "SELECT {COLUMNS} WHERE o.id = ?1 AND j.id > ?2 AND j.id < ?3 \
                     ORDER BY j.id {}",
                    travel.direction()
                ))?;
                let rows = list.query((organization.to_bytes(), travel.above(), travel.below()))?;
                travel.collect(rows, |row| read(row).map(|row| row.job))
            })
            .await
    }

    async fn cancel_job(
        &self,
        organization: OrganizationId,
        id: JobId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<Job>, StoreError> {
        self.write(0, move |tx| cancel(tx, (organization, id), now, &audit)).await
    }

    async fn next_job(&self, after: Option<JobTurn>) -> Result<Option<JobTurn>, StoreError> {
        self.readers.read(move |connection| next(connection, after)).await
    }

    async fn step_job(
        &self,
        id: JobId,
        items: usize,
        now: Timestamp,
    ) -> Result<Option<Job>, StoreError> {
        self.write(0, move |tx| {
            tx.state.hear(now);
            step(tx, id, items, now)
        })
        .await
    }
}
