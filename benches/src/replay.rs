//! Replay against bare hyper: a small answer, and a stream of forty events in both ways of sending it.

use crate::bare::Kind;
use crate::recording::Recording;
use crate::report::Row;
use crate::{Bench, Failure, folder, standin, versus_bare};
use std::path::Path;

const EVENTS: usize = 40;
/// A folder's only cassette.
const CASSETTE: &str = "0000";

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let (small, stream) = (Recording::small(1), Recording::streamed(EVENTS));
    let dir = folder::write(bench.scratch.join("replay"), [small.clone(), stream.clone()], 2)?;
    let mut rows = Vec::new();
    for (name, recording, pace, kind) in [
        ("replay, 400-byte answer", &small, "none", Kind::Whole),
        ("replay, 40 events together", &stream, "none", Kind::Together),
        ("replay, 40 events, a write each", &stream, "flush", Kind::Each),
    ] {
        rows.extend(compare(bench, &dir, name, recording, pace, kind)?);
    }
    Ok(rows)
}

fn compare(
    bench: &Bench,
    dir: &Path,
    name: &str,
    recording: &Recording,
    pace: &str,
    kind: Kind,
) -> Result<Vec<Row>, Failure> {
    let call = recording.call().header("x-cassette-name", CASSETTE);
    let standin = standin::serve(bench, Some(dir), pace)?;
    let answer = call.exchange(standin.address())?;
    let frames = if kind == Kind::Whole { 1 } else { EVENTS };
    if answer.status != 200 || answer.frames.len() != frames || answer.frames.concat() != recording.response {
        return Err(format!("standin did not replay what was recorded in {frames} frames: {answer:?}").into());
    }
    versus_bare::compare(bench, name, &call, &standin, &answer, kind)
}
