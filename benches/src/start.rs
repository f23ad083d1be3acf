//! Time from starting the program to its first answer, and memory when it has nothing to do.

use crate::exchange::Request;
use crate::process::Server;
use crate::recording::Recording;
use crate::report::{Budget, Number, Row};
use crate::rounds::Figure;
use crate::{Bench, Failure, folder, standin};
use std::time::{Duration, Instant};

const CASSETTES: usize = 1_000;
/// Bytes of a cassette's request and response, about 10 kB together.
const REQUEST: usize = 3_000;
const RESPONSE: usize = 6_500;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let asked = Recording::sized(CASSETTES - 1, REQUEST, RESPONSE);
    let recordings = (0..CASSETTES).map(|number| Recording::sized(number, REQUEST, RESPONSE));
    let dir = folder::write(bench.scratch.join("start"), recordings, 1)?;

    let (empty, idle) = starts(|| standin::serve(bench, None, "none"), &asked.call(), 400..=599, 20)?;
    let (full, loaded) = starts(|| standin::serve(bench, Some(&dir), "none"), &asked.call(), 200..=200, 5)?;
    Ok(vec![
        Row::new("start, no cassettes", "ms", empty).budget(Budget::Below(10.0)),
        Row::new(format!("start, {CASSETTES} cassettes of 10 kB"), "ms", full).budget(Budget::Below(300.0)),
        Row::new("idle memory, no cassettes", "MB", idle).budget(Budget::Below(15.0)).number(Number::new(
            format!("with {CASSETTES} cassettes"),
            loaded.median,
            "MB",
        )),
    ])
}

/// Milliseconds to the first answer, and megabytes a little later, of several starts.
pub(crate) fn starts(
    serve: impl Fn() -> Result<Server, Failure>,
    call: &Request,
    expected: std::ops::RangeInclusive<u16>,
    times: usize,
) -> Result<(Figure, Figure), Failure> {
    let (mut millis, mut megabytes) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let started = Instant::now();
        let server = serve()?;
        let answer = call.exchange(server.address())?;
        millis.push(started.elapsed().as_secs_f64() * 1e3);
        if !expected.contains(&answer.status) {
            return Err(format!("the first answer is {answer:?}").into());
        }
        std::thread::sleep(Duration::from_millis(100));
        megabytes.push(server.resident_mb()?);
    }
    Ok((Figure::of(millis), Figure::of(megabytes)))
}
