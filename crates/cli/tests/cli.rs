//! The command, as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod program;

use program::{FIXTURES, fixture, standin, text};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

#[test]
fn help_answers_with_an_example() {
    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["run", "--help"],
        &["cassette", "--help"],
        &["mocks", "--help"],
        &["requests", "--help"],
        &["cassette", "ls", "--help"],
        &["cassette", "show", "--help"],
        &["cassette", "lint", "--help"],
        &["cassette", "scrub", "--help"],
        &["cassette", "convert", "--help"],
        &["cassette", "diff", "--help"],
        &["mocks", "check", "--help"],
        &["mocks", "explain", "--help"],
    ] {
        let output = standin(command);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("Example"), "{command:?}");
        assert!(text(&output.stdout).contains("standin "), "{command:?}");
    }
}

#[test]
fn serve_says_where_it_listens_on_its_first_line() {
    serve(None, "record mode once");
}

#[test]
fn nothing_is_recorded_in_ci_unless_asked() {
    serve(Some("true"), "record mode none");
}

fn serve(ci: Option<&str>, mode: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    match ci {
        Some(value) => command.env("CI", value),
        None => command.env_remove("CI"),
    };
    let mut child = command
        .args(["serve", "--port", "0", "--cassettes", FIXTURES])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let address = line.strip_prefix("standin listening on http://").unwrap().trim();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"cassettes_broken\":0"), "{answer}");
    #[cfg(unix)]
    {
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    #[cfg(not(unix))]
    child.kill().unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "everything else goes to standard error");
    let mut notes = String::new();
    child.stderr.take().unwrap().read_to_string(&mut notes).unwrap();
    assert!(notes.contains("cassettes with") && notes.contains(mode), "{notes}");
}

