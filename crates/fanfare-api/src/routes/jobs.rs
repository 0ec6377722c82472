//! `/api/jobs`: replays and bulk resends on their way.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::Caller;
use fanfare_model::kinds::Job;
use http::StatusCode;

use super::json;
use crate::body::{Nothing, OptionalJson};
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, PlainList};
use crate::query::{PathId, Query};
use crate::state::ApiState;
use crate::wire::JobJson;

/// List jobs
#[utoipa::path(get, path = "/jobs", tag = "Jobs", params(PlainList),
    security(("bearer" = ["deliveries:read"])),
    responses((status = 200, description = "A page of jobs", body = Listing<JobJson>)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<PlainList>,
) -> Result<Response, ApiError> {
    let page = state.shared.app.jobs(&caller, query.page(List::Jobs)?).await?;
    let listing: Listing<JobJson> = Listing::new(List::Jobs, page, |job| job.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Get a job
#[utoipa::path(get, path = "/jobs/{id}", tag = "Jobs",
    params(("id" = String, Path, example = "job_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["deliveries:read"])),
    responses((status = 200, description = "The job", body = JobJson)))]
pub(super) async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Job>,
) -> Result<Response, ApiError> {
    let job = state.shared.app.job(&caller, id).await?;
    Ok(json(StatusCode::OK, &JobJson::from(job)))
}

/// Stop a job
///
/// What it created stays.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "Jobs",
    params(("id" = String, Path, example = "job_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["deliveries:write"])),
    responses((status = 200, description = "The job as it is now", body = JobJson)))]
pub(super) async fn cancel(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Job>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, ApiError> {
    let job = state.shared.app.cancel_job(&caller, id).await?;
    Ok(json(StatusCode::OK, &JobJson::from(job)))
}
