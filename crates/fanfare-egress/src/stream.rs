//! The byte stream of a connection, plain or TLS, and what was seen of it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// What was seen of the current exchange. Written and read by one task at a time; atomics only
/// because hyper owns the stream and wants it `Send`.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    sent: AtomicBool,
    received: AtomicBool,
    interim: AtomicU32,
    max_interim: u32,
}

impl Seen {
    pub(crate) fn new(max_interim: u32) -> Self {
        Self { max_interim, ..Self::default() }
    }

    /// A new exchange begins.
    pub(crate) fn reset(&self) {
        self.sent.store(false, Relaxed);
        self.received.store(false, Relaxed);
        self.interim.store(0, Relaxed);
    }

    /// Whether a byte of the request was written.
    pub(crate) fn sent(&self) -> bool {
        self.sent.load(Relaxed)
    }

    /// Whether a byte came back.
    pub(crate) fn received(&self) -> bool {
        self.received.load(Relaxed)
    }

    /// Counts a 1xx response.
    pub(crate) fn count_interim(&self) {
        self.interim.store(self.interim.load(Relaxed).saturating_add(1), Relaxed);
    }

    /// Whether there were too many of them.
    pub(crate) fn is_flooded(&self) -> bool {
        self.interim.load(Relaxed) > self.max_interim
    }
}

/// A connection's bytes.
pub(crate) struct Stream {
    pub(crate) bytes: Bytes,
    pub(crate) seen: Arc<Seen>,
}

/// Plain or TLS.
pub(crate) enum Bytes {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper parses 1xx responses in a loop of its own; this is where it ends.
        if self.seen.is_flooded() {
            return Poll::Ready(Err(io::Error::other("too many 1xx responses")));
        }
        let before = buf.filled().len();
        ready!(match &mut self.bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Bytes::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        })?;
        if buf.filled().len() > before {
            self.seen.received.store(true, Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(match &mut self.bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Bytes::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        })?;
        if written > 0 {
            self.seen.sent.store(true, Relaxed);
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Bytes::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Bytes::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
