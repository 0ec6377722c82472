//! `/api/products`: what is launched.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fanfare_app::Caller;
use fanfare_model::kinds::Product;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{created, json};
use crate::body::Json;
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, PlainList};
use crate::query::{PathId, Query};
use crate::state::ApiState;
use crate::wire::{CreateProductBody, ProductJson, UpdateProductBody};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default().routes(routes!(create, list)).routes(routes!(get, update, delete))
}

/// List products
#[utoipa::path(get, path = "/products", tag = "Products", params(PlainList),
    security(("bearer" = ["experiences:read"])),
    responses((status = 200, description = "A page of products", body = Listing<ProductJson>)))]
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<PlainList>,
) -> Result<Response, ApiError> {
    let page = state.shared.app.products(&caller, query.page(List::Products)?).await?;
    let listing: Listing<ProductJson> =
        Listing::new(List::Products, page, |product| product.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Create a product
#[utoipa::path(post, path = "/products", tag = "Products", request_body = CreateProductBody,
    security(("bearer" = ["experiences:write"])),
    responses((status = 201, description = "The product", body = ProductJson)))]
async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateProductBody>,
) -> Result<Response, ApiError> {
    let product = state.shared.app.create_product(&caller, body.into()).await?;
    let place = format!("/api/products/{}", product.id);
    Ok(created(&place, &ProductJson::from(product)))
}

/// Get a product
#[utoipa::path(get, path = "/products/{id}", tag = "Products",
    params(("id" = String, Path, example = "prod_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["experiences:read"])),
    responses((status = 200, description = "The product", body = ProductJson)))]
async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Product>,
) -> Result<Response, ApiError> {
    let product = state.shared.app.product(&caller, id).await?;
    Ok(json(StatusCode::OK, &ProductJson::from(product)))
}

/// Change a product
///
/// What is left out stays as it is.
#[utoipa::path(patch, path = "/products/{id}", tag = "Products", request_body = UpdateProductBody,
    params(("id" = String, Path, example = "prod_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["experiences:write"])),
    responses((status = 200, description = "The product as it is now", body = ProductJson)))]
async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Product>,
    Json(body): Json<UpdateProductBody>,
) -> Result<Response, ApiError> {
    let product = state.shared.app.update_product(&caller, id, body.into()).await?;
    Ok(json(StatusCode::OK, &ProductJson::from(product)))
}

/// Remove a product
///
/// `409` while an experience, a distribution or an order names it.
#[utoipa::path(delete, path = "/products/{id}", tag = "Products",
    params(("id" = String, Path, example = "prod_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["experiences:write"])),
    responses((status = 204, description = "It is gone"),
        (status = 409, description = "It is still needed")))]
async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Product>,
) -> Result<Response, ApiError> {
    state.shared.app.delete_product(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
