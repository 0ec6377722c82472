//! The server's own list of events: what happened, and how many webhooks each event is owed to.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::api::Api;
use super::key_of;
use crate::event_key::EventKey;

/// The kinds of events that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Joined,
    Selected,
    Paid,
    /// Any other that a webhook receives.
    Other,
}

/// An event as the server lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) event: EventKey,
    pub(super) kind: Kind,
    /// The order if it was paid, else the consumer.
    pub(super) about: EventKey,
    /// To how many webhooks it is owed.
    pub(super) webhooks: u64,
}

/// The cursor of the newest event; `None` when there is none.
///
/// # Errors
/// When the list is not answered.
pub(super) fn end(api: &mut Api) -> Result<Option<String>> {
    let page = api.get("/api/events?limit=1")?;
    Ok(page["pageInfo"]["endCursor"].as_str().map(str::to_owned))
}

/// All events after a cursor that webhooks receive.
///
/// # Errors
/// When the list is not answered, or not as it should be.
pub(super) fn since(api: &mut Api, begin: Option<&str>) -> Result<Vec<Told>> {
    let mut cursor = begin.map(str::to_owned);
    let mut events = Vec::new();
    loop {
        let mut path =
            "/api/events?type=distribution.*,order.*&sort=createdAt&limit=100".to_owned();
        if let Some(cursor) = &cursor {
            path += &format!("&after={cursor}");
        }
        let page = api.get(&path)?;
        for event in page["data"].as_array().into_iter().flatten() {
            events.push(told(event).with_context(|| format!("the event {event}"))?);
        }
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(events);
        }
        cursor = page["pageInfo"]["endCursor"].as_str().map(str::to_owned);
    }
}

fn told(event: &Value) -> Result<Told> {
    let text = |value: &Value| value.as_str().map(str::to_owned).context("a text is missing");
    let (kind, about) = match text(&event["type"])?.as_str() {
        "distribution.joined" => (Kind::Joined, "consumer_id"),
        "distribution.winner_selected" => (Kind::Selected, "consumer_id"),
        "order.paid" => (Kind::Paid, "order_id"),
        _ => (Kind::Other, "consumer_id"),
    };
    Ok(Told {
        event: key_of(&text(&event["id"])?)?,
        kind,
        about: key_of(&text(&event["data"][about])?)?,
        webhooks: event["webhookCount"].as_u64().context("no webhookCount")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payment_is_about_its_order() {
        let (event, order) = (EventKey::numbered(1), EventKey::numbered(2));
        let listed = json!({
            "id": format!("wh_evt_{event}"), "type": "order.paid", "webhookCount": 1,
            "data": { "order_id": format!("ord_{order}"), "consumer_id": "con_1" },
        });
        let expected = Told { event, kind: Kind::Paid, about: order, webhooks: 1 };
        assert_eq!(told(&listed).unwrap(), expected);
        assert!(told(&json!({ "id": "wh_evt_1", "type": "order.paid" })).is_err());
    }
}
