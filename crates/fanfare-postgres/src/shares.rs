//! How the sessions of a node are shared, so that callers of one kind never keep the others from
//! the database.
//!
//! Promises: an eighth of the sessions, at least one and at most two, is kept for each [`Purpose`];
//! what is left is for whoever comes first. A caller waits for a place no longer than the patience
//! of the node's options, then it is refused. (Fewer than four sessions, which a server never has,
//! are for whoever comes first.)

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::Fault;
use crate::session::Scope;

/// What a session is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Accepting events, and learning whose key a request shows.
    Accept,
    /// Claiming, recording, giving back; saying that this node is ready to.
    Deliver,
    /// Work of the launch domain, and what a node's own loops need to keep up with the others.
    Work,
    /// Reading, changes that people make, jobs, retention.
    Rest,
}

const PURPOSES: usize = 4;

/// What a session is wanted for, and for whom it works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errand {
    pub(crate) purpose: Purpose,
    pub(crate) scope: Scope,
}

impl Purpose {
    /// This, for this organization or the product.
    pub(crate) const fn of(self, scope: Scope) -> Errand {
        Errand { purpose: self, scope }
    }
}

impl From<Scope> for Errand {
    fn from(scope: Scope) -> Self {
        Purpose::Rest.of(scope)
    }
}

/// The places of a node.
#[derive(Clone)]
pub(crate) struct Shares {
    /// By purpose.
    kept: [Arc<Semaphore>; PURPOSES],
    common: Arc<Semaphore>,
    patience: Duration,
}

/// The right to one session, until it is dropped.
pub(crate) struct Place(
    #[expect(dead_code, reason = "is given back when dropped")] OwnedSemaphorePermit,
);

impl Shares {
    /// Of so many sessions.
    pub(crate) fn new(sessions: usize, patience: Duration) -> Self {
        let kept = if sessions < PURPOSES { 0 } else { (sessions / 8).clamp(1, 2) };
        Self {
            kept: std::array::from_fn(|_| Arc::new(Semaphore::new(kept))),
            common: Arc::new(Semaphore::new(sessions - kept * PURPOSES)),
            patience,
        }
    }

    /// A place; one that is kept for the purpose before one for all.
    pub(crate) async fn take(&self, purpose: Purpose) -> Result<Place, Fault> {
        let kept = Arc::clone(&self.kept[purpose as usize]);
        let taken = tokio::select! {
            biased;
            taken = kept.acquire_owned() => taken,
            taken = Arc::clone(&self.common).acquire_owned() => taken,
            () = tokio::time::sleep(self.patience) => {
                return Err(Fault::Away("every session with the database is busy".into()));
            }
        };
        taken.map(Place).map_err(|_| Fault::Away("the store is closing".into()))
    }

    /// No more places; whoever waits is refused.
    pub(crate) fn close(&self) {
        self.common.close();
        self.kept.iter().for_each(|kept| kept.close());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Purpose; PURPOSES] =
        [Purpose::Accept, Purpose::Deliver, Purpose::Work, Purpose::Rest];

    fn free(shares: &Shares) -> ([usize; PURPOSES], usize) {
        let kept = ALL.map(|purpose| shares.kept[purpose as usize].available_permits());
        (kept, shares.common.available_permits())
    }

    #[test]
    fn the_shares_make_up_all_sessions() {
        let of = |sessions| free(&Shares::new(sessions, Duration::ZERO));
        assert_eq!(of(1), ([0; 4], 1));
        assert_eq!(of(4), ([1; 4], 0));
        assert_eq!(of(15), ([1; 4], 11));
        assert_eq!(of(16), ([2; 4], 8));
        assert_eq!(of(500), ([2; 4], 492));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_all_it_can_leaves_the_others_theirs() {
        for greedy in ALL {
            let shares = Shares::new(16, Duration::from_secs(2));
            let mut held = Vec::new();
            let refused = loop {
                match shares.take(greedy).await {
                    Ok(place) => held.push(place),
                    Err(fault) => break fault,
                }
            };
            assert_eq!(held.len(), 10, "two that are kept and eight for all");
            assert!(matches!(&refused, Fault::Away(why) if why.contains("busy")), "{refused:?}");
            for other in ALL.into_iter().filter(|other| *other != greedy) {
                let _two = (
                    shares.take(other).await.expect("one"),
                    shares.take(other).await.expect("two"),
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_takes_the_first_place_that_is_given_back_and_no_other() {
        let shares = Shares::new(8, Duration::from_secs(2));
        let mut held = Vec::new();
        for _ in 0..5 {
            held.push(shares.take(Purpose::Rest).await.expect("a place"));
        }
        let give_back = async { held.clear() };
        let (got, ()) = tokio::join!(shares.take(Purpose::Rest), give_back);
        let _got = got.expect("a place");
        let (kept, common) = free(&shares);
        assert_eq!(kept[Purpose::Rest as usize] + common, 4, "one of five is taken");
    }
}
