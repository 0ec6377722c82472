//! How the rows of each kind are selected: in the order of their places, which is that of the file.
//!
//! Joins are left joins: what belongs to nothing is found by the missing id.

use fanfare_store::transfer::{KINDS, Kind};

use super::computed::{ATTEMPT, COUNTS, Computed, ITEMS, LATEST, NOTHING, SHOWN, TYPES};
use crate::fault::Fault;

/// How a kind is selected.
pub(super) struct Table {
    pub(super) kind: &'static Kind,
    /// The columns that order the rows.
    pub(super) place: &'static [&'static str],
    /// The kind's columns, but for those that are computed.
    columns: &'static str,
    from: &'static str,
    /// The columns at the end.
    pub(super) computed: Computed,
}

const ORGANIZATION: &str = "LEFT JOIN organizations o ON o.key = t.organization";
const WEBHOOK: &str = "LEFT JOIN webhooks w ON w.key = t.webhook \
     LEFT JOIN organizations o ON o.key = w.organization";
const SUBJECT: &str = "LEFT JOIN webhooks w ON t.kind = 0 AND w.key = t.subject \
     LEFT JOIN organizations o ON o.key = iif(t.kind = 0, w.organization, t.subject)";
const DISTRIBUTION: &str = "LEFT JOIN distributions d ON d.key = t.place >> 32 \
     LEFT JOIN organizations o ON o.key = d.organization";
const CONNECTION: &str = "LEFT JOIN connections c ON c.id = t.connection \
     LEFT JOIN organizations o ON o.key = c.organization";
const DELIVERY: &str = "LEFT JOIN deliveries d ON d.seq = t.delivery \
     LEFT JOIN organizations o ON o.key = d.organization";
const SENT: &str = "LEFT JOIN events e ON e.seq = t.event LEFT JOIN webhooks w ON w.key = t.webhook \
     LEFT JOIN organizations o ON o.key = t.organization";
const NOTED: &str = "LEFT JOIN webhooks w ON w.key = t.webhook \
     LEFT JOIN organizations o ON o.key = t.organization";

impl Table {
    /// The table of a kind.
    pub(super) fn of(wanted: &Kind) -> Result<Self, Fault> {
        let unknown = || Fault::failed(format!("{} is no kind of rows", wanted.name));
        let kind = KINDS.iter().find(|kind| *kind == wanted).ok_or_else(unknown)?;
        let table = |place, columns, from, computed| Self { kind, place, columns, from, computed };
        let key = &["t.key"][..];
        Ok(match kind.name {
            "organizations" => {
                let columns = "t.id, t.name, t.created_at, (SELECT last_change FROM meta)";
                table(key, columns, "", NOTHING)
            }
            "api_keys" => table(key, API_KEYS, ORGANIZATION, NOTHING),
            "users" => {
                let columns = "t.id, t.email, t.name, t.password, t.created_at";
                table(&["t.id"], columns, "", NOTHING)
            }
            "memberships" => {
                let columns = "o.id, t.user, t.role, t.suspended, t.joined_at, t.last_active_at";
                table(&["t.organization", "t.user"], columns, ORGANIZATION, NOTHING)
            }
            "audit_entries" => {
                table(&["t.organization", "t.number"], AUDIT_ENTRIES, ORGANIZATION, NOTHING)
            }
            "audit_heads" => {
                let columns = "o.id, t.number, t.hash";
                table(&["t.organization"], columns, ORGANIZATION, NOTHING)
            }
            "webhooks" => table(key, WEBHOOKS, ORGANIZATION, TYPES),
            "webhook_versions" => {
                let columns = "o.id, w.id, t.version, t.url, t.headers";
                table(&["t.webhook", "t.version"], columns, WEBHOOK, NOTHING)
            }
            "events" => table(&["t.seq"], EVENTS, ORGANIZATION, NOTHING),
            "deliveries" => table(&["t.seq"], DELIVERIES, SENT, LATEST),
            "attempts" => table(&["t.delivery", "t.number"], ATTEMPTS, DELIVERY, ATTEMPT),
            "notices" => table(BY_ID, NOTICES, NOTED, NOTHING),
            "notice_marks" => {
                let columns = "o.id, t.webhook, t.mail_at, t.mark";
                table(&["t.organization", "t.webhook"], columns, ORGANIZATION, NOTHING)
            }
            "muted_topics" => {
                let columns = "o.id, t.user, t.topics";
                table(&["t.organization", "t.user"], columns, ORGANIZATION, NOTHING)
            }
            "jobs" => table(BY_ID, JOBS, ORGANIZATION, ITEMS),
            "idempotency" => {
                let columns = "o.id, t.key, t.fingerprint, t.at, t.status, t.body";
                table(&["t.seq"], columns, ORGANIZATION, SHOWN)
            }
            "stats" => {
                let columns = "o.id, w.id, t.minute, 0, t.figures";
                table(&["t.webhook", "t.minute"], columns, WEBHOOK, NOTHING)
            }
            "rollups" => {
                let columns = "o.id, t.kind, iif(t.kind = 0, w.id, o.id), t.at, 0, t.figures";
                table(&["t.kind", "t.subject", "t.at"], columns, SUBJECT, NOTHING)
            }
            "consumers" => table(key, CONSUMERS, ORGANIZATION, NOTHING),
            "products" => table(BY_ID, PRODUCTS, ORGANIZATION, NOTHING),
            "experiences" => table(BY_ID, EXPERIENCES, ORGANIZATION, NOTHING),
            "distributions" => table(key, DISTRIBUTIONS, ORGANIZATION, COUNTS),
            "participants" => table(&["t.place"], PARTICIPANTS, DISTRIBUTION, NOTHING),
            "bids" => table(&["t.place"], BIDS, DISTRIBUTION, NOTHING),
            "orders" => table(key, ORDERS, ORGANIZATION, NOTHING),
            "connections" => table(BY_ID, CONNECTIONS, ORGANIZATION, NOTHING),
            "inbound_messages" => table(key, INBOUND_MESSAGES, ORGANIZATION, NOTHING),
            "inbound_counts" => {
                let columns = "o.id, t.connection, t.outcome, t.count, t.last_at";
                table(&["t.connection", "t.outcome"], columns, CONNECTION, NOTHING)
            }
            "inbound_refusals" => {
                let columns = "o.id, t.connection, t.id, t.outcome, t.at, t.address";
                table(&["t.connection", "t.id"], columns, CONNECTION, NOTHING)
            }
            "sent_messages" => table(key, SENT_MESSAGES, ORGANIZATION, NOTHING),
            "plans" => table(&["t.organization"], PLANS, ORGANIZATION, NOTHING),
            _ => return Err(unknown()),
        })
    }

