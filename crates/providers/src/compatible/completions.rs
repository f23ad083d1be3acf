//! Legacy Completions.

use super::chunks::{Chunks, Shape, object_of};
use super::input::{self, input_tokens, inputs};
use super::text_logprobs::TextLogprobs;
use super::{asked_for, choices_asked, likelihoods};
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
    if said.text.is_none() {
        return unsayable("an answer without a text");
    }
    let each = |index: usize| index.checked_sub(1).and_then(|at| said.others.get(at)).unwrap_or(said);
    let prompts = inputs(&asked.body["prompt"]);
    let choices = choices_asked(asked);
    let choices = (0..prompts * choices).map(|index| choice(index, each(index), index / choices, asked));
    let mut object = object_of([
        ("id", asked.ids().next(ID, Alphabet::Base62, 29).into()),
        ("object", "text_completion".into()),
        ("created", CREATED.into()),
        ("model", asked_for(said, asked).into()),
        ("choices", choices.collect()),
    ]);
    let counted = || {
        let (input, output) = tokens_of(&object, asked);
        usage_of(input, output + said.unseen_tokens.unwrap_or_default())
    };
    let usage = said.usage.map_or_else(counted, |usage| usage_of(usage.input_tokens, usage.output_tokens));
    object.insert("usage".to_owned(), usage);
    Ok(object.into())
}

fn choice(index: usize, said: &Said, prompt: usize, asked: &Asked<'_>) -> Value {
    let text = said.text.as_deref().unwrap_or_default();
    let finish = said.finish_reason.as_deref().unwrap_or("stop");
    let logprobs = asked.body["logprobs"].is_u64().then(|| {
        let alternatives = likelihoods::alternatives(&asked.body["logprobs"]);
        let echoes = asked.body["echo"] == true;
        // A text that does not repeat its prompt begins where that ends.
        let offset = if echoes { 0 } else { prompt_text(&asked.body["prompt"], prompt).chars().count() };
        likelihoods::lists(text, alternatives, offset, echoes)
    });
    json!({"text": text, "index": index, "logprobs": logprobs, "finish_reason": finish})
}

/// The text of one of several prompts; none of tokens.
fn prompt_text(prompts: &Value, at: usize) -> &str {
    prompts.as_str().or_else(|| prompts[at].as_str()).unwrap_or_default()
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
    let (input, output) = tokens_of(object, asked);
    usage_of(input, output)
}

/// The tokens of a request and of an answer. A prompt that is repeated is no part of what was made.
fn tokens_of(object: &Map<String, Value>, asked: &Asked<'_>) -> (u64, u64) {
    let prompts = &asked.body["prompt"];
    let choices = object.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let made = choices.iter().enumerate().filter_map(|(index, choice)| {
        let text = choice["text"].as_str()?;
        let prompt = prompt_text(prompts, index / choices_asked(asked));
        let repeated = text.strip_prefix(prompt).filter(|_| asked.body["echo"] == true);
        Some(count(repeated.unwrap_or(text)))
    });
    (input_tokens(prompts) as u64, made.sum::<usize>() as u64)
}

fn usage_of(input: u64, output: u64) -> Value {
    json!({
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input.saturating_add(output),
    })
}
