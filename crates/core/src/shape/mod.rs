//! Shaping: when the pieces of a reply are sent, what goes wrong with them, and how many calls there may be.
//!
//! ```text
//! Pace       pieces -> when each is sent          Latency    one that differs from call to call
//! FaultRule  call, attempt -> whether it strikes  Fault      reply -> what is left of it
//! LimitRule  calls and tokens so far -> what is left, or which limit is spent
//! ```

mod fault;
mod latency;
mod limit;
mod pace;

pub use fault::{
    About, BadFault, Break, Fault, FaultRule, Interrupt, Interrupted, Interruption, NotNths, Nths, Place,
    Rejection, RetryAfter, Struck, Substitute, When, Where,
};
pub use latency::{BadLatency, Latency, Moment, PROFILES, Profile, Spread};
pub use limit::{
    Account, Allowance, BadLimit, Cost, Counted, Exceeded, LimitRule, Per, Scope, Standing, duration_text,
    usage_in, usage_of, whole_millis,
};
pub(crate) use pace::RecordedTimes;
pub use pace::{BadPart, Pace, UnknownPace};
