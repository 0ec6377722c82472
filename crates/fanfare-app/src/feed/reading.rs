//! Reading the feed.

use std::time::Duration;

use fanfare_model::wire_headers::{FeedHeaders, feed_headers};
use fanfare_model::{EventTypes, Timestamp};
use fanfare_signing::SigningKeys;
use fanfare_store::{Event, FeedGroup, FeedItem, FeedPage, FeedPosition};
use tokio::time::Instant;

use crate::{App, AppError, Caller};

/// An answer ends with the event that brings its bodies to this many bytes.
const ANSWER: usize = 1024 * 1024;

/// What is wanted of the feed.
#[derive(Debug, Clone, Copy)]
pub struct FeedQuery<'a> {
    /// Which group reads.
    pub group: &'a str,
    /// From where on; `None`: from where the group committed.
    pub after: Option<FeedPosition>,
    /// Events of these types alone; others are passed over.
    pub types: EventTypes,
    /// At most so many.
    pub limit: usize,
    /// How long to wait if there is none, at most [`fanfare_model::limits::FEED_WAIT`].
    pub wait: Duration,
}

/// An event as a webhook would get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedItem {
    /// The position right after it.
    pub position: FeedPosition,
    /// The event.
    pub event: Event,
    /// Its headers, both signature families among them, made when it was read.
    pub headers: Vec<(&'static str, String)>,
}

/// What a read gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedBatch {
    /// Events, in the feed's order.
    pub items: Vec<SignedItem>,
    /// Where to read on.
    pub read_to: FeedPosition,
    /// Whether reading on at once may find more.
    pub has_more: bool,
}

impl App {
    /// Reads the feed for a group; waits for an event if there is none. Needs `events:read`.
    /// [`ErrorCode::RateLimited`](crate::ErrorCode::RateLimited) when too many wait already.
    pub async fn read_feed(
        &self,
        caller: &Caller,
        query: FeedQuery<'_>,
    ) -> Result<FeedBatch, AppError> {
        let group = self.feed_group(caller, query.group).await?;
        let keys = SigningKeys::new(&self.open_feed(&group)?);
        let after = query.after.unwrap_or(group.position);
        let page = fitting(self.page_when_there_is_one(caller, &query, after).await?);
        let now = self.now();
        let items = page.items.into_iter().map(|item| signed(&group, &keys, item, now)).collect();
        Ok(FeedBatch { items, read_to: page.read_to, has_more: page.has_more })
    }

    async fn page_when_there_is_one(
        &self,
        caller: &Caller,
        query: &FeedQuery<'_>,
        mut after: FeedPosition,
    ) -> Result<FeedPage, AppError> {
        let organization = caller.organization_id;
        let read = |after| self.store().read_feed(organization, after, query.types, query.limit);
        let page = read(after).await?;
        if !page.items.is_empty() || page.has_more || query.wait.is_zero() {
            return Ok(page);
        }
        after = page.read_to;
        let deadline = Instant::now() + query.wait;
        let mut seat = self.shared.feed.seat(organization)?;
        loop {
            let woken = seat.listen();
            // An event that was accepted before this read is in it, a later one wakes.
            let page = read(after).await?;
            if !page.items.is_empty() || page.has_more || Instant::now() >= deadline {
                return Ok(page);
            }
            after = page.read_to;
            if !woken.until(deadline).await {
                return Ok(page);
            }
        }
    }
}

/// The part of a page that fits into one answer, at least one event.
fn fitting(mut page: FeedPage) -> FeedPage {
    let mut bytes = 0;
    let fits = page.items.iter().take_while(|item| {
        let had_room = bytes < ANSWER;
        bytes += item.event.body.len();
        had_room
    });
    let fits = fits.count();
    if fits < page.items.len() {
        page.items.truncate(fits);
        page.read_to = page.items.last().map_or(page.read_to, |item| item.position);
        page.has_more = true;
    }
    page
}

fn signed(group: &FeedGroup, keys: &SigningKeys, item: FeedItem, now: Timestamp) -> SignedItem {
    let summary = &item.event.summary;
    let event_id = summary.id.to_string();
    let signatures = keys.sign(&event_id, now.as_unix_seconds(), &item.event.body);
    let input = FeedHeaders {
        event_id: &event_id,
        event_type: summary.event_type,
        group: &group.name,
        accepted_at: summary.accepted_at,
        read_at: now,
        fanfare_signature: &signatures.fanfare,
        standard_signature: signatures.standard.as_deref(),
    };
    let mut headers = Vec::with_capacity(9);
    feed_headers(&input, |name, value| headers.push((name, value.to_owned())));
    SignedItem { position: item.position, event: item.event, headers }
}
