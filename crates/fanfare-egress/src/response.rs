//! What came back, and how much of its body is read.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http::response::Parts;
use hyper::body::{Body, Incoming};

use crate::{EgressError, EgressLimits};

/// A response: whatever the receiver said, 3xx, 101 and 999 included. Its status decides, even
/// when its body is broken.
#[derive(Debug)]
pub struct Response {
    /// The status, 100–999.
    pub status: u16,
    /// The headers, at most 100. Values may be any bytes.
    pub headers: HeaderMap,
    /// The beginning of the body as it came: not decoded, at most
    /// [`body_kept`](EgressLimits::body_kept) bytes.
    pub body: Bytes,
    /// Whether there was more of the body than was kept.
    pub body_truncated: bool,
    /// Why the body ended early, if it did: broken off, malformed, or too slow.
    pub body_error: Option<EgressError>,
    /// The address that answered.
    pub peer: SocketAddr,
}

/// How reading a body ended.
#[derive(Debug)]
pub(crate) enum BodyEnd {
    /// It was read to its end: the connection can go on.
    Complete,
    /// There is more than we read.
    TooLong,
    /// It broke off.
    Broken(EgressError),
}

/// A body being read. What is kept is copied: a slice would hold on to the connection's whole
/// read buffer for as long as the response is remembered.
pub(crate) struct BodyReader {
    incoming: Incoming,
    kept: Vec<u8>,
    read: usize,
    limits: EgressLimits,
}

impl BodyReader {
    pub(crate) fn new(incoming: Incoming, limits: EgressLimits) -> Self {
        Self { incoming, kept: Vec::new(), read: 0, limits }
    }

    /// Whether there is nothing left to read.
    pub(crate) fn is_complete(&self) -> bool {
        self.incoming.is_end_stream()
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<BodyEnd> {
        loop {
            match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                None => return Poll::Ready(BodyEnd::Complete),
                Some(Err(error)) => {
                    let error = EgressError::from_hyper(&error).with_sent(true);
                    return Poll::Ready(BodyEnd::Broken(error));
                }
                Some(Ok(frame)) => {
                    if let Ok(chunk) = frame.into_data() {
                        self.take(&chunk);
                    }
                }
            }
            if self.is_complete() {
                return Poll::Ready(BodyEnd::Complete);
            }
            if self.read >= self.limits.body_read {
                return Poll::Ready(BodyEnd::TooLong);
            }
        }
    }

    fn take(&mut self, chunk: &[u8]) {
        self.read = self.read.saturating_add(chunk.len());
        let room = self.limits.body_kept.saturating_sub(self.kept.len());
        let kept = &chunk[..chunk.len().min(room)];
        if self.kept.is_empty() {
            let announced = usize::try_from(self.incoming.size_hint().lower()).unwrap_or(room);
            self.kept.reserve_exact(kept.len().saturating_add(announced).min(room));
        }
        self.kept.extend_from_slice(kept);
    }

    /// The response, given how its body ended.
    pub(crate) fn finish(self, head: Parts, end: BodyEnd, peer: SocketAddr) -> Response {
        Response {
            status: head.status.as_u16(),
            headers: head.headers,
            body_truncated: self.read > self.kept.len() || matches!(end, BodyEnd::TooLong),
            body: Bytes::from(self.kept),
            body_error: match end {
                BodyEnd::Broken(error) => Some(error),
                BodyEnd::Complete | BodyEnd::TooLong => None,
            },
            peer,
        }
    }
}
