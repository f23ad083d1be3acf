//! `standin requests`, as a user runs it, against a server that was told nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

/// `standin serve` without flags, on a free port.
struct Server {
    child: Child,
    url: String,
}

fn standin(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command.args(arguments).env_remove("STANDIN_URL").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn data(name: &str) -> Value {
    let path = format!("{}/../../fixtures/requests/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn help_has_examples() {
    for command in ["ls", "show", "send"] {
        let output = standin(&["requests", command, "--help"]);
        assert!(text(&output.stdout).contains("Example"), "{command}");
    }
}

#[test]
fn ls_lists_all_and_show_shows_one() {
    let listed: Value = serde_json::from_slice(&standin(&["requests", "ls", "--json"]).stdout).unwrap();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 59);
    let table = text(&standin(&["requests", "ls"]).stdout);
    for (row, one) in table.lines().zip(listed) {
        let member = |name: &str| one[name].as_str().unwrap();
        assert!(row.starts_with(member("name")) && row.ends_with(member("shows")), "{row}");
        assert!(row.contains(&one["status"].to_string()), "{row}");
    }
    let raw: Value =
        serde_json::from_slice(&standin(&["requests", "show", "chat-tools", "--json"]).stdout).unwrap();
    assert_eq!(raw, data("chat-tools"));
    let body: Value =
        serde_json::from_slice(&standin(&["requests", "show", "chat-tools", "--body"]).stdout).unwrap();
    assert_eq!(body, raw["body"]);
    let form = standin(&["requests", "show", "audio-translation-basic", "--body"]).stdout;
    assert!(form.windows(4).any(|window| window == b"RIFF"));
}

#[test]
fn a_name_that_is_not_there_is_told_with_one_that_is() {
    for command in ["show", "send"] {
        let output = standin(&["requests", command, "chat-basik"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("did you mean `chat-basic`?"), "{}", text(&output.stderr));
    }
}

#[test]
fn send_asks_a_server_and_tells_by_its_exit_code() {
    let server = Server::start();
    let send = |more: &[&str]| standin(&[&["requests", "send", "--base-url", &server.url], more].concat());
    let output = send(&["chat-basic"]);
    assert_eq!(output.status.code(), Some(0));
    let output = text(&output.stdout);
    let (status, body) = output.split_once('\n').unwrap();
    assert_eq!(status, "200  from tape");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["object"], "chat.completion");

    let named: Value = serde_json::from_slice(&send(&["messages-text", "--json"]).stdout).unwrap();
    assert_eq!((&named[0]["status"], &named[0]["source"]), (&200.into(), &"tape".into()));
    let without = send(&["messages-text", "--json", "--no-cassette"]).stdout;
    let without: Value = serde_json::from_slice(&without).unwrap();
    assert_eq!(without[0]["source"], "simulator");
    assert_eq!(without[0]["body"], named[0]["body"]);

    // Nothing of the catalogue is at this address.
    let nowhere = format!("{}/c/nowhere", server.url);
    let output = standin(&["requests", "send", "chat-basic", "--no-cassette", "--base-url", &nowhere]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("500 where 200 was expected"), "{}", text(&output.stdout));
}

#[test]
fn all_have_the_status_that_they_should() {
    let server = Server::start();
    let output = standin(&["requests", "send", "--all", "--base-url", &server.url]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert_eq!(text(&output.stdout).lines().filter(|line| line.contains("from tape")).count(), 59);
}

#[test]
fn nobody_there_is_a_failure_that_says_so() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output =
        standin(&["requests", "send", "chat-basic", "--base-url", &format!("http://127.0.0.1:{port}")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`standin serve` starts a server"), "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn what_show_prints_runs_in_a_shell() {
    let server = Server::start();
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_standin")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    for name in ["chat-multiturn", "completion-basic", "audio-transcription-basic", "azure-chat-basic"] {
        let command = text(&standin(&["requests", "show", name, "--base-url", &server.url]).stdout);
        let command = command.replace("curl ", "curl --silent --dump-header - ");
        let output = Command::new("sh").args(["-c", &command]).env("PATH", &path).output().unwrap();
        let answer = text(&output.stdout);
        assert!(answer.contains(&format!("x-standin-cassette: {name}#0")), "{command}\n{answer}");
    }
}

// === impl Server ===

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_standin"))
            .args(["serve", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.strip_prefix("standin listening on ").unwrap().trim().to_owned();
        Server { child, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
