//! One consumer in one distribution, and the bids made there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{DistributionKind, Money};
use crate::delivery::text_enum;
use crate::{BidId, ConsumerId, DistributionId, OrderId, Timestamp};

text_enum! {
    /// Where a consumer stands in a distribution.
    ParticipantStatus {
        /// Waits in a queue.
        Queued = 0 "QUEUED",
        /// Let through a queue, may check out.
        Admitted = 1 "ADMITTED",
        /// Stands in a draw.
        Entered = 2 "ENTERED",
        /// Selected in a draw, may check out.
        Selected = 3 "SELECTED",
        /// Holds the highest bid of an auction.
        Winning = 4 "WINNING",
        /// Has bid, and somebody else higher.
        Outbid = 5 "OUTBID",
        /// Won an auction, may check out.
        Won = 6 "WON",
        /// Got nothing: not selected, outbid at the settlement, or still waiting at the end.
        Lost = 7 "LOST",
        /// Checked out.
        Completed = 8 "COMPLETED",
        /// Did not check out in time.
        Expired = 9 "EXPIRED",
        /// Left.
        Left = 10 "LEFT",
    }
}

impl ParticipantStatus {
    /// Whether the consumer may check out now.
    pub const fn may_check_out(self) -> bool {
        matches!(self, Self::Admitted | Self::Selected | Self::Won)
    }

    /// Whether the consumer still waits for the distribution to decide.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Queued | Self::Entered | Self::Winning | Self::Outbid)
    }
}

/// One consumer in one distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Where.
    pub distribution_id: DistributionId,
    /// Who.
    pub consumer_id: ConsumerId,
    /// Where the consumer stands.
    pub status: ParticipantStatus,
    /// The how-manyeth to join, from 1; the place in the line of a queue.
    pub number: u32,
    /// In a draw: entrants are selected in ascending order of this.
    pub rank: Option<[u8; 32]>,
    /// When the consumer joined, entered or first bid.
    pub joined_at: Timestamp,
    /// When the consumer was admitted, selected or won.
    pub granted_at: Option<Timestamp>,
    /// Until when the consumer may check out.
    pub expires_at: Option<Timestamp>,
    /// When the consumer checked out, ran out of time, lost or left.
    pub ended_at: Option<Timestamp>,
    /// Whether the selection replaces one that ran out.
    pub is_backfill: bool,
    /// The order that completed it.
    pub order_id: Option<OrderId>,
    /// The highest amount the consumer has bid.
    pub amount: Option<Money>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Participant {
    /// What kind of distribution it takes part in: only in a draw there are ranks, and only in an
    /// auction there are amounts.
    pub const fn kind(&self) -> DistributionKind {
        match (&self.rank, &self.amount) {
            (Some(_), _) => DistributionKind::Draw,
            (None, Some(_)) => DistributionKind::Auction,
            (None, None) => DistributionKind::Queue,
        }
    }
}

text_enum! {
    /// How a bid stands when it is told of.
    BidStatus {
        /// The highest.
        Winning = 0 "WINNING",
        /// Taken, and not the highest.
        Active = 1 "ACTIVE",
        /// Somebody else has bid higher since.
        Outbid = 2 "OUTBID",
    }
}

/// A bid that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bid {
    /// Its id.
    pub id: BidId,
    /// Where.
    pub distribution_id: DistributionId,
    /// Whose.
    pub consumer_id: ConsumerId,
    /// How much, in the auction's currency.
    pub amount: Money,
    /// The how-manyeth of its auction, from 1.
    pub number: u32,
    /// When it was taken.
    pub placed_at: Timestamp,
}
