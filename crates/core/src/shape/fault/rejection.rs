//! An error that is answered instead of what was asked for.

use crate::dialect::Failure;
use crate::reply::{Reply, ReplyBody};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// The vendor's error, and how it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// What the vendor says.
    pub failure: Failure,
    /// When the caller may come again.
    pub retry_after: RetryAfter,
    /// A body that is not the vendor's.
    pub body: Option<Substitute>,
    /// A content type that is not that of the body.
    pub content_type: Option<HeaderValue>,
    /// How long it takes until it is said.
    pub wait: Duration,
}

/// What is said of coming again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryAfter {
    /// What the vendor usually says.
    #[default]
    Usual,
    /// Nothing.
    Never,
    /// After so long.
    After(Duration),
}

/// A body that no vendor's program writes, as what stands before it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Substitute {
    /// A page of HTML.
    Html,
    /// A text.
    Text(String),
}

/// What SDKs look at before [`RETRY_AFTER`], which knows whole seconds alone.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

// === impl Rejection ===

impl Rejection {
    /// What the vendor usually says with a status, at once.
    #[must_use]
    pub const fn of(failure: Failure) -> Self {
        Rejection {
            failure,
            retry_after: RetryAfter::Usual,
            body: None,
            content_type: None,
            wait: Duration::ZERO,
        }
    }

    /// The vendor's error as this sends it.
    pub(super) fn dress(&self, mut reply: Reply) -> Reply {
        if let Ok(status) = StatusCode::from_u16(self.failure.status) {
            reply.status = status;
        }
        let headers = Arc::make_mut(&mut reply.headers);
        self.retry_after.tell(headers);
        if let Some(substitute) = &self.body {
            headers.insert(CONTENT_TYPE, substitute.content_type());
            reply.body = ReplyBody::Whole { at: Duration::ZERO, bytes: substitute.bytes(reply.status) };
        }
        if let Some(content_type) = &self.content_type {
            headers.insert(CONTENT_TYPE, content_type.clone());
        }
        if let ReplyBody::Whole { at, .. } = &mut reply.body {
            *at = at.saturating_add(self.wait).min(super::distort::LATEST);
        }
        reply
    }
}

// === impl RetryAfter ===

impl RetryAfter {
    fn tell(self, headers: &mut HeaderMap) {
        if self == RetryAfter::Usual {
            return;
        }
        headers.remove(RETRY_AFTER);
        headers.remove(RETRY_AFTER_MS);
        if let RetryAfter::After(time) = self {
            let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            headers.insert(RETRY_AFTER, millis.div_ceil(1000).into());
            if !millis.is_multiple_of(1000) {
                headers.insert(RETRY_AFTER_MS, millis.into());
            }
        }
    }
}

// === impl Substitute ===

impl Substitute {
    const fn content_type(&self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Substitute::Html => "text/html; charset=utf-8",
            Substitute::Text(_) => "text/plain; charset=utf-8",
        })
    }

    fn bytes(&self, status: StatusCode) -> Bytes {
        match self {
            Substitute::Html => Bytes::from(format!(
                "<!DOCTYPE html>\n<html>\n<head><title>{status}</title></head>\n<body>\n<h1>{status}</h1>\n\
                 </body>\n</html>\n"
            )),
            Substitute::Text(text) => Bytes::from(text.clone()),
        }
    }
}
