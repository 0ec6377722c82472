//! The first tab of a connection: the URL, what to set up, what came.

use askama::Template;
use axum::extract::State;
use fanfare_model::Scope;
use fanfare_model::kinds::Connection;

use super::head::{Found, Head, Tab};
use super::secret::SecretForm;
use super::steps::{self, Step};
use super::words;
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::state::Dashboard;
use crate::ui::{Markup, count, since};

#[derive(Template)]
#[template(path = "integrations/connection.html")]
struct ConnectionPage {
    chrome: Chrome,
    head: Head,
    url: String,
    steps: &'static [Step],
    /// Why requests were refused, and how often.
    reasons: Vec<Reason>,
    refusals: Vec<Refusal>,
    facts: Vec<(&'static str, String)>,
    id: String,
    created: Markup,
    previous_until: Option<Markup>,
    /// For a connection that has no secret yet.
    first_secret: Option<SecretForm>,
}

struct Reason {
    why: &'static str,
    count: String,
    last: Markup,
}

struct Refusal {
    at: Markup,
    why: &'static str,
    address: String,
}

/// `GET /settings/integrations/connections/{id}`
pub(crate) async fn connection(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Connection>,
    ask: Ask,
) -> Answer {
    let Found { chrome, head, view, figures } =
        Found::find(&dashboard, &ask, id, Tab::Overview).await?;
    let refused = figures.counts.iter().filter(|one| one.outcome.is_refusal());
    let reasons = refused.map(|one| Reason {
        why: words::outcome(one.outcome),
        count: count(one.count),
        last: since(one.last_at, ask.now),
    });
    let refusals = figures.refused.iter().map(|one| Refusal {
        at: since(one.at, ask.now),
        why: words::outcome(one.outcome),
        address: one.address.clone(),
    });
    let of = &view.connection;
    let mode = of.livemode.map(|is_live| if is_live { "live" } else { "test" }.to_owned());
    let facts =
        [("Mode", mode), ("Account", of.account.clone()), ("Public URL", of.public_url.clone())];
    let wants_secret = !view.has_secret && ask.viewer.may(Scope::IntegrationsWrite);
    page(&ConnectionPage {
        url: steps::url(&view, dashboard.origin()),
        steps: steps::steps(of.provider),
        reasons: reasons.collect(),
        refusals: refusals.collect(),
        facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        id: of.id.to_string(),
        created: since(of.created_at, ask.now),
        previous_until: view.previous_until.map(|until| since(until, ask.now)),
        first_secret: wants_secret.then(|| SecretForm::of(&view)),
        chrome,
        head,
    })
}
