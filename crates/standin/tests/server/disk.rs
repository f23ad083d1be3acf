//! Cassettes that come, change, break and go while the server runs.

use crate::support::{Answer, call, control, interaction, post, start, write};
use standin::{Reading, RecordMode, Standin};
use std::path::Path;
use std::time::{Duration, Instant};

fn tape(dir: &Path, name: &str, path: &str, answer: &str) {
    write(dir, name, &[interaction(&post(&format!("http://h{path}"), ""), 200, &[], answer.as_bytes())]);
}

/// Asks until the answer is the expected one. The bound only ends a test that has failed.
fn eventually(what: &str, ask: impl Fn() -> Answer, right: impl Fn(&Answer) -> bool) {
    let give_up = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = ask();
        if right(&answer) {
            return;
        }
        assert!(Instant::now() < give_up, "{what}: {answer:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_new_cassette_answers_at_once_by_name_and_soon_by_content() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(Standin::builder().cassettes(dir.path()));
    let named = || call(&server, "POST", "/p", &[("X-Cassette-Name", "new/one")], "");
    assert_eq!(named().status, 500);
    tape(dir.path(), "new/one", "/p", "fresh");
    assert_eq!(named().body, b"fresh");
    tape(dir.path(), "other", "/q", "soon");
    eventually("unnamed", || call(&server, "POST", "/q", &[], ""), |answer| answer.body == b"soon");
}

#[test]
fn a_changed_cassette_is_seen_although_its_answer_was_remembered() {
    let dir = tempfile::tempdir().unwrap();
    tape(dir.path(), "tape", "/p", "old");
    let server = start(Standin::builder().cassettes(dir.path()));
    let ask = || call(&server, "POST", "/p", &[("X-Cassette-Name", "tape")], "");
    assert_eq!(ask().body, b"old");
    assert_eq!(ask().body, b"old");
    tape(dir.path(), "tape", "/p", "newer");
    eventually("changed", ask, |answer| answer.body == b"newer");
    std::fs::remove_file(dir.path().join("tape.yaml")).unwrap();
    eventually("removed", ask, |answer| answer.header("x-standin-error") == Some("upstream_unknown"));
    // A folder that moves in as a whole.
    let outside = tempfile::tempdir().unwrap();
    tape(outside.path(), "inner", "/moved", "moved");
    std::fs::rename(outside.path(), dir.path().join("gpt-4.1")).unwrap();
    let moved = || call(&server, "POST", "/moved", &[], "");
    eventually("moved in", moved, |answer| answer.body == b"moved");
    std::fs::rename(dir.path().join("gpt-4.1"), outside.path()).unwrap();
    eventually("moved out", moved, |answer| answer.status == 400);
}

#[test]
fn a_folder_that_is_replaced_is_watched_again() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("cassettes");
    tape(&dir, "a", "/p", "first");
    let server = start(Standin::builder().cassettes(&dir));
    let ask = || call(&server, "POST", "/p", &[], "");
    assert_eq!(ask().body, b"first");
    std::fs::remove_dir_all(&dir).unwrap();
    eventually("removed", ask, |answer| answer.status == 400);
    tape(&dir, "a", "/p", "second");
    eventually("replaced", ask, |answer| answer.body == b"second");
    tape(&dir, "a", "/p", "third time");
    eventually("changed", ask, |answer| answer.body == b"third time");
}

#[test]
fn other_files_that_are_written_all_the_time_delay_nothing_for_long() {
    let dir = tempfile::tempdir().unwrap();
    tape(dir.path(), "tape", "/p", "old");
    let server = start(Standin::builder().cassettes(dir.path()));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                std::fs::write(dir.path().join("app.log"), "noise").unwrap();
                std::fs::write(dir.path().join("noise.yaml"), "interactions: []\nversion: 1\n").unwrap();
            }
        });
        assert_eq!(call(&server, "POST", "/p", &[], "").body, b"old");
        tape(dir.path(), "tape", "/p", "newer");
        let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually("changed", || call(&server, "POST", "/p", &[], ""), |answer| answer.body == b"newer");
        }));
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        seen.unwrap();
    });
}

