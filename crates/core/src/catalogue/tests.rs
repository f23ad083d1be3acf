use super::*;

#[test]
fn every_file_is_a_request_of_its_name() {
    let read: Vec<&str> = all().iter().map(|request| request.name).collect();
    assert_eq!(read, names().collect::<Vec<_>>());
    assert!(names().is_sorted(), "names are looked up by halves");
    for request in all() {
        assert_eq!(find(request.name), Some(request));
        assert!(data(request.name).unwrap().contains(request.path));
    }
    assert_eq!((find("none"), data("none"), cassette("none")), (None, None, None));
}

#[test]
fn requests_are_built_for_any_base_url() {
    let chat = find("chat-basic").unwrap();
    for base in ["http://host:1", "http://host:1/", "http://host:1/v1", "http://host:1/v1/"] {
        let built = chat.build(base).unwrap();
        assert_eq!(built.uri(), "http://host:1/v1/chat/completions");
        assert_eq!(built.headers()["content-type"], "application/json");
        assert_eq!(built.headers()[CASSETTE_HEADER], "chat-basic");
        assert_eq!(built.headers()["authorization"], format!("Bearer {DUMMY_KEY}").as_str());
        let body: serde_json::Value = serde_json::from_slice(built.body()).unwrap();
        assert_eq!(body["messages"][0]["content"], "Hello!");
    }
    assert!(chat.build("no url").is_err());
    let azure = find("azure-chat-basic").unwrap().build("http://host:1/azure").unwrap();
    assert!(azure.uri().path().starts_with("/azure/openai/deployments/gpt-5-nano/"));
    assert_eq!(azure.headers()["api-key"], DUMMY_KEY);
    let claude = find("messages-text").unwrap().build("http://host:1").unwrap();
    assert_eq!(claude.headers()["x-api-key"], DUMMY_KEY);
    assert_eq!(claude.headers()["anthropic-version"], "2023-06-01");
}

#[test]
fn a_key_stands_where_none_did() {
    for (name, header, value) in [
        ("chat-basic", "authorization", "Bearer k"),
        ("azure-chat-basic", "api-key", "k"),
        ("messages-text", "x-api-key", "k"),
    ] {
        let request = find(name).unwrap();
        let changed = request.with_key("k");
        assert_eq!(changed.headers[header], value);
        let same = |(name, value): &(&String, &String)| request.headers[*name] == **value;
        assert_eq!(changed.headers.iter().filter(same).count(), request.headers.len() - 1);
    }
}

#[test]
fn forms_hold_their_files_between_boundaries_that_no_part_holds() {
    for name in ["audio-transcription-basic", "audio-translation-basic"] {
        let request = find(name).unwrap();
        let built = request.build("http://host").unwrap();
        let kind = built.headers()["content-type"].to_str().unwrap();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let body = String::from_utf8_lossy(built.body()).into_owned();
        let Content::Form(parts) = &request.content else { panic!("{name} is a form") };
        assert_eq!(body.matches(boundary).count(), parts.len() + 1);
        assert!(body.contains("name=\"model\"\r\n\r\nwhisper-1\r\n"));
        let wav = parts.iter().find(|part| part.name() == "file").unwrap().bytes();
        assert!(wav.starts_with(b"RIFF") && built.body().windows(wav.len()).any(|window| window == wav));
    }
}
