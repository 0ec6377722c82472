//! The outbox, emptied.

use async_trait::async_trait;
use fanfare_model::{MailId, Timestamp};
use fanfare_store::{ClaimedMail, MailEnd, MailStore, NewMail, Sealed, StoreError};
use tokio_postgres::Row;

use crate::PostgresStore;
use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::notice_ops::rows;
use crate::session::{Params, Scope, Session};
use crate::store::{read, transact};

/// A claimed mail is due when the claim is over.
const CLAIM: &str = "WITH due AS (
        SELECT id FROM mails WHERE status = 0 AND due_at <= $1 ORDER BY due_at, id LIMIT $3
        FOR UPDATE SKIP LOCKED
    )
    UPDATE mails m SET due_at = $2, claimed_until = $2, attempts = m.attempts + 1
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.organization_id, m.user_id, m.about, m.address, m.content, m.created_at,
              m.ends_at, m.attempts - 1 AS attempts, m.claimed_until";

fn claimed(row: &Row) -> Result<ClaimedMail, Fault> {
    let cells = Cells(row);
    let mail = NewMail {
        id: cells.id("id"),
        organization_id: cells.maybe_id("organization_id"),
        user_id: cells.maybe_id("user_id"),
        about: cells.maybe_id("about"),
        address: cells.get("address"),
        content: Sealed(cells.get("content")),
        created_at: cells.time("created_at"),
        ends_at: cells.time("ends_at"),
    };
    Ok(ClaimedMail {
        mail,
        attempts: cells.number("attempts")?,
        until: cells.time("claimed_until"),
    })
}

/// Puts a mail into the outbox, unless it is there.
pub(crate) async fn put(session: &Session, mail: &NewMail) -> Result<(), Fault> {
    let sql = "INSERT INTO mails (id, organization_id, user_id, about, address, content, \
             created_at, ends_at, due_at, attempts, status) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, 0, 0) \
         ON CONFLICT (about, address) WHERE about IS NOT NULL DO NOTHING";
    let params: Params<'_> = &[
        &uuid(mail.id),
        &mail.organization_id.map(uuid),
        &mail.user_id.map(uuid),
        &mail.about.map(uuid),
        &mail.address,
        &&mail.content.0[..],
        &mail.created_at.as_millis(),
        &mail.ends_at.as_millis(),
    ];
    session.execute(sql, params).await.map(drop)
}

async fn close(
    session: &Session,
    (id, until): (MailId, Timestamp),
    end: MailEnd,
    said: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let status: i16 = match end {
        MailEnd::Later(at) => {
            let later = "UPDATE mails SET due_at = $3, claimed_until = NULL, said = $4 \
                 WHERE id = $1 AND status = 0 AND claimed_until = $2";
            let row: Params<'_> = &[&uuid(id), &until.as_millis(), &at.as_millis(), &said];
            return Ok(session.execute(later, row).await? > 0);
        }
        MailEnd::Sent => 1,
        MailEnd::GivenUp => 2,
    };
    let ended = "UPDATE mails SET status = $3, ended_at = $4, claimed_until = NULL, content = '', \
             said = $5 WHERE id = $1 AND status = 0 AND claimed_until = $2";
    let row: Params<'_> = &[&uuid(id), &until.as_millis(), &status, &now.as_millis(), &said];
    Ok(session.execute(ended, row).await? > 0)
}

#[async_trait]
impl MailStore for PostgresStore {
    async fn claim_mails(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ClaimedMail>, StoreError> {
        // Nothing is written while nothing is due.
        let sql = "SELECT id FROM mails WHERE status = 0 AND due_at <= $1 ORDER BY due_at LIMIT 1";
        let due: Result<Option<Row>, StoreError> =
            read!(self, Scope::Product, |session| session.find(sql, &[&now.as_millis()]).await);
        if due?.is_none() {
            return Ok(Vec::new());
        }
        let mut mails: Vec<ClaimedMail> = transact!(self, Scope::Product, |session| {
            let params = (now.as_millis(), until.as_millis(), rows(limit));
            let found = session.query(CLAIM, &[&params.0, &params.1, &params.2]).await?;
            found.iter().map(claimed).collect()
        })?;
        mails.sort_by_key(|claimed| claimed.mail.id);
        Ok(mails)
    }

    async fn end_mail(
        &self,
        claim: (MailId, Timestamp),
        end: MailEnd,
        said: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        transact!(self, Scope::Product, |session| close(&session, claim, end, &said, now).await)
    }

    async fn expire_mails(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let sql = "DELETE FROM mails WHERE id = ANY (ARRAY(SELECT id FROM mails \
             WHERE ended_at < $1 ORDER BY ended_at LIMIT $2))";
        let gone = transact!(self, Scope::Product, |session| {
            session.execute(sql, &[&before.as_millis(), &rows(limit)]).await
        })?;
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }
}
