//! A request body that must be complete in time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// The client did not send its whole body in time.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the request's body did not arrive in time")]
pub struct BodyTimeout;

/// A body whose reading fails with [`BodyTimeout`] once the time since it first had to be
/// waited for is up. A body that came together with its head costs no timer.
pub struct TimedBody<B> {
    inner: B,
    allowance: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<B> TimedBody<B> {
    /// `inner`, to be complete in `allowance`.
    pub const fn new(inner: B, allowance: Duration) -> Self {
        Self { inner, allowance, timer: None }
    }
}

impl<B> Body for TimedBody<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = B::Data;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, Self::Error>>> {
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => {
                let allowance = self.allowance;
                let timer =
                    self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(allowance)));
                timer.as_mut().poll(cx).map(|()| Some(Err(BodyTimeout.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
