//! What the endpoints take. The order is the one in which what is wrong is told.

use crate::members::{Kind, Member, OBJECT, Others, TEXT, Tagged, decimal, from, list, optional, required};

/// What only an answer needs. With no token at all a prompt is read for later and nothing is said.
pub(super) static MESSAGES: &[Member] = &[required("model", MODEL), required("max_tokens", from(0))];

/// What a count needs.
pub(super) static COUNTED: &[Member] = &[required("model", MODEL)];

/// What both take.
pub(super) static ALIKE: &[Member] = &[
    required("messages", list(&Kind::Object(MESSAGE))),
    optional("metadata", OBJECT),
    optional("stop_sequences", list(&TEXT)),
    optional("stream", Kind::Flag),
    optional("system", Kind::Either(&[TEXT, list(&typed(&[("text", TEXT_BLOCK)]))])),
    optional("temperature", decimal(0.0, 1.0)),
    optional("thinking", typed(&[("enabled", &[required("budget_tokens", from(1024))])])),
    optional("tool_choice", TOOL_CHOICE),
    optional("tools", list(&TOOL)),
    optional("top_k", from(0)),
    optional("top_p", decimal(0.0, 1.0)),
];

const MODEL: Kind = Kind::Text { least: 1, most: 256 };

const MESSAGE: &[Member] = &[
    required("role", Kind::Word(&["user", "assistant", "system"])),
    required("content", Kind::Either(&[TEXT, list(&BLOCK)])),
];

const TEXT_BLOCK: &[Member] = &[required("text", TEXT)];

/// The blocks that callers make. Of the others, the vendor's own tools make new ones every few months.
const BLOCK: Kind = typed(&[
    ("text", TEXT_BLOCK),
    ("image", &[required("source", SOURCE)]),
    ("document", &[required("source", OBJECT)]),
    ("thinking", &[required("thinking", TEXT), required("signature", TEXT)]),
    ("redacted_thinking", &[required("data", TEXT)]),
    ("tool_use", &[required("id", TEXT), required("name", TEXT), required("input", OBJECT)]),
    (
        "tool_result",
        &[
            required("tool_use_id", TEXT),
            optional("content", Kind::Either(&[TEXT, list(&OBJECT)])),
            optional("is_error", Kind::Flag),
        ],
    ),
]);

const SOURCE: Kind = typed(&[
    (
        "base64",
        &[
            required("data", TEXT),
            required("media_type", Kind::Word(&["image/jpeg", "image/png", "image/gif", "image/webp"])),
        ],
    ),
    ("url", &[required("url", TEXT)]),
]);

const TOOL_CHOICE: Kind = Kind::Tagged(Tagged {
    by: "type",
    cases: &[("auto", &[]), ("any", &[]), ("tool", &[required("name", TEXT)]), ("none", &[])],
    unsaid: None,
    others: Others::Refused,
});

/// A tool of the caller's says no type, or this one.
const TOOL: Kind = Kind::Tagged(Tagged {
    by: "type",
    cases: &[(
        "custom",
        &[
            required("name", Kind::Name { most: 128 }),
            optional("description", TEXT),
            required("input_schema", Kind::Object(&[required("type", Kind::Word(&["object"]))])),
        ],
    )],
    unsaid: Some("custom"),
    others: Others::Taken,
});

/// An object that says in `type` what it is, whatever that is.
const fn typed(cases: &'static [(&'static str, &'static [Member])]) -> Kind {
    Kind::Tagged(Tagged { by: "type", cases, unsaid: None, others: Others::Taken })
}
