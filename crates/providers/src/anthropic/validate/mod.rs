//! What a request has to be, in the order in which Anthropic tells what it is not.
//!
//! ```text
//! table   what each member may be: `crate::members` walks it     conversation   what the messages say together
//! tools   what tools, their choice and thinking say together
//! ```
//!
//! What the vendor does not know it may know tomorrow: members that are in no table are taken as they are.

mod conversation;
mod table;
mod tools;
mod wording;

#[cfg(test)]
mod tests;

use super::models;
use crate::members::{Encoding, walk};
use serde_json::Value;
use standin_core::Headers;
use standin_core::dialect::{Endpoint, Failure};
use wording::{refused, told};

/// Whether the vendor takes a request.
pub(super) fn validate(endpoint: Endpoint, headers: &Headers, body: &Value) -> Result<(), Failure> {
    let limits = if endpoint == Endpoint::Messages { table::MESSAGES } else { table::COUNTED };
    for table in [limits, table::ALIKE] {
        walk(table, body, Encoding::Json).map_err(|wrong| told(&wrong))?;
    }
    let model = body["model"].as_str().unwrap_or_default();
    if !is_known(model) {
        return Err(models::no_such_model(model));
    }
    tools::thinking(headers, body)?;
    tools::tools(body)?;
    conversation::conversation(body)
}

/// Whether there is a model of this name: one that begins with the family's, unless a word of it says that it is
/// made up to be refused. A list would be out of date with the next model.
fn is_known(name: &str) -> bool {
    name.strip_prefix("claude-").is_some_and(|rest| !rest.is_empty()) && !crate::invented::is_invented(name)
}
