//! Chat Completions.

use super::{
    CHOICES, DESCRIPTION, EFFORT, PENALTY, SCHEMA_NAME, SHARE, STOP, STRICT, TEMPERATURE, TOOL_CHOICE,
    VERBOSITY,
};
use crate::members::{
    Kind, Member, OBJECT, Others, TEXT, Tagged, from, integer, list, optional, required, some, typed,
};

/// The request itself. What is in its messages and tools is looked at later.
pub(in super::super) static CHAT: &[Member] = &[
    required("messages", some(&Kind::Any)),
    optional("model", TEXT),
    optional("audio", OBJECT),
    optional("frequency_penalty", PENALTY),
    optional("functions", Kind::List { of: &OBJECT, least: 1, most: 128 }),
    optional("logit_bias", OBJECT),
    optional("logprobs", Kind::Flag),
    optional("max_completion_tokens", from(i64::MIN)),
    optional("max_tokens", from(i64::MIN)),
    optional("metadata", OBJECT),
    optional("modalities", list(&Kind::Word(&["text", "audio"]))),
    optional("n", CHOICES),
    optional("parallel_tool_calls", Kind::Flag),
    optional("prediction", OBJECT),
    optional("presence_penalty", PENALTY),
    optional("reasoning_effort", EFFORT),
    optional("response_format", FORMAT),
    optional("seed", from(i64::MIN)),
    optional("service_tier", TEXT),
    optional("stop", STOP),
    optional("store", Kind::Flag),
    optional("stream", Kind::Flag),
    optional("stream_options", OBJECT),
    optional("temperature", TEMPERATURE),
    optional("tool_choice", TOOL_CHOICE),
    optional("tools", Kind::List { of: &Kind::Any, least: 1, most: 128 }),
    optional("top_logprobs", integer(0, 20)),
    optional("top_p", SHARE),
    optional("user", TEXT),
    optional("verbosity", VERBOSITY),
    optional("web_search_options", OBJECT),
];

const FORMAT: Kind = typed(&[
    ("json_object", &[]),
    ("json_schema", &[required("json_schema", Kind::Object(NAMED_SCHEMA))]),
    ("text", &[]),
]);

const NAMED_SCHEMA: &[Member] = &[SCHEMA_NAME, DESCRIPTION, required("schema", OBJECT), STRICT];

/// How much may be spent. Told after the model's own rules, which know these names or do not.
pub(in super::super) static SPENDING: &[Member] =
    &[optional("max_completion_tokens", from(1)), optional("max_tokens", from(1))];

/// What is said.
pub(in super::super) static MESSAGES: &[Member] = &[required("messages", list(&MESSAGE))];

/// What may be called.
pub(in super::super) static TOOLS: &[Member] =
    &[optional("tools", list(&TOOL)), optional("functions", list(&Kind::Object(FUNCTION)))];

const MESSAGE: Kind = Kind::Tagged(Tagged {
    by: "role",
    cases: &[
        ("system", &[required("content", PLAIN)]),
        ("assistant", &[optional("content", SAID), optional("tool_calls", some(&CALL))]),
        ("user", &[required("content", ASKED)]),
        ("function", &[required("name", TEXT)]),
        ("tool", &[required("content", PLAIN), required("tool_call_id", TEXT)]),
        ("developer", &[required("content", PLAIN)]),
    ],
    unsaid: None,
    others: Others::Refused,
});

const PLAIN: Kind = Kind::Either(&[TEXT, list(&typed(&[TEXT_PART]))]);
const SAID: Kind =
    Kind::Either(&[TEXT, list(&typed(&[TEXT_PART, ("refusal", &[required("refusal", TEXT)])]))]);
const ASKED: Kind = Kind::Either(&[
    TEXT,
    list(&typed(&[
        TEXT_PART,
        ("image_url", &[required("image_url", Kind::Object(IMAGE))]),
        ("input_audio", &[required("input_audio", Kind::Object(AUDIO))]),
        ("refusal", &[required("refusal", TEXT)]),
        ("file", &[required("file", OBJECT)]),
    ])),
]);

const TEXT_PART: (&str, &[Member]) = ("text", &[required("text", TEXT)]);
const IMAGE: &[Member] =
    &[required("url", TEXT), optional("detail", Kind::Word(&["auto", "low", "high", "original"]))];
const AUDIO: &[Member] = &[required("data", TEXT), required("format", Kind::Word(&["wav", "mp3"]))];

const CALL: Kind = typed(&[
    ("function", &[required("id", TEXT), required("function", Kind::Object(CALLED))]),
    ("custom", &[required("id", TEXT), required("custom", OBJECT)]),
]);
const CALLED: &[Member] = &[required("name", TEXT), required("arguments", TEXT)];

const TOOL: Kind = typed(&[
    ("function", &[required("function", Kind::Object(FUNCTION))]),
    ("custom", &[required("custom", Kind::Object(&[SCHEMA_NAME]))]),
]);
const FUNCTION: &[Member] = &[SCHEMA_NAME, DESCRIPTION, optional("parameters", OBJECT), STRICT];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_in_the_order_of_their_names() {
        let names: Vec<&str> = CHAT.iter().skip(2).map(|member| member.name).collect();
        assert!(names.is_sorted(), "{names:?}");
    }
}
