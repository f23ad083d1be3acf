//! Files, and batches of calls that are read from them.
//!
//! ```text
//! route    what a method and a path name     files    what is uploaded, and how files are shown
//! submit   a batch that is asked for         lines    the lines of its file, or what is wrong with them
//! object   how a batch is shown              result   how a line's answer is written
//! listing  which of many are shown
//! ```

mod files;
mod lines;
mod listing;
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
    Batch, BatchApi, BatchCall, EndEvent, Fault, File, Ids, Line, LineEnd, Listing, NewBatch, NewFile,
    NewLine, Place, ResultFile, Results, Stage,
};
use standin_core::dialect::Failure;

/// The API of files and batches of a vendor with this name, whose paths begin with this.
#[derive(Debug)]
pub(crate) struct Batches {
    pub(crate) provider: &'static str,
    pub(crate) root: &'static str,
}

impl BatchApi for Batches {
    fn called(&self, method: &str, path: &str) -> Option<BatchCall> {
        route::called(method, path.strip_prefix(self.root)?)
    }

    fn results(&self) -> Results {
        Results::Files
    }

    fn credential(&self) -> (&'static str, &'static str) {
        ("authorization", "Bearer standin")
    }

    fn uploaded(
        &self,
        headers: &Headers,
        body: &Bytes,
        ids: &Ids<'_>,
        now: Timestamp,
    ) -> Result<NewFile, Failure> {
        files::uploaded(self.provider, headers, body, ids, now)
    }

    fn submitted(
        &self,
        headers: &Headers,
        body: &Bytes,
        ids: &Ids<'_>,
        now: Timestamp,
    ) -> Result<NewBatch, Failure> {
        submit::submitted(self.provider, headers, body, ids, now)
    }

    fn reads_from(&self, batch: &Batch, file: Option<&File>) -> Result<(), Failure> {
        submit::reads_from(batch, file)
    }

    fn lines(&self, batch: &Batch, content: &Bytes) -> Result<Vec<NewLine>, Vec<Fault>> {
        lines::lines(batch, content)
    }

    fn listing(&self, query: Option<&str>) -> Result<Listing, Failure> {
        listing::listing(query, &listing::BATCHES)
    }

    fn file_listing(&self, query: Option<&str>) -> Result<Listing, Failure> {
        listing::listing(query, &listing::FILES)
    }

    fn shown(&self, batch: &Batch, _place: &Place<'_>) -> Value {
        object::shown(batch)
    }

    fn shown_file(&self, file: &File) -> Value {
        files::shown(file)
    }

    fn page(&self, items: Vec<Value>, more: bool) -> Value {
        let id = |item: Option<&Value>| item.map(|item| item["id"].clone());
        let (first, last) = (id(items.first()), id(items.last()));
        json!({"object": "list", "data": items, "first_id": first, "last_id": last, "has_more": more})
    }

    fn deleted(&self, call: &BatchCall) -> Value {
        let id = if let BatchCall::DeleteFile(id) = call { id } else { "" };
        json!({"id": id, "object": "file", "deleted": true})
    }

    fn may_cancel(&self, batch: &Batch) -> Result<(), Failure> {
        if matches!(batch.stage, Stage::Validating | Stage::Running | Stage::Cancelling) {
            return Ok(());
        }
        let status = object::status(batch.stage);
        let message = format!("A batch with status '{status}' cannot be cancelled.");
        Err(Failure::of(409).saying(message).coded(Value::Null))
    }

    fn may_delete(&self, _batch: &Batch) -> Result<(), Failure> {
        Ok(())
    }

    fn has_results(&self, _batch: &Batch, _now: Timestamp) -> Result<(), Failure> {
        Ok(())
    }

    fn missing(&self, call: &BatchCall) -> Failure {
        route::missing(call)
    }

    fn no_room(&self, what: &str) -> Failure {
        Failure::of(400).saying(what).coded("storage_limit_exceeded")
    }

    fn result(&self, batch: &Batch, line: &Line, end: &LineEnd) -> (ResultFile, Vec<u8>) {
        result::result(batch, line, end)
    }

    fn add_usage(&self, usage: &mut Option<Value>, answer: &[u8]) {
        result::add_usage(usage, answer);
    }

    fn event(&self) -> Option<EndEvent> {
        Some(object::event)
    }

    fn result_file(&self, batch: &Batch, which: ResultFile, ids: &Ids<'_>, now: Timestamp) -> File {
        files::of_results(batch, which, ids, now)
    }
}

/// A request that is refused because of a parameter.
fn refused(message: impl Into<String>, param: &str, code: &str) -> Failure {
    Failure::of(400).saying(message).about(param).coded(code)
}

fn missing_parameter(name: &str) -> Failure {
    refused(format!("Missing required parameter: '{name}'."), name, "missing_required_parameter")
}

fn unknown_value(name: &str, got: &str, known: &[&str]) -> Failure {
    let known: Vec<String> = known.iter().map(|word| format!("'{word}'")).collect();
    let message = format!("Invalid value: '{got}'. Supported values are: {}.", known.join(", "));
    refused(message, name, "invalid_value")
}
