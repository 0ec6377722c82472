//! The index of the integrations, with the connections and the organization's plan.

use askama::Template;
use axum::extract::State;
use fanfare_app::{AppError, ConnectionFigures, ConnectionView, ErrorCode, Verification};
use fanfare_model::Scope;
use fanfare_model::inbound::{Plan, PlanStatus};
use futures_util::future::try_join_all;

use super::connections::{self, badge, provider_name};
use crate::ask::{Answer, Ask, page};
use crate::chrome::Chrome;
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup, Tone, count, since};

#[derive(Template)]
#[template(path = "integrations/index.html")]
struct IndexPage {
    chrome: Chrome,
    /// Whether the viewer may see connections.
    sees_connections: bool,
    rows: Vec<Row>,
    plan: Option<PlanShown>,
}

struct Row {
    id: String,
    href: String,
    name: String,
    provider: &'static str,
    /// Which mode, which account.
    about: String,
    badge: Markup,
    verified: Option<Markup>,
    accepted: String,
    refused: String,
}

struct PlanShown {
    badge: Markup,
    facts: Vec<(&'static str, String)>,
    period_end: Option<(&'static str, Markup)>,
    told: Markup,
}

/// `GET /settings/integrations`
pub(crate) async fn index(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let sees_connections = ask.viewer.may(Scope::IntegrationsRead);
    let (mut rows, mut plan) = (Vec::new(), None);
    if sees_connections {
        let app = dashboard.app();
        let all = app.connections(ask.caller()).await?;
        let found = all.iter().map(|view| app.connection(ask.caller(), view.connection.id));
        let found = try_join_all(found).await?;
        rows.extend(found.iter().map(|(view, figures)| row(view, figures, &ask)));
        plan = known_plan(&dashboard, &ask).await?.map(|plan| shown(&plan, &ask));
    }
    let chrome = ask.page("Integrations", Place::Integrations);
    page(&IndexPage { chrome, sees_connections, rows, plan })
}

async fn known_plan(dashboard: &Dashboard, ask: &Ask) -> Result<Option<Plan>, AppError> {
    match dashboard.app().plan(ask.caller()).await {
        Ok(plan) => Ok(Some(plan)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn row(view: &ConnectionView, figures: &ConnectionFigures, ask: &Ask) -> Row {
    let connection = &view.connection;
    let verification = figures.verification(view);
    Row {
        id: connection.id.to_string(),
        href: format!("{}/{}", connections::HOME, connection.id),
        name: connection.name.clone(),
        provider: provider_name(connection.provider),
        about: match (connection.livemode, &connection.account) {
            (Some(false), _) => "test mode".to_owned(),
            (Some(true), _) => "live mode".to_owned(),
            (None, Some(account)) => account.clone(),
            (None, None) => String::new(),
        },
        badge: badge(verification).html(),
        verified: match verification {
            Verification::Verified(at) => Some(since(at, ask.now)),
            _ => None,
        },
        accepted: count(figures.accepted()),
        refused: count(figures.refused_count()),
    }
}

const fn of_plan(status: PlanStatus) -> Badge {
    match status {
        PlanStatus::Active => Badge::new(Tone::Good, "Active"),
        PlanStatus::Trialing => Badge::new(Tone::Good, "On trial"),
        PlanStatus::Incomplete => Badge::new(Tone::Warn, "First payment open"),
        PlanStatus::IncompleteExpired => Badge::new(Tone::Bad, "First payment missed"),
        PlanStatus::PastDue => Badge::new(Tone::Warn, "Payment late"),
        PlanStatus::Unpaid => Badge::new(Tone::Bad, "Unpaid"),
        PlanStatus::Paused => Badge::new(Tone::Warn, "Paused"),
        PlanStatus::Canceled => Badge::new(Tone::Quiet, "Cancelled"),
    }
}

fn shown(plan: &Plan, ask: &Ask) -> PlanShown {
    let label = if plan.ends_with_period { "Ends" } else { "Period ends" };
    let price = plan.price.clone().map(|price| ("Price", price));
    PlanShown {
        badge: of_plan(plan.status).html(),
        facts: price.into_iter().chain([("Subscription", plan.subscription.clone())]).collect(),
        period_end: plan.period_end.map(|at| (label, since(at, ask.now))),
        told: since(plan.event_at, ask.now),
    }
}
