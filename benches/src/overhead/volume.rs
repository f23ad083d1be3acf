//! A stream of 50 MB: how fast it comes through, how much memory it takes, and when it is on disk.

use super::client::Client;
use super::{Recorder, call};
use crate::bare::Order;
use crate::report::{Number, Row};
use crate::rounds::{self, Figure};
use crate::{Bench, Failure};
use std::net::SocketAddr;
use std::time::Duration;

const LARGE: Order = Order { events: 50_000, size: 1_000, pause: 0 };
/// As long as those of a model.
const SMALL: Order = Order { events: 250_000, size: 200, pause: 0 };
/// Events that come one by one.
const TRICKLE: Order = Order { events: 2_000, size: 200, pause: 1 };
/// What is not kept, for the sake of what is held for a slow client.
const NOT_KEPT: [&str; 2] = ["--max-recording", "1000000"];
const CASSETTE: &str = "volume";

/// Bytes that a slow client reads before it waits.
const MOUTHFUL: usize = 1_000_000;
const WAIT: Duration = Duration::from_millis(20);

/// What a stream through standin came to.
#[derive(Debug, Clone, Copy, Default)]
struct Stream {
    megabytes_per_second: f64,
    /// Megabytes of memory: before, when the client has the last byte, and when all is stored.
    idle: f64,
    passed: f64,
    stored: f64,
    /// Milliseconds from the last byte.
    on_disk: f64,
    can_answer: f64,
}

/// What is read from standin, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Kept(Order),
    /// Slowly, and too much to be kept.
    Slow,
}

pub(super) fn measure(bench: &Bench, upstream: SocketAddr) -> Result<Vec<Row>, Failure> {
    let mut direct = Vec::new();
    let readings = [Reading::Kept(LARGE), Reading::Kept(SMALL), Reading::Slow, Reading::Kept(TRICKLE)];
    let streams = rounds::by_turns::<Stream, 4>(bench.effort.rounds, |which, _| {
        if which == 0 {
            direct.push(directly(upstream)?);
        }
        through(bench, upstream, readings[which])
    })?;
    let [large, small, slow, trickle] = &streams;
    let speeds = each(large, |one| one.megabytes_per_second);
    let mut rows = vec![
        Row::new("recording, 50 MB", "x", Figure::of_ratios(&speeds, &direct))
            .number(Number::new("direct", Figure::of(direct).median, "MB/s"))
            .number(Number::new("through", Figure::of(speeds).median, "MB/s")),
    ];
    for (order, streams) in [(LARGE, large), (SMALL, small)] {
        let what = format!("50 MB in events of {} bytes", order.size);
        rows.extend([stored(&what, streams), memory(format!("most memory, {what}"), streams)]);
    }
    rows.push(memory("most memory, 50 MB not kept, slow client".to_owned(), slow));
    // Of what is recorded event by event, each is held until the end.
    let grown = each(trickle, |one| (one.passed - one.idle) * 1_048_576.0 / TRICKLE.events as f64);
    let name = format!("memory for an event of {} bytes, recorded", TRICKLE.size);
    rows.push(Row::new(name, "bytes", Figure::of(grown)));
    Ok(rows)
}

fn each(streams: &[Stream], of: fn(&Stream) -> f64) -> Vec<f64> {
    streams.iter().map(of).collect()
}

fn stored(what: &str, streams: &[Stream]) -> Row {
    let answer = Figure::of(each(streams, |one| one.can_answer)).median;
    Row::new(format!("on disk after {what}"), "ms", Figure::of(each(streams, |one| one.on_disk)))
        .number(Number::new("can answer", answer, "ms"))
}

fn memory(name: String, streams: &[Stream]) -> Row {
    let median = |of| Figure::of(each(streams, of)).median;
    Row::new(name, "MB", Figure::of(each(streams, |one| one.stored)))
        .number(Number::new("until the last byte", median(|one| one.passed), "MB"))
        .number(Number::new("idle", median(|one| one.idle), "MB"))
}

/// Megabytes a second without standin.
fn directly(upstream: SocketAddr) -> Result<f64, Failure> {
    let times = Client::connect(upstream)?.call(&call(LARGE, CASSETTE), |_| {})?;
    Ok(times.bytes as f64 / 1e6 / times.whole.as_secs_f64())
}

/// One stream through a standin that has done nothing before.
fn through(bench: &Bench, upstream: SocketAddr, reading: Reading) -> Result<Stream, Failure> {
    let (more, order) = match reading {
        Reading::Kept(order) => (&[] as &[&str], order),
        Reading::Slow => (&NOT_KEPT as &[&str], LARGE),
    };
    let recorder = Recorder::start(bench, upstream, more)?;
    let mut client = Client::connect(recorder.server.address())?;
    let mut stream = Stream { idle: recorder.server.resident_mb()?, ..Stream::default() };
    let mut read = 0;
    let times = client.call(&call(order, CASSETTE), |piece| {
        read += piece.len();
        if reading == Reading::Slow && read >= MOUTHFUL {
            read = 0;
            std::thread::sleep(WAIT);
        }
    })?;
    stream.passed = recorder.server.peak_mb()?;
    stream.megabytes_per_second = times.bytes as f64 / 1e6 / times.whole.as_secs_f64();
    if reading == Reading::Slow {
        recorder.counted("not_stored", 1)?;
    } else {
        let on_disk = recorder.on_disk(CASSETTE)?;
        stream.on_disk = on_disk.as_secs_f64() * 1e3;
        stream.can_answer = (on_disk + recorder.counted("stored", 1)?).as_secs_f64() * 1e3;
    }
    stream.stored = recorder.server.peak_mb()?;
    match (reading, std::fs::metadata(recorder.path(CASSETTE))) {
        (Reading::Kept(_), Ok(file)) if file.len() >= times.bytes as u64 => {}
        (Reading::Slow, Err(_)) => {}
        (_, found) => return Err(format!("{reading:?} left {found:?}").into()),
    }
    Ok(stream)
}
