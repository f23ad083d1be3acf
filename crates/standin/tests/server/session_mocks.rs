//! Mocks of one session: asked before the server's, by nobody else, until it ends.

use crate::mocks::{PATH, chat, mocked, said};
use crate::support::{Answer, control};
use serde_json::json;
use standin::Standin;

struct Begun<'s> {
    server: &'s Standin,
    id: String,
}

impl<'s> Begun<'s> {
    fn new(server: &'s Standin) -> Self {
        let begun = control(server, "POST", "/_standin/sessions", "{}").json();
        Begun { server, id: begun["id"].as_str().unwrap().to_owned() }
    }

    fn says(&self, text: &str) -> String {
        said(&chat(self.server, &format!("/s/{}{PATH}", self.id), text))
    }

    fn mocks(&self, method: &str, text: &str) -> Answer {
        control(self.server, method, &format!("/_standin/sessions/{}/mocks", self.id), text)
    }

    fn add(&self, text: &str) {
        assert_eq!(self.mocks("PATCH", text).status, 200);
    }
}

#[test]
fn they_answer_one_session_and_nobody_else() {
    let server = mocked("mocks: [{answer: everyone's}]");
    let (own, other) = (Begun::new(&server), Begun::new(&server));
    own.add("mocks: [{match: a, answer: mine}]");
    assert_eq!([own.says("a"), own.says("b")], ["mine", "everyone's"]);
    assert_eq!([other.says("a"), said(&chat(&server, PATH, "a"))], ["everyone's", "everyone's"]);
    own.add("mocks: [{match: a, answer: newest}]");
    assert_eq!(own.says("a"), "newest");
    let listed = own.mocks("GET", "").json();
    assert_eq!(listed["mocks"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        control(&server, "GET", "/_standin/mocks", "").json()["mocks"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(own.mocks("DELETE", "").status, 200);
    assert_eq!(own.says("a"), "everyone's");
}

#[test]
fn they_go_on_when_those_of_the_server_change() {
    let server = mocked("mocks: [{name: n, answer: old}]");
    let session = Begun::new(&server);
    session.add("mocks: [{match: go, answers: [one, two, three]}]");
    assert_eq!([session.says("go"), session.says("x")], ["one", "old"]);
    assert_eq!(control(&server, "PUT", "/_standin/mocks", "mocks: [{answer: new}]").status, 200);
    assert_eq!([session.says("go"), session.says("x")], ["two", "new"]);
    session.add("mocks: [{match: stop, answer: stopped}]");
    assert_eq!([session.says("stop"), session.says("go")], ["stopped", "three"]);
}

#[test]
fn one_takes_the_place_of_the_servers_of_its_name() {
    let server = mocked("mocks: [{name: n, match: a, answer: theirs}]");
    let session = Begun::new(&server);
    session.add("mocks: [{name: n, match: b, answer: mine}]");
    assert_eq!(session.says("b"), "mine");
    assert!(session.says("a").contains("No mock answers"));
    assert_eq!(said(&chat(&server, PATH, "a")), "theirs");
}

#[test]
fn a_session_has_them_where_the_server_has_none() {
    let dir = tempfile::tempdir().unwrap();
    let server = crate::support::start(Standin::builder().cassettes(dir.path()));
    let session = Begun::new(&server);
    session.add("mocks: [{answer: mine, pace: none}]");
    assert_eq!(session.says("a"), "mine");
}

#[test]
fn what_is_broken_changes_nothing() {
    let server = mocked("mocks: [{answer: old}]");
    let session = Begun::new(&server);
    session.add("mocks: [{answer: mine}]");
    let refused = session.mocks("PATCH", "mocks: [{mach: a, answer: x}]");
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (422, &json!("mocks_broken")));
    assert_eq!(session.says("a"), "mine");
    assert_eq!(session.mocks("POST", "").status, 405);
}

#[test]
fn they_end_with_the_session() {
    let server = mocked("mocks: [{answer: old}]");
    let session = Begun::new(&server);
    session.add("mocks: [{answer: mine}]");
    let path = format!("/_standin/sessions/{}", session.id);
    assert_eq!(control(&server, "DELETE", &path, "{}").json()["classification"], "NOOP");
    assert_eq!(session.mocks("PATCH", "mocks: [{answer: x}]").status, 404);
    assert_eq!(session.mocks("GET", "").status, 404);
}
