//! Completions and Embeddings.

use super::{CHOICES, PENALTY, SHARE, STOP, TEMPERATURE, TEXTS};
use crate::members::{Kind, Member, OBJECT, TEXT, from, integer, list, optional, required};

/// A token's number. How far they go depends on the model.
const TOKEN: Kind = from(i64::MIN);
/// A text, texts, tokens, or lists of tokens.
const PROMPT: Kind = Kind::Either(&[TEXT, TEXTS, list(&TOKEN), list(&list(&TOKEN))]);

/// Completions.
pub(in super::super) static COMPLETIONS: &[Member] = &[
    optional("model", TEXT),
    required("prompt", PROMPT),
    optional("best_of", integer(1, 20)),
    optional("echo", Kind::Flag),
    optional("frequency_penalty", PENALTY),
    optional("logit_bias", OBJECT),
    optional("logprobs", integer(0, 5)),
    optional("max_tokens", from(0)),
    optional("n", CHOICES),
    optional("presence_penalty", PENALTY),
    optional("seed", from(i64::MIN)),
    optional("stop", STOP),
    optional("stream", Kind::Flag),
    optional("stream_options", OBJECT),
    optional("suffix", TEXT),
    optional("temperature", TEMPERATURE),
    optional("top_p", SHARE),
    optional("user", TEXT),
];

/// Embeddings, without the input: that is worded in a way of its own.
pub(in super::super) static EMBEDDINGS: &[Member] = &[
    optional("dimensions", from(1)),
    optional("encoding_format", Kind::Word(&["float", "base64"])),
    optional("model", TEXT),
    optional("user", TEXT),
];
