//! Orders.

use askama::Template;
use axum::extract::State;
use fanfare_app::{AppError, ErrorCode, Fulfilment, PaymentInput};
use fanfare_model::OrderId;
use fanfare_model::kinds;
use fanfare_model::launch::machine::{Move as _, OrderMove};
use fanfare_model::launch::{Order, OrderStatus};
use fanfare_store::{Listed, OrderFilter, SortKey};

use super::words;
use crate::ask::{Answer, Ask, PathId, page, page_with};
use crate::chrome::Chrome;
use crate::error::status_of;
use crate::list::{Choice, Pager, choices, request};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Errors, Markup, since};

#[derive(Template)]
#[template(path = "launch/orders.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
    statuses: Vec<Choice>,
    number: String,
    narrowed: bool,
}

/// An order, in a list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) number: Option<String>,
    pub(super) badge: Markup,
    pub(super) total: String,
    pub(super) consumer: String,
    pub(super) created: Markup,
}

/// `GET /orders`
pub(crate) async fn orders(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let asked = request::<kinds::Order>(&ask.query)?;
    let filter = OrderFilter {
        status: ask.query.all("status").filter_map(|text| text.parse().ok()).collect(),
        external_order_id: ask.query.given("number").map(str::to_owned),
        ..OrderFilter::default()
    };
    let narrowed = filter != OrderFilter::default();
    let found = dashboard.app().orders(ask.caller(), filter, SortKey::Created, asked).await?;
    let pager = Pager::of(&ask, &asked, &found, |one: &Listed<Order>| one.item.id);
    let statuses = OrderStatus::ALL.iter();
    let statuses = statuses.map(|each| (each.as_str(), words::of_order(*each).text));
    page(&ListPage {
        statuses: choices(&ask.query, "status", statuses),
        number: ask.query.get("number").to_owned(),
        rows: found.items.iter().map(|one| row(&one.item, &ask)).collect(),
        pager,
        narrowed,
        chrome: ask.page("Orders", Place::Orders),
    })
}

pub(super) fn row(order: &Order, ask: &Ask) -> Row {
    Row {
        id: order.id.to_string(),
        number: order.external_order_id.clone(),
        badge: words::of_order(order.status).html(),
        total: format!("{} {}", order.total_amount, order.currency),
        consumer: order.consumer_id.to_string(),
        created: since(order.created_at, ask.now),
    }
}

