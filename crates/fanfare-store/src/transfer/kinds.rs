//! The kinds of rows that make up an installation.
//!
//! Codes and JSON texts are those of the stores' contract, which all backends keep alike. What a
//! backend can work out from other columns is not here.

mod inbound;

use inbound::{
    CONNECTIONS, INBOUND_COUNTS, INBOUND_MESSAGES, INBOUND_REFUSALS, PLANS, SENT_MESSAGES,
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// [`super::Value::Int`]
    Int,
    /// [`super::Value::Bool`]
    Bool,
    /// [`super::Value::Text`]
    Text,
    /// [`super::Value::Bytes`]
    Bytes,
    /// [`super::Value::Id`]
    Id,
    /// [`super::Value::Ids`]
    Ids,
    /// [`super::Value::Ints`]
    Ints,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// Whether it may hold nothing as well.
    pub optional: bool,
}

/// A kind of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// So many columns at the beginning name a row.
    pub key: usize,
    /// Its columns.
    pub columns: &'static [Column],
}

const fn has(name: &'static str, holds: Holds) -> Column {
    Column { name, holds, optional: false }
}

const fn may_have(name: &'static str, holds: Holds) -> Column {
    Column { name, holds, optional: true }
}

const OF: Column = has("organization_id", Holds::Id);
const ID: Column = has("id", Holds::Id);
const METADATA: Column = may_have("metadata", Holds::Text);
const CREATED: Column = has("created_at", Holds::Int);
const UPDATED: Column = has("updated_at", Holds::Int);
const CHANGE: Column = has("change", Holds::Int);

/// All kinds, in the order in which they are moved.
pub const KINDS: &[Kind] = &[
    Kind { name: "organizations", key: 1, columns: ORGANIZATIONS },
    Kind { name: "api_keys", key: 2, columns: API_KEYS },
    Kind { name: "users", key: 1, columns: USERS },
    Kind { name: "memberships", key: 2, columns: MEMBERSHIPS },
    Kind { name: "audit_entries", key: 2, columns: AUDIT_ENTRIES },
    Kind { name: "audit_heads", key: 1, columns: AUDIT_HEADS },
    Kind { name: "webhooks", key: 2, columns: WEBHOOKS },
    Kind { name: "webhook_versions", key: 3, columns: WEBHOOK_VERSIONS },
    Kind { name: "events", key: 2, columns: EVENTS },
    Kind { name: "deliveries", key: 2, columns: DELIVERIES },
    Kind { name: "attempts", key: 3, columns: ATTEMPTS },
    Kind { name: "notices", key: 2, columns: NOTICES },
    Kind { name: "notice_marks", key: 2, columns: NOTICE_MARKS },
    Kind { name: "muted_topics", key: 2, columns: MUTED_TOPICS },
    Kind { name: "jobs", key: 2, columns: JOBS },
    Kind { name: "idempotency", key: 2, columns: IDEMPOTENCY },
    Kind { name: "stats", key: 4, columns: STATS },
    Kind { name: "rollups", key: 5, columns: ROLLUPS },
    Kind { name: "consumers", key: 2, columns: CONSUMERS },
    Kind { name: "products", key: 2, columns: PRODUCTS },
    Kind { name: "experiences", key: 2, columns: EXPERIENCES },
    Kind { name: "distributions", key: 2, columns: DISTRIBUTIONS },
    Kind { name: "participants", key: 3, columns: PARTICIPANTS },
    Kind { name: "bids", key: 3, columns: BIDS },
    Kind { name: "orders", key: 2, columns: ORDERS },
    Kind { name: "connections", key: 2, columns: CONNECTIONS },
    Kind { name: "inbound_messages", key: 2, columns: INBOUND_MESSAGES },
    Kind { name: "inbound_counts", key: 3, columns: INBOUND_COUNTS },
    Kind { name: "inbound_refusals", key: 3, columns: INBOUND_REFUSALS },
    Kind { name: "sent_messages", key: 3, columns: SENT_MESSAGES },
    Kind { name: "plans", key: 1, columns: PLANS },
];

