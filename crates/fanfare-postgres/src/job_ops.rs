//! Long work in bounded steps. A step looks at some items, makes deliveries and moves the job's
//! position in one transaction, so that a kill neither skips nor repeats; two nodes that step the
//! same job take turns.

use async_trait::async_trait;
use fanfare_model::{JobId, OrganizationId, Timestamp, WebhookId, limits};
use fanfare_store::{
    Audit, DeliveryFilter, Job, JobSpec, JobStatus, JobStore, JobTurn, Page, PageRequest, Replay,
    StoreError,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::PostgresStore;
use crate::audit_ops;
use crate::delivery_ops::{self, Deliveries};
use crate::event_ops::Events;
use crate::fault::Fault;
use crate::ids::{around, id, ms_of_uuid, unsigned, uuid};
use crate::organization_ops::unknown;
use crate::paging::{OfRows as _, Travel};
use crate::record::Effects;
use crate::send_again::{Again, Made};
use crate::session::{Params, Scope, Session};
use crate::store::{read, transact};
use crate::walk::{self, Source, Walk};

/// Rows a step looks through for each item it may find.
const LOOKED_AT: usize = 50;

const COLUMNS: &str = "organization_id, id, spec, status, total, processed, created, created_at, \
     updated_at, position, last_delivery";

/// A job with its place.
struct JobRow {
    job: Job,
    /// The last item looked at.
    position: Option<Uuid>,
    /// The last delivery that existed when the job was made.
    last_delivery: Option<Uuid>,
}

const fn status_code(status: JobStatus) -> i16 {
    match status {
        JobStatus::Running => 0,
        JobStatus::Completed => 1,
        JobStatus::Cancelled => 2,
    }
}

fn job_row(row: &Row) -> Result<JobRow, Fault> {
    let at = |column| Timestamp::from_millis(row.get(column));
    Ok(JobRow {
        job: Job {
            id: id(row.get("id")),
            organization_id: id(row.get("organization_id")),
            spec: serde_json::from_str(row.get("spec"))
                .map_err(|error| Fault::corrupt(format!("a job's text: {error}")))?,
            status: match row.get::<_, i16>("status") {
                0 => JobStatus::Running,
                1 => JobStatus::Completed,
                2 => JobStatus::Cancelled,
                _ => return Err(Fault::corrupt("a job's status is unknown")),
            },
            total: unsigned(row, "total"),
            processed: unsigned(row, "processed"),
            created: unsigned(row, "created"),
            created_at: at("created_at"),
            updated_at: at("updated_at"),
        },
        position: row.get("position"),
        last_delivery: row.get("last_delivery"),
    })
}

fn job(row: &Row) -> Result<Job, Fault> {
    job_row(row).map(|row| row.job)
}

async fn create(session: &Session, job: &Job) -> Result<(), Fault> {
    let organization = uuid(job.organization_id);
    // The lock lets two that create at the same time count one after the other.
    let lock = "SELECT 1 FROM organizations WHERE id = $1 FOR NO KEY UPDATE";
    session.find(lock, &[&organization]).await?.ok_or_else(unknown)?;
    let count = "SELECT count(*) FROM jobs WHERE organization_id = $1 AND status = 0";
    let running: i64 = session.one(count, &[&organization]).await?.get(0);
    let limit = limits::JOBS_PER_ORGANIZATION;
    if usize::try_from(running).unwrap_or(usize::MAX) >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "running jobs", limit }));
    }
    let spec = serde_json::to_string(&job.spec).map_err(|e| Fault::failed(e.to_string()))?;
    let insert = "INSERT INTO jobs (organization_id, id, spec, status, total, processed, created, \
         created_at, updated_at, last_delivery) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             (SELECT id FROM deliveries WHERE organization_id = $1 \
              ORDER BY day DESC, id DESC LIMIT 1))";
    let params: Params<'_> = &[
        &organization,
        &uuid(job.id),
        &spec,
        &status_code(job.status),
        &job.total.cast_signed(),
        &job.processed.cast_signed(),
        &job.created.cast_signed(),
        &job.created_at.as_millis(),
        &job.updated_at.as_millis(),
    ];
    session.execute(insert, params).await.map(drop)
}

async fn find(
    session: &Session,
    organization: OrganizationId,
    wanted: JobId,
) -> Result<Option<Job>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE organization_id = $1 AND id = $2");
    let row = session.find(&sql, &[&uuid(organization), &uuid(wanted)]).await?;
    row.as_ref().map(job).transpose()
}

