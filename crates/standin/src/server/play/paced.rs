//! Every pace in paused time: what was decided from the seed is what is waited for.

use super::tests::{line, stream};
use super::*;
use standin_core::Dice;
use standin_core::dialect::RenderedBody;
use standin_core::shape::{Moment, PROFILES, Pace};
use std::future::poll_fn;

/// The most by which the clock of a paused runtime, which counts milliseconds, is late.
const TICK: Duration = Duration::from_millis(1);
/// Each way to say how long something takes, and the shortest and longest that it may be, in milliseconds.
const SPREADS: [(&str, f64, f64); 8] = [
    ("30ms", 30.0, 30.0),
    ("constant(30ms)", 30.0, 30.0),
    ("uniform(10ms,30ms)", 10.0, 30.0),
    ("normal(30ms,10ms)", 0.0, f64::MAX),
    ("lognormal(30ms,0.6)", 0.0, f64::MAX),
    ("pareto(10ms,1.5)", 10.0, f64::MAX),
    ("percentiles(p50=20ms,p90=40ms,p99=200ms)", 20.0, 200.0),
    ("samples(18ms,21ms,90ms)", 18.0, 90.0),
];

fn frames() -> Vec<Bytes> {
    [b"one ", b"two ", b"six ", b"ten "]
        .iter()
        .cycle()
        .take(8)
        .map(|text| Bytes::from_static(*text))
        .collect()
}

/// A reply at a pace, as the gate has it decided.
fn decided(pace: &Pace, body: RenderedBody, seed: u64, moment: Moment) -> Reply {
    let reply = Reply { body: pace.rendered(body), ..stream(&[], Flush::Each) };
    match pace {
        Pace::Drawn(latency) => latency.time(reply, moment, &mut Dice::of(&seed.to_le_bytes())),
        _ => reply,
    }
}

/// When each piece is due, whether or not anybody waits.
fn due(reply: &Reply) -> Vec<Duration> {
    match &reply.body {
        ReplyBody::Stream(timeline) => timeline.beats.iter().map(|beat| beat.at).collect(),
        ReplyBody::Whole { at, .. } => vec![*at],
        ReplyBody::Nothing { .. } => Vec::new(),
    }
}

/// When each piece is sent.
async fn sent(reply: Reply) -> Vec<Duration> {
    let started = Instant::now();
    let mut body = play(reply, started, &line()).await.unwrap().into_body();
    let mut sent = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        frame.unwrap();
        sent.push(started.elapsed());
    }
    sent
}

/// Plays a reply and holds what was waited for to what was decided.
async fn waits(reply: Reply, what: &str) -> Vec<Duration> {
    let due = due(&reply);
    let sent = sent(reply).await;
    assert_eq!(sent.len(), due.len(), "{what}");
    for (sent, due) in sent.iter().zip(&due) {
        assert!(due <= sent && *sent <= *due + TICK, "{what}: due at {due:?} and sent at {sent:?}");
    }
    due
}

fn streamed(pace: &Pace, seed: u64) -> Reply {
    decided(pace, RenderedBody::Frames(frames()), seed, Moment { prompt_tokens: 0, running: 1 })
}

fn between(times: &[Duration]) -> Vec<f64> {
    times.windows(2).map(|two| (two[1] - two[0]).as_secs_f64() * 1e3).collect()
}

