//! What recording adds to the time that a client waits: for the first byte, and for each event. The budget
//! is for passing on what has arrived; passing on the call is measured with it.

use super::client::Client;
use super::{Recorder, call};
use crate::bare::{Order, SENT, now};
use crate::report::{Budget, Number, Row};
use crate::rounds::{self, Figure, percentile};
use crate::{Bench, Failure};
use std::net::SocketAddr;
use std::time::Duration;

const SMALL: Order = Order { events: 0, size: 0, pause: 0 };
const PACED: Order = Order { events: 200, size: 200, pause: 5 };
/// Calls of a round.
const CALLS: usize = 100;
/// Microseconds.
const BUDGET: f64 = 1e3;

/// Who waits, and how soon the next call follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// The recording of the call before is stored, and the machine is quiet.
    Apart,
    /// The call before is being stored meanwhile.
    None,
}

pub(super) fn measure(bench: &Bench, upstream: SocketAddr) -> Result<Vec<Row>, Failure> {
    let recorder = Recorder::start(bench, upstream, &[])?;
    Ok(vec![
        first_byte(bench, upstream, &recorder, "recording, first byte", Pause::Apart)?
            .budget(Budget::Below(BUDGET)),
        first_byte(bench, upstream, &recorder, "recording, first byte, back to back", Pause::None)?
            .budget(Budget::Below(BUDGET)),
        events(bench, upstream, &recorder)?,
    ])
}

fn first_byte(
    bench: &Bench,
    upstream: SocketAddr,
    recorder: &Recorder,
    name: &str,
    pause: Pause,
) -> Result<Row, Failure> {
    let mut clients = [Client::connect(upstream)?, Client::connect(recorder.server.address())?];
    let mut run = |which: usize, round: u32| {
        let mut micros = Vec::with_capacity(CALLS);
        for number in 0..CALLS {
            // Of its own: a call waits for what is being stored into its cassette.
            let cassette = format!("first-{pause:?}-{round}-{number}");
            let times = clients[which].call(&call(SMALL, &cassette), |_| {})?;
            micros.push(times.first_byte.as_secs_f64() * 1e6);
            if pause == Pause::Apart {
                if which == 1 {
                    recorder.on_disk(&cassette)?;
                }
                std::thread::sleep(Duration::from_millis(3));
            } else if which == 1 && number + 1 == CALLS {
                recorder.on_disk(&cassette)?;
            }
        }
        Ok(micros)
    };
    for which in 0..2 {
        run(which, 0)?;
    }
    let waits = rounds::by_turns::<Vec<f64>, 2>(bench.effort.rounds, |which, round| run(which, round + 1))?;
    Ok(added(name, &waits))
}

/// How late each event of a stream is, by the time that it carries.
fn events(bench: &Bench, upstream: SocketAddr, recorder: &Recorder) -> Result<Row, Failure> {
    let mut clients = [Client::connect(upstream)?, Client::connect(recorder.server.address())?];
    let waits = rounds::by_turns::<Vec<f64>, 2>(bench.effort.rounds, |which, round| {
        let (mut received, mut micros) = (String::new(), Vec::with_capacity(PACED.events));
        clients[which].call(&call(PACED, &format!("events-{round}")), |piece| {
            let at = now();
            received.push_str(&String::from_utf8_lossy(piece));
            while let Some((event, rest)) = received.split_once("\n\n") {
                // All but the last one say when they were sent.
                if let Some(sent) = sent(event) {
                    micros.push((at as f64 - sent as f64) / 1e3);
                }
                received = rest.to_owned();
            }
        })?;
        if micros.len() != PACED.events {
            return Err(format!("{} events came of {}", micros.len(), PACED.events).into());
        }
        Ok(micros)
    })?;
    Ok(added("recording, each event", &waits))
}

fn sent(event: &str) -> Option<u128> {
    let (_, rest) = event.split_once(SENT)?;
    rest.split_once(',')?.0.parse().ok()
}

/// What the way through standin adds to the medians of each round.
fn added(name: &str, [direct, through]: &[Vec<Vec<f64>>; 2]) -> Row {
    let median = |values: &Vec<f64>| Figure::of(values.iter().copied()).median;
    let figure =
        Figure::of(direct.iter().zip(through).map(|(direct, through)| median(through) - median(direct)));
    let mut row = Row::new(name, "us", figure);
    for (who, rounds) in [("direct", direct), ("through", through)] {
        let all = rounds.concat();
        row = row.number(Number::new(who, percentile(&all, 0.5), "us")).number(Number::new(
            format!("{who} p99"),
            percentile(&all, 0.99),
            "us",
        ));
    }
    row
}
