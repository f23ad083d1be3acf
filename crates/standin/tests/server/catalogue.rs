//! The catalogue: its requests, and the cassettes that a server without a folder has.

use crate::support::{Answer, call, connect, control, read_answer, request, start, write};
use serde_json::json;
use standin::catalogue::{self, CASSETTE_HEADER, Request};
use standin::{RecordMode, Simulation, Standin, cassette};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");
/// What a cassette of made-up answers begins with.
const ORIGIN: &str = "# Recorded against standin's simulator";

/// Sends a request to an address below the server's own, with the fields that are chosen.
fn send(server: &Standin, one: &Request, below: &str, keep: impl Fn(&str) -> bool) -> Answer {
    let built = one.build(&format!("{}{below}", server.url())).unwrap();
    let fields: Vec<(&str, &str)> = built
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .filter(|(name, _)| keep(name))
        .collect();
    let target = built.uri().path_and_query().unwrap().as_str();
    let mut stream = connect(server);
    stream.write_all(&request(built.method().as_str(), target, &fields, built.body())).unwrap();
    read_answer(&mut stream)
}

fn unnamed(name: &str) -> bool {
    name != CASSETTE_HEADER
}

/// What a client sees of an answer, wherever it comes from.
fn seen(answer: &Answer) -> (u16, Option<&str>, String) {
    (answer.status, answer.header("content-type"), String::from_utf8_lossy(&answer.body).into_owned())
}

fn source(answer: &Answer) -> Option<&str> {
    answer.header("x-standin-source")
}

#[test]
fn the_folders_hold_what_is_embedded() {
    let stems = |folder: &str, extension: &str| -> BTreeSet<String> {
        std::fs::read_dir(Path::new(FIXTURES).join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    let names: BTreeSet<String> = catalogue::names().map(str::to_owned).collect();
    assert_eq!(stems("requests", "json"), names);
    assert_eq!(stems("catalogue", "yaml"), names);
}

#[test]
fn a_server_without_a_folder_replays_every_request() {
    let server = start(Standin::builder());
    for one in catalogue::all() {
        let by_header = send(&server, one, "", |_| true);
        assert_eq!((by_header.status, source(&by_header)), (one.status, Some("tape")), "{}", one.name);
        assert_eq!(by_header.header("x-standin-cassette"), Some(format!("{}#0", one.name).as_str()));
        let cassette = cassette::parse(catalogue::cassette(one.name).unwrap().as_bytes()).unwrap();
        let [interaction] = cassette.interactions.as_slice() else { panic!("{} holds one", one.name) };
        let stored = std::str::from_utf8(&interaction.response.body).unwrap();
        assert_eq!(interaction.layout.wire(stored), String::from_utf8_lossy(&by_header.body), "{}", one.name);
        let by_path = send(&server, one, &format!("/c/{}", one.name), unnamed);
        assert_eq!(seen(&by_path), seen(&by_header));
    }
    let journal = server.journal();
    assert_eq!(journal.len(), 2 * catalogue::all().len());
}

#[test]
fn no_cassette_of_made_up_answers_is_stale() {
    let server = start(Standin::builder());
    let simulated = |one: &&Request| catalogue::cassette(one.name).unwrap().starts_with(ORIGIN);
    for one in catalogue::all().iter().filter(simulated) {
        let made_up = send(&server, one, "", unnamed);
        let recorded = send(&server, one, "", |_| true);
        assert_eq!(source(&recorded), Some("tape"), "{}", one.name);
        assert_ne!(source(&made_up), Some("tape"), "{}", one.name);
        assert_eq!(
            seen(&made_up),
            seen(&recorded),
            "fixtures/catalogue/{}.yaml is stale, since the simulator answers otherwise now: run scripts/record-catalogue",
            one.name
        );
    }
}

#[test]
fn what_is_shipped_is_there_by_name_alone_and_not_beside_a_folder() {
    let bare = start(Standin::builder());
    let listed = control(&bare, "GET", "/_standin/cassettes", "").json();
    assert_eq!(listed["cassettes"], json!([]));
    assert_eq!(listed["embedded"], json!(catalogue::names().collect::<Vec<_>>()));
    let path = "/v1/chat/completions";
    let other = r#"{"model": "gpt-5-nano", "messages": [{"role": "user", "content": "Otters"}]}"#;
    let answer = call(&bare, "POST", path, &[("X-Cassette-Name", "chat-basic")], other);
    assert_eq!(answer.status, 409);
    assert!(answer.message().contains("`standin requests show chat-basic`"), "{}", answer.message());
    assert!(answer.message().contains("/messages/0/content"), "{}", answer.message());
    let misspelt = [("Authorization", "Bearer k"), ("X-Cassette-Name", "chat-basics")];
    let answer = call(&bare, "POST", path, &misspelt, other);
    assert_eq!(answer.status, 500);
    assert!(answer.message().contains("Did you mean chat-basic"), "{}", answer.message());

    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "own", &[]);
    let own = start(Standin::builder().cassettes(dir.path()).simulate(Simulation::Always));
    let one = catalogue::find("chat-basic").unwrap();
    let answer = send(&own, one, "", |_| true);
    assert_eq!((answer.status, source(&answer)), (500, Some("refusal")));
    assert_eq!(control(&own, "GET", "/_standin/cassettes", "").json()["embedded"], json!([]));
}

#[test]
fn no_record_mode_changes_what_is_shipped() {
    let one = catalogue::find("messages-streaming").unwrap();
    for mode in [RecordMode::None, RecordMode::Once, RecordMode::NewEpisodes, RecordMode::All] {
        let server = start(Standin::builder().record(mode).variable("ANTHROPIC_API_KEY", "sk-ant-of-a-test"));
        let body = json!({"cassette": one.name}).to_string();
        let session = control(&server, "POST", "/_standin/sessions", &body).json();
        let id = session["id"].as_str().unwrap();
        for below in ["", &format!("/s/{id}")] {
            let answer = send(&server, one, below, |_| true);
            assert_eq!((answer.status, source(&answer)), (200, Some("tape")), "{mode} {below}");
        }
        let report = control(&server, "DELETE", &format!("/_standin/sessions/{id}"), "").json();
        assert_eq!(report["verdict"], "HIT", "{report}");
    }
}
