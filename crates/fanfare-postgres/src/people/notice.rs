//! What people are told, as rows.

use fanfare_model::{NoticeId, OrganizationId, Timestamp, Topics, UserId, WebhookId};
use fanfare_store::{Addressee, Notice, NoticeMark};
use tokio_postgres::Row;

use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::notice_ops::rows;
use crate::session::{Params, Session};

pub(super) async fn tell(
    session: &Session,
    organization: OrganizationId,
    id: NoticeId,
) -> Result<(), Fault> {
    let sql = "UPDATE notices SET untold = false WHERE organization_id = $1 AND id = $2";
    session.execute(sql, &[&uuid(organization), &uuid(id)]).await.map(drop)
}

pub(super) async fn put(
    session: &Session,
    organization: OrganizationId,
    notice: &Notice,
) -> Result<(), Fault> {
    let sql = "INSERT INTO notices (organization_id, id, kind, webhook_id, created_at, untold) \
         VALUES ($1, $2, $3, $4, $5, false)";
    let params: Params<'_> = &[
        &uuid(organization),
        &uuid(notice.id),
        &i16::from(notice.kind.code()),
        &uuid(notice.webhook_id),
        &notice.created_at.as_millis(),
    ];
    session.execute(sql, params).await.map(drop)
}

fn mark_row(row: &Row) -> Result<NoticeMark, Fault> {
    let text: &str = row.get("mark");
    serde_json::from_str(text).map_err(|error| Fault::corrupt(format!("a mark: {error}")))
}

pub(crate) async fn mark(
    session: &Session,
    organization: OrganizationId,
    webhook: WebhookId,
) -> Result<Option<NoticeMark>, Fault> {
    let sql = "SELECT mark FROM notice_marks WHERE organization_id = $1 AND webhook_id = $2";
    let row = session.find(sql, &[&uuid(organization), &uuid(webhook)]).await?;
    row.as_ref().map(mark_row).transpose()
}

pub(super) async fn put_mark(session: &Session, mark: &NoticeMark) -> Result<(), Fault> {
    let text = serde_json::to_string(mark).map_err(|error| Fault::failed(error.to_string()))?;
    let sql = "INSERT INTO notice_marks (organization_id, webhook_id, mail_at, mark) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id, webhook_id) \
         DO UPDATE SET mail_at = excluded.mail_at, mark = excluded.mark";
    let params: Params<'_> = &[
        &uuid(mark.organization_id),
        &uuid(mark.webhook_id),
        &mark.due_at.map(Timestamp::as_millis),
        &text,
    ];
    session.execute(sql, params).await.map(drop)
}

pub(super) async fn marks_due(
    session: &Session,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<NoticeMark>, Fault> {
    let sql = "SELECT mark FROM notice_marks WHERE mail_at <= $1 ORDER BY mail_at LIMIT $2";
    let found = session.query(sql, &[&now.as_millis(), &rows(limit)]).await?;
    found.iter().map(mark_row).collect()
}

pub(super) async fn addressees(
    session: &Session,
    organization: OrganizationId,
) -> Result<Vec<Addressee>, Fault> {
    // Owners and admins: see Role::code.
    let sql = "SELECT m.user_id, u.email, coalesce(t.topics, 0) AS topics FROM memberships m \
         JOIN users u ON u.id = m.user_id LEFT JOIN muted_topics t \
              ON t.organization_id = m.organization_id AND t.user_id = m.user_id \
         WHERE m.organization_id = $1 AND m.role <= 1 AND NOT m.suspended ORDER BY m.user_id";
    let found = session.query(sql, &[&uuid(organization)]).await?;
    let addressee = |row: &Row| {
        let cells = Cells(row);
        let muted = Topics::from_bits(cells.number("topics")?);
        Ok(Addressee { user_id: cells.id("user_id"), email: cells.get("email"), muted })
    };
    found.iter().map(addressee).collect()
}

pub(super) async fn put_muted(
    session: &Session,
    organization: OrganizationId,
    user: UserId,
    muted: Topics,
) -> Result<(), Fault> {
    let sql = "INSERT INTO muted_topics (organization_id, user_id, topics) VALUES ($1, $2, $3) \
         ON CONFLICT (organization_id, user_id) DO UPDATE SET topics = excluded.topics";
    let bits = i64::from(muted.bits());
    session.execute(sql, &[&uuid(organization), &uuid(user), &bits]).await.map(drop)
}