#[test]
fn a_broken_cassette_is_reported_with_its_place_and_the_others_serve() {
    let dir = tempfile::tempdir().unwrap();
    tape(dir.path(), "good", "/p", "good");
    std::fs::write(dir.path().join("bad.yaml"), "version: 2\ninteractions:\n- id: 0\n  request: 5\n")
        .unwrap();
    let server = start(Standin::builder().cassettes(dir.path()));
    assert_eq!(server.counts().broken, 1);
    assert_eq!(call(&server, "POST", "/p", &[], "").body, b"good");
    let answer = call(&server, "POST", "/v1/p", &[("X-Cassette-Name", "bad")], "");
    assert_eq!((answer.status, answer.header("x-standin-error")), (500, Some("cassette_broken")));
    assert!(answer.message().contains("bad.yaml:4: `request` should be a mapping"), "{}", answer.message());
    let miss = call(&server, "POST", "/v1/other", &[], "");
    assert!(miss.message().contains("1 more could not be read"), "{}", miss.message());
    let listed = control(&server, "GET", "/_standin/cassettes", "").json();
    assert_eq!(listed["broken"][0]["line"], 4);
    assert_eq!(listed["cassettes"][0]["name"], "good");

    tape(dir.path(), "bad", "/p2", "mended");
    assert_eq!(call(&server, "POST", "/p2", &[("X-Cassette-Name", "bad")], "").body, b"mended");
}

#[test]
fn of_two_files_of_one_name_yaml_is_read() {
    let dir = tempfile::tempdir().unwrap();
    tape(dir.path(), "tape", "/p", "yaml");
    std::fs::rename(dir.path().join("tape.yaml"), dir.path().join("tape.yml")).unwrap();
    let server = start(Standin::builder().cassettes(dir.path()));
    let ask = || call(&server, "POST", "/p", &[("X-Cassette-Name", "tape")], "");
    assert_eq!(ask().body, b"yaml");
    tape(dir.path(), "tape", "/p", "yaml wins");
    eventually("yaml", ask, |answer| answer.body == b"yaml wins");
}

#[test]
fn a_folder_that_is_not_there_stops_a_start_without_recording() {
    let dir = tempfile::tempdir().unwrap();
    let builder = || Standin::builder().cassettes(dir.path().join("none/below"));
    let error = builder().record(RecordMode::None).start_blocking().unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
    // A recording would make it; until there is one, nothing does.
    let server = start(builder());
    assert_eq!(call(&server, "POST", "/p", &[("X-Cassette-Name", "tape")], "").status, 500);
    assert!(!dir.path().join("none").exists());
    tape(&dir.path().join("none/below"), "tape", "/p", "made");
    assert_eq!(call(&server, "POST", "/p", &[("X-Cassette-Name", "tape")], "").body, b"made");
}

#[test]
fn a_cassette_is_read_when_it_is_named() {
    let dir = tempfile::tempdir().unwrap();
    tape(dir.path(), "deep/tape", "/p", "old");
    tape(dir.path(), "other", "/p", "other");
    std::fs::write(dir.path().join("compose.yaml"), "services: {}\n").unwrap();
    let builder = Standin::builder().cassettes(dir.path()).record(RecordMode::None).reading(Reading::Named);
    let server = start(builder);
    let known = || control(&server, "GET", "/_standin/cassettes", "").json();
    assert_eq!((&known()["cassettes"], &known()["broken"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(call(&server, "POST", "/p", &[], "").status, 400);
    let named = || call(&server, "POST", "/p", &[("X-Cassette-Name", "deep/tape")], "");
    assert_eq!(named().body, b"old");
    assert_eq!(known()["cassettes"].as_array().map(Vec::len), Some(1));
    // A session has the file as it is when it begins.
    tape(dir.path(), "deep/tape", "/p", "new");
    let begun = control(&server, "POST", "/_standin/sessions", "{\"cassette\": \"deep/tape\"}").json();
    let path = format!("/s/{}/p", begun["id"].as_str().unwrap());
    assert_eq!(call(&server, "POST", &path, &[], "").body, b"new");
    // Looking at the disk again finds no more than was named, and that it is gone.
    std::fs::remove_file(dir.path().join("deep/tape.yaml")).unwrap();
    assert_eq!(control(&server, "POST", "/_standin/reset", "").status, 200);
    assert_eq!(known()["cassettes"], serde_json::json!([]));
}
