//! The one way to learn the time of day.

use std::future::Future;
use std::pin::Pin;

use crate::Timestamp;

/// Wall time. Production reads the system clock; tests hold a clock they move by hand.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Completes when [`Clock::now`] has reached `at`; at once when it already has.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The machine's clock. `sleep` is given by whoever owns a timer (this crate has none).
pub struct SystemClock<S> {
    sleep: S,
}

impl<S> SystemClock<S> {
    /// A clock that waits with `sleep`, for example `|d| Box::pin(tokio::time::sleep(d))`.
    pub const fn new(sleep: S) -> Self {
        Self { sleep }
    }
}

impl<S> Clock for SystemClock<S>
where
    S: Fn(std::time::Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync + 'static,
{
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else uses")]
    fn now(&self) -> Timestamp {
        let since =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        (self.sleep)(at.since(self.now()))
    }
}
