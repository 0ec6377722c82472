//! Deliveries as rows.

use fanfare_model::{
    DeliveryId, DeliveryOrigin, DeliveryStatus, ErrorClass, EventId, Timestamp, WebhookId,
};
use fanfare_store::Delivery;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::attempt;
use crate::event_row::event_type;
use crate::fault::Fault;
use crate::ids::{delivery_id, delivery_seq};

/// The columns [`read`] takes.
pub(crate) const COLUMNS: &str = "seq, event, webhook, organization, type, origin, created_at, \
     due_at, status, attempts, attempt";

/// A row of `deliveries`.
#[derive(Debug, Clone)]
pub(crate) struct DeliveryRow {
    pub(crate) seq: i64,
    pub(crate) event: i64,
    pub(crate) webhook: u32,
    pub(crate) organization: i64,
    pub(crate) event_type: u8,
    pub(crate) origin: u8,
    pub(crate) created_at: Timestamp,
    due_at: Timestamp,
    status: u8,
    attempts: u8,
    attempt: Vec<u8>,
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    Ok(DeliveryRow {
        seq: row.get(0)?,
        event: row.get(1)?,
        webhook: row.get(2)?,
        organization: row.get(3)?,
        event_type: row.get(4)?,
        origin: row.get(5)?,
        created_at: Timestamp::from_millis(row.get(6)?),
        due_at: Timestamp::from_millis(row.get(7)?),
        status: row.get(8)?,
        attempts: row.get(9)?,
        attempt: row.get(10)?,
    })
}

impl DeliveryRow {
    pub(crate) fn status(&self) -> Result<DeliveryStatus, Fault> {
        DeliveryStatus::from_code(self.status)
            .ok_or_else(|| Fault::corrupt("a delivery's status is unknown"))
    }

    pub(crate) fn status_code(&self) -> Option<u16> {
        attempt::status_code(&self.attempt)
    }

    pub(crate) fn error_class(&self) -> Option<ErrorClass> {
        attempt::error_class(&self.attempt)
    }

    /// As customers see it.
    pub(crate) fn into_delivery(
        self,
        event_id: EventId,
        webhook_id: WebhookId,
    ) -> Result<Delivery, Fault> {
        let status = self.status()?;
        let last_attempt = match self.attempts {
            0 => None,
            number => Some(attempt::decode(number, &self.attempt)?),
        };
        Ok(Delivery {
            id: delivery_id(self.seq, self.created_at),
            event_id,
            event_type: event_type(self.event_type)?,
            webhook_id,
            origin: DeliveryOrigin::from_code(self.origin)
                .ok_or_else(|| Fault::corrupt("a delivery's origin is unknown"))?,
            status,
            created_at: self.created_at,
            attempts: self.attempts,
            next_attempt_at: (status == DeliveryStatus::Pending).then_some(self.due_at),
            last_attempt,
        })
    }
}

/// The row with this public id, if it is this organization's.
pub(crate) fn find(
    connection: &Connection,
    organization: i64,
    id: DeliveryId,
) -> Result<Option<DeliveryRow>, Fault> {
    let mut find =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM deliveries WHERE seq = ?1"))?;
    let row = find.query_row([delivery_seq(id.as_u128())], read).optional()?;
    Ok(row.filter(|row| {
        row.organization == organization && delivery_id(row.seq, row.created_at) == id
    }))
}

/// The id of the event in row `seq`.
pub(crate) fn event_id(connection: &Connection, seq: i64) -> Result<EventId, Fault> {
    let mut find = connection.prepare_cached("SELECT id FROM events WHERE seq = ?1")?;
    let id = find.query_row([seq], |row| row.get(0)).optional()?;
    id.map(EventId::from_bytes).ok_or_else(|| Fault::corrupt("a delivery has no event"))
}

/// The id of the webhook with this key, deleted or not.
pub(crate) fn webhook_id(connection: &Connection, key: u32) -> Result<WebhookId, Fault> {
    let mut find = connection.prepare_cached("SELECT id FROM webhooks WHERE key = ?1")?;
    let id = find.query_row([key], |row| row.get(0)).optional()?;
    id.map(WebhookId::from_bytes).ok_or_else(|| Fault::corrupt("a delivery has no webhook"))
}

/// The key of an organization.
pub(crate) fn organization_key(
    connection: &Connection,
    id: fanfare_model::OrganizationId,
) -> Result<Option<i64>, Fault> {
    let mut find = connection.prepare_cached("SELECT key FROM organizations WHERE id = ?1")?;
    Ok(find.query_row([id.to_bytes()], |row| row.get(0)).optional()?)
}
