//! Stripe's events. Both generations of payloads are read: since the version of 2025-03-31 the
//! period of a subscription is that of its items, and an invoice names its subscription in `parent`.
//!
//! An order is named by `metadata.order_id`, which the organization set, or by
//! `client_reference_id`, which is part of links that whoever pays can change: then the amount has
//! to fit. Refunds and disputes may name the payment alone.

use std::time::Duration;

use fanfare_app::{Effect, OrderChange, OrderName, Paid};
use fanfare_model::inbound::{Plan, PlanStatus};
use fanfare_model::launch::{Currency, Money};
use fanfare_model::{OrganizationId, Timestamp};
use serde_json::Value;

use super::{Identity, Meaning, Unreadable, name, object, text};

/// The types that do something.
const HANDLED: [&str; 27] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.voided",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.closed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
    "charge.dispute.updated",
    "charge.dispute.funds_reinstated",
];

/// What an event is, and whether it is of the live mode.
///
/// # Errors
/// When it is no event of Stripe's.
pub fn identify(body: &[u8]) -> Result<(Identity, bool), Unreadable> {
    let event = object(body)?;
    identify_event(&event)
}

/// The same for an event that was read already.
///
/// # Errors
/// When it is no event of Stripe's.
pub fn identify_event(event: &Value) -> Result<(Identity, bool), Unreadable> {
    let key = name(event, "id")?.to_owned();
    let kind = name(event, "type")?.to_owned();
    let is_thin = event["object"] == "v2.core.event";
    if !is_thin && event["object"] != "event" {
        return Err(Unreadable::new("`object` is not `event`"));
    }
    let livemode = event["livemode"].as_bool();
    let livemode = livemode.ok_or_else(|| Unreadable::new("`livemode` is missing"))?;
    let ignored = match () {
        () if is_thin => Some("a thin event: it holds no object".to_owned()),
        () if !HANDLED.contains(&&*kind) => Some("this type means nothing here".to_owned()),
        () => None,
    };
    Ok((Identity { key, kind, ignored }, livemode))
}

/// What an event does.
///
/// # Errors
/// When a part is missing that events of its type have.
pub fn effects(body: &[u8], organization: OrganizationId) -> Result<Meaning, Unreadable> {
    let event = object(body)?;
    let kind = name(&event, "type")?;
    let thing = &event["data"]["object"];
    let at = seconds(&event["created"]).ok_or_else(|| Unreadable::new("`created` is missing"))?;
    if let Some(what) = kind.strip_prefix("customer.subscription.") {
        return subscription(thing, what, at, organization);
    }
    let Some(change) = change(kind, thing, at)? else {
        return Ok(Meaning::nothing("this type means nothing here"));
    };
    let order = order_name(thing);
    // An order is only found by its payment once it was paid.
    let needs_name = !matches!(change, OrderChange::Returned { .. } | OrderChange::Noted { .. });
    if order == OrderName::default() || (needs_name && order.given.is_none()) {
        return Ok(Meaning::nothing("it names no order"));
    }
    Ok(Meaning::Effects(vec![Effect::Order { order, change }]))
}

fn seconds(value: &Value) -> Option<Timestamp> {
    let seconds = u64::try_from(value.as_i64()?).ok()?;
    Some(Timestamp::from_millis(0) + Duration::from_secs(seconds.min(1 << 40)))
}

/// An id, or the id of an object that stands in its place.
fn id(value: &Value) -> Option<String> {
    text(value).or_else(|| text(&value["id"])).map(str::to_owned)
}

fn order_name(thing: &Value) -> OrderName {
    let given = text(&thing["metadata"]["order_id"]).or(text(&thing["client_reference_id"]));
    OrderName { given: given.map(str::to_owned), payment: payment(thing) }
}

fn payment(thing: &Value) -> Option<String> {
    match text(&thing["object"]) {
        Some("payment_intent") => id(thing),
        _ => id(&thing["payment_intent"]),
    }
}

