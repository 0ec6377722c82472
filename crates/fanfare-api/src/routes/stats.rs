//! `/api/stats`, `/api/webhooks/{id}/stats`, `/api/webhooks/{id}/backlog`.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::{Caller, StatsWindow};
use fanfare_model::kinds::Webhook;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::json;
use crate::error::ApiError;
use crate::query::{Complaints, PathId, Query};
use crate::state::ApiState;
use crate::wire::{BacklogJson, OrganizationStatsJson, StatsJson};

/// The noun's routes.
pub(super) fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(of_organization))
        .routes(routes!(of_webhook))
        .routes(routes!(backlog))
}

/// Which window of figures.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatsQuery {
    /// How far back: `1h`, `24h` (the default), `7d` or `30d`.
    #[serde(default)]
    #[param(example = "24h")]
    window: Option<String>,
}

impl StatsQuery {
    fn window(&self) -> Result<StatsWindow, ApiError> {
        let mut complaints = Complaints::default();
        let window = complaints.parse::<StatsWindow>("window", self.window.as_deref());
        complaints.end()?;
        Ok(window.unwrap_or_default())
    }
}

/// Get the organization's figures
///
/// The sum over its webhooks, deleted ones included, and the events it accepted.
#[utoipa::path(get, path = "/stats", tag = "Account", params(StatsQuery),
    security(("bearer" = ["webhooks:read"])),
    responses((status = 200, description = "The figures", body = OrganizationStatsJson)))]
async fn of_organization(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<StatsQuery>,
) -> Result<Response, ApiError> {
    let stats = state.shared.app.organization_stats(&caller, query.window()?).await?;
    Ok(json(StatusCode::OK, &OrganizationStatsJson::from(stats)))
}

/// Get a webhook's figures
#[utoipa::path(get, path = "/webhooks/{id}/stats", tag = "Webhooks",
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q"), StatsQuery),
    security(("bearer" = ["webhooks:read"])),
    responses((status = 200, description = "The figures", body = StatsJson)))]
async fn of_webhook(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
    Query(query): Query<StatsQuery>,
) -> Result<Response, ApiError> {
    let stats = state.shared.app.webhook_stats(&caller, id, query.window()?).await?;
    Ok(json(StatusCode::OK, &StatsJson::from(stats)))
}

/// Get a webhook's backlog
///
/// How much waits for it, since when, and when nothing would wait if it went on as in the last five
/// minutes.
#[utoipa::path(get, path = "/webhooks/{id}/backlog", tag = "Webhooks",
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["webhooks:read"])),
    responses((status = 200, description = "What waits", body = BacklogJson)))]
async fn backlog(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.webhook_backlog(&caller, id).await?;
    Ok(json(StatusCode::OK, &BacklogJson::from(view)))
}
