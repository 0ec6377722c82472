//! Webhooks as rows.

use std::sync::Arc;

use fanfare_model::{
    DisabledReason, EventSelection, OrganizationId, Timestamp, WebhookChannel, WebhookId,
    WebhookStatus,
};
use fanfare_store::{CustomHeader, PreviousSecret, Sealed, Webhook};
use rusqlite::{Connection, Row, named_params};

use crate::fault::Fault;
use crate::state::State;

/// The columns [`read`] takes, of `webhooks w` joined with `organizations o`.
pub(crate) const COLUMNS: &str = "w.key, w.id, o.id AS organization_id, w.status, \
     w.disabled_reason, w.created_at, w.updated_at, w.status_changed_at, w.failing_since, \
     w.version, w.url, w.description, w.events, w.headers, w.max_in_flight, w.rate_limit, \
     w.secret, w.previous_secret, w.previous_until, w.previous_signs, w.channel";

/// Puts every webhook that is not deleted into the state.
pub(crate) fn load_all(connection: &Connection, state: &mut State) -> Result<(), Fault> {
    let mut webhooks = connection.prepare(&format!(
        "SELECT {COLUMNS} FROM webhooks w JOIN organizations o ON o.key = w.organization \
         WHERE w.deleted_at IS NULL"
    ))?;
    let mut rows = webhooks.query([])?;
    while let Some(row) = rows.next()? {
        let (key, webhook) = read(row)?;
        state.set_webhook(webhook.organization_id, webhook.id, key, Some(Arc::new(webhook)));
    }
    Ok(())
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> Result<(u32, Webhook), Fault> {
    let at = |ms: i64| Timestamp::from_millis(ms);
    let status: u8 = row.get("status")?;
    let reason: Option<u8> = row.get("disabled_reason")?;
    let previous: Option<Vec<u8>> = row.get("previous_secret")?;
    let previous_secret = match previous {
        Some(secret) => Some(PreviousSecret {
            secret: Sealed(secret),
            until: at(row.get("previous_until")?),
            signs_fanfare: row.get("previous_signs")?,
        }),
        None => None,
    };
    let webhook = Webhook {
        id: WebhookId::from_bytes(row.get("id")?),
        organization_id: OrganizationId::from_bytes(row.get("organization_id")?),
        channel: WebhookChannel::from_code(row.get("channel")?)
            .ok_or_else(|| damaged("unknown channel"))?,
        url: row.get("url")?,
        description: row.get("description")?,
        events: events(row.get_ref("events")?.as_str().map_err(damaged)?)?,
        headers: headers(row.get_ref("headers")?.as_str().map_err(damaged)?)?,
        max_in_flight: row.get("max_in_flight")?,
        rate_limit: row.get("rate_limit")?,
        secret: Sealed(row.get("secret")?),
        previous_secret,
        status: WebhookStatus::from_code(status).ok_or_else(|| damaged("unknown status"))?,
        disabled_reason: reason
            .map(|code| DisabledReason::from_code(code).ok_or_else(|| damaged("unknown reason")))
            .transpose()?,
        status_changed_at: at(row.get("status_changed_at")?),
        failing_since: row.get::<_, Option<i64>>("failing_since")?.map(at),
        created_at: at(row.get("created_at")?),
        updated_at: at(row.get("updated_at")?),
        version: row.get("version")?,
    };
    Ok((row.get("key")?, webhook))
}

fn damaged(what: impl std::fmt::Display) -> Fault {
    Fault::corrupt(format!("a webhook's row: {what}"))
}

fn events(text: &str) -> Result<EventSelection, Fault> {
    serde_json::from_str(text).map_err(damaged)
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

/// Writes a new webhook; gives its key.
pub(crate) fn insert(
    connection: &Connection,
    organization: i64,
    webhook: &Webhook,
) -> Result<u32, Fault> {
    connection
        .prepare_cached(
            "INSERT INTO webhooks (organization, id, created_at, status, updated_at, \
             status_changed_at, version, url, events, headers, max_in_flight, secret, channel) \
             VALUES (?1, ?2, ?3, 0, 0, 0, 0, '', '', '', 0, x'', ?4)",
        )?
        .execute((
            organization,
            webhook.id.to_bytes(),
            webhook.created_at.as_millis(),
            webhook.channel.code(),
        ))?;
    let key = u32::try_from(connection.last_insert_rowid())
        .map_err(|_| Fault::failed("there are too many webhooks"))?;
    update(connection, key, webhook)?;
    insert_version(connection, key, webhook)?;
    Ok(key)
}

/// Writes everything of a webhook that can change.
pub(crate) fn update(connection: &Connection, key: u32, webhook: &Webhook) -> Result<(), Fault> {
    let previous = webhook.previous_secret.as_ref();
    let events = serde_json::to_string(&webhook.events).map_err(damaged)?;
    connection
        .prepare_cached(
            "UPDATE webhooks SET status = :status, disabled_reason = :reason, \
             updated_at = :updated_at, status_changed_at = :status_changed_at, \
             failing_since = :failing_since, version = :version, url = :url, \
             description = :description, events = :events, headers = :headers, \
             max_in_flight = :max_in_flight, rate_limit = :rate_limit, secret = :secret, \
             previous_secret = :previous_secret, previous_until = :previous_until, \
             previous_signs = :previous_signs WHERE key = :key",
        )?
        .execute(named_params! {
            ":status": webhook.status.code(),
            ":reason": webhook.disabled_reason.map(DisabledReason::code),
            ":updated_at": webhook.updated_at.as_millis(),
            ":status_changed_at": webhook.status_changed_at.as_millis(),
            ":failing_since": webhook.failing_since.map(Timestamp::as_millis),
            ":version": webhook.version,
            ":url": webhook.url,
            ":description": webhook.description,
            ":events": events,
            ":headers": headers_text(&webhook.headers)?,
            ":max_in_flight": webhook.max_in_flight,
            ":rate_limit": webhook.rate_limit,
            ":secret": webhook.secret.0,
            ":previous_secret": previous.map(|previous| &previous.secret.0),
            ":previous_until": previous.map(|previous| previous.until.as_millis()),
            ":previous_signs": previous.map(|previous| previous.signs_fanfare),
            ":key": key,
        })?;
    Ok(())
}

/// Keeps what this version's requests are made from.
pub(crate) fn insert_version(
    connection: &Connection,
    key: u32,
    webhook: &Webhook,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO webhook_versions (webhook, version, url, headers) \
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((key, webhook.version, &webhook.url, headers_text(&webhook.headers)?))?;
    Ok(())
}