#[tokio::test(start_paused = true)]
async fn times_that_are_drawn_are_waited_for() {
    for (spread, least, most) in SPREADS {
        for text in [format!("ttft={spread}"), format!("ttft=5ms,itl={spread}")] {
            let pace: Pace = text.parse().unwrap();
            let first = waits(streamed(&pace, 1), &text).await;
            assert_eq!(waits(streamed(&pace, 1), &text).await, first, "{text}: the same seed");
            let other = waits(streamed(&pace, 2), &text).await;
            assert_eq!(
                first == other && first == waits(streamed(&pace, 3), &text).await,
                least == most,
                "{text}"
            );
            let drawn =
                if text.contains("itl") { between(&first) } else { vec![first[0].as_secs_f64() * 1e3] };
            let rounding = 0.01;
            assert!(
                drawn.iter().all(|time| (least - rounding..=most + rounding).contains(time)),
                "{text}: {drawn:?}"
            );
        }
        // A whole body waits for the first time alone.
        let pace: Pace = format!("ttft={spread},itl=1h").parse().unwrap();
        let whole = RenderedBody::Whole(Bytes::from_static(b"whole"));
        let whole = waits(decided(&pace, whole, 1, Moment::default()), spread).await;
        assert_eq!(whole, due(&streamed(&pace, 1))[..1], "{spread}");
    }
}

#[tokio::test(start_paused = true)]
async fn profiles_are_waited_for() {
    for profile in &PROFILES {
        let pace: Pace = profile.name.parse().unwrap();
        let first = waits(streamed(&pace, 1), profile.name).await;
        assert_eq!(waits(streamed(&pace, 1), profile.name).await, first, "{}", profile.name);
        assert_ne!(waits(streamed(&pace, 2), profile.name).await, first, "{}", profile.name);
    }
}

#[tokio::test(start_paused = true)]
async fn times_that_are_none_of_chance_are_waited_for() {
    let millis = |times: &[u64]| times.iter().copied().map(Duration::from_millis).collect::<Vec<_>>();
    for (text, expected) in [
        ("none", millis(&[0; 8])),
        ("flush", millis(&[0; 8])),
        ("fast", millis(&[2, 3, 4, 5, 6, 7, 8, 9])),
        ("ttft=100ms,itl=20ms", millis(&[100, 120, 140, 160, 180, 200, 220, 240])),
        ("ttft=1s", millis(&[1000; 8])),
        // Nobody recorded it.
        ("recorded*2", millis(&[0; 8])),
    ] {
        let pace: Pace = text.parse().unwrap();
        assert_eq!(waits(streamed(&pace, 1), text).await, expected, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_prompt_the_texts_and_the_load_are_waited_for() {
    let moment = |prompt_tokens, running| Moment { prompt_tokens, running };
    let seconds = |text: &str, moment: Moment| {
        let pace: Pace = text.parse().unwrap();
        let reply = decided(&pace, RenderedBody::Frames(frames()), 1, moment);
        let text = text.to_owned();
        async move { waits(reply, &text).await.iter().map(Duration::as_secs_f64).collect::<Vec<_>>() }
    };
    let first = |times: Vec<f64>| times[0];
    assert_eq!(first(seconds("ttft=1s,prefill=1ms", moment(500, 1)).await), 1.5);
    assert_eq!(first(seconds("ttft=1s,prefill=1ms,cached=0.8", moment(500, 1)).await), 1.1);
    for (running, times) in [(1, 1.0), (2, 2.0), (3, 3.0), (9, 3.0)] {
        let waited = seconds("ttft=1s,itl=1s,load=3@3", moment(0, running)).await;
        let expected: Vec<f64> = (1..=8).map(|nth| f64::from(nth) * times).collect();
        assert_eq!(waited, expected, "{running} calls at once");
    }
    // The texts are no events, so they say nothing and take no time.
    assert_eq!(seconds("ttft=1s,tps=10", moment(0, 1)).await, [1.0; 8]);
}

#[tokio::test(start_paused = true)]
async fn tokens_in_a_second_are_waited_for() {
    // A word that everybody knows is one token, with the space before it.
    let says = |text: &str| {
        Bytes::from(format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"))
    };
    let frames = vec![says(" the"), says(" the the"), says(""), says(" the")];
    let pace: Pace = "ttft=1s,tps=10".parse().unwrap();
    let reply = decided(&pace, RenderedBody::Frames(frames), 1, Moment { prompt_tokens: 0, running: 1 });
    assert_eq!(waits(reply, "tps").await, [1000, 1200, 1200, 1300].map(Duration::from_millis));
}
