//! An answer that is arriving: one writer, any number of readers.
//!
//! The writer is the capture, which goes on when every client has left; a reader is a client's connection.
//! What has arrived is kept for two purposes at once: so that a call that asks the same meanwhile gets the
//! whole answer too, and to be stored at the end. An answer that will not be stored is kept only as far as
//! its slowest reader needs it, and then the writer waits for the readers.

use crate::engine::Answer;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The head of a response, as it is passed on.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) reason: Option<Bytes>,
    pub(crate) headers: HeaderMap,
}

/// What readers wait for first: a response, or why there is none.
type Begun = Result<Arc<Head>, Arc<Answer>>;

/// An answer that is arriving.
#[derive(Debug, Default)]
pub(crate) struct Live {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    head: Option<Begun>,
    /// The pieces from number `first` on.
    pieces: VecDeque<Bytes>,
    first: usize,
    /// Bytes in `pieces`.
    held: usize,
    retention: Retention,
    ended: Option<Result<(), String>>,
    /// The number of the next piece of each reader.
    readers: Vec<Option<usize>>,
    /// Everyone who waits for a change, readers and the writer.
    waiting: Vec<Waker>,
}

/// How much of what has arrived is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Retention {
    /// Everything: it will be stored.
    #[default]
    Whole,
    /// What the slowest reader has not read.
    Unread,
}

/// One client's view of the answer. Dropping it leaves.
#[derive(Debug)]
pub(crate) struct Reader {
    live: Arc<Live>,
    place: usize,
}

/// The capture's end. Dropping it without an end is a cut.
#[derive(Debug)]
pub(crate) struct Writer {
    live: Arc<Live>,
}

/// Unread bytes that are held for a slow reader where nothing is stored.
const WINDOW: usize = 256 << 10;

// === impl Live ===

impl Live {
    /// The two ends of a new answer.
    pub(crate) fn begin() -> (Writer, Arc<Live>) {
        let live = Arc::new(Live::default());
        (Writer { live: Arc::clone(&live) }, live)
    }

    /// One more client. It sees the answer from the start; `None` when the start is gone.
    pub(crate) fn join(self: &Arc<Self>) -> Option<Reader> {
        let mut state = self.lock();
        if state.first > 0 {
            return None;
        }
        state.readers.push(Some(0));
        let place = state.readers.len() - 1;
        state.wake();
        Some(Reader { live: Arc::clone(self), place })
    }

