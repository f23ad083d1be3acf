//! Jobs: how fast they are taken and run, against the same call answered at once; and what they cost while they wait.
//!
//! - `clients` submits a number of jobs;
//! - `cleaning` is about those that expire.

mod cleaning;
mod clients;

use crate::exchange::Request;
use crate::process::Server;
use crate::report::{Number, Row};
use crate::rounds::{self, Figure};
use crate::wrk::Load;
use crate::{Bench, Failure, script, standin, wrk};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

const SUBMIT: &str = "/v1/async/chat/completions";
/// Says that a job waits until it is released.
const CONTROL: &str = "x-standin-async";
/// Jobs of one run to the end.
const RUN: usize = 20_000;
/// Jobs that wait, and bytes of the call of each.
const PENDING: (usize, usize) = (10_000, 1_000);
const PENDING_LARGE: (usize, usize) = (100, 10_000_000);
/// How often it is asked how many jobs have ended. One of these is the error of a run's time.
const LOOK: Duration = Duration::from_millis(10);

/// Where jobs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    File,
    Memory,
}

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let mut rows = submitted(bench)?;
    rows.extend(run(bench)?);
    for kept in [Kept::File, Kept::Memory] {
        rows.push(pending(bench, kept, PENDING)?);
    }
    rows.push(pending(bench, Kept::File, PENDING_LARGE)?);
    rows.push(cleaning::measure(bench)?);
    Ok(rows)
}

/// Jobs that are submitted and wait, in a second.
fn submitted(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let answered = script(bench, "answered.lua", &call(1_000, "gpt-5-nano"))?;
    let submitted = script(bench, "submitted.lua", &job(1_000).header(CONTROL, "hold"))?;
    let [sync, file, memory] = rounds::by_turns::<Load, 3>(bench.effort.rounds, |which, _| {
        // A server of its own for each round, so that none carries the jobs of those before.
        let (server, lua) = match which {
            0 => (Kept::Memory.serve(bench)?, &answered),
            1 => (Kept::File.serve(bench)?, &submitted),
            _ => (Kept::Memory.serve(bench)?, &submitted),
        };
        wrk::load(&server, lua, bench.effort.seconds)
    })?;
    let row = |kept: Kept, loads: &[Load]| {
        let each = |loads: &[Load]| loads.iter().map(|load| load.per_second).collect::<Vec<_>>();
        let median = |loads: &[Load], of: fn(&Load) -> f64| Figure::of(loads.iter().map(of)).median;
        let name = format!("jobs submitted, {}: to answers at once", kept.name());
        Row::new(name, "x", Figure::of_ratios(&each(loads), &each(&sync)))
            .number(Number::new("jobs", median(loads, |load| load.per_second), "/s"))
            .number(Number::new("jobs cpu", median(loads, |load| load.cpu_us), "us"))
            .number(Number::new("jobs p99", median(loads, |load| load.p99_us), "us"))
            .number(Number::new("answers", median(&sync, |load| load.per_second), "/s"))
            .number(Number::new("answers cpu", median(&sync, |load| load.cpu_us), "us"))
    };
    Ok(vec![row(Kept::File, &file), row(Kept::Memory, &memory)])
}

/// Jobs from their submission to their end, in a second.
fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let request = job(1_000);
    let results = rounds::by_turns::<f64, 2>(bench.effort.rounds, |which, _| {
        let server = [Kept::File, Kept::Memory][which].serve(bench)?;
        let begun = Instant::now();
        clients::submit(server.address(), &request, RUN)?;
        while ended(&server)? < RUN {
            sleep(LOOK);
        }
        Ok(RUN as f64 / begun.elapsed().as_secs_f64())
    })?;
    let row = |(kept, speeds): (Kept, Vec<f64>)| {
        Row::new(format!("{RUN} jobs run to their end, {}", kept.name()), "/s", Figure::of(speeds))
    };
    Ok([Kept::File, Kept::Memory].into_iter().zip(results).map(row).collect())
}

/// What jobs that wait cost.
fn pending(bench: &Bench, kept: Kept, (count, bytes): (usize, usize)) -> Result<Row, Failure> {
    let server = kept.serve(bench)?;
    // The store is open and the threads are there before it is looked at.
    clients::submit(server.address(), &job(bytes).header(CONTROL, "hold"), 1)?;
    let before = server.resident_mb()?;
    clients::submit(server.address(), &job(bytes).header(CONTROL, "hold"), count)?;
    let after = server.resident_mb()?;
    let name = format!("{count} pending jobs of {} kB, {}: memory", bytes / 1_000, kept.name());
    Ok(Row::new(name, "MB", Figure::of([after - before]))
        .number(Number::new("one", (after - before) * 1024.0 / count as f64, "kB"))
        .number(Number::new("before", before, "MB"))
        .number(Number::new("most", server.peak_mb()?, "MB")))
}

/// How many jobs have completed. One that fails makes the run one without an end, and so says so.
fn ended(server: &Server) -> Result<usize, Failure> {
    let answer = Request::get(server.address(), "/metrics")?.frames.concat();
    let mut completed = 0;
    for line in answer.lines().filter(|line| line.starts_with("standin_jobs_ended_total{")) {
        let (_, count) = line.rsplit_once(' ').ok_or("no count in /metrics")?;
        if !line.contains("outcome=\"completed\"") {
            return Err(format!("jobs failed: {line}").into());
        }
        completed += count.parse::<usize>()?;
    }
    Ok(completed)
}

fn script(bench: &Bench, name: &str, request: &Request) -> Result<PathBuf, Failure> {
    let path = bench.scratch.join(name);
    std::fs::write(&path, script::one(request))?;
    Ok(path)
}

/// A call whose body is of about so many bytes.
fn call(bytes: usize, model: &str) -> Request {
    let content = "word ".repeat(bytes / 5);
    let messages: Value = json!([{"role": "user", "content": content}]);
    Request::chat(json!({"model": model, "messages": messages}).to_string())
}

/// The same as a job.
fn job(bytes: usize) -> Request {
    Request { path: SUBMIT, ..call(bytes, "openai/gpt-5-nano") }
}

// === impl Kept ===

impl Kept {
    const fn name(self) -> &'static str {
        match self {
            Kept::File => "SQLite",
            Kept::Memory => "memory",
        }
    }

    /// A server that answers everything with the same words, and has no jobs yet.
    fn serve(self, bench: &Bench) -> Result<Server, Failure> {
        let mocks = bench.scratch.join("jobs-mocks.json");
        std::fs::write(&mocks, json!({"mocks": [{"answer": "It is done."}]}).to_string())?;
        match self {
            Kept::Memory => standin::jobs(bench, &mocks, Path::new("memory")),
            Kept::File => {
                let folder = tempfile::tempdir_in(&bench.scratch)?.keep();
                standin::jobs(bench, &mocks, &folder.join("jobs.sqlite"))
            }
        }
    }
}
