//! Calls about an answer that is kept.

use super::listing;
use super::render::stream;
use super::stream::{begun, published};
use serde_json::{Value, json};
use standin_core::canonical_pairs;
use standin_core::dialect::{Failure, Kept, Rendered, Revisit};

/// Get, delete and cancel a kept answer, or list its input.
pub(crate) fn revisit(
    revisit: Revisit,
    id: &str,
    kept: Option<&mut Kept>,
    query: Option<&str>,
) -> Result<Rendered, Failure> {
    let kept = kept.filter(|kept| !kept.deleted).ok_or_else(|| not_found(id))?;
    let query = Query(canonical_pairs(query.unwrap_or_default().as_bytes()));
    match revisit {
        Revisit::Get => get(kept, &query),
        Revisit::Delete => {
            kept.deleted = true;
            Ok(Rendered::json(&json!({"id": id, "object": "response", "deleted": true})))
        }
        Revisit::Cancel => cancel(kept),
        Revisit::InputItems => Ok(Rendered::json(&listing::page(&kept.input, &query))),
    }
}

/// The parameters of a call.
pub(super) struct Query(Vec<(String, String)>);

/// The number of the event that a stream goes on after. One that is too large is after them all.
fn starting_after(query: &Query) -> Result<Option<usize>, Failure> {
    let Some(after) = query.get("starting_after") else { return Ok(None) };
    if after.is_empty() || !after.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("Invalid value for 'starting_after': '{after}' is no whole number from 0.");
        return Err(request_failure(400).saying(message));
    }
    Ok(Some(after.parse().unwrap_or(usize::MAX)))
}

fn get(kept: &mut Kept, query: &Query) -> Result<Rendered, Failure> {
    let background = is_background(kept);
    if query.get("stream") == Some("true") {
        let after = starting_after(query)?;
        // Who reads the whole stream has waited until it is done.
        kept.pending = None;
        return Ok(stream(&kept.object, background, &kept.options, after));
    }
    let object = published(kept.object.clone());
    kept.pending = kept.pending.filter(|polls| *polls > 0);
    if let Some(polls) = kept.pending {
        kept.pending = Some(polls - 1);
        return Ok(Rendered::json(&begun(&object, "in_progress")));
    }
    Ok(Rendered::json(&object))
}

/// Stops an answer that is still made. One that is done, or stopped already, stays as it is.
fn cancel(kept: &mut Kept) -> Result<Rendered, Failure> {
    if !is_background(kept) {
        let message =
            format!("Response with id '{}' is not a background response: it cannot be cancelled.", kept.id);
        return Err(request_failure(400).saying(message));
    }
    if kept.pending.take().is_some() {
        kept.object = begun(&kept.object, "cancelled");
    }
    Ok(Rendered::json(&published(kept.object.clone())))
}

fn is_background(kept: &Kept) -> bool {
    kept.pending.is_some() || super::is_true(&kept.object, "background")
}

fn not_found(id: &str) -> Failure {
    request_failure(404).saying(format!("Response with id '{id}' not found."))
}

/// Without what is usual for a status: a 404 is usually about a model.
fn request_failure(status: u16) -> Failure {
    Failure::of(status).kind("invalid_request_error").coded(Value::Null).about(Value::Null)
}

// === impl Query ===

impl Query {
    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
