//! What the parts of a rule mean.

use super::bad::{BadFault, closest};
use super::kinds::KINDS;
use super::parts::{A_TIME, Parts, Word, rules};
use super::{
    About, Break, Fault, FaultRule, Interrupted, Interruption, Nths, Place, Rejection, RetryAfter,
    Substitute, When, Where,
};
use crate::dialect::{Endpoint, Failure};
use crate::mock::Match;
use http::HeaderValue;
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

const A_STATUS: &str = "a status from 200 to 599";
const A_COUNT: &str = "a whole number";
const A_SIZE: &str = "a number of bytes from 1";
const A_TEXT: &str = "a text";
const A_PROVIDER: &str = "anthropic, azure, openai or opaque";
/// The dialects that calls speak; `opaque` is none that is known.
const PROVIDERS: [&str; 4] = ["anthropic", "azure", "openai", "opaque"];
/// What an answer that breaks off in itself would have been.
pub(super) const BROKEN: u16 = 500;

impl FaultRule {
    /// The rules of a text, with semicolons between them. `none` is none.
    ///
    /// # Errors
    /// What is wrong with the first part that is.
    pub fn several(text: &str) -> Result<Vec<Self>, BadFault> {
        if text.trim() == "none" {
            return Ok(Vec::new());
        }
        rules(text)?.into_iter().map(FaultRule::of).collect()
    }

    /// The rule that a value says: a text, or an object.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of_value(value: &Value) -> Result<Self, BadFault> {
        FaultRule::of(Parts::of_value(value)?)
    }

    fn of(mut parts: Parts) -> Result<Self, BadFault> {
        let fault = Fault::take(&mut parts)?;
        let when = When::take(&mut parts)?;
        let about = About::take(&mut parts)?;
        let name = parts.text("name", A_TEXT)?;
        parts.finish()?;
        Ok(FaultRule { name, fault, when, about })
    }
}

impl FromStr for FaultRule {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        FaultRule::of(Parts::read(text)?)
    }
}

