//! Connections to providers and what came in through them.

use std::time::Duration;

use fanfare_app::{ConnectionFigures, ConnectionView, NewConnection, RotateConnection};
use fanfare_model::inbound::{InboundOutcome, InboundStatus, Plan, PlanStatus, Provider};
use fanfare_model::{ConnectionId, InboundId, Timestamp};
use fanfare_store::{InboundMessage, KeptInbound};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A connection to a provider, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Connection)]
pub(crate) struct ConnectionJson {
    /// Its id.
    #[schema(value_type = String, example = "conn_01h455vb4pex5vsknk084sn02q")]
    id: ConnectionId,
    /// `stripe`, `twilio` or `resend`.
    #[schema(value_type = String, example = "stripe")]
    provider: Provider,
    /// A name for people.
    #[schema(example = "shop payments")]
    name: String,
    /// The path of the URL to give to the provider, on this server's public address.
    #[schema(example = "/api/integrations/stripe/webhooks/conn_01h455vb4pex5vsknk084sn02q")]
    path: String,
    /// Whether it has a secret. Without one every request is refused.
    has_secret: bool,
    /// Until when an older secret is accepted as well; `null`: there is none.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    previous_secret_until: Option<Timestamp>,
    /// Twilio: the account that messages must be of.
    #[schema(required)]
    account: Option<String>,
    /// Twilio: where this server is for Twilio.
    #[schema(required)]
    public_url: Option<String>,
    /// Stripe: whether messages must be of the live mode.
    #[schema(required)]
    livemode: Option<bool>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl ConnectionJson {
    pub(crate) const fn id(&self) -> ConnectionId {
        self.id
    }
}

impl From<ConnectionView> for ConnectionJson {
    fn from(view: ConnectionView) -> Self {
        let connection = view.connection;
        Self {
            id: connection.id,
            provider: connection.provider,
            name: connection.name,
            path: view.path,
            has_secret: view.has_secret,
            previous_secret_until: view.previous_until,
            account: connection.account,
            public_url: connection.public_url,
            livemode: connection.livemode,
            created_at: connection.created_at,
            updated_at: connection.updated_at,
        }
    }
}

/// All connections: there are few.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connections)]
pub(crate) struct ConnectionsJson {
    /// The connections, oldest first.
    pub(crate) data: Vec<ConnectionJson>,
}

/// A connection, and what requests to it came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConnectionDetail)]
pub(crate) struct ConnectionDetailJson {
    #[serde(flatten)]
    summary: ConnectionJson,
    /// How many requests came to what.
    #[schema(inline)]
    counts: Vec<CountedJson>,
    /// The latest refusals, newest first, at most 50. Nothing else is kept of them.
    #[schema(inline)]
    recent_refusals: Vec<RefusalJson>,
}

/// How many requests came to this.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CountedJson {
    /// `accepted`, `duplicate`, or why they were refused.
    #[schema(value_type = String, example = "accepted")]
    outcome: InboundOutcome,
    count: u64,
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
}

/// A request that was refused.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RefusalJson {
    /// Why.
    #[schema(value_type = String, example = "bad_signature")]
    reason: InboundOutcome,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The address it came from.
    #[schema(example = "192.0.2.7")]
    address: String,
}

impl From<(ConnectionView, ConnectionFigures)> for ConnectionDetailJson {
    fn from((view, figures): (ConnectionView, ConnectionFigures)) -> Self {
        let counts = figures.counts.into_iter().map(|one| CountedJson {
            outcome: one.outcome,
            count: one.count,
            last_at: one.last_at,
        });
        let refusals = figures.refused.into_iter().map(|one| RefusalJson {
            reason: one.outcome,
            at: one.at,
            address: one.address,
        });
        Self { summary: view.into(), counts: counts.collect(), recent_refusals: refusals.collect() }
    }
}

/// A connection to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateConnection, example = json!({"provider": "stripe", "name": "shop payments"}))]
pub(crate) struct CreateConnectionBody {
    /// `stripe`, `twilio` or `resend`.
    #[schema(value_type = String)]
    provider: Provider,
    /// A name for people.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What messages are verified with: Stripe's and Resend's signing secret, Twilio's auth token.
    /// It may be given later, by rotating: most providers make it when they get the URL.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 256)]
    secret: Option<String>,
    /// Twilio: the AccountSid that messages must be of.
    #[serde(default)]
    account: Option<String>,
    /// Twilio: where this server is for Twilio, for example `https://hooks.shop.example`. The
    /// connection's path is added to it: Twilio signs the URL that it calls.
    #[serde(default)]
    public_url: Option<String>,
    /// Stripe: whether messages must be of the live mode; `true` when left out.
    #[serde(default)]
    livemode: Option<bool>,
}

impl From<CreateConnectionBody> for NewConnection {
    fn from(body: CreateConnectionBody) -> Self {
        Self {
            provider: body.provider,
            name: body.name,
            secret: body.secret,
            account: body.account,
            public_url: body.public_url,
            livemode: body.livemode,
        }
    }
}

