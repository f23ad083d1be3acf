//! The header fields of an answer that clients read.

use standin_core::dialect::{Alphabet, Asked, Ids};

/// When the limits are full again, which is a minute after answers that are made up were made.
const RESET: &str = "2025-06-15T15:07:40Z";

/// The limits of each kind: the names of their fields, and how much there usually is.
pub(super) const LIMITS: [[&str; 4]; 4] = [
    [
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
        "4000",
    ],
    [
        "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
        "4800000",
    ],
    [
        "anthropic-ratelimit-input-tokens-limit",
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
        "4000000",
    ],
    [
        "anthropic-ratelimit-output-tokens-limit",
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
        "800000",
    ],
];

pub(super) fn fields(status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)> {
    let request_id = if status < 400 { request_id(ids) } else { id_of_a_failure(status) };
    let organization = Ids::of(b"anthropic-organization-id").uuid();
    let mut fields = vec![("request-id", request_id), ("anthropic-organization-id", organization)];
    let is_limited = status == 429;
    if is_limited {
        fields.push(("retry-after", "1".to_owned()));
    }
    if is_limited || (status <= 400 && asked.is_some()) {
        for [limit, remaining, reset, most] in LIMITS {
            let left = if is_limited { "0" } else { most };
            fields.extend([
                (limit, most.to_owned()),
                (remaining, left.to_owned()),
                (reset, RESET.to_owned()),
            ]);
        }
    }
    fields
}

/// The id of a failed request, in the body of its error and in its header field. Neither knows what was asked,
/// so it is made of what both know.
pub(super) fn id_of_a_failure(status: u16) -> String {
    request_id(&mut Ids::new(u64::from(status)))
}

fn request_id(ids: &mut Ids) -> String {
    ids.next("req_011", Alphabet::Base62, 21)
}

#[cfg(test)]
mod tests;
