//! The dashboard: server-rendered pages for people, with sessions.
//!
//! **Promises.** Handlers hold no rule: they parse, call one use case of `fanfare-app`, render.
//! Every page works without scripts; scripts add what is live, keys and copying. Nothing is loaded
//! from another origin: templates, styles and scripts are in the binary. Every answer carries the
//! headers of [`security`](self), every request that changes something is checked to come from a
//! page of this origin and, once somebody is signed in, to carry the session's token. What came
//! from outside is shown as text, with control characters visible; the escaper of all templates
//! does it, so that no page can forget. Each route names the right it needs, in one table.
//!
//! **Takes** [`DashboardParts`] over the use cases. **Gives** [`router`], and [`beside`], which
//! puts it next to the API on one port.
//!
//! **Leaves out** TLS (a proxy's work), accepting connections (`fanfare-api`), and every decision
//! about webhooks, people and launches (`fanfare-app`).
//!
//! **Map.** `routes` is the table of routes and rights; `access` what stands before a handler:
//! session, right, form; `surround` what stands around everything: time limit, headers, pages of
//! refusals. `ask` is what a handler is given, `chrome` what surrounds a page's own content,
//! `nav` the sidebar. `text` escapes, `ui` are the components that templates show, `list` and
//! `range` the cursors and filters kept in the URL, `live` what arrives while a page is open,
//! `charts` draws. `pages` has a module for each group of pages, `templates` a folder of the same
//! name. `assets` are style, scripts and their hashed names.

mod access;
mod ask;
mod assets;
mod charts;
mod chrome;
mod cookies;
mod error;
mod flash;
mod form;
mod link;
mod list;
mod live;
mod nav;
mod pages;
mod range;
mod routes;
mod security;
mod session;
mod state;
mod surround;
mod text;
mod ui;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use tower::ServiceExt as _;

pub use routes::{RouteFor, RouteInfo, route_table};
pub use state::{DashboardParts, Origin};

/// All pages. Unknown paths are answered with a page, too.
pub fn router(parts: DashboardParts) -> Router {
    routes::router(state::Dashboard::new(parts))
}

/// The dashboard with another front end on the same port: paths that are one of `prefixes`, or
/// go on after it with a `/`, are answered by `other`.
pub fn beside(dashboard: Router, other: Router, prefixes: &'static [&'static str]) -> Router {
    let fronts = Arc::new((dashboard, other));
    Router::new().fallback(move |request: Request| {
        let (dashboard, other) = &*fronts;
        let taken = prefixes.iter().any(|prefix| is_below(request.uri().path(), prefix));
        let front = if taken { other.clone() } else { dashboard.clone() };
        front.oneshot(request)
    })
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
