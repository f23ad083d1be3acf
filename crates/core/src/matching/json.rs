//! JSON by meaning: one spelling for equal values, and where two values differ.

use super::compare::{Difference, shorten, shorten_pair};
use crate::secrecy::{HIDDEN, is_secret_member};
use serde_json::{Number, Value};

/// Appends a spelling that is equal for equal values: keys sorted, `1` and `1.0` alike.
///
/// Integers are exact to 64 bits, all other numbers are doubles. RFC 8785 is not used: it rounds integers
/// beyond 2^53, and two different seeds would share a key.
pub fn canonical_json(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'0'),
        Value::Bool(false) => out.push(b'f'),
        Value::Bool(true) => out.push(b't'),
        Value::Number(number) => {
            out.push(b'#');
            canonical_number(number, out);
        }
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for item in items {
                canonical_json(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            for (key, member) in sorted {
                string(key, out);
                canonical_json(member, out);
            }
            out.push(b'}');
        }
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn canonical_number(number: &Number, out: &mut Vec<u8>) {
    let integer = match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(value), _, _) => Some(i128::from(value)),
        (_, Some(value), _) => Some(i128::from(value)),
        // A whole double that an integer can spell as well.
        (_, _, Some(value)) if value.fract() == 0.0 && value.abs() < 18_446_744_073_709_551_616.0 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 65 bits")]
            Some(value as i128)
        }
        _ => None,
    };
    match (integer, number.as_f64()) {
        (Some(value), _) => out.extend_from_slice(&value.to_le_bytes()),
        (None, Some(value)) => {
            out.push(b'd');
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        (None, None) => out.extend_from_slice(number.to_string().as_bytes()),
    }
}

/// Whether two values are equal by [`canonical_json`].
fn equal(a: &Value, b: &Value) -> bool {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    canonical_json(a, &mut left);
    canonical_json(b, &mut right);
    left == right
}

/// Where two JSON values differ, as JSON pointers with both values, in document order and at most `most`.
#[must_use]
pub fn json_differences(recorded: &Value, called: &Value, most: usize) -> Vec<Difference> {
    let mut differences = Vec::new();
    walk("", recorded, called, most, &mut differences);
    differences
}

fn walk(at: &str, recorded: &Value, called: &Value, most: usize, out: &mut Vec<Difference>) {
    if out.len() >= most {
        return;
    }
    match (recorded, called) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let pointer = child(at, key);
                match right.get(key) {
                    Some(other) => walk(&pointer, value, other, most, out),
                    None => push(out, most, pointer, Some(value), None),
                }
            }
            for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                push(out, most, child(at, key), None, Some(value));
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for (index, pair) in left.iter().zip(right).enumerate() {
                walk(&child(at, &index.to_string()), pair.0, pair.1, most, out);
            }
            for (index, value) in left.iter().enumerate().skip(right.len()) {
                push(out, most, child(at, &index.to_string()), Some(value), None);
            }
            for (index, value) in right.iter().enumerate().skip(left.len()) {
                push(out, most, child(at, &index.to_string()), None, Some(value));
            }
        }
        _ if equal(recorded, called) => {}
        _ => push(out, most, at.to_owned(), Some(recorded), Some(called)),
    }
}

fn child(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn push(
    out: &mut Vec<Difference>,
    most: usize,
    pointer: String,
    recorded: Option<&Value>,
    called: Option<&Value>,
) {
    if out.len() >= most {
        return;
    }
    let secret = pointer.split('/').any(is_secret_member);
    let (recorded, called) = match (recorded, called) {
        (left, right) if secret => (left.map(|_| HIDDEN.to_owned()), right.map(|_| HIDDEN.to_owned())),
        (Some(Value::String(left)), Some(Value::String(right))) => {
            let (left, right) = shorten_pair(left, right);
            (Some(quote(&left)), Some(quote(&right)))
        }
        (left, right) => {
            (left.map(|value| shorten(&value.to_string())), right.map(|value| shorten(&value.to_string())))
        }
    };
    out.push(Difference { pointer, recorded, called });
}

fn quote(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
