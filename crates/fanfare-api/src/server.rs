//! The accept loop of every listener we open.
//!
//! Promises: a client can hold neither more than its share of connections nor one connection
//! for longer than it makes progress. A connection ends when its first head is not complete in
//! [`ServerLimits::head_timeout`], when a later head is not complete that long after its first
//! byte, when nothing is asked for [`ServerLimits::idle_timeout`], when the peer does not take
//! its response in that time, and when a handler runs longer than
//! [`ServerLimits::request_timeout`] (a backstop: routers answer earlier by themselves). A
//! request's body must be complete in [`ServerLimits::body_timeout`], counted from the moment
//! it first has to be waited for; then reading it fails with [`BodyTimeout`]. Heads above 16 KiB or 64
//! headers are answered `431`. Beyond the caps a connection gets a short `503`.
//!
//! When `shutdown` is cancelled the listener closes, requests in flight finish within
//! [`ServerLimits::grace`], and [`serve`] returns when the last connection is gone.
//!
//! hyper's own header timer is left off: it also runs while a kept-alive connection is idle, so
//! that it cannot tell a slow head from a quiet client. `watch` can, with one lazily armed timer
//! per connection instead of one per request. HTTP/1.1 only; TLS belongs to a proxy in front.

mod body;
mod connections;
mod io;
#[cfg(test)]
mod tests;
mod watch;

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, warn};

pub use body::{BodyTimeout, TimedBody};
pub use connections::ConnectionFigures;
use connections::{Connections, Refused, Seat};
use io::WatchedIo;
use watch::{Verdict, Watch};

/// Largest request head, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// Most headers of a request.
const HEADERS: usize = 64;
/// How long to rest when accepting fails (out of file descriptors), so as not to spin.
const ACCEPT_REST: Duration = Duration::from_millis(100);
/// What a connection beyond the caps is told.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\
Content-Type: application/json\r\n\r\n\
{\"error\":{\"code\":\"unavailable\",\"message\":\"too many connections; try again in a moment\"}}";

/// How much of us one client, and all of them together, may take.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    /// Most connections at a time.
    pub connections: usize,
    /// Most connections at a time from one IP address.
    pub connections_per_ip: usize,
    /// From a request's first byte (or from the connection's beginning) to the end of its head.
    pub head_timeout: Duration,
    /// From the first wait for a request's body to its end.
    pub body_timeout: Duration,
    /// From the end of a request's head to the beginning of the response.
    pub request_timeout: Duration,
    /// Between two requests, and between two bytes of a response that the peer takes.
    pub idle_timeout: Duration,
    /// How long requests in flight may still run after `shutdown`.
    pub grace: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            connections_per_ip: 1_024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(35),
            idle_timeout: Duration::from_secs(60),
            grace: Duration::from_secs(20),
        }
    }
}

/// Serves `service` on `listener` until `shutdown`, then drains. An `axum::Router` is such a
/// service, so is [`crate::Front`].
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: ServerLimits,
    shutdown: CancellationToken,
) where
    S: tower::Service<Request<TimedBody<Incoming>>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    serve_counted(listener, service, limits, Arc::default(), shutdown).await;
}

/// [`serve`], counting connections into `figures`.
pub async fn serve_counted<S, B>(
    listener: TcpListener,
    service: S,
    limits: ServerLimits,
    figures: Arc<ConnectionFigures>,
    shutdown: CancellationToken,
) where
    S: tower::Service<Request<TimedBody<Incoming>>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connections = Connections::new(limits, figures);
    let tracker = TaskTracker::new();
    while let Some((stream, peer)) = accept(&listener, &shutdown).await {
        match connections.admit(peer.ip()) {
            Ok((seat, drain)) => {
                tracker.spawn(connection(stream, peer, service.clone(), limits, seat, drain));
            }
            Err(refused) => turn_away(&stream, peer, refused),
        }
    }
    drop(listener);
    connections.drain();
    tracker.close();
    tracker.wait().await;
}

/// The next connection; `None` when the server is to stop.
async fn accept(
    listener: &TcpListener,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = shutdown.run_until_cancelled(listener.accept()).await?;
        match accepted {
            Ok(connection) => return Some(connection),
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                shutdown.run_until_cancelled(tokio::time::sleep(ACCEPT_REST)).await?;
            }
        }
    }
}

fn turn_away(stream: &TcpStream, peer: SocketAddr, refused: Refused) {
    debug!(%peer, ?refused, "a connection was turned away");
    // Best effort: the socket's buffer is empty, so the short answer fits or the peer is gone.
    let _sent = stream.try_write(BUSY);
}

/// The address at the other end of the connection on which a request came: an extension of every
/// request. Behind a proxy it is the proxy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// One connection, from its first byte to its last. `seat` is given back when this ends.
async fn connection<S, B>(
    stream: TcpStream,
    peer: SocketAddr,
    service: S,
    limits: ServerLimits,
    seat: Seat,
    mut drain: oneshot::Receiver<()>,
) where
    S: tower::Service<Request<TimedBody<Incoming>>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // A response is one write; waiting for more to send would only delay it.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%peer, %error, "TCP_NODELAY could not be set");
    }
    let watch = Arc::new(Watch::new(limits));
    let io = TokioIo::new(WatchedIo::new(stream, Arc::clone(&watch)));
    let serving = Arc::clone(&watch);
    let handler = service_fn(move |request: Request<Incoming>| {
        serving.request_begins();
        let mut request = request.map(|body| TimedBody::new(body, limits.body_timeout));
        request.extensions_mut().insert(Peer(peer.ip()));
        let response = service.clone().oneshot(request);
        let serving = Arc::clone(&serving);
        async move {
            let response = response.await;
            serving.request_ends();
            response
        }
    });
    let hyper = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        // Answers are small: one copy is cheaper than gathering two buffers in the kernel.
        .writev(false)
        .serve_connection(io, handler);

    let mut hyper = pin!(hyper);
    let mut timer = pin!(tokio::time::sleep_until(watch.next_look()));
    let mut draining = false;
    poll_fn(|cx| {
        if let Poll::Ready(result) = hyper.as_mut().poll(cx) {
            if let Err(error) = result {
                debug!(%peer, %error, "a connection ended with an error");
            }
            return Poll::Ready(());
        }
        if !draining && std::pin::Pin::new(&mut drain).poll(cx).is_ready() {
            draining = true;
            watch.drain();
            hyper.as_mut().graceful_shutdown();
            timer.as_mut().reset(watch.next_look());
            // What the shutdown changed must be seen now: nobody else will wake this task.
            cx.waker().wake_by_ref();
        }
        while timer.as_mut().poll(cx).is_ready() {
            match watch.verdict() {
                Verdict::Wait(until) => timer.as_mut().reset(until),
                Verdict::Over(why) => {
                    debug!(%peer, why, "a connection was closed");
                    return Poll::Ready(());
                }
            }
        }
        Poll::Pending
    })
    .await;
    drop(seat);
}
