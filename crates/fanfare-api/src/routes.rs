//! Every route there is, in one place, each with its entry in the OpenAPI document.
//!
//! Four kinds: *open* ones; those that need a key ([`crate::access`]), whose POSTs may carry an
//! `Idempotency-Key` ([`crate::idempotency`]); those of the *launch* domain, which are also polled
//! and so have an `ETag` ([`crate::conditional`]); and publishing, which needs a key and keeps its
//! answers itself ([`crate::publish`]). Under `/api` and, the same, under `/api/v1`.

mod account;
mod audit;
mod bids;
mod consumers;
mod deliveries;
mod distributions;
mod draws;
mod events;
mod experiences;
mod feed;
mod integrations;
mod jobs;
mod operations;
mod orders;
mod participants;
mod products;
mod requests;
mod stats;
mod webhooks;

use axum::body::Body;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing;
use fanfare_app::{AppError, ErrorCode, JobOrCount, OperatorContext};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::authenticated;
use crate::conditional::conditional;
use crate::error::ApiError;
use crate::idempotency::{KeptWithout, once};
use crate::observe::observe;
use crate::state::ApiState;
use crate::wire::{CountJson, JobJson};
use crate::{docs, openapi};

/// What every path of [`router`] begins with, for who serves something else on the same port.
pub const PREFIXES: &[&str] = &["/api", "/docs", "/healthz", "/readyz", "/metrics"];

/// The whole API over this state: `/api`, `/api/v1`, `/docs`, `/healthz`, `/readyz`, `/metrics`.
/// Every answer carries `X-Request-Id`; every refusal is an envelope, unknown paths included.
/// Routes that are merged into it later bring their own layers.
pub fn router(state: ApiState) -> axum::Router {
    let (operations, _) = operations_routes().split_for_parts();
    let (open, _) = open_routes().split_for_parts();
    let (keyed, _) = keyed_routes().split_for_parts();
    let (launch, _) = launch_routes().split_for_parts();
    let (publishing, _) = publishing_routes().split_for_parts();
    let (batches, _) = batch_routes().split_for_parts();
    let access = || from_fn_with_state(state.clone(), authenticated);
    let launch = launch.route_layer(from_fn(conditional));
    let keyed = keyed.merge(launch).route_layer(from_fn_with_state(state.clone(), once));
    let keyed = keyed.route_layer(access());
    let batches = batches.route_layer(access());
    let api = open.merge(keyed).merge(batches).merge(publishing);
    let api = api.route("/openapi.json", routing::get(openapi::serve));
    axum::Router::new()
        .nest("/api/v1", api.clone())
        .nest("/api", api)
        .merge(operations)
        .merge(docs::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state.clone(), observe))
        .with_state(state)
}

/// What every node answers.
pub(crate) fn operations_router(state: ApiState) -> axum::Router {
    let (operations, _) = operations_routes().split_for_parts();
    operations
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state.clone(), observe))
        .with_state(state)
}

/// What utoipa gathered from the handlers: paths and schemas, nothing else.
pub(crate) fn gathered() -> OpenApi {
    let api = open_routes().merge(publishing_routes()).merge(batch_routes());
    let api = api.merge(keyed_routes()).merge(launch_routes());
    let all = OpenApiRouter::<ApiState>::default().nest("/api", api).merge(operations_routes());
    all.into_openapi()
}

fn operations_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
}

fn open_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default().routes(routes!(events::types))
}

fn publishing_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default().routes(routes!(events::publish_one))
}

fn batch_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default().routes(routes!(events::publish_batch))
}

fn keyed_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::get, webhooks::update, webhooks::delete))
        .routes(routes!(webhooks::rotate_secret))
        .routes(routes!(webhooks::switch_signature))
        .routes(routes!(webhooks::pause))
        .routes(routes!(webhooks::resume))
        .routes(routes!(webhooks::disable))
        .routes(routes!(webhooks::enable))
        .routes(routes!(webhooks::replay))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(events::list))
        .routes(routes!(events::get))
        .routes(routes!(events::samples))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::resend_matching))
        .routes(routes!(deliveries::get))
        .routes(routes!(deliveries::resend))
        .routes(routes!(deliveries::cancel))
        .routes(routes!(feed::read))
        .routes(routes!(feed::groups, feed::create_group))
        .routes(routes!(feed::group, feed::delete_group))
        .routes(routes!(feed::rotate_secret))
        .routes(routes!(feed::commit))
        .routes(routes!(feed::results))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::get))
        .routes(routes!(jobs::cancel))
        .merge(stats::all())
        .routes(routes!(account::me))
        .routes(routes!(account::notices))
        .routes(routes!(account::create_key, account::keys))
        .routes(routes!(account::revoke_key))
        .routes(routes!(audit::audit_log))
        .routes(routes!(requests::follow))
        .merge(integrations::all())
}

/// The launch domain's, a line for each noun.
fn launch_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .merge(consumers::all())
        .merge(products::all())
        .merge(experiences::all())
        .merge(distributions::all())
        .merge(participants::all())
        .merge(draws::all())
        .merge(bids::all())
        .merge(orders::all())
}

async fn not_found() -> ApiError {
    ApiError(AppError::not_found("path"))
}

async fn method_not_allowed() -> ApiError {
    let message = "this path does not take this method; `Allow` lists those it takes";
    ApiError(AppError::new(ErrorCode::MethodNotAllowed, message))
}

/// A resource as JSON.
fn json<T: Serialize>(status: StatusCode, resource: &T) -> Response {
    match serde_json::to_vec(resource) {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(error) => ApiError(AppError::internal(OperatorContext::new(error))).into_response(),
    }
}

/// A resource that was created, and its address.
fn created<T: Serialize>(place: &str, resource: &T) -> Response {
    let mut response = json(StatusCode::CREATED, resource);
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

/// `response`, of which an `Idempotency-Key` keeps only `without`: the same without its secret.
fn shown_once<T: Serialize>(mut response: Response, without: &T) -> Response {
    let kept = serde_json::to_vec(without).unwrap_or_default();
    response.extensions_mut().insert(KeptWithout(kept.into()));
    response
}

/// The answer to a request for long work.
fn job_or_count(done: JobOrCount) -> Response {
    match done {
        JobOrCount::Count(count) => json(StatusCode::OK, &CountJson { dry_run: true, count }),
        JobOrCount::Job(job) => {
            let job = JobJson::from(job);
            let place = HeaderValue::try_from(format!("/api/jobs/{}", job.id()));
            let mut response = json(StatusCode::ACCEPTED, &job);
            if let Ok(place) = place {
                response.headers_mut().insert(LOCATION, place);
            }
            response
        }
    }
}
