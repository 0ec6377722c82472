//! `/api/distributions`: queues, draws and auctions.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fanfare_app::{Caller, DistributionFields};
use fanfare_model::kinds::Distribution;
use fanfare_model::launch::{DistributionKind, DistributionStatus};
use fanfare_store::DistributionFilter;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{created, json};
use crate::body::Json;
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, list_query};
use crate::query::{Complaints, PathId, Query, Texts};
use crate::state::ApiState;
use crate::wire::{CreateDistributionBody, DistributionJson, UpdateDistributionBody};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default().routes(routes!(create, list)).routes(routes!(get, update, delete))
}

list_query! {
    /// Which distributions.
    DistributionList {
        /// Of this experience.
        #[param(example = "exp_01h455vb4pex5vsknk084sn02q")]
        experience_id,
        /// Of this type: `queue`, `draw` or `auction`.
        #[serde(rename = "type")]
        #[param(rename = "type", example = "queue")]
        kind,
        /// With one of these statuses, separated by commas.
        #[param(example = "SCHEDULED,OPEN")]
        status,
    }
}

/// List distributions
#[utoipa::path(get, path = "/distributions", tag = "Distributions", params(DistributionList),
    security(("bearer" = ["distributions:read"])),
    responses((status = 200, description = "A page of distributions",
        body = Listing<DistributionJson>)))]
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<DistributionList>,
) -> Result<Response, ApiError> {
    let page = query.page(List::Distributions)?;
    let mut complaints = Complaints::default();
    let status = Texts::Commas(query.status.as_deref());
    let filter = DistributionFilter {
        experience_id: complaints.parse("experienceId", query.experience_id.as_deref()),
        kind: complaints.parse::<DistributionKind>("type", query.kind.as_deref()),
        status: complaints.parse_all::<DistributionStatus>("status", &status),
    };
    complaints.end()?;
    let page = state.shared.app.distributions(&caller, filter, page).await?;
    let listing: Listing<DistributionJson> =
        Listing::new(List::Distributions, page, |view| view.distribution.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Create a distribution
///
/// It opens at `openAt` or, without it, with its experience; at once when that is live.
#[utoipa::path(post, path = "/distributions", tag = "Distributions",
    request_body = CreateDistributionBody, security(("bearer" = ["distributions:write"])),
    responses((status = 201, description = "The distribution", body = DistributionJson)))]
async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateDistributionBody>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.create_distribution(&caller, body.into()).await?;
    let place = format!("/api/distributions/{}", view.distribution.id);
    Ok(created(&place, &DistributionJson::from(view)))
}

/// Get a distribution
///
/// With how many participants have each status.
#[utoipa::path(get, path = "/distributions/{id}", tag = "Distributions",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:read"])),
    responses((status = 200, description = "The distribution", body = DistributionJson)))]
async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.distribution(&caller, id).await?;
    Ok(json(StatusCode::OK, &DistributionJson::from(view)))
}

/// Change a distribution
///
/// What is left out stays as it is. Times, product and rules can be changed until it opens (`409`
/// afterwards); name, metadata, capacity and a queue's rate always.
#[utoipa::path(patch, path = "/distributions/{id}", tag = "Distributions",
    request_body = UpdateDistributionBody,
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 200, description = "The distribution as it is now",
        body = DistributionJson)))]
async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Json(body): Json<UpdateDistributionBody>,
) -> Result<Response, ApiError> {
    let fields = DistributionFields::from(body);
    let view = state.shared.app.update_distribution(&caller, id, fields).await?;
    Ok(json(StatusCode::OK, &DistributionJson::from(view)))
}

/// Remove a distribution
///
/// `409` once somebody has joined it.
#[utoipa::path(delete, path = "/distributions/{id}", tag = "Distributions",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 204, description = "It is gone"),
        (status = 409, description = "It is still needed")))]
async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
) -> Result<Response, ApiError> {
    state.shared.app.delete_distribution(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
