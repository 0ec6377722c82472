//! Every route there is, in one place, each with the right it needs.
//!
//! A test walks this table with every role. A page that the sidebar knows appears there as soon as
//! its route is here (`nav`).

use std::sync::LazyLock;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{self, MethodRouter};
use fanfare_app::{AppError, ErrorCode};
use fanfare_model::Scope;
use http::Method;

use crate::access::{Right, admit};
use crate::assets;
use crate::error::Refusal;
use crate::pages::{
    account, deliveries, events, integrations, launch, notices, overview, settings, webhooks,
};
use crate::state::Dashboard;
use crate::surround::surround;

/// A route.
struct Route {
    method: Method,
    path: &'static str,
    right: Right,
    handler: MethodRouter<Dashboard>,
}

fn get<H: Handler<T, Dashboard>, T: 'static>(
    path: &'static str,
    right: impl Into<Right>,
    handler: H,
) -> Route {
    Route { method: Method::GET, path, right: right.into(), handler: routing::get(handler) }
}

fn post<H: Handler<T, Dashboard>, T: 'static>(
    path: &'static str,
    right: impl Into<Right>,
    handler: H,
) -> Route {
    Route { method: Method::POST, path, right: right.into(), handler: routing::post(handler) }
}

impl From<Scope> for Right {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

/// The whole table, a function for each group of pages.
fn table() -> Vec<Route> {
    let groups = [
        account(),
        overview(),
        events(),
        deliveries(),
        launches(),
        webhooks(),
        connections(),
        reaching_out(),
        settings(),
    ];
    groups.into_iter().flatten().collect()
}

fn account() -> Vec<Route> {
    vec![
        get("/assets/{name}", Right::Open, assets::serve),
        get("/sign-in", Right::Open, account::sign_in_page),
        post("/sign-in", Right::Open, account::sign_in),
        get("/sign-in/link", Right::Open, account::sign_in_link),
        post("/sign-in/link", Right::Open, account::sign_in_by_link),
        get("/setup", Right::Open, account::setup),
        post("/setup", Right::Open, account::set_up),
        get("/invitation", Right::Open, account::invitation),
        post("/invitation", Right::Open, account::accept_invitation),
        get("/reset", Right::Open, account::reset),
        post("/reset", Right::Open, account::reset_password),
        get("/forgotten", Right::Open, account::forgotten),
        post("/forgotten", Right::Open, account::mail_reset_link),
        get("/unsubscribe", Right::Open, account::unsubscribe_page),
        post("/unsubscribe", Right::Open, account::unsubscribe),
        post("/sign-out", Right::Person, account::sign_out),
        post("/sign-out/everywhere", Right::Person, account::sign_out_everywhere),
        post("/organization", Right::Person, account::switch_organization),
        get("/no-organization", Right::Person, account::no_organization),
        post("/theme", Right::Open, account::set_theme),
    ]
}

fn overview() -> Vec<Route> {
    vec![
        get("/", Right::SignedIn, overview::show),
        get("/overview/live", Scope::WebhooksRead, overview::live),
    ]
}

fn events() -> Vec<Route> {
    vec![
        get("/events", Scope::EventsRead, events::list),
        get("/events/{id}", Scope::EventsRead, events::show),
        get("/events/{id}/body", Scope::EventsRead, events::body),
        post("/events/{id}/resend", Scope::DeliveriesWrite, events::resend),
        get("/event-types", Scope::EventsRead, events::catalogue),
        get("/event-types/{type}", Scope::EventsRead, events::event_type),
    ]
}

fn launches() -> Vec<Route> {
    let (write, run) = (Scope::ExperiencesWrite, Scope::DistributionsWrite);
    vec![
        get("/experiences", Scope::ExperiencesRead, launch::experiences),
        get("/experiences/{id}", Scope::ExperiencesRead, launch::experience),
        post("/experiences/{id}/activate", write, launch::activate),
        get("/experiences/{id}/complete", write, launch::ask_complete),
        post("/experiences/{id}/complete", write, launch::complete),
        get("/experiences/{id}/cancel", write, launch::ask_cancel),
        post("/experiences/{id}/cancel", write, launch::cancel),
        get("/distributions/{id}", Scope::DistributionsRead, launch::distribution),
        post("/distributions/{id}/admit", run, launch::admit),
        get("/distributions/{id}/draw", run, launch::ask_draw),
        post("/distributions/{id}/draw", run, launch::draw),
        get("/distributions/{id}/settle", run, launch::ask_settle),
        post("/distributions/{id}/settle", run, launch::settle),
        get("/orders", Scope::OrdersRead, launch::orders),
        get("/orders/{id}", Scope::OrdersRead, launch::order),
        post("/orders/{id}/pay", Scope::OrdersWrite, launch::pay),
        post("/orders/{id}/fulfil", Scope::OrdersWrite, launch::fulfil),
        get("/orders/{id}/cancel", Scope::OrdersWrite, launch::ask_cancel_order),
        post("/orders/{id}/cancel", Scope::OrdersWrite, launch::cancel_order),
        get("/consumers", Scope::ConsumersRead, launch::consumers),
        get("/consumers/{id}", Scope::ConsumersRead, launch::consumer),
    ]
}

fn webhooks() -> Vec<Route> {
    use Scope::{AuditRead, DeliveriesWrite, WebhooksRead, WebhooksWrite};
    vec![
        get("/settings/integrations/webhooks", WebhooksRead, webhooks::list),
        post("/settings/integrations/webhooks", WebhooksWrite, webhooks::create),
        get("/settings/integrations/webhooks/new", WebhooksWrite, webhooks::new),
        post("/settings/integrations/webhooks/check", WebhooksWrite, webhooks::check_url),
        get("/settings/integrations/webhooks/{id}", Scope::DeliveriesRead, deliveries::of_webhook),
        get("/settings/integrations/webhooks/{id}/metrics", WebhooksRead, webhooks::metrics),
        get("/settings/integrations/webhooks/{id}/test", WebhooksWrite, webhooks::test),
        post("/settings/integrations/webhooks/{id}/test", WebhooksWrite, webhooks::send_test),
        get("/settings/integrations/webhooks/{id}/settings", WebhooksWrite, webhooks::settings),
        post("/settings/integrations/webhooks/{id}/settings", WebhooksWrite, webhooks::update),
        get("/settings/integrations/webhooks/{id}/signing", WebhooksRead, webhooks::signing),
        post("/settings/integrations/webhooks/{id}/rotate", WebhooksWrite, webhooks::rotate),
        post("/settings/integrations/webhooks/{id}/switch", WebhooksWrite, webhooks::switch),
        post("/settings/integrations/webhooks/{id}/reveal", WebhooksWrite, webhooks::reveal),
        get("/settings/integrations/webhooks/{id}/activity", AuditRead, webhooks::activity),
        post("/settings/integrations/webhooks/{id}/command", WebhooksWrite, webhooks::command),
        get(
            "/settings/integrations/webhooks/{id}/disable",
            WebhooksWrite,
            webhooks::confirm_disable,
        ),
        get("/settings/integrations/webhooks/{id}/delete", WebhooksWrite, webhooks::confirm_delete),
        post("/settings/integrations/webhooks/{id}/delete", WebhooksWrite, webhooks::delete),
        post("/settings/integrations/webhooks/{id}/replay", DeliveriesWrite, webhooks::replay),
        post("/settings/integrations/webhooks/{id}/recover", DeliveriesWrite, webhooks::recover),
    ]
}

/// Who tells us.
fn connections() -> Vec<Route> {
    use Scope::{IntegrationsRead as Read, IntegrationsWrite as Write};
    vec![
        get("/settings/integrations", Scope::WebhooksRead, integrations::index),
        post("/settings/integrations/connections", Write, integrations::add_connection),
        get("/settings/integrations/connections/new", Write, integrations::new_connection),
        get("/settings/integrations/connections/{id}", Read, integrations::connection),
        get("/settings/integrations/connections/{id}/messages", Read, integrations::messages),
        get("/settings/integrations/connections/{id}/secret", Write, integrations::secret),
        post(
            "/settings/integrations/connections/{id}/secret",
            Write,
            integrations::rotate_connection,
        ),
        get(
            "/settings/integrations/connections/{id}/remove",
            Write,
            integrations::ask_remove_connection,
        ),
        post(
            "/settings/integrations/connections/{id}/remove",
            Write,
            integrations::remove_connection,
        ),
        get("/settings/integrations/messages/{id}", Read, integrations::message),
        post("/settings/integrations/messages/{id}/handle", Write, integrations::handle_again),
        get("/settings/integrations/sent", Read, integrations::sent),
    ]
}

/// Who is told through a platform, and who asks by itself.
fn reaching_out() -> Vec<Route> {
    use Scope::{EventsRead, WebhooksRead, WebhooksWrite};
    vec![
        get("/settings/integrations/automations", WebhooksRead, integrations::automations),
        post(
            "/settings/integrations/automations/{channel}/key",
            Scope::KeysWrite,
            integrations::create_automation_key,
        ),
        get("/settings/integrations/feed", EventsRead, integrations::feed),
        post("/settings/integrations/feed", WebhooksWrite, integrations::create_group),
        get("/settings/integrations/feed/{name}", EventsRead, integrations::group),
        post(
            "/settings/integrations/feed/{name}/rotate",
            WebhooksWrite,
            integrations::rotate_group,
        ),
        get(
            "/settings/integrations/feed/{name}/remove",
            WebhooksWrite,
            integrations::ask_remove_group,
        ),
        post(
            "/settings/integrations/feed/{name}/remove",
            WebhooksWrite,
            integrations::remove_group,
        ),
    ]
}

fn deliveries() -> Vec<Route> {
    use Scope::{DeliveriesRead, DeliveriesWrite};
    vec![
        get("/deliveries", DeliveriesRead, deliveries::list),
        get("/deliveries/live", DeliveriesRead, deliveries::live),
        post("/deliveries/resend", DeliveriesWrite, deliveries::resend_matching),
        get("/deliveries/{id}", DeliveriesRead, deliveries::show),
        get("/deliveries/{id}/live", DeliveriesRead, deliveries::live_one),
        post("/deliveries/{id}/resend", DeliveriesWrite, deliveries::resend),
        post("/deliveries/{id}/cancel", DeliveriesWrite, deliveries::cancel),
        post("/deliveries/{id}/explain", DeliveriesRead, deliveries::explain),
        get("/deliveries/{id}/body", DeliveriesRead, deliveries::body),
        get("/deliveries/{id}/response/{attempt}", DeliveriesRead, deliveries::response),
        get("/jobs/{id}", DeliveriesRead, deliveries::job),
        post("/jobs/{id}/cancel", DeliveriesWrite, deliveries::cancel_job),
    ]
}

fn settings() -> Vec<Route> {
    let manage = Scope::MembersWrite;
    vec![
        get("/notices", Scope::DeliveriesRead, notices::list),
        get("/settings/api-keys", Scope::KeysWrite, settings::keys),
        post("/settings/api-keys", Scope::KeysWrite, settings::create_key),
        get("/settings/api-keys/{id}/revoke", Scope::KeysWrite, settings::ask_revoke_key),
        post("/settings/api-keys/{id}/revoke", Scope::KeysWrite, settings::revoke_key),
        get("/settings/members", Scope::MembersRead, settings::members),
        post("/settings/members/invite", manage, settings::invite),
        post("/settings/members/{id}/role", manage, settings::change_role),
        post("/settings/members/{id}/suspend", manage, settings::suspend_member),
        post("/settings/members/{id}/restore", manage, settings::restore_member),
        get("/settings/members/{id}/remove", manage, settings::ask_remove_member),
        post("/settings/members/{id}/remove", manage, settings::remove_member),
        post("/settings/invitations/{id}/withdraw", manage, settings::withdraw_invitation),
        get("/settings/audit-log", Scope::AuditRead, settings::audit_log),
        get("/settings/audit-log/export", Scope::AuditRead, settings::export_audit),
        get("/account", Right::SignedIn, settings::account),
        post("/account/sessions/{id}/revoke", Right::SignedIn, settings::revoke_session),
        post("/account/notices", Right::SignedIn, settings::choose_topics),
        post("/account/password", Right::SignedIn, settings::change_password),
    ]
}

/// Who may ask for a route: what the table says, for tests that walk it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteFor {
    /// Everybody.
    Everybody,
    /// Who is signed in.
    SignedIn,
    /// Who has this right in the organization that is looked at.
    Scope(Scope),
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteInfo {
    /// The method.
    pub method: Method,
    /// The path, with `{names}` for ids.
    pub path: &'static str,
    /// Who may ask for it.
    pub needs: RouteFor,
}

/// Every route, in the order of the table.
pub fn route_table() -> Vec<RouteInfo> {
    let needs = |right: Right| match right {
        Right::Open => RouteFor::Everybody,
        Right::Person | Right::SignedIn => RouteFor::SignedIn,
        Right::Scope(scope) => RouteFor::Scope(scope),
    };
    let info = |route: Route| RouteInfo {
        method: route.method,
        path: route.path,
        needs: needs(route.right),
    };
    table().into_iter().map(info).collect()
}

static PAGES: LazyLock<Vec<(&'static str, Right)>> = LazyLock::new(|| {
    let pages = table().into_iter().filter(|route| route.method == Method::GET);
    pages.map(|route| (route.path, route.right)).collect()
});

