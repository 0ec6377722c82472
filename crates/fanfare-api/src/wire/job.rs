//! Jobs: replays and bulk resends.

use fanfare_model::{JobId, Timestamp, WebhookId};
use fanfare_store::{DeliveryFilter, Job, JobSpec, JobStatus, Replay};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Long work with progress.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Job)]
pub(crate) struct JobJson {
    /// Its id.
    #[schema(value_type = String, example = "job_01h455vb4pex5vsknk084sn02q")]
    id: JobId,
    /// `resend` or `replay`.
    #[schema(value_type = JobKindText)]
    kind: &'static str,
    /// `running`, `completed` or `cancelled`.
    #[schema(value_type = JobStatusText)]
    status: &'static str,
    /// How many items it will look at, counted when it was created (at most 1,000,000).
    total: u64,
    /// How many it looked at.
    processed: u64,
    /// How many deliveries it created.
    created: u64,
    /// Which deliveries a `resend` sends again; `null` for a replay.
    #[schema(required)]
    filter: Option<FilterJson>,
    /// Which events a `replay` sends; `null` for a resend.
    #[schema(required)]
    replay: Option<ReplayJson>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last made progress.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// What a job does.
#[derive(ToSchema)]
#[schema(as = JobKind, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum JobKindText {
    Resend,
    Replay,
}

/// How far a job is.
#[derive(ToSchema)]
#[schema(as = JobStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum JobStatusText {
    Running,
    Completed,
    Cancelled,
}

/// The filter of a resend, as it was understood. Empty lists and `null` mean all.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JobFilter)]
struct FilterJson {
    #[schema(value_type = Vec<super::delivery::DeliveryStatusText>)]
    status: Vec<&'static str>,
    #[schema(value_type = Option<String>, required)]
    webhook_id: Option<WebhookId>,
    #[schema(value_type = Vec<String>)]
    event_type: Vec<&'static str>,
    #[schema(value_type = Vec<super::delivery::ErrorClassText>)]
    error_class: Vec<&'static str>,
    /// First and last status.
    #[schema(required)]
    status_code: Option<(u16, u16)>,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    created_after: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    created_before: Option<Timestamp>,
}

/// The selection of a replay, as it was understood.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JobReplay)]
struct ReplayJson {
    #[schema(value_type = String)]
    webhook_id: WebhookId,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    #[schema(value_type = Vec<String>)]
    event_type: Vec<&'static str>,
    only_missing: bool,
}

impl From<Job> for JobJson {
    fn from(job: Job) -> Self {
        let (kind, filter, replay) = match job.spec {
            JobSpec::Resend { filter } => ("resend", Some(filter.into()), None),
            JobSpec::Replay(replay) => ("replay", None, Some(replay.into())),
        };
        Self {
            id: job.id,
            kind,
            status: match job.status {
                JobStatus::Running => "running",
                JobStatus::Completed => "completed",
                JobStatus::Cancelled => "cancelled",
            },
            total: job.total,
            processed: job.processed,
            created: job.created,
            filter,
            replay,
            created_at: job.created_at,
            updated_at: job.updated_at,
        }
    }
}

impl JobJson {
    /// The job's id.
    pub(crate) const fn id(&self) -> JobId {
        self.id
    }
}

impl From<DeliveryFilter> for FilterJson {
    fn from(filter: DeliveryFilter) -> Self {
        let types = filter.types.iter().map(|each| each.as_str());
        Self {
            status: filter.status.iter().map(|status| status.as_str()).collect(),
            webhook_id: filter.webhook_id,
            event_type: types.collect(),
            error_class: filter.error_class.iter().map(|class| class.as_str()).collect(),
            status_code: filter.status_code,
            created_after: filter.since,
            created_before: filter.until,
        }
    }
}

impl From<Replay> for ReplayJson {
    fn from(replay: Replay) -> Self {
        Self {
            webhook_id: replay.webhook_id,
            since: replay.since,
            until: replay.until,
            event_type: replay.types.iter().map(|each| each.as_str()).collect(),
            only_missing: replay.only_missing,
        }
    }
}

/// The answer to a dry run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Count)]
pub(crate) struct CountJson {
    /// Always `true`: nothing was done.
    pub(crate) dry_run: bool,
    /// How many items match. Counting stops at 1,000,000.
    pub(crate) count: u64,
}

/// Which events to send to a webhook again.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Replay, example = json!({"since": "2026-11-23T10:00:00Z", "dryRun": true}))]
pub(crate) struct ReplayBody {
    /// Events accepted at or after this time.
    #[schema(format = DateTime)]
    pub(crate) since: String,
    /// Events accepted before this time; until now when left out.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub(crate) until: Option<String>,
    /// Of these types, patterns such as `order.*` included; all that the webhook subscribes to
    /// when left out.
    #[serde(default)]
    #[schema(min_items = 1)]
    pub(crate) event_type: Option<Vec<String>>,
    /// Only events of which the webhook has no delivery that succeeded or is pending. `true`
    /// when left out.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(crate) only_missing: bool,
    /// Only count.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

const fn yes() -> bool {
    true
}
