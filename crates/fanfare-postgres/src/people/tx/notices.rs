//! What work of people sees of notices and mails.

use fanfare_model::{NoticeId, OrganizationId, Timestamp, Topics, UserId, WebhookId};
use fanfare_store::{Addressee, NewMail, Notice, NoticeMark, NoticeTx, StoreError, Untold};

use super::Running;
use crate::people::notice;
use crate::{mail_ops, notice_ops};

impl NoticeTx for Running<'_> {
    fn untold_notices(&mut self, limit: usize) -> Result<Vec<Untold>, StoreError> {
        self.read(async |database| notice_ops::untold(database, limit).await)
    }

    fn tell_notice(
        &mut self,
        organization: OrganizationId,
        id: NoticeId,
    ) -> Result<(), StoreError> {
        self.write(async |database| notice::tell(database, organization, id).await)
    }

    fn put_notice(
        &mut self,
        organization: OrganizationId,
        notice: &Notice,
    ) -> Result<(), StoreError> {
        self.write(async |database| notice::put(database, organization, notice).await)
    }

    fn mark(
        &mut self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<NoticeMark>, StoreError> {
        self.read(async |database| notice::mark(database, organization, webhook).await)
    }

    fn put_mark(&mut self, mark: &NoticeMark) -> Result<(), StoreError> {
        self.write(async |database| notice::put_mark(database, mark).await)
    }

    fn marks_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<NoticeMark>, StoreError> {
        self.read(async |database| notice::marks_due(database, now, limit).await)
    }

    fn addressees(&mut self, organization: OrganizationId) -> Result<Vec<Addressee>, StoreError> {
        self.read(async |database| notice::addressees(database, organization).await)
    }

    fn put_muted(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        muted: Topics,
    ) -> Result<(), StoreError> {
        self.write(async |database| notice::put_muted(database, organization, user, muted).await)
    }

    fn put_mail(&mut self, mail: &NewMail) -> Result<(), StoreError> {
        self.write(async |database| mail_ops::put(database, mail).await)
    }
}