const ORGANIZATIONS: &[Column] = &[
    ID,
    has("name", Holds::Text),
    CREATED,
    // Change numbers of its launch domain up to this one may have been given.
    has("last_change", Holds::Int),
];

const API_KEYS: &[Column] = &[
    OF,
    ID,
    has("hash", Holds::Bytes),
    has("name", Holds::Text),
    has("prefix", Holds::Text),
    has("scopes", Holds::Int),
    CREATED,
    may_have("last_used_at", Holds::Int),
    may_have("revoked_at", Holds::Int),
];

/// Passwords are hashed.
const USERS: &[Column] = &[
    ID,
    has("email", Holds::Text),
    has("name", Holds::Text),
    may_have("password", Holds::Text),
    CREATED,
];

const MEMBERSHIPS: &[Column] = &[
    OF,
    has("user_id", Holds::Id),
    has("role", Holds::Int),
    has("suspended", Holds::Bool),
    has("joined_at", Holds::Int),
    may_have("last_active_at", Holds::Int),
];

/// With their numbers and hashes, so that the chain is whole on the other side as well.
const AUDIT_ENTRIES: &[Column] = &[
    OF,
    has("number", Holds::Int),
    ID,
    has("at", Holds::Int),
    has("actor_kind", Holds::Text),
    may_have("actor_id", Holds::Id),
    may_have("actor_name", Holds::Text),
    has("action", Holds::Text),
    has("resource_kind", Holds::Text),
    has("resource_id", Holds::Text),
    may_have("ip", Holds::Text),
    may_have("request_id", Holds::Text),
    may_have("before", Holds::Text),
    may_have("after", Holds::Text),
    has("previous_hash", Holds::Bytes),
    has("hash", Holds::Bytes),
];

const AUDIT_HEADS: &[Column] = &[OF, has("number", Holds::Int), has("hash", Holds::Bytes)];

/// Deleted ones among them. Secrets are sealed.
const WEBHOOKS: &[Column] = &[
    OF,
    ID,
    has("status", Holds::Int),
    may_have("disabled_reason", Holds::Int),
    may_have("deleted_at", Holds::Int),
    CREATED,
    UPDATED,
    has("status_changed_at", Holds::Int),
    may_have("failing_since", Holds::Int),
    has("version", Holds::Int),
    has("url", Holds::Text),
    may_have("description", Holds::Text),
    has("events", Holds::Text),
    has("headers", Holds::Text),
    has("max_in_flight", Holds::Int),
    may_have("rate_limit", Holds::Int),
    has("secret", Holds::Bytes),
    may_have("previous_secret", Holds::Bytes),
    may_have("previous_until", Holds::Int),
    may_have("previous_signs", Holds::Bool),
    has("channel", Holds::Int),
    // The types that `events` matches: bit n is the type with index n.
    has("types", Holds::Int),
];

const WEBHOOK_VERSIONS: &[Column] = &[
    OF,
    has("webhook_id", Holds::Id),
    has("version", Holds::Int),
    has("url", Holds::Text),
    has("headers", Holds::Text),
];

const EVENTS: &[Column] = &[
    OF,
    ID,
    has("type", Holds::Int),
    has("source", Holds::Int),
    has("accepted_at", Holds::Int),
    has("fanout", Holds::Int),
    may_have("person", Holds::Text),
    has("body", Holds::Bytes),
];

