//! The commands that look after cassettes, as a user runs them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod program;

use program::{FIXTURES, fixture, standin, text};
use std::path::Path;

#[test]
fn ls_and_show_print_what_is_there() {
    let listed = text(&standin(&["cassette", "ls", FIXTURES]).stdout);
    assert!(listed.contains("chat-streaming.yaml  go-vcr, 1 interactions, 1 streamed"), "{listed}");
    assert!(listed.contains("httpx-steps.yaml  vcrpy, 3 interactions, 0 streamed"), "{listed}");
    let rows: serde_json::Value =
        serde_json::from_slice(&standin(&["cassette", "ls", "--json", FIXTURES]).stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 19);

    let path = fixture("vcrpy/httpx-bedrock.yaml");
    let shown = text(&standin(&["cassette", "show", &path]).stdout);
    assert!(shown.contains("200  POST https://bedrock-runtime.us-east-1.amazonaws.com/model"), "{shown}");
    let whole: serde_json::Value =
        serde_json::from_slice(&standin(&["cassette", "show", "--json", &path, "0"]).stdout).unwrap();
    assert!(whole["interactions"][0]["response"]["body"]["base64"].as_str().unwrap().starts_with("AAAA"));
}

#[test]
fn lint_finds_and_exits_with_1() {
    let clean = standin(&["cassette", "lint", FIXTURES]);
    assert_eq!((clean.status.code(), text(&clean.stdout).as_str()), (Some(0), ""));
    assert!(text(&clean.stderr).contains("nothing to mend"));

    let dir = tempfile::tempdir().unwrap();
    let good = std::fs::read_to_string(fixture("vcrpy/requests-models.yaml")).unwrap();
    let interaction = good.strip_prefix("interactions:\n").unwrap().strip_suffix("version: 1\n").unwrap();
    let save = |name: &str, text: String| std::fs::write(dir.path().join(name), text).unwrap();
    save("twice.yaml", format!("interactions:\n{interaction}{interaction}version: 1\n"));
    save("broken.yaml", "version: 2\ninteractions:\n- request: [\n".to_owned());
    // A terabyte on paper: it is refused before any of it is read.
    std::fs::File::create(dir.path().join("giant.yaml")).unwrap().set_len(1 << 40).unwrap();
    save("same.yaml", good.clone());
    save("same.yml", good.clone());
    let found = standin(&["cassette", "lint", dir.path().to_str().unwrap()]);
    assert_eq!(found.status.code(), Some(1));
    let said = text(&found.stdout);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert!(lines[0].contains("broken.yaml:") && lines[0].contains(": unreadable: "), "{said}");
    assert!(lines[1].contains("giant.yaml: unreadable: the file has 1099511627776 bytes"), "{said}");
    assert!(lines[2].contains("same.yml: shadowed: "), "{said}");
    assert!(lines[3].contains("twice.yaml:") && lines[3].contains(": duplicate: GET https://"), "{said}");
    let json = standin(&["cassette", "lint", "--json", dir.path().to_str().unwrap()]).stdout;
    let rows: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(rows[3]["interaction"], 1);
}

/// A cassette with a key in its address, a header and its answer.
fn with_key(key: &str) -> String {
    format!(
        "interactions:\n- request:\n    body: null\n    headers:\n      Authorization: [Bearer {key}]\n    method: GET\n    uri: https://h/p?key={key}\n  response:\n    body:\n      string: you are {key}\n    headers: {{}}\n    status: {{code: 200, message: OK}}\nversion: 1\n"
    )
}

