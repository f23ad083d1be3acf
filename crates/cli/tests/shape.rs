//! Faults and limits, as flags, as variables and in a file: the nearest wins, be it none.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server that is stopped with its test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Server {
        let file = dir.join("standin.toml");
        std::fs::write(&file, "faults = ['reset,nth=1000']\nlimits = ['rpm=1000']\n").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_standin"))
            .args(["serve", "--port", "0", "--config"])
            .arg(&file)
            .args(arguments)
            .env_remove("CI")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("standin listening on http://").unwrap().trim().to_owned();
        Server { child, address }
    }

    fn get(&self, target: &str) -> Value {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// What may go wrong, and how much may be asked for.
    fn told(&self) -> (Value, Value) {
        (self.get("/_standin/faults")["faults"].clone(), self.get("/_standin/limits")["limits"].clone())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_nearest_wins() {
    let dir = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str], variables: &[(&str, &str)]| {
        Server::start(dir.path(), arguments, variables).told()
    };
    let of_file = (json!([{"fault": "reset", "nth": "1000"}]), json!([{"rpm": 1000}]));
    assert_eq!(told(&[], &[]), of_file);
    assert_eq!(told(&[], &[("STANDIN_FAULT", ""), ("STANDIN_LIMIT", "")]), of_file);
    let of_variables = told(
        &[],
        &[("STANDIN_FAULT", r#"status=500,message="a;b";cut"#), ("STANDIN_LIMIT", "rpm=7;concurrent=2")],
    );
    assert_eq!(
        of_variables,
        (
            json!([{"fault": "status=500", "message": "a;b"}, {"fault": "cut"}]),
            json!([{"rpm": 7}, {"concurrent": 2}])
        )
    );
}

#[test]
fn none_is_said_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let none = (json!([]), json!([]));
    let flags = ["--fault", "none", "--limit", "none"];
    assert_eq!(Server::start(dir.path(), &flags, &[]).told(), none);
    let variables = [("STANDIN_FAULT", "none"), ("STANDIN_LIMIT", "none")];
    assert_eq!(Server::start(dir.path(), &[], &variables).told(), none);
    // A flag wins over a variable.
    let variables = [("STANDIN_FAULT", "cut"), ("STANDIN_LIMIT", "rpm=3")];
    assert_eq!(Server::start(dir.path(), &flags, &variables).told(), none);
}
