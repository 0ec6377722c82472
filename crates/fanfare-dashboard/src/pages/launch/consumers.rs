//! Consumers.

use askama::Template;
use axum::extract::State;
use fanfare_model::kinds;
use fanfare_model::launch::{Consumer, Reach};
use fanfare_model::{Scope, Timestamp};
use fanfare_store::{ConsumerFilter, Listed, Order, OrderFilter, PageRequest, SortKey};

use super::orders;
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::list::{PAGE, Pager, request};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup, Tone, json_tree, since};

#[derive(Template)]
#[template(path = "launch/consumers.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
    email: String,
    external_id: String,
    narrowed: bool,
}

struct Row {
    id: String,
    /// What tells the consumer apart for people.
    name: String,
    email: Option<String>,
    /// Why messages do not reach the consumer.
    marks: Vec<Markup>,
    external_id: Option<String>,
    source: &'static str,
    created: Markup,
}

/// `GET /consumers`
pub(crate) async fn consumers(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let asked = request::<kinds::Consumer>(&ask.query)?;
    let filter = ConsumerFilter {
        email: ask.query.given("email").map(str::to_owned),
        external_id: ask.query.given("external_id").map(str::to_owned),
        ..ConsumerFilter::default()
    };
    let narrowed = filter != ConsumerFilter::default();
    let found = dashboard.app().consumers(ask.caller(), filter, SortKey::Created, asked).await?;
    let pager = Pager::of(&ask, &asked, &found, |one: &Listed<Consumer>| one.item.id);
    page(&ListPage {
        email: ask.query.get("email").to_owned(),
        external_id: ask.query.get("external_id").to_owned(),
        rows: found.items.iter().map(|one| row(&one.item, &ask)).collect(),
        pager,
        narrowed,
        chrome: ask.page("Consumers", Place::Consumers),
    })
}

fn row(consumer: &Consumer, ask: &Ask) -> Row {
    let id = consumer.id.to_string();
    let names = [&consumer.full_name, &consumer.email, &consumer.phone, &consumer.external_id];
    Row {
        name: names.into_iter().flatten().next().cloned().unwrap_or_else(|| id.clone()),
        email: consumer.email.clone(),
        marks: marks(consumer.reach).map(|(badge, _)| badge.html()).collect(),
        external_id: consumer.external_id.clone(),
        source: consumer.source.as_str(),
        created: since(consumer.created_at, ask.now),
        id,
    }
}

/// What providers told of whether messages reach a person, with when.
fn marks(reach: Reach) -> impl Iterator<Item = (Badge, Timestamp)> {
    let all = [
        (Badge::new(Tone::Bad, "E-mail bounced"), reach.email_bounced_at),
        (Badge::new(Tone::Bad, "Called e-mail spam"), reach.email_complained_at),
        (Badge::new(Tone::Warn, "No more e-mail"), reach.email_opted_out_at),
        (Badge::new(Tone::Warn, "No more texts"), reach.sms_opted_out_at),
    ];
    all.into_iter().filter_map(|(badge, at)| Some((badge, at?)))
}

#[derive(Template)]
#[template(path = "launch/consumer.html")]
struct ShowPage {
    chrome: Chrome,
    row: Row,
    phone: Option<String>,
    reach: Vec<(Markup, Markup)>,
    updated: Markup,
    metadata: Option<Markup>,
    rows: Vec<orders::Row>,
    /// Whether the viewer may see orders.
    sees_orders: bool,
}

/// `GET /consumers/{id}`
pub(crate) async fn consumer(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Consumer>,
    ask: Ask,
) -> Answer {
    let consumer = dashboard.app().consumer(ask.caller(), id).await?;
    let sees_orders = ask.viewer.may(Scope::OrdersRead);
    let mut rows = Vec::new();
    if sees_orders {
        let filter = OrderFilter { consumer_id: Some(consumer.id), ..OrderFilter::default() };
        let latest =
            PageRequest { limit: PAGE, order: Order::Descending, after: None, before: None };
        let key = SortKey::Created;
        let found = dashboard.app().orders(ask.caller(), filter, key, latest).await?;
        rows.extend(found.items.iter().map(|one| orders::row(&one.item, &ask)));
    }
    let row = row(&consumer, &ask);
    let metadata = consumer.metadata.as_ref().and_then(|kept| serde_json::to_value(kept).ok());
    page(&ShowPage {
        chrome: ask.page(&row.name, Place::Consumers).below("Consumers", "/consumers"),
        row,
        phone: consumer.phone.clone(),
        reach: marks(consumer.reach)
            .map(|(badge, at)| (badge.html(), since(at, ask.now)))
            .collect(),
        updated: since(consumer.updated_at, ask.now),
        metadata: metadata.as_ref().map(json_tree),
        rows,
        sees_orders,
    })
}