fn change(kind: &str, thing: &Value, at: Timestamp) -> Result<Option<OrderChange>, Unreadable> {
    let said = |value: &Value, otherwise: &str| text(value).unwrap_or(otherwise).to_owned();
    let reason = |text: &str| OrderChange::GivenUp { reason: text.to_owned() };
    let failed = |value: &Value| OrderChange::Failed { reason: said(value, "no reason given") };
    let noted = |note: String| OrderChange::Noted { note };
    Ok(Some(match kind {
        "checkout.session.completed" => match text(&thing["payment_status"]) {
            Some("paid" | "no_payment_required") => paid(thing, "amount_total", at)?,
            _ => noted("checked out, not paid yet".to_owned()),
        },
        "checkout.session.async_payment_succeeded" => paid(thing, "amount_total", at)?,
        "checkout.session.async_payment_failed" => failed(&Value::Null),
        "checkout.session.expired" => reason("the checkout session expired"),
        "payment_intent.succeeded" => paid(thing, "amount_received", at)?,
        "payment_intent.payment_failed" => failed(&thing["last_payment_error"]["code"]),
        "payment_intent.canceled" => {
            let why = said(&thing["cancellation_reason"], "no reason given");
            reason(&format!("the payment was canceled: {why}"))
        }
        "invoice.paid" => paid(thing, "amount_paid", at)?,
        "invoice.payment_failed" => failed(&thing["last_finalization_error"]["code"]),
        "invoice.voided" => reason("the invoice was voided"),
        "charge.refunded" if thing["refunded"] == true => {
            OrderChange::Returned { reason: "refunded".to_owned() }
        }
        "charge.refunded" => {
            noted(format!("{} of {} were refunded", thing["amount_refunded"], thing["amount"]))
        }
        "refund.created" | "refund.updated" | "refund.failed" => {
            noted(format!("a refund is {}", said(&thing["status"], "unknown")))
        }
        "charge.dispute.closed" if thing["status"] == "lost" => {
            OrderChange::Returned { reason: "a dispute was lost".to_owned() }
        }
        _ if kind.starts_with("charge.dispute.") => {
            noted(format!("a dispute is {}", said(&thing["status"], "unknown")))
        }
        _ => return Ok(None),
    }))
}

fn paid(thing: &Value, field: &str, at: Timestamp) -> Result<OrderChange, Unreadable> {
    let named_by_us = text(&thing["metadata"]["order_id"]).is_some();
    let amount = if named_by_us { None } else { Some(amount(thing, field)?) };
    Ok(OrderChange::Paid(Paid { reference: payment(thing).or_else(|| id(thing)), amount, at }))
}

/// An amount in the smallest unit of its currency, as Stripe counts it.
fn amount(thing: &Value, field: &str) -> Result<(Money, Currency), Unreadable> {
    let wrong = || Unreadable::new(format!("`{field}` or `currency` is missing"));
    let units = thing[field].as_u64().ok_or_else(wrong)?;
    let code = text(&thing["currency"]).ok_or_else(wrong)?.to_ascii_uppercase();
    let currency: Currency = code.parse().map_err(|_| wrong())?;
    let decimals = match code.as_str() {
        // Where Stripe counts otherwise than ISO 4217.
        "MGA" => 0,
        "ISK" | "UGX" => 2,
        _ => currency.decimals(),
    };
    let digits = format!("{units:0>width$}", width = decimals as usize + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals as usize);
    let written = if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") };
    Ok((written.parse().map_err(|_| wrong())?, currency))
}

fn subscription(
    thing: &Value,
    what: &str,
    event_at: Timestamp,
    organization: OrganizationId,
) -> Result<Meaning, Unreadable> {
    let named = text(&thing["metadata"]["organization_id"]);
    if named.is_some_and(|named| named != organization.to_string()) {
        return Ok(Meaning::nothing("a subscription of another organization"));
    }
    let subscription = name(thing, "id")?.to_owned();
    let status = match what {
        "deleted" => PlanStatus::Canceled,
        _ => text(&thing["status"])
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| Unreadable::new("`status` of the subscription is not known"))?,
    };
    let items = thing["items"]["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let price = items.iter().find_map(|item| id(&item["price"])).or_else(|| id(&thing["plan"]));
    let of_items = items.iter().filter_map(|item| seconds(&item["current_period_end"])).max();
    Ok(Meaning::Effects(vec![Effect::Plan(Plan {
        subscription,
        price,
        status,
        period_end: of_items.or_else(|| seconds(&thing["current_period_end"])),
        ends_with_period: thing["cancel_at_period_end"] == true,
        event_at,
    })]))
}
