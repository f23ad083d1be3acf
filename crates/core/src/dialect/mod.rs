//! A dialect: what a vendor's requests ask and how its answers look, whole and streamed.
//!
//! ```text
//! method, path  --operation-->  what is named        body --asked--> what is asked, alike for every vendor
//! Said          --compose---->  the vendor's object  --render--> bytes, or the events of a stream
//! Failure       --failure---->  the vendor's error
//! ```
//!
//! An object is an ordered tree of JSON and is never mirrored in types: what a vendor adds tomorrow is carried.

mod asked;
mod body;
mod failure;
mod ids;
mod operation;
mod progress;
mod prompt;
mod rendered;
mod said;

pub use asked::{Asked, Message, Options, text_of};
pub use body::{Unreadable, read_body};
pub use failure::Failure;
pub use ids::{Alphabet, Ids};
pub use operation::{Endpoint, Operation, Revisit, UnknownEndpoint};
pub use progress::Progress;
pub use prompt::prompt_tokens;
pub use rendered::{Rendered, RenderedBody};
pub use said::{CREATED, HostedCall, Said, ToolCall, Unsayable, Usage};

use crate::call::Call;
use crate::headers::Headers;
use crate::jobs::JobId;
use crate::shape::{Exceeded, Interruption, Standing};
use crate::simulate::Wanted;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// How one vendor asks and answers. Pure: the same arguments give the same bytes.
pub trait Dialect: Send + Sync + std::fmt::Debug {
    /// The endpoints that it has.
    fn endpoints(&self) -> &'static [Endpoint];

    /// What a method and a path name, where this dialect knows them.
    fn operation(&self, method: &str, path: &str) -> Option<Operation>;

    /// Whether the call carries what the vendor asks for before it looks at a body: a credential (its presence
    /// alone), a version.
    ///
    /// # Errors
    /// What the vendor says where it does not.
    fn admits(&self, call: &Call) -> Result<(), Failure>;

    /// Whether the vendor takes this body at all. Few rules, and only those that never change with a model.
    ///
    /// # Errors
    /// What the vendor says where it does not.
    fn accepts(&self, endpoint: Endpoint, headers: &Headers, body: &Value) -> Result<(), Failure>;

    /// Whether the vendor takes a request whose path it knows: what is missing, of a wrong type, or beyond what the
    /// model takes, be it named in the body or in the path. As strict as the vendor is, and no stricter.
    ///
    /// # Errors
    /// What the vendor says where it does not.
    fn validate(&self, _headers: &Headers, _asked: &Asked<'_>) -> Result<(), Failure> {
        Ok(())
    }

    /// What a body asks. Nothing fails: what is not there is empty.
    fn asked<'a>(&self, endpoint: Endpoint, path: &'a str, body: &'a Value) -> Asked<'a>;

    /// What a request wants beside its words, for an answer that nobody wrote.
    fn wanted(&self, _asked: &Asked<'_>) -> Wanted {
        Wanted::default()
    }

