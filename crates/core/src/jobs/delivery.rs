//! A webhook as stores keep it: where a job's end is told, and how far that is.

use super::id::JobId;
use super::row::{kept, later};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// A webhook of a job. It is kept with the job, and due from the very step that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The job of which is told.
    pub job: JobId,
    /// Where to.
    pub url: String,
    /// How far it is.
    pub stage: DeliveryStage,
    /// How often somebody has taken it to send it, so that no two of them are taken for each other.
    pub claims: u32,
    /// How many attempts were made.
    pub attempts: u32,
    /// The status that the last attempt was answered with.
    pub status: Option<u16>,
    /// Why the last attempt failed.
    pub reason: Option<String>,
}

/// How far a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryStage {
    /// The job is not over.
    Awaiting,
    /// It is to be sent, not before this time.
    Due(Timestamp),
    /// Somebody sends it, and is thought dead when nothing is heard of them until then.
    Sending {
        /// Who.
        owner: String,
        /// Until when it is theirs.
        until: Timestamp,
    },
    /// It was taken.
    Delivered,
    /// It is not sent any more.
    GivenUp,
}

/// What shows that what is said of an attempt is said by who makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryFence {
    /// The job of which is told.
    pub job: JobId,
    /// Who sends it.
    pub owner: String,
    /// Which of its claims this is.
    pub claim: u32,
}

/// An attempt that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// The status that it was answered with, where it was.
    pub status: Option<u16>,
    /// Why it failed, where it did.
    pub reason: Option<String>,
    /// What follows.
    pub next: Next,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it was taken.
    Delivered,
    /// Another attempt, not before this time.
    Again(Timestamp),
    /// Nothing: there is no use in another one.
    GivenUp,
}

/// Scheme, host and port of an address.
#[must_use]
pub fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let (_, rest) = url.split_at(host);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &url[..host + end]
}

// === impl DeliveryStage ===

impl DeliveryStage {
    /// The name that is stored and shown.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            DeliveryStage::Awaiting => "awaiting",
            DeliveryStage::Due(_) => "due",
            DeliveryStage::Sending { .. } => "sending",
            DeliveryStage::Delivered => "delivered",
            DeliveryStage::GivenUp => "given_up",
        }
    }
}

// === impl Delivery ===

impl Delivery {
    /// The webhook of a job that was submitted.
    #[must_use]
    pub fn new(job: JobId, url: String) -> Self {
        let stage = DeliveryStage::Awaiting;
        Delivery { job, url, stage, claims: 0, attempts: 0, status: None, reason: None }
    }

    /// By what its receiver knows it again: it is the same for every attempt, and a job ends once.
    #[must_use]
    pub fn message_id(&self) -> String {
        format!("msg_{}", self.job)
    }

    /// Scheme, host and port of where it goes to.
    #[must_use]
    pub fn origin(&self) -> &str {
        origin(&self.url)
    }

    /// From when on somebody may take it, if nothing happens to it before. Stores keep an index of it.
    #[must_use]
    pub fn ready(&self) -> Option<Timestamp> {
        match self.stage {
            DeliveryStage::Due(at) => Some(at),
            DeliveryStage::Sending { until, .. } => Some(until),
            DeliveryStage::Awaiting | DeliveryStage::Delivered | DeliveryStage::GivenUp => None,
        }
    }

