//! Batches of messages.
//!
//! ```text
//! route    what a method and a path name      submit   a batch that is asked for, with its requests
//! object   how a batch is shown               result   how a request's answer is written
//! ```

mod object;
mod result;
mod route;
mod submit;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use standin_core::Headers;
use standin_core::batches::{
    Batch, BatchApi, BatchCall, Cursor, Fault, File, Ids, Line, LineEnd, Listing, NewBatch, NewFile, NewLine,
    Place, ResultFile, Results,
};
use standin_core::dialect::Failure;

/// Batches of messages. They come with their requests, and there are no files.
#[derive(Debug)]
pub(super) struct MessageBatches;

const USUAL_LIMIT: usize = 20;
const MOST_LIMIT: usize = 1000;

impl BatchApi for MessageBatches {
    fn called(&self, method: &str, path: &str) -> Option<BatchCall> {
        route::called(method, path)
    }

    fn results(&self) -> Results {
        Results::Batch
    }

    fn credential(&self) -> (&'static str, &'static str) {
        ("x-api-key", "standin")
    }

    fn uploaded(
        &self,
        _headers: &Headers,
        _body: &Bytes,
        _ids: &Ids<'_>,
        _now: Timestamp,
    ) -> Result<NewFile, Failure> {
        Err(Failure::of(404))
    }

    fn submitted(
        &self,
        headers: &Headers,
        body: &Bytes,
        ids: &Ids<'_>,
        now: Timestamp,
    ) -> Result<NewBatch, Failure> {
        submit::submitted(headers, body, ids, now)
    }

    fn reads_from(&self, _batch: &Batch, _file: Option<&File>) -> Result<(), Failure> {
        Ok(())
    }

    fn lines(&self, _batch: &Batch, _content: &Bytes) -> Result<Vec<NewLine>, Vec<Fault>> {
        Ok(Vec::new())
    }

    fn listing(&self, query: Option<&str>) -> Result<Listing, Failure> {
        let mut listing = Listing::newest(USUAL_LIMIT);
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "limit" => listing.limit = limit(&value)?,
                _ if value.is_empty() => {}
                "after_id" | "before_id" if listing.cursor != Cursor::Start => {
                    return Err(refused("after_id, before_id: only one of them can be given"));
                }
                "after_id" => listing.cursor = Cursor::After(value.into_owned()),
                "before_id" => listing.cursor = Cursor::Before(value.into_owned()),
                _ => {}
            }
        }
        Ok(listing)
    }

    fn file_listing(&self, query: Option<&str>) -> Result<Listing, Failure> {
        self.listing(query)
    }

    fn shown(&self, batch: &Batch, place: &Place<'_>) -> Value {
        object::shown(batch, place)
    }

    fn shown_file(&self, _file: &File) -> Value {
        Value::Null
    }

    fn page(&self, items: Vec<Value>, more: bool) -> Value {
        let id = |item: Option<&Value>| item.map(|item| item["id"].clone());
        let (first, last) = (id(items.first()), id(items.last()));
        json!({"data": items, "has_more": more, "first_id": first, "last_id": last})
    }

    fn deleted(&self, call: &BatchCall) -> Value {
        let id = if let BatchCall::Delete(id) = call { id } else { "" };
        json!({"id": id, "type": "message_batch_deleted"})
    }

    fn may_cancel(&self, batch: &Batch) -> Result<(), Failure> {
        if !batch.stage.is_over() {
            return Ok(());
        }
        Err(refused(format!("batch {} has ended and cannot be canceled", batch.id)))
    }

    fn may_delete(&self, batch: &Batch) -> Result<(), Failure> {
        if batch.stage.is_over() {
            return Ok(());
        }
        Err(refused(format!("batch {} is still processing: cancel it before it is deleted", batch.id)))
    }

    fn has_results(&self, batch: &Batch, now: Timestamp) -> Result<(), Failure> {
        if !batch.stage.is_over() {
            return Err(refused(format!("batch {} has no results before it has ended", batch.id)));
        }
        if object::archived(batch, now).is_some() {
            return Err(
                Failure::of(404).saying(format!("the results of batch {} are no longer kept", batch.id))
            );
        }
        Ok(())
    }

    fn missing(&self, call: &BatchCall) -> Failure {
        route::missing(call)
    }

    fn no_room(&self, what: &str) -> Failure {
        refused(what)
    }

    fn result(&self, _batch: &Batch, line: &Line, end: &LineEnd) -> (ResultFile, Vec<u8>) {
        (ResultFile::Output, result::result(line, end))
    }

    fn result_file(&self, batch: &Batch, _which: ResultFile, ids: &Ids<'_>, now: Timestamp) -> File {
        File {
            id: ids("file_", 24),
            provider: batch.provider.clone(),
            owner_key: batch.owner_key.clone(),
            name: format!("{}_results.jsonl", batch.id),
            purpose: String::new(),
            bytes: 0,
            created: now,
            expires: None,
        }
    }
}

fn limit(value: &str) -> Result<usize, Failure> {
    let limit: i64 = value.parse().map_err(|_| refused("limit: Input should be a valid integer"))?;
    match usize::try_from(limit) {
        Ok(limit @ 1..=MOST_LIMIT) => Ok(limit),
        Ok(2..) => Err(refused(format!("limit: Input should be less than or equal to {MOST_LIMIT}"))),
        _ => Err(refused("limit: Input should be greater than or equal to 1")),
    }
}

fn refused(message: impl Into<String>) -> Failure {
    Failure::of(400).saying(message)
}
