//! Faults in a body that is one piece.

use super::{ending, event, later, pieces};
use crate::reply::{Beat, Flush, Reply, ReplyBody, Timeline};
use crate::shape::fault::{Fault, Place, Where};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn distort(fault: &Fault, reply: Reply, at: Duration, bytes: &Bytes) -> Reply {
    let body = Beat { at, send: bytes.clone() };
    let beats = match fault {
        Fault::Truncate(place) => return shortened(reply, *place, at, bytes),
        Fault::Malformed(_) => {
            return Reply { body: ReplyBody::Whole { at, bytes: event::malformed(bytes, None) }, ..reply };
        }
        Fault::Break(_, Where::Within(place)) | Fault::Cut(place) => {
            let (end, due) = cut(*place, at, bytes);
            vec![Beat { at, send: bytes.slice(..end) }, Beat { at: due.max(at), send: Bytes::new() }]
        }
        Fault::Stall { lasting, place } => {
            let (end, due) = cut(*place, at, bytes);
            let on = later(due.max(at), *lasting);
            vec![Beat { at, send: bytes.slice(..end) }, Beat { at: on, send: bytes.slice(end..) }]
        }
        Fault::Drip { bytes, every } => pieces::drip(&[body], *bytes, *every),
        Fault::Split(bytes) => pieces::split(&[body], *bytes),
        _ => return reply,
    };
    // Nothing is sent before it is due: a break at an earlier time finds none of the body.
    let early = |due: Duration| beats.first().is_some_and(|beat| beat.send.is_empty() && due < beat.at);
    let beats = match fault {
        Fault::Break(_, Where::Within(Place::Time(due))) | Fault::Cut(Place::Time(due)) if early(*due) => {
            vec![Beat { at: *due, send: Bytes::new() }]
        }
        _ => beats,
    };
    promised(reply, bytes.len(), Timeline { beats: beats.into(), flush: Flush::Each, ending: ending(fault) })
}

/// How much of a body is sent before a place, and when the place is there.
fn cut(place: Place, at: Duration, bytes: &Bytes) -> (usize, Duration) {
    let half = bytes.len() / 2;
    match place {
        Place::Frames(0) => (0, at),
        Place::Middle | Place::Frames(_) => (half, at),
        Place::Bytes(end) => (end.min(bytes.len()), at),
        Place::Time(due) => (if due < at { 0 } else { half }, due),
    }
}

/// A reply whose body is only the beginning of itself, and says so.
fn shortened(reply: Reply, place: Place, at: Duration, bytes: &Bytes) -> Reply {
    let (end, due) = cut(place, at, bytes);
    Reply { body: ReplyBody::Whole { at: at.max(due), bytes: bytes.slice(..end) }, ..reply }
}

/// A reply that promises a length, whatever comes of it.
fn promised(mut reply: Reply, length: usize, timeline: Timeline) -> Reply {
    Arc::make_mut(&mut reply.headers).insert(CONTENT_LENGTH, length.into());
    reply.body = ReplyBody::Stream(timeline);
    reply
}
