//! What a test decides about a job.

use serde::{Deserialize, Serialize};
use std::fmt::{Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

/// What a test decides about a job. The default decides nothing.
///
/// As text: `delay=2s,pending-polls=1,polls=3,hold,status=500,fail-first=2,fail-status=503`; as JSON its
/// members, where `outcome` may have a body as well.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Control {
    /// How long it stays pending.
    #[serde(with = "written", skip_serializing_if = "Duration::is_zero")]
    pub delay: Duration,
    /// How many polls see it pending; the next one sees it processing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polls_before_processing: Option<u32>,
    /// How many polls see it unfinished, those that see it pending counted; the next one sees the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polls_before_completed: Option<u32>,
    /// Whether it makes no progress until it is released.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hold: bool,
    /// How it ends, whatever the call would have been answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Forced>,
    /// Attempts that fail, before one is made in earnest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_first: Option<FailFirst>,
}

/// An answer that a test decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forced {
    /// The status.
    pub status: u16,
    /// The body, where it is not the one that such a status has anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<serde_json::Value>,
}

/// Attempts that fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailFirst {
    /// How many.
    pub attempts: u32,
    /// With which status.
    #[serde(default = "unavailable")]
    pub status: u16,
}

/// A text that decides nothing about a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadControl {
    /// A part has a name that means nothing.
    #[error(
        "`{0}` decides nothing about a job: use delay=2s, pending-polls=1, polls=3, hold, status=500, \
         fail-first=2 or fail-status=503, with commas between them"
    )]
    Name(String),
    /// A part is there twice.
    #[error("`{0}` is given twice: leave one of them out")]
    Twice(String),
    /// A value cannot be read.
    #[error("`{name}={value}` cannot be read: {name} is {right}")]
    Value {
        /// The part's name.
        name: String,
        /// What was given.
        value: String,
        /// What it is.
        right: &'static str,
    },
    /// An object cannot be read.
    #[error("what is decided about the job cannot be read as JSON: {0}")]
    Json(String),
    /// A status without what would be answered with it.
    #[error("fail-status says how attempts fail, and not how many: add fail-first=1")]
    NoAttempts,
}

const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const TIME: &str = "a time of up to a year, such as 250ms or 2s";
const NUMBER: &str = "a whole number from 0";
const STATUS: &str = "an HTTP status from 200 to 599 that has a body, which 204, 205 and 304 have not";
const FAILURES: &str = "a whole number from 0 to 100, which is as many attempts as a job can have";
const MOST_FAILURES: u32 = 100;

const fn unavailable() -> u16 {
    503
}

fn time(text: &str) -> Option<Duration> {
    crate::cassette::go_duration(text).filter(|time| *time <= LONGEST)
}

fn is_status(status: u16) -> bool {
    (200..600).contains(&status) && has_body(status)
}

/// Whether an answer with this status may have a body.
#[must_use]
pub const fn has_body(status: u16) -> bool {
    !matches!(status, 100..=199 | 204 | 205 | 304)
}

// === impl Control ===

impl Control {
    /// Whether polls decide how far the job is.
    #[must_use]
    pub fn counts_polls(&self) -> bool {
        self.polls_before_processing.is_some() || self.polls_before_completed.is_some()
    }

    /// How many polls see the job pending.
    #[must_use]
    pub fn pending_polls(&self) -> u32 {
        self.polls_before_processing.unwrap_or(0)
    }

    /// How many polls see the job unfinished.
    #[must_use]
    pub fn unfinished_polls(&self) -> u32 {
        let pending_and_one = self.polls_before_processing.map_or(0, |polls| polls.saturating_add(1));
        self.polls_before_completed.unwrap_or(0).max(pending_and_one)
    }

