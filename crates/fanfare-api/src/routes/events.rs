//! `/api/events` and `/api/event-types`.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use fanfare_app::{AppError, Caller};
use fanfare_model::kinds::Event;
use fanfare_model::{EventType, EventTypes, Timestamp, limits};
use fanfare_store::EventFilter;
use http::StatusCode;

use super::json;
use crate::access::stamp;
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, list_query};
use crate::publish;
use crate::query::{Complaints, PathId, Query, Texts};
use crate::state::ApiState;
use crate::wire::{
    BatchJson, EventDetailJson, EventJson, EventTypeJson, EventTypesJson, PublishBatchBody,
    PublishBody, ReceiptJson, SamplesJson,
};

/// Publish an event
///
/// Answered once the event is on disk, with a delivery for every webhook that matches.
#[utoipa::path(post, path = "/events", tag = "Events", request_body = PublishBody,
    security(("bearer" = ["events:write"])),
    responses((status = 202, description = "The event is accepted", body = ReceiptJson)))]
pub(super) async fn publish_one(State(state): State<ApiState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answer = publish::publish(&state, &parts.headers, body).await;
    let mut response = answer.result.unwrap_or_else(|error| ApiError(error).into_response());
    if let Some(allowance) = answer.allowance {
        stamp(response.headers_mut(), &allowance, state.shared.clock.now());
    }
    if let Some(caller) = answer.caller {
        response.extensions_mut().insert(caller);
    }
    response
}

/// Publish many events
///
/// In one transaction and in their order. Events that are not valid are left out and say why;
/// the others are accepted all the same.
#[utoipa::path(post, path = "/events/batch", tag = "Events", request_body = PublishBatchBody,
    security(("bearer" = ["events:write"])),
    responses((status = 202, description = "What became of each event", body = BatchJson)))]
pub(super) async fn publish_batch(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    Ok(publish::publish_batch(&state, &caller, &parts.headers, body).await?)
}

list_query! {
    /// Which events.
    EventList {
        /// Of these types, separated by commas; patterns such as `order.*` are fine.
        #[serde(rename = "type")]
        #[param(rename = "type", example = "order.paid")]
        event_type,
        /// Accepted at or after this time (RFC 3339).
        created_after,
        /// Accepted before this time (RFC 3339).
        created_before,
    }
}

/// List events
#[utoipa::path(get, path = "/events", tag = "Events", params(EventList),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "A page of events", body = Listing<EventJson>)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<EventList>,
) -> Result<Response, ApiError> {
    let page = query.page(List::Events)?;
    let mut complaints = Complaints::default();
    let types = complaints.types("type", &Texts::Commas(query.event_type.as_deref()));
    let filter = EventFilter {
        types: types.unwrap_or(EventTypes::KNOWN),
        since: complaints.parse::<Timestamp>("createdAfter", query.created_after.as_deref()),
        until: complaints.parse::<Timestamp>("createdBefore", query.created_before.as_deref()),
    };
    complaints.end()?;
    let page = state.shared.app.events(&caller, filter, page).await?;
    let listing: Listing<EventJson> =
        Listing::new(List::Events, page, |event| event.summary.id.as_u128());
    Ok(json(StatusCode::OK, &listing))
}

/// Get an event
///
/// With what it came to for every webhook, and why a webhook did not get it.
#[utoipa::path(get, path = "/events/{id}", tag = "Events",
    params(("id" = String, Path, example = "wh_evt_01h455vb4pex5vsknk084sn02q")),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The event", body = EventDetailJson)))]
pub(super) async fn get(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId<Event>,
) -> Result<Response, ApiError> {
    let view = state.shared.app.event(&caller, id).await?;
    Ok(json(StatusCode::OK, &EventDetailJson::from(view)))
}

/// List event types
///
/// The catalogue: every type with the JSON Schema of its data and an example. Open to everybody.
#[utoipa::path(get, path = "/event-types", tag = "Events", security(()),
    responses((status = 200, description = "The catalogue", body = EventTypesJson)))]
pub(super) async fn types(State(state): State<ApiState>) -> Response {
    let rows = state.shared.app.event_types().into_iter().map(EventTypeJson::from).collect();
    json(StatusCode::OK, &EventTypesJson { data: rows })
}

/// How many samples.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SamplesQuery {
    /// At most so many, 1 to 100; 3 when left out.
    #[serde(default)]
    #[param(example = "3")]
    limit: Option<String>,
}

/// Get samples of an event type
///
/// The newest bodies of this type exactly as webhooks receive them; the catalogue's example when
/// there are none yet. For forms that map fields before the first event arrives.
#[utoipa::path(get, path = "/event-types/{type}/samples", tag = "Events",
    params(("type" = String, Path, example = "order.paid"), SamplesQuery),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The samples, newest first", body = SamplesJson)))]
pub(super) async fn samples(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
    Query(query): Query<SamplesQuery>,
) -> Result<Response, ApiError> {
    let event_type = path.ok().and_then(|Path(text)| text.parse::<EventType>().ok());
    let event_type = event_type.ok_or_else(|| AppError::not_found("event type"))?;
    let mut complaints = Complaints::default();
    let limit = query.limit.as_deref().and_then(|text| {
        let number = text.parse().ok().filter(|number| (1..=limits::PAGE).contains(number));
        complaints.take("limit", number.ok_or(format!("must be from 1 to {}", limits::PAGE)))
    });
    complaints.end()?;
    let limit = limit.unwrap_or(SAMPLES_DEFAULT);
    let samples = state.shared.app.event_samples(&caller, event_type, limit).await?;
    Ok(json(StatusCode::OK, &SamplesJson::from(samples)))
}

/// Samples when no number is given.
const SAMPLES_DEFAULT: usize = 3;
