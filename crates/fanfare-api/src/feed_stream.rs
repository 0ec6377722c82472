//! The feed as server-sent events.
//!
//! Each item is an event whose id is its cursor and whose data is the item as JSON. When nothing
//! happens a comment goes out every [`QUIET`], with the cursor that was read to. The key is judged
//! again before each read, so that a revoked one ends the stream. The client's pace is the
//! stream's: the next read begins when what was read before has been taken.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use fanfare_app::{AppError, Caller, FeedBatch, FeedQuery};
use fanfare_model::EventTypes;
use fanfare_store::FeedPosition;
use futures_util::stream::unfold;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::state::ApiState;
use crate::wire::FeedItemJson;

/// The longest silence.
const QUIET: Duration = Duration::from_secs(10);

/// What is followed, and from where on.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) group: String,
    pub(crate) after: Option<FeedPosition>,
    pub(crate) types: EventTypes,
    pub(crate) limit: usize,
}

/// A stream of what follows; refused if the first read is.
pub(crate) async fn stream(
    state: ApiState,
    caller: &Caller,
    token: String,
    mut follow: Follow,
) -> Result<Response, AppError> {
    let first = read(&state, caller, &follow, Duration::ZERO).await?;
    let mut text = String::from("retry: 1000\n\n");
    text += &events(&mut follow, first);
    let begun = Some((state, token, follow, Some(text)));
    let body = unfold(begun, async |begun| {
        let (state, token, mut follow, first) = begun?;
        let text = match first {
            Some(text) => text,
            None => next(&state, &token, &mut follow).await?,
        };
        Some((Ok::<_, Infallible>(Bytes::from(text)), Some((state, token, follow, None))))
    });
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// What comes next; `None` ends the stream, and the client comes again.
async fn next(state: &ApiState, token: &str, follow: &mut Follow) -> Option<String> {
    if state.shared.app.feed_is_closed() {
        return None;
    }
    let caller = state.shared.app.authenticate(token).await.ok()?;
    let batch = read(state, &caller, follow, QUIET).await;
    let batch = batch.inspect_err(|error| tracing::debug!(%error, "a stream of the feed ends"));
    Some(events(follow, batch.ok()?))
}

async fn read(
    state: &ApiState,
    caller: &Caller,
    follow: &Follow,
    wait: Duration,
) -> Result<FeedBatch, AppError> {
    let Follow { group, after, types, limit } = follow;
    let query = FeedQuery { group, after: *after, types: *types, limit: *limit, wait };
    state.shared.app.read_feed(caller, query).await
}

/// A batch as text; the next one follows it.
fn events(follow: &mut Follow, batch: FeedBatch) -> String {
    let mut text = String::new();
    follow.after = Some(batch.read_to);
    for item in batch.items {
        let item = FeedItemJson::from(item);
        // Only strings: this cannot fail.
        let data = serde_json::to_string(&item).unwrap_or_default();
        text += &format!("id: {}\nevent: {}\ndata: {data}\n\n", item.cursor, item.event_type);
    }
    if text.is_empty() {
        text = format!(": waiting\nid: {}\n\n", batch.read_to);
    }
    text
}