    /// Whether its job has to stay, since its end is still to be told.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ready().is_some()
    }

    /// The job has ended.
    pub fn begin(&mut self, now: Timestamp) {
        if self.stage == DeliveryStage::Awaiting {
            self.stage = DeliveryStage::Due(kept(now));
        }
    }

    /// Somebody takes it to send it.
    pub fn claim(&mut self, owner: &str, now: Timestamp, lease: Duration) -> DeliveryFence {
        self.claims = self.claims.saturating_add(1);
        self.stage = DeliveryStage::Sending { owner: owner.to_owned(), until: later(now, lease) };
        DeliveryFence { job: self.job, owner: owner.to_owned(), claim: self.claims }
    }

    /// Somebody has tried to send it. Answers what is told of that, as JSON, and `None` to somebody whom it is
    /// taken from.
    pub fn report(&mut self, fence: &DeliveryFence, attempted: Attempted) -> Option<Bytes> {
        let is_held = matches!(&self.stage, DeliveryStage::Sending { owner, .. } if *owner == fence.owner)
            && self.job == fence.job
            && self.claims == fence.claim;
        if !is_held {
            return None;
        }
        self.attempts = self.attempts.saturating_add(1);
        self.status = attempted.status;
        self.reason = attempted.reason;
        self.stage = match attempted.next {
            Next::Delivered => DeliveryStage::Delivered,
            Next::Again(at) => DeliveryStage::Due(kept(at)),
            Next::GivenUp => DeliveryStage::GivenUp,
        };
        Some(self.told())
    }

    /// Without the address, which may have a secret in it.
    fn told(&self) -> Bytes {
        let mut told =
            json!({ "id": self.message_id(), "attempt": self.attempts, "state": self.stage.name() });
        if let Some(status) = self.status {
            told["status"] = status.into();
        }
        if let Some(reason) = &self.reason {
            told["reason"] = reason.as_str().into();
        }
        if let DeliveryStage::Due(at) = self.stage {
            told["next"] = at.to_string().into();
        }
        told.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn delivery(url: &str) -> Delivery {
        Delivery::new(JobId::new([0; 16]), url.to_owned())
    }

    fn failed(next: Next) -> Attempted {
        Attempted { status: Some(503), reason: Some("busy".to_owned()), next }
    }

    #[test]
    fn it_is_sent_until_it_is_taken() {
        let mut one = delivery("https://a.example/h");
        assert_eq!((one.ready(), one.is_open()), (None, false));
        one.begin(at(1));
        assert_eq!(one.ready(), Some(at(1)));
        let first = one.claim("o", at(1), Duration::from_secs(9));
        assert_eq!(one.ready(), Some(at(10)));
        let told = one.report(&first, failed(Next::Again(at(20)))).unwrap();
        assert_eq!(
            std::str::from_utf8(&told).unwrap(),
            r#"{"id":"msg_00000000-0000-4000-8000-000000000000","attempt":1,"state":"due","status":503,"reason":"busy","next":"1970-01-01T00:00:20Z"}"#
        );
        let second = one.claim("o", at(20), Duration::from_secs(9));
        assert_eq!(one.report(&first, failed(Next::GivenUp)), None, "the first has had its turn");
        let taken = Attempted { status: Some(204), reason: None, next: Next::Delivered };
        assert!(one.report(&second, taken.clone()).is_some());
        assert_eq!((one.stage.clone(), one.attempts, one.status), (DeliveryStage::Delivered, 2, Some(204)));
        assert_eq!((one.report(&second, taken), one.ready()), (None, None));
        one.begin(at(30));
        assert_eq!(one.stage, DeliveryStage::Delivered);
    }

    #[test]
    fn who_was_thought_dead_is_not_heard() {
        let mut one = delivery("https://a.example/h");
        one.begin(at(0));
        let dead = one.claim("dead", at(0), Duration::from_secs(1));
        let alive = one.claim("alive", at(2), Duration::from_secs(1));
        let before = one.clone();
        assert_eq!(one.report(&dead, failed(Next::GivenUp)), None);
        let other = DeliveryFence { owner: "dead".to_owned(), ..alive.clone() };
        assert_eq!(one.report(&other, failed(Next::GivenUp)), None);
        assert_eq!(one, before);
        assert!(one.report(&alive, failed(Next::GivenUp)).is_some());
    }

    #[test]
    fn an_origin_ends_where_the_path_begins() {
        for (url, origin) in [
            ("https://a.example/h?x=1", "https://a.example"),
            ("http://[::1]:80?x", "http://[::1]:80"),
            ("http://a:1#f", "http://a:1"),
            ("https://a", "https://a"),
        ] {
            assert_eq!(delivery(url).origin(), origin);
        }
    }
}
