//! Kinds of what comes in from providers.

use super::{CREATED, Column, Holds, ID, OF, UPDATED, has, may_have};

/// Secrets are sealed.
pub(super) const CONNECTIONS: &[Column] = &[
    OF,
    ID,
    has("provider", Holds::Int),
    has("name", Holds::Text),
    may_have("account", Holds::Text),
    may_have("public_url", Holds::Text),
    may_have("livemode", Holds::Bool),
    may_have("secret", Holds::Bytes),
    may_have("previous_secret", Holds::Bytes),
    may_have("previous_until", Holds::Int),
    CREATED,
    UPDATED,
];

pub(super) const INBOUND_MESSAGES: &[Column] = &[
    OF,
    ID,
    has("connection_id", Holds::Id),
    has("provider", Holds::Int),
    has("message_key", Holds::Text),
    has("kind", Holds::Text),
    has("content", Holds::Int),
    has("body", Holds::Bytes),
    has("received_at", Holds::Int),
    has("status", Holds::Int),
    may_have("note", Holds::Text),
    has("attempts", Holds::Int),
    may_have("due_at", Holds::Int),
    may_have("handled_at", Holds::Int),
];

pub(super) const INBOUND_COUNTS: &[Column] = &[
    OF,
    has("connection_id", Holds::Id),
    has("outcome", Holds::Int),
    has("count", Holds::Int),
    has("last_at", Holds::Int),
];

pub(super) const INBOUND_REFUSALS: &[Column] = &[
    OF,
    has("connection_id", Holds::Id),
    ID,
    has("outcome", Holds::Int),
    has("at", Holds::Int),
    has("address", Holds::Text),
];

pub(super) const SENT_MESSAGES: &[Column] = &[
    OF,
    has("provider", Holds::Int),
    has("message_id", Holds::Text),
    has("state", Holds::Int),
    has("rank", Holds::Int),
    may_have("error", Holds::Text),
    has("at", Holds::Int),
];

pub(super) const PLANS: &[Column] = &[
    OF,
    has("subscription", Holds::Text),
    may_have("price", Holds::Text),
    has("status", Holds::Int),
    may_have("period_end", Holds::Int),
    has("ends_with_period", Holds::Bool),
    has("event_at", Holds::Int),
];
