//! The pull feed.

use std::collections::BTreeMap;
use std::time::Duration;

use fanfare_app::{CreatedFeedGroup, FeedBatch, FeedReport, ReportedResult, SignedItem};
use fanfare_model::{EventId, EventType, Timestamp};
use fanfare_store::{FeedGroup, FeedLag, FeedPosition, FeedResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::query::Complaints;

/// Events in the order in which they became final.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Feed)]
pub(crate) struct FeedJson {
    /// The events.
    data: Vec<FeedItemJson>,
    /// Where to read on, and what to commit once all of these are dealt with.
    #[schema(example = "2a-0")]
    cursor: String,
    /// Whether reading on at once may find more.
    has_more: bool,
}

impl From<FeedBatch> for FeedJson {
    fn from(batch: FeedBatch) -> Self {
        Self {
            data: batch.items.into_iter().map(Into::into).collect(),
            cursor: batch.read_to.to_string(),
            has_more: batch.has_more,
        }
    }
}

/// An event as a webhook would get it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedItem)]
pub(crate) struct FeedItemJson {
    /// The place right after it: commit it once this event and all before it are dealt with.
    #[schema(example = "2a-0")]
    pub(crate) cursor: String,
    /// The event's id.
    #[schema(value_type = String, example = "wh_evt_01h455vb4pex5vsknk084sn02q")]
    id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "order.paid")]
    pub(crate) event_type: EventType,
    /// The body, as text: its UTF-8 bytes are what the signatures are over.
    body: String,
    /// The headers that a webhook would get, signatures among them; names in small letters.
    #[schema(value_type = BTreeMap<String, String>)]
    headers: BTreeMap<&'static str, String>,
}

impl From<SignedItem> for FeedItemJson {
    fn from(item: SignedItem) -> Self {
        Self {
            cursor: item.position.to_string(),
            id: item.event.summary.id,
            event_type: item.event.summary.event_type,
            body: String::from_utf8_lossy(&item.event.body).into_owned(),
            headers: item.headers.into_iter().collect(),
        }
    }
}

/// A group that pulls the feed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FeedGroup)]
pub(crate) struct FeedGroupJson {
    /// Its name.
    #[schema(example = "erp")]
    name: String,
    /// Everything up to here was dealt with.
    #[schema(example = "2a-0")]
    cursor: String,
    /// When that was last said.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    committed_at: Option<Timestamp>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<FeedGroup> for FeedGroupJson {
    fn from(group: FeedGroup) -> Self {
        Self {
            name: group.name,
            cursor: group.position.to_string(),
            committed_at: group.committed_at,
            created_at: group.created_at,
        }
    }
}

/// A group, and how far it is behind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedGroupDetail)]
pub(crate) struct FeedGroupDetailJson {
    #[serde(flatten)]
    group: FeedGroupJson,
    /// What is ahead of it.
    #[schema(inline)]
    behind: BehindJson,
}

/// What of the feed is ahead of a group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BehindJson {
    /// How many events, counted to 1,000 at the most.
    events: usize,
    /// Whether there may be more.
    is_at_least: bool,
    /// When the first of them was accepted; `null`: there is none.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    oldest_at: Option<Timestamp>,
}

impl From<(FeedGroup, FeedLag)> for FeedGroupDetailJson {
    fn from((group, lag): (FeedGroup, FeedLag)) -> Self {
        let FeedLag { events, is_at_least, oldest_at } = lag;
        Self { group: group.into(), behind: BehindJson { events, is_at_least, oldest_at } }
    }
}

/// All groups.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedGroups)]
pub(crate) struct FeedGroupsJson {
    /// By name.
    pub(crate) data: Vec<FeedGroupJson>,
}

/// A group with its new secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedGroupWithSecret)]
pub(crate) struct FeedGroupWithSecretJson {
    #[serde(flatten)]
    group: FeedGroupJson,
    /// What its items are signed with. Shown this once: store it. `null` in an answer that is
    /// replayed for an `Idempotency-Key`.
    #[schema(required, example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    pub(crate) secret: Option<String>,
}

impl From<CreatedFeedGroup> for FeedGroupWithSecretJson {
    fn from(created: CreatedFeedGroup) -> Self {
        Self { group: created.group.into(), secret: Some(created.secret.expose().to_owned()) }
    }
}

/// A group to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateFeedGroup, example = json!({"name": "erp"}))]
pub(crate) struct CreateFeedGroupBody {
    /// 1 to 64 characters of `a-z`, `0-9`, `-` and `_`.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) name: String,
}

/// What was dealt with.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CommitFeed, example = json!({"cursor": "2a-0"}))]
pub(crate) struct CommitFeedBody {
    /// Everything up to here. One that is behind the committed one changes nothing.
    #[serde(default)]
    cursor: Option<String>,
    /// What came of single events, at most 100.
    #[serde(default)]
    results: Vec<FeedResultBody>,
}

/// What came of an event.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ReportFeedResult)]
struct FeedResultBody {
    /// Which event.
    #[schema(example = "wh_evt_01h455vb4pex5vsknk084sn02q")]
    event_id: String,
    /// The HTTP status that your handler answered.
    #[serde(default)]
    #[schema(minimum = 100, maximum = 599)]
    status_code: Option<u16>,
    /// How long that took, in milliseconds.
    duration_ms: u32,
    /// Why there was no answer.
    #[serde(default)]
    #[schema(max_length = 500)]
    error: Option<String>,
}

impl CommitFeedBody {
    /// The report, or what is wrong with it.
    pub(crate) fn report(self) -> Result<FeedReport, fanfare_app::AppError> {
        let mut complaints = Complaints::default();
        let position = complaints.parse::<FeedPosition>("cursor", self.cursor.as_deref());
        let result = |(index, body): (usize, FeedResultBody)| {
            let field = format!("results[{index}].eventId");
            Some(ReportedResult {
                event_id: complaints.take(field, body.event_id.parse())?,
                status_code: body.status_code,
                duration: Duration::from_millis(body.duration_ms.into()),
                error: body.error,
            })
        };
        let results = self.results.into_iter().enumerate().filter_map(result).collect();
        complaints.end()?;
        Ok(FeedReport { position, results })
    }
}

/// What a group made of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FeedResult)]
pub(crate) struct FeedResultJson {
    /// Which event.
    #[schema(value_type = String, example = "wh_evt_01h455vb4pex5vsknk084sn02q")]
    event_id: EventId,
    /// The HTTP status that the handler answered; `null`: none.
    #[schema(required)]
    status_code: Option<u16>,
    /// How long that took, in milliseconds.
    duration_ms: u64,
    /// Why there was no answer.
    #[schema(required)]
    error: Option<String>,
    /// How often a result was reported.
    tries: u32,
    /// When the last one was.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<FeedResult> for FeedResultJson {
    fn from(result: FeedResult) -> Self {
        Self {
            event_id: result.event_id,
            status_code: result.status_code,
            duration_ms: result.duration.as_millis().try_into().unwrap_or(u64::MAX),
            error: result.error,
            tries: result.tries,
            at: result.at,
        }
    }
}

/// Results, newest event first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedResults)]
pub(crate) struct FeedResultsJson {
    /// At most 100.
    pub(crate) data: Vec<FeedResultJson>,
}
