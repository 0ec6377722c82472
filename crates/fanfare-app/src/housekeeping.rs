//! What has to be done now and then: retention, cancelling what nobody serves, noting when keys
//! were used.

use tokio_util::sync::CancellationToken;

use crate::App;

impl App {
    /// Keeps house until `shutdown`: expires what is older than the retention, cancels what
    /// waits for disabled webhooks, flushes key usage. In bounded steps with pauses, so that
    /// accepting events goes on meanwhile.
    pub async fn run_housekeeping(&self, shutdown: CancellationToken) {
        let _ = shutdown;
        unimplemented!()
    }
}