#[test]
fn scrub_replaces_secrets_and_never_prints_them() {
    const KEY: &str = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x";
    let dir = tempfile::tempdir().unwrap();
    let (dirty, clean) = (dir.path().join("dirty.yaml"), dir.path().join("clean.yaml"));
    std::fs::write(&dirty, with_key(KEY)).unwrap();
    // In a layout of its own, which a rewrite would change.
    std::fs::write(
        &clean,
        with_key("x").replace("      Authorization: [Bearer x]\n", "").replace("?key=x", ""),
    )
    .unwrap();
    let before = std::fs::read(&clean).unwrap();
    let path = dir.path().to_str().unwrap();

    let lint = standin(&["cassette", "lint", path]);
    let said = text(&lint.stdout);
    assert_eq!(lint.status.code(), Some(1));
    assert!(said.contains("dirty.yaml:2: secret: request.headers.authorization holds a secret"), "{said}");

    let check = standin(&["cassette", "scrub", "--check", path]);
    assert_eq!(check.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&dirty).unwrap(), with_key(KEY));
    let output = dir.path().join("out.yaml");
    let to = ["cassette", "scrub", dirty.to_str().unwrap(), "--output", output.to_str().unwrap()];
    assert!(standin(&to).status.success());
    assert_eq!(standin(&to).status.code(), Some(2), "an output that is there is kept");

    let scrub = standin(&["cassette", "scrub", path]);
    let said = text(&scrub.stdout);
    assert!(scrub.status.success());
    assert!(
        said.contains("0 request.headers.authorization: credential-header\n  0 request.url?key: "),
        "{said}"
    );
    let scrubbed = std::fs::read_to_string(&dirty).unwrap();
    assert_eq!(scrubbed, std::fs::read_to_string(&output).unwrap());
    assert!(scrubbed.contains("?key=SCRUBBED-1") && scrubbed.contains("you are SCRUBBED-1"), "{scrubbed}");
    assert_eq!(std::fs::read(&clean).unwrap(), before);
    for output in [lint, check, scrub] {
        assert!(!text(&output.stdout).contains("Ab3dEf") && !text(&output.stderr).contains("Ab3dEf"));
    }
    for command in [&["cassette", "scrub", "--check", path][..], &["cassette", "lint", path]] {
        assert!(standin(command).status.success(), "{command:?}");
    }
}

#[test]
fn a_project_has_its_own_scrub_rules() {
    let dir = tempfile::tempdir().unwrap();
    let (config, cassette) = (dir.path().join("standin.toml"), dir.path().join("a.yaml"));
    let (config, path) = (config.to_str().unwrap(), cassette.to_str().unwrap());
    std::fs::write(&cassette, with_key("x").replace("you are x", "you are ACME-12")).unwrap();
    std::fs::write(config, "[scrub]\npatterns = ['ACME-[0-9]+']\nkeep = ['authorization', 'key']\n").unwrap();
    let check = standin(&["cassette", "scrub", "--json", "--config", config, path]);
    let rows: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    assert_eq!(rows[0]["scrubbed"].as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["scrubbed"][0]["rule"], "project-pattern");
    std::fs::write(config, "[scrub]\npointers = ['a/b']\n").unwrap();
    let wrong = standin(&["cassette", "lint", "--config", config, path]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("[scrub]: `a/b` is not a JSON pointer"));
}

#[test]
fn convert_writes_reports_and_overwrites_only_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.yaml");
    let output = output.to_str().unwrap();
    let source = fixture("go-vcr/chat-streaming.yaml");
    let convert = |extra: &[&str]| {
        let arguments = ["cassette", "convert", &source, "--to", "vcrpy", "--output", output];
        standin(&[&arguments[..], extra].concat())
    };
    let strict = convert(&["--strict"]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(!Path::new(output).exists());
    let first = convert(&[]);
    assert!(first.status.success());
    let lost = text(&first.stderr);
    assert!(lost.contains("interaction 0 request.headers.Accept: vcrpy keeps one value"), "{lost}");
    assert_eq!(convert(&[]).status.code(), Some(2));
    assert!(convert(&["--force"]).status.success());
    let same = standin(&["cassette", "diff", &source, output]);
    assert_eq!(same.status.code(), Some(0), "{}", text(&same.stdout));
    // Nothing is left beside it.
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    let piped = standin(&["cassette", "convert", output, "--to", "go-vcr"]);
    assert!(text(&piped.stdout).starts_with("---\nversion: 2\ninteractions:\n    - id: 0\n"));
}

#[test]
fn diff_tells_by_meaning_and_exits_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let changed = dir.path().join("changed.yaml");
    let source = fixture("go-vcr/chat-basic.yaml");
    let text_of =
        std::fs::read_to_string(&source).unwrap().replace("\"total_tokens\": 16", "\"total_tokens\": 17");
    std::fs::write(&changed, text_of).unwrap();
    let output = standin(&["cassette", "diff", &source, changed.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("body/usage/total_tokens\n      - 16\n      + 17"), "{output:?}");
    let other = standin(&["cassette", "diff", &source, &fixture("go-vcr/chat-unknown-model.yaml")]);
    let said = text(&other.stdout);
    assert!(said.starts_with("- 0 POST https://api.openai.com") && said.contains("\n+ 0 POST"), "{said}");
}
