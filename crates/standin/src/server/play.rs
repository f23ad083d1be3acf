//! Playing a reply: the one place that waits.

use super::line::Line;
use crate::engine::Answer;
use crate::record::Reader;
use crate::shaping::Held;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use standin_core::{Beat, Ending, Flush, Reply, ReplyBody};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

/// The body of a response, sent when it is due.
#[derive(Debug)]
pub(crate) struct PlayBody {
    pieces: Pieces,
    /// What lasts until it has been sent.
    _held: Option<Held>,
}

#[derive(Debug)]
enum Pieces {
    Whole(Option<Bytes>),
    Stream(Playing),
    /// What a provider sends, as it arrives.
    Live(Relayed),
    /// What standin itself tells, as it happens.
    Told(Telling),
}

/// What is told as it happens, and how it ends.
#[derive(Debug)]
struct Telling {
    pieces: mpsc::Receiver<Bytes>,
    /// How the connection ends after it, where not as HTTP tells it.
    breaks: Option<(Ending, Line)>,
    /// The last piece has been given the time to leave the buffer.
    flushed: bool,
}

/// A provider's answer on its way to the client.
#[derive(Debug)]
pub(crate) struct Relayed {
    reader: Reader,
    /// How it broke off, held back until what came before has left the buffer.
    cut: Option<Cut>,
}

/// The provider's answer broke off; the client's does so too.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Cut(String);

/// A timeline being played. Beats are due at absolute times, so that one late beat makes no other late.
#[derive(Debug)]
pub(crate) struct Playing {
    beats: Arc<[Beat]>,
    next: usize,
    started: Instant,
    flush: Flush,
    ending: Ending,
    line: Line,
    waiting: Option<Pin<Box<Sleep>>>,
    /// The beat just sent has been given the time to leave the buffer.
    flushed: bool,
}

/// Turns a reply into a response, waiting for its head.
///
/// # Errors
/// When the reply has none: the connection ends.
pub(crate) async fn play(
    reply: Reply,
    started: Instant,
    line: &Line,
) -> Result<http::Response<PlayBody>, Cut> {
    let body = match reply.body {
        ReplyBody::Nothing { at, ending } => {
            if !at.is_zero() {
                sleep_until(started + at).await;
            }
            line.end(ending);
            if ending == Ending::Silence {
                std::future::pending::<()>().await;
            }
            return Err(Cut("the reply is none".to_owned()));
        }
        ReplyBody::Whole { at, bytes } => {
            if !at.is_zero() {
                sleep_until(started + at).await;
            }
            Pieces::Whole(Some(bytes))
        }
        ReplyBody::Stream(timeline) => Pieces::Stream(Playing {
            beats: timeline.beats,
            next: 0,
            started,
            flush: timeline.flush,
            ending: timeline.ending,
            line: line.clone(),
            waiting: None,
            flushed: true,
        }),
    };
    let head = Reply { body: ReplyBody::Whole { at: Duration::ZERO, bytes: Bytes::new() }, ..reply };
    Ok(under(head, body))
}

/// A response with the head of a reply, whose body is told as it happens.
pub(super) fn play_as_told(
    reply: Reply,
    pieces: mpsc::Receiver<Bytes>,
    ending: Ending,
    line: &Line,
) -> http::Response<PlayBody> {
    let breaks = (ending != Ending::Whole).then(|| (ending, line.clone()));
    under(reply, Pieces::Told(Telling { pieces, breaks, flushed: false }))
}

