use super::rule;
use crate::dialect::Failure;
use crate::shape::fault::kinds::KINDS;
use crate::shape::{
    About, Break, Fault, FaultRule, Interrupted, Interruption, Nths, Place, Rejection, RetryAfter,
    Substitute, When, Where,
};
use http::HeaderValue;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn read(value: Value) -> Result<FaultRule, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn a_text_says_what_when_and_about_what() {
    let status = rule("status=429, retry-after=300ms, first=2, name=twice");
    assert_eq!(status.name.as_deref(), Some("twice"));
    assert_eq!(status.when, When { first: Some(2), ..When::default() });
    assert_eq!(
        status.fault,
        Fault::Status(Box::new(Rejection {
            retry_after: RetryAfter::After(MS(300)),
            ..Rejection::of(Failure::of(429))
        }))
    );
    for (text, fault) in [
        ("refused=2s", Fault::Refused { lasting: MS(2000), wait: MS(0) }),
        ("reset,wait=1s", Fault::Break(Break::Reset, Where::Before { wait: MS(1000) })),
        ("close,after=3", Fault::Break(Break::Close, Where::Within(Place::Frames(3)))),
        ("half-open,bytes=100", Fault::Break(Break::HalfOpen, Where::Within(Place::Bytes(100)))),
        ("half_open,after=middle", Fault::Break(Break::HalfOpen, Where::Within(Place::Middle))),
        ("truncate,time=300ms", Fault::Truncate(Place::Time(MS(300)))),
        ("cut", Fault::Cut(Place::Middle)),
        ("stall=5s,after=0", Fault::Stall { lasting: MS(5000), place: Place::Frames(0) }),
        ("drip=16/50ms", Fault::Drip { bytes: NonZeroUsize::new(16).unwrap(), every: MS(50) }),
        ("split", Fault::Split(NonZeroUsize::MIN)),
        ("split=7", Fault::Split(NonZeroUsize::new(7).unwrap())),
        ("crlf", Fault::Crlf),
        ("content-type=\"text/html; charset=utf-8\"", {
            Fault::ContentType(HeaderValue::from_static("text/html; charset=utf-8"))
        }),
    ] {
        assert_eq!(rule(text), FaultRule::always(fault), "{text}");
    }
    let Fault::Status(filtered) = rule(r#"status=400,code=null,message="no; never, ever",body="a;b""#).fault
    else {
        panic!("it is a status");
    };
    assert_eq!(filtered.failure.code, Some(Box::new(Value::Null)));
    assert_eq!(filtered.failure.message.as_deref(), Some("no; never, ever"));
    assert_eq!(filtered.body, Some(Substitute::Text("a;b".to_owned())));
}

#[test]
fn several_rules_have_semicolons_between_them() {
    let rules = FaultRule::several(r#" status=500,message="a;b" ; ;reset,nth=2;"#).unwrap();
    assert_eq!(rules.iter().map(|rule| rule.fault.name()).collect::<Vec<_>>(), ["status", "reset"]);
    assert_eq!(FaultRule::several("none"), Ok(Vec::new()));
    assert_eq!(FaultRule::several(""), Ok(Vec::new()));
    let told = "reset;close".parse::<FaultRule>().unwrap_err().to_string();
    assert!(told.contains("more than one fault"), "{told}");
}

#[test]
fn an_object_has_the_same_parts() {
    let text =
        rule("status=429,message=\"a, b\",retry-after=none,nth=3+5..7,model=gpt-*,endpoint=chat+messages");
    let object = json!({
        "fault": "status=429",
        "message": "a, b",
        "retry_after": "none",
        "nth": [3, "5..7"],
        "match": {"model": "gpt-*"},
        "endpoint": ["chat", "messages"],
    });
    assert_eq!(read(object).unwrap(), text);
    assert_eq!(
        read(json!({"fault": "status=429", "retry-after": "1s"})),
        read(json!({"fault": "status=429", "retry_after": "1s"}))
    );
    assert_eq!(read(json!({"fault": "stall=1s,after=3"})), read(json!({"fault": "stall=1s", "after": 3})));
    assert_eq!(read(json!("reset")).unwrap(), rule("reset"));
    let written = json!({"fault": "error=529", "after": 2, "probability": 0.5, "match": {"stream": true}});
    assert_eq!(serde_json::to_value(read(written.clone()).unwrap()).unwrap(), written);
    let toml: FaultRule = read(json!({"fault": "status=400", "code": null})).unwrap();
    assert_eq!(toml.to_string(), "status=400,code=null");
    assert_eq!(
        read(json!({"fault": "status=400", "code": "null"})).unwrap().to_string(),
        r#"status=400,code="null""#
    );
}

#[test]
fn what_is_wrong_is_told() {
    for (text, told) in [
        ("", "there is no fault here"),
        ("stal=5s", "`stal` is not a fault (did you mean `stall`?)"),
        ("first=2,status=429", "a fault begins with one of status, refused"),
        ("stall", "`stall` needs a value: a time such as 2s"),
        ("stall=soon", "`stall=soon`: stall should be a time such as 2s"),
        ("status=99", "a status from 200 to 599"),
        ("status=429,retryafter=2s", "`status` knows no `retryafter` (did you mean `retry-after`?)"),
        ("reset,body=html", "`reset` knows no `body`"),
        ("crlf=1", "`crlf` takes no value, but is given `1`"),
        ("reset,after=1,bytes=2", "`after` and `bytes` exclude one another"),
        ("reset,after=1,wait=2s", "before any byte of the answer"),
        ("reset,first=1,first=2", "`first` is there twice"),
        ("reset,probability=1.5", "a number from 0 to 1"),
        ("reset,probability=NaN", "a number from 0 to 1"),
        ("reset,nth=0", "numbers from 1"),
        ("reset,nth=5..3", "numbers from 1"),
        ("reset,every=0", "a number from 1"),
        ("reset,provider=openia", "anthropic, azure, openai or opaque"),
        ("reset,endpoint=chats", "`chats` is not an endpoint: use chat,"),
        ("reset,match={\"modl\":1}", "did you mean `model`?"),
        ("reset,match=\"{\\\"modl\\\":1}\"", "did you mean `model`?"),
        ("status=429,message=\"open", "a quoted value is a JSON string"),
        ("status=429,message=\"a\"b", "a comma is missing"),
        ("drip=16", "such as 16/50ms"),
        ("drip=0/50ms", "such as 16/50ms"),
        ("split=0", "a number of bytes from 1"),
        ("content-type=\"a\\u0007\"", "a media type"),
        ("reset,after", "`after` needs a value: a number of frames"),
    ] {
        let error = text.parse::<FaultRule>().unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
    for (value, told) in [
        (json!({"after": 3}), "the text `fault` is missing"),
        (json!({"fault": "reset", "prob": 0.5}), "`reset` knows no `prob`"),
        (json!({"fault": "reset", "first": [1]}), "a text or a number"),
        (json!({"fault": "reset", "match": {"modle": "x"}}), "did you mean `model`?"),
        (json!({"fault": "status=429,first=1", "first": 1}), "`first` is there twice"),
        (json!(3), "a fault is a text, or an object"),
    ] {
        let error = read(value.clone()).unwrap_err();
        assert!(error.contains(told), "{value}: {error}");
    }
}

#[test]
fn every_kind_is_read_and_told_by_its_name() {
    for (name, example) in KINDS {
        assert_eq!(rule(example).fault.name(), name);
    }
}

// === Anything that is written is read as it was ===

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0..1_000_000_000_000u64).prop_map(Duration::from_nanos),
        (0..31_536_000u64).prop_map(Duration::from_secs),
        (0..10_000_000u64).prop_map(Duration::from_millis),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        Just(Place::Middle),
        any::<usize>().prop_map(Place::Frames),
        any::<usize>().prop_map(Place::Bytes),
        time().prop_map(Place::Time),
    ]
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), Just("null".to_owned()), "[a-z,;=\" ]{0,12}", Just("{".to_owned())]
}

