//! An entry of a list as a mock.

use super::fields::Fields;
use super::{List, Reader, Severity, Skipped};
use crate::dialect::{Endpoint, Options};
use crate::mock::answer::Answer;
use crate::mock::condition::Condition;
use crate::mock::located::{Located, Tree};
use crate::mock::rule::{Exhausted, Mock, MockId, Scenario, Steps};
use crate::mock::set::START;
use crate::shape::{FaultRule, Pace};
use std::sync::Arc;

const STEPS: [(&str, Steps); 3] =
    [("session", Steps::Session), ("conversation", Steps::Conversation), ("since_user", Steps::SinceUser)];
const EXHAUSTED: [(&str, Exhausted); 3] =
    [("repeat", Exhausted::Repeat), ("cycle", Exhausted::Cycle), ("error", Exhausted::Error)];

impl Reader {
    /// Reads an entry. What is wrong with it is noted; an error leaves it out.
    pub(super) fn mock(&mut self, list: List, index: usize, entry: &Located) -> Result<Mock, Skipped> {
        let before = self.problems.len();
        let unknown = if list.endpoint.is_some() { Severity::Warning } else { Severity::Error };
        let mut fields = Fields::of(self, entry, "a mock").ok_or(Skipped)?;
        let name = fields.text(self, "name");
        let provider = fields.text(self, "provider");
        let condition = match fields.take("match") {
            Some(written) => self.condition(written, unknown),
            None => Condition::All(Vec::new()),
        };
        let named = fields.take("endpoint").map(|written| self.endpoints(written));
        let steps = fields.word(self, "steps", &STEPS).unwrap_or_default();
        let exhausted = fields.word(self, "exhausted", &EXHAUSTED).unwrap_or_default();
        let times = fields.parsed::<u64>(self, "times");
        let priority = fields.parsed::<i64>(self, "priority").unwrap_or(0);
        let scenario = fields.take("scenario").and_then(|written| self.scenario(written));
        let pace = fields.take("pace").and_then(|written| self.pace(written));
        let faults = fields.take("faults").map(|written| self.faults(written));
        let template = fields.parsed::<bool>(self, "template").unwrap_or(false);
        let options = fields.take("stream").map_or_else(Options::default, |written| self.options(written));
        let status = fields.take("status").and_then(|written| self.status(written));
        let headers = fields.take("headers").map(|written| self.header_fields(written)).unwrap_or_default();
        let common = super::answer::Common { template, options, status, headers };
        let answers = self.answers(&mut fields, &common, entry.line);
        fields.finish(self, unknown);
        if self.problems[before..].iter().any(|problem| problem.severity == Severity::Error) {
            return Err(Skipped);
        }
        let endpoints = match list.endpoint.map(|endpoint| vec![endpoint]).or(named) {
            Some(endpoints) => endpoints,
            None => self.fitting(&answers, entry.line)?,
        };
        Ok(Mock {
            // Given when all of the file are read.
            id: MockId(0),
            name,
            place: self.place(entry.line),
            written: entry.value().to_string().into(),
            list: list.key,
            index,
            endpoints,
            provider,
            condition,
            answers,
            steps,
            exhausted,
            times,
            priority,
            scenario,
            pace,
            faults,
        })
    }

    /// The endpoints that the answers are for, where the writer does not say.
    fn fitting(&mut self, answers: &[Answer], line: u32) -> Result<Vec<Endpoint>, Skipped> {
        // What all of them are for: a text is for several, an object for one.
        let mut known = answers.iter().filter_map(|answer| answer.fits.as_ref());
        let first = known.next().cloned().unwrap_or_default();
        let mut fits = known.fold(first, |mut fits, others| {
            fits.retain(|endpoint| others.contains(endpoint));
            fits
        });
        if answers.iter().any(|answer| answer.fits.is_none()) {
            fits.clear();
        }
        (!fits.is_empty()).then_some(fits).ok_or_else(|| {
            let message =
                "the answers do not tell which endpoint they are for: say `endpoint`, as in `endpoint: chat`";
            self.error(line, message);
            Skipped
        })
    }

    fn endpoints(&mut self, written: &Located) -> Vec<Endpoint> {
        let items = match &written.tree {
            Tree::Array(items) => items.iter().collect(),
            _ => vec![written],
        };
        let mut endpoints = Vec::new();
        for item in items {
            match item.text().unwrap_or_default().parse::<Endpoint>() {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(error) => self.error(item.line, error.to_string()),
            }
        }
        endpoints
    }

    fn scenario(&mut self, written: &Located) -> Option<Scenario> {
        let mut fields = Fields::of(self, written, "a scenario")?;
        let name = fields.text(self, "name");
        let (when, then) = (fields.text(self, "when"), fields.text(self, "then"));
        fields.finish(self, Severity::Error);
        let Some(name) = name else {
            self.error(written.line, "a scenario needs a `name`");
            return None;
        };
        if when.is_none() && then.is_none() {
            self.error(
                written.line,
                format!("a scenario needs `when`, the state in which the mock answers, or `then`, the state that follows; it begins in `{START}`"),
            );
        }
        Some(Scenario { name, when, then })
    }

    /// When answers are sent, in the words of `--pace`.
    fn pace(&mut self, written: &Located) -> Option<Pace> {
        match written.text().unwrap_or_default().parse() {
            Ok(pace) => Some(pace),
            Err(error) => {
                self.error(written.line, error.to_string());
                None
            }
        }
    }

    /// What goes wrong: one fault or a list, each a text in the words of `--fault` or an object.
    fn faults(&mut self, written: &Located) -> Arc<[FaultRule]> {
        let items = match &written.tree {
            Tree::Array(items) => items.iter().collect(),
            _ => vec![written],
        };
        let mut faults = Vec::new();
        for item in items {
            match FaultRule::of_value(&item.value()) {
                Ok(fault) => faults.push(fault),
                Err(error) => self.error(item.line, error.to_string()),
            }
        }
        faults.into()
    }

    fn options(&mut self, written: &Located) -> Options {
        let mut options = Options::default();
        let Some(mut fields) = Fields::of(self, written, "`stream`") else { return options };
        options.split = fields.parsed(self, "split");
        options.obfuscation = fields.parsed(self, "obfuscation").unwrap_or(options.obfuscation);
        options.private_events = fields.parsed(self, "private_events").unwrap_or(options.private_events);
        options.polls = fields.parsed(self, "polls").unwrap_or(options.polls);
        fields.finish(self, Severity::Error);
        options
    }
}
