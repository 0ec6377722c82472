//! The store: what its operations share.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use fanfare_model::catalogue::EventClass;
use fanfare_model::{IdSource, OrganizationId, WebhookId};
use fanfare_store::{Handover, StoreError};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::PostgresOptions;
use crate::accept::{self, Batcher};
use crate::callers::{self, Callers};
use crate::fault::Fault;
use crate::figures::{self, Figures};
use crate::hints::{self, Hints};
use crate::ids::uuid;
use crate::launch::{self, Sweeper, Works};
use crate::pieces;
use crate::schema::verify_schema;
use crate::session::{Lent, Scope, Sessions};
use crate::shares::{Errand, Purpose};
use crate::transfer::refuse_unfinished;
use crate::watch;
use crate::webhooks::Webhooks;

/// How often a transaction that collided with another is tried.
const TURNS: u32 = 8;

/// One node's store on a PostgreSQL database.
pub struct PostgresStore {
    pub(crate) sessions: Sessions,
    pub(crate) options: PostgresOptions,
    pub(crate) handover: Arc<dyn Handover>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) batcher: Batcher,
    pub(crate) works: Works,
    pub(crate) callers: Callers,
    pub(crate) sweeper: Sweeper,
    pub(crate) webhooks: Webhooks,
    pub(crate) figures: Figures,
    pub(crate) hints: Hints,
    /// Organizations that were seen to exist.
    pub(crate) organizations_seen: Mutex<HashSet<OrganizationId>>,
    /// Statements that made deliveries, counted for their ids.
    statements: AtomicU32,
    /// The webhook at which the last claim filled up. Held while a claim runs: a second one beside it
    /// would only pass over the rows that the first is taking.
    pub(crate) claimed_last: tokio::sync::Mutex<WebhookId>,
    /// Webhooks for which the engine had no room.
    full: Mutex<HashSet<(WebhookId, EventClass)>>,
    leases: AtomicI64,
    tasks: TaskTracker,
    /// The store is closing.
    pub(crate) stop: CancellationToken,
}

