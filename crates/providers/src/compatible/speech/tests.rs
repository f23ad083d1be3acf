use super::*;

fn said(value: Value) -> Said {
    serde_json::from_value(value).unwrap()
}

fn frames(rendered: Rendered) -> Vec<Bytes> {
    match rendered.body {
        RenderedBody::Frames(frames) => frames,
        RenderedBody::Whole(bytes) => panic!("in one piece: {bytes:?}"),
    }
}

#[test]
fn bytes_come_in_pieces_with_their_type() {
    let bytes: Vec<u8> = (0..=255).cycle().take(7000).collect();
    let object = json!({"audio": STANDARD.encode(&bytes)});
    for (format, content_type) in [
        (None, "audio/mpeg"),
        (Some("mp3"), "audio/mpeg"),
        (Some("opus"), "audio/ogg"),
        (Some("aac"), "audio/aac"),
        (Some("flac"), "audio/flac"),
        (Some("wav"), "audio/wav"),
        (Some("pcm"), "audio/pcm"),
    ] {
        let body = json!({"model": "tts-1", "input": "Hi", "voice": "alloy", "response_format": format});
        let rendered = render(&object, &asked(&body));
        assert_eq!(rendered.content_type, content_type);
        let frames = frames(rendered);
        assert_eq!((frames.len(), frames.concat()), (3, bytes.clone()));
    }
}

#[test]
fn events_carry_the_same_bytes() {
    let body = json!({"model": "gpt-4o-mini-tts", "input": "Hello there!", "stream_format": "sse"});
    let asked = asked(&body);
    assert!(asked.stream);
    let long = vec![7; 3073];
    let rendered = render(&json!({"audio": STANDARD.encode(&long)}), &asked);
    assert_eq!(rendered.content_type, "text/event-stream");
    let expected = [
        format!("data: {{\"type\":\"speech.audio.delta\",\"audio\":\"{}\"}}\n\n", "BwcH".repeat(1024)),
        "data: {\"type\":\"speech.audio.delta\",\"audio\":\"Bw==\"}\n\n".to_owned(),
        // Two words take 0.8 seconds.
        "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":3,\"output_tokens\":16,\"total_tokens\":19}}\n\n"
            .to_owned(),
    ];
    assert_eq!(frames(rendered), expected);
}

#[test]
fn usage_is_sent_as_it_is_said() {
    let body = json!({"input": "Hi", "stream_format": "sse"});
    let asked = asked(&body);
    let neutral = said(json!({"audio": "QQ==", "usage": {"input_tokens": 1, "output_tokens": 2}}));
    let object = compose(&neutral, &asked).unwrap();
    assert_eq!(
        object,
        json!({"audio": "QQ==", "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}})
    );
    let done = frames(render(&object, &asked)).pop().unwrap();
    assert!(done.ends_with(b"\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":3}}\n\n"));
}

#[test]
fn where_nothing_is_said_there_is_silence_as_long_as_the_text() {
    for (format, first) in [
        ("mp3", &b"\xff\xfb"[..]),
        ("wav", b"RIFF"),
        ("flac", b"fLaC"),
        ("opus", b"OggS"),
        ("aac", b"\xff\xf1"),
        ("pcm", &[0; 16]),
    ] {
        let of = |input: &str| {
            let body = json!({"input": input, "response_format": format});
            let asked = asked(&body);
            render(&compose(&Said::default(), &asked).unwrap(), &asked).bytes()
        };
        let short = of("Hi there");
        assert!(short.starts_with(first), "{format}");
        assert!(of("a text of ten words that takes longer to say").len() > short.len(), "{format}");
        assert!(of(&"word ".repeat(10_000)).len() < 200_000, "{format}");
    }
}

#[test]
fn audio_is_taken_as_people_write_it() {
    let body = json!({});
    let asked = asked(&body);
    for object in
        [json!({"audio": "aGk"}), json!({"audio": "aG\n  k=\n"}), json!("aGk="), json!({"audio": "hi"})]
    {
        let sent = render(&object, &asked).bytes();
        assert!(sent == "hi" || object["audio"] == "hi", "{object}");
    }
    assert_eq!(render(&json!({"audio": "no base64!"}), &asked).bytes(), "no base64!");
    assert!(render(&json!({"audio": 3}), &asked).bytes().is_empty());
    let refused = compose(&said(json!({"tool_calls": [{"name": "x"}]})), &asked).unwrap_err();
    assert_eq!(refused.to_string(), "speech cannot say calls of tools");
}
