//! Faults in a body that comes in frames.

use super::{ending, event, pieces};
use crate::dice::Dice;
use crate::headers::Headers;
use crate::reply::{Beat, Flush, Reply, ReplyBody, Timeline};
use crate::shape::fault::{Fault, Interrupt, Interrupted, Place, Where};
use crate::stream::Framing;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use std::time::Duration;

/// Puts a fault into a reply with these beats.
pub(super) fn distort(
    fault: &Fault,
    reply: &mut Reply,
    timeline: &Timeline,
    interrupt: Interrupt<'_>,
    dice: &mut Dice,
) {
    let mut flush = timeline.flush;
    let mut end = timeline.ending;
    let beats = match fault {
        Fault::Split(bytes) => {
            flush = Flush::Each;
            pieces::split(&timeline.beats, *bytes)
        }
        Fault::Drip { bytes, every } => {
            flush = Flush::Each;
            pieces::drip(&timeline.beats, *bytes, *every)
        }
        _ => {
            let frames = Frames::of(&reply.headers, timeline);
            if matches!(fault, Fault::Break(..) | Fault::Truncate(_) | Fault::Cut(_) | Fault::Interrupt(_)) {
                end = ending(fault);
            }
            match frames.distorted(fault, interrupt, dice) {
                Some(beats) => beats,
                None => return,
            }
        }
    };
    reply.body = ReplyBody::Stream(Timeline { beats: beats.into(), flush, ending: end });
}

/// The frames of a stream, each due when its last byte is.
struct Frames {
    framing: Option<Framing>,
    frames: Vec<Beat>,
}

/// Frames before a place, those after it, and when the place is there.
struct Halves {
    before: Vec<Beat>,
    after: Vec<Beat>,
    at: Duration,
}

// === impl Frames ===

impl Frames {
    /// The frames that are sent, however they are put into beats: what was recorded comes in the chunks of its
    /// connection. Bytes without frames are their beats.
    fn of(headers: &HeaderMap, timeline: &Timeline) -> Self {
        let mut body = BytesMut::new();
        timeline.beats.iter().for_each(|beat| body.extend_from_slice(&beat.send));
        let body = body.freeze();
        let Some(framing) = Framing::of(&told(headers), &body) else {
            return Frames { framing: None, frames: timeline.beats.to_vec() };
        };
        let mut ends = timeline.beats.iter().scan(0, |end, beat| {
            *end += beat.send.len();
            Some((*end, beat.at))
        });
        let (mut sent, mut at) = (0, Duration::ZERO);
        let mut end = 0;
        let frames = framing.split(&body).into_iter().map(|send| {
            end += send.len();
            while sent < end {
                let Some(next) = ends.next() else { break };
                (sent, at) = next;
            }
            Beat { at, send }
        });
        Frames { framing: Some(framing), frames: frames.collect() }
    }

    /// The beats with the fault in them; `None` where they have not what it is about.
    fn distorted(mut self, fault: &Fault, interrupt: Interrupt<'_>, dice: &mut Dice) -> Option<Vec<Beat>> {
        match fault {
            Fault::Break(_, Where::Within(place)) | Fault::Truncate(place) => {
                Some(self.halves(*place, dice).ended(*place))
            }
            Fault::Cut(place) => {
                let hit = self.hit(*place, dice)?;
                self.frames.truncate(hit + 1);
                let last = self.frames.last_mut()?;
                last.send.truncate(last.send.len() / 2);
                Some(self.frames)
            }
            Fault::Stall { lasting, place } => {
                let mut halves = self.halves(*place, dice);
                pieces::delay(&mut halves.after, *lasting);
                halves.before.append(&mut halves.after);
                Some(halves.before)
            }
            Fault::Malformed(place) => {
                let hit = self.hit_among(*place, dice, |frame, framing| event::is_json(frame, framing))?;
                let frame = self.frames.get_mut(hit)?;
                frame.send = event::malformed(&frame.send, self.framing);
                Some(self.frames)
            }
            Fault::Duplicate(place) => {
                let hit = self.hit(*place, dice)?;
                let twin = self.frames.get(hit)?.clone();
                self.frames.insert(hit, twin);
                Some(self.frames)
            }
            Fault::Reorder(place) => {
                let hit = self.hit(*place, dice)?.min(self.frames.len().checked_sub(2)?);
                let (one, other) = (self.frames[hit].send.clone(), self.frames[hit + 1].send.clone());
                self.frames[hit].send = other;
                self.frames[hit + 1].send = one;
                Some(self.frames)
            }
            Fault::Interrupt(interrupted) => self.interrupted(interrupted, interrupt, dice),
            Fault::Crc(place) if self.framing == Some(Framing::Aws) => {
                let hit = self.hit(*place, dice)?;
                let frame = self.frames.get_mut(hit)?;
                frame.send = event::with_wrong_checksum(&frame.send);
                Some(self.frames)
            }
            Fault::Crlf if self.framing == Some(Framing::Sse) => {
                self.frames.iter_mut().for_each(|frame| frame.send = event::with_crlf(&frame.send));
                Some(self.frames)
            }
            _ => None,
        }
    }

