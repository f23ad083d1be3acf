//! The program under test, and what it works on.

use std::process::{Command, Output};

pub(crate) const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/cassettes");

pub(crate) fn standin(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command.args(arguments).env_remove("CI").output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn fixture(name: &str) -> String {
    format!("{FIXTURES}/{name}")
}
