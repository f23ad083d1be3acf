//! The lines of a batch's file, or what is wrong with them.

use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;
use standin_core::batches::{Batch, Fault, LineCall, LineEnd, NewLine};
use std::collections::BTreeMap;

/// The most lines of a batch.
const MOST_LINES: usize = 50_000;
/// How many faults are told.
const MOST_FAULTS: usize = 100;

/// A line as it is written. What a body holds is read by who answers it.
#[derive(Debug)]
struct Written<'a> {
    custom_id: Option<String>,
    method: Option<String>,
    url: Option<String>,
    body: Option<&'a RawValue>,
}

/// The lines read so far.
struct Reading<'a> {
    endpoint: &'a str,
    model: Option<String>,
    known: BTreeMap<String, usize>,
    faults: Vec<Fault>,
    lines: Vec<NewLine>,
}

pub(super) fn lines(batch: &Batch, content: &Bytes) -> Result<Vec<NewLine>, Vec<Fault>> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let endpoint = batch.asked["endpoint"].as_str().unwrap_or_default();
    let mut reading =
        Reading { endpoint, model: None, known: BTreeMap::new(), faults: Vec::new(), lines: Vec::new() };
    for (at, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if reading.lines.len() == MOST_LINES {
            let message =
                format!("The file has more than {MOST_LINES} requests, which is the most of a batch.");
            return Err(vec![fault("too_many_requests", message, None, None)]);
        }
        if let Err(fault) = reading.line(at, line) {
            reading.faults.push(Fault { line: Some(at), ..fault });
        }
        if reading.faults.len() == MOST_FAULTS {
            break;
        }
    }
    if reading.faults.is_empty() && reading.lines.is_empty() {
        let message = "The input file is empty: a batch has one request at least.".to_owned();
        reading.faults.push(fault("empty_file", message, None, None));
    }
    if reading.faults.is_empty() { Ok(reading.lines) } else { Err(reading.faults) }
}

/// Characters of an id at most. The vendor tells no bound; ids come back in each result, and are kept until then.
const LONGEST_ID: usize = 512;

fn fault(code: &str, message: String, param: Option<&str>, line: Option<usize>) -> Fault {
    Fault { code: code.to_owned(), message, param: param.map(str::to_owned), line }
}

fn missing(name: &str) -> Fault {
    fault("missing_required_parameter", format!("Missing required parameter: '{name}'."), Some(name), None)
}

fn mistyped(name: &str, expected: &str) -> Fault {
    fault("invalid_type", format!("Invalid type for '{name}': expected {expected}."), Some(name), None)
}

/// A text that is there, and no null.
fn text(members: &BTreeMap<String, &RawValue>, name: &str) -> Result<Option<String>, Fault> {
    match members.get(name).map(|raw| raw.get()) {
        None | Some("null") => Ok(None),
        Some(text) => serde_json::from_str(text).map(Some).map_err(|_| mistyped(name, "a string")),
    }
}

// === impl Written ===

impl<'a> Written<'a> {
    fn read(line: &'a [u8]) -> Result<Self, Fault> {
        let unreadable = |_| {
            fault("invalid_json_line", "This line could not be read as a JSON object.".to_owned(), None, None)
        };
        let members: BTreeMap<String, &RawValue> = serde_json::from_slice(line).map_err(unreadable)?;
        Ok(Written {
            custom_id: text(&members, "custom_id")?,
            method: text(&members, "method")?,
            url: text(&members, "url")?,
            body: members.get("body").copied().filter(|body| body.get() != "null"),
        })
    }
}

// === impl Reading ===

impl Reading<'_> {
    fn line(&mut self, at: usize, line: &[u8]) -> Result<(), Fault> {
        let Written { custom_id, method, url, body } = Written::read(line)?;
        let custom_id = custom_id.filter(|id| !id.is_empty()).ok_or_else(|| missing("custom_id"))?;
        let length = custom_id.chars().count();
        if length > LONGEST_ID {
            let message = format!(
                "Invalid 'custom_id': string too long. Expected a string with maximum length {LONGEST_ID}, \
                 but got a string with length {length} instead."
            );
            return Err(fault("string_above_max_length", message, Some("custom_id"), None));
        }
        if let Some(first) = self.known.insert(custom_id.clone(), at) {
            self.known.insert(custom_id.clone(), first);
            let message = format!("The custom_id '{custom_id}' is that of line {first} already.");
            return Err(fault("duplicate_custom_id", message, Some("custom_id"), None));
        }
        let method = method.ok_or_else(|| missing("method"))?;
        if method != "POST" {
            let message = format!("Invalid value: '{method}'. Supported values are: 'POST'.");
            return Err(fault("invalid_method", message, Some("method"), None));
        }
        let url = url.ok_or_else(|| missing("url"))?;
        if url != self.endpoint {
            let message = format!("The url '{url}' is not the batch's endpoint '{}'.", self.endpoint);
            return Err(fault("invalid_url", message, Some("url"), None));
        }
        let body = body.ok_or_else(|| missing("body"))?;
        let Ok(Value::Object(read)) = serde_json::from_str::<Value>(body.get()) else {
            return Err(mistyped("body", "an object"));
        };
        self.same_model(read.get("model").and_then(Value::as_str))?;
        let streams = read.get("stream").is_some_and(|stream| stream == true);
        self.lines.push(NewLine {
            custom_id,
            call: LineCall { path: url, body: Bytes::copy_from_slice(body.get().as_bytes()) },
            end: streams.then(streaming),
        });
        Ok(())
    }

    /// All lines of a batch ask the same model.
    fn same_model(&mut self, model: Option<&str>) -> Result<(), Fault> {
        let Some(model) = model else { return Ok(()) };
        let first = self.model.get_or_insert_with(|| model.to_owned());
        if first == model {
            return Ok(());
        }
        let message =
            format!("The model '{model}' is not '{first}', which the first request of the batch asks.");
        Err(fault("mismatched_model", message, Some("body.model"), None))
    }
}

/// What becomes of a line that asks for a stream.
fn streaming() -> LineEnd {
    let body = serde_json::json!({"error": {
        "message": "Batches have no streams: leave `stream` out.",
        "type": "invalid_request_error",
        "param": "stream",
        "code": "unsupported_value",
    }});
    LineEnd::Answered { status: 400, body: body.to_string().into() }
}