/// With the latest attempt, if there was one. `due_at` of those that are pending only.
const DELIVERIES: &[Column] = &[
    OF,
    ID,
    has("event_id", Holds::Id),
    has("webhook_id", Holds::Id),
    has("type", Holds::Int),
    has("origin", Holds::Int),
    has("status", Holds::Int),
    CREATED,
    may_have("due_at", Holds::Int),
    has("attempts", Holds::Int),
    may_have("started_at", Holds::Int),
    may_have("duration_us", Holds::Int),
    may_have("status_code", Holds::Int),
    may_have("error_class", Holds::Int),
    may_have("response", Holds::Bytes),
    may_have("truncated", Holds::Bool),
    may_have("remote_addr", Holds::Text),
    may_have("webhook_version", Holds::Int),
    may_have("signatures", Holds::Bytes),
];

/// The attempts before the latest.
const ATTEMPTS: &[Column] = &[
    OF,
    has("delivery_id", Holds::Id),
    has("number", Holds::Int),
    has("started_at", Holds::Int),
    has("duration_us", Holds::Int),
    may_have("status_code", Holds::Int),
    may_have("error_class", Holds::Int),
    has("response", Holds::Bytes),
    has("truncated", Holds::Bool),
    may_have("remote_addr", Holds::Text),
    has("webhook_version", Holds::Int),
    has("signatures", Holds::Bytes),
];

const NOTICES: &[Column] = &[
    OF,
    ID,
    has("kind", Holds::Int),
    has("webhook_id", Holds::Id),
    CREATED,
    may_have("delivery_id", Holds::Id),
    may_have("event_id", Holds::Id),
    has("untold", Holds::Bool),
    has("report", Holds::Bool),
    may_have("type", Holds::Int),
];

/// What people were told; mails that wait are not moved.
const NOTICE_MARKS: &[Column] =
    &[OF, has("webhook_id", Holds::Id), may_have("mail_at", Holds::Int), has("mark", Holds::Text)];

const MUTED_TOPICS: &[Column] = &[OF, has("user_id", Holds::Id), has("topics", Holds::Int)];

const JOBS: &[Column] = &[
    OF,
    ID,
    has("spec", Holds::Text),
    has("status", Holds::Int),
    has("total", Holds::Int),
    has("processed", Holds::Int),
    has("created", Holds::Int),
    CREATED,
    UPDATED,
    // The last item looked at, and the last delivery that existed when the job was made.
    may_have("position", Holds::Id),
    may_have("last_delivery", Holds::Id),
];

const IDEMPOTENCY: &[Column] = &[
    OF,
    has("key", Holds::Text),
    has("fingerprint", Holds::Bytes),
    has("at", Holds::Int),
    may_have("status", Holds::Int),
    may_have("body", Holds::Bytes),
    // The consumers whose ids are in the body.
    may_have("consumers", Holds::Ids),
];

const STATS: &[Column] = &[
    OF,
    has("webhook_id", Holds::Id),
    has("minute", Holds::Int),
    has("part", Holds::Int),
    has("figures", Holds::Text),
];

const ROLLUPS: &[Column] = &[
    OF,
    has("kind", Holds::Int),
    has("subject_id", Holds::Id),
    has("at", Holds::Int),
    has("part", Holds::Int),
    has("figures", Holds::Text),
];

const CONSUMERS: &[Column] = &[
    OF,
    ID,
    may_have("email", Holds::Text),
    may_have("phone", Holds::Text),
    may_have("full_name", Holds::Text),
    may_have("external_id", Holds::Text),
    METADATA,
    has("source", Holds::Int),
    CREATED,
    UPDATED,
    CHANGE,
    may_have("email_folded", Holds::Text),
    may_have("email_bounced_at", Holds::Int),
    may_have("email_complained_at", Holds::Int),
    may_have("email_opted_out_at", Holds::Int),
    may_have("sms_opted_out_at", Holds::Int),
];

const PRODUCTS: &[Column] =
    &[OF, ID, has("name", Holds::Text), may_have("url", Holds::Text), METADATA, CREATED, UPDATED];

