//! What providers told: where sent messages stand, and plans.

use fanfare_model::OrganizationId;
use fanfare_model::inbound::{Plan, PlanStatus, Provider, SentMessage, SentState};

use super::{code, maybe_time, small, time};
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::Session;

pub(crate) async fn move_sent(
    session: &Session,
    organization: OrganizationId,
    message: &SentMessage,
) -> Result<bool, Fault> {
    let sql = "INSERT INTO sent_messages AS s \
             (organization_id, provider, message_id, state, rank, error, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (organization_id, provider, message_id) DO UPDATE SET \
             state = excluded.state, rank = excluded.rank, error = excluded.error, \
             at = excluded.at WHERE s.rank < excluded.rank";
    let written = session
        .execute(
            sql,
            &[
                &uuid(organization),
                &small(message.provider.code()),
                &message.id,
                &small(message.state.code()),
                &small(message.state.rank()),
                &message.error,
                &message.at.as_millis(),
            ],
        )
        .await?;
    Ok(written == 1)
}

pub(crate) async fn sent(
    session: &Session,
    organization: OrganizationId,
    provider: Provider,
    id: String,
) -> Result<Option<SentMessage>, Fault> {
    let sql = "SELECT state, error, at FROM sent_messages \
         WHERE organization_id = $1 AND provider = $2 AND message_id = $3";
    let found = session.find(sql, &[&uuid(organization), &small(provider.code()), &id]).await?;
    let Some(row) = found else { return Ok(None) };
    let state = code(&row, "state", SentState::from_code)?;
    Ok(Some(SentMessage { provider, id, state, error: row.get("error"), at: time(&row, "at") }))
}

pub(crate) async fn put_plan(
    session: &Session,
    organization: OrganizationId,
    plan: &Plan,
) -> Result<bool, Fault> {
    let sql = "INSERT INTO plans AS p (organization_id, subscription, price, status, period_end, \
             ends_with_period, event_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (organization_id) DO UPDATE SET subscription = excluded.subscription, \
             price = excluded.price, status = excluded.status, \
             period_end = excluded.period_end, ends_with_period = excluded.ends_with_period, \
             event_at = excluded.event_at \
         WHERE p.event_at < excluded.event_at \
             OR (p.event_at = excluded.event_at AND p.status <> $8)";
    let written = session
        .execute(
            sql,
            &[
                &uuid(organization),
                &plan.subscription,
                &plan.price,
                &small(plan.status.code()),
                &plan.period_end.map(|at| at.as_millis()),
                &plan.ends_with_period,
                &plan.event_at.as_millis(),
                &small(PlanStatus::Canceled.code()),
            ],
        )
        .await?;
    Ok(written == 1)
}

pub(crate) async fn plan(
    session: &Session,
    organization: OrganizationId,
) -> Result<Option<Plan>, Fault> {
    let sql = "SELECT subscription, price, status, period_end, ends_with_period, event_at \
         FROM plans WHERE organization_id = $1";
    let Some(row) = session.find(sql, &[&uuid(organization)]).await? else { return Ok(None) };
    Ok(Some(Plan {
        subscription: row.get("subscription"),
        price: row.get("price"),
        status: code(&row, "status", PlanStatus::from_code)?,
        period_end: maybe_time(&row, "period_end"),
        ends_with_period: row.get("ends_with_period"),
        event_at: time(&row, "event_at"),
    }))
}
