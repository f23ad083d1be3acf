//! Mocks that change while the server runs: over the control API, on disk, by the program.

use crate::mocks::{PATH, chat, mocked, said};
use crate::support::{control, start};
use serde_json::json;
use standin::Standin;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn what_is_added_again_counts_anew() {
    let server = mocked("mocks: [{answer: other}]");
    let ask = || said(&chat(&server, PATH, "hi"));
    for text in ["{mocks: [{times: 1, answer: once}]}", "{mocks: [{name: n, times: 1, answer: once}]}"] {
        for _ in 0..3 {
            assert_eq!(control(&server, "PATCH", "/_standin/mocks", text).status, 200);
            assert_eq!([ask(), ask()], ["once", "other"]);
        }
    }
    let listed = control(&server, "GET", "/_standin/mocks", "").json();
    // Three without a name, one of that name, and the first.
    assert_eq!(listed["mocks"].as_array().map(Vec::len), Some(5));
    // Two texts with the same mock are two mocks.
    let twice = "mocks: [{times: 1, answer: once}]";
    let server = start(Standin::builder().mock(twice).mock(twice));
    assert_eq!([chat(&server, PATH, "hi").status, chat(&server, PATH, "hi").status], [200, 200]);
}

#[test]
fn the_control_api_changes_mocks_at_once_or_not_at_all() {
    let server =
        mocked("mocks:\n- {name: a, match: a, answer: from a}\n- {name: b, match: b, answer: from b}\n");
    let ask = |text: &str| said(&chat(&server, PATH, text));
    let edit = |method: &str, path: &str, body: &str| control(&server, method, path, body).status;
    assert_eq!(ask("a"), "from a");
    assert_eq!(
        edit(
            "PATCH",
            "/_standin/mocks",
            "{\"mocks\": [{\"name\": \"a\", \"match\": \"a\", \"answer\": \"changed\"}]}"
        ),
        200
    );
    assert_eq!([ask("a"), ask("b")], ["changed", "from b"]);
    assert_eq!(
        edit("PATCH", "/_standin/mocks", "mocks:\n- {match: a, answer: x}\n- {mach: a, answer: x}\n"),
        422
    );
    assert_eq!(ask("a"), "changed");
    assert_eq!(edit("DELETE", "/_standin/mocks/a", ""), 200);
    assert!(ask("a").contains("No mock answers"));
    assert_eq!(edit("PUT", "/_standin/mocks", "mocks: [{answer: only}]"), 200);
    assert_eq!([ask("a"), ask("b")], ["only", "only"]);
    let listed = control(&server, "GET", "/_standin/mocks", "").json();
    assert_eq!(listed["mocks"][0]["mock"], json!({"answer": "only"}));
    assert_eq!(edit("DELETE", "/_standin/mocks", ""), 200);
    assert_eq!([ask("a"), ask("b")], ["from a", "from b"]);
}

/// Asks until the answer is the expected one; the machine says how long that takes.
fn eventually(server: &Standin, expected: &str) {
    let began = Instant::now();
    loop {
        let answer = said(&chat(server, PATH, "x"));
        if answer == expected {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{answer} instead of {expected}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn replace(path: &Path, text: &str) {
    let temporary = path.with_extension("new");
    std::fs::write(&temporary, text).unwrap();
    std::fs::rename(temporary, path).unwrap();
}

#[test]
fn a_changed_file_is_read_again_and_a_broken_one_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mocks.yaml");
    std::fs::write(&path, "mocks: [{answer: one}]").unwrap();
    let server = start(Standin::builder().mocks(&path));
    eventually(&server, "one");
    std::fs::write(&path, "mocks: [{answer: two}]").unwrap();
    eventually(&server, "two");
    replace(&path, "mocks: [{answr: three}]");
    let began = Instant::now();
    while control(&server, "GET", "/health", "").json()["mocks_broken"] != true {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(5));
    }
    let problems = control(&server, "GET", "/_standin/mocks", "").json()["problems"].to_string();
    assert!(problems.contains("did you mean `answer`?"), "{problems}");
    eventually(&server, "two");
    replace(&path, "mocks: [{answer: four}]");
    eventually(&server, "four");
    assert_eq!(control(&server, "GET", "/health", "").json()["mocks_broken"], false);
    // Editors take a file away before they put the new one there.
    std::fs::remove_file(&path).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    eventually(&server, "four");
    std::fs::write(&path, "mocks: [{answer: five}]").unwrap();
    eventually(&server, "five");
}

#[test]
fn the_library_changes_mocks_and_has_sessions_of_them() {
    let server = mocked("mocks: [{answers: [a, b]}]");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let session = runtime.block_on(server.session(None, standin::SessionOptions::default())).unwrap();
    let path = format!("{}{PATH}", session.url().strip_prefix(&server.url()).unwrap());
    assert_eq!([chat(&server, &path, "x"), chat(&server, PATH, "x")].map(|answer| said(&answer)), ["a", "a"]);
    let report = runtime.block_on(session.end(standin::TestOutcome::Passed)).unwrap();
    assert_eq!((report.verdict, report.mocked), (standin::Verdict::Hit, 1));
    server.set_mocks("mocks: [{answer: c}]").unwrap();
    assert!(server.set_mocks("mocks: [{}]").is_err());
    assert_eq!(said(&chat(&server, PATH, "x")), "c");
}
