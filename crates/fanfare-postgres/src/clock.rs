//! The database's time, so that all nodes agree on it.
//!
//! Promises: [`DatabaseClock::now`] is the database's clock as of the last measurement plus the
//! time that passed on this machine since then, whatever this machine's wall clock says or does.
//! The error is at most half of the quickest round trip seen, plus what the two machines' clocks
//! drift apart within [`EVERY`].

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fanfare_model::{Clock, Timestamp};
use fanfare_store::StoreError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::PostgresOptions;
use crate::fault::Fault;
use crate::session::{Scope, Sessions};

/// How often it is measured.
const EVERY: Duration = Duration::from_secs(10);
/// How often at a time; the quickest answer counts.
const TIMES: usize = 3;

/// A clock that follows the database's while [`DatabaseClock::follow`] runs.
pub struct DatabaseClock {
    sessions: Sessions,
    begin: Instant,
    /// The database's milliseconds at `begin`.
    base: AtomicI64,
}

impl DatabaseClock {
    /// Measures once.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn start(options: &PostgresOptions) -> Result<Arc<Self>, StoreError> {
        let options = PostgresOptions { sessions: 1, ..options.clone() };
        let sessions = Sessions::new(&options)?;
        let begin = Instant::now();
        let base = AtomicI64::new(measure(&sessions, begin).await?);
        Ok(Arc::new(Self { sessions, begin, base }))
    }

    /// Goes on measuring until `stop`.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            match measure(&self.sessions, self.begin).await {
                Ok(base) => self.base.store(base, Ordering::Relaxed),
                Err(fault) => tracing::debug!(%fault, "the database's clock was not read"),
            }
        }
        self.sessions.close().await;
    }
}

/// The database's milliseconds at `begin`.
async fn measure(sessions: &Sessions, begin: Instant) -> Result<i64, Fault> {
    let session = sessions.get(Scope::Product).await?;
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    session.one(sql, &[]).await?;
    let mut best: Option<(Duration, i64)> = None;
    for _ in 0..TIMES {
        let asked = Instant::now();
        let there: i64 = session.one(sql, &[]).await?.get(0);
        let took = asked.elapsed();
        let here = (asked + took / 2).duration_since(begin);
        let base = there - i64::try_from(here.as_millis()).unwrap_or(i64::MAX);
        if best.is_none_or(|(quickest, _)| took < quickest) {
            best = Some((took, base));
        }
    }
    best.map(|(_, base)| base).ok_or_else(|| Fault::failed("the clock was not read"))
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.begin.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.base.load(Ordering::Relaxed).saturating_add(passed))
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(at.since(self.now())))
    }
}
