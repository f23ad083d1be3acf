//! The envelope: what a caller sees of a job.

use super::{Answer, AsyncKind};
use jiff::Timestamp;
use serde_json::Value;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AsyncStatus {
    /// It waits.
    Pending,
    /// It is run.
    Processing,
    /// It has a result.
    Completed,
    /// It has an error.
    Failed,
}

// === impl AsyncStatus ===

impl AsyncStatus {
    /// All of them, in the order in which a job has them.
    pub const ALL: [AsyncStatus; 4] =
        [AsyncStatus::Pending, AsyncStatus::Processing, AsyncStatus::Completed, AsyncStatus::Failed];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AsyncStatus::Pending => "pending",
            AsyncStatus::Processing => "processing",
            AsyncStatus::Completed => "completed",
            AsyncStatus::Failed => "failed",
        }
    }

    /// The status of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        AsyncStatus::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether nothing follows it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, AsyncStatus::Completed | AsyncStatus::Failed)
    }
}

/// Seconds after which a job that is not done is best asked for again.
pub const RETRY_AFTER: &str = "1";

/// A job, as its caller sees it: one snapshot, from which both the HTTP status and the body are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it asks for.
    pub kind: AsyncKind,
    /// How far it is.
    pub status: AsyncStatus,
    /// When it was submitted.
    pub created: Timestamp,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// When it is forgotten.
    pub expires: Option<Timestamp>,
    /// The HTTP status of its end.
    pub status_code: Option<u16>,
    /// The JSON of its result, sent as it is.
    pub result: Option<&'a [u8]>,
    /// The JSON of its error, sent as it is.
    pub error: Option<&'a [u8]>,
}

// === impl Envelope ===

impl Envelope<'_> {
    /// As JSON: members that are not there yet are left out.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.members(None, self.result, self.error)
    }

    /// As it stands in a list: with its kind, and without what it made, which is read one by one.
    fn listed(&self) -> Vec<u8> {
        self.members(Some(self.kind), None, None)
    }

    fn members(&self, kind: Option<AsyncKind>, result: Option<&[u8]>, error: Option<&[u8]>) -> Vec<u8> {
        let ended = self.status.is_terminal();
        let text = |text: &str| Value::from(text).to_string().into_bytes();
        let time = |time: Timestamp| text(&rfc3339(time));
        let members = [
            ("id", Some(text(self.id))),
            ("type", kind.map(|kind| text(kind.name()))),
            ("status", Some(text(self.status.name()))),
            ("expires_at", self.expires.filter(|_| ended).map(time)),
            ("created_at", Some(time(self.created))),
            ("completed_at", self.completed.filter(|_| ended).map(time)),
            ("status_code", self.status_code.filter(|_| ended).map(|code| code.to_string().into_bytes())),
            ("result", result.filter(|_| self.status == AsyncStatus::Completed).map(<[u8]>::to_vec)),
            ("error", error.filter(|_| self.status == AsyncStatus::Failed).map(<[u8]>::to_vec)),
        ];
        let members: Vec<Vec<u8>> = members
            .into_iter()
            .filter_map(|(name, value)| Some([format!("\"{name}\":").as_bytes(), &value?].concat()))
            .collect();
        [b"{", members.join(&b","[..]).as_slice(), b"}"].concat()
    }

    /// What is said when it has been accepted: that it is pending, however far it is by now.
    #[must_use]
    pub fn accepted(&self) -> Answer {
        let pending = Envelope { status: AsyncStatus::Pending, ..*self };
        pending.polled().with("location", self.kind.poll_path(self.id))
    }

    /// What is said to who submits it again with the same `Idempotency-Key`.
    #[must_use]
    pub fn replayed(&self) -> Answer {
        self.polled().with("location", self.kind.poll_path(self.id)).with("idempotent-replayed", "true")
    }

    /// What is said to who asks for it, or stops it: 202 until it has ended, and 200 then, failed or not.
    #[must_use]
    pub fn polled(&self) -> Answer {
        if self.status.is_terminal() {
            Answer::json(200, self.to_bytes())
        } else {
            Answer::json(202, self.to_bytes()).with("retry-after", RETRY_AFTER)
        }
    }
}