#[test]
fn mistakes_get_a_clear_sentence_and_exit_code_2() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("standin.toml");
    std::fs::write(&config, "prot = 1\n").unwrap();
    let config = config.to_str().unwrap();
    let mocks = dir.path().join("mocks.yaml");
    std::fs::write(&mocks, "mocks: [{answer: hi}]").unwrap();
    let mocks = mocks.to_str().unwrap();
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_str().unwrap();
    for (arguments, words) in [
        (
            &["serve", "--record", "none", "--cassettes", "no/such/folder"][..],
            "cannot read the cassette folder no/such/folder",
        ),
        (&["serve", "--record", "sometimes"], "use none, once, new_episodes or all"),
        (&["serve", "--pace", "slow"], "ttft=200ms,itl=20ms"),
        (&["serve", "--fault", r#"status=500,message="a;b";slow"#], "`slow` is not a fault"),
        (&["serve", "--limit", "rpm=1;rmp=2"], "did you mean `rpm`?"),
        (&["serve", "--match-on", "method,cookies"], "`cookies` is not a matcher"),
        (&["serve", "--jobs", ":memory:"], "say `memory`"),
        (&["serve", "--jobs", "mem"], "or `./mem` for a file of this name"),
        (&["serve", "--jobs", "Off"], "jobs: `Off` is neither `memory` nor `off`"),
        (&["serve", "--jobs", ""], "give the path of a file, `memory`, or `off`"),
        (&["serve", "--jobs", "file:jobs.sqlite?mode=rwc"], "give the path of the file alone"),
        (&["serve", "--port", "0", "--jobs", empty], "is a folder: name a file in it"),
        (&["serve", "--port", "0", "--jobs", "no/such/jobs.sqlite"], "there is no folder no/such; make it"),
        (&["serve", "--port", "0", "--jobs", mocks], "is not a file of jobs: name another one"),
        (
            &["serve", "--port", "0", "--never-record", "https://example.com"],
            "`https://example.com` is no host that is never recorded: give its name alone",
        ),
        (
            &["serve", "--cassettes", "redis://cache", "--load", "all"],
            "load: all cassettes at once are those of a folder",
        ),
        (&["serve", "--cassettes", "redis://cache/zero"], "its database is a number, as in /0"),
        (&["cassette", "ls", "redis://:hunter2@cache"], "this command reads files"),
        (&["cassette", "show", "redis://:hunter2@cache"], "this command reads files"),
        (&["serve", "--log", "=="], "log level"),
        (&["serve", "--log", "loud"], "use off, error, warn"),
        (&["serve", "--host", "no such host"], "try 127.0.0.1"),
        (&["serve", &fixture("go-vcr/chat-basic.yaml")], "name the folder that holds the cassette"),
        (&["cassette", "lint", empty], "there is no .yaml or .yml file in"),
        (&["serve", "--config", config], "did you mean `port`?"),
        (&["serve", "--config", "no.toml"], "cannot read no.toml"),
        (&["cassette", "show", "no.yaml"], "cannot read no.yaml"),
        (&["cassette", "show", &fixture("go-vcr/chat-basic.yaml"), "7"], "counted from 0: there is no 7"),
        (&["cassette", "lint", "no/such"], "cannot read no/such"),
        (&["serve", "--mocks", "no.yaml"], "no.yaml:1: cannot be read"),
        (&["mocks", "check", "no.yaml"], "cannot read no.yaml"),
        (&["mocks", "explain", mocks, "-d", "{"], "the request is not JSON"),
        (
            &["mocks", "explain", mocks, "-d", "{}", "--path", "/v2"],
            "give --path, as in /v1/chat/completions",
        ),
        (&["mocks", "explain", mocks, "-d", "{}", "-H", "x"], "write `Name: value`"),
    ] {
        let output = standin(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.starts_with("error: ") && said.contains(words), "{said}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn a_file_of_jobs_is_made_at_once_where_its_path_is_given_and_otherwise_by_the_first_job() {
    let dir = tempfile::tempdir().unwrap();
    let started = |arguments: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_standin"))
            .args(["serve", "--stop-with-stdin"])
            .args(arguments)
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("standin listening on "), "{line}");
        let made = dir.path().join("jobs.sqlite").exists();
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        made
    };
    assert!(started(&["--port", "0", "--jobs", "jobs.sqlite"]));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    started(&["--port", &free.to_string()]);
    assert!(!dir.path().join(".standin").exists());
}

#[test]
fn mocks_are_checked_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good.yaml"), dir.path().join("bad.json"));
    std::fs::write(&good, "mocks:\n- {name: all, answer: hi}\n").unwrap();
    let wrong = "{\n  \"mocks\": [\n    {\"name\": \"never\", \"match\": \"x\", \"answer\": \"y\"},\n    {\"mach\": \"x\", \"answer\": \"y\"}\n  ]\n}\n";
    std::fs::write(&bad, wrong).unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    let output = standin(&["mocks", "check", good]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), ""));
    assert!(text(&output.stderr).contains("1 mocks, nothing to mend"));
    let output = standin(&["mocks", "check", good, bad]);
    assert_eq!(output.status.code(), Some(1));
    let found = text(&output.stdout);
    assert!(
        found.contains(&format!("{bad}:4: error: a mock knows no `mach`; did you mean `match`?")),
        "{found}"
    );
    assert!(found.contains(&format!("{bad}:3: warning: never never answers: all ({good}:2)")), "{found}");
    let output = standin(&["mocks", "check", "--json", bad]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((found[0]["line"].as_u64(), found[0]["severity"].as_str()), (Some(4), Some("error")));
}