async fn next(session: &Session, after: Option<JobTurn>) -> Result<Option<JobTurn>, Fault> {
    let sql = "SELECT created_at, id FROM jobs WHERE status = 0 AND (created_at, id) > ($1, $2) \
         ORDER BY created_at, id LIMIT 1";
    let begin = (i64::MIN, Uuid::nil());
    let place = after.map_or(begin, |turn| (turn.created_at.as_millis(), uuid(turn.id)));
    let mut row = session.find(sql, &[&place.0, &place.1]).await?;
    if row.is_none() && place != begin {
        row = session.find(sql, &[&begin.0, &begin.1]).await?;
    }
    Ok(row.map(|row| JobTurn {
        created_at: Timestamp::from_millis(row.get("created_at")),
        id: id(row.get("id")),
    }))
}

async fn save(session: &Session, row: &JobRow) -> Result<(), Fault> {
    let sql = "UPDATE jobs SET status = $3, processed = $4, created = $5, updated_at = $6, \
         position = $7 WHERE organization_id = $1 AND id = $2";
    let job = &row.job;
    let params: Params<'_> = &[
        &uuid(job.organization_id),
        &uuid(job.id),
        &status_code(job.status),
        &job.processed.cast_signed(),
        &job.created.cast_signed(),
        &job.updated_at.as_millis(),
        &row.position,
    ];
    session.execute(sql, params).await.map(drop)
}

/// The items of a step, at most so many, and whether they are the last.
async fn items_of(
    session: &Session,
    row: &mut JobRow,
    (source, travel): (&impl Source, Travel),
    items: usize,
) -> Result<(Vec<Uuid>, bool), Fault> {
    let travel = travel.within(row.position.map(|position| position.as_u128()), None);
    let budget = items.saturating_mul(LOOKED_AT);
    let mut walk = Walk::new(session, row.job.organization_id, source, &travel, budget);
    let mut found = Vec::new();
    while found.len() < items {
        let Some(more) = walk.step().await? else { break };
        found.extend(more);
    }
    let more_than_enough = found.len() > items;
    found.truncate(items);
    row.position = match found.last() {
        Some(last) if more_than_enough => Some(*last),
        _ => Some(walk.place()),
    };
    Ok((found, walk.has_ended() && !more_than_enough))
}

impl PostgresStore {
    async fn step(
        &self,
        session: &Session,
        wanted: JobId,
        items: usize,
        now: Timestamp,
    ) -> Result<Option<(Job, Vec<Made>)>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = $1 AND status = 0 FOR UPDATE");
        let row = session.find(&sql, &[&uuid(wanted)]).await?;
        let Some(mut row) = row.as_ref().map(job_row).transpose()? else { return Ok(None) };
        let (made, done) = match row.job.spec.clone() {
            JobSpec::Resend { filter } => {
                self.step_resend(session, &mut row, &filter, (items, now)).await?
            }
            JobSpec::Replay(replay) => {
                self.step_replay(session, &mut row, &replay, (items, now)).await?
            }
        };
        row.job.created += made.len() as u64;
        if done {
            row.job.status = JobStatus::Completed;
        }
        row.job.updated_at = now;
        save(session, &row).await?;
        Ok(Some((row.job, made)))
    }

    async fn step_resend(
        &self,
        session: &Session,
        row: &mut JobRow,
        filter: &DeliveryFilter,
        (items, now): (usize, Timestamp),
    ) -> Result<(Vec<Made>, bool), Fault> {
        let Some(last) = row.last_delivery else { return Ok((Vec::new(), true)) };
        let wanted = Deliveries::new(filter);
        let travel = delivery_ops::travel(filter, &oldest_first())
            .within(None, Some(last.as_u128().saturating_add(1)));
        let (found, done) = items_of(session, row, (&wanted, travel), items).await?;
        // What the job makes comes after what it looks at.
        let times = (now, ms_of_uuid(last) + 1);
        let from = (Again::Deliveries, &found[..]);
        let made = self.send_again(session, row.job.organization_id, from, times).await?;
        row.job.processed += found.len() as u64;
        Ok((made, done))
    }

    async fn step_replay(
        &self,
        session: &Session,
        row: &mut JobRow,
        replay: &Replay,
        (items, now): (usize, Timestamp),
    ) -> Result<(Vec<Made>, bool), Fault> {
        let organization = row.job.organization_id;
        if !is_known(session, organization, replay.webhook_id, "AND deleted_at IS NULL").await? {
            return Ok((Vec::new(), true));
        }
        let (wanted, travel) = (Events::of_replay(replay), replay_travel(replay));
        let (found, done) = items_of(session, row, (&wanted, travel), items).await?;
        let from = (Again::Events(replay.webhook_id), &found[..]);
        let made = self.send_again(session, organization, from, (now, 0)).await?;
        row.job.processed += found.len() as u64;
        Ok((made, done))
    }
}

