//! go-vcr's interaction as the common model.

use super::{REQUEST_FIELDS, RESPONSE_FIELDS};
use crate::cassette::ReadError;
use crate::cassette::fields::{self, Duplicates, Fields};
use crate::cassette::model::{GoFields, Interaction, RecordedRequest, RecordedResponse, RequestBody};
use crate::cassette::notes::{self, Notes};
use crate::cassette::yaml::Node;

pub(crate) fn read(node: Node<'_>) -> Result<Interaction, ReadError> {
    let mut fields = Fields::of(node, "an interaction", Duplicates::Refuse)?;
    let line = fields.line;
    let request = request(fields.require("request")?)?;
    let response = response(fields.require("response")?)?;
    // Ids are positions: go-vcr writes them anew at each save and never reads them.
    fields.take("id");
    let notes = fields.take(notes::KEY).map(|node| Notes::read(&node, response.body.len())).transpose()?;
    let Notes { recorded, layout, chunks } = notes.unwrap_or_default();
    Ok(Interaction { request, response, recorded, layout, chunks, unknown: fields.rest(), line })
}

fn request(node: Node<'_>) -> Result<RecordedRequest, ReadError> {
    let mut fields = Fields::of(node, "`request`", Duplicates::Refuse)?;
    let method = fields.require_text("method")?;
    let url = fields.require_text("url")?;
    let body = fields.take_body("body")?;
    let headers = fields.take_headers(Duplicates::Refuse)?;
    let go = Some(take_fields(&mut fields, REQUEST_FIELDS));
    Ok(RecordedRequest { method, url, headers, body: RequestBody::Bytes(body), go, unknown: fields.rest() })
}

fn response(node: Node<'_>) -> Result<RecordedResponse, ReadError> {
    let mut fields = Fields::of(node, "`response`", Duplicates::Refuse)?;
    let status = fields::status(&fields.require("code")?)?;
    let line = match fields.take("status") {
        Some(node) => fields::text(&node, "status")?,
        None => String::new(),
    };
    let body = fields.take_body("body")?;
    let headers = fields.take_headers(Duplicates::Refuse)?;
    let go = Some(take_fields(&mut fields, RESPONSE_FIELDS));
    // `status` is the whole text, "200 OK".
    let reason = line.strip_prefix(&status.to_string()).unwrap_or(&line).trim_start().to_owned();
    Ok(RecordedResponse { status, reason, headers, body, go, unknown: fields.rest() })
}

fn take_fields(fields: &mut Fields<'_>, keys: &[&str]) -> GoFields {
    GoFields(
        keys.iter()
            .filter_map(|key| fields.take(key).map(|node| ((*key).to_owned(), node.into_owned())))
            .collect(),
    )
}
