//! The engine: a call goes in, a reply comes out, whatever happens.
//!
//! - `answer` is what an engine is and what it answers, `decide` the whole decision: session or not, named
//!   or not, match or not; `mocked` what mocks make of a call,
//!   `draft` an answer that standin makes itself, `background` one that a job makes;
//! - `refusal` is every way to say no, `explain` says it in the vendor's words: the one place that maps
//!   errors to HTTP;
//! - `open` are the cassettes that this run made;
//! - `session` begins and ends sessions;
//! - `memo` remembers what the same bytes were answered.

mod answer;
mod background;
mod decide;
mod draft;
mod explain;
mod memo;
mod mocked;
mod open;
mod refusal;
mod session;
mod shaped;

pub(crate) use answer::{Answer, Background, Decided, Engine, Judge, Routed, Selectors, refuse, refused};
pub use answer::{Simulation, Strictness};
pub(crate) use background::{Begun, ByJob, Revisited, events};
pub(crate) use explain::Asked;
pub(crate) use memo::Memo;
pub(crate) use open::OpenCassettes;
pub(crate) use refusal::Refusal;
pub(crate) use session::{BeginError, SessionPlan};
pub(crate) use shaped::mark;
