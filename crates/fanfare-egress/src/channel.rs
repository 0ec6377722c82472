//! One HTTP/1.1 connection, used by one task.
//!
//! The loop: the connection's own future and what waits for it (the response head, the body) are
//! polled side by side in the caller's task; nothing is spawned. hyper wakes the task whenever it
//! passes something between the two, which is needless here, because both are polled anyway and
//! would cost a turn of the scheduler per request. So whatever only passes inside is polled with a
//! waker that does nothing, and only the last look at the socket leaves the real one behind.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::response::Parts;
use http::{Extensions, HeaderMap, HeaderValue, Request};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::response::{BodyEnd, BodyReader};
use crate::stream::{Seen, Stream};
use crate::{EgressError, EgressLimits, ErrorClass, Response, Target};

/// One guarded HTTP/1.1 connection. Carries one request at a time; dropping it closes it.
pub struct Channel {
    sender: SendRequest<Full<Bytes>>,
    /// `None` once it is closed, by either side.
    connection: Option<Box<Connection<TokioIo<Stream>, Full<Bytes>>>>,
    seen: Arc<Seen>,
    /// Carries the counter of 1xx responses into each request.
    counting: Extensions,
    authority: HeaderValue,
    peer: SocketAddr,
    limits: EgressLimits,
    /// Set to an earlier request's deadline as long as that is not after this one's: it is moved
    /// when it fires, which is about once per timeout, instead of once per request.
    timer: Pin<Box<Sleep>>,
    deadline: Instant,
    /// Whether a request is under way, or was given up in the middle.
    busy: bool,
    served: bool,
}

/// Why an exchange ended without what it waited for.
enum Halt {
    Deadline,
    Flooded,
    Closed(Option<hyper::Error>),
}

impl Channel {
    pub(crate) async fn open(
        stream: Stream,
        peer: SocketAddr,
        target: &Target,
        limits: EgressLimits,
        deadline: Instant,
    ) -> Result<Self, EgressError> {
        let seen = stream.seen.clone();
        let handshake = Builder::new().max_buf_size(limits.head).handshake(TokioIo::new(stream));
        let (sender, connection) =
            handshake.await.map_err(|error| EgressError::from_hyper(&error))?;
        Ok(Self {
            sender,
            connection: Some(Box::new(connection)),
            counting: counting(seen.clone()),
            seen,
            authority: target.authority_header().clone(),
            peer,
            limits,
            timer: Box::pin(sleep_until(deadline)),
            deadline,
            busy: false,
            served: false,
        })
    }

    /// Sends one request and reads its response, at most as much of it as the limits say.
    ///
    /// The caller gives method, origin-form URI, headers and body; `host` is set here. `deadline`
    /// covers everything: without a response head by then the error is `Timeout`; with one, the
    /// response is returned with a `body_error`. Afterwards ask [`is_reusable`](Self::is_reusable).
    /// Dropping the future in the middle leaves a channel that is not reusable.
    pub async fn send(
        &mut self,
        mut request: Request<Bytes>,
        deadline: Instant,
    ) -> Result<Response, EgressError> {
        if !self.begin(deadline) {
            self.close();
            let error =
                EgressError::new(ErrorClass::Closed, "the connection was closed while idle");
            return Err(error.with_stale(self.served));
        }
        request.headers_mut().insert(HOST, self.authority.clone());
        request.extensions_mut().clone_from(&self.counting);
        let mut response = pin!(self.sender.try_send_request(request.map(Full::new)));
        let answered = self.drive(1, |cx| response.as_mut().poll(cx)).await;
        let error = match answered {
            Ok(Ok(response)) => {
                let (head, body) = response.into_parts();
                return Ok(self.read_body(head, body).await);
            }
            Ok(Err(error)) => self.failure(Halt::Closed(Some(error.into_error()))),
            Err(halt) => self.failure(halt),
        };
        self.close();
        Err(error)
    }

    /// Whether another request can be sent: the last response was read to its end and neither
    /// side has closed the connection, as far as is known.
    pub fn is_reusable(&self) -> bool {
        !self.busy && self.connection.is_some() && !self.sender.is_closed()
    }

    /// Waits until the idle connection is closed by the peer; at once when it is not reusable.
    /// Cancel safe.
    pub async fn closed(&mut self) {
        if !self.busy {
            poll_fn(|cx| self.poll_connection(cx).map(|_| ())).await;
        }
        self.close();
    }

