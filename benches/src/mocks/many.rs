//! What it costs to find the last of many mocks.

use super::MANY;
use super::rules::{Rules, Test};
use crate::process::Server;
use crate::report::{Budget, Number, Row};
use crate::rounds::{self, Figure};
use crate::script::{self, Bytes};
use crate::wrk::Load;
use crate::{Bench, Failure, standin, wrk};

/// Mocks of the files that are compared.
const SIZES: [usize; 3] = [1, 10, MANY];
/// Of the speed with one mock.
const SPEED: f64 = 0.67;
/// Of the cost with ten.
const COST: f64 = 1.5;

/// Compares files of all sizes, with bytes that come again and with bytes that do not.
pub(super) fn measure(bench: &Bench, test: Test, prompt: usize, prompts: &str) -> Result<Vec<Row>, Failure> {
    let files = SIZES.map(|size| Rules { test, size, prompt, stream: false });
    let mut servers = Vec::new();
    for rules in files {
        let server = standin::mock(bench, &rules.write(bench)?, "none")?;
        let answer = rules.call().exchange(server.address())?;
        if answer.status != 200 {
            return Err(format!("not answered by {rules:?}: {answer:?}").into());
        }
        servers.push(server);
    }
    let name = format!("{} mocks, {prompts}", test.name());
    let mut rows = compare(bench, &servers, files, &format!("{name}, repeated"), |_| Bytes::Repeat)?;
    // Round 0 is the warm-up: no two runs share a counter.
    let fresh = |round| Bytes::Fresh { from: round * 4 };
    rows.extend(compare(bench, &servers, files, &format!("{name}, fresh"), fresh)?);
    Ok(rows)
}

fn compare(
    bench: &Bench,
    servers: &[Server],
    files: [Rules; SIZES.len()],
    name: &str,
    bytes: impl Fn(u32) -> Bytes,
) -> Result<Vec<Row>, Failure> {
    let run = |which: usize, round: u32, seconds| {
        let lua = bench.scratch.join("mocks.lua");
        std::fs::write(&lua, script::in_turn(&[files[which].call()], bytes(round)))?;
        wrk::load(&servers[which], &lua, seconds)
    };
    for which in 0..SIZES.len() {
        run(which, 0, 1)?;
    }
    let loads = rounds::by_turns::<Load, { SIZES.len() }>(bench.effort.rounds, |which, round| {
        run(which, round + 1, bench.effort.seconds)
    })?;
    let each = |which: usize, of: fn(&Load) -> f64| loads[which].iter().map(of).collect::<Vec<_>>();
    let median = |which: usize, of| Figure::of(each(which, of)).median;
    let (one, ten, many) = (0, 1, 2);
    let speed = |load: &Load| load.per_second;
    let time = |load: &Load| 1e6 / load.per_second;
    // wrk's share of the time dilutes a ratio; the server's own time shows it undiluted.
    let cpu = |load: &Load| load.cpu_us;
    let own = |over: usize, under: usize| {
        Number::new("by cpu", Figure::of_ratios(&each(over, cpu), &each(under, cpu)).median, "x")
    };
    let mut fast = Row::new(
        format!("{name}, speed {MANY} / 1"),
        "x",
        Figure::of_ratios(&each(many, speed), &each(one, speed)),
    )
    .budget(Budget::AtLeast(SPEED))
    .number(own(one, many));
    let mut dear = Row::new(
        format!("{name}, cost {MANY} / 10"),
        "x",
        Figure::of_ratios(&each(many, time), &each(ten, time)),
    )
    .budget(Budget::AtMost(COST))
    .number(own(many, ten));
    for which in [many, one] {
        fast = fast
            .number(Number::new(format!("with {}", SIZES[which]), median(which, speed), "req/s"))
            .number(Number::new("cpu", median(which, cpu), "us/req"));
    }
    for which in [many, ten] {
        dear = dear.number(Number::new(format!("cpu with {}", SIZES[which]), median(which, cpu), "us/req"));
    }
    Ok(vec![fast, dear])
}