    /// The stream up to a place, and then what the vendor says there.
    fn interrupted(
        self,
        interrupted: &Interrupted,
        interrupt: Interrupt<'_>,
        dice: &mut Dice,
    ) -> Option<Vec<Beat>> {
        let framing = self.framing?;
        let Interrupted { how, ref failure, place } = *interrupted;
        // An event begins where another one ends.
        let frames = match place {
            Place::Bytes(bytes) => Place::Frames(self.within(bytes)),
            place => place,
        };
        let Halves { mut before, after, at } = self.halves(frames, dice);
        let sent: Vec<Bytes> = before.iter().map(|beat| beat.send.clone()).collect();
        let said = interrupt(how, failure, &sent).unwrap_or_else(|| event::plain(framing, failure));
        let due = match place {
            Place::Time(_) => at,
            _ => after.first().map_or(at, |next| next.at),
        };
        before.push(Beat { at: due, send: said });
        Some(before)
    }

    /// Cuts at a place. Bytes may be in the middle of a frame.
    fn halves(mut self, place: Place, dice: &mut Dice) -> Halves {
        let count = match place {
            Place::Middle => middle(self.frames.len(), dice),
            Place::Frames(frames) => frames.min(self.frames.len()),
            Place::Bytes(bytes) => {
                let whole = self.within(bytes);
                let sent: usize = self.frames[..whole].iter().map(|frame| frame.send.len()).sum();
                self.cut(whole, bytes.saturating_sub(sent))
            }
            Place::Time(due) => self.frames.partition_point(|frame| frame.at < due),
        };
        let after = self.frames.split_off(count);
        let at = match place {
            Place::Time(due) => due,
            _ => self.frames.last().map_or(Duration::ZERO, |last| last.at),
        };
        Halves { before: self.frames, after, at }
    }

    /// Cuts the frame with this index in two, and says where the second begins.
    fn cut(&mut self, index: usize, bytes: usize) -> usize {
        let Some(frame) = self.frames.get_mut(index).filter(|_| bytes > 0) else { return index };
        let (at, rest) = (frame.at, frame.send.split_off(bytes.min(frame.send.len())));
        self.frames.insert(index + 1, Beat { at, send: rest });
        index + 1
    }

    /// How many frames are whole within so many bytes.
    fn within(&self, bytes: usize) -> usize {
        let ends = self.frames.iter().scan(0usize, |end, frame| {
            *end = end.saturating_add(frame.send.len());
            Some(*end)
        });
        ends.take_while(|end| *end <= bytes).count()
    }

    /// The frame that a place names.
    fn hit(&self, place: Place, dice: &mut Dice) -> Option<usize> {
        self.hit_among(place, dice, |_, _| true)
    }

    /// The same; where the place is none in particular, one of those that will do.
    fn hit_among(
        &self,
        place: Place,
        dice: &mut Dice,
        will_do: impl Fn(&Bytes, Option<Framing>) -> bool,
    ) -> Option<usize> {
        let last = self.frames.len().checked_sub(1)?;
        let hit = match place {
            Place::Middle => {
                let doing: Vec<usize> = (0..=last)
                    .filter(|at| self.frames.get(*at).is_some_and(|frame| will_do(&frame.send, self.framing)))
                    .collect();
                let hit = doing.get(middle(doing.len(), dice).min(doing.len().saturating_sub(1))).copied();
                hit.unwrap_or(last)
            }
            Place::Frames(frames) => frames,
            Place::Bytes(bytes) => self.within(bytes),
            Place::Time(due) => self.frames.partition_point(|frame| frame.at < due),
        };
        Some(hit.min(last))
    }
}

impl Halves {
    /// The stream when it ends at its place.
    fn ended(mut self, place: Place) -> Vec<Beat> {
        // A beat of no bytes: the head is sent before anything ends, and what ends at a time waits for it.
        if matches!(place, Place::Time(_)) || self.before.is_empty() {
            self.before.push(Beat { at: self.at, send: Bytes::new() });
        }
        self.before
    }
}

/// A number of frames that is neither none nor all but the last, where there are enough.
fn middle(frames: usize, dice: &mut Dice) -> usize {
    match frames {
        0 | 1 => 0,
        2 => 1,
        _ => 1 + dice.below(frames - 2),
    }
}

/// The fields that framing is told by.
fn told(headers: &HeaderMap) -> Headers {
    let mut told = Headers::new();
    for name in [http::header::CONTENT_TYPE, http::header::CONTENT_ENCODING] {
        if let Some(Ok(value)) = headers.get(&name).map(http::HeaderValue::to_str) {
            told.push(name.as_str(), value);
        }
    }
    told
}
