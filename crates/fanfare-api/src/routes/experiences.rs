//! `/api/experiences`: launches as a whole.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fanfare_app::Caller;
use fanfare_model::kinds::Experience;
use fanfare_model::launch::ExperienceStatus;
use fanfare_store::ExperienceFilter;
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
use crate::wire::{CreateExperienceBody, ExperienceJson, UpdateExperienceBody};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(create, list))
        .routes(routes!(get, update, delete))
        .routes(routes!(activate))
        .routes(routes!(complete))
        .routes(routes!(cancel))
}

list_query! {
    /// Which experiences.
    ExperienceList {
        /// With one of these statuses, separated by commas.
        #[param(example = "scheduled,active")]
        status,
    }
}

/// List experiences
#[utoipa::path(get, path = "/experiences", tag = "Experiences", params(ExperienceList),
    security(("bearer" = ["experiences:read"])),
    responses((status = 200, description = "A page of experiences",
        body = Listing<ExperienceJson>)))]
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ExperienceList>,
) -> Result<Response, ApiError> {
    let page = query.page(List::Experiences)?;
    let mut complaints = Complaints::default();
    let status = Texts::Commas(query.status.as_deref());
    let status = complaints.parse_all::<ExperienceStatus>("status", &status);
    complaints.end()?;
    let filter = ExperienceFilter { status };
    let page = state.shared.app.experiences(&caller, filter, page).await?;
    let listing: Listing<ExperienceJson> =
        Listing::new(List::Experiences, page, |experience| experience.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Create an experience
///
/// `scheduled` when it has a time at which it opens, a `draft` otherwise.
#[utoipa::path(post, path = "/experiences", tag = "Experiences",
    request_body = CreateExperienceBody, security(("bearer" = ["experiences:write"])),
    responses((status = 201, description = "The experience", body = ExperienceJson)))]
async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateExperienceBody>,
) -> Result<Response, ApiError> {
    let experience = state.shared.app.create_experience(&caller, body.into()).await?;
    let place = format!("/api/experiences/{}", experience.id);
    Ok(created(&place, &ExperienceJson::from(experience)))
}

/// Get an experience
#[utoipa::path(get, path = "/experiences/{id}", tag = "Experiences",
    params(("id" = String, Path, example = "exp_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["experiences:read"])),
    responses((status = 200, description = "The experience", body = ExperienceJson)))]
async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Experience>,
) -> Result<Response, ApiError> {
    let experience = state.shared.app.experience(&caller, id).await?;
    Ok(json(StatusCode::OK, &ExperienceJson::from(experience)))
}

/// Change an experience
///
/// What is left out stays as it is. Its opening can be changed until it is live, its closing until
/// it is over.
#[utoipa::path(patch, path = "/experiences/{id}", tag = "Experiences",
    request_body = UpdateExperienceBody,
    params(("id" = String, Path, example = "exp_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["experiences:write"])),
    responses((status = 200, description = "The experience as it is now", body = ExperienceJson)))]
async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Experience>,
    Json(body): Json<UpdateExperienceBody>,
) -> Result<Response, ApiError> {
    let experience = state.shared.app.update_experience(&caller, id, body.into()).await?;
    Ok(json(StatusCode::OK, &ExperienceJson::from(experience)))
}

/// Remove a draft
///
/// `409` when it is no draft any more or has distributions.
#[utoipa::path(delete, path = "/experiences/{id}", tag = "Experiences",
    params(("id" = String, Path, example = "exp_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["experiences:write"])),
    responses((status = 204, description = "It is gone"),
        (status = 409, description = "It is still needed")))]
async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Experience>,
) -> Result<Response, ApiError> {
    state.shared.app.delete_experience(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

macro_rules! moves {
    ($($(#[doc = $doc:literal])* $name:ident $path:literal $use_case:ident,)*) => {$(
        $(#[doc = $doc])*
        #[utoipa::path(post, path = $path, tag = "Experiences",
            params(("id" = String, Path, example = "exp_01h455vb4pex5vsknk084sn02q")),
            security(("bearer" = ["experiences:write"])),
            responses((status = 200, description = "The experience as it is now",
                body = ExperienceJson)))]
        async fn $name(
            State(state): State<ApiState>,
            Extension(caller): Extension<Caller>,
            PathId(id): PathId<Experience>,
            OptionalJson(Nothing {}): OptionalJson<Nothing>,
        ) -> Result<Response, ApiError> {
            let experience = state.shared.app.$use_case(&caller, id).await?;
            Ok(json(StatusCode::OK, &ExperienceJson::from(experience)))
        }
    )*};
}

moves! {
    /// Make an experience live
    ///
    /// Now, whatever its time. Its distributions that have no time of their own open.
    activate "/experiences/{id}/activate" activate_experience,
    /// End a live experience
    ///
    /// Before its time. Its distributions take nobody any more; who may check out still may.
    complete "/experiences/{id}/complete" complete_experience,
    /// Call an experience off
    ///
    /// And its distributions with it: nobody waits or may check out any more.
    cancel "/experiences/{id}/cancel" cancel_experience,
}
