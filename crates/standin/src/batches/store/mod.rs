//! Where files, batches and their lines are kept.
//!
//! ```text
//! memory   in this process, as long as it lives
//! sqlite   in the file of the jobs, which outlives it (feature `sqlite`)
//! ```
//!
//! What a batch's steps are is in [`standin_core::batches`]; a store takes them, each at once and for good.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod tests;

pub(crate) use memory::MemoryBatches;
#[cfg(feature = "sqlite")]
pub(crate) use sqlite::{SqliteBatches, lapse};

use crate::jobs::store::{Answer, Keyholder};
use jiff::Timestamp;
use standin_core::batches::Cursor;
use standin_core::batches::{
    Batch, Fence, File, Line, LineEnd, Listing, NewFile, NewLine, Order, Page, Row, Step, Task,
};
use std::fmt::Debug;
use std::time::Duration;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// How many.
    pub(crate) most: usize,
    /// How many bytes together, where bytes are counted.
    pub(crate) bytes: u64,
}

/// Whether something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is.
    Kept,
    /// It is not: there is no room.
    Full,
}

/// Something with an id, at a provider's. Who may not see it asks for something that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The provider's name.
    pub(crate) provider: String,
    /// The id.
    pub(crate) id: String,
    /// Who asks for it.
    pub(crate) caller: Keyholder,
}

/// The end of a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct End {
    /// Who says so.
    pub(crate) fence: Fence,
    /// The file with the results of lines that succeeded.
    pub(crate) output: Option<NewFile>,
    /// The file with the results of the others.
    pub(crate) errors: Option<NewFile>,
    /// The tokens that its lines took.
    pub(crate) usage: Option<serde_json::Value>,
}

/// Keeps files, batches and lines. Each method happens at once or not at all.
pub(crate) trait BatchStore: Send + Sync + Debug {
    /// Keeps a file. Files that are no longer seen make room.
    fn keep(&self, file: NewFile, room: Room, now: Timestamp) -> Answer<Kept>;

    /// What is told of a file that is still seen.
    fn file(&self, named: Named, now: Timestamp) -> Answer<Option<File>>;

    /// A file that is still seen, with what it holds.
    fn content(&self, named: Named, now: Timestamp) -> Answer<Option<NewFile>>;

    /// Deletes a file. `false` where there is none.
    fn forget(&self, named: Named, now: Timestamp) -> Answer<bool>;

    /// Somebody's files that are still seen. `None` where the listing's cursor is none of them.
    fn files(
        &self,
        provider: String,
        owner: Keyholder,
        listing: Listing,
        now: Timestamp,
    ) -> Answer<Option<Page<File>>>;

    /// Keeps a batch with the lines that came with it. Batches that were submitted before a time, and are over,
    /// make room.
    fn submit(&self, row: Row, lines: Vec<NewLine>, most: usize, kept_from: Timestamp) -> Answer<Kept>;

    /// A batch.
    fn find(&self, named: Named) -> Answer<Option<Batch>>;

    /// Somebody's batches. `None` where the listing's cursor is none of them.
    fn list(&self, provider: String, owner: Keyholder, listing: Listing) -> Answer<Option<Page<Batch>>>;

    /// Deletes a batch that is over, with its lines. `false` where there is none.
    fn delete(&self, named: Named) -> Answer<bool>;

    /// Takes a step of a batch: the batch after it, and whether it was taken. `None` where there is no such batch.
    fn step(&self, id: String, step: Step, now: Timestamp) -> Answer<Option<(Batch, bool)>>;

    /// Takes the batch for which this has been to do for longest.
    fn claim(
        &self,
        task: Task,
        owner: String,
        lease: Duration,
        now: Timestamp,
    ) -> Answer<Option<(Row, Fence)>>;

    /// Gives a batch its lines. `None` where it is no longer the holder's.
    fn begin(
        &self,
        fence: Fence,
        lines: Vec<NewLine>,
        model: Option<String>,
        now: Timestamp,
    ) -> Answer<Option<Batch>>;

    /// Lines of a batch from a place on, so many at most.
    fn lines(&self, id: String, which: Which, from: u32, most: usize) -> Answer<Vec<Line>>;

    /// Ends lines that have not ended yet, and prolongs the lease: who says so is alive. `None` where the batch is no
    /// longer the holder's, and nothing is kept.
    fn end_lines(&self, fence: Fence, ends: Vec<(u32, LineEnd)>, until: Timestamp) -> Answer<Option<Batch>>;

    /// Ends all lines that have not ended yet.
    fn end_rest(&self, fence: Fence, end: LineEnd) -> Answer<Option<Batch>>;

    /// Ends a batch, and keeps the files with its results. `false` where it is no longer the holder's, and nothing
    /// is kept.
    fn end(&self, end: End, now: Timestamp) -> Answer<bool>;

    /// Removes everything.
    fn clear(&self) -> Answer<()>;
}

/// Which lines are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that have not ended.
    Open,
    /// Those that have.
    Ended,
}

/// In which direction a page is looked for: from the oldest on, or from the newest back.
fn ascends(listing: &Listing) -> bool {
    (listing.order == Order::Oldest) != matches!(listing.cursor, Cursor::Before(_))
}

/// The id that a page begins after, in the direction in which it is looked for.
fn begins_after(listing: &Listing) -> Option<&str> {
    match &listing.cursor {
        Cursor::Start => None,
        Cursor::After(id) | Cursor::Before(id) => Some(id),
    }
}

// === impl Named ===

impl Named {
    fn is_file(&self, file: &File) -> bool {
        file.id == self.id && file.provider == self.provider && self.caller.sees(file.owner_key.as_deref())
    }

    fn is_batch(&self, batch: &Batch) -> bool {
        batch.id == self.id && batch.provider == self.provider && self.caller.sees(batch.owner_key.as_deref())
    }
}

// === impl End ===

impl End {
    /// The files, and the step that names them.
    fn parts(self) -> (Vec<NewFile>, Fence, Step) {
        let id = |file: &Option<NewFile>| file.as_ref().map(|file| file.file.id.clone());
        let (output, errors) = (id(&self.output), id(&self.errors));
        let fence = self.fence.clone();
        let step = Step::End { fence: self.fence, output, errors, usage: self.usage };
        (self.output.into_iter().chain(self.errors).collect(), fence, step)
    }
}
