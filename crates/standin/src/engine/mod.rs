//! The engine: a call goes in, a reply comes out, whatever happens.
//!
//! - `answer` is the whole decision: session or not, named or not, match or not;
//! - `refusal` is every way to say no, `explain` says it in the vendor's words: the one place that maps
//!   errors to HTTP;
//! - `memo` remembers what the same bytes were answered.

mod answer;
mod explain;
mod memo;
mod refusal;

pub(crate) use answer::{Answer, Engine, Routed, Selectors, refused};
pub(crate) use explain::Asked;
pub(crate) use memo::Memo;
pub(crate) use refusal::Refusal;
