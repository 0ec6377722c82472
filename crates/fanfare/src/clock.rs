//! The machine's clock with tokio's timer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{Clock, SystemClock};

/// The clock that everything in the process shares.
pub(crate) fn system_clock() -> Arc<dyn Clock> {
    let sleep = |wait: Duration| -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(wait))
    };
    Arc::new(SystemClock::new(sleep))
}
