//! `/api/distributions/{id}/draw`: selecting winners, and checking how they were selected.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::{Caller, DrawView, Standing};
use fanfare_model::DistributionId;
use fanfare_model::kinds::Distribution;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::json;
use crate::body::{Nothing, OptionalJson};
use crate::cursor::{self, List};
use crate::error::ApiError;
use crate::list::{self, Listing, PageTexts};
use crate::query::{PathId, Query};
use crate::state::ApiState;
use crate::wire::{DrawJson, DrawStateJson, EntrantJson};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default().routes(routes!(draw, get)).routes(routes!(entrants))
}

/// Which page of those who stood in a draw. They have one order.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StandingList {
    /// How many items at most: 1 to 100, 20 when left out.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
    /// A cursor: only items after it in the list's order.
    #[serde(default)]
    after: Option<String>,
}

/// Draw the winners now
///
/// Up to 100 are selected at once, the others in steps right after. `409` when it was drawn.
#[utoipa::path(post, path = "/distributions/{id}/draw", tag = "Draws",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 202, description = "How the draw stands", body = DrawStateJson)))]
async fn draw(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.draw_now(&caller, id).await?;
    Ok(json(StatusCode::ACCEPTED, &DrawStateJson::from(&view)))
}

/// Get a draw
///
/// With what is needed to compute its winners again, and a page of them by rank.
#[utoipa::path(get, path = "/distributions/{id}/draw", tag = "Draws",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q"), StandingList),
    security(("bearer" = ["distributions:read"])),
    responses((status = 200, description = "The draw", body = DrawJson),
        (status = 409, description = "It is no draw")))]
async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Query(query): Query<StandingList>,
) -> Result<Response, ApiError> {
    let (view, winners) = page(&state, &caller, id, Standing::Winners, &query).await?;
    Ok(json(StatusCode::OK, &DrawJson { state: DrawStateJson::from(&view), winners }))
}

/// List the entrants of a draw
///
/// By rank once the draw is finished; by the order of entering before, without ranks.
#[utoipa::path(get, path = "/distributions/{id}/draw/entrants", tag = "Draws",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q"), StandingList),
    security(("bearer" = ["distributions:read"])),
    responses((status = 200, description = "A page of entrants", body = Listing<EntrantJson>),
        (status = 409, description = "It is no draw")))]
async fn entrants(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Query(query): Query<StandingList>,
) -> Result<Response, ApiError> {
    let (_, entrants) = page(&state, &caller, id, Standing::Entrants, &query).await?;
    Ok(json(StatusCode::OK, &entrants))
}

async fn page(
    state: &ApiState,
    caller: &Caller,
    id: DistributionId,
    which: Standing,
    query: &StandingList,
) -> Result<(DrawView, Listing<EntrantJson>), ApiError> {
    let view = state.shared.app.draw(caller, id).await?;
    let list = if view.seed.is_some() { List::Ranks } else { List::Entrants };
    let (limit, after) = (query.limit.as_deref(), query.after.as_deref());
    let request = list::page(list, &PageTexts { limit, sort: None, after, before: None })?;
    let page =
        state.shared.app.draw_page(caller, &view, which, request.after, request.limit).await?;
    let cursor = |entrant: &_| cursor::encode(list, view.cursor(entrant));
    let listing = Listing::with(page, cursor, |entrant| EntrantJson::new(&view, &entrant));
    Ok((view, listing))
}
