//! `/api/orders`: purchases.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::Caller;
use fanfare_model::Timestamp;
use fanfare_model::kinds::Order;
use fanfare_model::launch::OrderStatus;
use fanfare_store::OrderFilter;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{created, json};
use crate::body::{Json, OptionalJson};
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, Lists, change_query};
use crate::query::{Complaints, PathId, Query, Texts};
use crate::state::ApiState;
use crate::wire::{
    CancelOrderBody, CreateOrderBody, FulfillOrderBody, OrderJson, PayOrderBody, UpdateOrderBody,
};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(create, list))
        .routes(routes!(get, update))
        .routes(routes!(pay))
        .routes(routes!(fulfill))
        .routes(routes!(cancel))
}

const LISTS: Lists = Lists { created: List::Orders, updated: List::OrderChanges };

change_query! {
    /// Which orders.
    OrderList {
        /// With one of these statuses, separated by commas.
        #[param(example = "created,paid")]
        status,
        /// Of this consumer.
        #[param(example = "con_01h455vb4pex5vsknk084sn02q")]
        consumer_id,
        /// From this distribution.
        #[param(example = "dist_01h455vb4pex5vsknk084sn02q")]
        distribution_id,
        /// With this number in the shop.
        #[param(example = "YOUR-ORDER-123")]
        external_order_id,
        /// Created at or after this time (RFC 3339).
        created_after,
        /// Created before this time (RFC 3339).
        created_before,
        /// Changed at or after this time (RFC 3339).
        updated_after,
    }
}

impl OrderList {
    fn filter(&self) -> Result<OrderFilter, ApiError> {
        let mut complaints = Complaints::default();
        let status = Texts::Commas(self.status.as_deref());
        let filter = OrderFilter {
            status: complaints.parse_all::<OrderStatus>("status", &status),
            consumer_id: complaints.parse("consumerId", self.consumer_id.as_deref()),
            distribution_id: complaints.parse("distributionId", self.distribution_id.as_deref()),
            external_order_id: self.external_order_id.clone(),
            created_after: complaints
                .parse::<Timestamp>("createdAfter", self.created_after.as_deref()),
            created_before: complaints
                .parse::<Timestamp>("createdBefore", self.created_before.as_deref()),
            updated_after: complaints
                .parse::<Timestamp>("updatedAfter", self.updated_after.as_deref()),
        };
        complaints.end()?;
        Ok(filter)
    }
}

/// List orders
#[utoipa::path(get, path = "/orders", tag = "Orders", params(OrderList),
    security(("bearer" = ["orders:read"])),
    responses((status = 200, description = "A page of orders", body = Listing<OrderJson>)))]
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<OrderList>,
) -> Result<Response, ApiError> {
    let (key, page) = query.page(LISTS)?;
    let page = state.shared.app.orders(&caller, query.filter()?, key, page).await?;
    let listing: Listing<OrderJson> =
        Listing::changes(LISTS, key, page, |order| order.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Create an order
#[utoipa::path(post, path = "/orders", tag = "Orders", request_body = CreateOrderBody,
    security(("bearer" = ["orders:write"])),
    responses((status = 201, description = "The order", body = OrderJson)))]
async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateOrderBody>,
) -> Result<Response, ApiError> {
    let order = state.shared.app.create_order(&caller, body.into()).await?;
    let place = format!("/api/orders/{}", order.id);
    Ok(created(&place, &OrderJson::from(order)))
}

/// Get an order
#[utoipa::path(get, path = "/orders/{id}", tag = "Orders",
    params(("id" = String, Path, example = "ord_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["orders:read"])),
    responses((status = 200, description = "The order", body = OrderJson)))]
async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Order>,
) -> Result<Response, ApiError> {
    let order = state.shared.app.order(&caller, id).await?;
    Ok(json(StatusCode::OK, &OrderJson::from(order)))
}

/// Change an order
///
/// What is left out stays as it is.
#[utoipa::path(patch, path = "/orders/{id}", tag = "Orders", request_body = UpdateOrderBody,
    params(("id" = String, Path, example = "ord_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["orders:write"])),
    responses((status = 200, description = "The order as it is now", body = OrderJson)))]
async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Order>,
    Json(body): Json<UpdateOrderBody>,
) -> Result<Response, ApiError> {
    let order = state.shared.app.update_order(&caller, id, body.into()).await?;
    Ok(json(StatusCode::OK, &OrderJson::from(order)))
}

/// Confirm an order's payment
///
/// Completes the checkout of a participant who may check out. A second time changes nothing and
/// tells nothing.
#[utoipa::path(post, path = "/orders/{id}/pay", tag = "Orders",
    request_body(content = Option<PayOrderBody>),
    params(("id" = String, Path, example = "ord_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["orders:write"])),
    responses((status = 200, description = "The order as it is now", body = OrderJson)))]
async fn pay(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Order>,
    OptionalJson(body): OptionalJson<PayOrderBody>,
) -> Result<Response, ApiError> {
    let order = state.shared.app.pay_order(&caller, id, body.into()).await?;
    Ok(json(StatusCode::OK, &OrderJson::from(order)))
}

/// Say that a paid order was sent
#[utoipa::path(post, path = "/orders/{id}/fulfill", tag = "Orders",
    request_body(content = Option<FulfillOrderBody>),
    params(("id" = String, Path, example = "ord_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["orders:write"])),
    responses((status = 200, description = "The order as it is now", body = OrderJson)))]
async fn fulfill(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Order>,
    OptionalJson(body): OptionalJson<FulfillOrderBody>,
) -> Result<Response, ApiError> {
    let order = state.shared.app.fulfill_order(&caller, id, body.into()).await?;
    Ok(json(StatusCode::OK, &OrderJson::from(order)))
}

/// Call an order off
///
/// Or say that it was refunded. A fulfilled order cannot be called off.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "Orders",
    request_body(content = Option<CancelOrderBody>),
    params(("id" = String, Path, example = "ord_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["orders:write"])),
    responses((status = 200, description = "The order as it is now", body = OrderJson)))]
async fn cancel(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Order>,
    OptionalJson(body): OptionalJson<CancelOrderBody>,
) -> Result<Response, ApiError> {
    let order = state.shared.app.cancel_order(&caller, id, body.reason).await?;
    Ok(json(StatusCode::OK, &OrderJson::from(order)))
}
