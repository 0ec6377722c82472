//! The pull feed.
//!
//! **Its order** is that of the transactions' numbers, and of the events' ids within one. Numbers are
//! given when transactions begin to write, and they end out of order. So a read goes no further than
//! the oldest transaction that still ran when its snapshot was taken (`pg_snapshot_xmin`): all before
//! it have ended, their rows are in the snapshot, and no later transaction gets a smaller number.
//! What is beyond is read when that transaction has ended. A transaction that writes for a long time,
//! in whichever database of the server, makes the feed late for as long; it never makes it skip.
//!
//! **What has a number** was accepted by a statement that saw a group of its organization. A group's
//! position begins at the oldest transaction that runs while it is created: a statement that begins
//! after the creation was committed sees the group, and its transaction is not older than that.

use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::{EventTypes, OrganizationId, Timestamp, limits};
use fanfare_store::{
    FeedCommit, FeedGroup, FeedGroupCreation, FeedItem, FeedLag, FeedPage, FeedPosition,
    FeedResult, FeedStore, NewFeedGroup, Sealed, StoreError,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::PostgresStore;
use crate::event_row;
use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::organization_ops::unknown;
use crate::session::{Scope, Session};
use crate::store::{read, transact};

/// Events that one read looks at when not all types are wanted.
const LOOKED_AT: usize = 1_000;

const GROUP: &str = "organization_id, name, secret, created_at, position_tx::text AS position_tx, \
     position_id, committed_at";

fn number(text: &str) -> Result<u64, Fault> {
    text.parse().map_err(|_| Fault::corrupt("a transaction's number is none"))
}

fn group(row: &Row) -> Result<FeedGroup, Fault> {
    Ok(FeedGroup {
        organization_id: id(row.get("organization_id")),
        name: row.get("name"),
        secret: Sealed(row.get("secret")),
        created_at: Timestamp::from_millis(row.get("created_at")),
        position: FeedPosition {
            commit: number(row.get("position_tx"))?,
            event: row.get::<_, Uuid>("position_id").as_u128(),
        },
        committed_at: row.get::<_, Option<i64>>("committed_at").map(Timestamp::from_millis),
    })
}

async fn create(session: &Session, new: &NewFeedGroup) -> Result<FeedGroupCreation, Fault> {
    let organization = uuid(new.organization_id);
    // The lock lets two that create at the same time count one after the other.
    let lock = "SELECT 1 FROM organizations WHERE id = $1 FOR NO KEY UPDATE";
    session.find(lock, &[&organization]).await?.ok_or_else(unknown)?;
    let count = "SELECT count(*), count(*) FILTER (WHERE name = $2) FROM feed_groups \
         WHERE organization_id = $1";
    let count = session.one(count, &[&organization, &new.name]).await?;
    if count.get::<_, i64>(1) > 0 {
        return Ok(FeedGroupCreation::Exists);
    }
    let limit = limits::FEED_GROUPS_PER_ORGANIZATION;
    if usize::try_from(count.get::<_, i64>(0)).unwrap_or(usize::MAX) >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "groups of the feed", limit }));
    }
    let insert = format!(
        "INSERT INTO feed_groups (organization_id, name, secret, created_at, position_tx, \
         position_id) VALUES ($1, $2, $3, $4, pg_snapshot_xmin(pg_current_snapshot()), $5) \
         RETURNING {GROUP}"
    );
    let at = new.created_at.as_millis();
    let row =
        session.one(&insert, &[&organization, &new.name, &new.secret.0, &at, &Uuid::nil()]).await?;
    Ok(FeedGroupCreation::Created(group(&row)?))
}

