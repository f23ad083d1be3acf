//! Responses.

use super::{DESCRIPTION, EFFORT, SCHEMA_NAME, SHARE, STRICT, TEMPERATURE, TEXTS, VERBOSITY};
use crate::members::{
    Kind, Member, OBJECT, Others, TEXT, Tagged, from, integer, list, optional, required, typed,
};

/// Responses. A model and an input may be in a stored prompt.
pub(in super::super) static RESPONSES: &[Member] = &[
    optional("model", TEXT),
    optional("background", Kind::Flag),
    optional("conversation", Kind::Either(&[TEXT, OBJECT])),
    optional("include", TEXTS),
    optional("input", Kind::Either(&[TEXT, list(&ITEM)])),
    optional("instructions", TEXT),
    optional("max_output_tokens", from(16)),
    optional("max_tool_calls", from(i64::MIN)),
    optional("metadata", OBJECT),
    optional("parallel_tool_calls", Kind::Flag),
    optional("previous_response_id", TEXT),
    optional("prompt", OBJECT),
    optional("reasoning", Kind::Object(&[optional("effort", EFFORT)])),
    optional("service_tier", TEXT),
    optional("store", Kind::Flag),
    optional("stream", Kind::Flag),
    optional("stream_options", OBJECT),
    optional("temperature", TEMPERATURE),
    optional("text", Kind::Object(&[optional("format", FORMAT), optional("verbosity", VERBOSITY)])),
    optional("tool_choice", super::TOOL_CHOICE),
    optional("tools", list(&TOOL)),
    optional("top_logprobs", integer(0, 20)),
    optional("top_p", SHARE),
    optional("truncation", Kind::Word(&["auto", "disabled"])),
    optional("user", TEXT),
];

const FORMAT: Kind = typed(&[
    ("text", &[]),
    ("json_object", &[]),
    ("json_schema", &[SCHEMA_NAME, DESCRIPTION, required("schema", OBJECT), STRICT]),
]);

/// Names may be longer here than in Chat Completions.
const TOOL_NAME: Member = required("name", Kind::Name { most: 128 });

/// What is not named here is a hosted tool, of which there are new ones every few months.
const TOOL: Kind = Kind::Tagged(Tagged {
    by: "type",
    cases: &[
        ("function", &[TOOL_NAME, DESCRIPTION, optional("parameters", OBJECT), STRICT]),
        ("custom", &[TOOL_NAME]),
    ],
    unsaid: None,
    others: Others::Taken,
});

/// What is not named here is an item that the vendor made.
const ITEM: Kind = Kind::Tagged(Tagged {
    by: "type",
    cases: &[
        ("message", MESSAGE),
        ("function_call", &[required("arguments", TEXT), required("call_id", TEXT), required("name", TEXT)]),
        ("function_call_output", &[required("call_id", TEXT), required("output", OUTPUT)]),
    ],
    unsaid: Some("message"),
    others: Others::Taken,
});

const OUTPUT: Kind = Kind::Either(&[TEXT, list(&OBJECT)]);

const MESSAGE: &[Member] = &[
    required("role", Kind::Word(&["assistant", "system", "developer", "user"])),
    required("content", Kind::Either(&[TEXT, list(&PART)])),
];

const PART: Kind = typed(&[
    ("input_text", &[required("text", TEXT)]),
    ("input_image", &[optional("image_url", TEXT)]),
    ("input_audio", &[]),
    ("output_text", &[required("text", TEXT)]),
    ("refusal", &[required("refusal", TEXT)]),
    ("input_file", &[]),
    ("computer_screenshot", &[]),
    ("summary_text", &[required("text", TEXT)]),
]);
