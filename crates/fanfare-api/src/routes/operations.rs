//! What operators and machines ask: is it up, is it ready, how is it doing.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::{AppError, OperatorContext};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::error::ApiError;
use crate::state::ApiState;

/// How a server is.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct HealthJson {
    /// `ok` or `ready`.
    status: &'static str,
}

/// Is the process alive
#[utoipa::path(get, path = "/healthz", tag = "Operations", security(()),
    responses((status = 200, description = "It is", body = HealthJson)))]
pub(super) async fn healthz() -> Response {
    json(StatusCode::OK, &HealthJson { status: "ok" })
}

/// Does the server take requests
///
/// `503` while it starts or stops, and while the store takes no writes.
#[utoipa::path(get, path = "/readyz", tag = "Operations", security(()),
    responses((status = 200, description = "It does", body = HealthJson)))]
pub(super) async fn readyz(State(state): State<ApiState>) -> Result<Response, ApiError> {
    state.check_ready().await?;
    Ok(json(StatusCode::OK, &HealthJson { status: "ready" }))
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "Operations", security(()),
    responses((status = 200, description = "OpenMetrics text", body = String,
        content_type = "application/openmetrics-text")))]
pub(super) async fn metrics(State(state): State<ApiState>) -> Result<Response, ApiError> {
    let text = state
        .shared
        .metrics
        .text()
        .map_err(|error| AppError::internal(OperatorContext::new(error)))?;
    let mut response = Response::new(Body::from(text));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}