const EXPERIENCES: &[Column] = &[
    OF,
    ID,
    has("name", Holds::Text),
    has("slug", Holds::Text),
    has("status", Holds::Int),
    may_have("open_at", Holds::Int),
    may_have("close_at", Holds::Int),
    may_have("time_zone", Holds::Text),
    may_have("created_by", Holds::Text),
    METADATA,
    may_have("activated_at", Holds::Int),
    may_have("ended_at", Holds::Int),
    CREATED,
    UPDATED,
    may_have("next_at", Holds::Int),
    has("products", Holds::Ids),
];

const DISTRIBUTIONS: &[Column] = &[
    OF,
    ID,
    has("experience_id", Holds::Id),
    may_have("product_id", Holds::Id),
    may_have("name", Holds::Text),
    has("kind", Holds::Int),
    has("status", Holds::Int),
    may_have("open_at", Holds::Int),
    may_have("close_at", Holds::Int),
    may_have("capacity", Holds::Int),
    METADATA,
    has("joined", Holds::Int),
    may_have("wake_at", Holds::Int),
    CREATED,
    UPDATED,
    may_have("grant_expires_after", Holds::Int),
    may_have("admission_rate", Holds::Int),
    may_have("granted_to", Holds::Int),
    may_have("winner_count", Holds::Int),
    may_have("draw_at", Holds::Int),
    may_have("replace_expired", Holds::Bool),
    may_have("seed", Holds::Bytes),
    may_have("drawn_at", Holds::Int),
    may_have("finished_at", Holds::Int),
    may_have("selected", Holds::Int),
    may_have("entrants", Holds::Int),
    may_have("currency", Holds::Text),
    may_have("starting_price", Holds::Text),
    may_have("reserve_price", Holds::Text),
    may_have("minimum_increment", Holds::Text),
    may_have("settle_at", Holds::Int),
    may_have("auto_extend_seconds", Holds::Int),
    may_have("bid_count", Holds::Int),
    may_have("highest_id", Holds::Id),
    may_have("highest_consumer", Holds::Id),
    may_have("highest_amount", Holds::Text),
    may_have("highest_number", Holds::Int),
    may_have("highest_at", Holds::Int),
    may_have("next_at", Holds::Int),
    // How many participants have each status, by its code.
    has("counts", Holds::Ints),
];

const PARTICIPANTS: &[Column] = &[
    OF,
    has("distribution_id", Holds::Id),
    has("number", Holds::Int),
    has("consumer_id", Holds::Id),
    has("status", Holds::Int),
    may_have("rank", Holds::Bytes),
    has("joined_at", Holds::Int),
    may_have("granted_at", Holds::Int),
    may_have("expires_at", Holds::Int),
    may_have("ended_at", Holds::Int),
    has("is_backfill", Holds::Bool),
    may_have("order_id", Holds::Id),
    may_have("amount", Holds::Text),
    UPDATED,
    CHANGE,
];

const BIDS: &[Column] = &[
    OF,
    has("distribution_id", Holds::Id),
    has("number", Holds::Int),
    ID,
    has("consumer_id", Holds::Id),
    has("amount", Holds::Text),
    has("placed_at", Holds::Int),
];

const ORDERS: &[Column] = &[
    OF,
    ID,
    may_have("external_order_id", Holds::Text),
    has("consumer_id", Holds::Id),
    may_have("distribution_id", Holds::Id),
    may_have("experience_id", Holds::Id),
    may_have("product_id", Holds::Id),
    has("status", Holds::Int),
    has("total_amount", Holds::Text),
    has("currency", Holds::Text),
    METADATA,
    may_have("paid_at", Holds::Int),
    may_have("payment_provider", Holds::Text),
    may_have("payment_reference", Holds::Text),
    may_have("carrier", Holds::Text),
    may_have("tracking_number", Holds::Text),
    may_have("tracking_url", Holds::Text),
    may_have("fulfilled_at", Holds::Int),
    may_have("cancelled_at", Holds::Int),
    may_have("cancel_reason", Holds::Text),
    CREATED,
    UPDATED,
    CHANGE,
];
