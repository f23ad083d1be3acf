//! What is sent.

use bytes::Bytes;
use serde_json::Value;
use standin_core::jobs::{Job, Notice};
use standin_providers::bifrost::rfc3339;

/// More of a job is not sent with its end: it is there to be asked for.
const MOST: usize = 256 * 1024;

/// What is said of a job that is over, in JSON. It is the same whenever it is asked for.
pub(super) fn message(notice: Notice, job: &Job, envelope: Vec<u8>) -> Bytes {
    let at = rfc3339(job.completed.unwrap_or(job.created));
    let data = if envelope.len() > MOST { without_answer(&envelope) } else { envelope };
    let head = format!(r#"{{"type":"{}","timestamp":"{at}","data":"#, notice.name());
    [head.as_bytes(), &data, b"}"].concat().into()
}

/// An envelope that says that its result, or its error, has to be asked for.
fn without_answer(envelope: &[u8]) -> Vec<u8> {
    let mut envelope: Value = serde_json::from_slice(envelope).unwrap_or_default();
    if let Some(members) = envelope.as_object_mut() {
        for (name, omitted) in [("result", "result_omitted"), ("error", "error_omitted")] {
            if members.shift_remove(name).is_some() {
                members.insert(omitted.to_owned(), true.into());
            }
        }
    }
    envelope.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::webhook::tests::ended;

    #[test]
    fn a_message_is_an_envelope_with_a_type_and_a_time() {
        let body = message(Notice::JobFailed, &ended(1), br#"{"id":"x","error":{"b":1,"a":2}}"#.to_vec());
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            r#"{"type":"job.failed","timestamp":"2023-11-14T22:13:20.001Z","data":{"id":"x","error":{"b":1,"a":2}}}"#
        );
    }

    #[test]
    fn a_large_result_is_left_to_be_asked_for() {
        let large = |length| format!(r#"{{"id":"x","result":"{}","z":1}}"#, "y".repeat(length)).into_bytes();
        let exact = MOST - large(0).len();
        let whole: Value =
            serde_json::from_slice(&message(Notice::JobCompleted, &ended(1), large(exact))).unwrap();
        assert_eq!(whole["data"]["result"].as_str().unwrap().len(), exact);
        let cut: Value =
            serde_json::from_slice(&message(Notice::JobCompleted, &ended(1), large(exact + 1))).unwrap();
        assert_eq!(cut["data"].to_string(), r#"{"id":"x","z":1,"result_omitted":true}"#);
    }
}
