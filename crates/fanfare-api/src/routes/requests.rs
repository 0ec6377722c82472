//! `/api/requests`: what is asked of this server, as it happens.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::Caller;
use fanfare_model::{Scope, limits};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::json;
use crate::error::ApiError;
use crate::observe::Unlogged;
use crate::query::{Complaints, Query};
use crate::request_log::Position;
use crate::state::ApiState;
use crate::wire::RequestsJson;

/// From where on, and how patiently.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RequestsParams {
    /// The cursor of the last answer; left out: from now on.
    #[serde(default)]
    after: Option<String>,
    /// For how many seconds to wait if there is none: 0 to 25, 0 when left out.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 0, maximum = 25, default = 0)]
    wait: Option<String>,
}

/// Follow the requests of the organization
///
/// Requests with a key of the organization as this node answers them, from the first look on: method,
/// path, status and time, never a query, a header or a body. They are noted in memory while somebody
/// looks, and for a minute after; looking is not noted.
#[utoipa::path(get, path = "/requests", tag = "Account", params(RequestsParams),
    security(("bearer" = ["audit:read"])),
    responses((status = 200, description = "Requests since the last look", body = RequestsJson)))]
pub(super) async fn follow(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<RequestsParams>,
) -> Result<Response, ApiError> {
    caller.require(Scope::AuditRead)?;
    let mut complaints = Complaints::default();
    let after = complaints.parse::<Position>("after", params.after.as_deref());
    let most = limits::FEED_WAIT.as_secs();
    let judge = |text: &str| {
        let seconds = text.parse::<u64>().ok().filter(|seconds| *seconds <= most);
        seconds.ok_or_else(|| format!("must be a number from 0 to {most}"))
    };
    let wait = params.wait.and_then(|text| complaints.take("wait", judge(&text)));
    complaints.end()?;
    let wait = Duration::from_secs(wait.unwrap_or_default());
    let shared = &state.shared;
    let look =
        shared.requests.look(caller.organization_id, after, wait, shared.clock.now()).await?;
    let mut response = json(StatusCode::OK, &RequestsJson::from(look));
    response.extensions_mut().insert(Unlogged);
    Ok(response)
}