/// A new secret for a connection.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RotateConnectionSecret, example = json!({
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "overlapSeconds": 3600
}))]
pub(crate) struct RotateConnectionBody {
    /// The secret, as the provider shows it.
    #[schema(min_length = 16, max_length = 256)]
    secret: String,
    /// For how many seconds the old one is accepted as well; a day when left out, at most seven.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 604_800)]
    overlap_seconds: Option<u32>,
}

impl From<RotateConnectionBody> for RotateConnection {
    fn from(body: RotateConnectionBody) -> Self {
        let seconds = body.overlap_seconds.map(u64::from);
        Self { secret: body.secret, overlap: seconds.map(Duration::from_secs) }
    }
}

/// A message that a provider sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InboundMessage)]
pub(crate) struct InboundMessageJson {
    /// Its id.
    #[schema(value_type = String, example = "inb_01h455vb4pex5vsknk084sn02q")]
    id: InboundId,
    /// To which connection it came.
    #[schema(value_type = String, example = "conn_01h455vb4pex5vsknk084sn02q")]
    connection_id: ConnectionId,
    /// What the provider names it by: the same for every copy.
    #[schema(example = "evt_1NG8Du2eZvKYlo2CUI79vXWy")]
    key: String,
    /// Its type, in the provider's words.
    #[serde(rename = "type")]
    #[schema(example = "checkout.session.completed")]
    kind: String,
    /// `pending`, `handled`, `ignored` or `failed`.
    #[schema(value_type = String, example = "handled")]
    status: InboundStatus,
    /// What there is to say of it: which order it was about, why it failed.
    #[schema(required)]
    note: Option<String>,
    /// How often handling it was tried.
    attempts: u32,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// When it is tried next; `null` unless it is pending.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    next_attempt_at: Option<Timestamp>,
    /// When it ended; `null` while it is pending.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    handled_at: Option<Timestamp>,
}

impl From<InboundMessage> for InboundMessageJson {
    fn from(message: InboundMessage) -> Self {
        Self {
            id: message.id,
            connection_id: message.connection_id,
            key: message.key,
            kind: message.kind,
            status: message.status,
            note: message.note,
            attempts: message.attempts,
            received_at: message.received_at,
            next_attempt_at: message.due_at,
            handled_at: message.handled_at,
        }
    }
}

/// A message that a provider sent, with what is kept of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InboundMessageDetail)]
pub(crate) struct InboundMessageDetailJson {
    #[serde(flatten)]
    summary: InboundMessageJson,
    /// Who sent it.
    #[schema(value_type = String, example = "stripe")]
    provider: Provider,
    /// The body as text; `null` once the message need not be handled any more.
    #[schema(required)]
    body: Option<String>,
}

impl From<KeptInbound> for InboundMessageDetailJson {
    fn from(kept: KeptInbound) -> Self {
        let body = String::from_utf8_lossy(&kept.body).into_owned();
        Self {
            summary: kept.message.into(),
            provider: kept.provider,
            body: Some(body).filter(|body| !body.is_empty()),
        }
    }
}

/// The organization's plan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Plan)]
pub(crate) struct PlanJson {
    /// The subscription's id.
    #[schema(example = "sub_1MowQVLkdIwHu7ixeRlqHVzs")]
    subscription: String,
    /// The price's id.
    #[schema(required)]
    price: Option<String>,
    /// `incomplete`, `incomplete_expired`, `trialing`, `active`, `past_due`, `canceled`, `unpaid` or
    /// `paused`.
    #[schema(value_type = String, example = "active")]
    status: PlanStatus,
    /// Until when the current period lasts.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    period_end: Option<Timestamp>,
    /// Whether it ends with the period.
    ends_with_period: bool,
    /// When the event happened that told this.
    #[schema(value_type = String, format = DateTime)]
    event_at: Timestamp,
}

impl From<Plan> for PlanJson {
    fn from(plan: Plan) -> Self {
        Self {
            subscription: plan.subscription,
            price: plan.price,
            status: plan.status,
            period_end: plan.period_end,
            ends_with_period: plan.ends_with_period,
            event_at: plan.event_at,
        }
    }
}

/// Where a message stands that was sent through a provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SentMessage)]
pub(crate) struct SentMessageJson {
    /// `twilio` or `resend`.
    #[schema(value_type = String, example = "twilio")]
    provider: Provider,
    /// Its id at the provider.
    #[schema(example = "SM0123456789")]
    id: String,
    /// Where it stands. It never goes back, whatever the order in which the provider tells.
    #[schema(value_type = String, example = "delivered")]
    state: fanfare_model::inbound::SentState,
    /// Why it did not arrive, in the provider's words.
    #[schema(required)]
    error: Option<String>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<fanfare_model::inbound::SentMessage> for SentMessageJson {
    fn from(message: fanfare_model::inbound::SentMessage) -> Self {
        Self {
            provider: message.provider,
            id: message.id,
            state: message.state,
            error: message.error,
            at: message.at,
        }
    }
}
