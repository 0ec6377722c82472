//! Requests as they were answered, for whoever looks at the moment: `fanfare logs tail`.
//!
//! **Promises.** Only what a watched organization asks is noted, so that a server that nobody watches
//! pays one load for each request. Everything is bounded: organizations that are watched, requests
//! kept for each, the time without a look after which one is not watched any more. A request is noted
//! without its query, its headers and its body.
//!
//! It is about this node and in memory: a cursor of another node, or from before a restart, says that
//! something may have been missed and goes on from now.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fanfare_app::{AppError, OperatorContext};
use fanfare_model::{Actor, OrganizationId, RequestId, Timestamp};
use http::Method;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// Organizations that are watched at the same time.
const WATCHED: usize = 100;
/// Requests that are kept for each.
const KEPT: usize = 1_000;
/// Requests of one answer.
const PAGE: usize = 100;
/// How long after a look requests are still noted.
const MEMORY: Duration = Duration::from_secs(60);

/// A request that was answered.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    pub(crate) id: RequestId,
    pub(crate) actor: Actor,
    pub(crate) at: Timestamp,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) took: Duration,
}

/// How far somebody has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// When noting began, in milliseconds: positions of another beginning mean nothing.
    begun: i64,
    number: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.begun, self.number)
    }
}

impl FromStr for Position {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "must be a cursor that an answer gave";
        let (begun, number) = text.split_once('-').ok_or(expected)?;
        let begun = i64::from_str_radix(begun, 16).map_err(|_| expected)?;
        let number = u64::from_str_radix(number, 16).map_err(|_| expected)?;
        Ok(Self { begun, number })
    }
}

/// What a look found.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) requests: Vec<Logged>,
    /// Where to go on.
    pub(crate) read_to: Position,
    /// Whether something between the last look and this one may be missing.
    pub(crate) missed: bool,
}

/// An organization that is watched.
struct Watched {
    begun: i64,
    /// The number of the next request.
    next: u64,
    kept: VecDeque<Logged>,
    until: Instant,
    bell: Arc<Notify>,
}

/// What is noted.
#[derive(Default)]
pub(crate) struct RequestLog {
    watched: Mutex<HashMap<OrganizationId, Watched>>,
    anybody: AtomicBool,
    closed: CancellationToken,
}

impl RequestLog {
    /// Whether anybody is watched: [`RequestLog::note`] is for nothing otherwise.
    pub(crate) fn is_watched(&self) -> bool {
        self.anybody.load(Ordering::Relaxed)
    }

    /// Notes a request, if its organization is watched.
    pub(crate) fn note(&self, organization: OrganizationId, request: Logged) {
        let mut all = self.watched.lock();
        let Some(watched) = all.get_mut(&organization) else { return };
        if watched.until < Instant::now() {
            all.remove(&organization);
            self.anybody.store(!all.is_empty(), Ordering::Relaxed);
            return;
        }
        watched.kept.push_back(request);
        watched.next += 1;
        if watched.kept.len() > KEPT {
            watched.kept.pop_front();
        }
        watched.bell.notify_waiters();
    }

    /// What was noted after a position, or from now on without one; waits for as long as allowed if
    /// there is nothing.
    pub(crate) async fn look(
        &self,
        organization: OrganizationId,
        after: Option<Position>,
        wait: Duration,
        now: Timestamp,
    ) -> Result<Look, AppError> {
        let deadline = Instant::now() + wait;
        let (bell, after, missed) = self.begin(organization, after, now)?;
        loop {
            let mut rung = std::pin::pin!(bell.notified());
            // Before the look, so that what is noted in between rings.
            rung.as_mut().enable();
            let look = self.read(organization, after, missed);
            if !look.requests.is_empty() || look.missed || self.closed.is_cancelled() {
                return Ok(look);
            }
            tokio::select! {
                rung = timeout_at(deadline, rung) => if rung.is_err() { return Ok(look) },
                () = self.closed.cancelled() => return Ok(look),
            }
        }
    }

    /// Ends every wait: the server stops.
    pub(crate) fn close(&self) {
        self.closed.cancel();
    }

    fn begin(
        &self,
        organization: OrganizationId,
        after: Option<Position>,
        now: Timestamp,
    ) -> Result<(Arc<Notify>, Position, bool), AppError> {
        let time = Instant::now();
        let mut all = self.watched.lock();
        all.retain(|_, watched| watched.until >= time);
        if all.len() >= WATCHED && !all.contains_key(&organization) {
            let context = OperatorContext::new("too many organizations are watched");
            return Err(AppError::unavailable(MEMORY, context));
        }
        let watched = all.entry(organization).or_insert_with(|| Watched {
            begun: now.as_millis(),
            next: 0,
            kept: VecDeque::new(),
            until: time,
            bell: Arc::default(),
        });
        watched.until = time + MEMORY;
        self.anybody.store(true, Ordering::Relaxed);
        let newest = Position { begun: watched.begun, number: watched.next };
        let known =
            after.filter(|after| after.begun == newest.begun && after.number <= newest.number);
        let missed = after.is_some() && known.is_none();
        Ok((watched.bell.clone(), known.unwrap_or(newest), missed))
    }

