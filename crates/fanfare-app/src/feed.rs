//! The pull feed, for receivers that cannot be called.
//!
//! A group of consumers reads the organization's events in the feed's order
//! ([`fanfare_store::FeedStore`] states its law) and says how far it dealt with them. What is read
//! and not committed is read again: at least once, like a delivery. Each item is the bytes that a
//! webhook would get, signed in both families with the group's own secret.
//!
//! A read may wait for an event. Who waits is woken when this process accepts one, and looks by
//! itself for what other nodes accepted.

mod groups;
mod reading;
mod reporting;
mod waiting;

pub use groups::CreatedFeedGroup;
pub use reading::{FeedBatch, FeedQuery, SignedItem};
pub use reporting::{FeedReport, ReportedResult};
pub(crate) use waiting::Waiting;
