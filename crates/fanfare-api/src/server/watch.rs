//! What one connection is doing, and since when.
//!
//! The phases: *head* (bytes of a request's head are awaited), *serving* (a handler runs) and
//! *idle* (nothing is asked, or a response is being taken). Connection, socket and handler share
//! one `Watch`; each notes a change with one atomic store. The connection's timer looks at it
//! only when it fires, so that a busy connection never touches the timer wheel.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::ServerLimits;

const HEAD: u64 = 0;
const SERVING: u64 = 1;
const IDLE: u64 = 2;
const PHASE_BITS: u32 = 2;

/// See the module.
pub(super) struct Watch {
    limits: ServerLimits,
    born: Instant,
    /// Milliseconds from `born` to the phase's beginning, shifted left by [`PHASE_BITS`], and
    /// the phase. Only ever read and written within the connection's task.
    state: AtomicU64,
    draining: AtomicBool,
}

/// What the timer learns when it fires.
pub(super) enum Verdict {
    /// Not yet: look again then.
    Wait(Instant),
    /// The connection has had its time, and in which phase.
    Over(&'static str),
}

impl Watch {
    /// A connection that was just accepted and owes us its first head.
    pub(super) fn new(limits: ServerLimits) -> Self {
        let born = Instant::now();
        Self { limits, born, state: AtomicU64::new(HEAD), draining: AtomicBool::new(false) }
    }

    /// Bytes came in.
    pub(super) fn bytes_read(&self) {
        if self.phase() == IDLE {
            self.enter(HEAD);
        }
    }

    /// The peer took bytes of a response.
    pub(super) fn bytes_written(&self) {
        if self.phase() == IDLE {
            self.enter(IDLE);
        }
    }

    /// A head is complete and a handler begins.
    pub(super) fn request_begins(&self) {
        self.enter(SERVING);
    }

    /// The handler has a response.
    pub(super) fn request_ends(&self) {
        self.enter(IDLE);
    }

    /// The server stops: from now on the whole connection has one deadline.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        let now = self.born.elapsed().as_millis() as u64;
        self.state.store(now << PHASE_BITS | SERVING, Ordering::Relaxed);
    }

    /// When to look again: at the phase's deadline, but not later than the shortest time any
    /// phase is allowed from now on, so that the deadline of one that begins meanwhile is not
    /// slept through.
    pub(super) fn next_look(&self) -> Instant {
        let ServerLimits { head_timeout, request_timeout, idle_timeout, .. } = self.limits;
        let shortest = head_timeout.min(request_timeout).min(idle_timeout);
        self.deadline().min(Instant::now() + shortest)
    }

    /// When the phase must have ended.
    fn deadline(&self) -> Instant {
        let since = Duration::from_millis(self.state.load(Ordering::Relaxed) >> PHASE_BITS);
        self.born + since + self.allowance()
    }

    /// Whether the phase has had its time.
    pub(super) fn verdict(&self) -> Verdict {
        if Instant::now() < self.deadline() {
            return Verdict::Wait(self.next_look());
        }
        Verdict::Over(match self.phase() {
            _ if self.draining.load(Ordering::Relaxed) => "the server stops",
            HEAD => "the request's head did not come in time",
            SERVING => "the handler did not answer in time",
            _ => "idle for too long",
        })
    }

    fn allowance(&self) -> Duration {
        match self.phase() {
            _ if self.draining.load(Ordering::Relaxed) => self.limits.grace,
            HEAD => self.limits.head_timeout,
            SERVING => self.limits.request_timeout,
            _ => self.limits.idle_timeout,
        }
    }

    /// Whether a head is awaited: no handler runs, no response is being taken.
    pub(super) fn awaits_head(&self) -> bool {
        self.phase() == HEAD
    }

    fn phase(&self) -> u64 {
        self.state.load(Ordering::Relaxed) & ((1 << PHASE_BITS) - 1)
    }

    fn enter(&self, phase: u64) {
        // While draining the clock of the whole connection runs, whatever it does.
        if !self.draining.load(Ordering::Relaxed) {
            let now = self.born.elapsed().as_millis() as u64;
            self.state.store(now << PHASE_BITS | phase, Ordering::Relaxed);
        }
    }
}