impl<'de> Deserialize<'de> for FaultRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FaultRule::of_value(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Fault {
    fn take(parts: &mut Parts) -> Result<Self, BadFault> {
        Ok(match parts.kind.as_str() {
            "status" => Fault::Status(Box::new(Rejection::take(parts)?)),
            "refused" => {
                let lasting = parts.own(A_TIME)?.time("refused")?;
                Fault::Refused { lasting, wait: wait(parts)? }
            }
            "reset" => Fault::Break(Break::Reset, Where::take(parts)?),
            "close" => Fault::Break(Break::Close, Where::take(parts)?),
            "half-open" => Fault::Break(Break::HalfOpen, Where::take(parts)?),
            "truncate" => Fault::Truncate(place(parts)?),
            "cut" => Fault::Cut(place(parts)?),
            "stall" => {
                let lasting = parts.own(A_TIME)?.time("stall")?;
                Fault::Stall { lasting, place: place(parts)? }
            }
            "drip" => drip(&parts.own(A_DRIP)?)?,
            "split" => {
                let bytes = parts.own_or_none().map(|word| word.parsed("split", A_SIZE));
                Fault::Split(bytes.transpose()?.unwrap_or(NonZeroUsize::MIN))
            }
            "malformed" => Fault::Malformed(place(parts)?),
            "duplicate" => Fault::Duplicate(place(parts)?),
            "reorder" => Fault::Reorder(place(parts)?),
            "error" => interrupted(Interruption::Error, parts)?,
            "failed" => interrupted(Interruption::Failed, parts)?,
            "incomplete" => interrupted(Interruption::Incomplete, parts)?,
            "content-type" => Fault::ContentType(field(&parts.own(A_TYPE)?)?),
            "crc" => Fault::Crc(place(parts)?),
            "crlf" => Fault::Crlf,
            kind => {
                let near = closest(kind, KINDS.map(|(name, _)| name));
                return Err(BadFault::UnknownKind { kind: kind.to_owned(), near });
            }
        })
    }
}

// === The parts of faults ===

const A_DRIP: &str = "bytes and a time, such as 16/50ms";

fn drip(word: &Word) -> Result<Fault, BadFault> {
    let wrong = || word.wrong("drip", A_DRIP);
    let (bytes, every) = word.text.split_once('/').ok_or_else(wrong)?;
    let every = Word { text: every.to_owned(), quoted: false }.time("drip").map_err(|_| wrong())?;
    Ok(Fault::Drip { bytes: bytes.trim().parse().map_err(|_| wrong())?, every })
}

fn interrupted(how: Interruption, parts: &mut Parts) -> Result<Fault, BadFault> {
    let key = parts.kind.clone();
    let status = parts.own_or_none().map(|word| status(&key, &word)).transpose()?.unwrap_or(BROKEN);
    let failure = failure(status, parts)?;
    Ok(Fault::Interrupt(Box::new(Interrupted { how, failure, place: place(parts)? })))
}

fn status(key: &str, word: &Word) -> Result<u16, BadFault> {
    let status = word.parsed(key, A_STATUS)?;
    if (200..=599).contains(&status) { Ok(status) } else { Err(word.wrong(key, A_STATUS)) }
}

fn failure(status: u16, parts: &mut Parts) -> Result<Failure, BadFault> {
    let value = |word: Word| match word {
        Word { quoted: false, text } if text == "null" => Box::new(Value::Null),
        Word { text, .. } => Box::new(Value::String(text)),
    };
    Ok(Failure {
        status,
        kind: parts.text("type", A_TEXT)?,
        code: parts.take("code", A_TEXT)?.map(value),
        message: parts.text("message", A_TEXT)?,
        param: parts.take("param", A_TEXT)?.map(value),
    })
}

fn wait(parts: &mut Parts) -> Result<Duration, BadFault> {
    Ok(parts.time("wait")?.unwrap_or_default())
}

const A_TYPE: &str = "a media type such as text/html";

fn field(word: &Word) -> Result<HeaderValue, BadFault> {
    let value = HeaderValue::from_str(word.text.trim()).ok().filter(|value| value.to_str().is_ok());
    value.filter(|value| !value.is_empty()).ok_or_else(|| word.wrong("content-type", A_TYPE))
}

fn place(parts: &mut Parts) -> Result<Place, BadFault> {
    Ok(place_or_none(parts)?.unwrap_or_default())
}

const A_FRAME: &str = "a number of frames, or middle";

fn place_or_none(parts: &mut Parts) -> Result<Option<Place>, BadFault> {
    let frames = match parts.take("after", A_FRAME)? {
        Some(word) if word.text.trim() == "middle" => Some(Place::Middle),
        Some(word) => Some(Place::Frames(word.parsed("after", A_FRAME)?)),
        None => None,
    };
    let bytes = parts.parsed("bytes", A_COUNT)?.map(Place::Bytes);
    let time = parts.time("time")?.map(Place::Time);
    let mut places = [("after", frames), ("bytes", bytes), ("time", time)]
        .into_iter()
        .filter(|(_, place)| place.is_some());
    match (places.next(), places.next()) {
        (Some((one, _)), Some((other, _))) => {
            Err(BadFault::Exclude { one, other, reason: "a fault is in one place" })
        }
        (place, _) => Ok(place.and_then(|(_, place)| place)),
    }
}

impl Where {
    fn take(parts: &mut Parts) -> Result<Self, BadFault> {
        let wait = parts.time("wait")?;
        match (place_or_none(parts)?, wait) {
            (Some(_), Some(_)) => Err(BadFault::Exclude {
                one: "wait",
                other: "a place (after, bytes, time)",
                reason: "`wait` is before any byte of the answer; a time in the answer is `time`",
            }),
            (Some(place), None) => Ok(Where::Within(place)),
            (None, wait) => Ok(Where::Before { wait: wait.unwrap_or_default() }),
        }
    }
}

impl Rejection {
    fn take(parts: &mut Parts) -> Result<Self, BadFault> {
        let status = status("status", &parts.own(A_STATUS)?)?;
        let failure = failure(status, parts)?;
        let retry_after = match parts.take("retry-after", A_TIME)? {
            None => RetryAfter::Usual,
            Some(word) if word.text.trim() == "none" => RetryAfter::Never,
            Some(word) => RetryAfter::After(word.time("retry-after")?),
        };
        let body = parts.text("body", "html, or a text")?.map(|text| match text.as_str() {
            "html" => Substitute::Html,
            _ => Substitute::Text(text),
        });
        let content_type = parts.take("content-type", A_TYPE)?.map(|word| field(&word)).transpose()?;
        Ok(Rejection { failure, retry_after, body, content_type, wait: wait(parts)? })
    }
}

// === When, and about what ===

impl When {
    fn take(parts: &mut Parts) -> Result<Self, BadFault> {
        const A_CHANCE: &str = "a number from 0 to 1";
        let probability = match parts.take("probability", A_CHANCE)? {
            None => None,
            Some(word) => {
                let chance: f64 = word.parsed("probability", A_CHANCE)?;
                let right = (0.0..=1.0).contains(&chance);
                Some(right.then_some(chance).ok_or_else(|| word.wrong("probability", A_CHANCE))?)
            }
        };
        Ok(When {
            probability,
            nth: parts.parsed::<Nths>("nth", "numbers from 1, such as 3, 3+7 or 3..5")?,
            every: parts.parsed("every", "a number from 1")?,
            first: parts.parsed("first", A_COUNT)?,
            times: parts.parsed("times", A_COUNT)?,
        })
    }
}

/// Members of a `match` that a text may say without it.
pub(super) const SUGAR: [&str; 3] = ["model", "path", "contains"];

impl About {
    fn take(parts: &mut Parts) -> Result<Self, BadFault> {
        let provider = parts.text("provider", A_PROVIDER)?;
        if let Some(value) = provider.as_ref().filter(|name| !PROVIDERS.contains(&name.as_str())) {
            // A fault that is about nobody would never be missed.
            return Err(BadFault::Value {
                key: "provider".to_owned(),
                value: value.clone(),
                wanted: A_PROVIDER,
            });
        }
        let endpoints = match parts.take("endpoint", "the name of an endpoint")? {
            None => Vec::new(),
            Some(word) => word
                .text
                .split('+')
                .map(|name| {
                    name.trim().parse::<Endpoint>().map_err(|error| BadFault::Match(error.to_string()))
                })
                .collect::<Result<_, _>>()?,
        };
        let mut wanted = match parts.text("match", "an object of JSON")? {
            Some(text) if text.trim_start().starts_with('{') => serde_json::from_str::<Map<_, _>>(&text)
                .map_err(|error| BadFault::Match(format!("this is not JSON: {error}")))?,
            Some(text) => Map::from_iter([("contains".to_owned(), text.into())]),
            None => Map::new(),
        };
        for key in SUGAR {
            let Some(text) = parts.text(key, A_TEXT)? else { continue };
            if wanted.contains_key(key) {
                return Err(BadFault::Twice(key.to_owned()));
            }
            wanted.insert(key.to_owned(), text.into());
        }
        let matching = if wanted.is_empty() { None } else { Some(Match::read(&Value::Object(wanted))) };
        let matching = matching.transpose().map_err(|bad| BadFault::Match(bad.to_string()))?;
        Ok(About { provider, endpoints, matching })
    }
}
