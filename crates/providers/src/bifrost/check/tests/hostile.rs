use super::submit;
use crate::bifrost::{AsyncKind, ModelRules, submission};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use standin_core::Headers;

/// Names that checks look at.
const NAMES: [&str; 16] = [
    "model",
    "prompt",
    "messages",
    "input",
    "voice",
    "speaker",
    "stream",
    "fallbacks",
    "query",
    "documents",
    "text",
    "document",
    "type",
    "reasoning",
    "max_tokens",
    "top_n",
];

pub(in crate::bifrost) fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![Just("openai/m"), Just(""), Just("image_url"), Just("message"), Just("text"), Just("{")]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let members = prop::collection::vec((prop::sample::select(&NAMES[..]), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            members.prop_map(|members| {
                Value::Object(
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_body_is_run_or_refused(
        kind in prop::sample::select(&AsyncKind::ALL[..]),
        tree in tree(),
        named in any::<bool>(),
    ) {
        let mut tree = tree;
        if named && let Value::Object(body) = &mut tree {
            body.insert("model".to_owned(), "openai/m".into());
        }
        match submit(kind, &tree.to_string()) {
            Ok(submitted) => {
                let run: Value = serde_json::from_slice(&submitted.run.body).unwrap();
                prop_assert_eq!(&run["model"], &submitted.model.model);
                prop_assert_ne!(&run["stream"], &json!(true));
            }
            Err(error) => {
                prop_assert_eq!(error.status, 400);
                let answer = error.answer();
                let said: Value = serde_json::from_slice(&answer.body).unwrap();
                prop_assert_eq!(&said["status_code"], &json!(answer.status));
                prop_assert!(said["extra_fields"].is_object() && said["error"]["message"].is_string());
                prop_assert_eq!(&said["is_bifrost_error"], &json!(false));
            }
        }
    }

    #[test]
    fn any_bytes_are_run_or_refused(
        kind in prop::sample::select(&AsyncKind::ALL[..]),
        body in prop::collection::vec(any::<u8>(), 0..64),
        form in any::<bool>(),
        encoding in prop_oneof![Just(""), Just("gzip"), Just("br"), Just("deflate"), Just("zstd")],
    ) {
        let content_type = if form { "multipart/form-data; boundary=b0" } else { "application/json" };
        let headers = Headers::from_iter([("content-type", content_type), ("content-encoding", encoding)]);
        let body = if form { [&b"--b0\r\n"[..], &body, b"\r\n--b0--"].concat() } else { body };
        if let Err(error) = submission(kind, &headers, &body.into(), &ModelRules::default()) {
            prop_assert_eq!(error.status, 400);
        }
    }
}
