//! `/api/feed`: the feed, for receivers that cannot be called.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use fanfare_app::{AppError, Caller, FeedQuery};
use fanfare_model::{EventTypes, limits};
use fanfare_store::FeedPosition;
use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{created, json, shown_once};
use crate::access::bearer;
use crate::body::{Json, Nothing, OptionalJson};
use crate::error::ApiError;
use crate::feed_stream::{Follow, stream};
use crate::query::{Complaints, Query, Texts};
use crate::state::ApiState;
use crate::wire::{
    CommitFeedBody, CreateFeedGroupBody, FeedGroupDetailJson, FeedGroupJson,
    FeedGroupWithSecretJson, FeedGroupsJson, FeedJson, FeedResultsJson,
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What of the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedParams {
    /// The group that reads.
    #[param(example = "erp")]
    group: String,
    /// From this cursor on; left out: from where the group committed.
    #[serde(default)]
    after: Option<String>,
    /// Of these types, separated by commas; patterns such as `order.*` are fine.
    #[serde(default)]
    #[param(example = "order.*")]
    types: Option<String>,
    /// How many at most: 1 to 100, 20 when left out.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
    /// For how many seconds to wait if there is none: 0 to 25, 0 when left out. A stream waits by
    /// itself.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 0, maximum = 25, default = 0)]
    wait: Option<String>,
}

impl FeedParams {
    fn read(self, headers: &HeaderMap) -> Result<(Follow, Duration), AppError> {
        let mut complaints = Complaints::default();
        let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
        let after = last.filter(|text| !text.is_empty()).or(self.after.as_deref());
        let after = complaints.parse::<FeedPosition>("after", after);
        let types = complaints.types("types", &Texts::Commas(self.types.as_deref()));
        let mut number = |field: &str, text: Option<&str>, least: u64, most: u64, default: u64| {
            let judge = |text: &str| {
                let number = text.parse().ok().filter(|number| (least..=most).contains(number));
                number.ok_or_else(|| format!("must be a number from {least} to {most}"))
            };
            text.and_then(|text| complaints.take(field, judge(text))).unwrap_or(default)
        };
        let most = limits::PAGE as u64;
        let limit = number("limit", self.limit.as_deref(), 1, most, limits::PAGE_DEFAULT as u64);
        let wait = number("wait", self.wait.as_deref(), 0, limits::FEED_WAIT.as_secs(), 0);
        complaints.end()?;
        let types = types.unwrap_or(EventTypes::ALL);
        let limit = usize::try_from(limit).unwrap_or(limits::PAGE_DEFAULT);
        let follow = Follow { group: self.group, after, types, limit };
        Ok((follow, Duration::from_secs(wait)))
    }
}

/// Read the feed
///
/// Events in the order in which they became final: reading on from `cursor` passes over nothing.
/// What was read and not committed is read again. `Accept: text/event-stream` makes it a stream of
/// the same items, which goes on from `Last-Event-ID`.
#[utoipa::path(get, path = "/feed", tag = "Feed", params(FeedParams),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "Events, or a stream of them",
        content((FeedJson = "application/json"), (String = "text/event-stream"))),
        (status = 404, description = "No such group")))]
pub(super) async fn read(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<FeedParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (follow, wait) = params.read(&headers)?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/event-stream") {
        let token = bearer(&headers)?.to_owned();
        return Ok(stream(state, &caller, token, follow).await?);
    }
    let query = FeedQuery {
        group: &follow.group,
        after: follow.after,
        types: follow.types,
        limit: follow.limit,
        wait,
    };
    let batch = state.shared.app.read_feed(&caller, query).await?;
    Ok(json(StatusCode::OK, &FeedJson::from(batch)))
}

/// List groups of the feed
#[utoipa::path(get, path = "/feed/groups", tag = "Feed",
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "All groups", body = FeedGroupsJson)))]
pub(super) async fn groups(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, ApiError> {
    let groups = state.shared.app.feed_groups(&caller).await?;
    let data = groups.into_iter().map(Into::into).collect();
    Ok(json(StatusCode::OK, &FeedGroupsJson { data }))
}

/// Create a group
///
/// It reads what is accepted from now on. The answer holds its secret, which is shown this once.
#[utoipa::path(post, path = "/feed/groups", tag = "Feed", request_body = CreateFeedGroupBody,
    security(("bearer" = ["webhooks:write"])),
    responses((status = 201, description = "The group", body = FeedGroupWithSecretJson)))]
pub(super) async fn create_group(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateFeedGroupBody>,
) -> Result<Response, ApiError> {
    let made = state.shared.app.create_feed_group(&caller, &body.name).await?;
    let place = format!("/api/feed/groups/{}", made.group.name);
    let mut shown = FeedGroupWithSecretJson::from(made);
    let full = created(&place, &shown);
    shown.secret = None;
    Ok(shown_once(full, &shown))
}

/// Get a group
///
/// With how far it is behind.
#[utoipa::path(get, path = "/feed/groups/{group}", tag = "Feed",
    params(("group" = String, Path, example = "erp")),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The group", body = FeedGroupDetailJson)))]
pub(super) async fn group(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let group = state.shared.app.feed_group(&caller, &name).await?;
    let lag = state.shared.app.feed_lag(&caller, &group).await?;
    Ok(json(StatusCode::OK, &FeedGroupDetailJson::from((group, lag))))
}

/// Remove a group
///
/// Its position and its results are gone.
#[utoipa::path(delete, path = "/feed/groups/{group}", tag = "Feed",
    params(("group" = String, Path, example = "erp")),
    security(("bearer" = ["webhooks:write"])),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn delete_group(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    state.shared.app.delete_feed_group(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Give a group another secret
///
/// It signs at once, and alone. The answer holds it, this once.
#[utoipa::path(post, path = "/feed/groups/{group}/rotate-secret", tag = "Feed",
    params(("group" = String, Path, example = "erp")),
    security(("bearer" = ["webhooks:write"])),
    responses((status = 200, description = "The group with its new secret",
        body = FeedGroupWithSecretJson)))]
pub(super) async fn rotate_secret(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, ApiError> {
    let made = state.shared.app.rotate_feed_secret(&caller, &name).await?;
    let mut shown = FeedGroupWithSecretJson::from(made);
    let full = json(StatusCode::OK, &shown);
    shown.secret = None;
    Ok(shown_once(full, &shown))
}

/// Commit what was dealt with
///
/// The group's cursor only moves forward. Results are kept for those who look: `GET
/// /api/feed/groups/{group}/results`.
#[utoipa::path(post, path = "/feed/groups/{group}/commit", tag = "Feed",
    request_body = CommitFeedBody,
    params(("group" = String, Path, example = "erp")),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The group as it is now", body = FeedGroupJson)))]
pub(super) async fn commit(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<CommitFeedBody>,
) -> Result<Response, ApiError> {
    let group = state.shared.app.commit_feed(&caller, &name, body.report()?).await?;
    Ok(json(StatusCode::OK, &FeedGroupJson::from(group)))
}

/// List results
///
/// What the group reported of single events, newest event first, at most 100; those of the newest
/// 1,000 events are kept.
#[utoipa::path(get, path = "/feed/groups/{group}/results", tag = "Feed",
    params(("group" = String, Path, example = "erp")),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "Results", body = FeedResultsJson)))]
pub(super) async fn results(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let results = state.shared.app.feed_results(&caller, &name, limits::PAGE).await?;
    let data = results.into_iter().map(Into::into).collect();
    Ok(json(StatusCode::OK, &FeedResultsJson { data }))
}
