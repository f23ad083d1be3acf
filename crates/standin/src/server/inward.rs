//! Calls that come from inside, for jobs: the same path as those from a socket, without one.

use super::line::{Door, Line};
use super::serve::Service;
use crate::engine::Judge;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use standin_core::Headers;
use standin_core::jobs::JobId;
use std::sync::Arc;
use tokio::time::Instant;

/// A call from inside.
#[derive(Debug, Clone)]
pub(crate) struct Inward {
    /// The path and query of a synchronous call.
    pub(crate) target: String,
    /// Its header fields.
    pub(crate) headers: Headers,
    /// Its body.
    pub(crate) body: Bytes,
    /// The job that it is made for.
    pub(crate) job: Option<JobId>,
    /// Who refuses it where its answer is made up.
    pub(crate) judge: Judge,
}

/// An answer that has been read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) status: StatusCode,
    /// The content type.
    pub(crate) content_type: Option<String>,
    /// When it is worth asking again, as the answer says it.
    pub(crate) retry_after: Option<String>,
    /// The body, without a content encoding.
    pub(crate) body: Bytes,
}

/// Why a call from inside has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unheard {
    /// The call is none.
    #[error("the stored call cannot be made: {0}")]
    NoCall(String),
    /// The connection ended before the answer did.
    #[error("the connection to the provider ended early: {0}")]
    Cut(String),
    /// The answer is too large.
    #[error("the answer is larger than {0} bytes, which is the most that is kept of one")]
    TooLarge(usize),
    /// The answer's content encoding cannot be undone.
    #[error("the answer cannot be decoded: {0}")]
    Encoded(String),
}

// === impl Service ===

impl Service {
    /// Answers a call from inside, and waits until its answer would have been sent.
    pub(crate) async fn hear(&self, call: Inward, largest: usize) -> Result<Heard, Unheard> {
        let (head, body) = parts(call)?;
        // A door of its own: what a fault does to the port, it does to this call alone.
        let line = Line::new(&Arc::new(Door::open()));
        let answered = self.respond(&head, body, Instant::now(), &line).await;
        let (head, body) = answered.map_err(|cut| Unheard::Cut(cut.to_string()))?.into_parts();
        let body = Limited::new(body, largest).collect().await.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                Unheard::TooLarge(largest)
            } else {
                Unheard::Cut(error.to_string())
            }
        })?;
        let field = |name: &str| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
        let encoding = field("content-encoding");
        let body = standin_core::decoded_request(encoding.as_deref(), &body.to_bytes())
            .map_err(|error| Unheard::Encoded(error.to_string()))?;
        Ok(Heard {
            status: head.status,
            content_type: field("content-type"),
            retry_after: field("retry-after"),
            body,
        })
    }
}

fn parts(call: Inward) -> Result<(Parts, Bytes), Unheard> {
    let mut request = Request::builder().method(Method::POST).uri(call.target).extension(call.judge);
    for (name, value) in call.headers.iter() {
        request = request.header(name, value);
    }
    if let Some(job) = call.job {
        request = request.extension(job);
    }
    let request = request.body(call.body).map_err(|error| Unheard::NoCall(error.to_string()))?;
    Ok(request.into_parts())
}