/// What a page needs; `None` when there is no page at this path.
pub(crate) fn right_of_page(path: &str) -> Option<Right> {
    PAGES.iter().find(|(known, _)| *known == path).map(|(_, right)| *right)
}

/// The path itself where a page is, or the nearest one above it: where a form is sent from whose
/// own address is no page.
pub(crate) fn page_above(path: &str) -> &str {
    let is_page = |path: &str| PAGES.iter().any(|(known, _)| fits(known, path));
    let mut path = path;
    while !is_page(path) {
        path = path.rsplit_once('/').map_or("", |(above, _)| above);
        if path.is_empty() {
            return "/";
        }
    }
    path
}

/// Whether a path is one of a route, whose `{names}` stand for anything.
fn fits(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(known), Some(part)) if known.starts_with('{') || known == part => {}
            _ => return false,
        }
    }
}

/// The table as a router, with everything that stands before and around its handlers.
pub(crate) fn router(dashboard: Dashboard) -> Router {
    let guarded = |handler: MethodRouter<Dashboard>, right: Right| {
        handler.layer(from_fn_with_state((dashboard.clone(), right), admit))
    };
    let mut router = Router::new();
    for route in table() {
        router = router.route(route.path, guarded(route.handler, route.right));
    }
    let lost =
        routing::any(not_found).layer(from_fn_with_state((dashboard.clone(), Right::Open), admit));
    router
        .fallback_service(lost.with_state(dashboard.clone()))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(dashboard.clone(), surround))
        .with_state(dashboard)
}

async fn not_found() -> Refusal {
    Refusal(AppError::not_found("page"))
}

async fn method_not_allowed() -> Refusal {
    let message = "This address does not take this kind of request.";
    Refusal(AppError::new(ErrorCode::MethodNotAllowed, message))
}

#[cfg(test)]
mod tests {
    use super::page_above;

    #[test]
    fn the_page_of_a_form_is_found() {
        for (path, page) in [
            ("/settings/members/invite", "/settings/members"),
            ("/settings/api-keys", "/settings/api-keys"),
            ("/orders/ord_1/fulfil", "/orders/ord_1"),
            ("/orders/ord_1/cancel", "/orders/ord_1/cancel"),
            ("/account/password", "/account"),
            ("/theme", "/"),
        ] {
            assert_eq!(page_above(path), page);
        }
    }
}
