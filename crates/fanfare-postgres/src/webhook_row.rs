//! Webhooks as rows.

use fanfare_model::{DisabledReason, EventSelection, Timestamp, WebhookChannel, WebhookStatus};
use fanfare_store::{CustomHeader, PreviousSecret, Sealed, Webhook};
use tokio_postgres::Row;

use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::session::Session;

/// The columns [`webhook`] takes, of `webhooks`.
pub(crate) const COLUMNS: &str = "id, organization_id, status, disabled_reason, created_at, \
     updated_at, status_changed_at, failing_since, version, url, description, events, headers, \
     max_in_flight, rate_limit, secret, previous_secret, previous_until, previous_signs, channel";

/// Reads a row of [`COLUMNS`].
pub(crate) fn webhook(row: &Row) -> Result<Webhook, Fault> {
    let at = |column| Timestamp::from_millis(row.get(column));
    let maybe_at = |column| row.get::<_, Option<i64>>(column).map(Timestamp::from_millis);
    let code = |code: i16| u8::try_from(code).unwrap_or(u8::MAX);
    let previous: Option<Vec<u8>> = row.get("previous_secret");
    let previous_secret = previous.map(|secret| PreviousSecret {
        secret: Sealed(secret),
        until: at("previous_until"),
        signs_fanfare: row.get("previous_signs"),
    });
    let reason: Option<i16> = row.get("disabled_reason");
    let rate: Option<i64> = row.get("rate_limit");
    Ok(Webhook {
        id: id(row.get("id")),
        organization_id: id(row.get("organization_id")),
        channel: WebhookChannel::from_code(code(row.get("channel")))
            .ok_or_else(|| damaged("unknown channel"))?,
        url: row.get("url"),
        description: row.get("description"),
        events: serde_json::from_str::<EventSelection>(row.get("events")).map_err(damaged)?,
        headers: headers(row.get("headers"))?,
        max_in_flight: u16::try_from(row.get::<_, i32>("max_in_flight")).map_err(damaged)?,
        rate_limit: rate.map(u32::try_from).transpose().map_err(damaged)?,
        secret: Sealed(row.get("secret")),
        previous_secret,
        status: WebhookStatus::from_code(code(row.get("status")))
            .ok_or_else(|| damaged("unknown status"))?,
        disabled_reason: reason
            .map(|reason| {
                DisabledReason::from_code(code(reason)).ok_or_else(|| damaged("unknown reason"))
            })
            .transpose()?,
        status_changed_at: at("status_changed_at"),
        failing_since: maybe_at("failing_since"),
        created_at: at("created_at"),
        updated_at: at("updated_at"),
        version: row.get::<_, i32>("version").cast_unsigned(),
    })
}

fn damaged(what: impl std::fmt::Display) -> Fault {
    Fault::corrupt(format!("a webhook's row: {what}"))
}

/// Headers as they are stored: `[["name","value"],…]`.
pub(crate) fn headers(text: &str) -> Result<Vec<CustomHeader>, Fault> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text).map_err(damaged)?;
    Ok(pairs.into_iter().map(|(name, value)| CustomHeader { name, value }).collect())
}

fn headers_text(headers: &[CustomHeader]) -> Result<String, Fault> {
    let pairs: Vec<_> = headers.iter().map(|header| (&header.name, &header.value)).collect();
    serde_json::to_string(&pairs).map_err(damaged)
}

/// The types a selection matches; bit n is the type with index n.
fn types(events: &EventSelection) -> i64 {
    i64::from(events.types().bits())
}

/// Writes a new webhook, or everything of a known one that can change.
pub(crate) async fn put(session: &Session, webhook: &Webhook) -> Result<(), Fault> {
    let sql = "INSERT INTO webhooks (organization_id, id, status, disabled_reason, created_at, \
         updated_at, status_changed_at, failing_since, version, url, description, events, types, \
         headers, max_in_flight, rate_limit, secret, previous_secret, previous_until, \
         previous_signs, channel) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20, $21) \
         ON CONFLICT (organization_id, id) DO UPDATE SET status = $3, disabled_reason = $4, \
         updated_at = $6, status_changed_at = $7, failing_since = $8, version = $9, url = $10, \
         description = $11, events = $12, types = $13, headers = $14, max_in_flight = $15, \
         rate_limit = $16, secret = $17, previous_secret = $18, previous_until = $19, \
         previous_signs = $20, changed = pg_current_xact_id()";
    let previous = webhook.previous_secret.as_ref();
    let events = serde_json::to_string(&webhook.events).map_err(damaged)?;
    session
        .execute(
            sql,
            &[
                &uuid(webhook.organization_id),
                &uuid(webhook.id),
                &i16::from(webhook.status.code()),
                &webhook.disabled_reason.map(|reason| i16::from(reason.code())),
                &webhook.created_at.as_millis(),
                &webhook.updated_at.as_millis(),
                &webhook.status_changed_at.as_millis(),
                &webhook.failing_since.map(Timestamp::as_millis),
                &webhook.version.cast_signed(),
                &webhook.url,
                &webhook.description,
                &events,
                &types(&webhook.events),
                &headers_text(&webhook.headers)?,
                &i32::from(webhook.max_in_flight),
                &webhook.rate_limit.map(i64::from),
                &webhook.secret.0,
                &previous.map(|previous| &previous.secret.0),
                &previous.map(|previous| previous.until.as_millis()),
                &previous.map(|previous| previous.signs_fanfare),
                &i16::from(webhook.channel.code()),
            ],
        )
        .await?;
    Ok(())
}

/// Keeps what this version's requests are made from.
pub(crate) async fn put_version(session: &Session, webhook: &Webhook) -> Result<(), Fault> {
    let sql = "INSERT INTO webhook_versions (organization_id, webhook_id, version, url, headers) \
         VALUES ($1, $2, $3, $4, $5)";
    session
        .execute(
            sql,
            &[
                &uuid(webhook.organization_id),
                &uuid(webhook.id),
                &webhook.version.cast_signed(),
                &webhook.url,
                &headers_text(&webhook.headers)?,
            ],
        )
        .await?;
    Ok(())
}
