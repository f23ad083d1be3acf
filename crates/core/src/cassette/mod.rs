//! Cassettes: named sets of recorded interactions, in the files of go-vcr and vcrpy.
//!
//! ```text
//! bytes --parse--> Cassette { interactions, unknown keys } --render--> bytes
//!                    go_vcr, vcrpy: one folder each, read and write
//!                    yaml: the tree underneath
//! ```
//!
//! The two formats are told apart by content. One model holds both: what only go-vcr records is in
//! [`GoFields`], and a conversion says what the other format cannot hold. Keys that standin does not know
//! are kept where they stood and written again.

mod chunks;
mod convert;
mod error;
mod fields;
mod go_vcr;
mod layout;
mod model;
mod name;
mod notes;
mod parse;
mod vcrpy;
pub(crate) mod yaml;

pub use fields::go_duration;

pub use chunks::{Chunk, Chunks};
pub use convert::Loss;
pub use error::ReadError;
pub use layout::{Layout, indented};
pub use model::{
    Cassette, Format, GoFields, Interaction, RecordedRequest, RecordedResponse, RequestBody, Structured,
    Unknown,
};
pub use name::{CassetteName, NameError};
pub use parse::{MAX_BYTES, parse};

#[cfg(test)]
mod tests;