    /// The rows from the first on, or after the place in the parameters.
    pub(super) fn sql(&self, after: bool) -> String {
        let place = self.place.join(", ");
        let parameters = ["?1", "?2", "?3"][..self.place.len()].join(", ");
        let only = if after { format!("WHERE ({place}) > ({parameters})") } else { String::new() };
        format!(
            "SELECT {place}, {}{} FROM {} t {} {only} ORDER BY {place}",
            self.columns, self.computed.from, self.kind.name, self.from
        )
    }
}

const BY_ID: &[&str] = &["t.organization", "t.id"];

const API_KEYS: &str = "o.id, t.id, t.hash, t.name, t.prefix, t.scopes, t.created_at, \
     t.last_used_at, t.revoked_at";

const AUDIT_ENTRIES: &str = "o.id, t.number, t.id, t.at, t.actor_kind, t.actor_id, t.actor_name, \
     t.action, t.resource_kind, t.resource_id, t.ip, t.request_id, t.before, t.after, \
     t.previous_hash, t.hash";

const WEBHOOKS: &str = "o.id, t.id, t.status, t.disabled_reason, t.deleted_at, t.created_at, \
     t.updated_at, t.status_changed_at, t.failing_since, t.version, t.url, t.description, t.events, \
     t.headers, t.max_in_flight, t.rate_limit, t.secret, t.previous_secret, t.previous_until, \
     t.previous_signs, t.channel";

const EVENTS: &str = "o.id, t.id, t.type, t.source, t.accepted_at, t.fanout, t.person, t.body";

/// The id is that of [`crate::ids::delivery_id`].
const DELIVERIES: &str = "o.id, \
     unhex(printf('%012x7000%016x', t.created_at, -9223372036854775808 | (t.seq << 14))), \
     e.id, w.id, t.type, t.origin, t.status, t.created_at, \
     CASE t.status WHEN 0 THEN t.due_at END, t.attempts";

const ATTEMPTS: &str = "o.id, \
     unhex(printf('%012x7000%016x', d.created_at, -9223372036854775808 | (d.seq << 14))), t.number";

const NOTICES: &str = "o.id, t.id, t.kind, w.id, t.created_at, t.delivery_id, t.event_id, \
     t.untold, t.report, t.type";

const JOBS: &str = "o.id, t.id, t.spec, t.status, t.total, t.processed, t.created, t.created_at, \
     t.updated_at";

const CONSUMERS: &str = "o.id, t.id, t.email, t.phone, t.full_name, t.external_id, t.metadata, \
     t.source, t.created_at, t.updated_at, t.change, t.email_folded, t.email_bounced_at, \
     t.email_complained_at, t.email_opted_out_at, t.sms_opted_out_at";

const PRODUCTS: &str = "o.id, t.id, t.name, t.url, t.metadata, t.created_at, t.updated_at";

