//! Batches: many calls, submitted together and answered one after the other in the background.
//!
//! ```text
//! api      what a vendor's API of batches asks and answers: the trait
//! batch    what is told of a batch      line   one call of it, and how it ended
//! file     what is uploaded, and what results are downloaded as
//! row      a batch as stores keep it, and every step that it can take      page   some of many
//! webhook  where its end is told
//! ```
//!
//! A batch is a row with a lease, as a job is, and its lines are parts of it: one holder answers them, and each line
//! ends once. Stores decide nothing here either.

mod api;
mod batch;
mod file;
mod line;
mod page;
mod row;
mod webhook;

pub use api::{BatchApi, BatchCall, EndEvent, Ids, NewBatch, Place, ResultFile, Results, Submitted};
pub use batch::{Batch, Fault, Stage, Tally, Times};
pub use file::{File, NewFile};
pub use line::{Line, LineCall, LineEnd, NewLine};
pub use page::{Cursor, Listing, Order, Page};
pub use row::{Fence, Row, Run, Step, Task};
pub use webhook::Webhook;
