//! Why no mock answers.

use super::{Asked, message, unnamed};
use crate::engine::refusal::{Missed, Refusal};
use standin_core::dialect::Operation;
use standin_core::mock::NearMock;
use std::fmt::Write;

/// What was asked, the mocks that come closest and what they lack, and what to do.
pub(super) fn missed(asked: Asked<'_>, missed: &Missed) -> String {
    let Asked { method, path, .. } = asked;
    let mut text = format!("No mock answers {method} {path}.");
    // Writing to a string cannot fail.
    for (rank, near) in missed.near.iter().enumerate() {
        let _ = match rank {
            0 => write!(text, " Of {}, the closest is", missed.mocks),
            _ => write!(text, "\nThen comes"),
        };
        let what = if near.unmet.is_empty() {
            "all of it holds, but it has answered as often as its `times` say, or its scenario is in another state"
        } else {
            "what does not hold:"
        };
        let _ = write!(text, " {} ({}); {what}", near.mock, near.place);
        for unmet in &near.unmet {
            let _ = write!(
                text,
                "\n  {}\n    wanted  {}\n    called  {}",
                unmet.what, unmet.expected, unmet.actual
            );
        }
    }
    if missed.near.is_empty() {
        let unknown = " This address is none that is known: docs/mocks.md lists the endpoints.";
        text.push_str(base_url_hint(method, path).unwrap_or(unknown));
    }
    match missed.tape.as_deref() {
        Some(Refusal::NameCassette { cassettes, .. }) => {
            let _ = write!(text, "\n{}", unnamed(*cassettes));
        }
        Some(tape) => {
            let _ = write!(text, "\n{}", message(tape, asked));
        }
        None if missed.near.is_empty() => {}
        None => text.push_str("\n`standin mocks explain` says of every mock why it does not answer."),
    }
    text
}

/// What is wrong with an address that mocks know nothing of: mostly a base URL that lacks `/v1`, or has it
/// twice.
pub(super) fn base_url_hint(method: &str, path: &str) -> Option<&'static str> {
    let known = |path: &str| {
        let dialects = standin_providers::all().filter_map(standin_core::Provider::dialect);
        dialects
            .filter_map(|dialect| dialect.operation(method, path))
            .any(|operation| matches!(operation, Operation::Answer(_) | Operation::Models))
    };
    if known(&format!("/v1{path}")) {
        return Some(" Does the client's base URL lack `/v1`?");
    }
    let twice = path.strip_prefix("/v1").is_some_and(known);
    twice.then_some(" Does the client's base URL have `/v1` too much?")
}

/// `mock greets unmet=message,role`, in ASCII.
pub(super) fn one_line(near: &NearMock) -> String {
    let unmet: Vec<&str> = near.unmet.iter().map(|unmet| unmet.what.as_str()).collect();
    let unmet = if unmet.is_empty() { "state".to_owned() } else { unmet.join(",") };
    let line = format!("mock {} unmet={unmet}", near.mock);
    line.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(500).collect()
}