#[derive(Template)]
#[template(path = "launch/order.html")]
struct ShowPage {
    chrome: Chrome,
    row: Row,
    facts: Vec<(&'static str, String)>,
    distribution: Option<String>,
    moments: Vec<(&'static str, Markup)>,
    may_pay: bool,
    may_fulfil: bool,
    may_cancel: bool,
    /// What was typed to fulfil it, when it has to be mended, and what is wrong with it.
    typed: Fulfilment,
    errors: Errors,
}

/// `GET /orders/{id}`
pub(crate) async fn order(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Order>,
    ask: Ask,
) -> Answer {
    page(&shown(&dashboard, &ask, id, Fulfilment::default(), Errors::default()).await?)
}

async fn shown(
    dashboard: &Dashboard,
    ask: &Ask,
    id: OrderId,
    typed: Fulfilment,
    errors: Errors,
) -> Result<ShowPage, AppError> {
    let order = dashboard.app().order(ask.caller(), id).await?;
    let may = |by: OrderMove| by.from(order.status).is_ok();
    let title = order.external_order_id.clone().unwrap_or_else(|| order.id.to_string());
    Ok(ShowPage {
        typed,
        errors,
        row: row(&order, ask),
        facts: facts(&order),
        distribution: order.distribution_id.map(|id| id.to_string()),
        moments: moments(&order, ask),
        // A repeated payment changes nothing, so the machine allows it; nobody needs the button.
        may_pay: order.status == OrderStatus::Created,
        may_fulfil: may(OrderMove::Fulfill),
        may_cancel: may(OrderMove::Cancel),
        chrome: ask.page(&format!("Order {title}"), Place::Orders).below("Orders", "/orders"),
    })
}

fn facts(order: &Order) -> Vec<(&'static str, String)> {
    let payment = order.payment.as_ref();
    let all = [
        ("Product", order.product_id.map(|id| id.to_string())),
        ("Paid by", payment.and_then(|payment| payment.provider.as_deref().map(payer))),
        ("Payment", payment.and_then(|payment| payment.reference.clone())),
        ("Carrier", order.tracking.carrier.clone()),
        ("Parcel", order.tracking.number.clone()),
        ("Followed at", order.tracking.url.clone()),
        ("Reason", order.cancel_reason.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Who says that an order is paid, in words.
fn payer(provider: &str) -> String {
    match provider {
        "stripe" => "Stripe".to_owned(),
        "manual" => "Marked by hand".to_owned(),
        other => other.to_owned(),
    }
}

fn moments(order: &Order, ask: &Ask) -> Vec<(&'static str, Markup)> {
    let all = [
        ("Created", Some(order.created_at)),
        ("Paid", order.payment.as_ref().map(|payment| payment.paid_at)),
        ("Fulfilled", order.fulfilled_at),
        ("Cancelled", order.cancelled_at),
    ];
    all.into_iter().filter_map(|(name, at)| Some((name, since(at?, ask.now)))).collect()
}

fn place(id: OrderId) -> String {
    format!("/orders/{id}")
}

fn told(ask: &Ask, id: OrderId, moved: Result<Order, AppError>, text: &str) -> Answer {
    match moved {
        Ok(_) => Ok(ask.done(&place(id), text)),
        Err(error) => ask.refused(&place(id), error),
    }
}

/// `POST /orders/{id}/pay`
pub(crate) async fn pay(
    State(dashboard): State<Dashboard>,
    PathId(order): PathId<kinds::Order>,
    ask: Ask,
) -> Answer {
    let by_hand =
        PaymentInput { provider: Some("manual".to_owned()), reference: None, paid_at: None };
    let paid = dashboard.app().pay_order(ask.caller(), order, by_hand).await;
    told(&ask, order, paid, "The order is marked as paid.")
}

/// `POST /orders/{id}/fulfil`
pub(crate) async fn fulfil(
    State(dashboard): State<Dashboard>,
    PathId(order): PathId<kinds::Order>,
    ask: Ask,
) -> Answer {
    let given = |name: &str| ask.form.given(name).map(str::to_owned);
    let tracking =
        Fulfilment { carrier: given("carrier"), number: given("number"), url: given("url") };
    match dashboard.app().fulfill_order(ask.caller(), order, tracking.clone()).await {
        Err(error) if error.code() == ErrorCode::ValidationFailed => {
            let shown = shown(&dashboard, &ask, order, tracking, Errors::of(&error)).await?;
            page_with(status_of(error.code()), &shown)
        }
        moved => told(&ask, order, moved, "The order is marked as fulfilled."),
    }
}

/// Asks again, and why.
#[derive(Template)]
#[template(path = "launch/cancel_order.html")]
struct CancelPage {
    chrome: Chrome,
    id: String,
    reason: String,
    errors: Errors,
}

/// `GET /orders/{id}/cancel`
pub(crate) async fn ask_cancel_order(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Order>,
    ask: Ask,
) -> Answer {
    let order = dashboard.app().order(ask.caller(), id).await?;
    page(&cancel_page(&ask, order.id, Errors::default()))
}

fn cancel_page(ask: &Ask, id: OrderId, errors: Errors) -> CancelPage {
    let chrome = ask.page("Cancel this order?", Place::Orders).below("Orders", "/orders");
    CancelPage { chrome, id: id.to_string(), reason: ask.form.get("reason").to_owned(), errors }
}

/// `POST /orders/{id}/cancel`
pub(crate) async fn cancel_order(
    State(dashboard): State<Dashboard>,
    PathId(order): PathId<kinds::Order>,
    ask: Ask,
) -> Answer {
    let reason = ask.form.given("reason").map(str::to_owned);
    match dashboard.app().cancel_order(ask.caller(), order, reason).await {
        Err(error) if error.code() == ErrorCode::ValidationFailed => {
            let page = cancel_page(&ask, order, Errors::of(&error));
            page_with(status_of(error.code()), &page)
        }
        moved => told(&ask, order, moved, "The order is cancelled."),
    }
}
