//! Brings work from the lanes to slots: to an idle one that still has its connection, else to a
//! new one.

use std::collections::HashMap;
use std::sync::Arc;

use fanfare_model::{DeliveryId, WebhookId};
use fanfare_store::{Leased, Webhook};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::engine::Shared;
use crate::lanes::{Allowance, Lanes, Next};
use crate::pace::Signal;
use crate::slot;

/// The lanes, and the slots that wait for work.
pub(crate) struct Dispatch {
    state: Mutex<State>,
    /// The pacer sleeps until a lane's rate lets it go on.
    held_until: Mutex<Option<Instant>>,
    earlier: Notify,
}

struct State {
    lanes: Lanes<WebhookId, Leased>,
    idle: HashMap<WebhookId, Vec<oneshot::Sender<Leased>>>,
    idle_count: usize,
    idle_limit: usize,
}

pub(crate) fn allowance(webhook: &Webhook) -> Allowance {
    Allowance { in_flight: webhook.max_in_flight, rate: webhook.rate_limit }
}

impl Dispatch {
    pub(crate) fn new(in_flight: usize) -> Self {
        let state = State {
            lanes: Lanes::new(in_flight),
            idle: HashMap::new(),
            idle_count: 0,
            idle_limit: in_flight,
        };
        Self { state: Mutex::new(state), held_until: Mutex::default(), earlier: Notify::new() }
    }

    /// Adds work and starts what may start.
    pub(crate) fn push(&self, shared: &Arc<Shared>, work: Vec<Leased>) {
        let mut state = self.state.lock();
        for leased in work {
            let allowance = allowance(&leased.webhook);
            let class = leased.event_type.class();
            state.lanes.push(leased.webhook.id, class, leased, allowance);
        }
        self.start(shared, &mut state);
    }

    /// Starts what may start.
    pub(crate) fn pump(&self, shared: &Arc<Shared>) {
        self.start(shared, &mut self.state.lock());
    }

    /// An attempt is over. Gives the slot its lane's next delivery, or a place to wait for one;
    /// `None` when enough slots are idle: the slot ends.
    pub(crate) fn finish(
        &self,
        shared: &Arc<Shared>,
        key: WebhookId,
        signal: Signal,
        began: Instant,
    ) -> Result<Leased, Option<oneshot::Receiver<Leased>>> {
        let mut state = self.state.lock();
        let before = state.lanes.limit_of(key);
        let own = state.lanes.finish(key, signal, began, Instant::now());
        let after = state.lanes.limit_of(key);
        if let Some(places) = after
            && before != after
        {
            shared.room.set_places(key, places);
        }
        let waiting = match own {
            Some(leased) => Ok(leased),
            None => Err(state.wait_for_work(key)),
        };
        self.start(shared, &mut state);
        if state.lanes.in_flight() == 0 {
            shared.quiet.notify_waiters();
        }
        waiting
    }

    /// A waiting slot has given up.
    pub(crate) fn stopped_waiting(&self) {
        let mut state = self.state.lock();
        state.idle_count = state.idle_count.saturating_sub(1);
    }

    /// A webhook's allowance changed.
    pub(crate) fn allow(&self, shared: &Arc<Shared>, webhook: &Webhook) {
        let mut state = self.state.lock();
        state.lanes.allow(webhook.id, allowance(webhook));
        self.start(shared, &mut state);
    }

    /// Takes what waits in a lane.
    pub(crate) fn drain(&self, key: WebhookId, forget: bool) -> Vec<Leased> {
        let mut state = self.state.lock();
        if forget { state.lanes.forget(key) } else { state.lanes.drain(key) }
    }

    /// Takes what waits in all lanes.
    pub(crate) fn drain_all(&self) -> Vec<Leased> {
        let mut state = self.state.lock();
        let keys = state.lanes.keys();
        keys.into_iter().flat_map(|key| state.lanes.drain(key)).collect()
    }

    /// Takes one delivery out of its lane, if it still waits.
    pub(crate) fn remove(&self, key: WebhookId, id: DeliveryId) -> Option<Leased> {
        self.state.lock().lanes.remove(key, |leased| leased.id == id)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.state.lock().lanes.in_flight()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.state.lock().lanes.waiting()
    }

    pub(crate) fn lanes(&self) -> usize {
        self.state.lock().lanes.keys().len()
    }

    fn start(&self, shared: &Arc<Shared>, state: &mut State) {
        if !shared.is_started() {
            return;
        }
        loop {
            match state.lanes.next(Instant::now()) {
                Next::Go(key, leased) => state.hand_over(shared, key, leased),
                Next::WaitUntil(at) => return self.wake_at(at),
                Next::Nothing => return,
            }
        }
    }

    fn wake_at(&self, at: Instant) {
        let mut held_until = self.held_until.lock();
        if held_until.is_none_or(|known| at < known) {
            *held_until = Some(at);
            self.earlier.notify_one();
        }
    }
}

impl State {
    fn hand_over(&mut self, shared: &Arc<Shared>, key: WebhookId, mut leased: Leased) {
        if let Some(idle) = self.idle.get_mut(&key) {
            // The last one to go idle has the warmest connection.
            while let Some(slot) = idle.pop() {
                match slot.send(leased) {
                    Ok(()) => {
                        self.idle_count = self.idle_count.saturating_sub(1);
                        return;
                    }
                    Err(unsent) => leased = unsent,
                }
            }
        }
        shared.spawn(slot::run(shared.clone(), key, leased));
    }

    fn wait_for_work(&mut self, key: WebhookId) -> Option<oneshot::Receiver<Leased>> {
        if self.idle_count >= self.idle_limit {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        let idle = self.idle.entry(key).or_default();
        if idle.first().is_some_and(oneshot::Sender::is_closed) {
            idle.retain(|slot| !slot.is_closed());
        }
        idle.push(sender);
        self.idle_count += 1;
        Some(receiver)
    }
}

/// The pacer: lets lanes go on that were held back by their rate.
pub(crate) async fn pace(shared: Arc<Shared>) {
    let dispatch = &shared.dispatch;
    loop {
        let earlier = dispatch.earlier.notified();
        let until = *dispatch.held_until.lock();
        let sleep = async {
            match until {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep => {
                *dispatch.held_until.lock() = None;
                dispatch.pump(&shared);
            }
            () = earlier => {}
            () = shared.stop.cancelled() => return,
        }
    }
}