    /// The vendor's object for what is to be said.
    ///
    /// # Errors
    /// What this endpoint cannot say.
    fn compose(&self, said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable>;

    /// The bytes of an answer: the object as it is, or the events that it is put together from. What the
    /// object lacks and clients need is added; what it holds is never changed.
    fn render(&self, object: Value, asked: &Asked<'_>, options: &Options) -> Rendered;

    /// An error as the vendor words it. What the failure leaves open is what the vendor usually says.
    fn failure(&self, failure: &Failure) -> Value;

    /// The event that breaks off a stream of this endpoint, after these frames; `None` where its streams have none.
    fn interruption(
        &self,
        _endpoint: Endpoint,
        _how: Interruption,
        _failure: &Failure,
        _before: &[Bytes],
    ) -> Option<Bytes> {
        None
    }

    /// What the vendor says of a call beyond a limit, in words and codes of its own.
    fn exceeded(&self, _exceeded: &Exceeded, _model: Option<&str>) -> Failure {
        Failure::of(429)
    }

    /// How a caller stands with its limits, as header fields. They replace those of [`Dialect::fields`].
    fn standing(&self, _standing: &Standing, _now: Timestamp) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// When a call beyond a limit should come again, as header fields. Where it never should, those of
    /// [`Dialect::fields`] that say so (`retry-after` and the like) are left out.
    fn retry(&self, after: Duration) -> Vec<(&'static str, String)> {
        vec![("retry-after", after.as_nanos().div_ceil(1_000_000_000).to_string())]
    }

    /// The header fields that clients read beside the content type: the request's id, rate limits.
    fn fields(&self, status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)>;

    /// The list of models, or one of them; `None` for a model that is not among the names.
    fn models(&self, names: &[String], one: Option<&str>) -> Option<Value>;

    /// Models that the vendor has, where nobody names any.
    fn usual_models(&self) -> &'static [&'static str] {
        &[]
    }

    /// What is said of a model that is not there.
    fn no_such_model(&self, id: &str) -> Failure {
        Failure::of(404).saying(format!("there is no model {id}"))
    }

    /// What is said of a model that is deleted, where models can be.
    fn deleted_model(&self, _id: &str) -> Option<Value> {
        None
    }

    /// The answer of an endpoint that takes no writer to answer: a count of tokens.
    fn computed(&self, _asked: &Asked<'_>) -> Option<Value> {
        None
    }

    /// The stored answer that this call continues, by its id.
    fn continues<'a>(&self, _asked: &Asked<'a>) -> Option<&'a str> {
        None
    }

    /// The body of a call that continues a kept answer, as if all that was said before were sent with it; where
    /// the vendor's own calls are never sent so, `None`.
    fn resumed(&self, _body: &Value, _kept: &Kept) -> Option<Value> {
        None
    }

    /// What is kept of an answer for calls that ask for it again by its id.
    fn kept(&self, _object: &Value, _asked: &Asked<'_>, _options: &Options) -> Option<Kept> {
        None
    }

    /// Answers a call about a kept answer, and changes it where that is asked. `None` is an id that is not
    /// kept.
    ///
    /// # Errors
    /// What the vendor says where it cannot be done.
    fn revisit(
        &self,
        _revisit: Revisit,
        id: &str,
        _kept: Option<&mut Kept>,
        _query: Option<&str>,
    ) -> Result<Rendered, Failure> {
        Err(Failure::of(404).saying(format!("nothing is kept as {id}")))
    }

    /// The id of the answer to a call that asks for it in the background, where a job makes it.
    fn background(&self, _asked: &Asked<'_>, _job: JobId) -> Option<String> {
        None
    }

    /// The job that makes the answer with an id.
    fn background_job(&self, _id: &str) -> Option<JobId> {
        None
    }

    /// What is told of an answer before it is there, or in its place.
    fn progress(&self, object: &Value, _progress: Progress<'_>) -> Value {
        object.clone()
    }

    /// What the vendor says of a stored answer that is not there to be continued.
    fn not_there_to_continue(&self, id: &str) -> Failure {
        Failure::of(400).saying(format!("nothing is kept as {id}"))
    }
}

/// An answer that is kept, with what it answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// The finished object.
    pub object: Value,
    /// The items of the input, oldest first.
    pub input: Vec<Value>,
    /// Assistant turns of the conversation up to and with this answer.
    pub turns: usize,
    /// Those after the last message of the user.
    pub turns_since_user: usize,
    /// The text of the user's last message: a call that continues this answer may hold a tool's result alone.
    pub user: Option<String>,
    /// How the events of a stream are cut.
    pub options: Options,
    /// Whether it is still made in the background, and how often it will be asked for before it is done.
    pub pending: Option<u32>,
    /// Whether it was deleted: the id is known and answers no more.
    pub deleted: bool,
}
