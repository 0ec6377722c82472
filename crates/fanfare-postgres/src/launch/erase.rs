//! Erasing a person.
//!
//! Requests and deliveries go on meanwhile, on every node; none of them brings the person back.
//! - A delivery that is under way may have the old body. Its queue row is marked with the lease it is
//!   under (`waiting.muted`), and what is recorded under this lease keeps no answer. Both lock the
//!   row: a result that came before is found here, one that comes after finds the mark.
//! - A request that began before may still have its answer kept. The consumer is remembered for
//!   [`LATE`]; keeping an answer looks there. A lock that keeping
//!   an answer shares, and erasing does not, puts one before the other.

use fanfare_model::ConsumerId;
use fanfare_store::erasure;
use uuid::Uuid;

use super::book::Tx;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::pieces;

/// Events that are erased with one statement.
const EVENTS: i64 = 200;
/// How long an answer to a request that began before an erasure may take to be kept.
const LATE: &str = "1 hour";

impl Tx<'_> {
    /// See [`fanfare_store::LaunchTx::erase_consumer`].
    pub(super) async fn erase_consumer(&mut self, id: ConsumerId) -> Result<(), Fault> {
        // What the same transaction emitted before must be found as well.
        self.write_events().await?;
        self.erase_messages(id).await?;
        self.delete_consumer(id).await?;
        self.erased_in.insert("consumers".to_owned());
        loop {
            let events = self.erase_bodies(id).await?;
            if events.is_empty() {
                break;
            }
            self.mute(&events).await?;
            self.erase_answers(&events).await?;
        }
        self.erase_kept_answers(id).await
    }

    /// Takes the bodies of kept messages of providers that name the person.
    async fn erase_messages(&mut self, id: ConsumerId) -> Result<(), Fault> {
        let Some(person) = self.consumer(id).await? else { return Ok(()) };
        let sql = "UPDATE inbound_messages SET body = '' \
             WHERE organization_id = $1 AND status IN (0, 3) \
             AND (position(convert_to($2, 'UTF8') IN body) > 0 \
                  OR position($2 IN lower(encode(body, 'escape'))) > 0)";
        for trace in erasure::traces(&person) {
            if self.session.execute(sql, &[&uuid(self.organization), &trace]).await? > 0 {
                self.erased_in.insert("inbound_messages".to_owned());
            }
        }
        Ok(())
    }

    /// Takes the person out of some events that name it; gives which.
    async fn erase_bodies(&mut self, id: ConsumerId) -> Result<Vec<Uuid>, Fault> {
        let organization = uuid(self.organization);
        let naming = "SELECT day, id, body FROM events \
             WHERE organization_id = $1 AND person = $2 AND NOT erased LIMIT $3 FOR UPDATE";
        let rows = self.session.query(naming, &[&organization, &id.to_string(), &EVENTS]).await?;
        let days: Vec<i32> = rows.iter().map(|row| row.get("day")).collect();
        let ids: Vec<Uuid> = rows.iter().map(|row| row.get("id")).collect();
        let bodies = rows.iter().map(|row| erasure::without_person(row.get("body")));
        let bodies = bodies
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Fault::corrupt(format!("an event's body: {error}")))?;
        if !ids.is_empty() {
            let sql = "UPDATE events e SET body = u.body, erased = true \
                 FROM unnest($2::integer[], $3::uuid[], $4::bytea[]) AS u (day, id, body) \
                 WHERE e.organization_id = $1 AND e.day = u.day AND e.id = u.id";
            self.session.execute(sql, &[&organization, &days, &ids, &bodies]).await?;
        }
        self.erased_in.extend(days.iter().map(|day| pieces::name("events", *day)));
        Ok(ids)
    }

    /// What is answered to deliveries that are under way is not kept.
    async fn mute(&self, events: &[Uuid]) -> Result<(), Fault> {
        let sql = "UPDATE waiting w SET muted = w.lease FROM deliveries d \
             WHERE d.organization_id = $1 AND d.event_id = ANY ($2) \
               AND w.organization_id = $1 AND w.delivery_id = d.id";
        self.session.execute(sql, &[&uuid(self.organization), &events]).await.map(drop)
    }

    /// Empties what receivers answered to events.
    async fn erase_answers(&mut self, events: &[Uuid]) -> Result<(), Fault> {
        let latest = "UPDATE deliveries SET response = '', truncated = false \
             WHERE organization_id = $1 AND event_id = ANY ($2) AND attempts > 0 RETURNING day";
        let earlier = "UPDATE attempts a SET response = '', truncated = false FROM deliveries d \
             WHERE d.organization_id = $1 AND d.event_id = ANY ($2) \
               AND a.organization_id = $1 AND a.day = d.day AND a.delivery_id = d.id \
             RETURNING a.day";
        for (table, sql) in [("deliveries", latest), ("attempts", earlier)] {
            for row in self.session.query(sql, &[&uuid(self.organization), &events]).await? {
                self.erased_in.insert(pieces::name(table, row.get("day")));
            }
        }
        Ok(())
    }

    /// Replaces what kept answers say of a consumer, and remembers it for those that come late.
    async fn erase_kept_answers(&mut self, id: ConsumerId) -> Result<(), Fault> {
        let organization = uuid(self.organization);
        let lock = "SELECT pg_advisory_xact_lock(hashtext('erasing'), hashtext($1))";
        self.session.query(lock, &[&organization.to_string()]).await?;
        let forget = format!(
            "DELETE FROM erased_consumers \
             WHERE organization_id = $1 AND erased_at < now() - interval '{LATE}'"
        );
        self.session.execute(&forget, &[&organization]).await?;
        let remember = "INSERT INTO erased_consumers (organization_id, consumer_id) \
             VALUES ($1, $2) ON CONFLICT (organization_id, consumer_id) \
             DO UPDATE SET erased_at = now()";
        self.session.execute(remember, &[&organization, &uuid(id)]).await?;
        // In forms that the row-level security lets indexes be used for.
        let kept = "UPDATE idempotency SET body = $3, consumers = ARRAY[$2::uuid] \
             WHERE organization_id = $1 AND key IN (
                 SELECT key FROM idempotency WHERE organization_id = $1 AND consumers[1] = $2
                 UNION ALL
                 SELECT key FROM idempotency
                 WHERE organization_id = $1 AND consumers[2] IS NOT NULL AND $2 = ANY (consumers)
             )";
        let answer = erasure::erased_answer(id);
        if self.session.execute(kept, &[&organization, &uuid(id), &answer]).await? > 0 {
            self.erased_in.insert("idempotency".to_owned());
        }
        Ok(())
    }
}
