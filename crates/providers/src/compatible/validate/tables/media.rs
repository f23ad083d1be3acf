//! Images, sound and moderations. Some of them are sent as forms.

use super::{SHARE, TEXTS};
use crate::members::{Kind, Member, OBJECT, TEXT, decimal, integer, list, optional, required, some};

const WORDS_OF_A_PICTURE: Kind = Kind::Text { least: 1, most: 32_000 };
const PICTURES: Kind = integer(1, 10);
const BACKGROUND: Member = optional("background", Kind::Word(&["transparent", "opaque", "auto"]));
const COMPRESSION: Member = optional("output_compression", integer(0, 100));
const PICTURE_FORMAT: Member = optional("output_format", Kind::Word(&["png", "webp", "jpeg", "gif", "svg"]));
const PARTIAL: Member = optional("partial_images", integer(0, 3));
const QUALITY: Member =
    optional("quality", Kind::Word(&["standard", "hd", "low", "medium", "high", "xhigh", "max", "auto"]));
const RESPONSE: Member = optional("response_format", Kind::Word(&["url", "b64_json"]));
const ONE_OR_MORE: Kind = Kind::Either(&[Kind::File, some(&Kind::File)]);

/// Images from a text.
pub(in super::super) static IMAGES: &[Member] = &[
    required("prompt", WORDS_OF_A_PICTURE),
    optional("model", TEXT),
    BACKGROUND,
    optional("moderation", Kind::Word(&["low", "auto"])),
    optional("n", PICTURES),
    COMPRESSION,
    PICTURE_FORMAT,
    PARTIAL,
    QUALITY,
    RESPONSE,
    optional("size", TEXT),
    optional("stream", Kind::Flag),
    optional("style", Kind::Word(&["vivid", "natural"])),
    optional("user", TEXT),
];

/// Images from images and a text.
pub(in super::super) static EDITS: &[Member] = &[
    required("image", ONE_OR_MORE),
    required("prompt", WORDS_OF_A_PICTURE),
    optional("model", TEXT),
    BACKGROUND,
    optional("input_fidelity", Kind::Word(&["high", "low"])),
    optional("mask", Kind::File),
    optional("n", PICTURES),
    COMPRESSION,
    PICTURE_FORMAT,
    PARTIAL,
    QUALITY,
    RESPONSE,
    optional("stream", Kind::Flag),
];

/// Images from an image.
pub(in super::super) static VARIATIONS: &[Member] =
    &[required("image", Kind::File), optional("model", TEXT), optional("n", PICTURES), RESPONSE];

/// Speech from a text.
pub(in super::super) static SPEECH: &[Member] = &[
    optional("model", TEXT),
    required("input", Kind::Text { least: 1, most: 4096 }),
    required("voice", Kind::Either(&[TEXT, OBJECT])),
    optional("instructions", TEXT),
    optional("response_format", Kind::Word(&["mp3", "opus", "aac", "flac", "wav", "pcm"])),
    optional("speed", decimal(0.25, 4.0)),
    optional("stream_format", Kind::Word(&["sse", "audio"])),
];

/// Text from speech.
pub(in super::super) static TRANSCRIPTIONS: &[Member] = &[
    required("file", Kind::File),
    optional("model", TEXT),
    optional("language", TEXT),
    optional("prompt", TEXT),
    optional("response_format", Kind::Word(&["json", "text", "srt", "verbose_json", "vtt", "diarized_json"])),
    optional("stream", Kind::Flag),
    optional("temperature", SHARE),
    optional("timestamp_granularities", list(&Kind::Word(&["word", "segment"]))),
];

/// English text from speech.
pub(in super::super) static TRANSLATIONS: &[Member] = &[
    required("file", Kind::File),
    optional("model", TEXT),
    optional("prompt", TEXT),
    optional("response_format", Kind::Word(&["json", "text", "srt", "verbose_json", "vtt"])),
    optional("temperature", SHARE),
];

/// Moderations.
pub(in super::super) static MODERATIONS: &[Member] =
    &[required("input", Kind::Either(&[TEXT, TEXTS, list(&OBJECT)])), optional("model", TEXT)];
