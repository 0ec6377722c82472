//! Work waits by organization and goes many at a time.
//!
//! Promises: what waits is bounded, and what exceeds the bound is refused at once; what has not
//! begun within the patience of the options is refused, and never runs. Work of an
//! organization goes in the order in which it came, one transaction after the other; organizations
//! take turns, so that none with much to do keeps the others waiting.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use fanfare_model::OrganizationId;
use fanfare_store::{StoreError, Work};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::run;
use crate::turn::Turn;
use crate::{PostgresOptions, PostgresStore};

/// Most pieces of work that share a transaction.
const PIECES: usize = 200;

/// `false`: it refused, and wrote nothing.
type Answer = Result<bool, StoreError>;

/// One piece of work.
pub(super) struct Piece {
    pub(super) work: Work,
    turn: Turn,
    answer: oneshot::Sender<Answer>,
}

impl Piece {
    /// Tells whoever waits.
    pub(super) fn answer(self, answer: Answer) {
        let _nobody_waits = self.answer.send(answer);
    }
}

/// The work that waits.
#[derive(Default)]
pub(crate) struct Works {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    /// An organization is here while it has its turn or waits for it.
    pieces: HashMap<OrganizationId, VecDeque<Piece>>,
    /// Those that wait for their turn.
    in_line: VecDeque<OrganizationId>,
    count: usize,
    closed: bool,
}

impl Works {
    /// Has work run with the next of its organization.
    pub(crate) async fn run(
        &self,
        organization: OrganizationId,
        work: Work,
        options: &PostgresOptions,
    ) -> Answer {
        let (answer, answered) = oneshot::channel();
        let turn = Turn::default();
        {
            let mut waiting = self.waiting.lock();
            if waiting.closed {
                return Err(StoreError::Unavailable("the store is closing".into()));
            }
            if waiting.count >= options.queued {
                return Err(StoreError::Unavailable("too much is waiting to be written".into()));
            }
            waiting.add(organization, Piece { work, turn: turn.clone(), answer });
        }
        self.arrived.notify_one();
        turn.answer(options.patience, answered).await
    }

    /// No more work; what waits is still done.
    pub(crate) fn close(&self) {
        self.waiting.lock().closed = true;
        self.arrived.notify_waiters();
        self.arrived.notify_one();
    }

    /// The organization whose turn it is, with its work. `None`: closed, and nothing is left.
    async fn next(&self) -> Option<(OrganizationId, Vec<Piece>)> {
        loop {
            let arrived = self.arrived.notified();
            let (next, over, more) = {
                let mut waiting = self.waiting.lock();
                let next = waiting.take();
                let over = waiting.closed && waiting.pieces.is_empty();
                (next, over, !waiting.in_line.is_empty())
            };
            if more || over {
                self.arrived.notify_one();
            }
            if next.is_some() || over {
                return next;
            }
            arrived.await;
        }
    }

    /// The organization's turn is over.
    fn ended(&self, organization: OrganizationId) {
        self.waiting.lock().ended(organization);
        self.arrived.notify_one();
    }
}

impl Waiting {
    fn add(&mut self, organization: OrganizationId, piece: Piece) {
        self.count += 1;
        let pieces = self.pieces.entry(organization).or_insert_with(|| {
            self.in_line.push_back(organization);
            VecDeque::new()
        });
        pieces.push_back(piece);
    }

    fn take(&mut self) -> Option<(OrganizationId, Vec<Piece>)> {
        let organization = self.in_line.pop_front()?;
        let pieces = self.pieces.get_mut(&organization)?;
        let turn: Vec<_> = pieces.drain(..pieces.len().min(PIECES)).collect();
        self.count -= turn.len();
        Some((organization, turn))
    }

    fn ended(&mut self, organization: OrganizationId) {
        if self.pieces.get(&organization).is_some_and(VecDeque::is_empty) {
            self.pieces.remove(&organization);
        } else {
            self.in_line.push_back(organization);
        }
    }
}

/// One of the loops that run work; ends when the store closes and nothing is left.
pub(crate) async fn dispatch(store: Arc<PostgresStore>) {
    while let Some((organization, mut pieces)) = store.works.next().await {
        pieces.retain(|piece| piece.turn.begin());
        run::run(&store, organization, pieces).await;
        store.works.ended(organization);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece() -> Piece {
        Piece { work: Box::new(|_| Ok(())), turn: Turn::default(), answer: oneshot::channel().0 }
    }

    #[test]
    fn organizations_take_turns() {
        let [busy, quiet] = [1, 2].map(OrganizationId::from_u128);
        let mut waiting = Waiting::default();
        (0..PIECES + 1).for_each(|_| waiting.add(busy, piece()));
        waiting.add(quiet, piece());
        let take = |waiting: &mut Waiting| {
            waiting.take().map(|(organization, pieces)| (organization, pieces.len()))
        };
        assert_eq!(take(&mut waiting), Some((busy, PIECES)));
        waiting.ended(busy);
        assert_eq!(take(&mut waiting), Some((quiet, 1)));
        assert_eq!(take(&mut waiting), Some((busy, 1)));
        waiting.add(busy, piece());
        assert_eq!(take(&mut waiting), None, "it has its turn already");
        waiting.ended(quiet);
        waiting.ended(busy);
        assert_eq!((take(&mut waiting), waiting.count), (Some((busy, 1)), 0));
        waiting.ended(busy);
        assert!(waiting.pieces.is_empty() && waiting.in_line.is_empty());
    }
}
