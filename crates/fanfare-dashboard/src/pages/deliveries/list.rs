//! The list of deliveries, all of them or a webhook's.

use askama::Template;
use axum::extract::State;
use fanfare_model::kinds::{Delivery as DeliveryKind, Webhook};
use fanfare_model::{DeliveryStatus, ErrorClass, EventType};
use fanfare_store::{Delivery, DeliveryFilter};

use super::filter;
use super::rows::{Names, Rows};
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::form::Pairs;
use crate::link;
use crate::list::{Choice, Pager, choices, request};
use crate::nav::Place;
use crate::pages::webhooks::{Head, Tab};
use crate::range;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup};

/// What both lists show.
struct Shown {
    table: Markup,
    is_empty: bool,
    narrowed: bool,
    pager: Pager,
    /// Where rows come from while the page is open; none on later pages.
    live: Option<String>,
    choices: Filters,
    /// The filter, for the form that sends everything again.
    fixed: Vec<(&'static str, String)>,
}

/// The fields of the filter.
struct Filters {
    statuses: Vec<Choice>,
    webhooks: Vec<Choice>,
    types: Vec<Choice>,
    errors: Vec<Choice>,
    ranges: Vec<Choice>,
    code: String,
    from: String,
    to: String,
    /// Whether the fields that are seldom used are used.
    more: bool,
}

#[derive(Template)]
#[template(path = "deliveries/list.html")]
struct ListPage {
    chrome: Chrome,
    shown: Shown,
    may_resend: bool,
}

#[derive(Template)]
#[template(path = "webhooks/deliveries.html")]
struct OfWebhookPage {
    chrome: Chrome,
    head: Head,
    shown: Shown,
    may_resend: bool,
}

/// `GET /deliveries`
pub(crate) async fn list(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let filter = filter::read(&ask.query, ask.now)?;
    let narrowed = filter != DeliveryFilter::default();
    let shown = shown(&dashboard, &ask, filter, narrowed, None).await?;
    let may_resend = ask.viewer.may(fanfare_model::Scope::DeliveriesWrite) && narrowed;
    page(&ListPage { chrome: ask.page("Deliveries", Place::Deliveries), shown, may_resend })
}

/// `GET /settings/integrations/webhooks/{id}`
pub(crate) async fn of_webhook(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let (chrome, head, _) = Head::find(&dashboard, &ask, id, Tab::Deliveries).await?;
    let filter = filter::read(&ask.query, ask.now)?;
    let narrowed = filter != DeliveryFilter::default();
    let filter = DeliveryFilter { webhook_id: Some(id), ..filter };
    let shown = shown(&dashboard, &ask, filter, narrowed, Some(id.to_string())).await?;
    let may_resend = head.may_resend && narrowed && !head.is_disabled;
    page(&OfWebhookPage { chrome, head, shown, may_resend })
}

async fn shown(
    dashboard: &Dashboard,
    ask: &Ask,
    filter: DeliveryFilter,
    narrowed: bool,
    webhook: Option<String>,
) -> Result<Shown, fanfare_app::AppError> {
    let asked = request::<DeliveryKind>(&ask.query)?;
    let names = Names::find(dashboard, ask).await?;
    let mut fixed = filter::fixed(&ask.query, &filter);
    let found = dashboard.app().deliveries(ask.caller(), filter, asked).await?;
    let pager = Pager::of(ask, &asked, &found, |delivery: &Delivery| delivery.id);
    let of_one = webhook.is_some();
    if let Some(id) = webhook {
        fixed.push(("webhook", id));
    }
    let rows = Rows::new(&found.items, &names, ask.now, of_one);
    let is_first = asked.after.is_none() && asked.before.is_none();
    Ok(Shown {
        is_empty: rows.is_empty(),
        table: rows.html(),
        narrowed,
        pager,
        live: is_first.then(|| live_address(&ask.query, &fixed, of_one)),
        choices: filters(&ask.query, &names),
        fixed,
    })
}

/// Where rows of the same filter come from. A time back stays one.
fn live_address(query: &Pairs, fixed: &[(&'static str, String)], of_one: bool) -> String {
    let range = query.get(range::NAME);
    let fields = fixed.iter().map(|(name, value)| (*name, value.as_str()));
    let fields = fields.filter(|(name, _)| range.is_empty() || *name != "from");
    let more = [(range::NAME, range), ("one", if of_one { "1" } else { "" })];
    link::with("/deliveries/live", fields.chain(more))
}

fn filters(query: &Pairs, names: &Names) -> Filters {
    let status = DeliveryStatus::ALL.iter();
    let status = status.map(|each| (each.as_str(), Badge::of_delivery(*each, 0).text));
    let webhooks = names.webhooks();
    let words = |all: &[&'static str]| all.iter().map(|word| (*word, *word)).collect::<Vec<_>>();
    let types: Vec<_> = EventType::known().map(EventType::as_str).collect();
    let errors: Vec<_> = ErrorClass::ALL.iter().map(|each| each.as_str()).collect();
    Filters {
        statuses: choices(query, "status", status),
        webhooks: choices(query, "webhook", webhooks.iter().map(|(id, url)| (id.as_str(), *url))),
        types: choices(query, "type", words(&types)),
        errors: choices(query, "error", words(&errors)),
        ranges: range::choices(query),
        code: query.get("code").to_owned(),
        from: query.get("from").to_owned(),
        to: query.get("to").to_owned(),
        more: ["error", "code", "from", "to"].iter().any(|name| query.given(name).is_some()),
    }
}
