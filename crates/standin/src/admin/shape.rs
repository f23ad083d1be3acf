//! Looking at paces, faults and limits and changing them over the control API: those of the server, or of one session.

use super::{ControlError, ControlResult};
use crate::engine::Engine;
use crate::limits::Limits;
use crate::sessions::Session;
use crate::shaping::Level;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use standin_core::shape::{FaultRule, LimitRule, Pace};
use std::sync::Arc;

/// Whose they are.
pub(super) enum Whose<'a> {
    Server(&'a Engine),
    Session(Arc<Session>),
}

/// What of them.
#[derive(Clone, Copy)]
pub(super) enum What {
    Faults,
    Pace,
    Limits,
}

// === impl What ===

impl What {
    /// `faults`, `pace` or `limits`, as the address ends.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "faults" => Some(What::Faults),
            "pace" => Some(What::Pace),
            "limits" => Some(What::Limits),
            _ => None,
        }
    }
}

// === impl Whose ===

impl Whose<'_> {
    fn level(&self) -> Arc<Level> {
        match self {
            Whose::Server(engine) => engine.shaping.level(),
            Whose::Session(session) => session.level(),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Level)) -> Arc<Level> {
        match self {
            Whose::Server(engine) => engine.shaping.change(change),
            Whose::Session(session) => session.shape(change),
        }
    }

    /// What it was at the start.
    fn first(&self) -> Level {
        match self {
            Whose::Server(engine) => engine.shaping.first().clone(),
            Whose::Session(_) => Level::default(),
        }
    }
}

/// `GET`, `PUT`, `PATCH` and `DELETE`; `None` where the method is another one.
pub(super) fn control(whose: &Whose<'_>, what: What, method: &str, body: &[u8]) -> Option<ControlResult> {
    if let What::Limits = what {
        return limits(whose, method, body);
    }
    let changed = match (method, what) {
        ("GET", _) => Ok(whose.level()),
        ("PUT", What::Faults) => {
            listed::<FaultRule>(body, "faults", "status=429,first=2").map(|(faults, seed)| {
                whose.change(|level| {
                    level.faults = Some(faults.into());
                    level.seed = seed.or(level.seed);
                })
            })
        }
        ("PATCH", What::Faults) => {
            listed::<FaultRule>(body, "faults", "status=429,first=2").map(|(faults, seed)| {
                whose.change(|level| {
                    let before = level.faults.take().unwrap_or_default();
                    level.faults = Some(faults.into_iter().chain(before.iter().cloned()).collect());
                    level.seed = seed.or(level.seed);
                })
            })
        }
        ("PUT", What::Pace) => pace(body).map(|pace| whose.change(|level| level.pace = Some(pace))),
        ("DELETE", What::Faults) => {
            let first = whose.first();
            Ok(whose.change(|level| (level.faults, level.seed) = (first.faults, first.seed)))
        }
        ("DELETE", What::Pace) => {
            let first = whose.first();
            Ok(whose.change(|level| level.pace = first.pace))
        }
        _ => return None,
    };
    Some(changed.map(|level| (StatusCode::OK, view(what, &level))))
}

fn view(what: What, level: &Level) -> Value {
    match what {
        What::Faults => json!({"faults": level.faults.as_deref(), "seed": level.seed}),
        What::Pace | What::Limits => json!({"pace": level.pace.as_ref().map(ToString::to_string)}),
    }
}

/// What callers may ask for. What was used of limits that are replaced is forgotten.
fn limits(whose: &Whose<'_>, method: &str, body: &[u8]) -> Option<ControlResult> {
    let read = match method {
        "GET" => Ok(()),
        "PUT" => listed::<LimitRule>(body, "limits", "rpm=3,model=gpt-5*").map(|(limits, _)| match whose {
            Whose::Server(engine) => engine.shaping.limit(limits),
            Whose::Session(session) => session.limit(Some(limits)),
        }),
        "DELETE" => {
            match whose {
                Whose::Server(engine) => engine.shaping.limit(engine.shaping.first_limits().to_vec()),
                Whose::Session(session) => session.limit(None),
            }
            Ok(())
        }
        _ => return None,
    };
    let limits = match whose {
        Whose::Server(engine) => Some(engine.shaping.limits()),
        Whose::Session(session) => session.limits(),
    };
    Some(read.map(|()| (StatusCode::OK, json!({"limits": limits.as_ref().map(Limits::rules)}))))
}

/// A list below its name, or alone, and a seed beside it.
fn listed<T: DeserializeOwned>(
    body: &[u8],
    name: &str,
    example: &str,
) -> Result<(Vec<T>, Option<u64>), ControlError> {
    let send = format!(
        "Send {{\"{name}\": [...]}}, each a text such as \"{example}\" or an object of the same parts"
    );
    let bad = |reason: String| {
        ControlError::new(StatusCode::BAD_REQUEST, "bad_request", format!("{reason}. {send}"))
    };
    let read: Value =
        serde_json::from_slice(body).map_err(|error| bad(format!("the body is not JSON: {error}")))?;
    let seed = match read.get("seed") {
        None | Some(Value::Null) => None,
        Some(seed) => Some(seed.as_u64().ok_or_else(|| bad(format!("the seed {seed} is no number")))?),
    };
    let list = match &read {
        Value::Array(list) => list,
        Value::Object(members) => match (members.get(name), unknown(members, &[name, "seed"])) {
            (Some(Value::Array(list)), None) => list,
            (_, Some(other)) => return Err(bad(format!("there is no `{other}` here"))),
            _ => return Err(bad(format!("the body holds no list of {name}"))),
        },
        _ => return Err(bad(format!("the body is not a list of {name}"))),
    };
    Ok((rules(list).map_err(bad)?, seed))
}

/// Rules, each a text or an object, as they are everywhere.
pub(super) fn rules<T: DeserializeOwned>(list: &[Value]) -> Result<Vec<T>, String> {
    list.iter().map(|item| T::deserialize(item).map_err(|error| error.to_string())).collect()
}

fn pace(body: &[u8]) -> Result<Pace, ControlError> {
    const SEND: &str = "Send {\"pace\": TEXT}, as in {\"pace\": \"ttft=200ms,itl=20ms\"}";
    let bad = |reason: String| ControlError::new(StatusCode::BAD_REQUEST, "bad_request", reason);
    let read: Value = serde_json::from_slice(body)
        .map_err(|error| bad(format!("the body is not a pace: {error}. {SEND}")))?;
    let text =
        read.get("pace").and_then(Value::as_str).ok_or_else(|| bad(format!("there is no pace. {SEND}")))?;
    text.parse().map_err(|error| bad(format!("{error}")))
}

fn unknown<'m>(members: &'m serde_json::Map<String, Value>, known: &[&str]) -> Option<&'m str> {
    members.keys().map(String::as_str).find(|name| !known.contains(name))
}
