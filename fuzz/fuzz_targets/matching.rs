//! A request finds its own recording, whatever its body and type.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use standin_core::Call;
use standin_core::cassette::{RecordedRequest, RequestBody, Unknown};
use standin_core::matching::{MatchRules, Normaliser, Volatile, call_keys, recorded_keys};

fuzz_target!(|input: (u8, &str, &str, &[u8])| {
    let (kind, path, query, body) = input;
    let kinds = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""];
    let headers = [("content-type", kinds[usize::from(kind) % kinds.len()])].into_iter().collect::<standin_core::Headers>();
    // What an address cannot hold is not in a request line.
    let clean = |text: &str| text.replace(['?', '#', ' ', '/'], "");
    let (path, query) = (format!("/{}", clean(path)), clean(query));
    let body = Bytes::copy_from_slice(body);
    let recorded = RecordedRequest {
        method: "POST".to_owned(),
        url: format!("https://h{path}?{query}"),
        headers: headers.clone(),
        body: RequestBody::Bytes(body.clone()),
        go: None,
        unknown: Unknown::default(),
    };
    let call = Call { method: "POST".to_owned(), path, query: Some(query), host: None, headers, body };
    let normaliser = Normaliser::default().volatile(Volatile::Uuids).volatile(Volatile::EpochTimes);
    for rules in [MatchRules::default(), MatchRules { normaliser, ..MatchRules::default() }] {
        let known = recorded_keys(&recorded, &rules);
        assert!(call_keys(&call, &rules).iter().any(|key| known.contains(key)));
        assert!(rules.admits(&call, &recorded));
    }
});
