//! The two ways in which a streamed body is handed to hyper.

use bytes::Bytes;
use http_body::{Body, Frame};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

type Polled = Poll<Option<Result<Frame<Bytes>, Infallible>>>;

/// Frames that are always ready.
#[derive(Debug)]
pub(super) struct Eager {
    frames: Arc<[Bytes]>,
    next: usize,
}

/// Frames with a pause after each in which hyper writes it out.
#[derive(Debug)]
pub(super) struct OneByOne {
    frames: Eager,
    written: bool,
}

// === impl Eager ===

impl Eager {
    pub(super) fn new(frames: Arc<[Bytes]>) -> Self {
        Eager { frames, next: 0 }
    }

    fn take(&mut self) -> Polled {
        let frame = self.frames.get(self.next).cloned();
        self.next += 1;
        Poll::Ready(frame.map(|frame| Ok(Frame::data(frame))))
    }
}

impl Body for Eager {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Polled {
        self.get_mut().take()
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.frames.len()
    }
}

// === impl OneByOne ===

impl OneByOne {
    pub(super) fn new(frames: Arc<[Bytes]>) -> Self {
        OneByOne { frames: Eager::new(frames), written: true }
    }
}

impl Body for OneByOne {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        if !this.written {
            this.written = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        this.written = false;
        this.frames.take()
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_end_stream()
    }
}