    /// The address that the connection leads to.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Makes ready for an exchange; false when the connection is not there any more. Looks at the
    /// idle connection once, so that one that the peer has closed is not written to, and so that
    /// hyper forgets the waker that it would otherwise wake at the hand-over of the request.
    fn begin(&mut self, deadline: Instant) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        if self.busy || self.poll_connection(&mut cx).is_ready() {
            return false;
        }
        self.busy = true;
        self.seen.reset();
        self.deadline = deadline;
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
        }
        true
    }

    /// Polls the connection and then `step`, until `step` is done or the exchange is over. Each
    /// turn looks twice: the second time leaves the real waker behind, when the first was not
    /// enough. `skip` leaves out the first look of the first turn, where it cannot be enough.
    async fn drive<T>(
        &mut self,
        mut skip: usize,
        mut step: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Result<T, Halt> {
        poll_fn(|cx| {
            for waker in [Waker::noop(), cx.waker()].into_iter().skip(std::mem::take(&mut skip)) {
                let ended = self.poll_connection(&mut Context::from_waker(waker));
                if self.seen.is_flooded() {
                    return Poll::Ready(Err(Halt::Flooded));
                }
                // What this waits for comes from the connection alone, which was just polled.
                if let Poll::Ready(done) = step(&mut Context::from_waker(Waker::noop())) {
                    return Poll::Ready(Ok(done));
                }
                if let Poll::Ready(error) = ended {
                    return Poll::Ready(Err(Halt::Closed(error)));
                }
            }
            self.poll_deadline(cx).map(|()| Err(Halt::Deadline))
        })
        .await
    }

    /// Polls the connection until it is over; then it is dropped.
    fn poll_connection(&mut self, cx: &mut Context<'_>) -> Poll<Option<hyper::Error>> {
        let Some(connection) = &mut self.connection else { return Poll::Ready(None) };
        let result = ready!(Pin::new(connection).poll(cx));
        self.connection = None;
        Poll::Ready(result.err())
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if self.timer.deadline() >= self.deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.deadline);
        }
    }

    async fn read_body(&mut self, head: Parts, incoming: Incoming) -> Response {
        let mut reader = BodyReader::new(incoming, self.limits);
        let end = if reader.is_complete() {
            Ok(BodyEnd::Complete)
        } else {
            self.drive(0, |cx| reader.poll(cx)).await
        };
        let end = end.unwrap_or_else(|halt| BodyEnd::Broken(self.failure(halt)));
        self.served = true;
        self.busy = !matches!(end, BodyEnd::Complete)
            || is_ambiguous(&head.headers)
            || !self.sender.is_ready();
        if self.busy {
            self.close();
        }
        reader.finish(head, end, self.peer)
    }

    fn failure(&self, halt: Halt) -> EgressError {
        let error = match halt {
            _ if self.seen.is_flooded() => {
                EgressError::new(ErrorClass::Protocol, "too many 1xx responses")
            }
            Halt::Deadline => EgressError::new(ErrorClass::Timeout, "the deadline passed"),
            Halt::Closed(Some(error)) => EgressError::from_hyper(&error),
            Halt::Closed(None) | Halt::Flooded => {
                EgressError::new(ErrorClass::Closed, "the connection ended")
            }
        };
        let stale = self.served && error.class() == ErrorClass::Closed && !self.seen.received();
        error.with_sent(self.seen.sent()).with_stale(stale)
    }

    /// Closes the socket now, not when the caller lets go of the channel.
    fn close(&mut self) {
        self.busy = true;
        self.connection = None;
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel")
            .field("peer", &self.peer)
            .field("reusable", &self.is_reusable())
            .finish_non_exhaustive()
    }
}

/// The extensions that make hyper count 1xx responses: made once, cloned into each request.
fn counting(seen: Arc<Seen>) -> Extensions {
    let mut request = Request::new(());
    hyper::ext::on_informational(&mut request, move |_| seen.count_interim());
    std::mem::take(request.extensions_mut())
}

/// A response with both lengths may have been read differently by something in between.
fn is_ambiguous(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_LENGTH) && headers.contains_key(TRANSFER_ENCODING)
}