fn code() -> impl Strategy<Value = Option<Box<Value>>> {
    option::of(prop_oneof![Just(Value::Null), words().prop_map(Value::from)].prop_map(Box::new))
}

prop_compose! {
    fn failure()(
        status in 200..=599u16, kind in option::of(words()), code in code(),
        message in option::of(words()), param in code(),
    ) -> Failure {
        Failure { status, kind, code, message, param }
    }
}

fn media() -> impl Strategy<Value = HeaderValue> {
    "[a-z]{1,5}/[a-z]{1,5}(; charset=[a-z,]{1,3})?".prop_map(|text| HeaderValue::from_str(&text).unwrap())
}

prop_compose! {
    fn rejection()(
        failure in failure(),
        retry_after in prop_oneof![
            Just(RetryAfter::Usual), Just(RetryAfter::Never), time().prop_map(RetryAfter::After)],
        body in option::of(prop_oneof![
            Just(Substitute::Html),
            words().prop_filter("it would be the page", |text| text != "html").prop_map(Substitute::Text)]),
        content_type in option::of(media()),
        wait in time(),
    ) -> Rejection {
        Rejection { failure, retry_after, body, content_type, wait }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    let size = || (1..usize::MAX).prop_map(|bytes| NonZeroUsize::new(bytes).unwrap());
    let how = prop_oneof![Just(Break::Reset), Just(Break::Close), Just(Break::HalfOpen)];
    let at = prop_oneof![time().prop_map(|wait| Where::Before { wait }), place().prop_map(Where::Within)];
    let ways =
        prop_oneof![Just(Interruption::Error), Just(Interruption::Failed), Just(Interruption::Incomplete)];
    prop_oneof![
        rejection().prop_map(|rejection| Fault::Status(Box::new(rejection))),
        (time(), time()).prop_map(|(lasting, wait)| Fault::Refused { lasting, wait }),
        (how, at).prop_map(|(how, at)| Fault::Break(how, at)),
        (place(), 0..6).prop_map(|(place, kind)| match kind {
            0 => Fault::Truncate(place),
            1 => Fault::Cut(place),
            2 => Fault::Malformed(place),
            3 => Fault::Duplicate(place),
            4 => Fault::Reorder(place),
            _ => Fault::Crc(place),
        }),
        (time(), place()).prop_map(|(lasting, place)| Fault::Stall { lasting, place }),
        (size(), time()).prop_map(|(bytes, every)| Fault::Drip { bytes, every }),
        size().prop_map(Fault::Split),
        (ways, failure(), place()).prop_map(|(how, failure, place)| {
            Fault::Interrupt(Box::new(Interrupted { how, failure, place }))
        }),
        media().prop_map(Fault::ContentType),
        Just(Fault::Crlf),
    ]
}

prop_compose! {
    fn when()(
        probability in option::of(0.0..=1.0),
        ranges in proptest::collection::vec((1..50u64, 0..9u64), 0..4),
        every in option::of((1..u64::MAX).prop_map(|every| NonZeroU64::new(every).unwrap())),
        first in any::<Option<u64>>(), times in any::<Option<u64>>(),
    ) -> When {
        let nth = Nths::new(ranges.into_iter().map(|(first, more)| first..=first + more).collect());
        When { probability, nth, every, first, times }
    }
}

fn about() -> impl Strategy<Value = About> {
    let matches = prop_oneof![
        words().prop_map(|text| json!({"contains": text})),
        (words(), words()).prop_map(|(model, path)| json!({"model": model, "path": path})),
        words().prop_map(|text| json!({"stream": true, "user": {"equals": text}})),
    ];
    let matches = option::of(matches.prop_map(|value| crate::mock::Match::read(&value).unwrap()));
    let endpoints = proptest::sample::subsequence(crate::dialect::Endpoint::ALL.to_vec(), 0..3);
    let providers = proptest::sample::select(vec!["anthropic", "azure", "openai", "opaque"]);
    (option::of(providers.prop_map(str::to_owned)), endpoints, matches)
        .prop_map(|(provider, endpoints, matching)| About { provider, endpoints, matching })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(
        name in option::of(words()), fault in fault(), when in when(), about in about()
    ) {
        let rule = FaultRule { name, fault, when, about };
        let text = rule.to_string();
        prop_assert_eq!(text.parse::<FaultRule>(), Ok(rule.clone()), "{}", text);
        prop_assert_eq!(FaultRule::several(&format!("{text};{text}")), Ok(vec![rule.clone(), rule.clone()]));
        let json = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(serde_json::from_str::<FaultRule>(&json).unwrap(), rule, "{}", json);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z=,;\"0-9{}+./ -]{0,40}", any in any::<String>()) {
        let _ = FaultRule::several(&text).map(|rules| rules.len());
        let _ = any.parse::<FaultRule>().map(|rule| rule.to_string());
    }
}
