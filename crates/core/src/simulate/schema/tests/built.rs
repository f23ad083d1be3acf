//! Schemas that are put together from parts, nested and recursive, and what names and questions suggest.

use super::super::{Dice, Hints, value};
use super::broken;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0u8..30, 0u8..30).prop_map(|(least, more)| {
            json!({"type": "string", "minLength": least, "maxLength": least + more})
        }),
        (-500i32..500, 0i32..300).prop_map(|(least, more)| {
            json!({"type": "integer", "minimum": least, "maximum": least + more})
        }),
        (-50.0f64..50.0, 0.001f64..20.0).prop_map(|(least, more)| {
            json!({"type": "number", "exclusiveMinimum": least, "maximum": least + more})
        }),
        (1u32..40).prop_map(|step| json!({"type": "number", "multipleOf": f64::from(step) / 4.0})),
        prop::sample::select(vec![
            "date",
            "date-time",
            "email",
            "uuid",
            "uri",
            "ipv4",
            "hostname",
            "duration"
        ])
        .prop_map(|format| json!({"type": "string", "format": format})),
        prop::sample::select(vec![r"^[A-Z]\d{2,5}$", r"^(a|bc)*d?$", r"^\S+ \S+$", r"[0-9]{4}-x"])
            .prop_map(|pattern| json!({"type": "string", "pattern": pattern})),
        prop::collection::btree_set("[a-z]{1,5}", 1..5).prop_map(|words| json!({"enum": words})),
        Just(json!({"type": "boolean"})),
        Just(json!({"type": ["null", "integer"]})),
        // The root: a list of whatever it is, which may be empty.
        Just(json!({"type": "array", "items": {"$ref": "#"}})),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    let names = vec!["city", "name", "count", "email", "startDate", "items", "x", "is_open"];
    let property = prop::sample::select(names);
    leaf().prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            3 => (prop::collection::btree_map(property.clone(), (inner.clone(), any::<bool>()), 1..5), any::<bool>())
                .prop_map(|(members, open)| {
                    let required = members.iter().filter(|(_, (_, needed))| *needed).map(|(name, _)| *name);
                    let required = required.collect::<Vec<_>>();
                    let properties = members.iter().map(|(name, (schema, _))| ((*name).to_owned(), schema.clone()));
                    let properties = properties.collect::<Map<_, _>>();
                    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": open})
                }),
            2 => (inner.clone(), 0u8..4, 0u8..4).prop_map(|(items, least, more)| {
                json!({"type": "array", "items": items, "minItems": least, "maxItems": least + more})
            }),
            1 => prop::collection::vec(inner.clone(), 1..4).prop_map(|any| json!({"anyOf": any})),
            1 => inner.clone().prop_map(|one| json!({"allOf": [one, {"description": "the same"}]})),
            1 => inner.prop_map(|values| json!({"type": "object", "additionalProperties": values, "minProperties": 1})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_put_together_is_kept_to(schema in schema()) {
        prop_assert_eq!(broken(&schema, 1), None);
    }
}

#[test]
fn what_nothing_keeps_to_comes_to_an_end() {
    for schema in [
        json!(false),
        json!({"$ref": "#"}),
        json!({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}),
        json!({"type": "array", "items": {"$ref": "#"}, "minItems": 3}),
        json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"type": "string", "pattern": "^(?!a)b", "minLength": 3}),
        json!({"type": "string", "pattern": "((a{99}){99}){99}"}),
        json!({"type": "integer", "minimum": 9, "maximum": 3}),
        json!({"type": "integer", "minimum": 1e300}),
        json!({"type": 7, "enum": 3, "properties": [], "required": {}, "items": 5, "minItems": -1, "anyOf": [{}, 3]}),
        json!({"type": "array", "items": {"const": 1}, "uniqueItems": true, "minItems": 50}),
        json!({"type": "object", "minProperties": 999_999_999, "additionalProperties": false}),
        json!({"type": "array", "minItems": 999_999_999}),
        json!({"type": "string", "minLength": 999_999_999_999u64}),
    ] {
        value(&schema, &Hints::default(), &Dice::of(b"any"));
    }
}

#[test]
fn a_question_suggests_what_it_mentions() {
    let schema = json!({"type": "object", "required": ["location", "unit", "query"], "properties": {
        "location": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "query": {"type": "string"},
    }});
    let question = "What is the weather in New York, in Fahrenheit?";
    let made = value(&schema, &Hints::of(question), &Dice::of(b"any"));
    assert!(["New York", "Fahrenheit"].contains(&made["location"].as_str().unwrap()), "{made}");
    assert_eq!((&made["unit"], &made["query"]), (&json!("fahrenheit"), &json!(question)));
}

#[test]
fn a_name_suggests_what_it_holds() {
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["userEmail", "start-date", "age"],
        "properties": {"userEmail": {"type": "string"}, "start-date": {"type": "string"}, "age": {"type": "integer"}}});
    let made = value(&schema, &Hints::default(), &Dice::of(b"any"));
    assert!(made["userEmail"].as_str().unwrap().ends_with("@example.com"));
    assert_eq!(made["start-date"].as_str().unwrap().len(), 10);
    assert!((18..=80).contains(&made["age"].as_i64().unwrap()));
}

/// What has no value, or too many, comes to an end: these would keep a thread busy for ever.
#[test]
fn schemas_that_lead_to_themselves_and_beyond_all_bounds_come_to_an_end() {
    let itself = || json!({"$ref": "#"});
    let within = |schema: Value| json!({"type": "object", "properties": {"a": schema}, "required": ["a"]});
    let text = json!({"type": "string", "minLength": 100_000});
    let nothing = r"[^\s\S]{1000000000}";
    let schemas = [
        json!({"allOf": [itself(), itself()]}),
        json!({"type": "object", "oneOf": [itself(), itself()]}),
        json!({"if": itself(), "then": itself(), "else": itself()}),
        within(json!({"type": "string", "pattern": nothing})),
        within(json!({"type": "string", "pattern": format!("(({nothing}){{9999999}}){{9999999}}")})),
        within(json!({"type": "string", "minLength": 1_000_000_000_000_u64})),
        within(json!({"type": "array", "minItems": 1000, "items": text})),
        within(json!({"type": "array", "contains": {"type": "integer"}, "minContains": u64::MAX})),
        json!({"anyOf": vec![json!({"type": "object", "properties": {"a": itself()}, "required": ["a"]}); 500]}),
        within(json!({"enum": (0..100_000).collect::<Vec<_>>()})),
    ];
    for schema in schemas {
        let made = value(&schema, &Hints::default(), &Dice::of(b"once"));
        assert_eq!(made, value(&schema, &Hints::default(), &Dice::of(b"once")));
        assert!(made.to_string().len() < 8_000_000, "{}", made.to_string().len());
    }
}
