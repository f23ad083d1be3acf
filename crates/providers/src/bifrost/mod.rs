//! Bifrost's API of asynchronous inference on the wire: `/v1/async/...`, and `x-bf-async` on providers' own paths.
//! Pure: nothing here keeps a job, runs one or knows what time it is. It is no provider, since none is asked here.
//!
//! ```text
//! method, path --route------> what is asked       headers --virtual_key, wish--> who asks, and for what
//! call --------submission---> the synchronous call that is run, or what is wrong with it
//! answer ------outcome------> the job's result or error, as it is kept
//! job ---------envelope-----> what its caller sees        integration: the same in vendors' shapes
//! ```

mod answer;
mod check;
mod envelope;
mod error;
mod form;
mod headers;
mod integration;
mod kind;
mod listing;
mod model;
mod outcome;
mod route;
mod submission;

pub use answer::Answer;
pub use envelope::{AsyncStatus, Envelope, RETRY_AFTER, list_page, rfc3339};
pub use error::{ErrorObject, NOT_FOUND, Origin, method_not_allowed, no_such_route};
pub use headers::{
    ASYNC, ASYNC_ID, ASYNC_STATUS, REASON, RESULT_TTL, VIRTUAL_KEY, WEBHOOK, Wish, kept_headers, virtual_key,
    wish,
};
pub use integration::{
    FailedAs, Integrated, Integration, Manner, StatusWords, View, integrated, integration_submission,
    native_result,
};
pub use kind::AsyncKind;
pub use listing::Listing;
pub use model::{KNOWN_PROVIDERS, ModelName, ModelRules, Unprefixed};
pub use outcome::{Content, Executed, Outcome, content, failed, outcome};
pub use route::{AsyncRoute, async_route};
pub use submission::{RunRequest, Submission, fails_unrun, submission};
