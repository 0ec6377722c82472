//! The outbox, emptied.

use async_trait::async_trait;
use fanfare_model::{MailId, Timestamp};
use fanfare_store::{ClaimedMail, MailEnd, MailStore, NewMail, Sealed, StoreError};
use rusqlite::{Connection, Row, params};

use crate::SqliteStore;
use crate::cells::{Cells, blob};
use crate::fault::Fault;
use crate::launch::gather;

/// Mails that an earlier process had claimed are due.
pub(crate) const RECLAIM: &str = "UPDATE mails SET due_at = created_at, claimed_until = NULL \
     WHERE status = 0 AND claimed_until IS NOT NULL";

/// A claimed mail is due when the claim is over.
pub(crate) const CLAIM: &str = "UPDATE mails SET due_at = ?2, claimed_until = ?2, \
         attempts = attempts + 1 \
     WHERE id IN (SELECT id FROM mails WHERE status = 0 AND due_at <= ?1 ORDER BY due_at, id \
                  LIMIT ?3) \
     RETURNING id, (SELECT o.id FROM organizations o WHERE o.key = organization), user, about, \
               address, content, created_at, ends_at, attempts - 1, claimed_until";

fn claimed(row: &Row<'_>) -> Result<Option<ClaimedMail>, Fault> {
    let mut cells = Cells::new(row);
    let mail = NewMail {
        id: cells.id()?,
        organization_id: cells.maybe_id()?,
        user_id: cells.maybe_id()?,
        about: cells.maybe_id()?,
        address: cells.get()?,
        content: Sealed(cells.get()?),
        created_at: cells.time()?,
        ends_at: cells.time()?,
    };
    Ok(Some(ClaimedMail { mail, attempts: cells.get()?, until: cells.time()? }))
}

/// Puts a mail into the outbox, unless it is there.
pub(crate) fn put(
    connection: &Connection,
    organization: Option<i64>,
    mail: &NewMail,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO mails (id, organization, user, about, address, content, created_at, \
                 ends_at, due_at, attempts, status) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, 0, 0) \
             ON CONFLICT (about, address) WHERE about IS NOT NULL DO NOTHING",
        )?
        .execute(params![
            mail.id.to_bytes(),
            organization,
            blob(mail.user_id),
            blob(mail.about),
            mail.address,
            mail.content.0,
            mail.created_at.as_millis(),
            mail.ends_at.as_millis(),
        ])?;
    Ok(())
}

fn close(
    connection: &Connection,
    (id, until): (MailId, Timestamp),
    end: MailEnd,
    said: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let status = match end {
        MailEnd::Later(at) => {
            let later = "UPDATE mails SET due_at = ?3, claimed_until = NULL, said = ?4 \
                 WHERE id = ?1 AND status = 0 AND claimed_until = ?2";
            let row = params![id.to_bytes(), until.as_millis(), at.as_millis(), said];
            return Ok(connection.prepare_cached(later)?.execute(row)? > 0);
        }
        MailEnd::Sent => 1,
        MailEnd::GivenUp => 2,
    };
    let ended = "UPDATE mails SET status = ?3, ended_at = ?4, claimed_until = NULL, content = x'', \
             said = ?5 WHERE id = ?1 AND status = 0 AND claimed_until = ?2";
    let row = params![id.to_bytes(), until.as_millis(), status, now.as_millis(), said];
    Ok(connection.prepare_cached(ended)?.execute(row)? > 0)
}

#[async_trait]
impl MailStore for SqliteStore {
    async fn claim_mails(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ClaimedMail>, StoreError> {
        // Nothing is written while nothing is due.
        let waits = move |connection: &Connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM mails WHERE status = 0 AND due_at <= ?1)";
            Ok(connection.prepare_cached(sql)?.query_row([now.as_millis()], |row| row.get(0))?)
        };
        let waits: bool = self.readers.read(waits).await?;
        if !waits {
            return Ok(Vec::new());
        }
        let mut mails = self
            .write(0, move |tx| {
                let params = (now.as_millis(), until.as_millis(), limit as i64);
                gather(tx.connection, CLAIM, params, limit, claimed)
            })
            .await?;
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
        self.write(said.len(), move |tx| close(tx.connection, claim, end, &said, now)).await
    }

    async fn expire_mails(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write(0, move |tx| {
            let sql = "DELETE FROM mails WHERE id IN \
                 (SELECT id FROM mails WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2)";
            let params = (before.as_millis(), limit as i64);
            Ok(tx.connection.prepare_cached(sql)?.execute(params)?)
        })
        .await
    }
}
