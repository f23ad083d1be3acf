//! vcrpy's interaction as the common model.
//!
//! ```text
//! response:  {body: {string}, headers, status: {code, message}}       today
//!            {status_code, content, headers}                           httpx stub before 6.0
//!            {..., headers: [[name, value], ...], url}                 tornado
//! ```

use crate::cassette::ReadError;
use crate::cassette::fields::{self, Duplicates, Fields};
use crate::cassette::model::{Interaction, RecordedRequest, RecordedResponse, RequestBody, Structured};
use crate::cassette::notes::{self, Notes};
use crate::cassette::yaml::{Node, Value, decode_base64};
use bytes::Bytes;

pub(crate) fn read(node: Node<'_>) -> Result<Interaction, ReadError> {
    let mut fields = Fields::of(node, "an interaction", Duplicates::LastWins)?;
    let line = fields.line;
    let request = request(fields.require("request")?)?;
    let response = response(fields.require("response")?)?;
    let notes = fields.take(notes::KEY).map(|node| Notes::read(&node, response.body.len())).transpose()?;
    let Notes { recorded, layout, chunks } = notes.unwrap_or_default();
    Ok(Interaction { request, response, recorded, layout, chunks, unknown: fields.rest(), line })
}

fn request(node: Node<'_>) -> Result<RecordedRequest, ReadError> {
    let mut fields = Fields::of(node, "`request`", Duplicates::LastWins)?;
    let method = fields.require_text("method")?;
    let url = fields.require_text("uri")?;
    let body = match fields.take("body") {
        None => RequestBody::None,
        Some(node) if node.is_null() => RequestBody::None,
        Some(node) => match node.value {
            Value::Map(_) | Value::Seq(_) => RequestBody::Structured(Structured(node.into_owned())),
            _ => RequestBody::Bytes(fields::body(&node, "body")?),
        },
    };
    let headers = fields.take_headers(Duplicates::LastWins)?;
    Ok(RecordedRequest { method, url, headers, body, go: None, unknown: fields.rest() })
}

fn response(node: Node<'_>) -> Result<RecordedResponse, ReadError> {
    let mut fields = Fields::of(node, "`response`", Duplicates::LastWins)?;
    let (status, reason) = if fields.has("status_code") {
        (fields::status(&fields.require("status_code")?)?, String::new())
    } else {
        status(fields.require("status")?)?
    };
    let body = match fields.take("content") {
        Some(node) => fields::body(&node, "content")?,
        None => match fields.take("body") {
            Some(node) => response_body(node)?,
            None => Bytes::new(),
        },
    };
    let headers = fields.take_headers(Duplicates::LastWins)?;
    // The version of a legacy httpx response says nothing about its bytes.
    fields.take("http_version");
    Ok(RecordedResponse { status, reason, headers, body, go: None, unknown: fields.rest() })
}

fn status(node: Node<'_>) -> Result<(u16, String), ReadError> {
    if !matches!(node.value, Value::Map(_)) {
        return Ok((fields::status(&node)?, String::new()));
    }
    let mut fields = Fields::of(node, "`status`", Duplicates::LastWins)?;
    let code = fields::status(&fields.require("code")?)?;
    let message = match fields.take("message") {
        Some(node) => fields::text(&node, "message")?,
        None => String::new(),
    };
    Ok((code, message))
}

fn response_body(node: Node<'_>) -> Result<Bytes, ReadError> {
    if !matches!(node.value, Value::Map(_)) {
        return fields::body(&node, "body");
    }
    let mut fields = Fields::of(node, "`body`", Duplicates::LastWins)?;
    if let Some(node) = fields.take("string") {
        return fields::body(&node, "string");
    }
    match fields.take("base64_string") {
        Some(node) => decode_base64(node.as_str().unwrap_or_default())
            .map(Bytes::from)
            .map_err(|reason| ReadError::at(node.line, format!("`base64_string` is not base64: {reason}"))),
        None => Ok(Bytes::new()),
    }
}
