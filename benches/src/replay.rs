//! Replay against bare hyper: a small answer, and a stream of forty events in both ways of sending it.

use crate::bare::{Kind, LISTENING};
use crate::process::Server;
use crate::recording::Recording;
use crate::report::{Budget, Number, Row};
use crate::rounds::{self, Figure};
use crate::wrk::Load;
use crate::{Bench, Failure, folder, script, standin, wrk};
use std::path::Path;
use std::process::Command;

const EVENTS: usize = 40;
const BUDGET: f64 = 0.85;
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
    let file = bench.scratch.join("answer.json");
    std::fs::write(&file, serde_json::to_vec(&answer)?)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare", kind.name()]).arg(&file);
    let bare = Server::start(&mut command, LISTENING, &bench.scratch.join("bare.log"))?;
    let same = call.exchange(bare.address())?;
    if same != answer {
        return Err(format!("the servers do not send the same: {answer:?} and {same:?}").into());
    }

    let lua = bench.scratch.join("replay.lua");
    std::fs::write(&lua, script::one(&call))?;
    let servers = [&bare, &standin];
    for server in servers {
        wrk::load(server, &lua, 1)?;
    }
    let loads = rounds::by_turns::<Load, 2>(bench.effort.rounds, |which, _| {
        wrk::load(servers[which], &lua, bench.effort.seconds)
    })?;
    let [bare_loads, standin_loads] = &loads;
    let memory = Figure::of([standin.resident_mb()?]);
    Ok(vec![ratio(name, bare_loads, standin_loads), Row::new(format!("memory after {name}"), "MB", memory)])
}

fn ratio(name: &str, bare: &[Load], standin: &[Load]) -> Row {
    let each = |loads: &[Load], of: fn(&Load) -> f64| loads.iter().map(of).collect::<Vec<_>>();
    let speed = |load: &Load| load.per_second;
    let ratio = Figure::of_ratios(&each(standin, speed), &each(bare, speed));
    // What others do on the machine slows both servers, but costs neither of them processor time.
    let cpu = Figure::of_ratios(&each(bare, |load| load.cpu_us), &each(standin, |load| load.cpu_us));
    let mut row = Row::new(name, "x", ratio)
        .budget(Budget::AtLeast(BUDGET))
        .number(Number::new("by cpu", cpu.median, "x"));
    for (who, loads) in [("standin", standin), ("bare", bare)] {
        for (what, unit, of) in [
            ("", "req/s", speed as fn(&Load) -> f64),
            (" cpu", "us/req", |load| load.cpu_us),
            (" p99", "us", |load| load.p99_us),
        ] {
            row = row.number(Number::new(format!("{who}{what}"), Figure::of(each(loads, of)).median, unit));
        }
    }
    row
}