#[test]
fn a_request_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let (mocks, request) = (dir.path().join("mocks.yaml"), dir.path().join("request.json"));
    std::fs::write(
        &mocks,
        "mocks:\n- {name: time, match: time, answer: a}\n- {name: sun, match: {user: weather}, answer: b}\n- {name: last, answer: c}\n",
    )
    .unwrap();
    let body =
        "{\"model\": \"claude-x\", \"messages\": [{\"role\": \"user\", \"content\": \"the weather\"}]}";
    std::fs::write(&request, body).unwrap();
    let mocks = mocks.to_str().unwrap();
    let output = standin(&["mocks", "explain", mocks, "--request", request.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let told = text(&output.stdout);
    assert!(told.starts_with("POST /v1/messages is anthropic's messages\n"), "{told}");
    assert!(
        told.contains(
            "time does not hold\n  message\n    wanted  contains \"time\"\n    called  \"the weather\""
        ),
        "{told}"
    );
    assert!(
        told.contains("sun answers") && told.contains("last would answer, but an earlier one does"),
        "{told}"
    );
    let output =
        standin(&["mocks", "explain", mocks, "--json", "-d", body, "--path", "/openai/v1/chat/completions"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((told[1]["mock"].as_str(), told[1]["why"].as_str()), (Some("sun"), Some("answers")));
    let only = dir.path().join("only.yaml");
    std::fs::write(&only, "mocks: [{match: x, answer: a}]").unwrap();
    let output = standin(&["mocks", "explain", only.to_str().unwrap(), "-d", body]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn serve_ends_with_its_standard_input_where_that_is_wanted() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command.args(["serve", "--port", "0", "--stop-with-stdin"]).env_remove("CI");
    let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("standin listening on "), "{first}");
    let mut input = server.stdin.take().unwrap();
    input.write_all(b"what is said does not matter\n").unwrap();
    assert!(server.try_wait().unwrap().is_none());
    drop(input);
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_run_says_that_cassettes_are_switched_off() {
    let dir = tempfile::tempdir().unwrap();
    for (off, told) in [(Some("1"), true), (None, false)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
        match off {
            Some(value) => command.env("LITELLM_VCR_DISABLE", value),
            None => command.env_remove("LITELLM_VCR_DISABLE"),
        };
        let command =
            command.args(["run", "--", env!("CARGO_BIN_EXE_standin"), "--version"]).env_remove("CI");
        let output = command.current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(text(&output.stderr).contains("cassettes are switched off"), told, "{output:?}");
    }
}

#[test]
fn a_run_in_ci_asks_for_the_folder_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    let command = command.args(["run", "--", env!("CARGO_BIN_EXE_standin"), "--version"]).env("CI", "true");
    let output = command.current_dir(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = text(&output.stderr);
    assert!(told.contains("the cassette folder cassettes: "), "{told}");
    assert!(told.contains("default where CI=true, makes none: bring the folder, or choose a mode"), "{told}");
}

#[test]
fn a_variable_with_a_mistake_is_told_and_those_of_kubernetes_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let version = env!("CARGO_BIN_EXE_standin");
    for (name, value, code, told) in [
        ("STANDIN_RECROD", "none", 2, "unknown variable STANDIN_RECROD: did you mean STANDIN_RECORD?"),
        ("STANDIN_PORT", "tpc", 2, "invalid value 'tpc' for '--port <PORT>'"),
        ("STANDIN_PORT", "tcp://10.0.0.1:80", 0, ""),
        ("STANDIN_SERVICE_PORT", "80", 0, ""),
        ("STANDIN_VERSION", "1", 0, "the variable STANDIN_VERSION means nothing to standin\n"),
    ] {
        let mut command = Command::new(version);
        command.args(["run", "--", version, "--version"]).env_remove("CI").env(name, value);
        let output = command.current_dir(dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let said = text(&output.stderr);
        assert!(said.contains(told), "{name}: {said}");
        assert!(!told.is_empty() || !said.contains("STANDIN_"), "{name}: {said}");
    }
}

#[test]
fn a_variable_that_the_user_names_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let version = env!("CARGO_BIN_EXE_standin");
    let config = dir.path().join("standin.toml");
    let upstream = "[[upstreams]]\nhost = \"api.x.ai\"\nkey = \"STANDIN_POST\"\n";
    std::fs::write(&config, upstream).unwrap();
    let named = ["--upstream", "api.x.ai=STANDIN_POST"].map(str::to_owned);
    let file = ["--config".to_owned(), config.to_str().unwrap().to_owned()];
    for (flags, code) in [(&named[..], 0), (&file[..], 0), (&[], 2)] {
        let mut command = Command::new(version);
        command.arg("run").args(flags).args(["--", version, "--version"]);
        command.env_remove("CI").env("STANDIN_POST", "sk-of-x-0123456789");
        let output = command.current_dir(dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(text(&output.stderr).contains("did you mean STANDIN_"), code == 2, "{output:?}");
    }
}

#[test]
fn webhooks_that_would_be_refused_one_by_one_are_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("standin.toml");
    std::fs::write(&config, "[webhook-endpoints]\nops = \"http://10.0.0.1/\"\n").unwrap();
    let config = config.to_str().unwrap();
    let signed = ["serve", "--port", "0", "--webhook-secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
    for (place, words) in [
        (["--webhook", "http://127.0.0.1:9/"], "webhook: 127.0.0.1 is not a public address"),
        (["--webhook", "http://localhost:9/"], "webhook: `localhost` is the machine that standin runs on"),
        (["--config", config], "webhook-endpoints: ops: 10.0.0.1 is not a public address"),
    ] {
        let output = standin(&[signed.as_slice(), &place].concat());
        assert_eq!(output.status.code(), Some(2), "{place:?}");
        let said = text(&output.stderr);
        assert!(said.contains(words) && said.contains("--webhook-allow-private"), "{said}");
    }
}

#[test]
fn a_way_to_load_that_is_none_is_told() {
    let output = standin(&["serve", "--port", "0", "--load", "some"]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(
        told.contains("`some` is not a way to read cassettes: use all (at the start) or named"),
        "{told}"
    );
}
