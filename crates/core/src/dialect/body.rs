//! The body of a call as a tree of JSON, whether it is JSON or a form.

use crate::call::Call;
use crate::encoding::decoded;
use crate::matching::multipart;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Hexadecimal digits of a file's hash.
const DIGEST: usize = 16;

/// A body that is neither JSON nor a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON: {0}")]
pub struct Unreadable(String);

/// Reads a body. An empty one is an empty object. A multipart form is an object of its fields: a text for each,
/// for a file `{"filename", "content_type", "bytes", "digest"}` with its length and a hash of it, and a list where
/// a name is there more than once or ends in `[]`, which is left out of it.
///
/// # Errors
/// When it is neither.
pub fn read_body(call: &Call) -> Result<Value, Unreadable> {
    let plain = call.headers.get("content-encoding").and_then(|encoding| decoded(encoding, &call.body));
    let body: Cow<'_, [u8]> = plain.map_or(Cow::Borrowed(&call.body), Cow::Owned);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    let content_type = call.headers.get("content-type").unwrap_or_default();
    if call.headers.media_type().is_some_and(|media| media == "multipart/form-data") {
        let parts = multipart::boundary(content_type).and_then(|boundary| multipart::parts(&body, boundary));
        return parts
            .map(|parts| form(&parts))
            .ok_or_else(|| Unreadable("the parts of the form cannot be told apart".to_owned()));
    }
    serde_json::from_slice(&body).map_err(|error| Unreadable(error.to_string()))
}

fn form(parts: &[multipart::Part<'_>]) -> Value {
    let mut fields = Map::new();
    for part in parts {
        let Some(name) = part.name() else { continue };
        let value = match part.filename() {
            Some(filename) => json!({
                "filename": filename,
                "content_type": part.content_type(),
                "bytes": part.content.len(),
                // Other files are asked of otherwise, though nobody looks into them.
                "digest": &blake3::hash(part.content).to_hex()[..DIGEST],
            }),
            None => Value::String(String::from_utf8_lossy(part.content).into_owned()),
        };
        let (name, list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
        match fields.get_mut(name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None if list => drop(fields.insert(name.to_owned(), Value::Array(vec![value]))),
            None => drop(fields.insert(name.to_owned(), value)),
        }
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::Headers;
    use bytes::Bytes;

    fn call(content_type: &str, body: &'static str) -> Call {
        Call {
            method: "POST".to_owned(),
            path: "/v1/images/edits".to_owned(),
            query: None,
            host: None,
            headers: Headers::from_iter([("content-type", content_type)]),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn a_form_is_an_object_of_its_fields() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na cat\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"b.png\"\r\n\r\nPN\r\n--x--\r\n";
        let mut read = read_body(&call("multipart/form-data; boundary=x", body)).unwrap();
        let digests = [0, 1].map(|at| read["image"][at].as_object_mut().unwrap().shift_remove("digest"));
        assert!(digests[0] != digests[1] && digests[0].is_some(), "{digests:?}");
        assert_eq!(
            read,
            json!({"prompt": "a cat", "image": [
                {"filename": "a.png", "content_type": "image/png", "bytes": 3},
                {"filename": "b.png", "content_type": null, "bytes": 2},
            ]})
        );
    }

    #[test]
    fn what_is_no_json_says_where() {
        assert!(
            read_body(&call("application/json", "{\"a\": }")).unwrap_err().to_string().contains("column 7")
        );
        assert_eq!(read_body(&call("", " ")), Ok(json!({})));
    }
}