/// How far events are final, and what comes after a position up to there: one snapshot.
const LOOK: &str = "
WITH h AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon)
SELECT h.horizon::text AS horizon, e.feed_tx::text AS tx, e.day, e.id, e.fits
FROM h LEFT JOIN LATERAL (
    SELECT e.feed_tx, e.day, e.id, ($4::bigint >> e.type) & 1 = 1 AS fits
    FROM events e
    WHERE e.organization_id = $1 AND (e.feed_tx, e.id) > ($2::text::xid8, $3::uuid)
      AND e.feed_tx < h.horizon
    ORDER BY e.feed_tx, e.id LIMIT $5
) e ON true
ORDER BY e.feed_tx, e.id";

/// What a look found.
struct Looked {
    wanted: Vec<(FeedPosition, i32, Uuid)>,
    read_to: FeedPosition,
    has_more: bool,
}

async fn look(
    session: &Session,
    organization: OrganizationId,
    after: FeedPosition,
    types: EventTypes,
    limit: usize,
) -> Result<Looked, Fault> {
    let most = if types == EventTypes::ALL { limit } else { limit.max(LOOKED_AT) };
    let params = (
        uuid(organization),
        after.commit.to_string(),
        Uuid::from_u128(after.event),
        i64::from(types.bits()),
        i64::try_from(most).unwrap_or(i64::MAX),
    );
    let rows =
        session.query(LOOK, &[&params.0, &params.1, &params.2, &params.3, &params.4]).await?;
    let mut looked = Looked { wanted: Vec::new(), read_to: after, has_more: false };
    let mut seen = 0;
    for row in &rows {
        let Some(tx) = row.get::<_, Option<&str>>("tx") else { break };
        if looked.wanted.len() == limit {
            looked.has_more = true;
            return Ok(looked);
        }
        seen += 1;
        let event: Uuid = row.get("id");
        looked.read_to = FeedPosition { commit: number(tx)?, event: event.as_u128() };
        if row.get("fits") {
            looked.wanted.push((looked.read_to, row.get("day"), event));
        }
    }
    looked.has_more = seen == most;
    if !looked.has_more
        && let Some(row) = rows.first()
    {
        let horizon = FeedPosition { commit: number(row.get("horizon"))?, event: 0 };
        looked.read_to = looked.read_to.max(horizon);
    }
    Ok(looked)
}

async fn page(
    session: &Session,
    organization: OrganizationId,
    after: FeedPosition,
    types: EventTypes,
    limit: usize,
) -> Result<FeedPage, Fault> {
    let Looked { wanted, read_to, has_more } =
        look(session, organization, after, types, limit).await?;
    if wanted.is_empty() {
        return Ok(FeedPage { items: Vec::new(), read_to, has_more });
    }
    let days: Vec<_> = wanted.iter().map(|(_, day, _)| *day).collect();
    let ids: Vec<_> = wanted.iter().map(|(.., id)| *id).collect();
    let sql = format!(
        "SELECT k.place, {} \
         FROM unnest($2::integer[], $3::uuid[]) WITH ORDINALITY AS k (day, id, place) \
         JOIN events e ON e.organization_id = $1 AND e.day = k.day AND e.id = k.id \
         ORDER BY k.place",
        event_row::COLUMNS
    );
    let rows = session.query(&sql, &[&uuid(organization), &days, &ids]).await?;
    let item = |row: &Row| {
        let place = usize::try_from(row.get::<_, i64>("place") - 1).unwrap_or(usize::MAX);
        let position = wanted.get(place).map_or(read_to, |(position, ..)| *position);
        Ok(FeedItem { position, event: event_row::event(row)? })
    };
    let items = rows.iter().map(item).collect::<Result<_, Fault>>()?;
    Ok(FeedPage { items, read_to, has_more })
}

async fn lag(
    session: &Session,
    organization: OrganizationId,
    after: FeedPosition,
    most: usize,
) -> Result<FeedLag, Fault> {
    let looked = look(session, organization, after, EventTypes::ALL, most).await?;
    let sql = "SELECT accepted_at FROM events WHERE organization_id = $1 AND day = $2 AND id = $3";
    let oldest = match looked.wanted.first() {
        Some((_, day, event)) => session.find(sql, &[&uuid(organization), day, event]).await?,
        None => None,
    };
    Ok(FeedLag {
        events: looked.wanted.len(),
        is_at_least: looked.has_more,
        oldest_at: oldest.map(|row| Timestamp::from_millis(row.get("accepted_at"))),
    })
}

