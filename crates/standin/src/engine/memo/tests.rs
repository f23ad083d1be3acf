use super::*;
use crate::engine::{Asked, Refusal, refused};
use standin_providers::claiming;

fn answer() -> Arc<Answer> {
    let provider = claiming("/v1/models", &standin_core::Headers::new());
    let asked = Asked { method: "GET", path: "/v1/models", provider };
    Arc::new(refused(&Refusal::BodyTooLarge { limit: 1 }, asked, "/v1/models"))
}

#[test]
fn what_comes_twice_is_kept_until_something_changes() {
    let memo = Memo::default();
    let answer = answer();
    memo.keep(b"a", 1, &answer);
    assert!(memo.find(b"a", 1).is_none(), "once");
    memo.keep(b"a", 1, &answer);
    assert!(memo.find(b"a", 1).is_some(), "twice");
    assert!(memo.find(b"b", 1).is_none());
    assert!(memo.find(b"a", 2).is_none(), "changed");
}

#[test]
fn what_never_comes_again_takes_no_room() {
    let memo = Memo::default();
    let answer = answer();
    for number in 0..1000_u32 {
        memo.keep(&number.to_le_bytes(), 1, &answer);
    }
    assert_eq!(memo.inner.read().unwrap().bytes, 0);
}
