//! What providers (Stripe, Twilio, Resend) tell us: the words for what came in, for messages that
//! were sent through them, and for an organization's plan.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::delivery::text_enum;

text_enum! {
    /// Who sends webhooks to us.
    Provider {
        /// Payments and subscriptions.
        Stripe = 0 "stripe",
        /// Text messages.
        Twilio = 1 "twilio",
        /// E-mail.
        Resend = 2 "resend",
    }
}

text_enum! {
    /// Where a message that came in stands: `pending` → `handled` | `ignored` | `failed`; a failed
    /// one is `pending` again when somebody asks for it.
    InboundStatus {
        /// Waits to be handled.
        Pending = 0 "pending",
        /// Did what it means, or found that done.
        Handled = 1 "handled",
        /// Means nothing to us.
        Ignored = 2 "ignored",
        /// Cannot be handled; kept with the reason.
        Failed = 3 "failed",
    }
}

text_enum! {
    /// What became of one request to a connection. All but the first two are refusals.
    InboundOutcome {
        /// Verified and stored.
        Accepted = 0 "accepted",
        /// Verified, and known already.
        Duplicate = 1 "duplicate",
        /// The connection has no secret yet.
        NoSecret = 2 "no_secret",
        /// A signature header is missing, too long or malformed.
        BadHeader = 3 "bad_header",
        /// No signature matches.
        BadSignature = 4 "bad_signature",
        /// Signed too long ago, or in the future.
        Stale = 5 "stale",
        /// The body is not what the provider sends.
        BadBody = 6 "bad_body",
        /// Of the provider's test mode where live is expected, or the other way round.
        WrongMode = 7 "wrong_mode",
        /// Of another account at the provider.
        WrongAccount = 8 "wrong_account",
        /// The content type is not one that the provider uses.
        WrongContentType = 9 "wrong_content_type",
        /// The body is too large.
        TooLarge = 10 "too_large",
    }
}

impl InboundOutcome {
    /// Whether nothing was stored of the request.
    pub const fn is_refusal(self) -> bool {
        !matches!(self, Self::Accepted | Self::Duplicate)
    }
}

text_enum! {
    /// How a body that came in is to be read.
    InboundContent {
        /// JSON.
        Json = 0 "json",
        /// `application/x-www-form-urlencoded`.
        Form = 1 "form",
    }
}

text_enum! {
    /// Where a message stands that was sent through a provider.
    SentState {
        /// Taken by the provider.
        Accepted = 0 "accepted",
        /// To be sent later.
        Scheduled = 1 "scheduled",
        /// Waits at the provider.
        Queued = 2 "queued",
        /// On its way out of the provider.
        Sending = 3 "sending",
        /// Handed to the next party.
        Sent = 4 "sent",
        /// The receiving side does not take it yet.
        Delayed = 5 "delayed",
        /// Some of its parts arrived.
        PartiallyDelivered = 6 "partially_delivered",
        /// Arrived.
        Delivered = 7 "delivered",
        /// Read, as far as the channel tells.
        Read = 8 "read",
        /// An e-mail that was opened.
        Opened = 9 "opened",
        /// An e-mail of which a link was followed.
        Clicked = 10 "clicked",
        /// Called off before it was sent.
        Canceled = 11 "canceled",
        /// Could not be sent.
        Failed = 12 "failed",
        /// Sent, and did not arrive.
        Undelivered = 13 "undelivered",
        /// Not attempted: the address bounced or complained before.
        Suppressed = 14 "suppressed",
        /// The receiving side refused it for good.
        Bounced = 15 "bounced",
        /// The receiver called it spam.
        Complained = 16 "complained",
    }
}

impl SentState {
    /// How far along it is. Callbacks come in any order: a message goes from one state to another
    /// only when the other has a greater rank.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Accepted | Self::Scheduled => 1,
            Self::Queued => 2,
            Self::Sending => 3,
            Self::Sent => 4,
            Self::Delayed => 5,
            Self::PartiallyDelivered => 6,
            Self::Delivered => 7,
            Self::Read | Self::Opened => 8,
            Self::Clicked => 9,
            Self::Canceled
            | Self::Failed
            | Self::Undelivered
            | Self::Suppressed
            | Self::Bounced => 10,
            Self::Complained => 11,
        }
    }
}

/// A message that was sent through a provider, as far as its callbacks told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// Through whom.
    pub provider: Provider,
    /// Its id there.
    pub id: String,
    /// Where it stands.
    pub state: SentState,
    /// Why it did not arrive, in the provider's words.
    pub error: Option<String>,
    /// When we heard of this state.
    pub at: Timestamp,
}

text_enum! {
    /// Where a subscription stands, in Stripe's words.
    PlanStatus {
        /// The first payment is not done.
        Incomplete = 0 "incomplete",
        /// The first payment was not done in time.
        IncompleteExpired = 1 "incomplete_expired",
        /// On trial.
        Trialing = 2 "trialing",
        /// Paid.
        Active = 3 "active",
        /// A payment is late.
        PastDue = 4 "past_due",
        /// Ended.
        Canceled = 5 "canceled",
        /// Payments were given up.
        Unpaid = 6 "unpaid",
        /// Paused after a trial.
        Paused = 7 "paused",
    }
}

/// An organization's plan, as its subscription's latest event told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The subscription's id.
    pub subscription: String,
    /// The price's id.
    pub price: Option<String>,
    /// Where it stands.
    pub status: PlanStatus,
    /// Until when the current period lasts.
    pub period_end: Option<Timestamp>,
    /// Whether it ends with the period.
    pub ends_with_period: bool,
    /// When the event happened that told this. An older event never replaces a newer one.
    pub event_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_round_trip() {
        for state in SentState::ALL {
            assert_eq!(SentState::from_code(state.code()), Some(*state));
            assert_eq!(state.as_str().parse(), Ok(*state));
        }
        for outcome in InboundOutcome::ALL {
            assert_eq!(InboundOutcome::from_code(outcome.code()), Some(*outcome));
        }
        assert_eq!(InboundOutcome::ALL.iter().filter(|one| one.is_refusal()).count(), 9);
    }

    /// security.md §3.2: accepted/scheduled < queued < sending < sent < delivered < read; failed,
    /// undelivered and canceled end it.
    #[test]
    fn ranks_are_those_of_the_providers() {
        use SentState::{
            Accepted, Bounced, Canceled, Clicked, Complained, Delivered, Failed, Opened, Queued,
            Read, Scheduled, Sending, Sent, Undelivered,
        };
        let ways: [&[SentState]; 4] = [
            &[Accepted, Queued, Sending, Sent, Delivered, Read],
            &[Scheduled, Queued, Sending, Sent, Delivered, Read, Failed],
            &[Sent, Delivered, Opened, Clicked, Complained],
            &[Sent, Bounced, Complained],
        ];
        for way in ways {
            assert!(way.windows(2).all(|pair| pair[0].rank() < pair[1].rank()), "{way:?}");
        }
        let last = [Failed, Undelivered, Canceled].map(SentState::rank);
        assert!(last.iter().all(|rank| *rank == Bounced.rank()), "none replaces another");
    }
}