    fn of_json(text: &str) -> Result<Self, BadControl> {
        let control: Control =
            serde_json::from_str(text).map_err(|error| BadControl::Json(error.to_string()))?;
        let statuses = [
            ("outcome", control.outcome.as_ref().map(|outcome| outcome.status)),
            ("fail_first", control.fail_first.map(|first| first.status)),
        ];
        for (name, status) in statuses {
            if let Some(status) = status.filter(|status| !is_status(*status)) {
                return Err(wrong(name, &status.to_string(), STATUS));
            }
        }
        match control.fail_first {
            Some(FailFirst { attempts, .. }) if attempts > MOST_FAILURES => {
                Err(wrong("fail_first", &attempts.to_string(), FAILURES))
            }
            _ => Ok(control),
        }
    }

    fn of_parts(text: &str) -> Result<Self, BadControl> {
        let mut control = Control::default();
        let mut names = Vec::new();
        let (mut attempts, mut fail_status) = (None, None);
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once('=').map_or((part, None), |(name, value)| (name.trim(), Some(value.trim())));
            if names.contains(&name) {
                return Err(BadControl::Twice(name.to_owned()));
            }
            names.push(name);
            let number = || {
                value
                    .and_then(|value| value.parse().ok())
                    .ok_or_else(|| wrong(name, value.unwrap_or(""), NUMBER))
            };
            let status = || {
                let status = value.and_then(|value| value.parse().ok()).filter(|status| is_status(*status));
                status.ok_or_else(|| wrong(name, value.unwrap_or(""), STATUS))
            };
            match (name, value) {
                ("delay", _) => {
                    let delay = value.and_then(time);
                    control.delay = delay.ok_or_else(|| wrong(name, value.unwrap_or(""), TIME))?;
                }
                ("pending-polls", _) => control.polls_before_processing = Some(number()?),
                ("polls", _) => control.polls_before_completed = Some(number()?),
                ("hold", None) => control.hold = true,
                ("status", _) => control.outcome = Some(Forced { status: status()?, body: None }),
                ("fail-first", _) => {
                    let most = |attempts: &u32| *attempts <= MOST_FAILURES;
                    let first = value.and_then(|value| value.parse().ok()).filter(most);
                    attempts = Some(first.ok_or_else(|| wrong(name, value.unwrap_or(""), FAILURES))?);
                }
                ("fail-status", _) => fail_status = Some(status()?),
                _ => return Err(BadControl::Name(part.to_owned())),
            }
        }
        control.fail_first = match (attempts, fail_status) {
            (None, Some(_)) => return Err(BadControl::NoAttempts),
            (None, None) => None,
            (Some(attempts), status) => Some(FailFirst { attempts, status: status.unwrap_or(unavailable()) }),
        };
        Ok(control)
    }
}

fn wrong(name: &str, value: &str, right: &'static str) -> BadControl {
    BadControl::Value { name: name.to_owned(), value: value.to_owned(), right }
}

impl FromStr for Control {
    type Err = BadControl;

    fn from_str(text: &str) -> Result<Self, BadControl> {
        if text.trim_start().starts_with('{') { Control::of_json(text) } else { Control::of_parts(text) }
    }
}

/// As text. A body of an outcome has no place in it.
impl Display for Control {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        if !self.delay.is_zero() {
            parts.push(format!("delay={}", written::text(self.delay)));
        }
        parts.extend(self.polls_before_processing.map(|polls| format!("pending-polls={polls}")));
        parts.extend(self.polls_before_completed.map(|polls| format!("polls={polls}")));
        if self.hold {
            parts.push("hold".to_owned());
        }
        parts.extend(self.outcome.as_ref().map(|outcome| format!("status={}", outcome.status)));
        if let Some(FailFirst { attempts, status }) = self.fail_first {
            parts.push(format!("fail-first={attempts},fail-status={status}"));
        }
        f.write_str(&parts.join(","))
    }
}

