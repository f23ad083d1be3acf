//! What it costs to find an interaction among many, without a name to look under.

use crate::exchange::Request;
use crate::process::Server;
use crate::recording::Recording;
use crate::report::{Budget, Number, Row};
use crate::rounds::{self, Figure};
use crate::script::{self, Bytes};
use crate::wrk::Load;
use crate::{Bench, Failure, folder, standin, wrk};

/// Interactions of the folders; the first is what the others are compared with.
const SIZES: [usize; 3] = [10, 1_000, 100_000];
const IN_A_FILE: usize = 100;
/// Different requests that are sent in turn.
const CALLS: usize = 10;
const BUDGET: f64 = 1.1;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let mut servers = Vec::new();
    for size in SIZES {
        let dir = bench.scratch.join(format!("matching-{size}"));
        let dir = folder::write(dir, (0..size).map(Recording::small), IN_A_FILE)?;
        let server = standin::serve(bench, Some(&dir), "none")?;
        for call in calls(size) {
            let answer = call.exchange(server.address())?;
            if answer.status != 200 {
                return Err(format!("not replayed among {size}: {answer:?}").into());
            }
        }
        servers.push(server);
    }
    let mut rows = compare(bench, &servers, "repeated bytes", |_| Bytes::Repeat)?;
    // Round 0 is the warm-up: no two runs share a counter.
    rows.extend(compare(bench, &servers, "fresh bytes", |round| Bytes::Fresh { from: round * 4 })?);
    for (size, server) in SIZES.iter().zip(&servers) {
        rows.push(Row::new(
            format!("memory with {size} interactions"),
            "MB",
            Figure::of([server.resident_mb()?]),
        ));
    }
    Ok(rows)
}

/// Recorded requests from the first to the last.
fn calls(size: usize) -> Vec<Request> {
    (0..CALLS).map(|at| Recording::small(at * (size - 1) / (CALLS - 1)).call()).collect()
}

fn compare(
    bench: &Bench,
    servers: &[Server],
    what: &str,
    bytes: impl Fn(u32) -> Bytes,
) -> Result<Vec<Row>, Failure> {
    let run = |which: usize, round: u32, seconds| {
        let lua = bench.scratch.join("matching.lua");
        std::fs::write(&lua, script::in_turn(&calls(SIZES[which]), bytes(round)))?;
        wrk::load(&servers[which], &lua, seconds)
    };
    for which in 0..SIZES.len() {
        run(which, 0, 1)?;
    }
    let loads = rounds::by_turns::<Load, { SIZES.len() }>(bench.effort.rounds, |which, round| {
        run(which, round + 1, bench.effort.seconds)
    })?;
    let each = |which: usize, of: fn(&Load) -> f64| loads[which].iter().map(of).collect::<Vec<_>>();
    let time = |load: &Load| 1e6 / load.per_second;
    let cpu = |load: &Load| load.cpu_us;
    Ok((1..SIZES.len())
        .map(|which| {
            let ratio = Figure::of_ratios(&each(which, time), &each(0, time));
            let name = format!("match, {what}, {} / {}", SIZES[which], SIZES[0]);
            // wrk's share of the time dilutes the ratio; the server's own time shows it undiluted.
            let own = Figure::of_ratios(&each(which, cpu), &each(0, cpu));
            let mut row = Row::new(name, "x", ratio)
                .budget(Budget::AtMost(BUDGET))
                .number(Number::new("by cpu", own.median, "x"));
            for which in [which, 0] {
                let size = SIZES[which];
                let median = |of| Figure::of(each(which, of)).median;
                row = row
                    .number(Number::new(format!("at {size}"), median(time), "us/req"))
                    .number(Number::new("cpu", median(cpu), "us/req"));
            }
            row
        })
        .collect())
}
