//! `/api/distributions/{id}/bids` and `…/settle`: auctions.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::Caller;
use fanfare_model::kinds::Distribution;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::json;
use crate::body::{Json, Nothing, OptionalJson};
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, PlainList};
use crate::query::{PathId, Query};
use crate::state::ApiState;
use crate::wire::{BidJson, DistributionJson, PlaceBidBody};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default().routes(routes!(place, list)).routes(routes!(settle))
}

/// List the bids of an auction
#[utoipa::path(get, path = "/distributions/{id}/bids", tag = "Auctions",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q"), PlainList),
    security(("bearer" = ["distributions:read"])),
    responses((status = 200, description = "A page of bids", body = Listing<BidJson>),
        (status = 409, description = "It is no auction")))]
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Query(query): Query<PlainList>,
) -> Result<Response, ApiError> {
    let page = state.shared.app.bids(&caller, id, query.page(List::Bids)?).await?;
    let listing: Listing<BidJson> = Listing::new(List::Bids, page, |view| view.bid.number.into());
    Ok(json(StatusCode::OK, &listing))
}

/// Place a bid
///
/// The first bid makes the consumer a participant; another one raises it. `400` names the least
/// acceptable amount, `409` says why no bids are taken.
#[utoipa::path(post, path = "/distributions/{id}/bids", tag = "Auctions",
    request_body = PlaceBidBody,
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 201, description = "The bid", body = BidJson)))]
async fn place(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    Json(body): Json<PlaceBidBody>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.place_bid(&caller, id, body.into()).await?;
    Ok(json(StatusCode::CREATED, &BidJson::from(view)))
}

/// Settle an auction now
///
/// The highest bid wins, if it reaches the reserve price; all others have lost. `409` when it was
/// settled.
#[utoipa::path(post, path = "/distributions/{id}/settle", tag = "Auctions",
    params(("id" = String, Path, example = "dist_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["distributions:write"])),
    responses((status = 200, description = "The distribution as it is now",
        body = DistributionJson)))]
async fn settle(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Distribution>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.settle(&caller, id).await?;
    Ok(json(StatusCode::OK, &DistributionJson::from(view)))
}