/// A page of jobs, in the order in which they are given.
#[must_use]
pub fn list_page(jobs: &[Envelope<'_>], more: bool) -> Answer {
    let ids = |job: Option<&Envelope<'_>>| job.map_or(Value::Null, |job| job.id.into());
    let head = br#"{"object":"list","data":["#;
    let listed: Vec<Vec<u8>> = jobs.iter().map(Envelope::listed).collect();
    let tail =
        format!(r#"],"first_id":{},"last_id":{},"has_more":{more}}}"#, ids(jobs.first()), ids(jobs.last()));
    Answer::json(200, [head.as_slice(), &listed.join(&b","[..]), tail.as_bytes()].concat())
}

/// A time as it is sent: UTC, with three digits of a second. What is beyond them is cut off, so that two times
/// that are whole seconds apart are sent so.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bifrost::ErrorObject;
    use jiff::SignedDuration;
    use serde_json::json;

    const ID: &str = "0b6cf3f8-21c6-4a3c-9d4e-6b3f5f1f4a10";

    fn job(status: AsyncStatus) -> Envelope<'static> {
        let created: Timestamp = "2026-11-21T12:00:00.1239999Z".parse().unwrap();
        let completed = created + SignedDuration::from_millis(1876);
        Envelope {
            id: ID,
            kind: AsyncKind::Rerank,
            status,
            created,
            completed: Some(completed),
            expires: Some(completed + SignedDuration::from_secs(3600)),
            status_code: Some(200),
            result: Some(br#"{"results":[1.0]}"#),
            error: Some(br#"{"error":{}}"#),
        }
    }

    fn body(answer: &Answer) -> String {
        String::from_utf8(answer.body.clone()).unwrap()
    }

    #[test]
    fn what_is_not_there_yet_is_absent() {
        let accepted = job(AsyncStatus::Completed).accepted();
        assert_eq!(
            body(&accepted),
            format!(r#"{{"id":"{ID}","status":"pending","created_at":"2026-11-21T12:00:00.123Z"}}"#)
        );
        assert_eq!(accepted.status, 202);
        assert_eq!(accepted.field("location"), Some(&*format!("/v1/async/rerank/{ID}")));
        assert_eq!(accepted.field("retry-after"), Some("1"));
        assert_eq!(accepted.field("cache-control"), Some("no-store"));
        assert_eq!(accepted.field("content-type"), Some("application/json"));
        let processing = job(AsyncStatus::Processing).polled();
        assert_eq!((processing.status, processing.field("location")), (202, None));
        assert_eq!(body(&processing), body(&accepted).replace("pending", "processing"));
    }

    #[test]
    fn an_end_is_told_in_order_and_its_bytes_as_they_are() {
        let completed = job(AsyncStatus::Completed).polled();
        assert_eq!(
            body(&completed),
            format!(
                r#"{{"id":"{ID}","status":"completed","expires_at":"2026-11-21T13:00:01.999Z","created_at":"2026-11-21T12:00:00.123Z","completed_at":"2026-11-21T12:00:01.999Z","status_code":200,"result":{{"results":[1.0]}}}}"#
            )
        );
        assert_eq!((completed.status, completed.field("retry-after")), (200, None));
        let error = ErrorObject::cancelled().to_bytes();
        let failed =
            Envelope { status_code: Some(499), error: Some(&error), ..job(AsyncStatus::Failed) }.replayed();
        let said: Value = serde_json::from_slice(&failed.body).unwrap();
        assert_eq!((failed.status, failed.field("idempotent-replayed")), (200, Some("true")));
        assert_eq!(
            (&said["error"]["error"]["type"], &said["status_code"]),
            (&json!("job_cancelled"), &json!(499))
        );
        assert!(said.get("result").is_none());
    }

    #[test]
    fn ids_are_texts_whatever_they_hold() {
        let answer = Envelope { id: "a\"b", ..job(AsyncStatus::Pending) }.polled();
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(said["id"], "a\"b");
    }

    #[test]
    fn a_page_names_its_ends() {
        let other = Envelope { id: "other", ..job(AsyncStatus::Pending) };
        let page: Value =
            serde_json::from_slice(&list_page(&[job(AsyncStatus::Completed), other], true).body).unwrap();
        assert_eq!(
            page,
            json!({
                "object": "list",
                "data": [
                    {
                        "id": ID, "type": "rerank", "status": "completed",
                        "expires_at": "2026-11-21T13:00:01.999Z", "created_at": "2026-11-21T12:00:00.123Z",
                        "completed_at": "2026-11-21T12:00:01.999Z", "status_code": 200,
                    },
                    {"id": "other", "type": "rerank", "status": "pending", "created_at": "2026-11-21T12:00:00.123Z"},
                ],
                "first_id": ID,
                "last_id": "other",
                "has_more": true,
            })
        );
        assert_eq!(
            body(&list_page(&[], false)),
            r#"{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}"#
        );
    }
}
