//! What came in through a connection, and what became of it.

use askama::Template;
use axum::extract::State;
use fanfare_model::inbound::{InboundContent, InboundStatus, Provider};
use fanfare_model::kinds::{Connection, Inbound};
use fanfare_model::{OrderId, Scope};
use fanfare_store::{InboundMessage, KeptInbound};
use url::form_urlencoded;

use super::head::{Found, Head, Tab};
use super::{HOME, provider_name, words};
use crate::ask::{Answer, Ask, PathId, page, sentence};
use crate::chrome::Chrome;
use crate::link;
use crate::list::{Choice, Pager, choices, request};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::text::lossy;
use crate::ui::{Markup, json_tree, since};

/// Bytes of a body that the page shows as they came.
const SHOWN: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "integrations/messages.html")]
struct MessagesPage {
    chrome: Chrome,
    head: Head,
    rows: Vec<Row>,
    pager: Pager,
    statuses: Vec<Choice>,
    narrowed: bool,
    /// The provider, when it tells of messages that were sent.
    sends: Option<&'static str>,
}

struct Row {
    id: String,
    kind: String,
    key: String,
    badge: Markup,
    /// What became of it, as a sentence.
    became: String,
    received: Markup,
}

/// `GET /settings/integrations/connections/{id}/messages`
pub(crate) async fn messages(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Connection>,
    ask: Ask,
) -> Answer {
    let Found { chrome, head, view, .. } = Found::find(&dashboard, &ask, id, Tab::Messages).await?;
    let asked = request::<Inbound>(&ask.query)?;
    let wanted: Vec<InboundStatus> =
        ask.query.all("status").filter_map(|text| text.parse().ok()).collect();
    let narrowed = !wanted.is_empty();
    let found = dashboard.app().inbound_messages(ask.caller(), id, wanted, asked).await?;
    let pager = Pager::of(&ask, &asked, &found, |message: &InboundMessage| message.id);
    let statuses = InboundStatus::ALL.iter();
    let statuses = statuses.map(|each| (each.as_str(), words::of_message(*each).text));
    let provider = view.connection.provider;
    page(&MessagesPage {
        chrome,
        head,
        statuses: choices(&ask.query, "status", statuses),
        rows: found.items.iter().map(|message| row(message, &ask)).collect(),
        pager,
        narrowed,
        sends: (provider != Provider::Stripe).then(|| provider.as_str()),
    })
}

fn row(message: &InboundMessage, ask: &Ask) -> Row {
    Row {
        id: message.id.to_string(),
        kind: message.kind.clone(),
        key: message.key.clone(),
        badge: words::of_message(message.status).html(),
        became: match &message.note {
            Some(note) => sentence(note),
            None => words::became(message.status).to_owned(),
        },
        received: since(message.received_at, ask.now),
    }
}

#[derive(Template)]
#[template(path = "integrations/message.html")]
struct MessagePage {
    chrome: Chrome,
    row: Row,
    order: Option<String>,
    /// The page that says where the sent message stands that it is about.
    sent: Option<String>,
    attempts: u32,
    next_attempt: Option<Markup>,
    handled: Option<Markup>,
    provider: &'static str,
    connection: String,
    connection_name: String,
    body: Option<BodyShown>,
    /// Whether it can be handled again.
    may_again: bool,
}

/// A body that is kept.
struct BodyShown {
    tree: Option<Markup>,
    /// The fields of a form.
    fields: Vec<(String, String)>,
    raw: String,
    is_cut: bool,
}

/// `GET /settings/integrations/messages/{id}`
pub(crate) async fn message(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Inbound>,
    ask: Ask,
) -> Answer {
    let kept = dashboard.app().inbound_message(ask.caller(), id).await?;
    let message = &kept.message;
    let (view, _) = dashboard.app().connection(ask.caller(), message.connection_id).await?;
    let (connection, name) = (format!("{HOME}/{}", view.connection.id), view.connection.name);
    let sees_orders = ask.viewer.may(Scope::OrdersRead);
    let has_failed = message.status == InboundStatus::Failed && !kept.body.is_empty();
    page(&MessagePage {
        chrome: ask
            .page(&message.kind, Place::Integrations)
            .below("Integrations", super::super::HOME)
            .below(name.clone(), connection.clone())
            .below("Messages", format!("{connection}/messages")),
        row: row(message, &ask),
        order: message.note.as_deref().and_then(named_order).filter(|_| sees_orders),
        sent: about_sent(&kept),
        attempts: message.attempts,
        next_attempt: message.due_at.map(|at| since(at, ask.now)),
        handled: message.handled_at.map(|at| since(at, ask.now)),
        provider: provider_name(kept.provider),
        connection,
        connection_name: name,
        may_again: has_failed && ask.viewer.may(Scope::IntegrationsWrite),
        body: (!kept.body.is_empty()).then(|| body(&kept)),
    })
}

/// The order that a note names.
fn named_order(note: &str) -> Option<String> {
    let words = note.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let order = words.filter_map(|word| word.parse::<OrderId>().ok()).next();
    order.map(|id| id.to_string())
}

/// Twilio's callbacks are named by the message and its status.
fn about_sent(kept: &KeptInbound) -> Option<String> {
    let provider = kept.provider;
    let (sid, _) = kept.message.key.split_once(':').filter(|_| provider == Provider::Twilio)?;
    Some(link::with("/settings/integrations/sent", [("provider", provider.as_str()), ("id", sid)]))
}

fn body(kept: &KeptInbound) -> BodyShown {
    let is_form = kept.content == InboundContent::Form;
    let json = serde_json::from_slice(&kept.body).ok().filter(|_| !is_form);
    let fields = form_urlencoded::parse(&kept.body).filter(|_| is_form);
    BodyShown {
        tree: json.as_ref().map(json_tree),
        fields: fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
        raw: lossy(&kept.body[..kept.body.len().min(SHOWN)]).into_owned(),
        is_cut: kept.body.len() > SHOWN,
    }
}

/// `POST /settings/integrations/messages/{id}/handle`
pub(crate) async fn handle_again(
    State(dashboard): State<Dashboard>,
    PathId(message): PathId<Inbound>,
    ask: Ask,
) -> Answer {
    let place = format!("/settings/integrations/messages/{message}");
    match dashboard.app().handle_again(ask.caller(), message).await {
        Ok(()) => Ok(ask.done(&place, "It is handled again. Reload to see what becomes of it.")),
        Err(error) => ask.refused(&place, error),
    }
}
