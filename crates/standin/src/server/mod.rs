//! The path of a request, in order: accept, route, answer, play.
//!
//! ```text
//! accept   a connection, handed to one of the workers, each a thread with a runtime of its own
//! serve    one request: the control API or a call; the body, bounded; the memo; `own` the header fields for standin
//! shaped   a call that passes the gate first; `arrived` a provider's answer that a fault is to change
//! batched  a call of a vendor's API of batches
//! route    mounts and selectors off the address -> a call and its provider
//!          (the engine answers)
//! background   answers that jobs make, begun and asked for again
//! inward   a call that a job makes: the same path without a socket
//! play     a reply onto the socket, beat by beat: the one place that waits; `line` is what it is sent on
//! ```

mod accept;
mod arrived;
mod background;
mod batched;
mod inward;
mod line;
mod own;
mod play;
mod route;
mod serve;
mod shaped;

pub(crate) use accept::{Listener, Running};
pub(crate) use inward::{Heard, Inward, Unheard};
pub(crate) use play::PlayBody;
pub(crate) use route::selected;
pub(crate) use serve::{Limits, Service, text_headers};
