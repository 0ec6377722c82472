//! `/api/integrations`: connections to providers, what came in through them, what it told. What
//! providers themselves send to is not here.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use fanfare_app::{AppError, Caller};
use fanfare_model::inbound::{InboundStatus, Provider};
use fanfare_model::kinds::{Connection, Inbound};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{created, json};
use crate::body::{Json, Nothing, OptionalJson};
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, list_query};
use crate::query::{Complaints, PathId, Query, Texts};
use crate::state::ApiState;
use crate::wire::{
    ConnectionDetailJson, ConnectionJson, ConnectionsJson, CreateConnectionBody,
    InboundMessageDetailJson, InboundMessageJson, PlanJson, RotateConnectionBody, SentMessageJson,
};

pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(create, list))
        .routes(routes!(get, delete))
        .routes(routes!(rotate_secret))
        .routes(routes!(messages))
        .routes(routes!(message))
        .routes(routes!(handle_again))
        .routes(routes!(sent))
        .routes(routes!(plan))
}

list_query! {
    /// Which messages.
    MessageList {
        /// With one of these statuses, separated by commas.
        #[param(example = "failed,pending")]
        status,
    }
}

/// Create a connection
///
/// The answer holds the path of the URL to give to the provider. Until the connection has a secret,
/// every request to it is refused.
#[utoipa::path(post, path = "/integrations/connections", tag = "Integrations",
    request_body = CreateConnectionBody, security(("bearer" = ["integrations:write"])),
    responses((status = 201, description = "The connection", body = ConnectionJson)))]
async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateConnectionBody>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.create_connection(&caller, body.into()).await?;
    let shown = ConnectionJson::from(view);
    Ok(created(&format!("/api/integrations/connections/{}", shown.id()), &shown))
}

/// List connections
#[utoipa::path(get, path = "/integrations/connections", tag = "Integrations",
    security(("bearer" = ["integrations:read"])),
    responses((status = 200, description = "All connections", body = ConnectionsJson)))]
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, ApiError> {
    let all = state.shared.app.connections(&caller).await?;
    let data = all.into_iter().map(ConnectionJson::from).collect();
    Ok(json(StatusCode::OK, &ConnectionsJson { data }))
}

/// Get a connection
///
/// With how many requests to it were accepted and refused, and the latest refusals.
#[utoipa::path(get, path = "/integrations/connections/{id}", tag = "Integrations",
    params(("id" = String, Path, example = "conn_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["integrations:read"])),
    responses((status = 200, description = "The connection", body = ConnectionDetailJson)))]
async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Connection>,
) -> Result<Response, ApiError> {
    let found = state.shared.app.connection(&caller, id).await?;
    Ok(json(StatusCode::OK, &ConnectionDetailJson::from(found)))
}

/// Remove a connection
///
/// With everything that came in through it.
#[utoipa::path(delete, path = "/integrations/connections/{id}", tag = "Integrations",
    params(("id" = String, Path, example = "conn_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["integrations:write"])),
    responses((status = 204, description = "It is gone")))]
async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Connection>,
) -> Result<Response, ApiError> {
    state.shared.app.delete_connection(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Give a connection a new secret
///
/// Or its first. The old one is accepted as well during the overlap.
#[utoipa::path(post, path = "/integrations/connections/{id}/rotate-secret", tag = "Integrations",
    request_body = RotateConnectionBody,
    params(("id" = String, Path, example = "conn_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["integrations:write"])),
    responses((status = 200, description = "The connection as it is now", body = ConnectionJson)))]
async fn rotate_secret(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Connection>,
    Json(body): Json<RotateConnectionBody>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.rotate_connection(&caller, id, body.into()).await?;
    Ok(json(StatusCode::OK, &ConnectionJson::from(view)))
}

/// List what came in
///
/// Messages whose signature was good, with what became of them.
#[utoipa::path(get, path = "/integrations/connections/{id}/messages", tag = "Integrations",
    params(("id" = String, Path, example = "conn_01h455vb4pex5vsknk084sn02q"), MessageList),
    security(("bearer" = ["integrations:read"])),
    responses((status = 200, description = "A page of messages",
        body = Listing<InboundMessageJson>)))]
async fn messages(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Connection>,
    Query(query): Query<MessageList>,
) -> Result<Response, ApiError> {
    let page = query.page(List::Inbound)?;
    let mut complaints = Complaints::default();
    let status = Texts::Commas(query.status.as_deref());
    let status = complaints.parse_all::<InboundStatus>("status", &status);
    complaints.end()?;
    let page = state.shared.app.inbound_messages(&caller, id, status, page).await?;
    let listing: Listing<InboundMessageJson> =
        Listing::new(List::Inbound, page, |message| message.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Get a message
///
/// With its body, for as long as it may have to be handled.
#[utoipa::path(get, path = "/integrations/messages/{id}", tag = "Integrations",
    params(("id" = String, Path, example = "inb_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["integrations:read"])),
    responses((status = 200, description = "The message", body = InboundMessageDetailJson)))]
async fn message(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Inbound>,
) -> Result<Response, ApiError> {
    let kept = state.shared.app.inbound_message(&caller, id).await?;
    Ok(json(StatusCode::OK, &InboundMessageDetailJson::from(kept)))
}

/// Have a message handled again
///
/// One that failed, after what stood in its way is mended.
#[utoipa::path(post, path = "/integrations/messages/{id}/handle", tag = "Integrations",
    params(("id" = String, Path, example = "inb_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["integrations:write"])),
    responses((status = 202, description = "It will be handled")))]
async fn handle_again(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Inbound>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, ApiError> {
    state.shared.app.handle_again(&caller, id).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Get a sent message
///
/// Where a text message or an e-mail stands, as its provider told.
#[utoipa::path(get, path = "/integrations/sent/{provider}/{id}", tag = "Integrations",
    params(("provider" = String, Path, example = "twilio"),
        ("id" = String, Path, example = "SM0123456789")),
    security(("bearer" = ["integrations:read"])),
    responses((status = 200, description = "The message", body = SentMessageJson)))]
async fn sent(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path((provider, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let provider = provider.parse::<Provider>().map_err(|_| AppError::not_found("message"))?;
    let message = state.shared.app.sent_message(&caller, provider, id).await?;
    Ok(json(StatusCode::OK, &SentMessageJson::from(message)))
}

/// Get the plan
///
/// As the latest event of the organization's subscription told.
#[utoipa::path(get, path = "/integrations/plan", tag = "Integrations",
    security(("bearer" = ["integrations:read"])),
    responses((status = 200, description = "The plan", body = PlanJson),
        (status = 404, description = "There is none yet")))]
async fn plan(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, ApiError> {
    let plan = state.shared.app.plan(&caller).await?;
    Ok(json(StatusCode::OK, &PlanJson::from(plan)))
}
