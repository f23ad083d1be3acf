//! Frames that are sent when they are due, with nothing but a timer between hyper and them.

use bytes::Bytes;
use http_body::{Body, Frame};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// When frames are due, from the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) first: Duration,
    pub(crate) between: Duration,
}

/// A body at a pace.
#[derive(Debug)]
pub(super) struct Paced {
    frames: Arc<[Bytes]>,
    next: usize,
    pace: Pace,
    due: Pin<Box<Sleep>>,
}

// === impl Paced ===

impl Paced {
    pub(super) fn new(frames: Arc<[Bytes]>, pace: Pace) -> Self {
        Paced { frames, next: 0, pace, due: Box::pin(sleep_until(Instant::now() + pace.first)) }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let Some(frame) = this.frames.get(this.next) else { return Poll::Ready(None) };
        ready!(this.due.as_mut().poll(cx));
        let following = this.due.deadline() + this.pace.between;
        this.due.as_mut().reset(following);
        this.next += 1;
        Poll::Ready(Some(Ok(Frame::data(frame.clone()))))
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.frames.len()
    }
}