const EXPERIENCES: &str = "o.id, t.id, t.name, t.slug, t.status, t.open_at, t.close_at, \
     t.time_zone, t.created_by, t.metadata, t.activated_at, t.ended_at, t.created_at, \
     t.updated_at, t.next_at, \
     unhex(coalesce((SELECT group_concat(hex(p.product), '' ORDER BY p.position) \
         FROM experience_products p \
         WHERE p.organization = t.organization AND p.experience = t.id), ''))";

const DISTRIBUTIONS: &str = "o.id, t.id, t.experience, t.product, t.name, t.kind, t.status, \
     t.open_at, t.close_at, t.capacity, t.metadata, t.joined, t.wake_at, t.created_at, \
     t.updated_at, t.grant_expires_after, t.admission_rate, t.granted_to, t.winner_count, \
     t.draw_at, t.replace_expired, t.seed, t.drawn_at, t.finished_at, t.selected, t.entrants, \
     t.currency, t.starting_price, t.reserve_price, t.minimum_increment, t.settle_at, \
     t.auto_extend_seconds, t.bid_count, t.highest_id, t.highest_consumer, t.highest_amount, \
     t.highest_number, t.highest_at, t.next_at";

const PARTICIPANTS: &str = "o.id, d.id, t.place & 4294967295, t.consumer, t.status, t.rank, \
     t.joined_at, t.granted_at, t.expires_at, t.ended_at, t.is_backfill, t.order_id, t.amount, \
     t.updated_at, t.change";

const BIDS: &str = "o.id, d.id, t.place & 4294967295, t.id, t.consumer, t.amount, t.placed_at";

const ORDERS: &str = "o.id, t.id, t.external_order_id, t.consumer, t.distribution, t.experience, \
     t.product, t.status, t.total_amount, t.currency, t.metadata, t.paid_at, t.payment_provider, \
     t.payment_reference, t.carrier, t.tracking_number, t.tracking_url, t.fulfilled_at, \
     t.cancelled_at, t.cancel_reason, t.created_at, t.updated_at, t.change";

const CONNECTIONS: &str = "o.id, t.id, t.provider, t.name, t.account, t.public_url, t.livemode, \
     t.secret, t.previous_secret, t.previous_until, t.created_at, t.updated_at";

const INBOUND_MESSAGES: &str = "o.id, t.id, t.connection, t.provider, t.message_key, t.kind, \
     t.content, t.body, t.received_at, t.status, t.note, t.attempts, t.due_at, t.handled_at";

const SENT_MESSAGES: &str = "o.id, t.provider, t.message_id, t.state, t.rank, t.error, t.at";

const PLANS: &str = "o.id, t.subscription, t.price, t.status, t.period_end, t.ends_with_period, \
     t.event_at";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{connection::plan_once, ids, schema};
    use fanfare_model::Timestamp;
    use rusqlite::Connection;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        plan_once(&connection).unwrap();
        schema::migrate(&connection, Timestamp::from_millis(0)).unwrap();
        connection
    }

    /// Otherwise each portion would sort the whole table.
    #[test]
    fn every_kind_is_read_in_the_order_of_its_file() {
        let connection = database();
        for kind in KINDS {
            let table = Table::of(kind).unwrap();
            for after in [false, true] {
                let plan = format!("EXPLAIN QUERY PLAN {}", table.sql(after));
                let mut plan = connection.prepare(&plan).unwrap();
                let place = [1, 1, 1][..table.place.len()].iter();
                let place = rusqlite::params_from_iter(place.take(if after { 3 } else { 0 }));
                let steps = plan.query_map(place, |row| row.get::<_, String>(3)).unwrap();
                let steps: Vec<_> = steps.map(Result::unwrap).collect();
                let first = &steps[0];
                assert!(
                    !steps.concat().contains("TEMP B-TREE FOR ORDER BY"),
                    "{}: {steps:?}",
                    kind.name
                );
                assert_eq!(first.starts_with("SEARCH t "), after, "{}: {steps:?}", kind.name);
            }
        }
    }

    #[test]
    fn the_ids_of_deliveries_are_those_that_customers_know() {
        let connection = database();
        let at = Timestamp::from_millis(1_718_897_400_123);
        let sql = DELIVERIES.split(", ").skip(1).take(4).collect::<Vec<_>>().join(", ");
        let sql = sql.rsplit_once(",").map_or(&*sql, |(id, _)| id);
        for seq in [0, 1, 2, 255, 1 << 20, (1 << 48) - 1] {
            let id: [u8; 16] = connection
                .query_row(
                    &format!("SELECT {sql} FROM (SELECT ?1 AS seq, ?2 AS created_at) t"),
                    (seq, at.as_millis()),
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(id, ids::delivery_id(seq, at).to_bytes(), "{seq}");
        }
    }
}
