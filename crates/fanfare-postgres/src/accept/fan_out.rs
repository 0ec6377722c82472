//! The statement that writes events with their deliveries, and what follows from what it made.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use fanfare_model::{
    DeliveryOrigin, EventId, EventType, OrganizationId, Timestamp, WebhookId, limits,
};
use fanfare_store::{Accept, EventSource, Figure, LeaseToken, Leased, NewEvent};
use uuid::Uuid;

use crate::PostgresStore;
use crate::event_row::source_code;
use crate::fault::Fault;
use crate::idempotency::consumers_in;
use crate::ids::{day_at, day_of, id, uuid};
use crate::session::Session;

/// `$1…$11`, `$30`: the events. `$12…$18`: the keys. Then what all have in common.
///
/// A delivery's id is a UUIDv7 of its creation; see [`PostgresStore::id_bits`] for its other bits.
const WRITE: &str = "
WITH keys AS (
    INSERT INTO idempotency AS i
        (organization_id, key, fingerprint, at, status, body, consumers)
    SELECT k.organization_id, k.key, k.fingerprint, k.at, k.status, k.body,
           string_to_array(k.consumers, ',')::uuid[]
    FROM unnest($12::uuid[], $13::text[], $14::bytea[], $15::bigint[], $16::smallint[],
                $17::bytea[], $18::text[])
         AS k (organization_id, key, fingerprint, at, status, body, consumers)
    ON CONFLICT (organization_id, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, at = excluded.at, status = excluded.status,
            body = excluded.body, consumers = excluded.consumers
        WHERE i.at + CASE WHEN i.status IS NULL THEN $19::bigint ELSE $20::bigint END
              <= excluded.at
    RETURNING i.organization_id, i.key
), incoming AS (
    SELECT e.* FROM unnest($1::bigint[], $2::uuid[], $3::integer[], $4::uuid[], $5::smallint[],
                           $6::smallint[], $7::bigint[], $8::uuid[], $9::text[], $10::bytea[],
                           $11::text[], $30::uuid[])
         AS e (number, organization_id, day, id, type, source, at, aimed, person, body, key, spared)
    WHERE e.key IS NULL
       OR EXISTS (SELECT 1 FROM keys k
                  WHERE k.organization_id = e.organization_id AND k.key = e.key)
), made AS (
    SELECT e.number, e.organization_id, e.day AS event_day, e.id AS event_id, e.type, e.source,
           e.at, w.id AS webhook_id, w.version,
           (w.status IN (0, 2) OR e.aimed IS NOT NULL) AND w.id <> ALL (
               CASE WHEN ($29::integer >> e.type) & 1 = 1 THEN $28::uuid[] ELSE $21::uuid[] END) AS leased,
           greatest(e.at, ('x' || left(e.id::text, 8) || substr(e.id::text, 10, 4))::bit(48)::bigint)
               AS ms,
           row_number() OVER (ORDER BY e.number, w.id) AS place
    FROM incoming e JOIN webhooks w ON w.organization_id = e.organization_id
    WHERE w.deleted_at IS NULL
      AND CASE WHEN e.aimed IS NULL THEN w.status <> 3 AND (w.types >> e.type) & 1 = 1
                    AND w.id IS DISTINCT FROM e.spared
               ELSE w.id = e.aimed END
), named AS (
    SELECT *, (ms / 86400000)::integer AS day,
           encode(int8send((ms << 16) | $22::bigint) || int8send($23::bigint | (place << 40)),
                  'hex')::uuid AS id
    FROM made
), new_events AS (
    INSERT INTO events (organization_id, day, id, type, source, accepted_at, fanout, person, body,
                        feed_tx)
    SELECT e.organization_id, e.day, e.id, e.type, e.source, e.at, coalesce(m.fanout, 0),
           e.person, e.body,
           CASE WHEN e.source = 0 AND (SELECT true FROM feed_groups g
                                       WHERE g.organization_id = e.organization_id LIMIT 1)
                THEN pg_current_xact_id() END
    FROM incoming e LEFT JOIN (SELECT number, count(*) AS fanout FROM made GROUP BY number) m
         USING (number)
), new_deliveries AS (
    INSERT INTO deliveries (organization_id, day, id, event_day, event_id, webhook_id, type,
                            origin, status, created_at, due_at, attempts)
    SELECT organization_id, day, id, event_day, event_id, webhook_id, type,
           CASE source WHEN 1 THEN $24::smallint ELSE $25::smallint END, 0, at, at, 0
    FROM named ORDER BY place
), new_waiting AS (
    INSERT INTO waiting (organization_id, delivery_id, day, webhook_id, event_day, event_id,
                         due_at, claim_at, lease, attempts)
    SELECT organization_id, id, day, webhook_id, event_day, event_id, at,
           CASE WHEN leased THEN at + $26::bigint ELSE at END,
           CASE WHEN leased THEN $27::bigint ELSE 0 END, 0
    FROM named ORDER BY place
)
SELECT number, id, webhook_id, version, leased, NULL::text AS key, organization_id, ms
FROM named
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, key, organization_id, NULL FROM keys";

/// Rows to write, column by column.
#[derive(Default)]
pub(crate) struct NewRows {
    events: Vec<EventRow>,
    keys: Vec<KeyRow>,
}

struct EventRow {
    organization: OrganizationId,
    id: EventId,
    event_type: EventType,
    source: EventSource,
    at: Timestamp,
    only: Option<WebhookId>,
    except: Option<WebhookId>,
    person: Option<Box<str>>,
    body: Bytes,
    key: Option<String>,
    /// The call whose key it came with.
    call: Option<usize>,
}

struct KeyRow {
    /// Which call's.
    call: usize,
    organization: Uuid,
    key: String,
    fingerprint: [u8; 32],
    at: i64,
    status: i16,
    body: Bytes,
    consumers: Option<String>,
}

impl NewRows {
    /// Everything of one call.
    pub(super) fn push_call(&mut self, call: usize, accept: &Accept) {
        for event in &accept.events {
            let (organization, at) = (accept.organization_id, accept.at);
            self.push(organization, event, at, accept.source, accept.only);
            if let Some(row) = self.events.last_mut() {
                row.except = accept.except;
            }
            if let (Some((key, _)), Some(row)) = (&accept.idempotency, self.events.last_mut()) {
                row.key = Some(key.key.clone());
                row.call = Some(call);
            }
        }
        if let Some((key, response)) = &accept.idempotency {
            self.keys.push(KeyRow {
                call,
                organization: uuid(key.organization_id),
                key: key.key.clone(),
                fingerprint: key.fingerprint,
                at: accept.at.as_millis(),
                status: response.status.cast_signed(),
                body: response.body.clone(),
                consumers: consumers_in(&response.body),
            });
        }
    }

    /// One event.
    pub(crate) fn push(
        &mut self,
        organization: OrganizationId,
        event: &NewEvent,
        at: Timestamp,
        source: EventSource,
        only: Option<WebhookId>,
    ) {
        self.events.push(EventRow {
            organization,
            id: event.id,
            event_type: event.event_type,
            source,
            at,
            only,
            except: None,
            person: event.person.clone(),
            body: event.body.clone(),
            key: None,
            call: None,
        });
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.keys.is_empty()
    }

    /// The days of the events, and of deliveries that are made of them.
    fn days(&self) -> impl Iterator<Item = i32> {
        self.events.iter().flat_map(|event| {
            let own = event.id.unix_ms();
            [day_at(own), day_at(own.max(event.at.as_millis()))]
        })
    }

    fn column<T>(&self, of: impl Fn(&EventRow) -> T) -> Vec<T> {
        self.events.iter().map(of).collect()
    }

    fn keys<'r, T>(&'r self, of: impl Fn(&'r KeyRow) -> T) -> Vec<T> {
        self.keys.iter().map(of).collect()
    }
}

/// What the statement made.
pub(crate) struct Made {
    /// How many deliveries each event got, in the order of the rows.
    pub(super) fanouts: Vec<u32>,
    /// The calls whose keys were written.
    pub(super) keyed: HashSet<usize>,
    deliveries: Vec<NewDelivery>,
    lease: i64,
}

struct NewDelivery {
    event: usize,
    id: Uuid,
    webhook: WebhookId,
    version: u32,
    leased: bool,
}

fn ms(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A bit for each type that room is kept for.
fn prior() -> i32 {
    let prior = EventType::ALL.into_iter().filter(|each| each.class().is_prior());
    prior.fold(0, |mask, each| mask | 1 << each.index())
}

/// Writes rows, inside a transaction or as one of its own.
pub(crate) async fn write(
    store: &PostgresStore,
    session: &Session,
    rows: &NewRows,
) -> Result<Made, Fault> {
    let lease = store.next_lease();
    let [full_of_prior, full] = store.full_webhooks();
    let (head, tail) = store.id_bits();
    let found = session
        .query(
            WRITE,
            &[
                &(0..rows.events.len() as i64).collect::<Vec<_>>(),
                &rows.column(|event| uuid(event.organization)),
                &rows.column(|event| day_of(event.id)),
                &rows.column(|event| uuid(event.id)),
                &rows.column(|event| i16::from(event.event_type.index())),
                &rows.column(|event| source_code(event.source)),
                &rows.column(|event| event.at.as_millis()),
                &rows.column(|event| event.only.map(uuid)),
                &rows.column(|event| event.person.clone().map(String::from)),
                &rows.events.iter().map(|event| &event.body[..]).collect::<Vec<_>>(),
                &rows.column(|event| event.key.clone()),
                &rows.keys(|key| key.organization),
                &rows.keys(|key| key.key.as_str()),
                &rows.keys(|key| &key.fingerprint[..]),
                &rows.keys(|key| key.at),
                &rows.keys(|key| key.status),
                &rows.keys(|key| &key.body[..]),
                &rows.keys(|key| key.consumers.as_deref()),
                &ms(limits::IDEMPOTENCY_HOLD),
                &ms(limits::IDEMPOTENCY_RETENTION),
                &full,
                &head,
                &tail,
                &i16::from(DeliveryOrigin::Test.code()),
                &i16::from(DeliveryOrigin::Fanout.code()),
                &ms(store.options.lease),
                &lease,
                &full_of_prior,
                &prior(),
                &rows.column(|event| event.except.map(uuid)),
            ],
        )
        .await
        .map_err(|fault| fault.of_days(rows.days()))?;
    let mut made = Made {
        fanouts: vec![0; rows.events.len()],
        keyed: HashSet::new(),
        deliveries: Vec::with_capacity(found.len()),
        lease,
    };
    let calls: HashMap<_, _> =
        rows.keys.iter().map(|key| ((key.organization, key.key.as_str()), key.call)).collect();
    for row in &found {
        if let Some(key) = row.get::<_, Option<&str>>("key") {
            made.keyed.extend(calls.get(&(row.get("organization_id"), key)));
            continue;
        }
        let event = usize::try_from(row.get::<_, i64>("number")).unwrap_or(usize::MAX);
        if let Some(fanout) = made.fanouts.get_mut(event) {
            *fanout += 1;
        }
        made.deliveries.push(NewDelivery {
            event,
            id: row.get("id"),
            webhook: id(row.get("webhook_id")),
            version: row.get::<_, i32>("version").cast_unsigned(),
            leased: row.get("leased"),
        });
    }
    Ok(made)
}

impl PostgresStore {
    /// Counts the events that were accepted and the deliveries that were made.
    fn count(&self, rows: &NewRows, made: &Made) {
        for event in &rows.events {
            if event.call.is_none_or(|call| made.keyed.contains(&call)) {
                let figure = Figure::accepted(event.at, event.source, event.event_type);
                self.figures.add_accepted(event.organization, &figure);
            }
        }
        for delivery in &made.deliveries {
            if let Some(event) = rows.events.get(delivery.event) {
                self.figures.add(event.organization, delivery.webhook, &Figure::made(event.at));
            }
        }
    }

    /// After the commit: counts, gives the engine what it has room for, and back what it has not.
    pub(crate) async fn hand_over(
        &self,
        session: &Session,
        rows: &NewRows,
        made: Made,
    ) -> Result<(), Fault> {
        self.count(rows, &made);
        let wanted = made.deliveries.iter().map(|delivery| {
            let organization = rows.events.get(delivery.event).map(|event| event.organization);
            (organization, delivery.webhook, delivery.version)
        });
        let webhooks = self.webhooks.at_versions(session, wanted).await?;
        let mut leased = Vec::with_capacity(made.deliveries.len());
        let mut left = Vec::new();
        let mut waits = false;
        for delivery in &made.deliveries {
            if !delivery.leased {
                waits = true;
                continue;
            }
            let (event, webhook) =
                (rows.events.get(delivery.event), webhooks.get(&delivery.webhook));
            let Some((event, webhook)) = event.zip(webhook) else {
                left.push(delivery.id);
                continue;
            };
            let class = event.event_type.class();
            if !self.handover.reserve(delivery.webhook, class, event.body.len()) {
                self.note_full(delivery.webhook, class);
                left.push(delivery.id);
                continue;
            }
            leased.push(Leased {
                id: id(delivery.id),
                lease: LeaseToken(made.lease.cast_unsigned()),
                lease_until: Some(event.at + self.options.lease),
                event_id: event.id,
                event_type: event.event_type,
                accepted_at: event.at,
                body: event.body.clone(),
                webhook: webhook.clone(),
                attempts: 0,
                test: event.source == EventSource::Test,
            });
        }
        if !leased.is_empty() {
            self.handover.deliver(leased);
        }
        if !left.is_empty() {
            // If this fails the leases end by themselves.
            let sql = "UPDATE waiting SET claim_at = due_at, lease = 0 \
                 WHERE delivery_id = ANY ($1) AND lease = $2";
            if let Err(fault) = session.execute(sql, &[&left, &made.lease]).await {
                tracing::warn!(%fault, deliveries = left.len(), "leases were not given back");
            }
        }
        if waits || !left.is_empty() {
            self.left_due();
        }
        Ok(())
    }
}
