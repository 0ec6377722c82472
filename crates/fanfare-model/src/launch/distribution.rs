//! Distributions: how an experience shares out what there is too little of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::machine::DistributionMove;
use super::{Currency, ExperienceStatus, Metadata, Money};
use crate::delivery::text_enum;
use crate::{DistributionId, ExperienceId, ProductId, Timestamp};

text_enum! {
    /// What kind of distribution it is.
    DistributionKind {
        /// Consumers wait in a line and are let through.
        Queue = 0 "queue",
        /// Consumers enter, some are selected at random.
        Draw = 1 "draw",
        /// Consumers bid, the highest wins.
        Auction = 2 "auction",
    }
}

text_enum! {
    /// Where a distribution stands.
    DistributionStatus {
        /// Not open yet.
        Scheduled = 0 "SCHEDULED",
        /// Takes consumers or bids.
        Open = 1 "OPEN",
        /// Takes nobody any more. A queue goes on admitting who waits while its experience is
        /// active; a draw awaits its drawing, an auction its settlement.
        Closed = 2 "CLOSED",
        /// A draw whose winners are being selected or were selected.
        Drawn = 3 "DRAWN",
        /// An auction whose winner is known.
        Settled = 4 "SETTLED",
        /// Over: nobody waits, holds an admission or may still check out.
        Completed = 5 "COMPLETED",
        /// Called off together with its experience.
        Cancelled = 6 "CANCELLED",
    }
}

/// A queue, a draw or an auction in an experience.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Its id.
    pub id: DistributionId,
    /// The experience it belongs to.
    pub experience_id: ExperienceId,
    /// The product it shares out.
    pub product_id: Option<ProductId>,
    /// Its name.
    pub name: Option<String>,
    /// What kind it is, and the rules of that kind.
    pub rules: DistributionRules,
    /// Where it stands.
    pub status: DistributionStatus,
    /// When it opens by itself; `None`: with its experience.
    pub open_at: Option<Timestamp>,
    /// When it closes by itself; `None`: with its experience.
    pub close_at: Option<Timestamp>,
    /// How many consumers it takes at most.
    pub capacity: Option<u32>,
    /// What the organization keeps with it.
    pub metadata: Option<Metadata>,
    /// How many consumers have joined so far, those who left included: the next one gets this
    /// plus one as its number.
    pub joined: u32,
    /// When the clock has to look at it again; see [`Distribution::next_at`].
    pub wake_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Distribution {
    /// What kind it is.
    pub const fn kind(&self) -> DistributionKind {
        match self.rules {
            DistributionRules::Queue(_) => DistributionKind::Queue,
            DistributionRules::Draw(_) => DistributionKind::Draw,
            DistributionRules::Auction(_) => DistributionKind::Auction,
        }
    }

    /// The next move that its times and the status of its experience ask for, if any. One may
    /// follow on another: ask again after making it.
    pub fn due_move(
        &self,
        experience: ExperienceStatus,
        now: Timestamp,
    ) -> Option<DistributionMove> {
        use DistributionStatus::{Cancelled, Closed, Completed, Open, Scheduled};
        let come = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        match (experience, self.status) {
            (_, Completed | Cancelled) => return None,
            (ExperienceStatus::Cancelled, _) => return Some(DistributionMove::Cancel),
            (ExperienceStatus::Completed, Scheduled | Open) => {
                return Some(DistributionMove::Close);
            }
            (ExperienceStatus::Active, Scheduled) if self.open_at.is_none_or(|at| at <= now) => {
                return Some(DistributionMove::Open);
            }
            (_, Open) if come(self.close_at) => return Some(DistributionMove::Close),
            _ => {}
        }
        match (&self.rules, self.status) {
            (DistributionRules::Draw(draw), Open | Closed) if come(draw.draw_at) => {
                Some(DistributionMove::Draw)
            }
            (DistributionRules::Auction(auction), Open | Closed) if auction.settle_at <= now => {
                Some(DistributionMove::Settle)
            }
            _ => None,
        }
    }

    /// When the clock has to look at it again: the earliest of its own times that are still
    /// ahead in its status, and of `wake_at`, which use cases set for admissions, expiries and
    /// work that is left to do. `open_at` alone wakes nobody, since nothing opens before its
    /// experience is live: `wake_at` becomes `open_at` once that is so.
    pub fn next_at(&self) -> Option<Timestamp> {
        use DistributionStatus::{Cancelled, Closed, Completed, Drawn, Open, Scheduled, Settled};
        let own = match self.status {
            Open => self.close_at,
            Scheduled | Closed | Drawn | Settled | Cancelled => None,
            Completed => return None,
        };
        let of_kind = match (&self.rules, self.status) {
            (DistributionRules::Draw(draw), Open | Closed) => draw.draw_at,
            (DistributionRules::Auction(auction), Open | Closed) => Some(auction.settle_at),
            _ => None,
        };
        [own, of_kind, self.wake_at].into_iter().flatten().min()
    }
}

/// The rules of each kind.
#[derive(Debug, Clone, PartialEq)]
pub enum DistributionRules {
    /// Of a queue.
    Queue(QueueRules),
    /// Of a draw.
    Draw(DrawRules),
    /// Of an auction.
    Auction(AuctionRules),
}

/// The rules of a queue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueueRules {
    /// How many consumers are admitted per minute by the clock; `None`: only by hand.
    pub admission_rate: Option<u32>,
    /// For how many seconds an admission holds; `None`: until the queue is completed.
    pub admission_expires_after: Option<u32>,
    /// Where the clock's admissions stand.
    pub state: QueueState,
}

