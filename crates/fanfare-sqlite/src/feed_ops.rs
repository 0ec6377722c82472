//! The pull feed. One writer gives every event its row's number while it commits, so that the
//! numbers are the order of commits: reading on from a number passes over nothing.

use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::{EventId, EventTypes, OrganizationId, Timestamp, limits};
use fanfare_store::{
    EventSource, FeedCommit, FeedGroup, FeedGroupCreation, FeedItem, FeedLag, FeedPage,
    FeedPosition, FeedResult, FeedStore, NewFeedGroup, Sealed, StoreError,
};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::SqliteStore;
use crate::delivery_row::organization_key;
use crate::event_row::{self, event_type};
use crate::fault::Fault;
use crate::writer::Tx;

/// Events that one read looks at: most may be of other organizations or types.
const LOOKED_AT: usize = 5_000;

const GROUP: &str = "SELECT o.id, g.name, g.secret, g.created_at, g.position, g.committed_at \
     FROM organizations o JOIN feed_groups g ON g.organization = o.key WHERE o.id = ?1";

pub(crate) const AFTER: &str = "SELECT seq, organization, type, source FROM events \
     WHERE seq > ?1 ORDER BY seq LIMIT ?2";

const fn position(seq: i64) -> FeedPosition {
    FeedPosition { commit: seq.unsigned_abs(), event: 0 }
}

fn seq(position: FeedPosition) -> i64 {
    i64::try_from(position.commit).unwrap_or(i64::MAX)
}

fn read_group(row: &Row<'_>) -> rusqlite::Result<FeedGroup> {
    Ok(FeedGroup {
        organization_id: OrganizationId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        secret: Sealed(row.get(2)?),
        created_at: Timestamp::from_millis(row.get(3)?),
        position: position(row.get(4)?),
        committed_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
    })
}

fn find(
    connection: &Connection,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<FeedGroup>, Fault> {
    let mut find = connection.prepare_cached(&format!("{GROUP} AND g.name = ?2"))?;
    let mut rows = find.query((organization.to_bytes(), name))?;
    Ok(rows.next()?.map(read_group).transpose()?)
}

fn create(tx: &mut Tx<'_, '_>, new: &NewFeedGroup) -> Result<FeedGroupCreation, Fault> {
    let organization = tx.tenant_key(new.organization_id)?;
    if find(tx.connection, new.organization_id, &new.name)?.is_some() {
        return Ok(FeedGroupCreation::Exists);
    }
    let count = "SELECT count(*) FROM feed_groups WHERE organization = ?1";
    let count: usize =
        tx.connection.prepare_cached(count)?.query_row([organization], |row| row.get(0))?;
    let limit = limits::FEED_GROUPS_PER_ORGANIZATION;
    if count >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "groups of the feed", limit }));
    }
    let last = tx.state.next_event - 1;
    tx.connection
        .prepare_cached(
            "INSERT INTO feed_groups (organization, name, secret, created_at, position) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((organization, &new.name, &new.secret.0, new.created_at.as_millis(), last))?;
    Ok(FeedGroupCreation::Created(FeedGroup {
        organization_id: new.organization_id,
        name: new.name.clone(),
        secret: new.secret.clone(),
        created_at: new.created_at,
        position: position(last),
        committed_at: None,
    }))
}

/// An event's row, whose, and whether it is wanted.
struct Seen {
    seq: i64,
    wanted: bool,
}

fn look(
    connection: &Connection,
    organization: i64,
    after: i64,
    types: EventTypes,
    limit: usize,
) -> Result<(Vec<Seen>, bool), Fault> {
    let mut list = connection.prepare_cached(AFTER)?;
    let mut rows = list.query((after, LOOKED_AT as i64))?;
    let (mut seen, mut wanted) = (Vec::new(), 0);
    let test = event_row::source_code(EventSource::Test);
    while let Some(row) = rows.next()? {
        if wanted == limit {
            return Ok((seen, true));
        }
        let is_wanted = row.get::<_, i64>(1)? == organization
            && row.get::<_, u8>(3)? != test
            && types.contains(event_type(row.get(2)?)?);
        wanted += usize::from(is_wanted);
        seen.push(Seen { seq: row.get(0)?, wanted: is_wanted });
    }
    let has_more = seen.len() == LOOKED_AT;
    Ok((seen, has_more))
}