async fn commit(
    session: &Session,
    organization: OrganizationId,
    name: &str,
    commit: &FeedCommit,
) -> Result<Option<FeedGroup>, Fault> {
    // A position beyond what is final would pass over events that are still to come.
    let sql = format!(
        "UPDATE feed_groups g SET position_tx = n.tx, position_id = n.id, committed_at = $5
         FROM (SELECT tx, id FROM (
                   SELECT position_tx AS tx, position_id AS id FROM feed_groups
                   WHERE organization_id = $1 AND name = $2
                   UNION ALL
                   SELECT least($3::text::xid8, h.horizon),
                          CASE WHEN $3::text::xid8 < h.horizon THEN $4::uuid
                               ELSE '00000000-0000-0000-0000-000000000000' END
                   FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) h
                   WHERE $3::text IS NOT NULL
               ) both_of ORDER BY tx DESC, id DESC LIMIT 1) n
         WHERE g.organization_id = $1 AND g.name = $2 RETURNING {GROUP}"
    );
    let lock = "SELECT 1 FROM feed_groups WHERE organization_id = $1 AND name = $2 FOR UPDATE";
    let organization = uuid(organization);
    if session.find(lock, &[&organization, &name]).await?.is_none() {
        return Ok(None);
    }
    let tx = commit.position.map(|position| position.commit.to_string());
    let event = commit.position.map(|position| Uuid::from_u128(position.event));
    let at = commit.at.as_millis();
    let row = session.find(&sql, &[&organization, &name, &tx, &event, &at]).await?;
    if !commit.results.is_empty() {
        keep_results(session, organization, name, &commit.results).await?;
    }
    row.as_ref().map(group).transpose()
}

async fn keep_results(
    session: &Session,
    organization: Uuid,
    name: &str,
    results: &[FeedResult],
) -> Result<(), Fault> {
    let keep = "INSERT INTO feed_results AS r (organization_id, name, event_id, at, status_code, \
             duration_us, error, tries) \
         SELECT $1, $2, u.*, 1 FROM unnest($3::uuid[], $4::bigint[], $5::smallint[], \
             $6::bigint[], $7::text[]) u \
         ON CONFLICT (organization_id, name, event_id) DO UPDATE SET at = excluded.at, \
             status_code = excluded.status_code, duration_us = excluded.duration_us, \
             error = excluded.error, tries = r.tries + 1";
    let us = |result: &FeedResult| i64::try_from(result.duration.as_micros()).unwrap_or(i64::MAX);
    let ids: Vec<_> = results.iter().map(|result| uuid(result.event_id)).collect();
    let times: Vec<_> = results.iter().map(|result| result.at.as_millis()).collect();
    let codes: Vec<_> =
        results.iter().map(|result| result.status_code.map(u16::cast_signed)).collect();
    let durations: Vec<_> = results.iter().map(us).collect();
    let errors: Vec<_> = results.iter().map(|result| result.error.as_deref()).collect();
    session
        .execute(keep, &[&organization, &name, &ids, &times, &codes, &durations, &errors])
        .await?;
    let forget = "DELETE FROM feed_results WHERE organization_id = $1 AND name = $2 \
         AND event_id <= (SELECT event_id FROM feed_results \
                          WHERE organization_id = $1 AND name = $2 \
                          ORDER BY event_id DESC LIMIT 1 OFFSET $3)";
    session.execute(forget, &[&organization, &name, &(limits::FEED_RESULTS as i64)]).await?;
    Ok(())
}

