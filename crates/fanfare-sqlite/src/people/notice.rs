//! What people are told, as rows.

use fanfare_model::{NoticeId, OrganizationId, Timestamp, Topics, UserId, WebhookId};
use fanfare_store::{Addressee, Notice, NoticeMark};
use rusqlite::{Connection, Row, params};

use crate::cells::{Cells, ms};
use crate::fault::Fault;
use crate::launch::{find, gather};

pub(super) fn tell(
    connection: &Connection,
    organization: OrganizationId,
    id: NoticeId,
) -> Result<(), Fault> {
    let sql = "UPDATE notices SET untold = 0 WHERE id = ?2 AND organization = \
         (SELECT key FROM organizations WHERE id = ?1)";
    connection.prepare_cached(sql)?.execute((organization.to_bytes(), id.to_bytes()))?;
    Ok(())
}

pub(super) fn put(
    connection: &Connection,
    organization: i64,
    notice: &Notice,
) -> Result<(), Fault> {
    let sql = "INSERT INTO notices (organization, id, kind, webhook, created_at) \
         SELECT organization, ?3, ?4, key, ?5 FROM webhooks WHERE organization = ?1 AND id = ?2";
    let (id, webhook) = (notice.id.to_bytes(), notice.webhook_id.to_bytes());
    let row = (organization, webhook, id, notice.kind.code(), notice.created_at.as_millis());
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn mark_row(row: &Row<'_>) -> Result<NoticeMark, Fault> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(|error| Fault::corrupt(format!("a mark: {error}")))
}

pub(crate) fn mark(
    connection: &Connection,
    organization: OrganizationId,
    webhook: WebhookId,
) -> Result<Option<NoticeMark>, Fault> {
    let sql = "SELECT m.mark FROM organizations o JOIN notice_marks m ON m.organization = o.key \
         WHERE o.id = ?1 AND m.webhook = ?2";
    find(connection, sql, (organization.to_bytes(), webhook.to_bytes()), mark_row)
}

pub(super) fn put_mark(
    connection: &Connection,
    organization: i64,
    mark: &NoticeMark,
) -> Result<(), Fault> {
    let text = serde_json::to_string(mark).map_err(|error| Fault::failed(error.to_string()))?;
    let sql = "INSERT INTO notice_marks (organization, webhook, mail_at, mark) \
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT (organization, webhook) \
         DO UPDATE SET mail_at = excluded.mail_at, mark = excluded.mark";
    let row = params![organization, mark.webhook_id.to_bytes(), ms(mark.due_at), text];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

pub(super) fn marks_due(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<NoticeMark>, Fault> {
    let sql = "SELECT mark FROM notice_marks WHERE mail_at <= ?1 ORDER BY mail_at LIMIT ?2";
    let params = (now.as_millis(), limit as i64);
    gather(connection, sql, params, limit, |row| mark_row(row).map(Some))
}

pub(super) fn addressees(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<Addressee>, Fault> {
    // Owners and admins: see Role::code.
    let sql = "SELECT u.id, u.email, coalesce(t.topics, 0) FROM organizations o \
         JOIN memberships m ON m.organization = o.key JOIN users u ON u.id = m.user \
         LEFT JOIN muted_topics t ON t.organization = o.key AND t.user = m.user \
         WHERE o.id = ?1 AND m.role <= 1 AND m.suspended = 0 ORDER BY m.user";
    gather(connection, sql, [organization.to_bytes()], usize::MAX, |row| {
        let mut cells = Cells::new(row);
        let (user_id, email) = (cells.id()?, cells.get()?);
        Ok(Some(Addressee { user_id, email, muted: Topics::from_bits(cells.get()?) }))
    })
}

pub(super) fn put_muted(
    connection: &Connection,
    organization: i64,
    user: UserId,
    muted: Topics,
) -> Result<(), Fault> {
    let sql = "INSERT INTO muted_topics (organization, user, topics) VALUES (?1, ?2, ?3) \
         ON CONFLICT (organization, user) DO UPDATE SET topics = excluded.topics";
    connection.prepare_cached(sql)?.execute((organization, user.to_bytes(), muted.bits()))?;
    Ok(())
}
