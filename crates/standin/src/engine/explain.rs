//! A refusal as a reply: the one place that maps errors to HTTP.
//!
//! The body has the vendor's shape, so that an SDK raises its usual error with the whole explanation in
//! its message, and beside it, under `standin`, the same for programs. Clients are told not to retry.

mod mocks;

use super::refusal::Refusal;
use crate::journal::{SOURCE_HEADER, Source};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use standin_core::cassette::CassetteName;
use standin_core::matching::NearMiss;
use standin_core::upstream::Unreachable;
use standin_core::{ErrorReport, Found, Provider, RecordMode, Reply, ReplyBody};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What was asked, as messages name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) provider: &'static dyn Provider,
}

/// The reply to a refused call, and the message in it.
pub(crate) fn explain(refusal: &Refusal, asked: Asked<'_>) -> (Reply, String) {
    let (status, code) = refusal.status();
    let message = message(refusal, asked);
    let mut body = asked.provider.error(&ErrorReport { status, code, message: &message });
    if let Some(members) = body.as_object_mut() {
        members.insert(
            "standin".to_owned(),
            json!({
                "error": code,
                "cassette": refusal.cassette().map(CassetteName::as_str),
                "near_misses": refusal.near_misses(),
                "near_mocks": refusal.near_mocks(),
            }),
        );
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(SOURCE_HEADER, HeaderValue::from_static(Source::Refusal.name()));
    headers.insert(HeaderName::from_static("x-should-retry"), HeaderValue::from_static("false"));
    headers.insert(HeaderName::from_static("x-testopenai-error"), HeaderValue::from_static("true"));
    headers.insert(HeaderName::from_static("x-standin-error"), HeaderValue::from_static(code));
    for near in refusal.near_mocks() {
        if let Ok(value) = HeaderValue::from_str(&mocks::one_line(near)) {
            headers.append(HeaderName::from_static("x-standin-near-miss"), value);
        }
    }
    for near in refusal.near_misses() {
        if let Ok(value) = HeaderValue::from_str(&one_line(near)) {
            headers.append(HeaderName::from_static("x-standin-near-miss"), value);
        }
    }
    let reply = Reply {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        reason: None,
        headers: Arc::new(headers),
        body: ReplyBody::Whole { at: Duration::ZERO, bytes: Bytes::from(format!("{body}\n")) },
    };
    (reply, message)
}

const NO_FOLDER: &str = "standin was started without a cassette folder: start it with --cassettes DIR.";

/// Why no cassette answers a call that names none. Where cassettes are read by name, in Redis for one, there may be
/// many, and none is looked at.
fn unnamed(cassettes: usize) -> String {
    match cassettes {
        0 => "No cassette was named, by a session, by the header X-Cassette-Name or by /c/NAME in front of the path, and no recording answers calls that name none.".to_owned(),
        cassettes => format!("No cassette was named, and no interaction of the {cassettes} cassettes matches."),
    }
}

/// The sentences of Envoy AI Gateway's test server come first, where it has one: its users match on them.
fn message(refusal: &Refusal, asked: Asked<'_>) -> String {
    let Asked { method, path, provider } = asked;
    let mut text = match refusal {
        Refusal::OutOfDate { path: Some(file), .. } => format!(
            "Interaction out of date for {method} {path}. To re-record, delete {} and re-run with {} set. To record what is new beside what is there, use record mode new_episodes.",
            file.display(),
            provider.variables().key().unwrap_or("the provider's key"),
        ),
        Refusal::OutOfDate { cassette, path: None, .. } => format!(
            "Interaction out of date for {method} {path}. {cassette} is a cassette of the catalogue, which answers one request: `standin requests show {cassette}` shows it. To record others, start standin with --cassettes DIR."
        ),
        Refusal::Exhausted { cassette, played } => format!(
            "The {played} recorded interactions of {cassette} that match {method} {path} have already been played in this session, and it was begun with exhausted=error. Record more of them, make fewer calls, or begin the session with exhausted=repeat."
        ),
        Refusal::NoCassette { cassette, dir, similar, mode } => {
            no_cassette(asked, cassette, dir.as_deref(), similar, *mode)
        }
        Refusal::NameCassette { dir, cassettes, broken, .. } => {
            let lead = format!(
                "No cassette found for {method} {path}. To record a new cassette, include the X-Cassette-Name header with the cassette name."
            );
            let mut text = match dir {
                Some(_) => format!("{lead} {}", unnamed(*cassettes)),
                None => {
                    let hint = mocks::base_url_hint(method, path).unwrap_or_default();
                    format!("{lead} {NO_FOLDER}{hint}")
                }
            };
            if *broken > 0 {
                // Writing to a string cannot fail.
                let _ = write!(text, " {broken} more could not be read: GET /_standin/cassettes lists them.");
            }
            text
        }
        Refusal::CannotRecord { found, path: file, similar, reason, .. } => {
            let there = match found {
                Found::NoCassette => format!("There is no {}", file.display()),
                Found::Match => format!("The record mode asks to record into {} anew", file.display()),
                _ => format!("Nothing in {} matches", file.display()),
            };
            let meant = if *found == Found::NoCassette { meant(similar) } else { String::new() };
            format!(
                "No cassette found for {method} {path}. {}{there}, and {}{meant}",
                to_record(provider),
                unreachable(reason)
            )
        }
        Refusal::NoMock(missed) => mocks::missed(asked, missed),
        Refusal::MockExhausted { mock, answers } => format!(
            "All {answers} answers of the mock {mock} have been given to {method} {path}, and it says exhausted: error. Give it more answers, make fewer calls, or say exhausted: repeat or cycle."
        ),
        Refusal::MockFailed { mock, reason } => {
            format!("The answer of the mock {mock} to {method} {path} cannot be made: {reason}.")
        }
        Refusal::UpstreamFailed { host, reason } => {
            format!("{method} {path} could not be recorded: {host} did not answer: {reason}.")
        }
        Refusal::Broken(broken) => format!("The cassette {} cannot be read: {broken}.", broken.name),
        Refusal::BadName(error) => format!("{error}."),
        Refusal::SelectorsDisagree { what, address, header } => {
            format!("The address chooses the {what} `{address}` and the header `{header}`. Use one of them.")
        }
        Refusal::NoSession { id } => format!(
            "There is no open session `{}`. Begin one with POST /_standin/sessions.",
            id.escape_debug()
        ),
        Refusal::BodyTooLarge { limit } => {
            format!(
                "The request's body is larger than {limit} bytes. Start standin with a larger --max-body."
            )
        }
        Refusal::BadShape(reason) => format!("{reason}."),
        Refusal::UnknownHeader { name, meant, known } => unknown_header(name, *meant, known),
        Refusal::Malformed { reason } => format!("{reason}."),
    };
    if let Some(hint) = refusal.near_misses().first().and_then(base_url_hint) {
        text.push_str(&hint);
    }
    append_near_misses(&mut text, refusal.near_misses());
    text
}

fn unknown_header(name: &str, meant: Option<&str>, known: &[&str]) -> String {
    let hint = match meant {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => format!("It knows {}.", known.join(", ")),
    };
    format!("The header `{name}` means nothing to standin. {hint}")
}

fn no_cassette(
    asked: Asked<'_>,
    cassette: &CassetteName,
    dir: Option<&Path>,
    similar: &[String],
    mode: RecordMode,
) -> String {
    let Asked { method, path, provider } = asked;
    let place = match dir {
        Some(dir) => {
            format!(
                "There is no {}.yaml, and record mode {mode} makes none.",
                dir.join(cassette.as_str()).display()
            )
        }
        None => NO_FOLDER.to_owned(),
    };
    format!("No cassette found for {method} {path}. {}{place}{}", to_record(provider), meant(similar))
}

fn meant(similar: &[String]) -> String {
    match similar {
        [] => String::new(),
        names => format!(" Did you mean {}?", names.join(" or ")),
    }
}

/// What recording from a provider takes.
fn to_record(provider: &dyn Provider) -> String {
    match (provider.name(), provider.variables().key()) {
        ("azure", _) => "To record Azure cassettes, set AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT, and OPENAI_API_VERSION environment variables and provide X-Cassette-Name header. ".to_owned(),
        ("openai", _) => "To record OpenAI cassettes, set OPENAI_API_KEY environment variable and provide X-Cassette-Name header. ".to_owned(),
        (_, Some(variable)) => format!("To record cassettes, set {variable} environment variable and provide X-Cassette-Name header. "),
        (_, None) => String::new(),
    }
}

/// Why there is nobody to record from, and what to do.
fn unreachable(reason: &Unreachable) -> String {
    match reason {
        Unreachable::Unset(variables) => format!(
            "{} is not set where standin runs. Set it there, or start standin with --upstream-auth client to pass on the caller's own key.",
            variables.join(", ")
        ),
        Unreachable::NotAllowed { host } => {
            format!(
                "{host} is not an upstream that standin may call: start it with --upstream {host}=VARIABLE, the variable that holds the key for it."
            )
        }
        Unreachable::NoProvider { .. } => {
            format!("{reason}: call it as /to/HOST/..., and allow the host with --upstream HOST=VARIABLE.")
        }
        Unreachable::NotAnAddress { .. } | Unreachable::Itself { .. } => format!("{reason}."),
    }
}

/// The commonest mistake of all: a base URL that lacks `/v1`, or has it twice.
fn base_url_hint(near: &NearMiss) -> Option<String> {
    let [only] = near.failed.as_slice() else { return None };
    if only.matcher != "path" {
        return None;
    }
    let beyond =
        |long: &str, short: &str| long.strip_suffix(short).filter(|rest| !rest.is_empty()).map(str::to_owned);
    if let Some(missing) = beyond(&only.recorded, &only.called) {
        return Some(format!(" Only the path differs: does the client's base URL lack `{missing}`?"));
    }
    let extra = beyond(&only.called, &only.recorded)?;
    Some(format!(" Only the path differs: does the client's base URL have `{extra}` too much?"))
}

fn append_near_misses(text: &mut String, near_misses: &[NearMiss]) {
    for (rank, near) in near_misses.iter().enumerate() {
        // Writing to a string cannot fail.
        if rank > 0 {
            let _ = write!(text, "\nThen comes {}", one_line(near));
            continue;
        }
        let _ = write!(
            text,
            "\nThe closest recorded interaction is {}#{} ({}). Equal: {}.",
            near.cassette,
            near.interaction,
            near.request,
            near.passed.join(", ")
        );
        for mismatch in &near.failed {
            let _ = write!(text, "\n  {} differs:", mismatch.matcher);
            if mismatch.differences.is_empty() {
                let _ =
                    write!(text, "\n    recorded  {}\n    called    {}", mismatch.recorded, mismatch.called);
            }
            for difference in &mismatch.differences {
                let absent = || "(absent)".to_owned();
                let _ = write!(
                    text,
                    "\n    {}\n      recorded  {}\n      called    {}",
                    if difference.pointer.is_empty() { "(the whole)" } else { &difference.pointer },
                    difference.recorded.clone().unwrap_or_else(absent),
                    difference.called.clone().unwrap_or_else(absent),
                );
            }
        }
    }
}

/// `chat-basic#0 failed=body at=/messages/0/content`, in ASCII: header values carry nothing else safely.
fn one_line(near: &NearMiss) -> String {
    let failed: Vec<&str> = near.failed.iter().map(|mismatch| mismatch.matcher.as_str()).collect();
    let at: Vec<&str> = near
        .failed
        .iter()
        .flat_map(|mismatch| &mismatch.differences)
        .map(|difference| difference.pointer.as_str())
        .collect();
    let mut line = format!("{}#{} failed={}", near.cassette, near.interaction, failed.join(","));
    if !at.is_empty() {
        let _ = write!(line, " at={}", at.join(","));
    }
    line.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(500).collect()
}
