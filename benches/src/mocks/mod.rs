//! Mocks: against bare hyper, many against few, and the start with many.
//!
//! - `rules` writes files of mocks and the calls that the last of them answers;
//! - `many` compares files of different sizes.

mod many;
mod rules;

use crate::bare::Kind;
use crate::report::{Number, Row};
use crate::rounds::Figure;
use crate::{Bench, Failure, standin, start, versus_bare};
use rules::{EVENTS, Rules, Test};

/// Mocks of the largest file.
const MANY: usize = 10_000;
/// Bytes of a long prompt.
const LONG: usize = 2_000;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (name, pace, kind) in [
        ("mock, 400-byte answer", "none", Kind::Whole),
        ("mock, 40 events together", "none", Kind::Together),
        ("mock, 40 events, a write each", "flush", Kind::Each),
    ] {
        rows.extend(against_bare(bench, name, pace, kind)?);
    }
    for (test, length, prompts) in [
        (Test::Contains, 0, "short prompts"),
        (Test::Contains, LONG, "prompts of 2 kB"),
        (Test::Exact, 0, "short prompts"),
        (Test::Exact, LONG, "prompts of 2 kB"),
    ] {
        rows.extend(many::measure(bench, test, length, prompts)?);
    }
    rows.push(starts(bench)?);
    Ok(rows)
}

fn against_bare(bench: &Bench, name: &str, pace: &str, kind: Kind) -> Result<Vec<Row>, Failure> {
    let rules = Rules { test: Test::Contains, size: 1, prompt: 0, stream: kind != Kind::Whole };
    let standin = standin::mock(bench, &rules.write(bench)?, pace)?;
    let call = rules.call();
    let answer = call.exchange(standin.address())?;
    let frames = if kind == Kind::Whole { 1 } else { EVENTS };
    if answer.status != 200 || answer.frames.len() != frames {
        return Err(format!("standin did not answer in {frames} frames: {answer:?}").into());
    }
    versus_bare::compare(bench, name, &call, &standin, &answer, kind)
}

/// Informative: files of so many mocks are generated ones.
fn starts(bench: &Bench) -> Result<Row, Failure> {
    let rules = Rules { test: Test::Contains, size: MANY, prompt: 0, stream: false };
    let file = rules.write(bench)?;
    let (millis, megabytes) =
        start::starts(|| standin::mock(bench, &file, "none"), &rules.call(), 200..=200, 5)?;
    let size = std::fs::metadata(&file)?.len() as f64 / 1e6;
    Ok(Row::new(format!("start, {MANY} mocks"), "ms", millis)
        .number(Number::new("memory", megabytes.median, "MB"))
        .number(Number::new("file", Figure::of([size]).median, "MB")))
}
