//! Many streams at once, each at its own pace: how late a beat is, and what a stream costs.
//!
//! - `crowd` is the clients: every stream a connection, every beat a time of arrival;
//! - here they ask standin, and a bare server that waits for the same times and sends the same frames.

mod crowd;

use crate::bare::{LISTENING, Pace};
use crate::exchange::Answer;
use crate::process::Server;
use crate::recording::Recording;
use crate::report::{Budget, Number, Row};
use crate::rounds::{self, Figure, percentile};
use crate::{Bench, Failure, folder, standin};
use crowd::{Crowd, Seen};
use std::process::Command;
use std::time::Duration;

/// Events of a stream, and the time between them: 20,000 events a second of all streams together.
const EVENTS: usize = 20;
const PACE: Pace = Pace { first: Duration::from_millis(3_000), between: Duration::from_millis(500) };
const STREAMS: usize = 10_000;
const CASSETTE: &str = "0000";

/// One round with one server.
#[derive(Debug)]
struct Round {
    p50_ms: f64,
    p99_ms: f64,
    /// Memory that a stream took at most.
    kilobytes: f64,
    complete: usize,
}

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let recording = Recording::streamed(EVENTS);
    let dir = folder::write(bench.scratch.join("paced"), [recording.clone()], 1)?;
    let call = recording.call().header("x-cassette-name", CASSETTE);
    let probe = standin::serve(bench, Some(&dir), "flush")?;
    let answer = call.exchange(probe.address())?;
    if answer.status != 200 || answer.frames.len() != EVENTS {
        return Err(format!("standin did not replay what was recorded in {EVENTS} frames: {answer:?}").into());
    }
    let pace = format!("ttft={}ms,itl={}ms", PACE.first.as_millis(), PACE.between.as_millis());
    let file = bench.scratch.join("paced.json");
    std::fs::write(&file, serde_json::to_vec(&answer)?)?;
    let crowd = Crowd {
        streams: STREAMS,
        events: EVENTS,
        pace: PACE,
        request: call.written(probe.address(), "keep-alive").into_bytes(),
    };
    drop(probe);
    let [bare, ours] = rounds::by_turns::<Round, 2>(bench.effort.rounds, |which, _| {
        // A server of its own for each round, so that no port runs out of addresses.
        let server = if which == 0 { bare(bench, &file)? } else { standin::serve(bench, Some(&dir), &pace)? };
        round(&server, &crowd)
    })?;
    Ok(rows(&bare, &ours, &answer))
}

fn bare(bench: &Bench, file: &std::path::Path) -> Result<Server, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    let [first, between] = [PACE.first, PACE.between].map(|time| time.as_millis().to_string());
    command.args(["bare", "paced"]).arg(file).args([first, between]);
    Server::start(&mut command, LISTENING, &bench.scratch.join("bare.log"))
}

fn round(server: &Server, crowd: &Crowd) -> Result<Round, Failure> {
    let idle = server.resident_mb()?;
    let Seen { complete, late_ms } = crowd.ask(server.address())?;
    let kilobytes = (server.peak_mb()? - idle) * 1024.0 / crowd.streams as f64;
    Ok(Round { p50_ms: percentile(&late_ms, 0.5), p99_ms: percentile(&late_ms, 0.99), kilobytes, complete })
}

fn rows(bare: &[Round], ours: &[Round], answer: &Answer) -> Vec<Row> {
    let each = |rounds: &[Round], of: fn(&Round) -> f64| rounds.iter().map(of).collect::<Vec<_>>();
    let above = bare.iter().zip(ours).map(|(bare, ours)| ours.p99_ms - bare.p99_ms);
    let mut late = Row::new("10,000 paced streams: p99 lateness above bare", "ms", Figure::of(above))
        .budget(Budget::Below(10.0));
    for (who, rounds) in [("standin", ours), ("bare", bare)] {
        let figure = |of| Figure::of(each(rounds, of)).median;
        late = late
            .number(Number::new(format!("{who} p50"), figure(|round| round.p50_ms), "ms"))
            .number(Number::new(format!("{who} p99"), figure(|round| round.p99_ms), "ms"));
    }
    let complete = Figure::of(each(ours, |round| round.complete as f64));
    let memory = Figure::of(each(ours, |round| round.kilobytes));
    let bare_memory = Figure::of(each(bare, |round| round.kilobytes)).median;
    vec![
        late,
        Row::new("10,000 paced streams: complete", "streams", complete)
            .budget(Budget::AtLeast(STREAMS as f64))
            .number(Number::new("events each", answer.frames.len() as f64, "")),
        Row::new("10,000 paced streams: memory of one", "kB", memory)
            .budget(Budget::Below(20.0))
            .number(Number::new("bare", bare_memory, "kB")),
    ]
}
