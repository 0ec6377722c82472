//! `/api/keys`, `/api/me`, `/api/notices`.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::{ApiKeyMode, Caller, NewKey};
use fanfare_model::Scope;
use fanfare_model::kinds::ApiKey;
use http::StatusCode;

use super::{json, shown_once};
use crate::body::Json;
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, PlainList};
use crate::query::{Complaints, PathId, Query, Texts};
use crate::state::ApiState;
use crate::wire::{CreateKeyBody, CreatedKeyJson, KeyJson, KeyModeText, MeJson, NoticeJson};

/// Get the caller
///
/// The organization and the scopes of the key in use.
#[utoipa::path(get, path = "/me", tag = "Account", security(("bearer" = [])),
    responses((status = 200, description = "The caller", body = MeJson)))]
pub(super) async fn me(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, ApiError> {
    let me = state.shared.app.me(&caller).await?;
    Ok(json(StatusCode::OK, &MeJson::from(me)))
}

/// List notices
///
/// What the organization is told: deliveries given up, webhooks disabled.
#[utoipa::path(get, path = "/notices", tag = "Account", params(PlainList),
    security(("bearer" = ["deliveries:read"])),
    responses((status = 200, description = "A page of notices", body = Listing<NoticeJson>)))]
pub(super) async fn notices(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<PlainList>,
) -> Result<Response, ApiError> {
    let page = state.shared.app.notices(&caller, query.page(List::Notices)?).await?;
    let listing: Listing<NoticeJson> =
        Listing::new(List::Notices, page, |notice| notice.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// List API keys
///
/// Revoked ones included.
#[utoipa::path(get, path = "/keys", tag = "Account", params(PlainList),
    security(("bearer" = ["keys:write"])),
    responses((status = 200, description = "A page of keys", body = Listing<KeyJson>)))]
pub(super) async fn keys(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<PlainList>,
) -> Result<Response, ApiError> {
    let page = state.shared.app.keys(&caller, query.page(List::Keys)?).await?;
    let listing: Listing<KeyJson> = Listing::new(List::Keys, page, |key| key.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Create an API key
///
/// The answer holds the whole key. It is shown this once.
#[utoipa::path(post, path = "/keys", tag = "Account", request_body = CreateKeyBody,
    security(("bearer" = ["keys:write"])),
    responses((status = 201, description = "The key", body = CreatedKeyJson)))]
pub(super) async fn create_key(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateKeyBody>,
) -> Result<Response, ApiError> {
    let mut complaints = Complaints::default();
    let scopes = complaints.parse_all::<Scope>("scopes", &Texts::List(&body.scopes));
    complaints.end()?;
    let mode = match body.mode {
        KeyModeText::Live => ApiKeyMode::Live,
        KeyModeText::Test => ApiKeyMode::Test,
    };
    let new = NewKey { name: body.name, scopes: scopes.into_iter().collect(), mode };
    let mut shown = CreatedKeyJson::from(state.shared.app.create_key(&caller, new).await?);
    let full = json(StatusCode::CREATED, &shown);
    shown.key = None;
    Ok(shown_once(full, &shown))
}

/// Revoke an API key
///
/// It stops working within a second. A second time changes nothing.
#[utoipa::path(delete, path = "/keys/{id}", tag = "Account",
    params(("id" = String, Path, example = "key_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["keys:write"])),
    responses((status = 200, description = "The key, revoked", body = KeyJson)))]
pub(super) async fn revoke_key(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<ApiKey>,
) -> Result<Response, ApiError> {
    let key = state.shared.app.revoke_key(&caller, id).await?;
    Ok(json(StatusCode::OK, &KeyJson::from(key)))
}
