//! What each endpoint takes. The order is the one in which what is wrong is told.
//!
//! A model has been looked for before: where it may be in the path, no body has to name it.

mod chat;
mod media;
mod responses;
mod text;

pub(super) use chat::{CHAT, MESSAGES, SPENDING, TOOLS};
pub(super) use media::{EDITS, IMAGES, MODERATIONS, SPEECH, TRANSCRIPTIONS, TRANSLATIONS, VARIATIONS};
pub(super) use responses::RESPONSES;
pub(super) use text::{COMPLETIONS, EMBEDDINGS};

use crate::members::{Kind, Member, OBJECT, TEXT, list, optional};

/// Penalties go so far to both sides.
const PENALTY: Kind = Kind::Decimal { least: -2.0, most: 2.0 };
const TEMPERATURE: Kind = Kind::Decimal { least: 0.0, most: 2.0 };
const SHARE: Kind = Kind::Decimal { least: 0.0, most: 1.0 };
const CHOICES: Kind = Kind::Integer { least: 1, most: 128 };
const TEXTS: Kind = list(&TEXT);
/// One sequence, or up to four.
const STOP: Kind = Kind::Either(&[TEXT, Kind::List { of: &TEXT, least: 0, most: 4 }]);
const EFFORT: Kind = Kind::Word(&["none", "minimal", "low", "medium", "high", "xhigh", "max"]);
const VERBOSITY: Kind = Kind::Word(&["low", "medium", "high"]);
/// One word, or an object that names a tool.
const TOOL_CHOICE: Kind = Kind::Either(&[Kind::Word(&["none", "auto", "required"]), OBJECT]);
/// What a schema is, beside the schema.
const SCHEMA_NAME: Member = crate::members::required("name", Kind::Name { most: 64 });
const STRICT: Member = optional("strict", Kind::Flag);
const DESCRIPTION: Member = optional("description", TEXT);
