//! `/api/consumers`: end customers.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fanfare_app::Caller;
use fanfare_model::Timestamp;
use fanfare_model::kinds::Consumer;
use fanfare_store::ConsumerFilter;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{created, json};
use crate::body::Json;
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, Lists, change_query};
use crate::query::{Complaints, PathId, Query};
use crate::state::ApiState;
use crate::wire::{
    ConsumerJson, CreateConsumerBody, CreateConsumersBody, ItemsJson, UpdateConsumerBody,
};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(create, list))
        .routes(routes!(create_many))
        .routes(routes!(get, update, delete))
}

const LISTS: Lists = Lists { created: List::Consumers, updated: List::ConsumerChanges };

change_query! {
    /// Which consumers.
    ConsumerList {
        /// With this e-mail address, whatever the case of its letters.
        email,
        /// With this id in your own system.
        external_id,
        /// Created at or after this time (RFC 3339).
        created_after,
        /// Created before this time (RFC 3339).
        created_before,
        /// Changed at or after this time (RFC 3339).
        updated_after,
    }
}

/// List consumers
#[utoipa::path(get, path = "/consumers", tag = "Consumers", params(ConsumerList),
    security(("bearer" = ["consumers:read"])),
    responses((status = 200, description = "A page of consumers", body = Listing<ConsumerJson>)))]
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ConsumerList>,
) -> Result<Response, ApiError> {
    let (key, page) = query.page(LISTS)?;
    let mut complaints = Complaints::default();
    let mut time =
        |field, text: &Option<String>| complaints.parse::<Timestamp>(field, text.as_deref());
    let filter = ConsumerFilter {
        created_after: time("createdAfter", &query.created_after),
        created_before: time("createdBefore", &query.created_before),
        updated_after: time("updatedAfter", &query.updated_after),
        email: query.email,
        external_id: query.external_id,
    };
    complaints.end()?;
    let page = state.shared.app.consumers(&caller, filter, key, page).await?;
    let listing: Listing<ConsumerJson> =
        Listing::changes(LISTS, key, page, |consumer| consumer.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Create a consumer
#[utoipa::path(post, path = "/consumers", tag = "Consumers", request_body = CreateConsumerBody,
    security(("bearer" = ["consumers:write"])),
    responses((status = 201, description = "The consumer", body = ConsumerJson)))]
async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateConsumerBody>,
) -> Result<Response, ApiError> {
    let consumer = state.shared.app.create_consumer(&caller, body.into()).await?;
    let place = format!("/api/consumers/{}", consumer.id);
    Ok(created(&place, &ConsumerJson::from(consumer)))
}

/// Create many consumers
///
/// In one transaction and in their order. Consumers that cannot be created are left out and say
/// why; the others are created all the same.
#[utoipa::path(post, path = "/consumers/batch", tag = "Consumers",
    request_body = CreateConsumersBody, security(("bearer" = ["consumers:write"])),
    responses((status = 200, description = "What became of each consumer",
        body = ItemsJson<ConsumerJson>)))]
async fn create_many(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateConsumersBody>,
) -> Result<Response, ApiError> {
    let new = body.consumers.into_iter().map(Into::into).collect();
    let items = state.shared.app.create_consumers(&caller, new).await?;
    Ok(json(StatusCode::OK, &ItemsJson::<ConsumerJson>::new(items)))
}

/// Get a consumer
#[utoipa::path(get, path = "/consumers/{id}", tag = "Consumers",
    params(("id" = String, Path, example = "con_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["consumers:read"])),
    responses((status = 200, description = "The consumer", body = ConsumerJson)))]
async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Consumer>,
) -> Result<Response, ApiError> {
    let consumer = state.shared.app.consumer(&caller, id).await?;
    Ok(json(StatusCode::OK, &ConsumerJson::from(consumer)))
}

/// Change a consumer
///
/// What is left out stays as it is. `consumer.updated` says which fields are different; when none
/// is, nothing is told.
#[utoipa::path(patch, path = "/consumers/{id}", tag = "Consumers",
    request_body = UpdateConsumerBody,
    params(("id" = String, Path, example = "con_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["consumers:write"])),
    responses((status = 200, description = "The consumer as it is now", body = ConsumerJson)))]
async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Consumer>,
    Json(body): Json<UpdateConsumerBody>,
) -> Result<Response, ApiError> {
    let consumer = state.shared.app.update_consumer(&caller, id, body.into()).await?;
    Ok(json(StatusCode::OK, &ConsumerJson::from(consumer)))
}

/// Remove a consumer
///
/// Erases the person: the consumer, the personal data in stored events that name it, and recorded
/// answers to these. What the consumer took part in and ordered stays under an id that leads
/// nowhere. `consumer.deleted` names nobody.
#[utoipa::path(delete, path = "/consumers/{id}", tag = "Consumers",
    params(("id" = String, Path, example = "con_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["consumers:write"])),
    responses((status = 204, description = "The person is erased")))]
async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Consumer>,
) -> Result<Response, ApiError> {
    state.shared.app.delete_consumer(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
