//! Trying a URL before a webhook is made of it, and showing when attempts would come.
//!
//! A check opens a guarded connection and closes it: nothing is sent. What it says is no finer than
//! what a delivery would say: a name that does not resolve, a forbidden address and a port where
//! nobody answers are one verdict of one wording, told at the same moments (see `target`), so that
//! it cannot be used to map a network. The operator's log has the detail. Each organization has a few checks a minute on each node.

use std::collections::HashMap;
use std::time::Duration;

use fanfare_egress::ErrorClass;
use fanfare_model::{OrganizationId, Scope, Timestamp};
use parking_lot::Mutex;

use super::target::Asked;
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode};

/// Checks of one organization in a minute.
const CHECKS: u32 = 10;
const MINUTE: Duration = Duration::from_secs(60);

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlCheck {
    /// A connection could be made, with a certificate that holds if the URL is `https`.
    Reachable,
    /// No connection could be made.
    Unreachable,
    /// There is a server, but no secure connection to it.
    NoTls,
}

impl UrlCheck {
    /// What that means and what to do, for people.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Reachable => {
                "The receiver can be reached. Send a test event to see whether it answers with 2xx."
            }
            Self::Unreachable => {
                "No connection could be made. Check the host's spelling, that it has a public \
                 address, and that a server listens on the port and no firewall keeps us out."
            }
            Self::NoTls => {
                "There is a server, but no secure connection to it. Check that its certificate is \
                 valid for this host, not expired, and sent with its whole chain."
            }
        }
    }
}

/// How many checks each organization made in the running minute.
#[derive(Default)]
pub(crate) struct UrlChecks(Mutex<(Timestamp, HashMap<OrganizationId, u32>)>);

impl UrlChecks {
    /// Counts one more, or gives how long to wait.
    fn take(&self, organization: OrganizationId, now: Timestamp) -> Result<(), Duration> {
        let mut checks = self.0.lock();
        let (since, made) = &mut *checks;
        if now.since(*since) >= MINUTE || now < *since {
            *since = now;
            made.clear();
        }
        let made = made.entry(organization).or_default();
        if *made >= CHECKS {
            return Err(MINUTE.saturating_sub(now.since(*since)));
        }
        *made += 1;
        Ok(())
    }
}

impl App {
    /// Tries a URL as a webhook's: its text, its host, a connection, TLS. Needs `webhooks:write`.
    /// What is wrong with the text is told exactly, as when a webhook is made; beyond a few
    /// checks a minute [`ErrorCode::RateLimited`].
    pub async fn check_url(&self, caller: &Caller, url: &str) -> Result<UrlCheck, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let mut complaints = Complaints::default();
        let target = self.parse_target(&mut complaints, url);
        complaints.judge()?;
        let Some(target) = target else { return Ok(UrlCheck::Unreachable) };
        let organization = caller.organization_id;
        self.shared.url_checks.take(organization, self.now()).map_err(|wait| {
            let message = "too many URLs were checked in the last minute";
            AppError::new(ErrorCode::RateLimited, message).with_retry_after(wait)
        })?;
        let asked = Asked::now();
        match self.shared.egress.connect(&target).await {
            Ok(_closed) => Ok(UrlCheck::Reachable),
            Err(error) => {
                let (class, detail) = (error.class(), error.detail());
                tracing::info!(%organization, ?class, detail, "a URL was checked in vain");
                if class == ErrorClass::Tls {
                    return Ok(UrlCheck::NoTls);
                }
                asked.beat().await;
                Ok(UrlCheck::Unreachable)
            }
        }
    }

    /// When the attempts of a delivery made now would come if each failed at once: never earlier
    /// than this, up to a tenth of each wait later. Needs no scope.
    pub fn preview_schedule(&self) -> Vec<Timestamp> {
        self.shared.options.schedule.preview(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_organization_has_its_checks_each_minute() {
        let checks = UrlChecks::default();
        let at = |second: i64| Timestamp::from_millis(1_000_000 + second * 1_000);
        let [one, other] = [1, 2].map(OrganizationId::from_u128);
        for _ in 0..CHECKS {
            assert_eq!(checks.take(one, at(0)), Ok(()));
        }
        assert_eq!(checks.take(one, at(20)), Err(Duration::from_secs(40)));
        assert_eq!(checks.take(other, at(20)), Ok(()));
        assert_eq!(checks.take(one, at(60)), Ok(()));
    }
}