    /// Whether everything has arrived.
    pub(crate) fn has_ended(&self) -> bool {
        self.lock().ended.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state whole: every change is made in one call.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready` gives something.
    async fn until<T>(&self, mut ready: impl FnMut(&mut State) -> Option<T>) -> T {
        poll_fn(|cx| {
            let mut state = self.lock();
            match ready(&mut state) {
                Some(value) => Poll::Ready(value),
                None => {
                    state.wait(cx);
                    Poll::Pending
                }
            }
        })
        .await
    }
}

// === impl State ===

impl State {
    fn wait(&mut self, cx: &Context<'_>) {
        if !self.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.waiting.push(cx.waker().clone());
        }
    }

    fn wake(&mut self) {
        for waker in self.waiting.drain(..) {
            waker.wake();
        }
    }

    /// Lets go of what nobody needs.
    fn trim(&mut self) {
        if self.retention == Retention::Whole {
            return;
        }
        let needed = self.readers.iter().flatten().min().copied().unwrap_or(usize::MAX);
        while self.first < needed
            && let Some(piece) = self.pieces.pop_front()
        {
            self.held -= piece.len();
            self.first += 1;
        }
    }
}

// === impl Reader ===

impl Reader {
    /// The head, once it is there.
    pub(crate) async fn head(&self) -> Begun {
        self.live.until(|state| state.head.clone()).await
    }

    /// The next piece, the end, or the cut.
    pub(crate) fn poll_piece(&mut self, cx: &Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        let mut state = self.live.lock();
        let Some(next) = state.readers.get(self.place).copied().flatten() else { return Poll::Ready(None) };
        if let Some(piece) = state.pieces.get(next - state.first).cloned() {
            state.readers[self.place] = Some(next + 1);
            if state.retention == Retention::Unread {
                state.trim();
                state.wake();
            }
            return Poll::Ready(Some(Ok(piece)));
        }
        match &state.ended {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(reason)) => Poll::Ready(Some(Err(reason.clone()))),
            None => {
                state.wait(cx);
                Poll::Pending
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.live.lock();
        if let Some(place) = state.readers.get_mut(self.place) {
            *place = None;
        }
        state.trim();
        state.wake();
    }
}

// === impl Writer ===

impl Writer {
    pub(crate) fn head(&self, head: Begun) {
        let mut state = self.live.lock();
        state.head = Some(head);
        state.wake();
    }

    /// Passes a piece on, after the readers have made room for it.
    pub(crate) async fn piece(&self, piece: Bytes) {
        self.pass(piece, None).await;
    }

    /// Passes the last piece on, and the end with it.
    pub(crate) async fn last_piece(&self, piece: Bytes) {
        self.pass(piece, Some(Ok(()))).await;
    }

    async fn pass(&self, piece: Bytes, ended: Option<Result<(), String>>) {
        let room = |state: &mut State| {
            let deserted = state.readers.iter().all(Option::is_none);
            let room = state.retention == Retention::Whole || state.held < WINDOW || deserted;
            room.then_some(())
        };
        self.live.until(room).await;
        let mut state = self.live.lock();
        state.held += piece.len();
        state.pieces.push_back(piece);
        state.ended = ended;
        state.trim();
        state.wake();
    }

    /// From now on only what is unread is kept.
    pub(crate) fn forget(&self) {
        let mut state = self.live.lock();
        state.retention = Retention::Unread;
        state.trim();
        state.wake();
    }

    pub(crate) fn end(&self, ended: Result<(), String>) {
        let mut state = self.live.lock();
        state.ended.get_or_insert(ended);
        state.wake();
    }

    /// Waits until nobody reads.
    pub(crate) async fn deserted(&self) {
        self.live.until(|state| state.readers.iter().all(Option::is_none).then_some(())).await;
    }

    /// Waits until somebody reads.
    pub(crate) async fn joined(&self) {
        self.live.until(|state| state.readers.iter().any(Option::is_some).then_some(())).await;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end(Err("the recording was given up".to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut Reader) -> Poll<Option<Result<Bytes, String>>> {
        reader.poll_piece(&Context::from_waker(Waker::noop()))
    }

    fn piece(text: &'static str) -> Poll<Option<Result<Bytes, String>>> {
        Poll::Ready(Some(Ok(Bytes::from_static(text.as_bytes()))))
    }

    #[tokio::test]
    async fn every_reader_sees_the_whole() {
        let (writer, live) = Live::begin();
        let mut first = live.join().unwrap();
        assert!(read(&mut first).is_pending());
        writer.piece(Bytes::from_static(b"a")).await;
        assert_eq!(read(&mut first), piece("a"));
        let mut second = live.join().unwrap();
        writer.piece(Bytes::from_static(b"b")).await;
        writer.end(Ok(()));
        assert_eq!([read(&mut second), read(&mut second)], [piece("a"), piece("b")]);
        assert_eq!(read(&mut first), piece("b"));
        assert_eq!(read(&mut first), Poll::Ready(None));
    }

    #[tokio::test]
    async fn what_is_not_stored_is_held_for_its_readers_only() {
        let (writer, live) = Live::begin();
        let mut reader = live.join().unwrap();
        writer.forget();
        writer.piece(vec![0; WINDOW].into()).await;
        let mut waiting = Box::pin(writer.piece(Bytes::from_static(b"more")));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(read(&mut reader).is_ready());
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        assert!(live.join().is_none(), "the start is gone");
        drop(reader);
        drop(waiting);
        writer.piece(vec![0; 4 * WINDOW].into()).await;
        assert_eq!(live.lock().held, 0);
    }

    #[tokio::test]
    async fn a_writer_that_is_gone_is_a_cut() {
        let (writer, live) = Live::begin();
        let mut reader = live.join().unwrap();
        drop(writer);
        assert!(matches!(read(&mut reader), Poll::Ready(Some(Err(_)))));
    }
}