/// Where the admissions of a queue's clock stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueState {
    /// Up to when admissions have been granted by the rate; the next one is due a whole
    /// admission's time later. Nobody is owed anything for time in which nobody waited.
    pub granted_to: Option<Timestamp>,
}

/// The rules of a draw.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawRules {
    /// How many winners are selected.
    pub winner_count: u32,
    /// When they are selected; `None`: only by hand.
    pub draw_at: Option<Timestamp>,
    /// For how many seconds a selection holds; `None`: until the draw is completed.
    pub selection_expires_after: Option<u32>,
    /// Whether winners whose time ran out, or who left, are replaced.
    pub replace_expired: bool,
    /// Where the drawing stands.
    pub state: DrawState,
}

/// Where the drawing stands. The seed is fixed, and its commitment published, before the first
/// consumer enters; see `fanfare_signing::draw` for the algorithm.
#[derive(Clone, PartialEq, Eq)]
pub struct DrawState {
    /// The secret that ranks the entrants; published when the winners have been selected.
    pub seed: [u8; 32],
    /// When the drawing began.
    pub drawn_at: Option<Timestamp>,
    /// When all winners of the first selection had been selected; replacements come after it.
    pub finished_at: Option<Timestamp>,
    /// Winners selected so far, replacements included.
    pub selected: u32,
    /// How many consumers stood in the draw when it began.
    pub entrants: u32,
}

impl fmt::Debug for DrawState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrawState")
            .field("drawn_at", &self.drawn_at)
            .field("finished_at", &self.finished_at)
            .field("selected", &self.selected)
            .field("entrants", &self.entrants)
            .finish_non_exhaustive()
    }
}

/// The rules of an auction.
#[derive(Debug, Clone, PartialEq)]
pub struct AuctionRules {
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The least first bid.
    pub starting_price: Money,
    /// Below this nobody wins; never published.
    pub reserve_price: Option<Money>,
    /// How much a bid must be above the highest one.
    pub minimum_increment: Money,
    /// When the highest bid wins.
    pub settle_at: Timestamp,
    /// A bid in the last so many seconds moves closing and settlement so that as many remain;
    /// `None`: no extension.
    pub auto_extend_seconds: Option<u32>,
    /// For how many seconds the winner may check out; `None`: without an end.
    pub win_expires_after: Option<u32>,
    /// Bids so far.
    pub bid_count: u32,
    /// The highest bid: what it is and whose.
    pub highest: Option<super::Bid>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Move;
    use super::*;

    const TIMES: i64 = 6;

    fn rules() -> impl Strategy<Value = DistributionRules> {
        let draw = prop::option::of(0..TIMES).prop_map(|at| {
            DistributionRules::Draw(DrawRules {
                winner_count: 1,
                draw_at: at.map(Timestamp::from_millis),
                selection_expires_after: None,
                replace_expired: false,
                state: DrawState {
                    seed: [0; 32],
                    drawn_at: None,
                    finished_at: None,
                    selected: 0,
                    entrants: 0,
                },
            })
        });
        let auction = (0..TIMES).prop_map(|at| {
            DistributionRules::Auction(AuctionRules {
                currency: "EUR".parse().unwrap(),
                starting_price: Money::ZERO,
                reserve_price: None,
                minimum_increment: Money::ZERO,
                settle_at: Timestamp::from_millis(at),
                auto_extend_seconds: None,
                win_expires_after: None,
                bid_count: 0,
                highest: None,
            })
        });
        prop_oneof![Just(DistributionRules::Queue(QueueRules::default())), draw, auction]
    }

    fn distributions() -> impl Strategy<Value = Distribution> {
        let times = || prop::option::of((0..TIMES).prop_map(Timestamp::from_millis));
        let status = prop::sample::select(DistributionStatus::ALL.to_vec());
        (rules(), times(), times(), status).prop_map(|(rules, open_at, close_at, status)| {
            Distribution {
                id: DistributionId::from_u128(1),
                experience_id: ExperienceId::from_u128(1),
                product_id: None,
                name: None,
                rules,
                status,
                open_at,
                close_at,
                capacity: None,
                metadata: None,
                joined: 0,
                wake_at: None,
                created_at: Timestamp::default(),
                updated_at: Timestamp::default(),
            }
        })
    }

    fn experiences() -> impl Strategy<Value = ExperienceStatus> {
        prop::sample::select(ExperienceStatus::ALL.to_vec())
    }

    proptest! {
        /// What is due is legal, and there is an end to it: the clock never spins.
        #[test]
        fn moves_that_are_due_are_legal_and_end(
            mut distribution in distributions(), experience in experiences(), now in 0..TIMES,
        ) {
            let now = Timestamp::from_millis(now);
            let mut moves = 0;
            while let Some(by) = distribution.due_move(experience, now) {
                distribution.status = by.from(distribution.status).unwrap();
                moves += 1;
                prop_assert!(moves <= 3, "open, close, draw or settle");
            }
            prop_assert!(distribution.next_at().is_none_or(|at| at > now), "{distribution:?}");
        }

        #[test]
        fn nothing_opens_before_its_experience_and_nothing_outlives_a_cancelled_one(
            distribution in distributions(), now in 0..TIMES,
        ) {
            let now = Timestamp::from_millis(now);
            for experience in [ExperienceStatus::Draft, ExperienceStatus::Scheduled] {
                let due = distribution.due_move(experience, now);
                prop_assert!(due != Some(DistributionMove::Open));
            }
            let over = matches!(
                distribution.status,
                DistributionStatus::Completed | DistributionStatus::Cancelled
            );
            let due = distribution.due_move(ExperienceStatus::Cancelled, now);
            prop_assert_eq!(due, (!over).then_some(DistributionMove::Cancel));
        }
    }
}
