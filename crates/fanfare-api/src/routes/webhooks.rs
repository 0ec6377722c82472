//! `/api/webhooks`: what customers configure.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fanfare_app::{Caller, ErrorCode, ReplayInput, RotateSecret};
use fanfare_model::kinds::Webhook;
use fanfare_model::{Timestamp, WebhookChannel, WebhookCommand, WebhookStatus};
use fanfare_store::{DeliveryFilter, WebhookFilter};
use http::{HeaderValue, StatusCode};

use super::{job_or_count, json, shown_once};
use crate::body::{Json, Nothing, OptionalJson};
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, list_query};
use crate::query::{Complaints, DeliveryFilterTexts, PathId, Query, Texts};
use crate::state::ApiState;
use crate::wire::{
    CountJson, CreateWebhookBody, DeliveryJson, JobJson, ReplayBody, RotateSecretBody,
    TestSentJson, TestWebhookBody, UpdateWebhookBody, WebhookJson, WebhookWithSecretJson,
};

list_query! {
    /// Which webhooks.
    WebhookList {
        /// With one of these statuses, separated by commas.
        #[param(example = "active,failed")]
        status,
        /// Made through one of these channels, separated by commas.
        #[param(example = "zapier,n8n")]
        channel,
    }
}

/// List webhooks
#[utoipa::path(get, path = "/webhooks", tag = "Webhooks", params(WebhookList),
    security(("bearer" = ["webhooks:read"])),
    responses((status = 200, description = "A page of webhooks", body = Listing<WebhookJson>)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<WebhookList>,
) -> Result<Response, ApiError> {
    let page = query.page(List::Webhooks)?;
    let mut complaints = Complaints::default();
    let status = Texts::Commas(query.status.as_deref());
    let status = complaints.parse_all::<WebhookStatus>("status", &status);
    let channel = Texts::Commas(query.channel.as_deref());
    let channel = complaints.parse_all::<WebhookChannel>("channel", &channel);
    complaints.end()?;
    let filter = WebhookFilter { status, channel };
    let page = state.shared.app.webhooks(&caller, filter, page).await?;
    let listing: Listing<WebhookJson> =
        Listing::new(List::Webhooks, page, |view| view.webhook.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Create a webhook
///
/// The answer holds the secret when it was generated. It is shown this once.
///
/// On the channel of an automation platform (`zapier`, `make`, `n8n`, `pipedream`) a URL has one
/// webhook, so that a subscription never doubles. If it is there already, it is enabled if it was
/// disabled and takes the events and whatever else is given, a secret included; the answer is 200
/// and shows no secret. Who lost the secret gives a new one.
#[utoipa::path(post, path = "/webhooks", tag = "Webhooks", request_body = CreateWebhookBody,
    security(("bearer" = ["webhooks:write"])),
    responses((status = 201, description = "The webhook", body = WebhookWithSecretJson),
        (status = 200, description = "The webhook that this automation has already",
            body = WebhookWithSecretJson)))]
pub(super) async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CreateWebhookBody>,
) -> Result<Response, ApiError> {
    let created = state.shared.app.create_webhook(&caller, body.into()).await?;
    let mut shown = WebhookWithSecretJson::from(created);
    let place = format!("/api/webhooks/{}", shown.id());
    let status = if shown.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let full = json(status, &shown);
    shown.secret = None;
    let mut response = shown_once(full, &shown);
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(http::header::LOCATION, place);
    }
    Ok(response)
}

/// Get a webhook
#[utoipa::path(get, path = "/webhooks/{id}", tag = "Webhooks",
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["webhooks:read"])),
    responses((status = 200, description = "The webhook", body = WebhookJson)))]
pub(super) async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.webhook(&caller, id).await?;
    Ok(json(StatusCode::OK, &WebhookJson::from(view)))
}

/// Change a webhook
///
/// What is left out stays as it is.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "Webhooks", request_body = UpdateWebhookBody,
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["webhooks:write"])),
    responses((status = 200, description = "The webhook as it is now", body = WebhookJson)))]
pub(super) async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
    Json(body): Json<UpdateWebhookBody>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.update_webhook(&caller, id, body.into()).await?;
    Ok(json(StatusCode::OK, &WebhookJson::from(view)))
}

/// Remove a webhook
///
/// What waits for it is cancelled; its deliveries stay readable. A second time there is nothing to
/// remove and the answer is 404: for whoever wants it gone, that is as good as 204.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "Webhooks",
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["webhooks:write"])),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
) -> Result<Response, ApiError> {
    state.shared.app.delete_webhook(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Give a webhook a new secret
///
/// Old and new secret are both alive during the overlap: `webhook-signature` carries a signature
/// of each, `X-Fanfare-Signature` the old one until the overlap ends or you switch.
#[utoipa::path(post, path = "/webhooks/{id}/rotate-secret", tag = "Webhooks",
    request_body(content = Option<RotateSecretBody>),
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["webhooks:write"])),
    responses((status = 200, description = "The webhook with its new secret",
        body = WebhookWithSecretJson)))]
pub(super) async fn rotate_secret(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
    OptionalJson(body): OptionalJson<RotateSecretBody>,
) -> Result<Response, ApiError> {
    let created = state.shared.app.rotate_secret(&caller, id, RotateSecret::from(body)).await?;
    let mut shown = WebhookWithSecretJson::from(created);
    let full = json(StatusCode::OK, &shown);
    shown.secret = None;
    Ok(shown_once(full, &shown))
}

