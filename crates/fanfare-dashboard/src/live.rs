//! What arrives while a page is open, by server-sent events.
//!
//! A stream looks again and again and sends its part of the page whole when something on it
//! changed: who comes late misses nothing, and a page of rows stays a page of rows. A stream ends
//! after a minute and when the server stops; the browser comes again by itself and is asked for its
//! session and its right again. So many may be open at a time, so that looking costs little.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use fanfare_app::{AppError, OperatorContext};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::ask::{Answer, Ask};
use crate::state::Dashboard;

/// How long a stream lasts.
const LASTS: Duration = Duration::from_secs(60);
/// How soon the browser comes again.
const AGAIN: Duration = Duration::from_secs(1);

/// A part of a page that is sent when it changed.
pub(crate) trait Watch: Send + 'static {
    /// How often it is looked at.
    const EVERY: Duration;
    /// What decides whether something changed.
    type Key: PartialEq + Send + 'static;

    /// The part as it is now, with what decides; `None` when that is what was sent last.
    fn look(
        &self,
        dashboard: &Dashboard,
        ask: &Ask,
        sent: Option<&Self::Key>,
    ) -> impl Future<Output = Result<Option<(Self::Key, String)>, AppError>> + Send;
}

struct Stream<W: Watch> {
    dashboard: Dashboard,
    ask: Ask,
    watch: W,
    sent: Option<W::Key>,
    ticks: Interval,
    ends: Instant,
    stop: CancellationToken,
    /// Its place among the streams that may be open.
    _seat: OwnedSemaphorePermit,
}

/// The answer that goes on: the part now, and again whenever it changed.
pub(crate) fn stream<W: Watch + Sync>(dashboard: Dashboard, ask: Ask, watch: W) -> Answer {
    let seat = dashboard.live_seat().ok_or_else(|| {
        let context = OperatorContext::new("as many pages are live as may be");
        AppError::unavailable(Duration::from_secs(10), context)
    })?;
    let mut ticks = interval(W::EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (ends, stop) = (Instant::now() + LASTS, dashboard.stop());
    let begun = Stream { dashboard, ask, watch, sent: None, ticks, ends, stop, _seat: seat };
    let events = stream::unfold(begun, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

impl<W: Watch> Stream<W> {
    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return None,
                _ = self.ticks.tick() => {}
            }
            if Instant::now() >= self.ends {
                return None;
            }
            // A look that fails ends the stream; the next one begins with the refusal.
            let look = self.watch.look(&self.dashboard, &self.ask, self.sent.as_ref());
            if let Some((key, html)) = look.await.ok()? {
                self.sent = Some(key);
                return Some(Event::default().event("rows").retry(AGAIN).data(html));
            }
        }
    }
}
