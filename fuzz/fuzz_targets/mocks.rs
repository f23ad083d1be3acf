//! Any file of mocks is read or refused, and what is read chooses, explains and fills in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use standin_core::dialect::{Asked, Endpoint, Message};
use standin_core::mock::{MockSet, Seen, read};
use standin_core::{Call, Headers};

fuzz_target!(|input: (&str, &str)| {
    let (file, text) = input;
    let mocks = read("mocks", file).mocks;
    let set = MockSet::new(mocks);
    let _ = set.shadowed();
    let message = json!({"role": "user", "content": text});
    let body = json!({"model": text, "messages": [message], "input": text});
    let call = Call {
        method: "POST".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        query: Some(text.to_owned()),
        host: None,
        headers: Headers::from_iter([("x", text)]),
        body: body.to_string().into(),
    };
    for endpoint in Endpoint::ALL {
        let last = Message { role: "user", text: text.into(), value: &message, tool_call_id: None };
        let asked = Asked {
            endpoint,
            body: &body,
            model: Some(text.into()),
            last: Some(last),
            user: Some(text.into()),
            system: text.into(),
            tools: vec![text],
            turns: 1,
            turns_since_user: 1,
            stream: false,
        };
        let seen = Seen { call: &call, provider: "openai", asked: &asked };
        let chosen = set.choose(&seen, |_| true);
        let near = set.nearest(&seen, 3);
        // What holds lacks nothing, and the other way round.
        assert!(chosen.is_none() || near.iter().any(|mock| mock.unmet.is_empty()));
        let _ = set.explain(&seen);
        for answer in chosen.iter().flat_map(|mock| &mock.answers) {
            let _ = answer.fill(&seen);
        }
    }
});
