//! What is sent.

use crate::jobs::desk::BackgroundPlan;
use bytes::Bytes;
use serde_json::{Value, json};
use standin_core::jobs::{Job, Notice, StoredRequest};
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

/// What is said of a response that was asked for in the background, as OpenAI says it: the receiver asks for the
/// response by its id. `None` for what is not over.
pub(super) fn response_event(job: &Job, request: &StoredRequest) -> Option<Bytes> {
    let plan = BackgroundPlan::read(request)?;
    let id = plan.id().to_owned();
    let notice = Notice::of_response(job, plan.ended(job).object["status"].as_str())?;
    let event = json!({
        "id": format!("evt_{}", job.id.digits()),
        "object": "event",
        "created_at": job.completed.unwrap_or(job.created).as_second(),
        "type": notice.name(),
        "data": {"id": id},
    });
    Some(event.to_string().into())
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
    fn a_response_is_told_by_its_id() {
        let stored = |answer: Value| StoredRequest {
            method: "POST".to_owned(),
            target: "/v1/responses".to_owned(),
            headers: vec![],
            body: json!({"id": "resp_1", "answer": answer, "turns": 0, "turns_since_user": 0, "due_us": []})
                .to_string()
                .into(),
            route: "/v1/responses".to_owned(),
        };
        let told = |answer| response_event(&ended(1), &stored(answer)).unwrap();
        assert_eq!(
            std::str::from_utf8(&told(json!({"id": "resp_1", "status": "incomplete"}))).unwrap(),
            r#"{"id":"evt_07070707070747078707070707070707","object":"event","created_at":1700000000,"type":"response.incomplete","data":{"id":"resp_1"}}"#
        );
        let completed: Value = serde_json::from_slice(&told(json!({"status": "completed"}))).unwrap();
        assert_eq!(completed["type"], "response.completed");
        let nothing = StoredRequest { body: Bytes::from_static(b"{}"), ..stored(Value::Null) };
        assert_eq!(response_event(&ended(1), &nothing), None);
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
