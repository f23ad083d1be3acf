//! A reply with a fault in it. What comes in is timed already.
//!
//! - `whole` is for bodies in one piece, `stream` for those that come in frames;
//! - `pieces` changes how bytes are sent, and no byte;
//! - `event` changes a frame, and makes one of no dialect.

mod event;
mod pieces;
mod stream;
mod whole;

use super::{Break, Fault, Interrupt, Where};
use crate::dice::Dice;
use crate::reply::{Ending, Reply, ReplyBody};
use http::header::CONTENT_TYPE;
use std::sync::Arc;
use std::time::Duration;

/// Nothing is due later than this, so that its time can be added to any clock.
pub(super) const LATEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

// === impl Fault ===

impl Fault {
    /// The reply with the fault in it. Where a reply has not what a fault is about, it stays as it is: a whole body
    /// has no frames to be duplicated. Of [`Fault::Status`], the reply is the vendor's error.
    #[must_use]
    pub fn distort(&self, mut reply: Reply, interrupt: Interrupt<'_>, dice: &mut Dice) -> Reply {
        match self {
            Fault::Status(rejection) => return rejection.dress(reply),
            Fault::Refused { lasting, wait } => {
                reply.body = ReplyBody::Nothing { at: *wait, ending: Ending::Refused(*lasting) };
                return reply;
            }
            Fault::Break(how, Where::Before { wait }) => {
                reply.body = ReplyBody::Nothing { at: *wait, ending: how.ending() };
                return reply;
            }
            Fault::ContentType(value) => {
                Arc::make_mut(&mut reply.headers).insert(CONTENT_TYPE, value.clone());
                return reply;
            }
            _ => {}
        }
        match reply.body.clone() {
            ReplyBody::Nothing { .. } => reply,
            ReplyBody::Whole { at, bytes } => whole::distort(self, reply, at, &bytes),
            ReplyBody::Stream(timeline) => {
                stream::distort(self, &mut reply, &timeline, interrupt, dice);
                reply
            }
        }
    }
}

/// How a body ends that a fault breaks off.
const fn ending(fault: &Fault) -> Ending {
    match fault {
        Fault::Break(how, _) => how.ending(),
        Fault::Cut(_) => Break::Close.ending(),
        _ => Ending::Whole,
    }
}

/// A later time, as far as there are any.
fn later(at: Duration, by: Duration) -> Duration {
    at.saturating_add(by).min(LATEST)
}
