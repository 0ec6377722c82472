//! Figures, read and expired; what waits for each webhook.

use std::collections::BTreeMap;

use async_trait::async_trait;
use fanfare_model::{OrganizationId, Timestamp, WebhookId};
use fanfare_store::{
    BACKLOG_COUNTED, StatsBucket, StatsStore, StatsWidth, StoreError, Tally, WebhookBacklog,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::figures::{Key, Kind};
use crate::ids::{id, unsigned, uuid};
use crate::session::{Scope, Session};
use crate::store::{read, transact};

/// Whose parts are wanted; `subject` `None`: every webhook's.
#[derive(Clone, Copy)]
struct Wanted {
    organization: OrganizationId,
    kind: Kind,
    subject: Option<Uuid>,
    since: i64,
    until: i64,
}

impl Wanted {
    fn includes(&self, key: &Key) -> bool {
        key.organization == self.organization
            && key.kind == self.kind
            && self.subject.is_none_or(|subject| subject == key.subject)
            && (self.since..self.until).contains(&key.at)
    }
}

/// A part by whose it is, its beginning and its name.
type Parts = BTreeMap<(Uuid, i64, i64), Tally>;

const MINUTES: &str = "SELECT webhook_id AS subject_id, minute AS at, part, figures FROM stats \
     WHERE organization_id = $1 AND webhook_id = $2 AND minute >= $3 AND minute < $4";
const SUMS: &str = "SELECT subject_id, at, part, figures FROM rollups \
     WHERE organization_id = $1 AND kind = $5 AND subject_id = $2 AND at >= $3 AND at < $4";
const MINUTES_OF_ALL: &str = "SELECT s.webhook_id AS subject_id, s.minute AS at, s.part, s.figures \
     FROM webhooks w JOIN stats s ON s.organization_id = $1 AND s.webhook_id = w.id \
         AND s.minute >= $2 AND s.minute < $3 \
     WHERE w.organization_id = $1";
const SUMS_OF_ALL: &str = "SELECT s.subject_id, s.at, s.part, s.figures \
     FROM webhooks w JOIN rollups s ON s.organization_id = $1 AND s.kind = $4 \
         AND s.subject_id = w.id AND s.at >= $2 AND s.at < $3 \
     WHERE w.organization_id = $1";

async fn written(session: &Session, wanted: Wanted) -> Result<Parts, Fault> {
    let Wanted { organization, kind, subject, since, until } = wanted;
    let organization = uuid(organization);
    let rows = match (subject, kind.code()) {
        (Some(subject), None) => {
            session.query(MINUTES, &[&organization, &subject, &since, &until]).await?
        }
        (Some(subject), Some(kind)) => {
            session.query(SUMS, &[&organization, &subject, &since, &until, &kind]).await?
        }
        (None, None) => session.query(MINUTES_OF_ALL, &[&organization, &since, &until]).await?,
        (None, Some(kind)) => {
            session.query(SUMS_OF_ALL, &[&organization, &since, &until, &kind]).await?
        }
    };
    let part = |row: &Row| {
        let tally = serde_json::from_str(row.get("figures"))
            .map_err(|error| Fault::corrupt(format!("figures: {error}")))?;
        Ok(((row.get("subject_id"), row.get("at"), row.get("part")), tally))
    };
    rows.iter().map(part).collect()
}

const BACKLOGS: &str = "SELECT h.id, c.waiting, o.due_at AS oldest, n.due_at AS next
    FROM webhooks h
    CROSS JOIN LATERAL (
        SELECT count(*) AS waiting FROM (
            SELECT 1 FROM waiting w
            WHERE w.webhook_id = h.id AND (w.claim_at = w.due_at OR w.claim_at <= $2)
            LIMIT $3
        ) counted
    ) c
    LEFT JOIN LATERAL (
        SELECT w.due_at FROM waiting w
        WHERE w.webhook_id = h.id AND w.claim_at <= $2 ORDER BY w.claim_at LIMIT 1
    ) o ON true
    LEFT JOIN LATERAL (
        SELECT w.due_at FROM waiting w
        WHERE w.webhook_id = h.id AND w.claim_at > $2 AND w.claim_at = w.due_at
        ORDER BY w.claim_at LIMIT 1
    ) n ON true
    WHERE h.organization_id = $1 AND h.deleted_at IS NULL ORDER BY h.id";

fn backlog(row: &Row) -> WebhookBacklog {
    let waiting = unsigned(row, "waiting");
    let time = |column| row.get::<_, Option<i64>>(column).map(Timestamp::from_millis);
    WebhookBacklog {
        webhook_id: id(row.get("id")),
        waiting: waiting.min(BACKLOG_COUNTED),
        more: waiting > BACKLOG_COUNTED,
        oldest_due: time("oldest"),
        next_due: time("next"),
    }
}

impl PostgresStore {
    /// The sums of the parts, by whose they are and their beginning.
    async fn sums(&self, wanted: Wanted) -> Result<Vec<(Uuid, StatsBucket)>, StoreError> {
        // Before the tables are read: what is let go of meanwhile must not be missed.
        let held = self.figures.held(|key| wanted.includes(key));
        let mut parts = read!(self, Scope::Organization(wanted.organization), |session| {
            written(&session, wanted).await
        })?;
        parts.extend(
            held.into_iter().map(|(key, name, tally)| ((key.subject, key.at, name), tally)),
        );
        let mut sums: BTreeMap<(Uuid, i64), Tally> = BTreeMap::new();
        for ((subject, at, _), part) in parts {
            sums.entry((subject, at)).or_default().merge(&part);
        }
        Ok(sums.into_iter().map(|((of, at), sum)| (of, sum.into_bucket(at))).collect())
    }
}

#[async_trait]
impl StatsStore for PostgresStore {
    async fn webhook_stats(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<StatsBucket>, StoreError> {
        let (kind, subject) = (Kind::of_webhook(width), Some(uuid(webhook)));
        let (since, until) = (since.as_millis(), until.as_millis());
        let sums = self.sums(Wanted { organization, kind, subject, since, until }).await?;
        Ok(sums.into_iter().map(|(_, bucket)| bucket).collect())
    }

    async fn organization_stats(
        &self,
        organization: OrganizationId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<StatsBucket>, StoreError> {
        let (kind, subject) = (Kind::of_organization(width), Some(uuid(organization)));
        let (since, until) = (since.as_millis(), until.as_millis());
        let sums = self.sums(Wanted { organization, kind, subject, since, until }).await?;
        Ok(sums.into_iter().map(|(_, bucket)| bucket).collect())
    }

    async fn stats_of_webhooks(
        &self,
        organization: OrganizationId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<(WebhookId, StatsBucket)>, StoreError> {
        let (kind, subject) = (Kind::of_webhook(width), None);
        let (since, until) = (since.as_millis(), until.as_millis());
        let sums = self.sums(Wanted { organization, kind, subject, since, until }).await?;
        Ok(sums.into_iter().map(|(webhook, bucket)| (id(webhook), bucket)).collect())
    }

    async fn webhook_backlogs(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Vec<WebhookBacklog>, StoreError> {
        let most = BACKLOG_COUNTED.cast_signed() + 1;
        read!(self, Scope::Organization(organization), |session| {
            let params: crate::session::Params<'_> =
                &[&uuid(organization), &now.as_millis(), &most];
            Ok(session.query(BACKLOGS, params).await?.iter().map(backlog).collect())
        })
    }

    async fn expire_stats(
        &self,
        before: (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.figures.expire(before);
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let (minutes, hours) = (before.0.as_millis(), before.1.as_millis());
        let gone = transact!(self, Scope::Product, |session| {
            let sql = "DELETE FROM stats WHERE ctid = ANY (ARRAY( \
                 SELECT ctid FROM stats WHERE minute < $1 LIMIT $2))";
            let mut gone = session.execute(sql, &[&minutes, &most]).await?;
            for kind in [Kind::WebhookHour, Kind::OrganizationMinute, Kind::OrganizationHour] {
                let before = match kind.width() {
                    StatsWidth::Minute => minutes,
                    StatsWidth::Hour => hours,
                };
                let left = most.saturating_sub_unsigned(gone);
                let sql = "DELETE FROM rollups WHERE ctid = ANY (ARRAY( \
                     SELECT ctid FROM rollups WHERE kind = $1 AND at < $2 LIMIT $3))";
                gone += session.execute(sql, &[&kind.code(), &before, &left]).await?;
            }
            Ok(gone)
        })?;
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }
}
