//! Resend's events: what became of e-mails, and who asked for no more of them.

use fanfare_app::{Address, Effect, Mark};
use fanfare_model::Timestamp;
use fanfare_model::inbound::{Provider, SentMessage, SentState};
use serde_json::Value;

use super::{Identity, Meaning, Unreadable, is_name, name, object, text};

/// What an event is; `id` is the value of its header `svix-id`.
///
/// # Errors
/// When it is no event of Resend's.
pub fn identify(id: &[u8], body: &[u8]) -> Result<Identity, Unreadable> {
    let event = object(body)?;
    let kind = name(&event, "type")?.to_owned();
    let key = std::str::from_utf8(id).ok().filter(|id| is_name(id));
    let key = key.ok_or_else(|| Unreadable::new("the message's id is too long"))?.to_owned();
    let known = state(&kind).is_some() || kind.starts_with("contact.");
    let ignored = (!known).then(|| "this type means nothing here".to_owned());
    Ok(Identity { key, kind, ignored })
}

fn state(kind: &str) -> Option<SentState> {
    Some(match kind.strip_prefix("email.")? {
        "scheduled" => SentState::Scheduled,
        "sent" => SentState::Sent,
        "delivery_delayed" => SentState::Delayed,
        "delivered" => SentState::Delivered,
        "opened" => SentState::Opened,
        "clicked" => SentState::Clicked,
        "failed" => SentState::Failed,
        "suppressed" => SentState::Suppressed,
        "bounced" => SentState::Bounced,
        "complained" => SentState::Complained,
        _ => return None,
    })
}

/// What an event does. `received_at` counts where it has no time of its own.
///
/// # Errors
/// When a part is missing that events of its type have.
pub fn effects(body: &[u8], received_at: Timestamp) -> Result<Meaning, Unreadable> {
    let event = object(body)?;
    let kind = name(&event, "type")?;
    let data = &event["data"];
    let told_at = text(&event["created_at"]).and_then(|at| at.parse().ok());
    let at = told_at.unwrap_or(received_at);
    if kind.starts_with("contact.") {
        return Ok(contact(data, at));
    }
    let Some(state) = state(kind) else {
        return Ok(Meaning::nothing("this type means nothing here"));
    };
    let id = name(data, "email_id")?.to_owned();
    let error = text(&data["bounce"]["message"]).or(text(&data["failed"]["reason"]));
    let error = error.map(str::to_owned);
    let sent = SentMessage { provider: Provider::Resend, id, state, error, at };
    let mut effects = vec![Effect::Sent(sent)];
    let mark = match state {
        // A full mailbox may take the next message.
        SentState::Bounced if data["bounce"]["type"] == "Transient" => None,
        SentState::Bounced => Some(Mark::Bounced),
        SentState::Complained => Some(Mark::Complained),
        _ => None,
    };
    if let Some(mark) = mark {
        let marks = addresses(&data["to"]).map(|address| Effect::Mark { address, mark, at });
        effects.extend(marks);
    }
    Ok(Meaning::Effects(effects))
}

fn contact(data: &Value, at: Timestamp) -> Meaning {
    let (Some(address), Some(out)) =
        (addresses(&data["email"]).next(), data["unsubscribed"].as_bool())
    else {
        return Meaning::nothing("it does not say whether the person wants e-mail");
    };
    let mark = if out { Mark::OptedOut } else { Mark::OptedIn };
    Meaning::Effects(vec![Effect::Mark { address, mark, at }])
}

/// One address or a list of them, each alone or in angle brackets behind a name.
fn addresses(value: &Value) -> impl Iterator<Item = Address> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(text).map(|given| {
        let bare = given.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
        Address::Email(bare.map_or(given, |(address, _)| address).trim().to_owned())
    })
}
