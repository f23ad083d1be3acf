//! Fields of a body that is JSON or a form: in a form a number and a bool are texts, and a list of one is a text
//! where its name did not say that it is a list.

use serde_json::Value;

/// A field's text.
pub(super) fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

/// A field's number.
pub(super) fn number(body: &Value, name: &str) -> Option<f64> {
    match body.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// A field's count, kept within what the vendor takes: a mock may be asked for anything.
pub(super) fn count(body: &Value, name: &str, least: u8, most: u8) -> Option<usize> {
    let number = number(body, name)?.clamp(f64::from(least), f64::from(most));
    (least..=most).rev().find(|count| f64::from(*count) <= number).map(usize::from)
}

/// Whether a field is true.
pub(super) fn flag(body: &Value, name: &str) -> bool {
    match body.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => matches!(text.as_str(), "true" | "True" | "1"),
        _ => false,
    }
}

/// Whether a list, or the one value that stands for it, holds a text.
pub(super) fn lists(body: &Value, name: &str, text: &str) -> bool {
    match body.get(name) {
        Some(Value::Array(values)) => values.iter().any(|value| value.as_str() == Some(text)),
        Some(Value::String(only)) => only == text,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_and_json_say_the_same() {
        for body in [
            json!({"n": 2, "stream": true, "include": ["a"]}),
            json!({"n": "2", "stream": "true", "include": "a"}),
        ] {
            assert_eq!(number(&body, "n"), Some(2.0));
            assert_eq!(count(&body, "n", 1, 10), Some(2));
            assert!(flag(&body, "stream") && lists(&body, "include", "a"));
        }
        assert!(!flag(&json!({"stream": "false"}), "stream"));
    }

    #[test]
    fn counts_stay_within_bounds() {
        for (asked, counted) in
            [(json!(-4), Some(1)), (json!(1e300), Some(10)), (json!("x"), None), (json!(null), None)]
        {
            assert_eq!(count(&json!({"n": asked}), "n", 1, 10), counted);
        }
    }
}