    fn read(&self, organization: OrganizationId, after: Position, missed: bool) -> Look {
        let all = self.watched.lock();
        let Some(watched) = all.get(&organization) else {
            return Look { requests: Vec::new(), read_to: after, missed };
        };
        let oldest = watched.next - watched.kept.len() as u64;
        let from = after.number.max(oldest);
        let skip = usize::try_from(from - oldest).unwrap_or(usize::MAX);
        let requests: Vec<_> = watched.kept.iter().skip(skip).take(PAGE).cloned().collect();
        let read_to = Position { begun: watched.begun, number: from + requests.len() as u64 };
        Look { requests, read_to, missed: missed || after.number < oldest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_428_000_123);

    fn request(number: u128) -> Logged {
        Logged {
            id: RequestId::from_u128(number),
            actor: Actor::Console,
            at: NOW,
            method: Method::GET,
            path: "/api/events".to_owned(),
            status: 200,
            took: Duration::from_millis(3),
        }
    }

    fn numbers(look: &Look) -> Vec<u128> {
        look.requests.iter().map(|request| request.id.as_u128()).collect()
    }

    fn organization(number: u128) -> OrganizationId {
        OrganizationId::from_u128(number)
    }

    #[tokio::test(start_paused = true)]
    async fn a_watcher_sees_each_request_once_and_only_its_own() {
        let (log, ours) = (RequestLog::default(), organization(1));
        assert!(!log.is_watched());
        log.note(ours, request(1));
        let first = log.look(ours, None, Duration::ZERO, NOW).await.unwrap();
        assert!(first.requests.is_empty() && !first.missed && log.is_watched(), "from now on");
        for number in 2..=4 {
            log.note(ours, request(number));
            log.note(organization(2), request(100 + number));
        }
        let second = log.look(ours, Some(first.read_to), Duration::ZERO, NOW).await.unwrap();
        assert_eq!((numbers(&second), second.missed), (vec![2, 3, 4], false));
        let third =
            log.look(ours, Some(second.read_to), Duration::from_secs(5), NOW).await.unwrap();
        assert!(third.requests.is_empty(), "after the wait");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_a_request_and_with_the_server() {
        let (log, ours) = (RequestLog::default(), organization(1));
        let long = Duration::from_secs(3_600);
        let (look, ()) = tokio::join!(log.look(ours, None, long, NOW), async {
            log.note(ours, request(7));
        });
        assert_eq!(numbers(&look.unwrap()), [7]);
        let began = Instant::now();
        let (look, ()) = tokio::join!(log.look(ours, None, long, NOW), async { log.close() });
        assert!(look.unwrap().requests.is_empty() && began.elapsed() < long);
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_kept_is_told() {
        let (log, ours) = (RequestLog::default(), organization(1));
        let first = log.look(ours, None, Duration::ZERO, NOW).await.unwrap();
        for number in 0..=KEPT as u128 {
            log.note(ours, request(number));
        }
        let late = log.look(ours, Some(first.read_to), Duration::ZERO, NOW).await.unwrap();
        assert_eq!((numbers(&late)[0], late.requests.len(), late.missed), (1, PAGE, true));
        tokio::time::advance(MEMORY + Duration::from_secs(1)).await;
        log.note(ours, request(5));
        assert!(!log.is_watched(), "nobody looked for a while");
        let after = NOW + Duration::from_secs(61);
        let again = log.look(ours, Some(late.read_to), Duration::ZERO, after).await.unwrap();
        assert!(again.missed && again.requests.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn watchers_have_an_end() {
        let log = RequestLog::default();
        for number in 0..WATCHED as u128 {
            log.look(organization(number), None, Duration::ZERO, NOW).await.unwrap();
        }
        let refused = log.look(organization(1_000), None, Duration::ZERO, NOW).await.unwrap_err();
        assert_eq!(refused.code(), fanfare_app::ErrorCode::Unavailable);
        log.look(organization(5), None, Duration::ZERO, NOW).await.unwrap();
        tokio::time::advance(MEMORY + Duration::from_secs(1)).await;
        log.look(organization(1_000), None, Duration::ZERO, NOW).await.unwrap();
    }

    #[test]
    fn positions_are_read_as_they_are_written() {
        let position = Position { begun: NOW.as_millis(), number: 42 };
        assert_eq!(position.to_string().parse(), Ok(position));
        for wrong in ["", "1", "x-1", "1-", "1-2-3"] {
            assert!(wrong.parse::<Position>().is_err(), "{wrong}");
        }
    }
}
