use super::*;
use crate::reply::Ending;
use crate::shape::Pace;
use bytes::Bytes;
use http::StatusCode;
use proptest::prelude::*;
use std::sync::Arc;

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn latency(text: &str) -> Latency {
    read(text).unwrap()
}

fn reply(body: ReplyBody) -> Reply {
    Reply { status: StatusCode::OK, reason: None, headers: Arc::default(), body }
}

fn stream(frames: &[&'static str]) -> Reply {
    let beat = |frame: &&'static str| Beat { at: ms(7), send: Bytes::from_static(frame.as_bytes()) };
    reply(ReplyBody::Stream(Timeline {
        beats: frames.iter().map(beat).collect(),
        flush: Flush::Together,
        ending: Ending::Reset,
    }))
}

fn whole() -> Reply {
    reply(ReplyBody::Whole { at: ms(7), bytes: Bytes::from_static(b"{}") })
}

fn alone() -> Moment {
    Moment { prompt_tokens: 0, running: 1 }
}

/// When the pieces of a reply are due.
fn times(reply: Reply, pace: &str, moment: Moment, seed: &str) -> Vec<Duration> {
    match latency(pace).time(reply, moment, &mut Dice::of(seed.as_bytes())).body {
        ReplyBody::Whole { at, .. } | ReplyBody::Nothing { at, .. } => vec![at],
        ReplyBody::Stream(timeline) => timeline.beats.iter().map(|beat| beat.at).collect(),
    }
}

#[test]
fn quantiles_are_those_of_the_distributions() {
    // Computed with Python's `statistics.NormalDist`, `math.exp` and `**`; microseconds.
    let expected = [
        (1e-12, 29_655_162, 4_407, 100_000),
        (0.001, 69_097_677, 46_976, 100_067),
        (0.025, 80_400_360, 92_555, 101_702),
        (0.1, 87_184_484, 139_052, 107_277),
        (0.3, 94_755_995, 219_015, 126_843),
        (0.5, 100_000_000, 300_000, 158_740),
        (0.75, 106_744_898, 449_653, 251_984),
        (0.9, 112_815_516, 647_238, 464_159),
        (0.99, 123_263_479, 1_211_472, 2_154_435),
        (0.999, 130_902_323, 1_915_860, 10_000_000),
        (0.999_999, 147_534_243, 5_197_001, 1_000_000_000),
    ];
    let normal: Spread = "normal(100s,10s)".parse().unwrap();
    let lognormal: Spread = "lognormal(300ms,0.6)".parse().unwrap();
    let pareto: Spread = "pareto(100ms,1.5)".parse().unwrap();
    for (share, bell, log, tail) in expected {
        assert_eq!(normal.quantile(share).as_micros(), bell, "{share}");
        assert_eq!(lognormal.quantile(share).as_micros(), log, "{share}");
        assert_eq!(pareto.quantile(share).as_micros(), tail, "{share}");
    }
}

#[test]
fn percentiles_are_a_line_through_their_points() {
    let spread: Spread = "percentiles(p50=200ms,p90=400ms,p99=2s)".parse().unwrap();
    for (share, expected) in
        [(0.0, 200), (0.5, 200), (0.7, 300), (0.9, 400), (0.945, 1200), (0.99, 2000), (1.0, 2000)]
    {
        assert_eq!(spread.quantile(share), ms(expected), "{share}");
    }
    let one: Spread = "percentiles(p99.9=1s)".parse().unwrap();
    assert_eq!((one.quantile(0.0), one.quantile(1.0)), (ms(1000), ms(1000)));
}

#[test]
fn draws_are_spread_as_the_quantiles_say() {
    const DRAWS: usize = 20_000;
    for text in [
        "uniform(100ms,300ms)",
        "normal(200ms,50ms)",
        "lognormal(200ms,0.6)",
        "pareto(100ms,1.5)",
        "percentiles(p0=0s,p50=200ms,p90=400ms,p100=2s)",
    ] {
        let spread: Spread = text.parse().unwrap();
        let mut dice = Dice::of(text.as_bytes());
        let drawn: Vec<f64> = (0..DRAWS).map(|_| spread.draw(&mut dice)).collect();
        for share in [0.1, 0.5, 0.9, 0.99] {
            let limit = spread.quantile(share).as_secs_f64();
            let below = drawn.iter().filter(|seconds| **seconds < limit).count() as f64 / DRAWS as f64;
            assert!(
                (below - share).abs() < 0.012,
                "{text}: {below} of all are below the quantile of {share}"
            );
        }
    }
}

#[test]
fn samples_are_drawn_as_often_as_they_were_measured() {
    let spread: Spread = "samples(9ms, 1ms\n1ms,\r\n\t1ms)".parse().unwrap();
    assert_eq!(spread, Spread::samples(vec![ms(1), ms(1), ms(9), ms(1)]).unwrap());
    let mut dice = Dice::of(b"samples");
    let long = (0..10_000).filter(|_| spread.draw(&mut dice) > 0.005).count();
    assert!((2_400..2_600).contains(&long), "{long} of 10000 are the one of four");
}

#[test]
fn nothing_takes_less_than_no_time_or_more_than_a_year() {
    let normal: Spread = "normal(1ms,1h)".parse().unwrap();
    assert_eq!(normal.quantile(0.4), Duration::ZERO);
    let pareto: Spread = "pareto(1h,0.1)".parse().unwrap();
    assert_eq!(pareto.quantile(1.0), LATEST);
    assert_eq!(normal.quantile(f64::NAN), Duration::ZERO);
    let year = times(stream(&["a", "b", "c"]), "ttft=8000h,itl=8000h", alone(), "");
    assert_eq!(year, [Duration::from_secs(8000 * 3600), LATEST, LATEST]);
}

#[test]
fn frames_are_due_one_after_another() {
    let frames = ["a", "b", "c"];
    assert_eq!(times(stream(&frames), "ttft=200ms,itl=20ms", alone(), ""), [ms(200), ms(220), ms(240)]);
    assert_eq!(times(whole(), "ttft=200ms,itl=20ms", alone(), ""), [ms(200)]);
    assert_eq!(times(stream(&[]), "ttft=200ms", alone(), ""), Vec::<Duration>::new());

    let timed = latency("ttft=1ms").time(stream(&frames), alone(), &mut Dice::of(b""));
    assert_eq!(timed.body.bytes(), "abc");
    let ReplyBody::Stream(timeline) = timed.body else { panic!("a stream stays one") };
    assert_eq!((timeline.flush, timeline.ending), (Flush::Each, Ending::Reset));

    let nothing = reply(ReplyBody::Nothing { at: ms(7), ending: Ending::Silence });
    assert_eq!(times(nothing, "ttft=200ms", alone(), ""), [ms(7)]);
}

#[test]
fn the_same_dice_give_the_same_times() {
    let drawn = |seed| {
        times(stream(&["a", "b", "c"]), "ttft=lognormal(300ms,0.6),itl=normal(20ms,5ms)", alone(), seed)
    };
    assert_eq!(drawn("one"), drawn("one"));
    assert_ne!(drawn("one"), drawn("two"));
    // The throws are the frames': how the first is spread does not move the distance of the others.
    let other = times(stream(&["a", "b", "c"]), "ttft=1s,itl=normal(20ms,5ms)", alone(), "one");
    let apart = |times: &[Duration]| times[2].abs_diff(times[1]).as_micros();
    assert!(apart(&other).abs_diff(apart(&drawn("one"))) <= 1);
}

#[test]
fn a_prompt_is_read_but_for_what_is_cached() {
    let prompt = Moment { prompt_tokens: 1000, running: 1 };
    assert_eq!(times(whole(), "ttft=100ms,prefill=50us", prompt, ""), [ms(150)]);
    assert_eq!(times(whole(), "ttft=100ms,prefill=50us,cached=0.8", prompt, ""), [ms(110)]);
    assert_eq!(
        times(stream(&["a", "b"]), "itl=1ms,prefill=500ns", prompt, ""),
        [Duration::from_micros(500), Duration::from_micros(1500)]
    );
    for (text, reads) in
        [("prefill=50us", true), ("prefill=50us,cached=1", false), ("ttft=1s,cached=0.5", false)]
    {
        assert_eq!(latency(text).reads_prompt(), reads, "{text}");
    }
}

#[test]
fn everything_is_slower_under_load() {
    let busy = |running| {
        let moment = Moment { prompt_tokens: 100, running };
        times(stream(&["a", "b"]), "ttft=100ms,itl=10ms,prefill=1ms,load=3@5", moment, "")
    };
    for (running, factor) in [(0, 2), (1, 2), (2, 3), (3, 4), (5, 6), (6, 6), (usize::MAX, 6)] {
        assert_eq!(busy(running), [ms(100 * factor), ms(105 * factor)], "{running} calls");
    }
}

#[test]
fn a_frame_takes_as_long_as_its_tokens() {
    let frames = [
        r#"data: {"choices":[{"delta":{"role":"assistant","content":""}}]}"#,
        r#"data: {"choices":[{"delta":{"content":"Hello there!"}}]}"#,
        r#"data: {"choices":[{"delta":{"content":" Hello"}}]}"#,
        r#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
        "data: [DONE]",
    ];
    let at = [100, 130, 140, 140, 140].map(ms);
    assert_eq!(times(stream(&frames), "ttft=100ms,tps=100", alone(), ""), at);
    let busy = Moment { prompt_tokens: 0, running: 9 };
    assert_eq!(times(stream(&frames), "ttft=100ms,tps=100,load=2@2", busy, ""), at.map(|time| time * 2));
}

#[test]
fn profiles_are_paces_that_can_be_changed() {
    for profile in PROFILES {
        assert!(matches!(profile.name.parse(), Ok(Pace::Drawn(_))), "{}", profile.name);
        assert_eq!(latency(profile.name), latency(profile.pace), "{}", profile.name);
    }
    let steady = latency("steady");
    assert_eq!(latency("steady,load=4@32"), steady.clone().load(4.0, 32).unwrap());
    assert_eq!(latency("steady, tps=80"), steady.clone().tokens_per_second(80.0).unwrap());
    assert_eq!(latency("steady,ttft=1s"), steady.ttft("1s".parse().unwrap()));
}

#[test]
fn profiles_are_documented_as_they_are() {
    let docs = include_str!("../../../../../docs/pace.md");
    for Profile { name, about, pace } in PROFILES {
        assert!(docs.contains(&format!("| `{name}` | {about} | `{pace}` |")), "{name} in docs/pace.md");
    }
}

#[test]
fn what_never_differs_is_fixed() {
    let fixed = Ok(Pace::Fixed { ttft: ms(200), itl: ms(20) });
    assert_eq!("ttft=200ms,itl=20ms".parse(), fixed);
    assert_eq!(" ttft = constant(200ms) , itl = 20ms ".parse(), fixed);
    for text in ["ttft=1s,prefill=1us", "ttft=1s,load=2@2", "ttft=1s,tps=3", "ttft=1s,itl=samples(1ms)"] {
        assert!(matches!(text.parse(), Ok(Pace::Drawn(_))), "{text}");
    }
}

#[test]
fn a_wrong_part_says_what_is_right() {
    for (text, expected) in [
        ("slow", "`slow` is not a profile: there are brisk, steady,"),
        ("fast,load=2@4", "stand alone"),
        ("ttft=1s,steady", "`steady` is no part"),
        ("speed=3", "the parts are ttft, itl, tps"),
        ("ttft=1s,ttft=2s", "`ttft` is there twice"),
        ("itl=1s,tps=2", "itl and tps both"),
        ("ttft=2", "`2` is not a time"),
        ("ttft=-2s", "`-2s` is not a time"),
        ("ttft=1e9s", "`1e9s` is not a time"),
        ("ttft=9999999h", "a year is the longest"),
        ("ttft=99999999999999999999999h", "is not a time"),
        ("prefill=9999h", "a year is the longest"),
        ("tps=fast", "`fast` is not a number for tps"),
        ("tps=0", "tps is 0: it has to be from 0.001"),
        ("tps=-1", "tps is -1"),
        ("tps=NaN", "tps is NaN"),
        ("tps=inf", "tps is inf"),
        ("cached=1.5", "cached is 1.5: it has to be from 0 to 1"),
        ("load=3", "write 3@64"),
        ("load=3@many", "write 3@64"),
        ("load=3@1", "from 2 on, not 1"),
        ("load=NaN@4", "load's factor is NaN"),
        ("load=0.5@4", "it has to be from 1 to 1000"),
        ("ttft=gauss(1s,2s)", "there are constant, uniform"),
        ("ttft=normal(1s)", "has to be like `normal(200ms,50ms)`"),
        ("ttft=normal(1s,2s", "has to be like"),
        ("ttft=normal(1s,2s))", "`2s)` is not a time"),
        ("ttft=uniform(2s,1s)", "change their order"),
        ("ttft=lognormal(1s,inf)", "lognormal's sigma is inf"),
        ("ttft=pareto(1s,0)", "it has to be from 0.1 to 1000"),
        ("ttft=percentiles()", "has to be like"),
        ("ttft=percentiles(p50=1s,p50=2s)", "larger percentage"),
        ("ttft=percentiles(p50=2s,p90=1s)", "no smaller a time"),
        ("ttft=percentiles(p101=2s)", "it has to be from 0 to 100"),
        ("ttft=percentiles(pNaN=2s)", "a percentile is NaN"),
        ("ttft=samples()", "samples need one time"),
        ("recorded*-1", "not a factor from 0 to 1000"),
        ("recorded*NaN", "not a factor from 0 to 1000"),
        ("", "`` is not a profile"),
    ] {
        let message = text.parse::<Pace>().unwrap_err().to_string();
        assert!(message.starts_with(&format!("`{text}` is not a pace: ")), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

fn time_of() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0u64..3_600_000_000_000).prop_map(Duration::from_nanos),
        (0u64..31_536_000_000_000).prop_map(Duration::from_micros),
        (0u64..86_400).prop_map(Duration::from_secs),
    ]
}

fn spread_of() -> impl Strategy<Value = Spread> {
    let points = proptest::collection::btree_map(0u32..=10_000, time_of(), 1..6).prop_map(|points| {
        let mut times: Vec<_> = points.values().copied().collect();
        times.sort_unstable();
        let percents = points.keys().map(|percent| f64::from(*percent) / 100.0);
        Spread::percentiles(&percents.zip(times).collect::<Vec<_>>()).unwrap()
    });
    prop_oneof![
        time_of().prop_map(|time| Spread::constant(time).unwrap()),
        (time_of(), time_of()).prop_map(|(a, b)| Spread::uniform(a.min(b), a.max(b)).unwrap()),
        (time_of(), time_of()).prop_map(|(mean, deviation)| Spread::normal(mean, deviation).unwrap()),
        (time_of(), 0.0..=10.0).prop_map(|(median, sigma)| Spread::lognormal(median, sigma).unwrap()),
        (time_of(), 0.1..=1000.0).prop_map(|(least, shape)| Spread::pareto(least, shape).unwrap()),
        proptest::collection::vec(time_of(), 1..6).prop_map(|times| Spread::samples(times).unwrap()),
        points,
    ]
}

fn latency_of() -> impl Strategy<Value = Latency> {
    let between = prop_oneof![
        spread_of().prop_map(|spread| Latency::default().itl(spread)),
        (0.001..=1e6).prop_map(|tokens| Latency::default().tokens_per_second(tokens).unwrap()),
    ];
    (between, spread_of(), time_of(), 0.0..=1.0, 1.0..=1000.0, 2usize..1_000_000).prop_map(
        |(latency, ttft, prefill, cached, factor, at)| {
            let latency = latency.ttft(ttft).prefill(prefill).unwrap().cached(cached).unwrap();
            latency.load(factor, at).unwrap()
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(latency in latency_of(), ttft in time_of(), itl in time_of(), factor in 0.0..=1000.0) {
        for pace in [Pace::from(latency), Pace::Fixed { ttft, itl }, Pace::Recorded { factor }, Pace::None, Pace::Flush, Pace::Fast] {
            prop_assert_eq!(pace.to_string().parse::<Pace>().unwrap(), pace);
        }
    }

    #[test]
    fn spreads_alone_are_read_again(spread in spread_of()) {
        prop_assert_eq!(spread.to_string().parse::<Spread>().unwrap(), spread);
    }

    #[test]
    fn a_larger_share_is_no_shorter_a_time(spread in spread_of(), one in 0.0..=1.0, other in 0.0..=1.0) {
        prop_assert!(spread.quantile(f64::min(one, other)) <= spread.quantile(f64::max(one, other)));
    }

    #[test]
    fn times_never_go_back(latency in latency_of(), prompt_tokens: usize, running: usize, seed: [u8; 4]) {
        let timed = latency.time(stream(&["{\"delta\":\"a b\"}"; 5]), Moment { prompt_tokens, running }, &mut Dice::of(&seed));
        let ReplyBody::Stream(timeline) = timed.body else { panic!("a stream stays one") };
        prop_assert!(timeline.beats.is_sorted_by_key(|beat| beat.at));
        prop_assert!(timeline.beats.iter().all(|beat| beat.at <= LATEST));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9=,()@.µ -]{0,40}|ttft=[a-z]{6,11}\\([0-9a-z=,.-]{0,20}\\)") {
        if let Ok(pace) = text.parse::<Pace>() {
            prop_assert_eq!(pace.to_string().parse::<Pace>().unwrap(), pace);
        }
    }
}
