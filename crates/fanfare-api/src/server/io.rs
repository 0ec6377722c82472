//! A socket that tells the connection's [`Watch`] of progress, and that closes gently.
//!
//! Closing a socket with unread bytes in it resets the connection, and the reset may overtake
//! the answer that said why (`413`, `431`). So when something unread is there at the end, it is
//! read and thrown away for a moment, within [`LINGER`] and [`LINGER_BYTES`].
//!
//! A head that is too large is refused by hyper itself, with an empty `431`. It is the only answer
//! that does not come from a service, so this is where it gets the form that all refusals have.

use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::watch::Watch;

/// How long unread bytes are thrown away at most before the socket is closed.
const LINGER: Duration = Duration::from_secs(1);
/// How many unread bytes are thrown away at most.
const LINGER_BYTES: usize = 256 * 1024;

/// How hyper's own refusal begins.
const HYPER_TOO_LARGE: &[u8] = b"HTTP/1.1 431 ";
/// What is sent in its place.
const TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\
Content-Type: application/json\r\nContent-Length: 96\r\n\r\n\
{\"error\":{\"code\":\"headers_too_large\",\"message\":\"the request's headers are larger than allowed\"}}";

/// See the module.
pub(super) struct WatchedIo {
    stream: TcpStream,
    watch: Arc<Watch>,
    /// How much of [`TOO_LARGE`] was sent, once hyper has begun to refuse a head.
    refused: Option<usize>,
    linger: Option<Linger>,
}

/// The end of a connection on which the peer still sends.
struct Linger {
    left: usize,
    timer: Pin<Box<Sleep>>,
}

impl WatchedIo {
    pub(super) fn new(stream: TcpStream, watch: Arc<Watch>) -> Self {
        Self { stream, watch, refused: None, linger: None }
    }

    /// Ready when nothing unread is there, the peer has ended, or patience has.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [MaybeUninit::uninit(); 4096];
        loop {
            let mut unread = ReadBuf::uninit(&mut scratch);
            let read = Pin::new(&mut self.stream).poll_read(cx, &mut unread);
            match (read, unread.filled().len()) {
                (Poll::Pending, _) => {
                    let Some(linger) = &mut self.linger else { return Poll::Ready(()) };
                    return linger.timer.as_mut().poll(cx);
                }
                (Poll::Ready(Err(_)), _) | (Poll::Ready(Ok(())), 0) => return Poll::Ready(()),
                (Poll::Ready(Ok(())), count) => {
                    let begin = || Linger {
                        left: LINGER_BYTES,
                        timer: Box::pin(tokio::time::sleep(LINGER)),
                    };
                    let linger = self.linger.get_or_insert_with(begin);
                    linger.left = linger.left.saturating_sub(count);
                    if linger.left == 0 {
                        return Poll::Ready(());
                    }
                }
            }
        }
    }

    /// Sends our refusal in the place of hyper's, which is `length` bytes long.
    fn poll_refuse(&mut self, cx: &mut Context<'_>, length: usize) -> Poll<io::Result<usize>> {
        let mut sent = self.refused.unwrap_or(0);
        while sent < TOO_LARGE.len() {
            self.refused = Some(sent);
            sent += ready!(Pin::new(&mut self.stream).poll_write(cx, &TOO_LARGE[sent..]))?;
        }
        self.refused = Some(sent);
        Poll::Ready(Ok(length))
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        if matches!(result, Poll::Ready(Ok(_))) {
            self.watch.bytes_written();
        }
    }
}

impl AsyncRead for WatchedIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.watch.bytes_read();
        }
        result
    }
}

impl AsyncWrite for WatchedIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.watch.awaits_head() && buf.starts_with(HYPER_TOO_LARGE) {
            return self.poll_refuse(cx, buf.len());
        }
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        self.poll_linger(cx).map(Ok)
    }
}
