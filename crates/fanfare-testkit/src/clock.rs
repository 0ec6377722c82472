//! A clock that stands still until a test moves it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{Clock, Timestamp};
use tokio::sync::watch;

/// Wall time under a test's control; sleepers wake in order as it is moved.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<watch::Sender<Timestamp>>);

impl Default for ManualClock {
    /// Starts at the time of the seed's example, 2024-06-20T15:30:00Z.
    fn default() -> Self {
        Self::at(Timestamp::from_millis(1_718_897_400_000))
    }
}

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(watch::Sender::new(now)))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = *now + by);
    }

    /// Moves the clock to a time; tests of clock faults may go backwards.
    pub fn set(&self, to: Timestamp) {
        self.0.send_replace(to);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut moves = self.0.subscribe();
        Box::pin(async move {
            // The sender lives as long as `self`, so this only ends when the time has come.
            let _ended = moves.wait_for(|now| *now >= at).await;
        })
    }
}
