//! The URL of a webhook, judged before it is taken and before a test is sent.
//!
//! What is wrong with its text is told exactly, since that reveals nothing. What resolving it
//! showed is one complaint of one wording: a forbidden address and a name that does not resolve
//! look alike, so that nobody can map our network by trying. The operator's log has the detail.

use fanfare_egress::{ErrorClass, Target};

use crate::complaints::Complaints;
use crate::{App, AppError, OperatorContext};

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
        match self.shared.egress.vet(target).await {
            Ok(_addresses) => Ok(()),
            Err(error) => {
                let context = OperatorContext::new(error.detail());
                let refused = AppError::invalid_field("url", ErrorClass::Refused.message());
                Err(refused.with_context(context))
            }
        }
    }
}