/// Sign with the new secret from now on
///
/// During an overlap: lets `X-Fanfare-Signature` use the new secret at once.
#[utoipa::path(post, path = "/webhooks/{id}/switch-signature", tag = "Webhooks",
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["webhooks:write"])),
    responses((status = 200, description = "The webhook as it is now", body = WebhookJson)))]
pub(super) async fn switch_signature(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.switch_signature(&caller, id).await?;
    Ok(json(StatusCode::OK, &WebhookJson::from(view)))
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])* $name:ident $path:literal $command:ident,)*) => {$(
        $(#[doc = $doc])*
        #[utoipa::path(post, path = $path, tag = "Webhooks",
            params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
            security(("bearer" = ["webhooks:write"])),
            responses((status = 200, description = "The webhook as it is now",
                body = WebhookJson)))]
        pub(super) async fn $name(
            State(state): State<ApiState>,
            Extension(caller): Extension<Caller>,
            PathId(id): PathId<Webhook>,
            OptionalJson(Nothing {}): OptionalJson<Nothing>,
        ) -> Result<Response, ApiError> {
            let view = state.shared.app.command_webhook(&caller, id, WebhookCommand::$command).await?;
            Ok(json(StatusCode::OK, &WebhookJson::from(view)))
        }
    )*};
}

commands! {
    /// Pause a webhook
    ///
    /// Deliveries are created and wait.
    pause "/webhooks/{id}/pause" Pause,
    /// Resume a paused webhook
    ///
    /// Beginning with what waited.
    resume "/webhooks/{id}/resume" Resume,
    /// Disable a webhook
    ///
    /// No deliveries are created any more; what waits is cancelled.
    disable "/webhooks/{id}/disable" Disable,
    /// Enable a disabled webhook
    ///
    /// What was missed can be replayed.
    enable "/webhooks/{id}/enable" Enable,
}

/// Send past events to a webhook
///
/// Runs as a job; `dryRun` only counts.
#[utoipa::path(post, path = "/webhooks/{id}/replay", tag = "Webhooks", request_body = ReplayBody,
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["deliveries:write"])),
    responses((status = 200, description = "How many events match (dry run)", body = CountJson),
        (status = 202, description = "The job, running", body = JobJson)))]
pub(super) async fn replay(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
    Json(body): Json<ReplayBody>,
) -> Result<Response, ApiError> {
    let mut complaints = Complaints::default();
    let since = complaints.parse::<Timestamp>("since", Some(&body.since));
    let until = complaints.parse::<Timestamp>("until", body.until.as_deref());
    let types = body.event_type.as_deref().map(|list| {
        if list.is_empty() {
            complaints.take::<(), _>("eventType", Err("must name at least one event type"));
        }
        complaints.types("eventType", &Texts::List(list))
    });
    complaints.end()?;
    let input = ReplayInput {
        since: since.unwrap_or_default(),
        until,
        types: types.flatten(),
        only_missing: body.only_missing,
        dry_run: body.dry_run,
    };
    Ok(job_or_count(state.shared.app.replay(&caller, id, input).await?))
}

/// Send a test event
///
/// The catalogue's example of the type, to this webhook alone, whatever it subscribes to.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "Webhooks",
    request_body = TestWebhookBody,
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["webhooks:write"])),
    responses((status = 202, description = "The test was sent", body = TestSentJson)))]
pub(super) async fn test(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
    Json(body): Json<TestWebhookBody>,
) -> Result<Response, ApiError> {
    let sent = state.shared.app.test_webhook(&caller, id, &body.event_type).await?;
    Ok(json(StatusCode::ACCEPTED, &TestSentJson::from(sent)))
}

list_query! {
    /// Which deliveries of a webhook.
    WebhookDeliveryList {
        /// With one of these statuses, separated by commas.
        #[param(example = "failed,pending")]
        status,
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

/// List a webhook's deliveries
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "Webhooks",
    params(("id" = String, Path, example = "whk_01h455vb4pex5vsknk084sn02q"), WebhookDeliveryList),
    security(("bearer" = ["deliveries:read"])),
    responses((status = 200, description = "A page of deliveries", body = Listing<DeliveryJson>)))]
pub(super) async fn deliveries(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Webhook>,
    Query(query): Query<WebhookDeliveryList>,
) -> Result<Response, ApiError> {
    let page = query.page(List::Deliveries)?;
    let texts = DeliveryFilterTexts {
        status: Texts::Commas(query.status.as_deref()),
        webhook_id: None,
        event_type: Texts::Commas(query.event_type.as_deref()),
        error_class: Texts::Commas(query.error_class.as_deref()),
        status_code: query.status_code.as_deref(),
        created_after: query.created_after.as_deref(),
        created_before: query.created_before.as_deref(),
    };
    let filter = DeliveryFilter { webhook_id: Some(id), ..texts.read("")? };
    let page = state.shared.app.deliveries(&caller, filter, page).await?;
    // A webhook that was deleted still has its deliveries; one that never was has none, and must
    // not look like one that only got nothing yet.
    if page.items.is_empty() {
        match state.shared.app.webhook(&caller, id).await {
            Err(error) if error.code() == ErrorCode::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let listing: Listing<DeliveryJson> =
        Listing::new(List::Deliveries, page, |delivery| delivery.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}
