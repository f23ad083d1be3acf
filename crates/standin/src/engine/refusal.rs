//! Every way to say no.

use crate::store::Broken;
use standin_core::cassette::{CassetteName, NameError};
use standin_core::matching::NearMiss;
use standin_core::mock::NearMock;
use standin_core::upstream::Unreachable;
use standin_core::{Found, RecordMode};
use std::path::PathBuf;
use std::sync::Arc;

/// Why a call is not answered from a source.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// The cassette is there, and nothing in it matches. One that is shipped has no path.
    OutOfDate { cassette: CassetteName, path: Option<PathBuf>, near: Vec<NearMiss> },
    /// The session has played all matching interactions.
    Exhausted { cassette: CassetteName, played: usize },
    /// There is no such cassette. Some names are like it.
    NoCassette { cassette: CassetteName, dir: Option<PathBuf>, similar: Vec<String>, mode: RecordMode },
    /// No cassette was named, and no interaction of any matches.
    NameCassette { dir: Option<PathBuf>, cassettes: usize, broken: usize, near: Vec<NearMiss> },
    /// The file of the cassette cannot be read.
    Broken(Arc<Broken>),
    /// The record mode asks for a recording, and there is nobody to record from.
    CannotRecord {
        cassette: CassetteName,
        found: Found,
        path: PathBuf,
        similar: Vec<String>,
        reason: Unreachable,
    },
    /// No mock answers, and no cassette does.
    NoMock(Missed),
    /// All answers of the mock were given, and it says that this is an error.
    MockExhausted { mock: String, answers: usize },
    /// The mock's answer cannot be made.
    MockFailed { mock: String, reason: String },
    /// The provider did not answer.
    UpstreamFailed { host: String, reason: String },
    /// The cassette's name is not one.
    BadName(NameError),
    /// The address and the headers choose different cassettes or sessions.
    SelectorsDisagree { what: &'static str, address: String, header: String },
    /// There is no such session.
    NoSession { id: String },
    /// The body is larger than the limit, in bytes.
    BodyTooLarge { limit: usize },
    /// A header field asks for a pace or a fault that does not exist.
    BadShape(String),
    /// A header field that is meant for standin and means nothing to it; the one that comes closest, and all that
    /// it knows.
    UnknownHeader { name: String, meant: Option<&'static str>, known: &'static [&'static str] },
    /// The request cannot be understood.
    Malformed { reason: String },
}

/// A call that no mock answers.
#[derive(Debug, Clone)]
pub(crate) struct Missed {
    /// The mocks that come closest; none where they know nothing of the address.
    pub(crate) near: Vec<NearMock>,
    /// How many there are.
    pub(crate) mocks: usize,
    /// What is said of the cassettes, where there are some.
    pub(crate) tape: Option<Box<Refusal>>,
}

// === impl Refusal ===

impl Refusal {
    /// The status and the code that stand for it.
    pub(crate) fn status(&self) -> (u16, &'static str) {
        match self {
            Refusal::OutOfDate { .. } => (409, "interaction_out_of_date"),
            Refusal::Exhausted { .. } => (409, "interactions_exhausted"),
            Refusal::NoCassette { .. } => (500, "cassette_missing"),
            Refusal::NameCassette { .. } => (400, "cassette_not_named"),
            Refusal::Broken(_) => (500, "cassette_broken"),
            Refusal::CannotRecord { reason, .. } => match reason {
                Unreachable::Unset(_) => (500, "credential_missing"),
                Unreachable::NotAllowed { .. } => (500, "upstream_not_allowed"),
                Unreachable::NotAnAddress { .. } => (500, "upstream_invalid"),
                Unreachable::Itself { .. } => (500, "upstream_loop"),
                Unreachable::NoProvider { .. } => (500, "upstream_unknown"),
            },
            Refusal::NoMock(_) => (404, "mock_missing"),
            Refusal::MockExhausted { .. } => (409, "mock_exhausted"),
            Refusal::MockFailed { .. } => (500, "mock_failed"),
            Refusal::UpstreamFailed { .. } => (502, "upstream_unreachable"),
            Refusal::BadName(_) => (400, "cassette_name_invalid"),
            Refusal::SelectorsDisagree { .. } => (400, "selectors_disagree"),
            Refusal::NoSession { .. } => (404, "session_unknown"),
            Refusal::BodyTooLarge { .. } => (413, "body_too_large"),
            Refusal::BadShape(_) => (400, "shape_invalid"),
            Refusal::UnknownHeader { .. } => (400, "header_unknown"),
            Refusal::Malformed { .. } => (400, "request_malformed"),
        }
    }

    pub(crate) fn near_misses(&self) -> &[NearMiss] {
        match self {
            Refusal::OutOfDate { near, .. } | Refusal::NameCassette { near, .. } => near,
            Refusal::NoMock(Missed { tape: Some(tape), .. }) => tape.near_misses(),
            _ => &[],
        }
    }

    pub(crate) fn near_mocks(&self) -> &[NearMock] {
        match self {
            Refusal::NoMock(missed) => &missed.near,
            _ => &[],
        }
    }

    /// Whether there is no cassette of the name, and none can be recorded.
    pub(crate) fn lacks_cassette(&self) -> bool {
        matches!(self, Refusal::NoCassette { .. } | Refusal::CannotRecord { found: Found::NoCassette, .. })
    }

    /// The mock that it is about.
    pub(crate) fn mock(&self) -> Option<&str> {
        match self {
            Refusal::MockExhausted { mock, .. } | Refusal::MockFailed { mock, .. } => Some(mock),
            _ => None,
        }
    }

    pub(crate) fn cassette(&self) -> Option<&CassetteName> {
        match self {
            Refusal::OutOfDate { cassette, .. }
            | Refusal::Exhausted { cassette, .. }
            | Refusal::NoCassette { cassette, .. }
            | Refusal::CannotRecord { cassette, .. } => Some(cassette),
            Refusal::Broken(broken) => Some(&broken.name),
            Refusal::NoMock(Missed { tape: Some(tape), .. }) => tape.cassette(),
            _ => None,
        }
    }
}