fn result(row: &Row) -> FeedResult {
    FeedResult {
        event_id: id(row.get("event_id")),
        at: Timestamp::from_millis(row.get("at")),
        status_code: row.get::<_, Option<i16>>("status_code").map(i16::cast_unsigned),
        duration: Duration::from_micros(row.get::<_, i64>("duration_us").unsigned_abs()),
        error: row.get("error"),
        tries: row.get::<_, i32>("tries").cast_unsigned(),
    }
}

#[async_trait]
impl FeedStore for PostgresStore {
    async fn create_feed_group(&self, new: NewFeedGroup) -> Result<FeedGroupCreation, StoreError> {
        transact!(self, Scope::Organization(new.organization_id), |session| create(&session, &new)
            .await)
    }

    async fn feed_group(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<Option<FeedGroup>, StoreError> {
        let sql =
            format!("SELECT {GROUP} FROM feed_groups WHERE organization_id = $1 AND name = $2");
        read!(self, Scope::Organization(organization), |session| {
            let row = session.find(&sql, &[&uuid(organization), &name]).await?;
            row.as_ref().map(group).transpose()
        })
    }

    async fn feed_groups(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<FeedGroup>, StoreError> {
        let sql = format!(
            "SELECT {GROUP} FROM feed_groups WHERE organization_id = $1 \
             ORDER BY name COLLATE \"C\""
        );
        read!(self, Scope::Organization(organization), |session| {
            let rows = session.query(&sql, &[&uuid(organization)]).await?;
            rows.iter().map(group).collect()
        })
    }

    async fn set_feed_secret(
        &self,
        organization: OrganizationId,
        name: &str,
        secret: Sealed,
    ) -> Result<Option<FeedGroup>, StoreError> {
        let sql = format!(
            "UPDATE feed_groups SET secret = $3 WHERE organization_id = $1 AND name = $2 \
             RETURNING {GROUP}"
        );
        transact!(self, Scope::Organization(organization), |session| {
            let row = session.find(&sql, &[&uuid(organization), &name, &secret.0]).await?;
            row.as_ref().map(group).transpose()
        })
    }

    async fn delete_feed_group(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<bool, StoreError> {
        let results = "DELETE FROM feed_results WHERE organization_id = $1 AND name = $2";
        let group = "DELETE FROM feed_groups WHERE organization_id = $1 AND name = $2";
        transact!(self, Scope::Organization(organization), |session| {
            let organization = uuid(organization);
            session.execute(results, &[&organization, &name]).await?;
            Ok(session.execute(group, &[&organization, &name]).await? > 0)
        })
    }

    async fn read_feed(
        &self,
        organization: OrganizationId,
        after: FeedPosition,
        types: EventTypes,
        limit: usize,
    ) -> Result<FeedPage, StoreError> {
        read!(self, Scope::Organization(organization), |session| page(
            &session,
            organization,
            after,
            types,
            limit
        )
        .await)
    }

    async fn feed_lag(
        &self,
        organization: OrganizationId,
        after: FeedPosition,
        most: usize,
    ) -> Result<FeedLag, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            lag(&session, organization, after, most).await
        })
    }

    async fn commit_feed(
        &self,
        organization: OrganizationId,
        name: &str,
        given: FeedCommit,
    ) -> Result<Option<FeedGroup>, StoreError> {
        transact!(self, Scope::Organization(organization), |session| commit(
            &session,
            organization,
            name,
            &given
        )
        .await)
    }

    async fn feed_results(
        &self,
        organization: OrganizationId,
        name: &str,
        limit: usize,
    ) -> Result<Vec<FeedResult>, StoreError> {
        let sql = "SELECT event_id, at, status_code, duration_us, error, tries FROM feed_results \
             WHERE organization_id = $1 AND name = $2 ORDER BY event_id DESC LIMIT $3";
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        read!(self, Scope::Organization(organization), |session| {
            let rows = session.query(sql, &[&uuid(organization), &name, &most]).await?;
            Ok(rows.iter().map(result).collect())
        })
    }
}
