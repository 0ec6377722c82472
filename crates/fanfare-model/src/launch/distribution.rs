//! Distributions: how an experience shares out what there is too little of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Currency, Metadata, Money};
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
