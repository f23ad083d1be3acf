//! Files, what was heard, rankings and pages.

use super::{answered, sent};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use standin_core::dialect::Endpoint;

fn heard(format: &str, digest: &str) -> String {
    let file = json!({"filename": "a.wav", "content_type": "audio/wav", "bytes": 100, "digest": digest});
    let body = json!({
        "model": "gpt-4o-transcribe", "file": file, "response_format": format, "include": ["logprobs"],
        "timestamp_granularities": ["word", "segment"],
    });
    String::from_utf8(sent("openai", Endpoint::Transcriptions, &body).to_vec()).unwrap()
}

#[test]
fn other_audio_is_heard_otherwise_in_every_format() {
    for format in ["json", "text", "srt", "vtt", "verbose_json", "diarized_json"] {
        assert_eq!(heard(format, "aa"), heard(format, "aa"));
        assert_ne!(heard(format, "aa"), heard(format, "bb"), "{format}");
    }
    assert!(heard("vtt", "aa").starts_with("WEBVTT\n\n00:00:00.000 --> "));
    assert!(heard("srt", "aa").contains("\n2\n00:00:"), "{}", heard("srt", "aa"));
}

#[test]
fn segments_words_and_tokens_are_the_text() {
    let read = |format: &str| serde_json::from_str::<Value>(&heard(format, "aa")).unwrap();
    let joined = |list: &Value, member: &str| {
        list.as_array()
            .unwrap()
            .iter()
            .map(|entry| entry[member].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let verbose = read("verbose_json");
    let text = verbose["text"].as_str().unwrap();
    assert_eq!(joined(&verbose["segments"], "text").concat(), text);
    assert_eq!(joined(&verbose["words"], "word").join(" "), text);
    let segments = verbose["segments"].as_array().unwrap();
    assert!(segments.len() > 2 && segments.windows(2).all(|pair| pair[0]["end"] == pair[1]["start"]));
    assert_eq!(segments.last().unwrap()["end"], verbose["duration"]);
    let speakers = joined(&read("diarized_json")["segments"], "speaker");
    assert_eq!(&speakers[..3], ["A", "B", "A"]);
    let plain = read("json");
    assert_eq!(joined(&plain["logprobs"], "token").concat(), plain["text"].as_str().unwrap());
}

#[test]
fn an_answer_is_said_aloud_in_its_format() {
    for (format, head) in [("wav", &b"RIFF"[..]), ("mp3", b"\xff\xfb"), ("flac", b"fLaC"), ("opus", b"OggS")]
    {
        let body = json!({
            "model": "gpt-4o-audio-preview", "modalities": ["text", "audio"],
            "audio": {"voice": "alloy", "format": format},
            "messages": [{"role": "user", "content": "Tell me of otters"}],
        });
        let message = answered("openai", Endpoint::Chat, &body)["choices"][0]["message"].clone();
        let audio = STANDARD.decode(message["audio"]["data"].as_str().unwrap()).unwrap();
        assert!(audio.starts_with(head), "{format}");
        assert_eq!(message["content"], Value::Null);
        assert!(message["audio"]["transcript"].as_str().unwrap().contains("otters"));
    }
}

#[test]
fn documents_are_ranked_by_the_words_that_they_share() {
    let documents = json!([
        "The harvest was early.",
        {"text": "Otters live in rivers.", "id": "x"},
        "A river is a way for an otter to swim in.",
        "",
    ]);
    let body = json!({"model": "r", "query": "Where do otters live?", "documents": documents, "return_documents": true});
    let results = answered("openai", Endpoint::Rerank, &body)["results"].clone();
    let order = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["index"].as_u64().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(order[..2], [1, 2], "{results}");
    assert_eq!(results[0]["document"], json!({"text": "Otters live in rivers.", "id": "x"}));
    let scores = results.as_array().unwrap().iter().map(|result| result["relevance_score"].as_f64().unwrap());
    let scores = scores.collect::<Vec<_>>();
    assert!(
        scores.is_sorted_by(|one, next| one >= next) && scores[0] <= 1.0 && scores[3] >= 0.0,
        "{scores:?}"
    );
}

#[test]
fn a_document_has_pages() {
    let of = |url: &str| {
        let body = json!({"model": "o", "document": {"type": "document_url", "document_url": url}});
        answered("openai", Endpoint::Ocr, &body)["pages"].clone()
    };
    let pages = of("https://example.com/a.pdf");
    assert!(pages[0]["markdown"].as_str().unwrap().starts_with("# "), "{pages}");
    assert_eq!(pages[0]["index"], 0);
    assert_ne!(pages, of("https://example.com/b.pdf"));
}
