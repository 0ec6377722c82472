//! Rows that arrive while a page is open, by server-sent events.
//!
//! The stream looks at the first page of the list once a second and sends it whole when something on
//! it changed: who comes late misses nothing, and a page of rows stays a page of rows. A stream ends
//! after a minute and when the server stops; the browser comes again by itself and is asked for its
//! session and its right again. So many may be open at a time, so that looking costs little.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use fanfare_app::{AppError, OperatorContext};
use fanfare_model::kinds::Delivery;
use fanfare_model::{DeliveryId, DeliveryStatus};
use fanfare_store::{DeliveryFilter, PageRequest};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::filter;
use super::one::outcome_part;
use super::rows::{Names, Rows};
use crate::ask::{Answer, Ask, PathId};
use crate::list::PAGE;
use crate::state::Dashboard;

/// How often a stream looks.
const EVERY: Duration = Duration::from_secs(1);
/// How long a stream lasts.
const LASTS: Duration = Duration::from_secs(60);
/// How soon the browser comes again.
const AGAIN: Duration = Duration::from_secs(1);

/// What a stream looks at.
enum Watched {
    List { filter: DeliveryFilter, of_one: bool },
    One(DeliveryId),
}

/// What decides whether something changed.
type Key = Vec<(DeliveryId, DeliveryStatus, u8)>;

struct Stream {
    dashboard: Dashboard,
    ask: Ask,
    watched: Watched,
    sent: Option<Key>,
    ticks: Interval,
    ends: Instant,
    stop: CancellationToken,
    /// Its place among the streams that may be open.
    _seat: OwnedSemaphorePermit,
}

/// `GET /deliveries/live`
pub(crate) async fn live(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let filter = filter::read(&ask.query, ask.now)?;
    let of_one = ask.query.has("one");
    stream(dashboard, ask, Watched::List { filter, of_one })
}

/// `GET /deliveries/{id}/live`
pub(crate) async fn live_one(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Delivery>,
    ask: Ask,
) -> Answer {
    dashboard.app().delivery(ask.caller(), id).await?;
    stream(dashboard, ask, Watched::One(id))
}

fn stream(dashboard: Dashboard, ask: Ask, watched: Watched) -> Answer {
    let seat = dashboard.live_seat().ok_or_else(|| {
        let context = OperatorContext::new("as many pages are live as may be");
        AppError::unavailable(Duration::from_secs(10), context)
    })?;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (ends, stop) = (Instant::now() + LASTS, dashboard.stop());
    let begun = Stream { dashboard, ask, watched, sent: None, ticks, ends, stop, _seat: seat };
    let events = stream::unfold(begun, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    let response: Response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    Ok(response)
}

impl Stream {
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
            let (key, html) = self.look().await.ok()?;
            if self.sent.as_ref() != Some(&key) {
                self.sent = Some(key);
                return Some(Event::default().event("rows").retry(AGAIN).data(html));
            }
        }
    }

    async fn look(&self) -> Result<(Key, String), AppError> {
        let (app, now) = (self.dashboard.app(), self.dashboard.now());
        match &self.watched {
            Watched::List { filter, of_one } => {
                let first = PageRequest { limit: PAGE, ..PageRequest::default() };
                let found = app.deliveries(self.ask.caller(), filter.clone(), first).await?;
                let key = found.items.iter().map(|it| (it.id, it.status, it.attempts)).collect();
                if self.sent.as_ref() == Some(&key) {
                    return Ok((key, String::new()));
                }
                let names = Names::find(&self.dashboard, &self.ask).await?;
                Ok((key, Rows::new(&found.items, &names, now, *of_one).html().0))
            }
            Watched::One(id) => {
                let view = app.delivery(self.ask.caller(), *id).await?;
                let delivery = &view.detail.delivery;
                let key = vec![(delivery.id, delivery.status, delivery.attempts)];
                let html = outcome_part(&self.dashboard, &self.ask, &view, now).await?;
                Ok((key, html))
            }
        }
    }
}