fn read(
    connection: &Connection,
    organization: OrganizationId,
    after: FeedPosition,
    types: EventTypes,
    limit: usize,
) -> Result<FeedPage, Fault> {
    let nothing = FeedPage { items: Vec::new(), read_to: after, has_more: false };
    let Some(organization) = organization_key(connection, organization)? else {
        return Ok(nothing);
    };
    let (seen, has_more) = look(connection, organization, seq(after), types, limit)?;
    let mut one = connection
        .prepare_cached(&format!("SELECT {} FROM events WHERE seq = ?1", event_row::COLUMNS))?;
    let mut items = Vec::new();
    for row in seen.iter().filter(|row| row.wanted) {
        let mut rows = one.query([row.seq])?;
        if let Some(found) = rows.next()? {
            let event = event_row::read(found)?.event;
            items.push(FeedItem { position: position(row.seq), event });
        }
    }
    let read_to = seen.last().map_or(after, |row| position(row.seq));
    Ok(FeedPage { items, read_to, has_more })
}

fn lag(
    connection: &Connection,
    organization: OrganizationId,
    after: FeedPosition,
    most: usize,
) -> Result<FeedLag, Fault> {
    let nothing = FeedLag { events: 0, is_at_least: false, oldest_at: None };
    let Some(organization) = organization_key(connection, organization)? else {
        return Ok(nothing);
    };
    let all = EventTypes::ALL;
    let (seen, is_at_least) = look(connection, organization, seq(after), all, most)?;
    let mut wanted = seen.iter().filter(|row| row.wanted);
    let Some(first) = wanted.next() else { return Ok(FeedLag { is_at_least, ..nothing }) };
    let accepted = "SELECT accepted_at FROM events WHERE seq = ?1";
    let accepted: Option<i64> =
        connection.prepare_cached(accepted)?.query_row([first.seq], |row| row.get(0)).optional()?;
    let oldest_at = accepted.map(Timestamp::from_millis);
    Ok(FeedLag { events: 1 + wanted.count(), is_at_least, oldest_at })
}

fn commit(
    tx: &mut Tx<'_, '_>,
    organization: OrganizationId,
    name: &str,
    commit: &FeedCommit,
) -> Result<Option<FeedGroup>, Fault> {
    let Some(key) = organization_key(tx.connection, organization)? else { return Ok(None) };
    // Nobody is to pass over events that are still to come.
    let to = commit.position.map(|position| seq(position).min(tx.state.next_event - 1));
    let known = tx
        .connection
        .prepare_cached(
            "UPDATE feed_groups SET position = max(position, coalesce(?3, position)), \
             committed_at = ?4 WHERE organization = ?1 AND name = ?2",
        )?
        .execute((key, name, to, commit.at.as_millis()))?;
    if known == 0 {
        return Ok(None);
    }
    let mut keep = tx.connection.prepare_cached(
        "INSERT INTO feed_results (organization, name, event_id, at, status_code, duration_us, \
         error, tries) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1) \
         ON CONFLICT (organization, name, event_id) DO UPDATE SET at = excluded.at, \
         status_code = excluded.status_code, duration_us = excluded.duration_us, \
         error = excluded.error, tries = tries + 1",
    )?;
    for result in &commit.results {
        let us = i64::try_from(result.duration.as_micros()).unwrap_or(i64::MAX);
        let (id, at) = (result.event_id.to_bytes(), result.at.as_millis());
        keep.execute((key, name, id, at, result.status_code, us, &result.error))?;
    }
    if !commit.results.is_empty() {
        tx.connection
            .prepare_cached(
                "DELETE FROM feed_results WHERE organization = ?1 AND name = ?2 AND event_id <= \
                 (SELECT event_id FROM feed_results WHERE organization = ?1 AND name = ?2 \
                  ORDER BY event_id DESC LIMIT 1 OFFSET ?3)",
            )?
            .execute((key, name, limits::FEED_RESULTS as i64))?;
    }
    find(tx.connection, organization, name)
}

