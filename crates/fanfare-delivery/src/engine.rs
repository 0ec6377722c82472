//! The engine's life: made, started, drained.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fanfare_egress::Egress;
use fanfare_model::{Clock, Entropy, WebhookId, WebhookStatus};
use fanfare_signing::Keyring;
use fanfare_store::{Leased, Store};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::EngineOptions;
use crate::claimer::{self, Claims};
use crate::dispatch::{self, Dispatch};
use crate::figures::{Counters, EngineFigures};
use crate::prepared::{Prepared, PreparedWebhooks};
use crate::recorder::{self, Recorder, Return};
use crate::room::Room;
use crate::slot::returned;

/// Delivers. Made first, given to the store as its [`fanfare_store::Handover`], then started
/// with that store.
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

/// What loops and slots have in common.
pub(crate) struct Shared {
    pub(crate) options: EngineOptions,
    pub(crate) egress: Egress,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) prepared: PreparedWebhooks,
    pub(crate) room: Room,
    pub(crate) dispatch: Dispatch,
    pub(crate) recorder: Recorder,
    pub(crate) claims: Claims,
    pub(crate) counters: Counters,
    /// Begin nothing new.
    pub(crate) stop: CancellationToken,
    /// Let go of what is in flight.
    pub(crate) abandon: CancellationToken,
    /// The last request in flight is over.
    pub(crate) quiet: Notify,
    runtime: OnceLock<Handle>,
    tasks: TaskTracker,
    /// The claimer alone, which is one of the tasks.
    claimer: TaskTracker,
}

impl Engine {
    /// An engine that does nothing yet, except to tell the store how much room it has.
    pub fn new(
        options: EngineOptions,
        egress: Egress,
        keyring: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Arc<Self> {
        let prepared = PreparedWebhooks::new(keyring, egress.policy().clone());
        let shared = Shared {
            room: Room::new(&options),
            dispatch: Dispatch::new(options.in_flight),
            recorder: Recorder::default(),
            claims: Claims::default(),
            counters: Counters::default(),
            stop: CancellationToken::new(),
            abandon: CancellationToken::new(),
            quiet: Notify::new(),
            runtime: OnceLock::new(),
            tasks: TaskTracker::new(),
            claimer: TaskTracker::new(),
            options,
            egress,
            clock,
            entropy,
            prepared,
        };
        Arc::new(Self { shared: Arc::new(shared) })
    }

    /// Starts the loops on the current tokio runtime. A second call changes nothing.
    pub fn start(&self, store: Arc<dyn Store>) {
        let shared = &self.shared;
        if shared.runtime.set(Handle::current()).is_err() {
            return;
        }
        shared.spawn(recorder::run(shared.clone(), store.clone()));
        let claimer = shared.claimer.track_future(claimer::run(shared.clone(), store));
        shared.spawn(claimer);
        shared.spawn(dispatch::pace(shared.clone()));
        // What was handed over before the start begins now.
        shared.dispatch.pump(shared);
    }

    /// Ends: nothing new begins, what waits in memory goes back to the store, requests in
    /// flight get `grace` to finish and are then given back without costing an attempt. Returns
    /// when every result is recorded, or with the store away when the grace is over.
    pub async fn drain(&self, grace: Duration) {
        let shared = &self.shared;
        let deadline = tokio::time::Instant::now() + grace;
        shared.room.close();
        shared.stop.cancel();
        shared.give_back_waiting();
        if tokio::time::timeout_at(deadline, shared.quiet()).await.is_err() {
            shared.abandon.cancel();
            shared.quiet().await;
        }
        // A claim that was under way when we stopped brings more, which only the recorder gives back:
        // it has to outlive the claimer.
        shared.claimer.close();
        let _store_away = tokio::time::timeout_at(deadline, shared.claimer.wait()).await;
        shared.give_back_waiting();
        shared.recorder.close();
        shared.tasks.close();
        if tokio::time::timeout_at(deadline, shared.tasks.wait()).await.is_err() {
            shared.abandon.cancel();
            shared.tasks.wait().await;
        }
    }

    /// What the engine counted, and what it holds now.
    pub fn figures(&self) -> EngineFigures {
        let held = self.shared.room.held();
        EngineFigures {
            waiting: self.shared.dispatch.waiting() as u64,
            in_flight: self.shared.dispatch.in_flight() as u64,
            held: held.deliveries as u64,
            held_bytes: held.bytes as u64,
            lanes: self.shared.dispatch.lanes() as u64,
            ..self.shared.counters.read()
        }
    }
}

impl Shared {
    /// Whether work may be started: before that, lanes only fill.
    pub(crate) fn is_started(&self) -> bool {
        self.runtime.get().is_some()
    }

    /// Runs a task that [`Engine::drain`] waits for.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = self.runtime.get() {
            self.tasks.spawn_on(task, runtime);
        }
    }

    /// Takes deliveries that have room.
    pub(crate) fn take_on(self: &Arc<Self>, work: Vec<Leased>) {
        if self.stop.is_cancelled() {
            let due = Return::DueAt(self.clock.now());
            self.recorder.give_back(work.iter().map(|leased| returned(leased, due)));
        } else {
            self.dispatch.push(self, work);
        }
    }

    /// Takes deliveries that were claimed: their room is taken only now.
    pub(crate) fn take_claimed(self: &Arc<Self>, work: Vec<Leased>) {
        for leased in &work {
            self.room.occupy(leased.webhook.id, leased.body.len());
        }
        self.take_on(work);
    }

    /// Gives room back, and has the store looked at if a claim had missed it.
    pub(crate) fn give_room_back(&self, freed: impl IntoIterator<Item = (WebhookId, usize)>) {
        if self.room.release(freed) {
            self.claims.now();
        }
    }

    /// What becomes of deliveries of this webhook that wait in memory; `None`: attempt them.
    pub(crate) fn return_of(&self, prepared: &Prepared) -> Option<Return> {
        match prepared.webhook.status {
            _ if prepared.deleted => Some(Return::Cancelled),
            WebhookStatus::Disabled => Some(Return::Cancelled),
            WebhookStatus::Paused => Some(Return::DueAt(self.clock.now())),
            WebhookStatus::Active | WebhookStatus::Failed => None,
        }
    }

    fn give_back_waiting(&self) {
        let waiting = self.dispatch.drain_all();
        let due = Return::DueAt(self.clock.now());
        self.recorder.give_back(waiting.iter().map(|leased| returned(leased, due)));
    }

    async fn quiet(&self) {
        loop {
            let quiet = self.quiet.notified();
            if self.dispatch.in_flight() == 0 {
                return;
            }
            quiet.await;
        }
    }
}
