//! What stands in front of the router: a short way for `POST /api/events`.
//!
//! The router costs a match, a few boxes and a layer per concern, which is nothing beside a
//! request that reads a page of deliveries and a good part of one that publishes. This answers
//! publishing with the same code as the router, and hands everything else on.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request};
use tokio::time::Instant;
use tower::Service;

use crate::access::stamp;
use crate::error::render;
use crate::observe::{name, note, too_slow};
use crate::publish::{Answer, publish};
use crate::state::ApiState;

/// The API with its short way: give this to [`crate::serve`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Front {
    state: ApiState,
    router: axum::Router,
    /// Whether publishing is answered here.
    publishes: bool,
}

impl Front {
    /// The short way over the state, everything else to `router`: what [`crate::router`] gave
    /// for the same state, with whatever else was merged into it.
    pub const fn new(state: ApiState, router: axum::Router) -> Self {
        Self { state, router, publishes: true }
    }

    /// What a node answers that does not serve the API: `/healthz`, `/readyz` and `/metrics`, and
    /// whatever `beside` puts beside them.
    pub fn operations(state: ApiState, beside: impl FnOnce(axum::Router) -> axum::Router) -> Self {
        let router = beside(crate::routes::operations_router(state.clone()));
        Self { state, router, publishes: false }
    }
}

impl<B> Service<Request<B>> for Front
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.publishes && is_publish(&request) {
            let state = self.state.clone();
            Box::pin(async move { Ok(answer(&state, request).await) })
        } else {
            let response = self.router.call(request.map(Body::new));
            Box::pin(response)
        }
    }
}

fn is_publish<B>(request: &Request<B>) -> bool {
    request.method() == Method::POST
        && matches!(request.uri().path(), "/api/events" | "/api/v1/events")
}

/// What [`crate::observe`] does, for this one route.
async fn answer<B>(state: &ApiState, request: Request<B>) -> Response
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let started = Instant::now();
    let id = state.shared.request_ids.next();
    let (parts, body) = request.into_parts();
    let publishing = publish(state, &parts.headers, body);
    let answered = tokio::time::timeout(state.shared.options.request_timeout, publishing).await;
    let (mut response, allowance, caller) = match answered {
        Ok(Answer { result: Ok(response), allowance, caller }) => (response, allowance, caller),
        Ok(Answer { result: Err(error), allowance, caller }) => {
            (render(&error, id), allowance, caller)
        }
        Err(_) => (render(&too_slow(state.shared.options.request_timeout), id), None, None),
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(allowance) = allowance {
        stamp(headers, &allowance, state.shared.clock.now());
    }
    name(&mut response, id);
    let took = started.elapsed();
    tracing::debug!(
        request_id = %id,
        method = "POST",
        route = "/api/events",
        status = response.status().as_u16(),
        duration_us = took.as_micros() as u64,
        "a request was answered"
    );
    if let Some(caller) = caller {
        let asked = (&Method::POST, parts.uri.path());
        note(state, &caller, id, asked, response.status(), took);
    }
    state.shared.publish_figures.count(response.status(), took);
    response
}
