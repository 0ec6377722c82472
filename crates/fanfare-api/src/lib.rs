//! The HTTP API: routes, wire types, authentication, error mapping, OpenAPI, the accept loop.
//!
//! **Promises.** Handlers hold no rule: they parse, call one use case of `fanfare-app`, render.
//! Every refusal is one envelope, from one place ([`error`](self)); bad input is never a 5xx and
//! leaves nothing half done. Bodies are read strictly and within bounds, connections are bounded
//! in number and in time ([`serve`]). Keys and secrets appear in no log.
//!
//! **Takes** an [`ApiState`] over the use cases. **Gives** [`router`], an `axum::Router` that
//! other front ends' routes can be merged into; [`Front`], which puts a short way for publishing
//! before it; [`serve`], the loop that both are served by; and [`openapi::text`].
//!
//! **Leaves out** TLS and HTTP/2 (a proxy's work), configuration, and every decision about
//! webhooks, events, deliveries and launches.
//!
//! **Map.** `server` connections; `front`, `publish` the hot path; `feed_stream` the feed as a stream;
//! `routes` the table of routes,
//! a file for each noun; `wire` JSON shapes; `observe`, `request_log`, `access`, `idempotency`, `rate_limit`,
//! `conditional` what surrounds a handler; `body`, `query`, `list`, `cursor` reading requests;
//! `error` refusals; `openapi`, `docs` the description of it all, for programs and for people.

mod access;
mod body;
mod conditional;
mod cursor;
mod docs;
mod error;
mod feed_stream;
mod front;
mod idempotency;
mod list;
mod metrics;
mod observe;
pub mod openapi;
mod publish;
mod query;
mod rate_limit;
mod request_id;
mod request_log;
mod routes;
mod server;
mod state;
mod wire;

pub use docs::events_page;
pub use front::Front;
pub use metrics::{Figure, FigureKind, Metrics, MetricsSource};
pub use rate_limit::RateLimit;
pub use routes::{PREFIXES, router};
pub use server::{
    BodyTimeout, ConnectionFigures, Peer, ServerLimits, TimedBody, serve, serve_counted,
};
pub use state::{ApiOptions, ApiParts, ApiState};
