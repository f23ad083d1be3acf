//! The pure part of standin: cassettes, matching, modes, streams and replies.
//!
//! ```text
//! cassette   files of go-vcr and vcrpy <-> interactions
//! matching   call x interactions -> the match, or the nearest and why not
//! mock       rules that a person wrote, and what they answer
//! mode       record mode x what was found -> what to do      policy   what is kept
//! stream     bodies -> frames         shape   frames -> when each is sent
//! record     an exchange with a provider -> an interaction
//! replay     an interaction -> a reply
//! catalogue  canonical requests, by name
//! review     lint and diff of cassettes
//! upstream   where a provider's own API is, and with what it is asked
//! scrub      secrets, found and replaced
//! provider   the trait that a vendor's folder implements
//! dialect    what a vendor's requests ask, and how its answers look
//! batches    many calls, submitted together
//! jobs       calls that are answered in the background, and the steps that they take
//! simulate   an answer to any request, where nobody wrote one
//! media      small pictures and silence in many formats
//! dice       chance that is none
//! tokens     where texts are cut, and how many tokens they are
//! ```
//!
//! Nothing here reads a clock, a file, a socket or the environment; lints keep it so.

pub mod batches;
mod call;
pub mod cassette;
pub mod catalogue;
pub mod dialect;
mod dice;
mod encoding;
mod headers;
pub mod jobs;
pub mod matching;
pub mod media;
pub mod mock;
mod mode;
mod policy;
mod provider;
pub mod record;
pub mod replay;
mod reply;
pub mod review;
pub mod scrub;
mod secrecy;
pub mod shape;
pub mod simulate;
pub mod stream;
mod target;
pub mod tokens;
pub mod upstream;

pub use call::Call;
pub use dice::Dice;
pub use encoding::{Undecodable, decoded_request};
pub use headers::Headers;
pub use mode::{Decision, Found, RecordMode, UnknownMode};
pub use policy::{
    Credentials, Gate, Keep, Knobs, Policy, Statuses, UnknownAge, UnknownPolicy, UnknownStatuses, age,
};
pub use provider::{ErrorReport, Provider};
pub use reply::{Beat, Ending, Flush, Reply, ReplyBody, Timeline};
pub use scrub::{is_credential_header, shown_text};
pub use secrecy::{credentials, shown, shown_without, told_without};
pub use target::{Address, canonical_host, canonical_pairs, canonical_path};
