//! Scrubbing: secrets are found in interactions and replaced by placeholders, `SCRUBBED-1`, `SCRUBBED-2`.
//! What is not secret stays byte for byte.
//!
//! ```text
//! scrubber      interactions, cassettes, live requests
//!   walk          an interaction: headers, addresses, bodies, and the lengths that follow from them
//!     body          by kind;  payload, deltas, aws: streams;  tree: YAML structure
//!       text          what a text holds: json (lexer), address, base64_text, or plain text (pass)
//!         finder        secrets by their shape (patterns)
//!         vault         secrets that are known, in every spelling (needles), and their placeholders
//! filter        what requests are filtered for, whatever it is
//! names, header_names, credential    what is secret by its name, and what a credential looks like
//! edits, decoded, pieces             how a change of the meaning becomes a change of the bytes
//! ```

mod address;
mod aws;
mod base64_text;
mod body;
mod credential;
mod decoded;
mod deltas;
mod edits;
mod filter;
mod finder;
mod header_names;
mod json;
mod lexer;
mod names;
mod needles;
mod pass;
mod patterns;
mod payload;
mod pieces;
mod rules;
mod scrubber;
mod text;
mod tree;
mod vault;
mod walk;

pub use header_names::is_credential_header;
pub(crate) use header_names::is_secret_header;
pub(crate) use names::{is_credential_parameter, is_secret_member, is_secret_name};

pub use scrubber::shown_text;

pub use rules::{ScrubError, ScrubRules};
pub use scrubber::{Comparable, Scrubber};
pub use vault::Vault;
pub use walk::{Kind, Scrubbed};

#[cfg(test)]
mod tests;
