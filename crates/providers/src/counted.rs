//! What answers took is read from the bytes that the dialects make, as limits count it.

use crate::all;
use serde_json::{Value, json};
use standin_core::dialect::{Endpoint, Options, Said, Usage};
use standin_core::shape::{usage_in, usage_of};

/// What is read of an answer with this usage: from the object, and from what is sent.
fn counted(provider: &str, endpoint: Endpoint, body: &Value) -> [Option<Usage>; 2] {
    let dialect =
        all().find(|known| known.name() == provider).and_then(standin_core::Provider::dialect).unwrap();
    let asked = dialect.asked(endpoint, "/openai/deployments/d/chat/completions", body);
    let said = Said { text: Some("It is \"usage\": 5.".to_owned()), usage: Some(USAGE), ..Said::default() };
    let object = dialect.compose(&said, &asked).unwrap();
    let of_object = usage_in(&object);
    let rendered = dialect.render(object, &asked, &Options::default());
    [of_object, usage_of(rendered.content_type, &rendered.bytes())]
}

const USAGE: Usage = Usage { input_tokens: 31, output_tokens: 17, cached_tokens: 8, reasoning_tokens: 4 };

#[test]
fn what_was_said_is_read_from_every_shape() {
    let asked = |stream: bool| {
        json!({
            "model": "m", "max_tokens": 100, "stream": stream, "stream_options": {"include_usage": true},
            "input": "hello", "messages": [{"role": "user", "content": "hello"}],
        })
    };
    for (provider, endpoint) in [
        ("openai", Endpoint::Chat),
        ("openai", Endpoint::Responses),
        ("azure", Endpoint::Chat),
        ("anthropic", Endpoint::Messages),
    ] {
        for stream in [false, true] {
            for usage in counted(provider, endpoint, &asked(stream)) {
                let usage = usage.map(|usage| (usage.input_tokens, usage.output_tokens, usage.cached_tokens));
                assert_eq!(usage, Some((31, 17, 8)), "{provider} {} {stream}", endpoint.name());
            }
        }
    }
}

#[test]
fn a_stream_that_does_not_tell_is_counted_by_its_object() {
    let body = json!({"model": "m", "stream": true, "messages": [{"role": "user", "content": "hello"}]});
    let [of_object, sent] = counted("openai", Endpoint::Chat, &body);
    assert_eq!((of_object.map(|usage| usage.output_tokens), sent), (Some(17), None));
}
