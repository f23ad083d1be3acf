//! Every canonical request is answered by the shipped cassette of its name.

use crate::support::{call, start};
use standin::{Standin, catalogue};

#[test]
fn canonical_requests_have_cassettes() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/cassettes/go-vcr");
    let server = start(Standin::builder().cassettes(folder));
    for request in catalogue::all() {
        let headers = [request.headers, &[("X-Cassette-Name", request.name)]].concat();
        let answer = call(&server, request.method, request.path, &headers, request.body);
        assert_eq!(answer.header("x-standin-cassette"), Some(format!("{}#0", request.name).as_str()));
        assert_eq!(catalogue::find(request.name), Some(request));
    }
    assert!(catalogue::find("none").is_none());
}
