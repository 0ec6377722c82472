//! What every handler may use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fanfare_app::{App, AppError};
use fanfare_model::{Clock, IdSource};
use fanfare_store::Store;
use http::Method;
use tokio_util::task::TaskTracker;

use crate::metrics::{Metrics, RouteFigures};
use crate::rate_limit::{RateLimit, RateLimiter};
use crate::request_id::RequestIds;
use crate::request_log::RequestLog;

/// Settings of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiOptions {
    /// How many requests each organization may make; `None`: as many as it wants.
    pub rate_limit: Option<RateLimit>,
    /// A request that takes longer, body included, is answered `503`.
    pub request_timeout: Duration,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self { rate_limit: None, request_timeout: Duration::from_secs(30) }
    }
}

/// What an [`ApiState`] is made of.
pub struct ApiParts {
    /// The use cases.
    pub app: App,
    /// The store, asked by `/readyz` alone whether it takes writes.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness: seeds the ids of requests.
    pub ids: Arc<IdSource>,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// Settings.
    pub options: ApiOptions,
}

/// The state of the API. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
    pub(crate) options: ApiOptions,
    pub(crate) request_ids: RequestIds,
    /// Requests, while somebody follows them.
    pub(crate) requests: RequestLog,
    pub(crate) rate_limiter: Option<RateLimiter>,
    /// The counters of `POST /api/events`, at hand for the hot path.
    pub(crate) publish_figures: Arc<RouteFigures>,
    /// Requests that must end although their client went away.
    pub(crate) tasks: TaskTracker,
    store: Arc<dyn Store>,
    ready: AtomicBool,
}

impl ApiState {
    /// The state over these parts; not ready until [`ApiState::set_ready`].
    pub fn new(parts: ApiParts) -> Self {
        let ApiParts { app, store, clock, ids, metrics, options } = parts;
        let publish_figures = metrics.route(&Method::POST, Some("/api/events"));
        Self {
            shared: Arc::new(Shared {
                app,
                request_ids: RequestIds::new(Arc::clone(&clock), &ids),
                requests: RequestLog::default(),
                clock,
                metrics,
                options,
                rate_limiter: options.rate_limit.map(RateLimiter::new),
                publish_figures,
                tasks: TaskTracker::new(),
                store,
                ready: AtomicBool::new(false),
            }),
        }
    }

    /// What `/readyz` says: `true` once everything runs, `false` from the moment a shutdown
    /// begins, so that a load balancer sends nobody any more; nobody can follow requests from then on.
    pub fn set_ready(&self, ready: bool) {
        self.shared.ready.store(ready, Ordering::Release);
        if !ready {
            self.shared.requests.close();
        }
    }

    /// Waits for requests that go on although their client went away. Call it after
    /// [`crate::serve`] has returned and before the store closes.
    pub async fn drain(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Whether requests can be served: said so, and the store takes writes.
    pub(crate) async fn check_ready(&self) -> Result<(), AppError> {
        if !self.shared.ready.load(Ordering::Acquire) {
            let context = fanfare_app::OperatorContext::new("starting or stopping");
            return Err(AppError::unavailable(Duration::from_secs(1), context));
        }
        Ok(self.shared.store.check().await?)
    }
}

impl std::fmt::Debug for ApiState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiState").field("options", &self.shared.options).finish_non_exhaustive()
    }
}
