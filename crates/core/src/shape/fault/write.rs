//! A rule as it is written: as a text, and as an object.

use super::read::{BROKEN, SUGAR};
use super::{About, Fault, FaultRule, Interrupted, Place, Rejection, RetryAfter, Substitute, When, Where};
use crate::dialect::{Endpoint, Failure};
use http::HeaderValue;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// The parts of a rule, in order; the first is the fault's own.
struct Written {
    own: Option<String>,
    others: Vec<(&'static str, Value)>,
}

// === impl Written ===

impl Written {
    fn of(rule: &FaultRule) -> Self {
        let mut written = Written { own: None, others: Vec::new() };
        written.fault(&rule.fault);
        written.when(&rule.when);
        written.about(&rule.about);
        written.some("name", rule.name.as_deref());
        written
    }

    fn add(&mut self, key: &'static str, value: impl Into<Value>) {
        self.others.push((key, value.into()));
    }

    fn some(&mut self, key: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.add(key, value);
        }
    }

    fn fault(&mut self, fault: &Fault) {
        match fault {
            Fault::Status(rejection) => self.rejection(rejection),
            Fault::Refused { lasting, wait } => {
                self.own = Some(told(*lasting));
                self.wait(*wait);
            }
            Fault::Break(_, Where::Before { wait }) => self.wait(*wait),
            Fault::Break(_, Where::Within(Place::Middle)) => self.add("after", "middle"),
            Fault::Break(_, Where::Within(place))
            | Fault::Truncate(place)
            | Fault::Cut(place)
            | Fault::Malformed(place)
            | Fault::Duplicate(place)
            | Fault::Reorder(place)
            | Fault::Crc(place) => self.place(*place),
            Fault::Stall { lasting, place } => {
                self.own = Some(told(*lasting));
                self.place(*place);
            }
            Fault::Drip { bytes, every } => self.own = Some(format!("{bytes}/{}", told(*every))),
            Fault::Split(bytes) => self.own = Some(bytes.to_string()),
            Fault::Interrupt(interrupted) => self.interrupted(interrupted),
            Fault::ContentType(value) => self.own = Some(field(value)),
            Fault::Crlf => {}
        }
    }

    fn rejection(&mut self, rejection: &Rejection) {
        self.own = Some(rejection.failure.status.to_string());
        self.failure(&rejection.failure);
        match rejection.retry_after {
            RetryAfter::Usual => {}
            RetryAfter::Never => self.add("retry-after", "none"),
            RetryAfter::After(time) => self.add("retry-after", told(time)),
        }
        self.some(
            "body",
            rejection.body.as_ref().map(|body| match body {
                Substitute::Html => "html",
                Substitute::Text(text) => text,
            }),
        );
        self.some("content-type", rejection.content_type.as_ref().map(field));
        self.wait(rejection.wait);
    }

    fn interrupted(&mut self, interrupted: &Interrupted) {
        let status = interrupted.failure.status;
        self.own = (status != BROKEN).then(|| status.to_string());
        self.failure(&interrupted.failure);
        self.place(interrupted.place);
    }

    fn failure(&mut self, failure: &Failure) {
        self.some("type", failure.kind.as_deref());
        self.some("code", failure.code.as_deref().cloned());
        self.some("message", failure.message.as_deref());
        self.some("param", failure.param.as_deref().cloned());
    }

    fn wait(&mut self, wait: Duration) {
        self.some("wait", (!wait.is_zero()).then(|| told(wait)));
    }

    fn place(&mut self, place: Place) {
        match place {
            Place::Middle => {}
            Place::Frames(frames) => self.add("after", frames),
            Place::Bytes(bytes) => self.add("bytes", bytes),
            Place::Time(time) => self.add("time", told(time)),
        }
    }

    fn when(&mut self, when: &When) {
        self.some("probability", when.probability);
        self.some("nth", when.nth.as_ref().map(ToString::to_string));
        self.some("every", when.every.map(std::num::NonZero::get));
        self.some("first", when.first);
        self.some("times", when.times);
    }

    fn about(&mut self, about: &About) {
        self.some("provider", about.provider.as_deref());
        let names = about.endpoints.iter().copied().map(Endpoint::name).collect::<Vec<_>>().join("+");
        self.some("endpoint", (!names.is_empty()).then_some(names));
        let Some(wanted) = about.matching.as_ref().and_then(|matching| matching.written().as_object()) else {
            return;
        };
        if !wanted.iter().all(|(key, value)| SUGAR.contains(&key.as_str()) && value.is_string()) {
            self.add("match", Value::Object(wanted.clone()));
            return;
        }
        for key in SUGAR {
            self.some(key, wanted.get(key).cloned());
        }
    }
}

/// A time in the largest unit that tells all of it.
fn told(time: Duration) -> String {
    match time.as_nanos() {
        nanos if nanos % 1_000_000_000 == 0 => format!("{}s", nanos / 1_000_000_000),
        nanos if nanos % 1_000_000 == 0 => format!("{}ms", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => format!("{}us", nanos / 1_000),
        nanos => format!("{nanos}ns"),
    }
}

fn field(value: &HeaderValue) -> String {
    value.to_str().unwrap_or_default().to_owned()
}

/// A text as a value: in quotes where it would be taken for something else.
fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text.trim() == text
        && text != "null"
        && !text.starts_with('"')
        && !text.contains([',', ';'])
        && !text.contains(char::is_control);
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

impl Display for FaultRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let written = Written::of(self);
        f.write_str(self.fault.name())?;
        if let Some(own) = &written.own {
            write!(f, "={}", quoted(own))?;
        }
        for (key, value) in &written.others {
            match value {
                Value::String(text) => write!(f, ",{key}={}", quoted(text))?,
                Value::Object(_) | Value::Array(_) => write!(f, ",{key}={}", Value::from(value.to_string()))?,
                _ => write!(f, ",{key}={value}")?,
            }
        }
        Ok(())
    }
}

impl Serialize for FaultRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written::of(self);
        let mut map = serializer.serialize_map(Some(written.others.len() + 1))?;
        let name = self.fault.name();
        let fault =
            written.own.as_ref().map_or_else(|| name.to_owned(), |own| format!("{name}={}", quoted(own)));
        map.serialize_entry("fault", &fault)?;
        for (key, value) in &written.others {
            map.serialize_entry(&key.replace('-', "_"), value)?;
        }
        map.end()
    }
}
