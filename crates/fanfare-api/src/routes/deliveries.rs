//! `/api/deliveries`: looking at them, sending them again, ending them.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::Caller;
use fanfare_model::kinds::Delivery;
use http::StatusCode;

use super::{job_or_count, json};
use crate::body::{Json, Nothing, OptionalJson};
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, list_query};
use crate::query::{DeliveryFilterTexts, PathId, Query, Texts};
use crate::state::ApiState;
use crate::wire::{
    CountJson, DeliveryDetailJson, DeliveryJson, JobJson, ResendFilterBody, ResendMatchingBody,
};

list_query! {
    /// Which deliveries.
    DeliveryList {
        /// With one of these statuses, separated by commas.
        #[param(example = "failed,pending")]
        status,
        /// To this webhook.
        webhook_id,
        /// Of these event types, separated by commas; patterns such as `order.*` are fine.
        event_type,
        /// Whose latest attempt failed in one of these ways, separated by commas.
        #[param(example = "timeout,http_5xx")]
        error_class,
        /// Whose latest response had this status, `503`, or this class of status, `5xx`.
        #[param(example = "5xx")]
        status_code,
        /// Created at or after this time (RFC 3339).
        created_after,
        /// Created before this time (RFC 3339).
        created_before,
    }
}

/// List deliveries
#[utoipa::path(get, path = "/deliveries", tag = "Deliveries", params(DeliveryList),
    security(("bearer" = ["deliveries:read"])),
    responses((status = 200, description = "A page of deliveries", body = Listing<DeliveryJson>)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<DeliveryList>,
) -> Result<Response, ApiError> {
    let page = query.page(List::Deliveries)?;
    let texts = DeliveryFilterTexts {
        status: Texts::Commas(query.status.as_deref()),
        webhook_id: query.webhook_id.as_deref(),
        event_type: Texts::Commas(query.event_type.as_deref()),
        error_class: Texts::Commas(query.error_class.as_deref()),
        status_code: query.status_code.as_deref(),
        created_after: query.created_after.as_deref(),
        created_before: query.created_before.as_deref(),
    };
    let page = state.shared.app.deliveries(&caller, texts.read("")?, page).await?;
    let listing: Listing<DeliveryJson> =
        Listing::new(List::Deliveries, page, |delivery| delivery.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Get a delivery
///
/// With every attempt: the request as it was sent, and the response.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "Deliveries",
    params(("id" = String, Path, example = "dlv_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["deliveries:read"])),
    responses((status = 200, description = "The delivery", body = DeliveryDetailJson)))]
pub(super) async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Delivery>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.delivery(&caller, id).await?;
    Ok(json(StatusCode::OK, &DeliveryDetailJson::from(view)))
}

/// Send a delivery again
///
/// The same event to the same webhook, as a new delivery, due now.
#[utoipa::path(post, path = "/deliveries/{id}/resend", tag = "Deliveries",
    params(("id" = String, Path, example = "dlv_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["deliveries:write"])),
    responses((status = 202, description = "The new delivery", body = DeliveryJson)))]
pub(super) async fn resend(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Delivery>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, ApiError> {
    let delivery = state.shared.app.resend(&caller, id).await?;
    Ok(json(StatusCode::ACCEPTED, &DeliveryJson::from(delivery)))
}

/// Cancel a pending delivery
///
/// An attempt already on its way may still reach the receiver.
#[utoipa::path(post, path = "/deliveries/{id}/cancel", tag = "Deliveries",
    params(("id" = String, Path, example = "dlv_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["deliveries:write"])),
    responses((status = 200, description = "The delivery as it is now", body = DeliveryJson)))]
pub(super) async fn cancel(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Delivery>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, ApiError> {
    let delivery = state.shared.app.cancel_delivery(&caller, id).await?;
    Ok(json(StatusCode::OK, &DeliveryJson::from(delivery)))
}

/// Send many deliveries again
///
/// Everything that matches the filter, as a job; `dryRun` only counts.
#[utoipa::path(post, path = "/deliveries/resend", tag = "Deliveries",
    request_body = ResendMatchingBody,
    security(("bearer" = ["deliveries:write"])),
    responses((status = 200, description = "How many deliveries match (dry run)", body = CountJson),
        (status = 202, description = "The job, running", body = JobJson)))]
pub(super) async fn resend_matching(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<ResendMatchingBody>,
) -> Result<Response, ApiError> {
    let ResendMatchingBody { filter, dry_run } = body;
    let ResendFilterBody { status, webhook_id, event_type, error_class, .. } = &filter;
    let texts = DeliveryFilterTexts {
        status: Texts::List(status),
        webhook_id: webhook_id.as_deref(),
        event_type: Texts::List(event_type),
        error_class: Texts::List(error_class),
        status_code: filter.status_code.as_deref(),
        created_after: filter.created_after.as_deref(),
        created_before: filter.created_before.as_deref(),
    };
    let filter = texts.read("filter.")?;
    Ok(job_or_count(state.shared.app.resend_matching(&caller, filter, dry_run).await?))
}
