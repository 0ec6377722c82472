//! What all use cases share.

use std::sync::Arc;
use std::time::Duration;

use fanfare_egress::Egress;
use fanfare_model::{Clock, IdSource, RetrySchedule, Timestamp, limits};
use fanfare_signing::Keyring;
use fanfare_store::Store;
use tokio::sync::Notify;

use crate::authenticate::KeyCache;
use crate::feed::Waiting;
use crate::inbound::Tallies;
use crate::people::passwords::Passwords;
use crate::webhooks::UrlChecks;

/// Settings of the use cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppOptions {
    /// How long events, deliveries and attempts are kept.
    pub retention: Duration,
    /// When attempts come, to be shown; the engine has its own copy.
    pub schedule: RetrySchedule,
    /// After how long of nothing but failures a webhook is disabled, to be warned of; the engine has
    /// its own copy.
    pub disable_after: Duration,
    /// A backlog that takes longer to drain is told of.
    pub drain_within: Option<Duration>,
    /// Whether there is somebody who sends mails.
    pub mails: bool,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            retention: limits::RETENTION,
            schedule: RetrySchedule::default(),
            disable_after: limits::DISABLE_AFTER,
            drain_within: None,
            mails: false,
        }
    }
}

/// What an [`App`] is made of.
pub struct AppParts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and other randomness; the same source as the store's, so that ids of one process grow.
    pub ids: Arc<IdSource>,
    /// The guard that judges the URLs customers give.
    pub egress: Egress,
    /// Seals webhooks' secrets.
    pub keyring: Arc<Keyring>,
    /// Settings.
    pub options: AppOptions,
}

/// All use cases. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct App {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) egress: Egress,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) options: AppOptions,
    pub(crate) keys: KeyCache,
    /// What requests of providers came to and is not written down yet.
    pub(crate) tallies: Tallies,
    /// A message of a provider is there to be handled.
    pub(crate) inbound_wake: Notify,
    pub(crate) passwords: Passwords,
    pub(crate) url_checks: UrlChecks,
    /// A job was created.
    pub(crate) jobs_wake: Notify,
    /// A webhook was disabled or deleted: something may have to be cancelled.
    pub(crate) unserved_wake: Notify,
    /// The launch domain got a time that may be earlier than all others.
    pub(crate) launch_wake: Notify,
    /// Who waits for the feed.
    pub(crate) feed: Waiting,
}

impl App {
    /// The use cases over these parts. Starts nothing.
    pub fn new(parts: AppParts) -> Self {
        let AppParts { store, clock, ids, egress, keyring, options } = parts;
        Self {
            shared: Arc::new(Shared {
                store,
                clock,
                ids,
                egress,
                keyring,
                options,
                keys: KeyCache::default(),
                tallies: Tallies::default(),
                inbound_wake: Notify::new(),
                passwords: Passwords::default(),
                url_checks: UrlChecks::default(),
                jobs_wake: Notify::new(),
                unserved_wake: Notify::new(),
                launch_wake: Notify::new(),
                feed: Waiting::default(),
            }),
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    pub(crate) fn ids(&self) -> &IdSource {
        &self.shared.ids
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("options", &self.shared.options).finish_non_exhaustive()
    }
}
