//! Legacy Completions.

use super::chunks::{Chunks, Shape, object_of};
use super::input::{self, input_tokens, inputs};
use super::text_logprobs::TextLogprobs;
use super::{asked_for, choices_asked};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Alphabet, Asked, CREATED, Endpoint, Options, Rendered, Said, Unsayable};
use standin_core::tokens::count;

const SHAPE: Shape =
    Shape { object: "text_completion", id: ID, content_type: "text/event-stream", model_last: true, counted };

/// What made-up ids begin with.
const ID: &str = "cmpl-";

pub(super) fn asked(body: &Value) -> Asked<'_> {
    input::asked(Endpoint::Completions, body, "prompt", body["stream"] == Value::Bool(true))
}

pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    let unsayable = |what| Err(Unsayable { endpoint: asked.endpoint.name(), what });
    if !said.tool_calls.is_empty() {
        return unsayable("tool calls");
    }
    let Some(text) = &said.text else { return unsayable("an answer without a text") };
    let finish = said.finish_reason.as_deref().unwrap_or("stop");
    let choices = (0..inputs(&asked.body["prompt"]) * choices_asked(asked))
        .map(|index| json!({"text": text, "index": index, "logprobs": null, "finish_reason": finish}));
    let mut object = object_of([
        ("id", asked.ids().next(ID, Alphabet::Base62, 29).into()),
        ("object", "text_completion".into()),
        ("created", CREATED.into()),
        ("model", asked_for(said, asked).into()),
        ("choices", choices.collect()),
    ]);
    let usage = said
        .usage
        .map_or_else(|| counted(&object, asked), |usage| usage_of(usage.input_tokens, usage.output_tokens));
    object.insert("usage".to_owned(), usage);
    Ok(object.into())
}

pub(super) fn render(object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
    let mut object = match object {
        Value::Object(object) if !object.contains_key("error") => object,
        other => return Rendered::json(&other),
    };
    if !asked.stream {
        if !object.contains_key("usage") {
            let usage = counted(&object, asked);
            object.insert("usage".to_owned(), usage);
        }
        return Rendered::json(&Value::Object(object));
    }
    let (mut chunks, choices) = Chunks::begin(object, &SHAPE, asked, options, &mut asked.ids());
    chunks
        .choices(choices.into_iter().map(|(index, choice)| choice_chunks(index, choice, options)).collect());
    chunks.end()
}

/// The chunks of one choice. The reason why it ended is on the last piece of its text.
fn choice_chunks(index: u64, mut choice: Map<String, Value>, options: &Options) -> Vec<Value> {
    let text = choice.shift_remove("text").unwrap_or_default();
    let finish = choice.shift_remove("finish_reason").filter(|reason| !reason.is_null());
    let mut finish = Some(finish.unwrap_or_else(|| "stop".into()));
    let logprobs = TextLogprobs::of(choice.shift_remove("logprobs"));
    let mut pieces = logprobs.pieces(text.as_str().unwrap_or_default(), options);
    if pieces.is_empty() {
        pieces.push((String::new(), logprobs.whole()));
    }
    let last = pieces.len() - 1;
    let mut chunks = Vec::with_capacity(pieces.len());
    for (at, (piece, logprobs)) in pieces.into_iter().enumerate() {
        let mut chunk = object_of([("text", piece.into()), ("index", index.into())]);
        if let Some(logprobs) = logprobs {
            chunk.insert("logprobs".to_owned(), logprobs);
        }
        let reason = if at == last { finish.take() } else { None };
        chunk.insert("finish_reason".to_owned(), reason.unwrap_or_default());
        // What nobody knows is in the first one.
        chunk.extend(std::mem::take(&mut choice));
        chunks.push(chunk.into());
    }
    chunks
}

fn counted(object: &Map<String, Value>, asked: &Asked<'_>) -> Value {
    let choices = object.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let output: usize = choices.iter().filter_map(|choice| choice["text"].as_str()).map(count).sum();
    usage_of(input_tokens(&asked.body["prompt"]) as u64, output as u64)
}

fn usage_of(input: u64, output: u64) -> Value {
    json!({
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input.saturating_add(output),
    })
}
