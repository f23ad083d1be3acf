//! Beginning and ending sessions over the control API.

use super::shape::rules;
use super::{ControlError, ControlResult};
use crate::engine::{BeginError, Engine, SessionPlan};
use crate::environment::environment;
use crate::rules::{BadRules, OwnRules};
use crate::sessions::{Alias, Outcome, Report, Session};
use crate::shaping::Level;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use standin_core::cassette::CassetteName;
use standin_core::matching::NormaliserRules;
use standin_core::scrub::ScrubRules;
use standin_core::{Policy, RecordMode, age};
use std::sync::Arc;
use std::time::Duration;

/// How long a look at a session waits for answers that are still arriving.
const PATIENCE: Duration = Duration::from_secs(1);

/// `POST /_standin/sessions`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    cassette: Option<String>,
    alias: Option<String>,
    record: Option<String>,
    policy: Option<String>,
    expiry: Option<String>,
    exhausted: Option<String>,
    pace: Option<String>,
    faults: Option<Vec<Value>>,
    seed: Option<u64>,
    limits: Option<Vec<Value>>,
    match_on: Option<Vec<String>>,
    normalise: Option<NormaliserRules>,
    scrub: Option<ScrubRules>,
}

/// `DELETE /_standin/sessions/ID`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    outcome: Option<Outcome>,
}

pub(super) async fn begin(engine: &Engine, authority: &str, body: &[u8]) -> ControlResult {
    let begin: Begin = serde_json::from_slice(body).map_err(|error| {
        bad(format!(
            "the body is not a session: {error}. Send {{\"cassette\"?: NAME, \"alias\"?: NAME, \"record\"?: none|once|new_episodes|all, \"policy\"?: fixture|cache, \"expiry\"?: AGE, \"exhausted\"?: repeat|error, \"pace\"?: TEXT, \"faults\"?: [FAULT, ...], \"seed\"?: NUMBER, \"limits\"?: [LIMIT, ...], \"match_on\"?: [MATCHER, ...], \"normalise\"?: {{\"uuids\"?, \"iso_times\"?, \"epoch_times\"?: true, \"ignore\"?: [POINTER, ...], \"patterns\"?: [PATTERN, ...]}}, \"scrub\"?: {{\"headers\"?, \"names\"?, \"pointers\"?, \"patterns\"?, \"keep\"?, \"request_headers\"?, \"request_names\"?: [TEXT, ...]}}}}"
        ))
    })?;
    let cassette = begin.cassette.as_deref().map(CassetteName::new).transpose().map_err(bad)?;
    let alias = begin.alias.map(|name| name.parse::<Alias>()).transpose().map_err(bad)?;
    let policy = begin.policy.map(|name| name.parse::<Policy>()).transpose().map_err(bad)?;
    let record = begin.record.map(|name| name.parse::<RecordMode>()).transpose().map_err(bad)?;
    let mode = record.unwrap_or(match policy {
        // A server that may not record does not do so because of a policy.
        Some(policy) if engine.mode != RecordMode::None => policy.record_mode(),
        _ => engine.mode,
    });
    let exhausted = begin.exhausted.map(|name| name.parse()).transpose().map_err(bad)?.unwrap_or_default();
    let usual = policy.map_or(engine.keep, |policy| engine.knobs.over(policy.keep()));
    let mut keep = cassette.as_ref().map_or(usual, |name| engine.lifetimes.over(name.as_str(), usual));
    if let Some(text) = &begin.expiry {
        keep.expiry = age(text).map_err(bad)?;
    }
    let pace = begin.pace.map(|text| text.parse()).transpose().map_err(bad)?;
    let faults = begin.faults.map(|list| rules(&list)).transpose().map_err(bad)?;
    let level = Level { pace, faults: faults.map(Into::into), seed: begin.seed };
    let limits = begin.limits.map(|list| rules(&list)).transpose().map_err(bad)?;
    let matchers = begin.match_on.map(|names| names.iter().map(|name| name.parse()).collect()).transpose();
    let (normalise, scrub) = (begin.normalise.unwrap_or_default(), begin.scrub.unwrap_or_default());
    let everywhere = engine.recorder.scrubber();
    let own = |matchers| OwnRules::new(matchers, &normalise, &scrub, everywhere, cassette.as_ref());
    let rules = matchers.map_err(BadRules::Matcher).and_then(own).map_err(bad)?;
    let plan = SessionPlan { alias, cassette, mode, keep, exhausted, level, limits, rules };
    let session = engine.begin_session(plan).await.map_err(|error| match error {
        BeginError::Broken(_) => {
            ControlError::new(StatusCode::UNPROCESSABLE_ENTITY, "cassette_broken", error)
        }
        BeginError::TooMany(_) => {
            ControlError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_sessions", error)
        }
    })?;
    let at = |name: &dyn std::fmt::Display| format!("http://{authority}/s/{name}");
    let base_url = at(&session.id);
    let environment: Value = environment(&base_url)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let mut begun = json!({"id": *session.id, "base_url": base_url, "env": environment});
    if let Some(alias) = &session.alias {
        begun["alias_url"] = at(alias).into();
    }
    Ok((StatusCode::CREATED, begun))
}

pub(super) async fn end(engine: &Arc<Engine>, id: &str, body: &[u8]) -> ControlResult {
    let end: End = if body.is_empty() {
        End::default()
    } else {
        serde_json::from_slice(body).map_err(|error| {
            bad(format!(
                "the body is not an outcome: {error}. Send {{\"outcome\": passed|failed|unknown}} or nothing"
            ))
        })?
    };
    let session = engine.sessions.find(id).ok_or_else(|| unknown(id))?;
    let outcome = end.outcome.unwrap_or_default();
    // On a task of its own: a client that does not wait for the report must not cost the recording.
    let (ending, id) = (Arc::clone(engine), id.to_owned());
    let ended = tokio::spawn(async move { ending.end_session(&id, outcome).await.ok_or(id) });
    let report = ended
        .await
        .map_err(|error| ControlError::new(StatusCode::INTERNAL_SERVER_ERROR, "session_lost", error))?
        .map_err(|id| unknown(&id))?;
    Ok((StatusCode::OK, view(&session, &report)))
}

pub(super) async fn look(engine: &Engine, id: &str) -> ControlResult {
    let session = engine.sessions.find(id).ok_or_else(|| unknown(id))?;
    // The client has an answer a moment before it is stored, and asks what became of it.
    session.settled(PATIENCE).await;
    Ok((StatusCode::OK, view(&session, &session.report())))
}

pub(super) fn list(engine: &Engine) -> Value {
    let open: Vec<Value> = engine
        .sessions
        .all()
        .iter()
        .map(|session| json!({"id": *session.id, "cassette": session.cassette.as_ref().map(CassetteName::as_str), "record": session.mode.name()}))
        .collect();
    json!({"sessions": open})
}

fn view(session: &Session, report: &Report) -> Value {
    let mut view = json!(report);
    if let Some(members) = view.as_object_mut() {
        members.insert("id".to_owned(), json!(*session.id));
        members.insert("cassette".to_owned(), json!(session.cassette.as_ref().map(CassetteName::as_str)));
    }
    view
}

pub(super) fn unknown(id: &str) -> ControlError {
    ControlError::new(StatusCode::NOT_FOUND, "session_unknown", format!("there is no open session `{id}`"))
}

fn bad(message: impl std::fmt::Display) -> ControlError {
    ControlError::new(StatusCode::BAD_REQUEST, "bad_request", message)
}
