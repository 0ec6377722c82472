//! Requests that were answered.

use fanfare_model::{RequestId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::request_log::{Logged, Look};

/// Requests in the order in which they were answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Requests)]
pub(crate) struct RequestsJson {
    /// The requests.
    data: Vec<RequestJson>,
    /// Where to go on: give it as `after`.
    #[schema(example = "19f6ac1d2fb-2a")]
    cursor: String,
    /// Whether some since `after` may be missing: there were too many, the last look was too long
    /// ago, or another node was asked.
    missed: bool,
}

/// A request that was answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Request)]
pub(crate) struct RequestJson {
    /// Its id: `X-Request-Id` of the answer.
    #[schema(value_type = String, example = "req_01h455vb4pex5vsknk084sn02q")]
    id: RequestId,
    /// When it was answered.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// The method.
    #[schema(example = "GET")]
    method: String,
    /// The path, without the query.
    #[schema(example = "/api/webhooks")]
    path: String,
    /// The status of the answer.
    #[schema(example = 200)]
    status: u16,
    /// How long the answer took, in milliseconds.
    #[schema(example = 3)]
    duration_ms: u64,
    /// The API key, or who else asked.
    #[schema(example = "key_01h455vb4pex5vsknk084sn02q")]
    actor: String,
}

impl From<Look> for RequestsJson {
    fn from(look: Look) -> Self {
        Self {
            data: look.requests.into_iter().map(Into::into).collect(),
            cursor: look.read_to.to_string(),
            missed: look.missed,
        }
    }
}

impl From<Logged> for RequestJson {
    fn from(request: Logged) -> Self {
        let Logged { id, actor, at, method, path, status, took } = request;
        Self {
            id,
            time: at,
            method: method.to_string(),
            path,
            status,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            actor: actor.to_string(),
        }
    }
}
