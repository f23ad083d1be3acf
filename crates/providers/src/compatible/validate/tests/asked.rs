//! What is taken, and which models there are.

use super::super::model::is_known;
use super::{chat, judged, refuses};
use serde_json::{Value, json};
use standin_core::dialect::Endpoint::{
    Chat, Completions, Embeddings, Images, Moderations, Responses, ResponsesTokens, Speech,
};

#[test]
fn what_is_well_formed_is_taken() {
    let (png, wav) = ("data:image/png;base64,iVBORw0KGgo=", "UklGRg==");
    let hosted =
        json!([{"type": "web_search"}, {"type": "mcp", "server_label": "x", "server_url": "https://a.test"}]);
    for (endpoint, body) in [
        (Chat, chat(json!({"temperature": 1, "max_tokens": null, "stop": null, "tools": null, "user": "u"}))),
        (
            Chat,
            chat(
                json!({"response_format": {"type": "json_object"}, "messages": [{"role": "system", "content": "As JSON."}]}),
            ),
        ),
        (
            Chat,
            chat(
                json!({"stream": true, "stream_options": {"include_usage": true}, "logprobs": true, "top_logprobs": 3}),
            ),
        ),
        (
            Chat,
            chat(json!({"messages": [{"role": "developer", "content": "x"}], "a_member_of_next_year": 1})),
        ),
        (
            Chat,
            chat(
                json!({"model": "gpt-4o-audio-preview", "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "opus"}}),
            ),
        ),
        (
            Chat,
            chat(json!({"messages": [{"role": "user", "content": [
                {"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": png, "detail": "low"}},
                {"type": "input_audio", "input_audio": {"data": wav, "format": "wav"}},
            ]}]})),
        ),
        (Completions, json!({"model": "babbage-002", "prompt": ["a", "b"], "n": 2, "stop": "\n"})),
        (Completions, json!({"model": "babbage-002", "prompt": [[1, 2], [3]]})),
        (
            Completions,
            json!({"model": "gpt-3.5-turbo-instruct", "prompt": "a", "suffix": "b", "logprobs": 3, "max_tokens": 0}),
        ),
        (
            Responses,
            json!({"model": "gpt-5", "input": "x", "reasoning": {"effort": "low", "summary": "auto"}}),
        ),
        (Responses, json!({"model": "gpt-4o", "input": [{"role": "user", "content": "x"}], "tools": hosted})),
        (
            Responses,
            json!({"model": "gpt-4o", "input": [{"type": "reasoning", "id": "rs_1", "summary": []}, {"type": "an_item_of_next_year"}]}),
        ),
        (Responses, json!({"prompt": {"id": "pmpt_1"}})),
        (ResponsesTokens, json!({})),
        (Embeddings, json!({"model": "text-embedding-3-small", "input": " \t\r\n"})),
        (Embeddings, json!({"model": "text-embedding-3-large", "input": [[1, 2], [3]], "dimensions": 3072})),
        (Images, json!({"model": "gpt-image-1-mini", "prompt": "x", "size": "1536x864", "quality": "low"})),
        (Images, json!({"prompt": "x"})),
        (
            Speech,
            json!({"model": "gpt-4o-mini-tts", "input": "x", "voice": {"id": "voice_1"}, "stream_format": "sse"}),
        ),
        (Moderations, json!({"input": ["a", "b"]})),
    ] {
        assert_eq!(judged(endpoint, &body), Ok(()), "{endpoint} {body}");
    }
}

#[test]
fn what_has_no_use_alone_is_refused() {
    let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    let body = chat(json!({"stream_options": {"include_usage": true}}));
    refuses(Chat, &body, message, json!("stream_options"), Value::Null);
    let body = chat(json!({"response_format": {"type": "json_object"}}));
    let message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    refuses(Chat, &body, message, json!("messages"), Value::Null);
    let body = json!({"model": "gpt-4o", "input": "x", "text": {"format": {"type": "json_object"}}});
    assert!(judged(Responses, &body).is_err());
    let spoken = json!({"model": "gpt-4o", "input": "x", "instructions": "Json!", "text": {"format": {"type": "json_object"}}});
    assert_eq!(judged(Responses, &spoken), Ok(()));
}

#[test]
fn a_model_is_known_by_its_family() {
    for name in [
        "gpt-4o",
        "gpt-6.1-terra",
        "gpt-9-of-next-year",
        "o1",
        "o3-deep-research-2025-06-26",
        "chatgpt-4o-latest",
        "text-embedding-3-small",
        "text-embedding-ada-002",
        "babbage-002",
        "dall-e-3",
        "whisper-1",
        "tts-1-hd",
        "computer-use-preview",
        "omni-moderation-latest",
        "ft:gpt-4o-mini-2024-07-18:org::id",
        "ft:babbage-002:org:wrong:id",
    ] {
        assert!(is_known(name), "{name}");
    }
    for name in [
        "",
        "gpt-",
        "gpt",
        "my-model",
        "o10",
        "openai/gpt-4o",
        "gpt-4.1-nano-wrong",
        "gpt-Unknown",
        "babbage-0021",
        "text-embedding-4-ultra",
        "ft:my-model:org::id",
    ] {
        assert!(!is_known(name), "{name}");
    }
}