/// Whether the organization has this webhook, under a further condition.
async fn is_known(
    session: &Session,
    organization: OrganizationId,
    webhook: WebhookId,
    condition: &str,
) -> Result<bool, Fault> {
    let sql = format!("SELECT 1 FROM webhooks WHERE organization_id = $1 AND id = $2 {condition}");
    Ok(session.find(&sql, &[&uuid(organization), &uuid(webhook)]).await?.is_some())
}

fn oldest_first() -> PageRequest {
    PageRequest { order: fanfare_store::Order::Ascending, ..PageRequest::default() }
}

fn replay_travel(replay: &Replay) -> Travel {
    let (above, below) = around(Some(replay.since), Some(replay.until));
    Travel::new(&oldest_first()).within(above, below)
}

async fn cancel(
    session: &Session,
    (organization, wanted): (OrganizationId, JobId),
    now: Timestamp,
    audit: &Audit,
) -> Result<Option<Job>, Fault> {
    let sql = "UPDATE jobs SET status = $3, updated_at = $4 \
         WHERE organization_id = $1 AND id = $2 AND status = 0";
    let (ids, cancelled) = ((uuid(organization), uuid(wanted)), status_code(JobStatus::Cancelled));
    let params: Params<'_> = &[&ids.0, &ids.1, &cancelled, &now.as_millis()];
    let changed = session.execute(sql, params).await?;
    let job = find(session, organization, wanted).await?;
    if let Some(after) = job.as_ref().filter(|_| changed > 0) {
        let before = Job { status: JobStatus::Running, ..after.clone() };
        audit_ops::tell(session, organization, audit, Some(&before), Some(after)).await?;
    }
    Ok(job)
}

#[async_trait]
impl JobStore for PostgresStore {
    async fn create_job(&self, job: Job, audit: Audit) -> Result<(), StoreError> {
        let organization = job.organization_id;
        transact!(self, Scope::Organization(organization), |session| {
            create(&session, &job).await?;
            audit_ops::tell(&session, organization, &audit, None, Some(&job)).await
        })
    }

    async fn count_replay(
        &self,
        organization: OrganizationId,
        replay: Replay,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let (wanted, travel) = (Events::of_replay(&replay), replay_travel(&replay));
        read!(self, Scope::Organization(organization), |session| {
            if !is_known(&session, organization, replay.webhook_id, "").await? {
                return Ok(0);
            }
            walk::count(&session, organization, &wanted, &travel, limit).await
        })
    }

    async fn job(
        &self,
        organization: OrganizationId,
        id: JobId,
    ) -> Result<Option<Job>, StoreError> {
        read!(self, Scope::Organization(organization), |session| find(&session, organization, id)
            .await)
    }

    async fn jobs(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Job>, StoreError> {
        let travel = Travel::new(&page);
        let sql = format!(
            "SELECT {COLUMNS} FROM jobs \
             WHERE organization_id = $1 AND id > $2 AND id < $3 ORDER BY id {} LIMIT $4",
            travel.direction()
        );
        read!(self, Scope::Organization(organization), |session| {
            let organization = uuid(organization);
            let (above, below, rows) = (travel.above(), travel.below(), travel.limit());
            let rows = session.query(&sql, &[&organization, &above, &below, &rows]).await?;
            travel.collect(&rows, job)
        })
    }

    async fn cancel_job(
        &self,
        organization: OrganizationId,
        id: JobId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<Job>, StoreError> {
        transact!(self, Scope::Organization(organization), |session| cancel(
            &session,
            (organization, id),
            now,
            &audit
        )
        .await)
    }

    async fn next_job(&self, after: Option<JobTurn>) -> Result<Option<JobTurn>, StoreError> {
        read!(self, Scope::Product, |session| next(&session, after).await)
    }

    async fn step_job(
        &self,
        id: JobId,
        items: usize,
        now: Timestamp,
    ) -> Result<Option<Job>, StoreError> {
        let items = items.max(1);
        let stepped =
            transact!(self, Scope::Product, |session| self.step(&session, id, items, now).await)?;
        Ok(stepped.map(|(job, made)| {
            self.apply(Effects { made, ..Effects::default() });
            job
        }))
    }
}
