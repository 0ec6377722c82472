//! The state machines, as tables of moves.
//!
//! A machine names the moves there are and, for each status a move may start from, the status it
//! leads to. What is in no table is refused with a sentence that says from what, to what and why.
//! A move to where a thing already is is refused too, unless the machine says that it may be
//! repeated; the use case then changes nothing and emits nothing.

use std::fmt;

use super::{DistributionStatus, ExperienceStatus, OrderStatus, ParticipantStatus};

/// One machine: its noun, its statuses, its moves.
pub trait Move: Copy + Eq + fmt::Display + 'static {
    /// What moves.
    type Status: Copy + Eq + fmt::Display + 'static;
    /// The noun, for sentences.
    const NOUN: &'static str;
    /// Every status with every move that is legal in it, and where it leads.
    const TABLE: &'static [(Self::Status, Self, Self::Status)];

    /// Where the move leads.
    fn target(self) -> Self::Status;
    /// Why it is not possible from this status, as the end of a sentence.
    fn why(self, from: Self::Status) -> &'static str;

    /// The status after the move.
    ///
    /// # Errors
    /// When it is not legal in this status.
    fn from(self, from: Self::Status) -> Result<Self::Status, IllegalMove> {
        let row = Self::TABLE.iter().find(|(start, given, _)| *start == from && *given == self);
        row.map(|(_, _, then)| *then).ok_or_else(|| IllegalMove {
            noun: Self::NOUN,
            verb: self.to_string(),
            from: from.to_string(),
            to: self.target().to_string(),
            why: self.why(from),
        })
    }
}

/// A move that has no meaning in the status a thing has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {verb} {} {noun} that is {from} (it would become {to}): {why}", article(noun))]
pub struct IllegalMove {
    /// What it is.
    pub noun: &'static str,
    /// What was asked.
    pub verb: String,
    /// The status it has.
    pub from: String,
    /// The status it would have had.
    pub to: String,
    /// Why not, and what would be possible.
    pub why: &'static str,
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

macro_rules! moves {
    ($(#[$doc:meta])* $name:ident of $status:ident, $noun:literal {
        $($(#[$vdoc:meta])* $variant:ident $verb:literal => $to:ident from [$($from:ident)*] else $why:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every move.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $verb,)* })
            }
        }

        impl Move for $name {
            type Status = $status;
            const NOUN: &'static str = $noun;
            const TABLE: &'static [($status, Self, $status)] =
                &[$($(($status::$from, Self::$variant, $status::$to),)*)*];

            fn target(self) -> $status {
                match self { $(Self::$variant => $status::$to,)* }
            }

            fn why(self, from: $status) -> &'static str {
                if from == self.target() {
                    return "it already is";
                }
                match self { $(Self::$variant => $why,)* }
            }
        }
    };
}

moves! {
    /// What can happen to an experience.
    ExperienceMove of ExperienceStatus, "experience" {
        /// It got a time at which it opens.
        Schedule "schedule" => Scheduled from [Draft] else "only a draft can be scheduled",
        /// Its time at which it opens was taken away.
        Unschedule "unschedule" => Draft from [Scheduled] else "only a scheduled one can go back",
        /// It goes live.
        Activate "activate" => Active from [Draft Scheduled] else "it is over; create a new one",
        /// It is over.
        Complete "complete" => Completed from [Active]
            else "only an active experience can be completed; cancel it if it is to go away",
        /// It is called off.
        Cancel "cancel" => Cancelled from [Draft Scheduled Active] else "it is over",
    }
}

moves! {
    /// What can happen to a distribution. Which moves a kind has is the use cases' business.
    DistributionMove of DistributionStatus, "distribution" {
        /// It takes consumers or bids.
        Open "open" => Open from [Scheduled] else "it was open before and does not open again",
        /// It takes nobody any more.
        Close "close" => Closed from [Scheduled Open] else "it is closed already",
        /// The winners of a draw are selected.
        Draw "draw" => Drawn from [Open Closed] else
            "a draw is drawn once, after it has opened and before it is over",
        /// The winner of an auction is found.
        Settle "settle" => Settled from [Open Closed] else
            "an auction is settled once, after it has opened and before it is over",
        /// Nobody waits, holds an admission or may still check out.
        Complete "complete" => Completed from [Closed Drawn Settled] else
            "it must have closed, been drawn or been settled before",
        /// It is called off together with its experience.
        Cancel "cancel" => Cancelled from [Scheduled Open Closed Drawn Settled] else "it is over",
    }
}

moves! {
    /// What can happen to a participant.
    ParticipantMove of ParticipantStatus, "participant" {
        /// Let through a queue.
        Admit "admit" => Admitted from [Queued] else "only somebody who waits can be admitted",
        /// Selected in a draw.
        Select "select" => Selected from [Entered] else
            "only somebody who stands in the draw can be selected",
        /// Took the highest bid.
        Lead "lead" => Winning from [Outbid] else "only somebody who has bid can take the lead",
        /// Lost the highest bid.
        Outbid "outbid" => Outbid from [Winning] else "only the highest bidder can be outbid",
        /// Won the auction.
        Win "win" => Won from [Winning] else "only the highest bidder can win",
        /// Got nothing.
        Lose "lose" => Lost from [Queued Entered Winning Outbid] else
            "only somebody who still waits can lose",
        /// Checked out.
        Complete "complete" => Completed from [Admitted Selected Won] else
            "only a consumer who was admitted, selected or has won can check out",
        /// Did not check out in time.
        Expire "expire" => Expired from [Admitted Selected Won] else
            "only somebody who may check out can run out of time",
        /// Left.
        Leave "leave" => Left from [Queued Admitted Entered Selected Outbid] else
            "a highest bid binds, and who has ended cannot leave",
    }
}

moves! {
    /// What can happen to an order.
    OrderMove of OrderStatus, "order" {
        /// Its payment is confirmed.
        Pay "pay" => Paid from [Created] else "only a created order can be paid",
        /// It is sent or handed over.
        Fulfill "fulfill" => Fulfilled from [Paid] else "only a paid order can be fulfilled",
        /// It is called off or refunded.
        Cancel "cancel" => Cancelled from [Created Paid] else
            "a fulfilled order cannot be called off",
    }
}
