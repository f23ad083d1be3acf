use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

static TABLE: &[Member] = &[
    required("name", Kind::Name { most: 4 }),
    optional("count", integer(1, 3)),
    optional("share", decimal(0.0, 1.0)),
    optional("stop", Kind::Either(&[TEXT, Kind::List { of: &TEXT, least: 1, most: 2 }])),
    optional("tokens", Kind::Either(&[list(&TEXT), list(&from(0))])),
    optional("items", list(&ITEM)),
    optional("flag", Kind::Flag),
];

const ITEM: Kind = typed(&[("a", &[required("x", Kind::Word(&["p", "q"]))]), ("b", &[])]);

/// The place and the kind of what is wrong.
fn found(body: &Value, encoding: Encoding) -> Option<(Vec<Step>, &'static str)> {
    let wrong = walk(TABLE, body, encoding).err()?;
    let what = match wrong.what {
        What::Missing => "missing",
        What::Kind { .. } => "kind",
        What::Word { .. } => "word",
        What::Characters => "characters",
        What::Below { .. } => "below",
        What::Above { .. } => "above",
        What::Fewer { .. } => "fewer",
        What::More { .. } => "more",
    };
    Some((wrong.place.0, what))
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let member = |name| vec![Step::Member(name)];
    let inside = |at, name| vec![Step::Member("items"), Step::Item(at), Step::Member(name)];
    for (body, expected) in [
        (json!([]), (vec![], "kind")),
        (json!({}), (member("name"), "missing")),
        (json!({"name": null}), (member("name"), "kind")),
        (json!({"name": ""}), (member("name"), "fewer")),
        (json!({"name": "a b"}), (member("name"), "characters")),
        (json!({"name": "abcde"}), (member("name"), "more")),
        (json!({"name": "n", "count": 0}), (member("count"), "below")),
        (json!({"name": "n", "count": u64::MAX}), (member("count"), "above")),
        (json!({"name": "n", "count": 1.5}), (member("count"), "kind")),
        (json!({"name": "n", "share": -0.1}), (member("share"), "below")),
        (json!({"name": "n", "stop": []}), (member("stop"), "fewer")),
        (json!({"name": "n", "stop": ["a", "b", "c"]}), (member("stop"), "more")),
        (json!({"name": "n", "stop": 1}), (member("stop"), "kind")),
        (json!({"name": "n", "tokens": [1, "a"]}), (vec![Step::Member("tokens"), Step::Item(1)], "kind")),
        (json!({"name": "n", "items": [{"type": "b"}, {}]}), (inside(1, "type"), "missing")),
        (json!({"name": "n", "items": [{"type": "c"}]}), (inside(0, "type"), "word")),
        (json!({"name": "n", "items": [{"type": "a", "x": "r"}]}), (inside(0, "x"), "word")),
        // The first in the table's order, not in the body's.
        (json!({"name": "n", "share": 2, "count": 9}), (member("count"), "above")),
    ] {
        assert_eq!(found(&body, Encoding::Json), Some(expected), "{body}");
    }
    let whole = json!({
        "name": "n-_1", "count": 3, "share": 1, "stop": "x", "tokens": [1, 2], "other": {"unknown": true},
        "items": [{"type": "a", "x": "q", "more": 1}, {"type": "b"}], "flag": null,
    });
    assert_eq!(found(&whole, Encoding::Json), None);
}

#[test]
fn a_form_says_the_same_in_texts() {
    let form = json!({"name": "n", "count": "3", "share": " 0.5", "flag": "True", "items": []});
    assert_eq!(found(&form, Encoding::Form), None);
    assert_eq!(found(&form, Encoding::Json), Some((vec![Step::Member("count")], "kind")));
    for (body, expected) in [
        (json!({"name": "n", "count": "4"}), "above"),
        (json!({"name": "n", "count": "many"}), "kind"),
        (json!({"name": "n", "flag": "perhaps"}), "kind"),
    ] {
        assert_eq!(found(&body, Encoding::Form).unwrap().1, expected, "{body}");
    }
}

proptest! {
    #[test]
    fn numbers_are_taken_within_their_bounds_alone(count in any::<i64>(), share in -3.0..3.0f64) {
        let body = json!({"name": "n", "count": count});
        prop_assert_eq!(found(&body, Encoding::Json).is_none(), (1..=3).contains(&count));
        let body = json!({"name": "n", "share": share});
        prop_assert_eq!(found(&body, Encoding::Json).is_none(), (0.0..=1.0).contains(&share));
    }
}
