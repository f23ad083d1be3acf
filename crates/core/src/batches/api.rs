//! What a vendor's API of batches asks and answers.

use super::batch::{Batch, Fault};
use super::file::{File, NewFile};
use super::line::{Line, LineEnd, NewLine};
use super::page::Listing;
use crate::dialect::Failure;
use crate::headers::Headers;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

/// One vendor's API of batches. Pure: what is kept and made up (ids, times) is given.
pub trait BatchApi: Send + Sync + std::fmt::Debug {
    /// What a method and a path ask, where they are this API's.
    fn called(&self, method: &str, path: &str) -> Option<BatchCall>;

    /// How the results of a batch are had.
    fn results(&self) -> Results;

    /// A header field that lines are called with in place of the caller's credential, which nobody keeps.
    fn credential(&self) -> (&'static str, &'static str);

    /// An uploaded file.
    ///
    /// # Errors
    /// What the vendor says where it takes none of this kind.
    fn uploaded(
        &self,
        headers: &Headers,
        body: &Bytes,
        ids: &Ids<'_>,
        now: Timestamp,
    ) -> Result<NewFile, Failure>;

    /// A submitted batch.
    ///
    /// # Errors
    /// What the vendor says where it does not take it.
    fn submitted(
        &self,
        headers: &Headers,
        body: &Bytes,
        ids: &Ids<'_>,
        now: Timestamp,
    ) -> Result<NewBatch, Failure>;

    /// Whether a batch may read its lines from a file.
    ///
    /// # Errors
    /// What the vendor says where it may not, or where there is no such file.
    fn reads_from(&self, batch: &Batch, file: Option<&File>) -> Result<(), Failure>;

    /// The lines of a file.
    ///
    /// # Errors
    /// What is wrong with them.
    fn lines(&self, batch: &Batch, content: &Bytes) -> Result<Vec<NewLine>, Vec<Fault>>;

    /// Which batches are listed.
    ///
    /// # Errors
    /// What the vendor says of a query that it does not take.
    fn listing(&self, query: Option<&str>) -> Result<Listing, Failure>;

    /// Which files are listed.
    ///
    /// # Errors
    /// What the vendor says of a query that it does not take.
    fn file_listing(&self, query: Option<&str>) -> Result<Listing, Failure>;

    /// A batch as the vendor shows it to who reached it at a place.
    fn shown(&self, batch: &Batch, place: &Place<'_>) -> Value;

    /// A file as the vendor shows it.
    fn shown_file(&self, file: &File) -> Value;

    /// A page of a list.
    fn page(&self, items: Vec<Value>, more: bool) -> Value;

    /// What is said of a batch or a file that was deleted.
    fn deleted(&self, call: &BatchCall) -> Value;

    /// Whether a batch may be cancelled.
    ///
    /// # Errors
    /// What the vendor says where it may not.
    fn may_cancel(&self, batch: &Batch) -> Result<(), Failure>;

    /// Whether a batch may be deleted.
    ///
    /// # Errors
    /// What the vendor says where it may not.
    fn may_delete(&self, batch: &Batch) -> Result<(), Failure>;

    /// Whether there are results of a batch to be read.
    ///
    /// # Errors
    /// What the vendor says where there are not.
    fn has_results(&self, batch: &Batch, now: Timestamp) -> Result<(), Failure>;

    /// What is said of something that is not there.
    fn missing(&self, call: &BatchCall) -> Failure;

    /// What is said where no more is kept.
    fn no_room(&self, what: &str) -> Failure;

    /// The result of a line: where it is written, and the text, which ends with a line's end.
    fn result(&self, batch: &Batch, line: &Line, end: &LineEnd) -> (ResultFile, Vec<u8>);

    /// Adds the tokens of an answer to those of the batch, where the vendor tells them.
    fn add_usage(&self, _usage: &mut Option<Value>, _answer: &[u8]) {}

    /// What is told to webhooks when a batch has ended; `None` where the vendor tells nothing.
    fn event(&self) -> Option<EndEvent> {
        None
    }

    /// The file that results are kept as.
    fn result_file(&self, batch: &Batch, which: ResultFile, ids: &Ids<'_>, now: Timestamp) -> File;
}

/// Makes up an id: a prefix, and so many characters that nobody can guess.
pub type Ids<'a> = dyn Fn(&str, usize) -> String + 'a;

/// Writes what is told of a batch that has ended.
pub type EndEvent = fn(&Batch) -> Value;

/// What a call asks of an API of batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchCall {
    /// To keep a file.
    Upload,
    /// A list of files.
    Files,
    /// A file.
    File(String),
    /// What a file holds.
    Content(String),
    /// To delete a file.
    DeleteFile(String),
    /// To run a batch.
    Submit,
    /// A list of batches.
    List,
    /// A batch.
    Get(String),
    /// To stop a batch.
    Cancel(String),
    /// To delete a batch.
    Delete(String),
    /// The results of a batch.
    Results(String),
}

/// A batch that is submitted.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBatch {
    /// The batch.
    pub batch: Batch,
    /// Its lines.
    pub lines: Submitted,
}

/// Where the lines of a submitted batch are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// In the file that the batch names.
    Named,
    /// Here.
    With(Vec<NewLine>),
}

/// How the results of a batch are had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// As files.
    Files,
    /// From the batch itself.
    Batch,
}

/// Where a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultFile {
    /// With those of lines that succeeded.
    Output,
    /// With the others.
    Errors,
}

/// Where a caller has reached an API: scheme, authority and the mount in front of its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// `http://127.0.0.1:8080/anthropic`.
    pub base: &'a str,
    /// Now.
    pub now: Timestamp,
}
