//! What reranking and OCR ask of their requests.

use super::decode::{Known, Shape, members_of};
use super::{Found, Object, member, need, text};
use crate::bifrost::ErrorObject;
use serde_json::Value;

pub(super) const RERANK: Known = &[
    ("query", Shape::Text),
    ("documents", Shape::Objects),
    ("top_n", Shape::Whole),
    ("max_tokens_per_doc", Shape::Whole),
    ("priority", Shape::Whole),
    ("return_documents", Shape::Flag),
];

/// One document of those that are ranked.
const RANKED: Known = &[("text", Shape::Text), ("id", Shape::Text), ("meta", Shape::Object)];

pub(super) const OCR: Known = &[
    ("document", Shape::Object),
    ("id", Shape::Text),
    ("pages", Shape::Wholes),
    ("include_image_base64", Shape::Flag),
    ("image_limit", Shape::Whole),
    ("image_min_size", Shape::Whole),
    ("table_format", Shape::Text),
    ("extract_header", Shape::Flag),
    ("extract_footer", Shape::Flag),
    ("document_annotation_prompt", Shape::Text),
];

/// The document that is read.
const READ: Known = &[("type", Shape::Text), ("document_url", Shape::Text), ("image_url", Shape::Text)];

/// Refuses documents whose members have wrong types.
pub(super) fn texts(body: &Object) -> Result<(), ErrorObject> {
    let documents = ranked(body).iter().filter_map(Value::as_object);
    documents
        .enumerate()
        .try_for_each(|(at, document)| members_of(&format!("documents[{at}]."), document, RANKED))
}

pub(super) fn rerank(body: &Object) -> Found {
    need(text(body, "query").is_some_and(|query| !query.trim().is_empty()), "query is required for rerank")?;
    let documents = ranked(body);
    need(!documents.is_empty(), "documents are required for rerank")?;
    let blank = |document: &Value| {
        document.get("text").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty())
    };
    if let Some(at) = documents.iter().position(blank) {
        return Err(format!("document text is required for rerank at index {at}"));
    }
    let top = member(body, "top_n");
    need(top.is_none_or(|top| top.as_u64().is_some_and(|top| top > 0)), "top_n must be at least 1")
}

fn ranked(body: &Object) -> &[Value] {
    body.get("documents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Refuses a document whose members have wrong types.
pub(super) fn document(body: &Object) -> Result<(), ErrorObject> {
    body.get("document").and_then(Value::as_object).map_or(Ok(()), |read| members_of("document.", read, READ))
}

pub(super) fn ocr(body: &Object) -> Found {
    let document = body.get("document").and_then(Value::as_object);
    let member = |name| document.and_then(|document| text(document, name)).filter(|text| !text.is_empty());
    let kind = member("type").ok_or("document type is required for ocr")?;
    for url in ["document_url", "image_url"] {
        if kind == url && member(url).is_none() {
            return Err(format!("{url} is required when document type is {url}"));
        }
    }
    Ok(())
}
