//! What work of people sees of notices and mails.

use fanfare_model::{NoticeId, OrganizationId, Timestamp, Topics, UserId, WebhookId};
use fanfare_store::{Addressee, NewMail, Notice, NoticeMark, NoticeTx, StoreError, Untold};

use super::Running;
use crate::people::notice;
use crate::{mail_ops, notice_ops};

impl NoticeTx for Running<'_, '_, '_> {
    fn untold_notices(&mut self, limit: usize) -> Result<Vec<Untold>, StoreError> {
        self.read(|connection| notice_ops::untold(connection, limit))
    }

    fn tell_notice(
        &mut self,
        organization: OrganizationId,
        id: NoticeId,
    ) -> Result<(), StoreError> {
        self.write(|tx| notice::tell(tx.connection, organization, id))
    }

    fn put_notice(
        &mut self,
        organization: OrganizationId,
        notice: &Notice,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let organization = tx.tenant_key(organization)?;
            notice::put(tx.connection, organization, notice)
        })
    }

    fn mark(
        &mut self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<NoticeMark>, StoreError> {
        self.read(|connection| notice::mark(connection, organization, webhook))
    }

    fn put_mark(&mut self, mark: &NoticeMark) -> Result<(), StoreError> {
        self.write(|tx| {
            let organization = tx.tenant_key(mark.organization_id)?;
            notice::put_mark(tx.connection, organization, mark)
        })
    }

    fn marks_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<NoticeMark>, StoreError> {
        self.read(|connection| notice::marks_due(connection, now, limit))
    }

    fn addressees(&mut self, organization: OrganizationId) -> Result<Vec<Addressee>, StoreError> {
        self.read(|connection| notice::addressees(connection, organization))
    }

    fn put_muted(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        muted: Topics,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let organization = tx.tenant_key(organization)?;
            notice::put_muted(tx.connection, organization, user, muted)
        })
    }

    fn put_mail(&mut self, mail: &NewMail) -> Result<(), StoreError> {
        self.write(|tx| {
            let organization = mail.organization_id.map(|id| tx.tenant_key(id)).transpose()?;
            mail_ops::put(tx.connection, organization, mail)
        })
    }
}
