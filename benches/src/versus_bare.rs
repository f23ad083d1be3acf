//! One call to standin and to a bare hyper server that sends the same bytes in the same way.

use crate::bare::{Kind, LISTENING};
use crate::exchange::{Answer, Request};
use crate::process::Server;
use crate::report::{Budget, Number, Row};
use crate::rounds::{self, Figure};
use crate::wrk::Load;
use crate::{Bench, Failure, script, wrk};
use std::process::Command;

const BUDGET: f64 = 0.85;

/// The ratio of their speeds, and standin's memory after it. The answer is standin's to the call.
pub(crate) fn compare(
    bench: &Bench,
    name: &str,
    call: &Request,
    standin: &Server,
    answer: &Answer,
    kind: Kind,
) -> Result<Vec<Row>, Failure> {
    let file = bench.scratch.join("answer.json");
    std::fs::write(&file, serde_json::to_vec(answer)?)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare", kind.name()]).arg(&file);
    let bare = Server::start(&mut command, LISTENING, &bench.scratch.join("bare.log"))?;
    let same = call.exchange(bare.address())?;
    if same != *answer {
        return Err(format!("the servers do not send the same: {answer:?} and {same:?}").into());
    }

    let lua = bench.scratch.join("versus.lua");
    std::fs::write(&lua, script::one(call))?;
    let servers = [&bare, standin];
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