impl PostgresStore {
    /// Opens a database that has this version's schema, on the current runtime.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached, [`StoreError::Failed`] when it has
    /// another schema: the text says what to run.
    pub async fn open(
        options: PostgresOptions,
        handover: Arc<dyn Handover>,
        ids: Arc<IdSource>,
    ) -> Result<Arc<Self>, StoreError> {
        verify_schema(&options).await?;
        let sessions = Sessions::new(&options)?;
        refuse_unfinished(&sessions).await?;
        // Tokens of different nodes, and of this node's next life, do not meet: 40 random bits.
        let [.., a, b, c, d, e] = ids.random::<8>();
        let node = i64::from_be_bytes([0, 0, 0, a & 0x7f, b, c, d, e]);
        let webhooks = Webhooks::new(handover.clone());
        let store = Arc::new(Self {
            sessions,
            webhooks,
            options,
            handover,
            ids,
            batcher: Batcher::default(),
            works: Works::default(),
            callers: Callers::default(),
            sweeper: Sweeper::default(),
            figures: Figures::new(node),
            hints: Hints::default(),
            organizations_seen: Mutex::default(),
            statements: AtomicU32::new(0),
            claimed_last: tokio::sync::Mutex::new(WebhookId::from_u128(0)),
            full: Mutex::default(),
            leases: AtomicI64::new(node << 24),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        let seen = watch::begin(&store).await?;
        pieces::make_ahead(&store).await?;
        store.tasks.spawn(pieces::run(store.clone()));
        for _ in 0..store.options.accepting.max(1) {
            store.tasks.spawn(accept::run(store.clone()));
        }
        store.tasks.spawn(callers::run(store.clone()));
        store.tasks.spawn(figures::run(store.clone()));
        store.tasks.spawn(watch::run(store.clone(), seen));
        store.tasks.spawn(hints::send(store.clone()));
        store.tasks.spawn(hints::listen(store.clone()));
        for _ in 0..store.options.working.max(1) {
            store.tasks.spawn(launch::dispatch(store.clone()));
        }
        store.tasks.spawn(launch::sweep(store.clone()));
        Ok(store)
    }

    /// Ends the loops and the sessions; what was accepted before, and figures, are written first.
    pub async fn close(&self) {
        self.batcher.close();
        self.works.close();
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.sessions.close().await;
    }

    /// A token that no lease had before.
    pub(crate) fn next_lease(&self) -> i64 {
        self.leases.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What the ids of deliveries that one statement makes have in common: their first half without
    /// the milliseconds, which begin at bit 16, and their second half without the delivery's place
    /// in the statement, which begins at bit 40. Ids sort as they were made: by milliseconds, then
    /// by 12 bits that count this node's statements, then by place.
    pub(crate) fn id_bits(&self) -> (i64, i64) {
        let count = i64::from(self.statements.fetch_add(1, Ordering::Relaxed) & 0xfff);
        let random = i64::from(u32::from_be_bytes(self.ids.random()));
        (0x7000 | count, i64::MIN | random)
    }

    /// The engine had no room for a delivery of this webhook and class.
    pub(crate) fn note_full(&self, webhook: WebhookId, class: EventClass) {
        self.full.lock().insert((webhook, class));
    }

    /// The webhooks for which it still has none: for what has room kept for it, and for the rest.
    pub(crate) fn full_webhooks(&self) -> [Vec<uuid::Uuid>; 2] {
        let mut full = self.full.lock();
        full.retain(|(webhook, class)| {
            let has_room = self.handover.reserve(*webhook, *class, 0);
            if has_room {
                self.handover.give_up(*webhook, 0);
            }
            !has_room
        });
        [true, false].map(|prior| {
            let of = full.iter().filter(|(_, class)| class.is_prior() == prior);
            of.map(|(webhook, _)| uuid(*webhook)).collect()
        })
    }

    /// A session for this errand; a [`Scope`] alone is [`Purpose::Rest`].
    pub(crate) async fn session(&self, errand: impl Into<Errand>) -> Result<Lent, Fault> {
        self.sessions.get(errand).await
    }

    /// Whether a transaction that was undone for this reason is to be done once more; what stood
    /// in the way is mended or waited for first.
    pub(crate) async fn once_more(&self, fault: Fault, turn: &mut u32) -> Result<(), StoreError> {
        *turn += 1;
        if *turn >= TURNS {
            return Err(fault.into());
        }
        match fault {
            Fault::Collided(why) => {
                tracing::debug!(why, turn, "a transaction is done again");
                Ok(())
            }
            Fault::NoPiece(days) => Ok(self.make_pieces(&days).await?),
            fault => Err(fault.into()),
        }
    }

    /// Makes the pieces for these days.
    pub(crate) async fn make_pieces(&self, days: &[i32]) -> Result<(), Fault> {
        let session = self.session(Purpose::Work.of(Scope::Product)).await?;
        pieces::make(&session, days).await
    }
}

/// Does something in one transaction of a session for `$errand`; again when it collided with
/// another. `$body` gives a `Result<T, Fault>` and may run more than once.
macro_rules! transact {
    ($store:expr, $errand:expr, |$session:ident| $body:expr) => {{
        let store = $store;
        let mut turn = 0;
        loop {
            let done: Result<_, $crate::fault::Fault> = async {
                let $session = store.session($errand).await?;
                $session.begin().await?;
                let done: Result<_, $crate::fault::Fault> = async { $body }.await;
                match done {
                    Ok(value) => $session.commit().await.map(|()| value),
                    Err(fault) => {
                        $session.roll_back().await;
                        Err(fault)
                    }
                }
            }
            .await;
            match done {
                Ok(value) => break Ok(value),
                Err(fault) => {
                    if let Err(error) = store.once_more(fault, &mut turn).await {
                        break Err(error);
                    }
                }
            }
        }
    }};
}

/// Reads with a session for `$errand`. `$body` gives a `Result<T, Fault>`.
macro_rules! read {
    ($store:expr, $errand:expr, |$session:ident| $body:expr) => {{
        let done: Result<_, $crate::fault::Fault> = async {
            let $session = $store.session($errand).await?;
            $body
        }
        .await;
        done.map_err(fanfare_store::StoreError::from)
    }};
}

pub(crate) use {read, transact};