/// A body under the head of a reply.
fn under(reply: Reply, body: Pieces) -> http::Response<PlayBody> {
    let mut response = http::Response::new(PlayBody::of(body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = Arc::unwrap_or_clone(reply.headers);
    set_reason(&mut response, reply.reason.as_ref());
    response
}

/// Turns an answer that is arriving into a response, waiting for its head. Where there is none, the refusal.
pub(super) async fn relay(reader: Reader) -> Result<http::Response<PlayBody>, Arc<Answer>> {
    let head = reader.head().await?;
    let mut response = http::Response::new(PlayBody::of(Pieces::Live(Relayed { reader, cut: None })));
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers.clone();
    set_reason(&mut response, head.reason.as_ref());
    Ok(response)
}

fn set_reason(response: &mut http::Response<PlayBody>, reason: Option<&Bytes>) {
    // hyper writes `<none>` after a status that it knows no name of, such as 529.
    let none = Bytes::new();
    let nameless = response.status().canonical_reason().is_none();
    if let Some(reason) = reason.or(nameless.then_some(&none))
        && let Ok(reason) = hyper::ext::ReasonPhrase::try_from(reason.as_ref())
    {
        response.extensions_mut().insert(reason);
    }
}

impl PlayBody {
    /// A body that is sent at once.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        PlayBody::of(Pieces::Whole(Some(bytes.into())))
    }

    /// A body that is sent as it is told, and ends when nobody tells any more.
    pub(crate) fn told(pieces: mpsc::Receiver<Bytes>) -> Self {
        PlayBody::of(Pieces::Told(Telling { pieces, breaks: None, flushed: true }))
    }

    fn of(pieces: Pieces) -> Self {
        PlayBody { pieces, _held: None }
    }

    /// The same, and with it what lasts until it has been sent.
    pub(super) fn holding(self, held: Option<Held>) -> Self {
        PlayBody { _held: held, ..self }
    }
}

impl Body for PlayBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match &mut self.get_mut().pieces {
            Pieces::Whole(bytes) => Poll::Ready(
                bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes))),
            ),
            Pieces::Stream(playing) => {
                playing.poll_beat(cx).map(|beat| beat.map(|bytes| bytes.map(Frame::data)))
            }
            Pieces::Told(telling) => {
                telling.poll_piece(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
            }
            Pieces::Live(relayed) => {
                relayed.poll_piece(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.pieces {
            Pieces::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Pieces::Stream(playing) => playing.next == playing.beats.len() && playing.ending == Ending::Whole,
            // Its end is told by its length or by a last chunk, as upstream told it.
            Pieces::Live(_) | Pieces::Told(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.pieces {
            Pieces::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Pieces::Stream(_) | Pieces::Live(_) | Pieces::Told(_) => SizeHint::default(),
        }
    }
}

// === impl Relayed ===

impl Relayed {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        if let Some(cut) = self.cut.take() {
            return Poll::Ready(Some(Err(cut)));
        }
        match ready!(self.reader.poll_piece(cx)) {
            Some(Err(reason)) => {
                // Not ready once: an error makes the connection drop what it holds.
                self.cut = Some(Cut(reason));
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Ok(piece)) => Poll::Ready(Some(Ok(piece))),
            None => Poll::Ready(None),
        }
    }
}

// === impl Telling ===

impl Telling {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        if let Some(bytes) = ready!(self.pieces.poll_recv(cx)) {
            return Poll::Ready(Some(Ok(bytes)));
        }
        let Some((ending, line)) = &self.breaks else { return Poll::Ready(None) };
        if !self.flushed {
            // Not ready once: what was told has to be on its way when the connection breaks.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        line.end(*ending);
        if *ending == Ending::Silence {
            // Nobody wakes it: the connection is over when the client leaves.
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Cut("the reply breaks off".to_owned()))))
    }
}

// === impl Playing ===

impl Playing {
    fn poll_beat(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        let over = self.next == self.beats.len();
        if over && self.ending == Ending::Whole {
            return Poll::Ready(None);
        }
        if !self.flushed {
            // Not ready once: the connection writes out what it holds before it asks again.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(beat) = self.beats.get(self.next) else {
            self.line.end(self.ending);
            if self.ending == Ending::Silence {
                // Nobody wakes it: the connection is over when the client leaves.
                return Poll::Pending;
            }
            return Poll::Ready(Some(Err(Cut("the reply breaks off".to_owned()))));
        };
        if beat.at > Duration::ZERO {
            let due = self.started + beat.at;
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if waiting.deadline() != due {
                waiting.as_mut().reset(due);
            }
            ready!(waiting.as_mut().poll(cx));
        }
        self.next += 1;
        // What comes before a break has to be on its way when the connection breaks.
        let breaks = self.next == self.beats.len() && self.ending != Ending::Whole;
        self.flushed = self.flush == Flush::Together && !breaks;
        Poll::Ready(Some(Ok(beat.send.clone())))
    }
}

#[cfg(test)]
mod paced;
#[cfg(test)]
mod tests;
