//! Every way to say no.

use crate::store::Broken;
use standin_core::cassette::{CassetteName, NameError};
use standin_core::matching::NearMiss;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a call is not answered from a source.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// The cassette is there, and nothing in it matches.
    OutOfDate { cassette: CassetteName, path: PathBuf, near: Vec<NearMiss> },
    /// The session has played all matching interactions.
    Exhausted { cassette: CassetteName, played: usize },
    /// There is no such cassette. Some names are like it.
    NoCassette { cassette: CassetteName, dir: Option<PathBuf>, similar: Vec<String> },
    /// No cassette was named, and no interaction of any matches.
    NameCassette { dir: Option<PathBuf>, cassettes: usize, broken: usize, near: Vec<NearMiss> },
    /// The file of the cassette cannot be read.
    Broken(Arc<Broken>),
    /// The record mode asks for a recording.
    CannotRecord { cassette: CassetteName, mode: &'static str },
    /// The cassette's name is not one.
    BadName(NameError),
    /// The address and the headers choose different cassettes or sessions.
    SelectorsDisagree { what: &'static str, address: String, header: String },
    /// There is no such session.
    NoSession { id: String },
    /// The body is larger than the limit, in bytes.
    BodyTooLarge { limit: usize },
    /// The request cannot be understood.
    Malformed { reason: String },
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
            Refusal::CannotRecord { .. } => (500, "recording_unavailable"),
            Refusal::BadName(_) => (400, "cassette_name_invalid"),
            Refusal::SelectorsDisagree { .. } => (400, "selectors_disagree"),
            Refusal::NoSession { .. } => (404, "session_unknown"),
            Refusal::BodyTooLarge { .. } => (413, "body_too_large"),
            Refusal::Malformed { .. } => (400, "request_malformed"),
        }
    }

    pub(crate) fn near_misses(&self) -> &[NearMiss] {
        match self {
            Refusal::OutOfDate { near, .. } | Refusal::NameCassette { near, .. } => near,
            _ => &[],
        }
    }

    pub(crate) fn cassette(&self) -> Option<&CassetteName> {
        match self {
            Refusal::OutOfDate { cassette, .. }
            | Refusal::Exhausted { cassette, .. }
            | Refusal::NoCassette { cassette, .. }
            | Refusal::CannotRecord { cassette, .. } => Some(cassette),
            Refusal::Broken(broken) => Some(&broken.name),
            _ => None,
        }
    }
}
