//! The launch domain: what shops sell by queue, draw or auction, and who takes part.
//!
//! **Promises.** Statuses and the moves between them are tables ([`machine`]); every pair of a
//! status and a command has an answer, and a refusal says from what, to what and why. Money is
//! decimal ([`Money`]), never a float. Nothing here does I/O: use cases (`fanfare-app`) load
//! these values through the store's contract, ask the tables, and write what follows together
//! with the events that tell of it.
//!
//! **Times.** [`Experience::next_at`] and [`Distribution::next_at`] say when a clock has to look at
//! something again; they are the only schedule there is, so that a restart forgets nothing.
//!
//! **Leaves out** validation of requests and the order in which things are written
//! (`fanfare-app`), SQL (backends), JSON shapes of the API (`fanfare-api`).

mod consumer;
mod distribution;
mod experience;
pub mod machine;
mod money;
mod order;
pub mod pace;
mod participant;

pub use consumer::{Consumer, ConsumerSource, Reach};
pub use distribution::{
    AuctionRules, Distribution, DistributionKind, DistributionRules, DistributionStatus, DrawRules,
    DrawState, QueueRules, QueueState,
};
pub use experience::{Experience, ExperienceStatus, Product};
pub use machine::{IllegalMove, Move};
pub use money::{Currency, Money, ParseCurrencyError, ParseMoneyError};
pub use order::{Order, OrderStatus, Payment, Tracking};
pub use pace::Pace;
pub use participant::{Bid, BidStatus, Participant, ParticipantStatus};

/// What an organization keeps with a thing of its own: a JSON object.
pub type Metadata = serde_json::Map<String, serde_json::Value>;
