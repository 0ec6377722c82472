//! Whether messages reach a consumer, as providers tell.

use fanfare_model::launch::{Consumer, Reach};
use fanfare_model::{OrganizationId, Timestamp};

use super::effects::{Address, Mark};
use crate::launch::consumers::{changed_fields, put_changed};
use crate::{App, AppError, Caller};

impl App {
    /// Marks whoever has this address, and tells of each who is different now.
    pub(super) async fn mark(
        &self,
        organization: OrganizationId,
        address: Address,
        mark: Mark,
        at: Timestamp,
    ) -> Result<Option<String>, AppError> {
        self.transact(&Caller::clock(organization), move |step| {
            let whose = match &address {
                Address::Email(email) => {
                    step.tx.consumer_by_email(email)?.into_iter().collect::<Vec<_>>()
                }
                Address::Phone(phone) => step.tx.consumers_by_phone(phone)?,
            };
            let found = whose.len();
            for id in whose {
                let Some(before) = step.tx.consumer(id)? else { continue };
                let reach = marked(before.reach, &address, mark, at);
                let mut after = Consumer { reach, ..before.clone() };
                let changed = changed_fields(&before, &after);
                if !changed.is_empty() {
                    put_changed(step, &mut after, &changed)?;
                }
            }
            Ok((found == 0).then(|| "no consumer has this address".to_owned()))
        })
        .await
    }
}

/// The first time counts: the same told again changes nothing.
fn marked(mut reach: Reach, address: &Address, mark: Mark, at: Timestamp) -> Reach {
    let slot = match (address, mark) {
        (Address::Email(_), Mark::Bounced) => &mut reach.email_bounced_at,
        (Address::Email(_), Mark::Complained) => &mut reach.email_complained_at,
        (Address::Email(_), Mark::OptedOut | Mark::OptedIn) => &mut reach.email_opted_out_at,
        (Address::Phone(_), Mark::OptedOut | Mark::OptedIn) => &mut reach.sms_opted_out_at,
        // Text messages that do not arrive say nothing of later ones.
        (Address::Phone(_), Mark::Bounced | Mark::Complained) => return reach,
    };
    *slot = match mark {
        // Older than what is known: told out of order.
        Mark::OptedIn => slot.filter(|out| *out > at),
        _ => Some(slot.map_or(at, |known| known.min(at))),
    };
    reach
}
