//! The URL of a webhook, judged before it is taken and before a test is sent.
//!
//! What is wrong with its text is told exactly, since that reveals nothing. What resolving it
//! showed is one complaint of one wording: a forbidden address and a name that does not resolve
//! look alike, so that nobody can map our network by trying. Nor by the clock: a refusal at once
//! would tell that our own resolver knew the name, so it is told on the next [`BEAT`] after the
//! question. The operator's log has the detail.

use std::time::Duration;

use fanfare_egress::{ErrorClass, Target};
use tokio::time::{Instant, sleep_until};

use crate::complaints::Complaints;
use crate::{App, AppError, OperatorContext};

/// What was in vain is told only so often after it was asked for.
const BEAT: Duration = Duration::from_secs(1);

/// When something was asked for.
pub(super) struct Asked(Instant);

impl Asked {
    pub(super) fn now() -> Self {
        Self(Instant::now())
    }

    /// Waits for the next beat: however soon it was known, it is not told sooner.
    pub(super) async fn beat(self) {
        let beats = self.0.elapsed().as_millis() / BEAT.as_millis() + 1;
        sleep_until(self.0 + BEAT * u32::try_from(beats).unwrap_or(u32::MAX)).await;
    }
}

impl App {
    pub(super) fn parse_target(&self, complaints: &mut Complaints, url: &str) -> Option<Target> {
        match Target::parse(url, self.shared.egress.policy()) {
            Ok(target) => Some(target),
            Err(error) => {
                complaints.add("url", error.to_string());
                None
            }
        }
    }

    /// Resolves the host and judges every address.
    pub(super) async fn vet_target(&self, target: &Target) -> Result<(), AppError> {
        let asked = Asked::now();
        match self.shared.egress.vet(target).await {
            Ok(_addresses) => Ok(()),
            Err(error) => {
                asked.beat().await;
                let context = OperatorContext::new(error.detail());
                let refused = AppError::invalid_field("url", ErrorClass::Refused.message());
                Err(refused.with_context(context))
            }
        }
    }
}
