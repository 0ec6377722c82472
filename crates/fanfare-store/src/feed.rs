//! The pull feed: events in the order of their commits, for receivers that cannot be called.
//!
//! **The law.** Every position is final: once a read has answered up to a position, no event at or
//! before it appears later. So whoever reads on from the position that the last read gave meets
//! every event of the feed once, however the transactions that accepted them overlapped. A backend
//! keeps it by giving positions in the order of commits, or by reading no further than the oldest
//! transaction that is still running; an event that cannot be placed yet is late, never passed over.
//!
//! **What is in it.** An event that was accepted after the organization's first group had been
//! created; an event accepted shortly before a group's creation may be in that group's feed too.
//! Tests are not: they are for one webhook.
//!
//! A group's committed position only moves forward.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::{EventId, EventTypes, OrganizationId, Timestamp};

use crate::{Event, Sealed, StoreError};

/// A place in the feed of one organization, between two events. Its text is `hex-hex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedPosition {
    /// What orders transactions.
    pub commit: u64,
    /// What orders the events of one transaction.
    pub event: u128,
}

impl fmt::Display for FeedPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.commit, self.event)
    }
}

/// A text that is no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of the feed")]
pub struct ParseFeedPositionError;

impl FromStr for FeedPosition {
    type Err = ParseFeedPositionError;

    fn from_str(text: &str) -> Result<Self, ParseFeedPositionError> {
        let (commit, event) = text.split_once('-').ok_or(ParseFeedPositionError)?;
        let commit = u64::from_str_radix(commit, 16).ok().filter(|commit| *commit < 1 << 63);
        let event = u128::from_str_radix(event, 16).ok();
        let (commit, event) = commit.zip(event).ok_or(ParseFeedPositionError)?;
        let position = Self { commit, event };
        // One spelling for each: no signs, no leading zeros, no capitals.
        if position.to_string() == text { Ok(position) } else { Err(ParseFeedPositionError) }
    }
}

/// A group of consumers: they share one committed position and one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedGroup {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its name, unique in the organization.
    pub name: String,
    /// What its items are signed with.
    pub secret: Sealed,
    /// When it was created.
    pub created_at: Timestamp,
    /// Everything up to here was dealt with.
    pub position: FeedPosition,
    /// When that was last said.
    pub committed_at: Option<Timestamp>,
}

/// A group to create; its position is where the feed is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFeedGroup {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
    /// What its items are signed with.
    pub secret: Sealed,
    /// When it is created.
    pub created_at: Timestamp,
}

/// What came of creating a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedGroupCreation {
    /// It is there.
    Created(FeedGroup),
    /// There was one of this name; nothing was written.
    Exists,
}

/// An event in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedItem {
    /// The position right after it.
    pub position: FeedPosition,
    /// The event.
    pub event: Event,
}

/// What a read of the feed gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPage {
    /// Events of the wanted types, in the feed's order.
    pub items: Vec<FeedItem>,
    /// Where to read on: nothing of the wanted types up to here is missing in `items`.
    pub read_to: FeedPosition,
    /// Whether reading on at once may find more.
    pub has_more: bool,
}

/// How much of the feed comes after a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedLag {
    /// How many events, as far as was counted.
    pub events: usize,
    /// Whether counting ended before the feed did: there may be more.
    pub is_at_least: bool,
    /// When the first of them was accepted.
    pub oldest_at: Option<Timestamp>,
}

/// What a receiver made of an event that it pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedResult {
    /// Which event.
    pub event_id: EventId,
    /// When it was dealt with last.
    pub at: Timestamp,
    /// The HTTP status that the receiver's own handler answered, if there was one.
    pub status_code: Option<u16>,
    /// How long that took.
    pub duration: Duration,
    /// Why there was no answer.
    pub error: Option<String>,
    /// How often it was reported; a store counts, what is given is not read.
    pub tries: u32,
}

/// What a receiver says when it dealt with events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCommit {
    /// Everything up to here was dealt with; a position behind the committed one changes nothing.
    pub position: Option<FeedPosition>,
    /// What came of single events; one that was reported before is replaced.
    pub results: Vec<FeedResult>,
    /// When.
    pub at: Timestamp,
}

/// The pull feed.
#[async_trait]
pub trait FeedStore: Send + Sync {
    /// Creates a group. [`StoreError::LimitReached`] beyond
    /// [`fanfare_model::limits::FEED_GROUPS_PER_ORGANIZATION`].
    async fn create_feed_group(&self, new: NewFeedGroup) -> Result<FeedGroupCreation, StoreError>;
    /// One group.
    async fn feed_group(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<Option<FeedGroup>, StoreError>;
    /// All groups, by name.
    async fn feed_groups(&self, organization: OrganizationId)
    -> Result<Vec<FeedGroup>, StoreError>;
    /// Gives a group another secret; `None` if there is no such group.
    async fn set_feed_secret(
        &self,
        organization: OrganizationId,
        name: &str,
        secret: Sealed,
    ) -> Result<Option<FeedGroup>, StoreError>;
    /// Removes a group with its results; gives whether there was one.
    async fn delete_feed_group(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<bool, StoreError>;
    /// Up to `limit` events of these types after a position.
    async fn read_feed(
        &self,
        organization: OrganizationId,
        after: FeedPosition,
        types: EventTypes,
        limit: usize,
    ) -> Result<FeedPage, StoreError>;
    /// How much of the feed comes after a position; it counts to `most` at the most, and may end
    /// before.
    async fn feed_lag(
        &self,
        organization: OrganizationId,
        after: FeedPosition,
        most: usize,
    ) -> Result<FeedLag, StoreError>;
    /// Moves a group's position forward and keeps results, of which the newest events'
    /// [`fanfare_model::limits::FEED_RESULTS`] stay. Gives the group as it is then; `None` if there
    /// is no such group.
    async fn commit_feed(
        &self,
        organization: OrganizationId,
        name: &str,
        commit: FeedCommit,
    ) -> Result<Option<FeedGroup>, StoreError>;
    /// A group's results, newest event first.
    async fn feed_results(
        &self,
        organization: OrganizationId,
        name: &str,
        limit: usize,
    ) -> Result<Vec<FeedResult>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_has_one_text() {
        for (commit, event) in [(0, 0), (1, 0), (17, u128::MAX), ((1 << 63) - 1, 5)] {
            let position = FeedPosition { commit, event };
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", "-", "1", "1-", "-1", "01-0", "+1-0", "A-0", "1-0-0", "ffffffffffffffff-0"]
        {
            assert_eq!(text.parse::<FeedPosition>(), Err(ParseFeedPositionError), "{text}");
        }
    }
}
