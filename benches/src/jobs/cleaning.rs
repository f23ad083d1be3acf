//! Expired jobs: what their removal costs those who submit meanwhile.

use super::{Kept, RUN, clients, ended, job};
use crate::exchange::Request;
use crate::process::Server;
use crate::report::{Number, Row};
use crate::rounds::{Figure, percentile};
use crate::{Bench, Failure};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::Duration;

/// Jobs that expire at once.
const EXPIRED: usize = 100_000;
/// Submissions between two looks at how many are left.
const BETWEEN: usize = 100;
/// Longer than results are kept.
const ADVANCE: &str = "2h";

pub(super) fn measure(bench: &Bench) -> Result<Row, Failure> {
    let server = Kept::File.serve(bench)?;
    let request = job(1_000);
    clients::submit(server.address(), &request, EXPIRED)?;
    while ended(&server)? < EXPIRED {
        sleep(super::LOOK);
    }
    let before = clients::timed(server.address(), &request, RUN / 10)?;
    let advance = Request {
        path: "/_standin/jobs/advance",
        headers: vec![("content-type", "application/json".to_owned())],
        body: json!({"by": ADVANCE}).to_string(),
    };
    if advance.exchange(server.address())?.status != 200 {
        return Err("the time could not be moved on".into());
    }
    let mut during = Vec::new();
    // What is submitted meanwhile stays.
    while kept(&server)? > during.len() {
        during.extend(clients::timed(server.address(), &request, BETWEEN)?);
    }
    let ms = |times: &[Duration]| times.iter().map(|time| time.as_secs_f64() * 1e3).collect::<Vec<_>>();
    let (before, during) = (ms(&before), ms(&during));
    let name = format!("{EXPIRED} expired jobs removed, SQLite: longest submission meanwhile");
    Ok(Row::new(name, "ms", Figure::of([Figure::of(during.iter().copied()).most]))
        .number(Number::new("p99", percentile(&during, 0.99), "ms"))
        .number(Number::new("median", percentile(&during, 0.5), "ms"))
        .number(Number::new("longest before", Figure::of(before.iter().copied()).most, "ms"))
        .number(Number::new("p99 before", percentile(&before, 0.99), "ms")))
}

/// How many jobs there are.
fn kept(server: &Server) -> Result<usize, Failure> {
    let answer = Request::get(server.address(), "/_standin/jobs?limit=1")?.frames.concat();
    let counts: Value = serde_json::from_str(&answer)?;
    let counts = counts["counts"].as_object().ok_or("no counts of jobs")?;
    let counted = counts.values().filter_map(Value::as_u64).sum::<u64>();
    Ok(usize::try_from(counted)?)
}
