use super::*;
use proptest::prelude::*;
use standin_core::tokens::Split;

fn said(value: Value) -> Said {
    serde_json::from_value(value).unwrap()
}

/// The answer with an object to a form.
fn rendered(endpoint: Endpoint, body: &Value, object: &Value) -> (String, &'static str) {
    let rendered = render(object, &asked(endpoint, body), &Options::default());
    (String::from_utf8(rendered.bytes().to_vec()).unwrap(), rendered.content_type)
}

/// The answer to a form where a text was heard.
fn heard(endpoint: Endpoint, body: &Value, text: &str) -> String {
    let object = compose(&said(json!({"text": text})), &asked(endpoint, body)).unwrap();
    rendered(endpoint, body, &object).0
}

#[test]
fn a_text_is_enough_for_every_format() {
    let heard = |format: &str| {
        let body =
            json!({"file": {"filename": "a.wav"}, "model": "gpt-4o-transcribe", "response_format": format});
        heard(Endpoint::Transcriptions, &body, "It is sunny")
    };
    let usage = concat!(
        r#""usage":{"type":"tokens","input_tokens":12,"input_token_details":{"text_tokens":0,"audio_tokens":12},"#,
        r#""output_tokens":3,"total_tokens":15}}"#
    );
    assert_eq!(heard("json"), format!(r#"{{"text":"It is sunny",{usage}"#));
    assert_eq!(
        heard("diarized_json"),
        format!(
            "{}{usage}",
            concat!(
                r#"{"task":"transcribe","duration":1.2,"text":"It is sunny","segments":[{"id":"seg_001","#,
                r#""type":"transcript.text.segment","start":0.0,"end":1.2,"speaker":"A","text":"It is sunny"}],"#
            )
        )
    );
    assert_eq!(heard("text"), "It is sunny");
    assert_eq!(heard("srt"), "1\n00:00:00,000 --> 00:00:01,200\nIt is sunny\n\n");
    assert_eq!(heard("vtt"), "WEBVTT\n\n00:00:00.000 --> 00:00:01.200\nIt is sunny\n\n");
}

#[test]
fn verbose_answers_have_the_times_that_are_asked_for() {
    let body = json!({
        "model": "whisper-1", "response_format": "verbose_json", "language": "de",
        "timestamp_granularities": ["word", "segment"], "temperature": "0.5",
    });
    assert_eq!(
        heard(Endpoint::Transcriptions, &body, "Hallo Welt"),
        concat!(
            r#"{"task":"transcribe","language":"german","duration":0.8,"text":"Hallo Welt","segments":[{"id":0,"seek":0,"#,
            r#""start":0.0,"end":0.8,"text":"Hallo Welt","tokens":[],"temperature":0.5,"avg_logprob":-0.25,"#,
            r#""compression_ratio":1.0,"no_speech_prob":0.01}],"words":[{"word":"Hallo","start":0.0,"end":0.4},"#,
            r#"{"word":"Welt","start":0.4,"end":0.8}],"usage":{"type":"duration","seconds":1}}"#
        )
    );
    let body = json!({"response_format": "verbose_json", "timestamp_granularities": "word"});
    let answer = heard(Endpoint::Transcriptions, &body, "Hello");
    assert!(answer.contains("\"words\"") && !answer.contains("\"segments\""), "{answer}");
}

#[test]
fn seconds_are_billed_where_sdks_take_nothing_else() {
    let usage = |body: Value| {
        let said = said(json!({"text": "Hello", "usage": {"input_tokens": 5, "output_tokens": 2}}));
        let object = compose(&said, &asked(Endpoint::Transcriptions, &body)).unwrap();
        rendered(Endpoint::Transcriptions, &body, &object).0.contains(r#""usage":{"type":"duration""#)
    };
    assert!(usage(json!({"model": "gpt-4o-transcribe", "response_format": "verbose_json"})));
    assert!(!usage(json!({"model": "whisper-1"})));
    assert!(!usage(json!({"model": "whisper-1", "response_format": "verbose_json", "stream": "true"})));
    let body = json!({"model": "whisper-1", "stream": "true"});
    assert!(heard(Endpoint::Transcriptions, &body, "Hello").contains(r#""usage":{"type":"tokens""#));
}

#[test]
fn translations_are_english_and_never_streamed() {
    let body = json!({"model": "whisper-1", "stream": "true"});
    assert_eq!(heard(Endpoint::Translations, &body, "Hello"), r#"{"text":"Hello"}"#);
    let body = json!({"model": "whisper-1", "response_format": "verbose_json", "language": "de"});
    let answer = heard(Endpoint::Translations, &body, "Hello");
    let start =
        r#"{"task":"translate","language":"english","duration":0.4,"text":"Hello","segments":[{"id":0"#;
    assert!(answer.starts_with(start) && !answer.contains("usage"), "{answer}");
}

#[test]
fn a_stream_has_deltas_and_all_of_it() {
    let body = json!({"file": {}, "model": "gpt-4o-transcribe", "stream": "true"});
    let object =
        json!({"text": "Hello there!", "usage": {"type": "tokens", "total_tokens": 9}, "languages": []});
    let (stream, content_type) = rendered(Endpoint::Transcriptions, &body, &object);
    assert_eq!(content_type, "text/event-stream");
    assert_eq!(
        stream,
        concat!(
            "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hello\"}\n\n",
            "data: {\"type\":\"transcript.text.delta\",\"delta\":\" there\"}\n\n",
            "data: {\"type\":\"transcript.text.delta\",\"delta\":\"!\"}\n\n",
            "data: {\"type\":\"transcript.text.done\",\"text\":\"Hello there!\",",
            "\"usage\":{\"type\":\"tokens\",\"total_tokens\":9},\"languages\":[]}\n\n",
            "data: [DONE]\n\n"
        )
    );
}

#[test]
fn probabilities_come_with_their_deltas() {
    let body = json!({"stream": true, "include": ["logprobs"]});
    let object = json!({
        "text": "Hi!",
        "logprobs": [{"token": "Hi", "bytes": [72, 105], "logprob": -0.1}, {"token": "!", "bytes": [33], "logprob": -0.2}],
        "usage": null,
    });
    assert_eq!(
        rendered(Endpoint::Transcriptions, &body, &object).0,
        concat!(
            r#"data: {"type":"transcript.text.delta","delta":"Hi","logprobs":[{"token":"Hi","bytes":[72,105],"logprob":-0.1}]}"#,
            "\n\n",
            r#"data: {"type":"transcript.text.delta","delta":"!","logprobs":[{"token":"!","bytes":[33],"logprob":-0.2}]}"#,
            "\n\n",
            r#"data: {"type":"transcript.text.done","text":"Hi!","logprobs":[{"token":"Hi","bytes":[72,105],"logprob":-0.1},"#,
            r#"{"token":"!","bytes":[33],"logprob":-0.2}],"usage":null}"#,
            "\n\ndata: [DONE]\n\n"
        )
    );
}

#[test]
fn speakers_have_segments_after_their_deltas() {
    let body =
        json!({"model": "gpt-4o-transcribe-diarize", "response_format": "diarized_json", "stream": "true"});
    let object = json!({
        "task": "transcribe",
        "duration": 2.5,
        "text": "Hi! Yes",
        "segments": [
            {"id": "seg_1", "type": "transcript.text.segment", "start": 0.0, "end": 1.0, "speaker": "A", "text": "Hi!"},
            {"id": "seg_2", "start": 1.0, "end": 2.5, "speaker": "B", "text": "Yes"},
        ],
        "usage": {"type": "duration", "seconds": 3},
    });
    assert_eq!(
        rendered(Endpoint::Transcriptions, &body, &object).0,
        concat!(
            r#"data: {"type":"transcript.text.delta","delta":"Hi","segment_id":"seg_1"}"#,
            "\n\n",
            r#"data: {"type":"transcript.text.delta","delta":"!","segment_id":"seg_1"}"#,
            "\n\n",
            r#"data: {"id":"seg_1","type":"transcript.text.segment","start":0.0,"end":1.0,"speaker":"A","text":"Hi!"}"#,
            "\n\n",
            r#"data: {"type":"transcript.text.delta","delta":" Yes","segment_id":"seg_2"}"#,
            "\n\n",
            r#"data: {"type":"transcript.text.segment","id":"seg_2","start":1.0,"end":2.5,"speaker":"B","text":"Yes"}"#,
            "\n\n",
            r#"data: {"type":"transcript.text.done","text":"Hi! Yes","usage":{"type":"duration","seconds":3}}"#,
            "\n\ndata: [DONE]\n\n"
        )
    );
    let body = json!({"response_format": "srt"});
    assert_eq!(
        rendered(Endpoint::Transcriptions, &body, &object),
        (
            "1\n00:00:00,000 --> 00:00:01,000\nHi!\n\n2\n00:00:01,000 --> 00:00:02,500\nYes\n\n".to_owned(),
            "text/plain; charset=utf-8"
        )
    );
}

#[test]
fn a_text_in_place_of_an_object_is_sent_as_it_is() {
    let srt = json!("1\n00:00:00,000 --> 00:00:09,000\nHello\n");
    for format in ["srt", "vtt", "text"] {
        let (body, content_type) =
            rendered(Endpoint::Transcriptions, &json!({"response_format": format}), &srt);
        assert_eq!((json!(body), content_type), (srt.clone(), "text/plain; charset=utf-8"));
    }
    let translated = rendered(Endpoint::Translations, &json!({}), &json!("Hello")).0;
    assert_eq!(translated, r#"{"text":"Hello"}"#);
    let streamed = rendered(Endpoint::Transcriptions, &json!({"stream": true}), &json!("Hello")).0;
    assert!(streamed.contains(r#""type":"transcript.text.done","text":"Hello","usage":"#), "{streamed}");
}

#[test]
fn what_an_object_holds_is_kept() {
    let object = r#"{"x":1,"text":"Hi","duration":61.5,"language":"de","usage":null,"words":[]}"#;
    let written: Value = serde_json::from_str(object).unwrap();
    let body = json!({"response_format": "verbose_json"});
    assert_eq!(rendered(Endpoint::Transcriptions, &body, &written).0, object);
    let body = json!({"response_format": "vtt"});
    let vtt = "WEBVTT\n\n00:00:00.000 --> 00:01:01.500\nHi\n\n";
    assert_eq!(rendered(Endpoint::Transcriptions, &body, &written).0, vtt);
}

#[test]
fn odd_objects_are_rendered() {
    for format in ["json", "verbose_json", "diarized_json", "text", "srt", "vtt"] {
        for stream in [false, true] {
            let body = json!({"response_format": format, "stream": stream});
            for odd in [
                json!(null),
                json!({}),
                json!({"text": 3, "segments": 4, "logprobs": {}}),
                json!({"text": "é", "duration": -1, "segments": [1, {"speaker": 2, "start": "x", "end": 1e300}]}),
            ] {
                rendered(Endpoint::Transcriptions, &body, &odd);
            }
        }
    }
    let refused = compose(&Said::default(), &asked(Endpoint::Translations, &Value::Null)).unwrap_err();
    assert_eq!(refused.to_string(), "translations cannot say nothing: it needs a `text`");
}

/// What a client puts together from a stream.
#[derive(Default)]
struct Heard {
    deltas: String,
    logprobs: Vec<Value>,
    segments: Vec<Value>,
    done: Value,
    ended: bool,
}

fn put_together(stream: &str) -> Heard {
    let mut heard = Heard::default();
    for event in stream.split_terminator("\n\n") {
        assert!(!heard.ended);
        let data = event.strip_prefix("data: ").unwrap();
        if data == "[DONE]" {
            heard.ended = true;
            continue;
        }
        let event: Value = serde_json::from_str(data).unwrap();
        match event["type"].as_str().unwrap() {
            "transcript.text.delta" => {
                heard.deltas += event["delta"].as_str().unwrap();
                heard.logprobs.extend(event["logprobs"].as_array().into_iter().flatten().cloned());
            }
            "transcript.text.segment" => heard.segments.push(event),
            "transcript.text.done" => heard.done = event,
            other => panic!("{other}"),
        }
    }
    heard
}

fn splits() -> impl Strategy<Value = Option<Split>> {
    prop_oneof![
        Just(None),
        (1usize..4).prop_map(|most| Some(Split::Tokens(most))),
        (1usize..9).prop_map(|most| Some(Split::Characters(most))),
        Just(Some(Split::Whole)),
    ]
}

proptest! {
    #[test]
    fn streams_put_together_are_what_was_written(
        parts in prop::collection::vec(any::<String>(), 0..5),
        between in "[ \n\u{2028}]?",
        lost in any::<bool>(),
        split in splits(),
    ) {
        let text = parts.join(&between);
        let segment = |(at, part): (usize, &String)| {
            let said = if lost { format!("{part}?") } else { part.clone() };
            json!({"id": format!("seg_{at}"), "type": "transcript.text.segment", "start": 0.5, "end": 1, "speaker": "A", "text": said})
        };
        let segments: Vec<Value> = parts.iter().enumerate().map(segment).collect();
        let usage = json!({"type": "duration", "seconds": 3});
        let object = json!({"task": "transcribe", "duration": 2.5, "text": text, "segments": segments, "usage": usage, "x": [1]});
        let body = json!({"stream": "true", "response_format": "diarized_json"});
        let options = Options { split, ..Options::default() };
        let stream = render(&object, &asked(Endpoint::Transcriptions, &body), &options).bytes();
        let heard = put_together(std::str::from_utf8(&stream).unwrap());
        prop_assert_eq!(heard.deltas, text.as_str());
        prop_assert_eq!(heard.segments, segments);
        prop_assert_eq!(heard.done, json!({"type": "transcript.text.done", "text": text, "usage": usage, "x": [1]}));
        prop_assert!(heard.ended);
    }

    #[test]
    fn probabilities_put_together_are_those_that_were_written(
        parts in prop::collection::vec(any::<String>(), 0..5),
        split in splits(),
    ) {
        let logprobs: Vec<Value> =
            parts.iter().map(|part| json!({"token": part, "bytes": part.as_bytes(), "logprob": -0.5})).collect();
        let object = json!({"text": parts.concat(), "logprobs": logprobs, "usage": {"type": "tokens", "total_tokens": 1}});
        let options = Options { split, ..Options::default() };
        let body = json!({"stream": true, "include": "logprobs"});
        let stream = render(&object, &asked(Endpoint::Transcriptions, &body), &options).bytes();
        let heard = put_together(std::str::from_utf8(&stream).unwrap());
        prop_assert_eq!(&heard.deltas, &parts.concat());
        prop_assert_eq!(heard.logprobs, logprobs);
        let mut done = heard.done;
        done.as_object_mut().unwrap().shift_remove("type");
        prop_assert_eq!(done, object);
    }
}
