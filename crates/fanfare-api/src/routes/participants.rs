//! `/api/distributions/{id}/consumers`: who takes part, and `…/admit`.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::{AppError, Caller};
use fanfare_model::Timestamp;
use fanfare_model::kinds::{Consumer, Distribution};
use fanfare_model::launch::ParticipantStatus;
use fanfare_store::ParticipantFilter;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{created, json};
use crate::body::{Json, OptionalJson};
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, Lists, change_query};
use crate::query::{Complaints, PathId, PathIds, Query, Texts};
use crate::state::ApiState;
use crate::wire::{AdmitBody, CompleteBody, ItemsJson, JoinBody, JoinManyBody, ParticipantJson};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(join, list))
        .routes(routes!(join_many))
        .routes(routes!(get, leave))
        .routes(routes!(complete))
        .routes(routes!(admit))
}

const LISTS: Lists = Lists { created: List::Participants, updated: List::ParticipantChanges };

change_query! {
    /// Which participants.
    ParticipantList {
        /// With one of these statuses, separated by commas.
        #[param(example = "SELECTED")]
        status,
        /// Joined at or after this time (RFC 3339).
        created_after,
        /// Joined before this time (RFC 3339).
        created_before,
        /// Changed at or after this time (RFC 3339).
        updated_after,
    }
}

/// List the participants of a distribution
#[utoipa::path(get, path = "/distributions/{id}/consumers", tag = "Participants",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q"), ParticipantList),
    security(("bearer" = ["distributions:read"])),
    responses((status = 200, description = "A page of participants",
        body = Listing<ParticipantJson>)))]
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Query(query): Query<ParticipantList>,
) -> Result<Response, ApiError> {
    let (key, page) = query.page(LISTS)?;
    let mut complaints = Complaints::default();
    let status = Texts::Commas(query.status.as_deref());
    let status = complaints.parse_all::<ParticipantStatus>("status", &status);
    let mut time =
        |field, text: &Option<String>| complaints.parse::<Timestamp>(field, text.as_deref());
    let filter = ParticipantFilter {
        status,
        created_after: time("createdAfter", &query.created_after),
        created_before: time("createdBefore", &query.created_before),
        updated_after: time("updatedAfter", &query.updated_after),
    };
    complaints.end()?;
    let page = state.shared.app.participants(&caller, id, filter, key, page).await?;
    let listing: Listing<ParticipantJson> =
        Listing::changes(LISTS, key, page, |participant| participant.number.into());
    Ok(json(StatusCode::OK, &listing))
}

/// Join a queue or enter a draw
///
/// `409` while it takes nobody, when it is full, and for a consumer who has joined before.
#[utoipa::path(post, path = "/distributions/{id}/consumers", tag = "Participants",
    request_body = JoinBody,
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 201, description = "The participant", body = ParticipantJson)))]
async fn join(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Json(JoinBody { consumer_id }): Json<JoinBody>,
) -> Result<Response, ApiError> {
    let participant = state.shared.app.join(&caller, id, consumer_id).await?;
    let place = format!("/api/distributions/{id}/consumers/{consumer_id}");
    Ok(created(&place, &ParticipantJson::from(participant)))
}

/// Let many join
///
/// In one transaction and in their order. Who cannot join is left out and says why; the others
/// join all the same.
#[utoipa::path(post, path = "/distributions/{id}/consumers/batch", tag = "Participants",
    request_body = JoinManyBody,
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 200, description = "What became of each consumer",
        body = ItemsJson<ParticipantJson>)))]
async fn join_many(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Json(body): Json<JoinManyBody>,
) -> Result<Response, ApiError> {
    let items = state.shared.app.join_batch(&caller, id, body.consumer_ids).await?;
    Ok(json(StatusCode::OK, &ItemsJson::<ParticipantJson>::new(items)))
}

/// Get a participant
#[utoipa::path(get, path = "/distributions/{id}/consumers/{consumerId}", tag = "Participants",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q"),
        ("consumerId" = String, Path, example = "con_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:read"])),
    responses((status = 200, description = "The participant", body = ParticipantJson)))]
async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathIds(id, consumer): PathIds<Distribution, Consumer>,
) -> Result<Response, ApiError> {
    let participant = state.shared.app.participant(&caller, id, consumer).await?;
    Ok(json(StatusCode::OK, &ParticipantJson::from(participant)))
}

/// Leave a distribution
///
/// For good. The highest bidder of an auction cannot leave, nor can anybody whose part has ended.
#[utoipa::path(delete, path = "/distributions/{id}/consumers/{consumerId}",
    tag = "Participants",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q"),
        ("consumerId" = String, Path, example = "con_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 200, description = "The participant as it is now",
        body = ParticipantJson),
        (status = 409, description = "It is over")))]
async fn leave(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathIds(id, consumer): PathIds<Distribution, Consumer>,
) -> Result<Response, ApiError> {
    let participant = state.shared.app.leave(&caller, id, consumer).await?;
    Ok(json(StatusCode::OK, &ParticipantJson::from(participant)))
}

/// Say that a participant has checked out
///
/// Paying an order of the participant does the same.
#[utoipa::path(post, path = "/distributions/{id}/consumers/{consumerId}/complete",
    tag = "Participants", request_body(content = Option<CompleteBody>),
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q"),
        ("consumerId" = String, Path, example = "con_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 200, description = "The participant as it is now",
        body = ParticipantJson)))]
async fn complete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathIds(id, consumer): PathIds<Distribution, Consumer>,
    OptionalJson(body): OptionalJson<CompleteBody>,
) -> Result<Response, ApiError> {
    let participant = state.shared.app.complete(&caller, id, consumer, body.into()).await?;
    Ok(json(StatusCode::OK, &ParticipantJson::from(participant)))
}

/// Let consumers through a queue
///
/// The first in line, or named ones; beside what the queue's clock admits. Who cannot be admitted
/// is left out and says why; the others are admitted all the same.
#[utoipa::path(post, path = "/distributions/{id}/admit", tag = "Participants",
    request_body = AdmitBody,
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 200, description = "Who was admitted, and who was not",
        body = ItemsJson<ParticipantJson>)))]
async fn admit(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Json(body): Json<AdmitBody>,
) -> Result<Response, ApiError> {
    let input = body.input().map_err(|why| AppError::invalid_field("count", why))?;
    let items = state.shared.app.admit(&caller, id, input).await?;
    Ok(json(StatusCode::OK, &ItemsJson::<ParticipantJson>::new(items)))
}
