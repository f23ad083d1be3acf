//! Who carries messages: signs one, sends it, and says what follows.

use super::post::{Answer, Names, Post};
use super::secret::signatures;
use super::{Attempts, BadWebhook, WebhookRules};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use jiff::Timestamp;
use standin_core::jobs::{Attempted, Next, origin};

/// Carries messages to their receivers.
#[derive(Debug)]
pub(crate) struct Courier {
    rules: WebhookRules,
    post: Post,
    attempts: Attempts,
}

/// A message, and where it goes to.
#[derive(Debug)]
pub(crate) struct Parcel<'a> {
    /// By what its receiver knows it again.
    pub(crate) id: &'a str,
    pub(crate) url: &'a str,
    /// How many attempts were made before.
    pub(crate) before: u32,
    pub(crate) body: Bytes,
}

const SENDER: &str = concat!("standin/", env!("CARGO_PKG_VERSION"));
const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

// === impl Courier ===

impl Courier {
    pub(crate) fn new(rules: WebhookRules, attempts: Attempts) -> Self {
        let post = Post::new(rules.addresses, Names::System);
        Courier { rules, post, attempts }
    }

    /// The same, where names stand for what a test says.
    #[cfg(test)]
    pub(super) fn with_names(self, names: Names) -> Self {
        Courier { post: Post::new(self.rules.addresses, names), ..self }
    }

    /// The same, counting its attempts among these.
    pub(super) fn counting(self, attempts: &Attempts) -> Self {
        Courier { attempts: attempts.clone(), ..self }
    }

    pub(crate) fn rules(&self) -> &WebhookRules {
        &self.rules
    }

    /// Makes one attempt, and says what follows by a clock that is asked when it is over.
    pub(crate) async fn carry(&self, parcel: Parcel<'_>, now: impl FnOnce() -> Timestamp) -> Attempted {
        let Parcel { id, url, before, body } = parcel;
        let answer = match url.parse() {
            Ok(receiver) => {
                let headers = self.headers(id, &body);
                self.post.send(&receiver, headers, body).await
            }
            Err(error) => Answer::Unwanted(BadWebhook::to_string(&error)),
        };
        self.followed(id, url, before, answer, now())
    }

    /// What follows an attempt, which is told to whoever reads the log or the metrics.
    pub(super) fn followed(
        &self,
        id: &str,
        url: &str,
        before: u32,
        answer: Answer,
        now: Timestamp,
    ) -> Attempted {
        let attempted = self.rules.retries.follow(before, answer, now);
        self.attempts.count(attempted.next);
        let origin = origin(url);
        match (attempted.next, attempted.reason.as_deref()) {
            (Next::GivenUp, Some(reason)) => {
                tracing::warn!("{id} to {origin} is given up after {} attempts: {reason}", before + 1);
            }
            (Next::Again(then), Some(reason)) => {
                tracing::info!("{id} to {origin} is sent again at {then}: {reason}");
            }
            _ => {}
        }
        attempted
    }

    fn headers(&self, id: &str, body: &Bytes) -> HeaderMap {
        // Not the time of jobs: a receiver compares it with its own.
        let timestamp = Timestamp::now().as_second();
        let signatures = signatures(&self.rules.secrets, id, timestamp, body);
        let fixed = [(CONTENT_TYPE, "application/json"), (USER_AGENT, SENDER)];
        let fixed = fixed.map(|(name, value)| (name, HeaderValue::from_static(value)));
        let texts = [(ID, id), (SIGNATURE, signatures.as_str())];
        let texts =
            texts.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(text).ok()?)));
        fixed.into_iter().chain([(TIMESTAMP, timestamp.into())]).chain(texts).collect()
    }
}
