//! Participants inside a transaction: what joining, admitting and drawing do a hundred times in one.

use std::sync::LazyLock;

use fanfare_model::launch::{Participant, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId};
use fanfare_store::{Listed, ParticipantOrder};

use super::book::Tx;
use super::distribution::missing;
use super::participant::{self, ITS_INDEX, TABLE, read_item};
use super::table::{Column, column, write};
use crate::cells::{amount, maybe_uuid, ms};
use crate::fault::Fault;
use crate::ids::uuid;

static INSERT: LazyLock<String> = LazyLock::new(|| TABLE.insert());

/// What can change of a row: who joined what, when and with which number or rank stays.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE participants p SET status = u.status, granted_at = u.granted_at, \
             expires_at = u.expires_at, ended_at = u.ended_at, is_backfill = u.is_backfill, \
             order_id = u.order_id, amount = u.amount, updated_at = u.updated_at, \
             change = u.change \
         FROM {} WHERE p.organization_id = $1 AND p.distribution_id = u.distribution_id \
             AND p.number = u.number",
        TABLE.rows()
    )
});

/// Whoever asks for a consumer while a distribution is open asks for the participant next: one
/// statement finds both.
static BOTH: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT c.is_there, {} FROM (
             SELECT EXISTS (SELECT 1 FROM consumers
                            WHERE organization_id = $1 AND id = $3) AS is_there
         ) c LEFT JOIN participants p
             ON {ITS_INDEX} AND consumer_id = $3",
        TABLE.list()
    )
});

/// The first participants with a status.
fn first_sql(order: ParticipantOrder) -> String {
    let rest = match order {
        ParticipantOrder::Number => "ORDER BY number",
        ParticipantOrder::Rank => "AND rank IS NOT NULL ORDER BY rank",
        ParticipantOrder::Expiry => "AND expires_at IS NOT NULL ORDER BY expires_at, number",
    };
    format!(
        "SELECT {} FROM participants \
         WHERE {ITS_INDEX} AND status = $3 {rest} LIMIT $4",
        TABLE.list()
    )
}

impl Tx<'_> {
    /// Whether there is such a consumer.
    pub(super) async fn has_consumer(&mut self, id: ConsumerId) -> Result<bool, Fault> {
        if let Some(known) = self.consumers.is_there(id) {
            return Ok(known);
        }
        let organization = uuid(self.organization);
        let is_there = match self.opened_last {
            None => {
                let sql = "SELECT EXISTS (SELECT 1 FROM consumers \
                     WHERE organization_id = $1 AND id = $2) AS is_there";
                self.session.one(sql, &[&organization, &uuid(id)]).await?.get("is_there")
            }
            Some(distribution) => {
                let params = (uuid(distribution), uuid(id));
                let row = self.session.one(&BOTH, &[&organization, &params.0, &params.1]).await?;
                let joined = row.get::<_, Option<i64>>("number").is_some();
                let found = joined.then(|| read_item(&row)).transpose()?;
                // What is known already may be newer than its row.
                self.participants.known.entry((distribution, id)).or_insert(found);
                row.get("is_there")
            }
        };
        self.consumers.learn_whether(id, is_there);
        Ok(is_there)
    }

    /// A participant.
    pub(super) async fn participant(
        &mut self,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Option<Participant>, Fault> {
        let key = (distribution, consumer);
        if let Some(known) = self.participants.known.get(&key) {
            return Ok(known.clone());
        }
        let found =
            participant::one(self.session, self.organization, distribution, consumer).await?;
        self.participants.learn(key, found.clone());
        Ok(found)
    }

    /// Makes or replaces a participant, and counts.
    pub(super) async fn put_participant(&mut self, participant: &Participant) -> Result<(), Fault> {
        let key = (participant.distribution_id, participant.consumer_id);
        let before = self.participant(key.0, key.1).await?;
        if before.as_ref().is_some_and(|before| before.number != participant.number) {
            return Err(Fault::failed("a participant's number is for good"));
        }
        let change = self.next_change(participant.updated_at);
        let opened = self.open(key.0).await?.ok_or_else(|| missing(key.0))?;
        opened.moved(before.as_ref().map(|before| before.status), participant.status)?;
        let row = Listed { item: participant.clone(), change };
        if before.is_none() || self.participants.new.get(&key).is_some() {
            self.participants.new.put(key, row);
        } else {
            self.participants.changed.put(key, row);
        }
        self.participants.learn(key, Some(participant.clone()));
        Ok(())
    }

    /// The first participants with this status in this order.
    pub(super) async fn first_participants(
        &mut self,
        distribution: DistributionId,
        status: ParticipantStatus,
        order: ParticipantOrder,
        limit: usize,
    ) -> Result<Vec<Participant>, Fault> {
        // Counts are kept; most of the time nobody has the status that is asked for.
        match self.open(distribution).await? {
            Some(opened) if opened.counts.of(status) > 0 => {}
            _ => return Ok(Vec::new()),
        }
        self.write_participants().await?;
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let ids = (uuid(self.organization), uuid(distribution), i16::from(status.code()));
        let sql = first_sql(order);
        let rows = self.session.query(&sql, &[&ids.0, &ids.1, &ids.2, &most]).await?;
        let found = rows.iter().map(read_item).collect::<Result<Vec<_>, _>>()?;
        for one in &found {
            self.participants.learn((distribution, one.consumer_id), Some(one.clone()));
        }
        Ok(found)
    }

    /// How many participants have this status.
    pub(super) async fn count_participants(
        &mut self,
        distribution: DistributionId,
        status: ParticipantStatus,
    ) -> Result<u32, Fault> {
        Ok(self.open(distribution).await?.map_or(0, |opened| opened.counts.of(status)))
    }

    /// Sends what was put.
    pub(super) async fn write_participants(&mut self) -> Result<(), Fault> {
        let new = self.participants.new.take();
        if !new.is_empty() {
            write(self.session, &INSERT, self.organization, &columns(&new)).await?;
        }
        let changed = self.participants.changed.take();
        if !changed.is_empty() {
            write(self.session, &UPDATE, self.organization, &columns(&changed)).await?;
        }
        Ok(())
    }
}

fn columns(rows: &[Listed<Participant>]) -> [Column<'_>; 14] {
    [
        column(rows, |row| uuid(row.item.distribution_id)),
        column(rows, |row| i64::from(row.item.number)),
        column(rows, |row| uuid(row.item.consumer_id)),
        column(rows, |row| i16::from(row.item.status.code())),
        column(rows, |row| row.item.rank.as_ref().map(|rank| &rank[..])),
        column(rows, |row| row.item.joined_at.as_millis()),
        column(rows, |row| ms(row.item.granted_at)),
        column(rows, |row| ms(row.item.expires_at)),
        column(rows, |row| ms(row.item.ended_at)),
        column(rows, |row| row.item.is_backfill),
        column(rows, |row| maybe_uuid(row.item.order_id)),
        column(rows, |row| amount(row.item.amount)),
        column(rows, |row| row.item.updated_at.as_millis()),
        column(rows, |row| row.change.cast_signed()),
    ]
}
