//! What a job is: a call that is answered in the background, submitted once and asked for by its id.
//!
//! ```text
//! id        what a job is asked for by        kind      the endpoint that its call is for
//! job       what is told of a job, and its call
//! control   what a test decides about a job   ttl       how long a result is there
//! row       a job as stores keep it, and every step that it can take
//! delivery  a webhook as stores keep it           notice    what it tells
//! ```
//!
//! A store decides nothing: it loads a [`Row`], lets it take a step, and keeps it, in one transaction. What two
//! stores would do differently is therefore not written twice.

mod control;
mod delivery;
mod id;
mod job;
mod kind;
mod notice;
mod row;
mod step;
mod ttl;

pub use control::{BadControl, Control, FailFirst, Forced, has_body};
pub use delivery::{Attempted, Delivery, DeliveryFence, DeliveryStage, Next, origin};
pub use id::JobId;
pub use job::{Event, EventKind, Finished, Job, NewJob, Stage, StoredRequest};
pub use kind::JobKind;
pub use notice::Notice;
pub use row::{Fence, Row, Run};
pub use step::{Attempt, Step, Taken};
pub use ttl::{DEFAULT_RESULT_TTL, MOST_RESULT_TTL, result_ttl};