/// Times as people write them.
mod written {
    use super::{Duration, TIME, time};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn text(time: Duration) -> String {
        let nanos = time.as_nanos();
        if nanos.is_multiple_of(1_000_000) {
            format!("{}ms", nanos / 1_000_000)
        } else {
            format!("{nanos}ns")
        }
    }

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text(*time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        time(&text).ok_or_else(|| D::Error::custom(format_args!("`{text}` is not {TIME}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_read() {
        let control: Control =
            "delay=2s, pending-polls=1,polls=3,hold,status=500,fail-first=2".parse().unwrap();
        assert_eq!(
            control,
            Control {
                delay: Duration::from_secs(2),
                polls_before_processing: Some(1),
                polls_before_completed: Some(3),
                hold: true,
                outcome: Some(Forced { status: 500, body: None }),
                fail_first: Some(FailFirst { attempts: 2, status: 503 }),
            }
        );
        assert_eq!("".parse(), Ok(Control::default()));
    }

    #[test]
    fn an_object_may_have_a_body() {
        let control: Control =
            r#"{"delay":"1m2.5s","outcome":{"status":429,"body":{"error":{"message":"slow, down"}}}}"#
                .parse()
                .unwrap();
        assert_eq!(control.delay, Duration::from_millis(62_500));
        assert_eq!(control.outcome.unwrap().body.unwrap()["error"]["message"], "slow, down");
    }

    #[test]
    fn a_wrong_text_says_what_is_right() {
        for (text, told) in [
            ("slow", "`slow` decides nothing about a job: use delay=2s, "),
            ("hold=no", "`hold=no` decides nothing"),
            ("delay", "`delay=` cannot be read: delay is a time of up to a year, such as 250ms or 2s"),
            ("delay=2", "`delay=2` cannot be read"),
            ("delay=-2s", "`delay=-2s` cannot be read"),
            ("delay=9000000h", "`delay=9000000h` cannot be read"),
            ("polls=-1", "`polls=-1` cannot be read: polls is a whole number from 0"),
            ("status=99", "`status=99` cannot be read: status is an HTTP status from 200 to 599"),
            (
                "status=304",
                "`status=304` cannot be read: status is an HTTP status from 200 to 599 that has a body",
            ),
            ("fail-first=1,fail-status=204", "`fail-status=204` cannot be read"),
            ("fail-first=101", "`fail-first=101` cannot be read: fail-first is a whole number from 0 to 100"),
            ("fail-first=99999999999", "fail-first is a whole number from 0 to 100"),
            (r#"{"fail_first":{"attempts":101}}"#, "`fail_first=101` cannot be read"),
            (r#"{"outcome":{"status":205}}"#, "`outcome=205` cannot be read"),
            ("hold,hold", "`hold` is given twice"),
            ("fail-status=500", "add fail-first=1"),
            (r#"{"holds":true}"#, "unknown field `holds`, expected one of `delay`"),
            (r#"{"delay":"2"}"#, "`2` is not a time of up to a year"),
            (r#"{"outcome":{"status":7}}"#, "`outcome=7` cannot be read: outcome is an HTTP status"),
        ] {
            let error = text.parse::<Control>().unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    fn controls() -> impl Strategy<Value = Control> {
        let polls = || proptest::option::of(any::<u32>());
        let status = || (200u16..600).prop_filter("it has a body", |status| has_body(*status));
        let outcome = proptest::option::of(status().prop_map(|status| Forced { status, body: None }));
        let first =
            (0..=MOST_FAILURES, status()).prop_map(|(attempts, status)| FailFirst { attempts, status });
        let delay = (0u64..30_000_000).prop_map(Duration::from_millis);
        (delay, polls(), polls(), any::<bool>(), outcome, proptest::option::of(first)).prop_map(
            |(delay, polls_before_processing, polls_before_completed, hold, outcome, fail_first)| Control {
                delay,
                polls_before_processing,
                polls_before_completed,
                hold,
                outcome,
                fail_first,
            },
        )
    }

    proptest! {
        #[test]
        fn it_is_read_as_it_is_written(control in controls()) {
            prop_assert_eq!(control.to_string().parse(), Ok(control.clone()));
            let json = serde_json::to_string(&control).unwrap();
            prop_assert_eq!(json.parse(), Ok(control));
        }

        #[test]
        fn no_text_is_too_strange(text: String) {
            let _ = text.parse::<Control>();
        }
    }
}