fn read_result(row: &Row<'_>) -> rusqlite::Result<FeedResult> {
    Ok(FeedResult {
        event_id: EventId::from_bytes(row.get(0)?),
        at: Timestamp::from_millis(row.get(1)?),
        status_code: row.get(2)?,
        duration: Duration::from_micros(row.get(3)?),
        error: row.get(4)?,
        tries: row.get(5)?,
    })
}

#[async_trait]
impl FeedStore for SqliteStore {
    async fn create_feed_group(&self, new: NewFeedGroup) -> Result<FeedGroupCreation, StoreError> {
        self.write(0, move |tx| create(tx, &new)).await
    }

    async fn feed_group(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<Option<FeedGroup>, StoreError> {
        let name = name.to_owned();
        self.readers.read(move |connection| find(connection, organization, &name)).await
    }

    async fn feed_groups(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<FeedGroup>, StoreError> {
        self.readers
            .read(move |connection| {
                let mut list = connection.prepare_cached(&format!("{GROUP} ORDER BY g.name"))?;
                let rows = list.query_map([organization.to_bytes()], read_group)?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }

    async fn set_feed_secret(
        &self,
        organization: OrganizationId,
        name: &str,
        secret: Sealed,
    ) -> Result<Option<FeedGroup>, StoreError> {
        let name = name.to_owned();
        self.write(0, move |tx| {
            tx.connection
                .prepare_cached(
                    "UPDATE feed_groups SET secret = ?3 WHERE name = ?2 \
                     AND organization = (SELECT key FROM organizations WHERE id = ?1)",
                )?
                .execute((organization.to_bytes(), &name, &secret.0))?;
            find(tx.connection, organization, &name)
        })
        .await
    }

    async fn delete_feed_group(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.write(0, move |tx| {
            let mut gone = 0;
            for table in ["feed_results", "feed_groups"] {
                gone = tx
                    .connection
                    .prepare_cached(&format!(
                        "DELETE FROM {table} WHERE name = ?2 \
                         AND organization = (SELECT key FROM organizations WHERE id = ?1)"
                    ))?
                    .execute((organization.to_bytes(), &name))?;
            }
            Ok(gone > 0)
        })
        .await
    }

    async fn read_feed(
        &self,
        organization: OrganizationId,
        after: FeedPosition,
        types: EventTypes,
        limit: usize,
    ) -> Result<FeedPage, StoreError> {
        self.readers
            .read(move |connection| read(connection, organization, after, types, limit))
            .await
    }

    async fn feed_lag(
        &self,
        organization: OrganizationId,
        after: FeedPosition,
        most: usize,
    ) -> Result<FeedLag, StoreError> {
        self.readers.read(move |connection| lag(connection, organization, after, most)).await
    }

    async fn commit_feed(
        &self,
        organization: OrganizationId,
        name: &str,
        given: FeedCommit,
    ) -> Result<Option<FeedGroup>, StoreError> {
        let name = name.to_owned();
        self.write(0, move |tx| commit(tx, organization, &name, &given)).await
    }

    async fn feed_results(
        &self,
        organization: OrganizationId,
        name: &str,
        limit: usize,
    ) -> Result<Vec<FeedResult>, StoreError> {
        let name = name.to_owned();
        self.readers
            .read(move |connection| {
                let mut list = connection.prepare_cached(
                    "SELECT r.event_id, r.at, r.status_code, r.duration_us, r.error, r.tries \
                     FROM organizations o JOIN feed_results r ON r.organization = o.key \
                     WHERE o.id = ?1 AND r.name = ?2 ORDER BY r.event_id DESC LIMIT ?3",
                )?;
                let rows =
                    list.query_map((organization.to_bytes(), &name, limit as i64), read_result)?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }
}
