//! What a tag makes of a value.
//!
//! The Python tags that old vcrpy files hold are read as the data they carry; nothing is ever constructed
//! or called, and every other tag is refused.

use super::Value;
use crate::cassette::ReadError;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

const CORE: &str = "tag:yaml.org,2002:";
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A scalar's value.
pub(super) fn scalar<'a>(
    text: Cow<'a, str>,
    plain: bool,
    tag: Option<&str>,
    line: u32,
) -> Result<Value<'a>, ReadError> {
    let Some(tag) = tag else {
        return Ok(if plain { Value::Plain(text) } else { Value::Text(text) });
    };
    match tag.strip_prefix(CORE) {
        Some("str" | "python/str" | "python/unicode") => Ok(Value::Text(text)),
        Some("binary" | "python/bytes") => decode_base64(&text)
            .map(Value::Binary)
            .map_err(|reason| ReadError::at(line, format!("!!binary is not base64: {reason}"))),
        Some(
            "null" | "bool" | "int" | "float" | "timestamp" | "python/none" | "python/bool" | "python/int"
            | "python/long" | "python/float",
        ) => Ok(Value::Plain(text)),
        _ if tag == "!" => Ok(Value::Text(text)),
        _ => Err(refused(tag, line)),
    }
}

/// A collection's value.
pub(super) fn collection<'a>(value: Value<'a>, tag: Option<&str>, line: u32) -> Result<Value<'a>, ReadError> {
    let Some(tag) = tag else { return Ok(value) };
    let carried = match tag.strip_prefix(CORE) {
        Some("seq" | "map" | "python/tuple" | "python/list" | "python/dict") => return Ok(value),
        Some("python/object/new:_io.BytesIO" | "python/object/apply:builtins.iter") => first_scalar(value),
        Some(
            "python/object/apply:multidict._multidict.istr"
            | "python/object/apply:multidict._multidict_py.istr"
            | "python/object/new:multidict._multidict.istr"
            | "python/object/new:multidict._multidict_py.istr",
        ) => first_scalar(value).map(|value| match value {
            Value::Plain(text) => Value::Text(text),
            other => other,
        }),
        _ => return Err(refused(tag, line)),
    };
    carried.ok_or_else(|| ReadError::at(line, format!("{tag} holds no text and no bytes")))
}

/// The bytes or text inside `[data, ...]`, `{args: [data]}` or `{state: [data, 0, null]}`; an iterator
/// over several pieces is their concatenation.
fn first_scalar(value: Value<'_>) -> Option<Value<'_>> {
    match value {
        Value::Plain(_) | Value::Text(_) | Value::Binary(_) => Some(value),
        Value::Seq(items) => {
            let first = items.into_iter().next()?.value;
            match first {
                Value::Seq(pieces) => {
                    let mut joined = Vec::new();
                    for piece in pieces {
                        match piece.value {
                            Value::Plain(text) | Value::Text(text) => {
                                joined.extend_from_slice(text.as_bytes());
                            }
                            Value::Binary(bytes) => joined.extend(bytes),
                            Value::Seq(_) | Value::Map(_) => return None,
                        }
                    }
                    Some(String::from_utf8(joined).map_or_else(
                        |error| Value::Binary(error.into_bytes()),
                        |text| Value::Text(Cow::Owned(text)),
                    ))
                }
                scalar => first_scalar(scalar),
            }
        }
        Value::Map(entries) => entries
            .into_iter()
            .find(|(key, _)| matches!(key.as_str(), Some("args" | "state")))
            .and_then(|(_, value)| first_scalar(value.value)),
    }
}

fn refused(name: &str, line: u32) -> ReadError {
    let short = name.strip_prefix(CORE).map_or_else(|| name.to_owned(), |rest| format!("!!{rest}"));
    ReadError::at(
        line,
        format!(
            "the tag {short} is refused: standin reads text, bytes, lists and mappings, and never builds an object from a file"
        ),
    )
}

/// Base64 as YAML writes it, with white space anywhere and the padding optional.
pub(crate) fn decode_base64(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(compact)
}
