//! What providers told: where sent messages stand, and plans.

use fanfare_model::inbound::{Plan, PlanStatus, Provider, SentMessage, SentState};
use fanfare_model::{OrganizationId, Timestamp};
use rusqlite::{Connection, params};

use crate::fault::Fault;
use crate::writer::Tx;

fn unknown() -> Fault {
    Fault::corrupt("what a provider told holds an unknown code")
}

pub(crate) fn move_sent(
    tx: &mut Tx<'_, '_>,
    organization: OrganizationId,
    message: &SentMessage,
) -> Result<bool, Fault> {
    let organization = tx.tenant_key(organization)?;
    let written = tx
        .connection
        .prepare_cached(
            "INSERT INTO sent_messages \
             (organization, provider, message_id, state, rank, error, at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT (organization, provider, message_id) DO UPDATE SET \
             state = excluded.state, rank = excluded.rank, error = excluded.error, \
             at = excluded.at WHERE sent_messages.rank < excluded.rank",
        )?
        .execute(params![
            organization,
            message.provider.code(),
            message.id,
            message.state.code(),
            message.state.rank(),
            message.error,
            message.at.as_millis(),
        ])?;
    Ok(written == 1)
}

pub(crate) const SENT: &str = "SELECT state, error, at FROM sent_messages \
     WHERE organization = ?1 AND provider = ?2 AND message_id = ?3";

pub(crate) fn sent(
    connection: &Connection,
    organization: i64,
    provider: Provider,
    id: String,
) -> Result<Option<SentMessage>, Fault> {
    let mut find = connection.prepare_cached(SENT)?;
    let mut rows = find.query(params![organization, provider.code(), id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(SentMessage {
        provider,
        state: SentState::from_code(row.get(0)?).ok_or_else(unknown)?,
        error: row.get(1)?,
        at: Timestamp::from_millis(row.get(2)?),
        id,
    }))
}

pub(crate) fn put_plan(
    tx: &mut Tx<'_, '_>,
    organization: OrganizationId,
    plan: &Plan,
) -> Result<bool, Fault> {
    let organization = tx.tenant_key(organization)?;
    let written = tx
        .connection
        .prepare_cached(
            "INSERT INTO plans VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT (organization) DO UPDATE SET subscription = excluded.subscription, \
             price = excluded.price, status = excluded.status, period_end = excluded.period_end, \
             ends_with_period = excluded.ends_with_period, event_at = excluded.event_at \
             WHERE plans.event_at < excluded.event_at \
             OR (plans.event_at = excluded.event_at AND plans.status <> ?8)",
        )?
        .execute(params![
            organization,
            plan.subscription,
            plan.price,
            plan.status.code(),
            plan.period_end.map(Timestamp::as_millis),
            plan.ends_with_period,
            plan.event_at.as_millis(),
            PlanStatus::Canceled.code(),
        ])?;
    Ok(written == 1)
}

pub(crate) fn plan(connection: &Connection, organization: i64) -> Result<Option<Plan>, Fault> {
    let mut find = connection.prepare_cached(
        "SELECT subscription, price, status, period_end, ends_with_period, event_at \
         FROM plans WHERE organization = ?1",
    )?;
    let mut rows = find.query([organization])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Plan {
        subscription: row.get(0)?,
        price: row.get(1)?,
        status: PlanStatus::from_code(row.get(2)?).ok_or_else(unknown)?,
        period_end: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis),
        ends_with_period: row.get(4)?,
        event_at: Timestamp::from_millis(row.get(5)?),
    }))
}
