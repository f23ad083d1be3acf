use super::*;
use proptest::prelude::*;

fn plain(text: &str) -> Resolved {
    resolve(text)
}

#[test]
fn plain_scalars_resolve_as_in_pyyaml() {
    for text in ["~", "null", "Null", "NULL", ""] {
        assert_eq!(plain(text), Resolved::Null, "{text:?}");
    }
    for (text, value) in [("yes", true), ("On", true), ("TRUE", true), ("no", false), ("off", false)] {
        assert_eq!(plain(text), Resolved::Bool(value), "{text:?}");
    }
    for (text, value) in [
        ("0", 0),
        ("-12", -12),
        ("0777", 511),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("12:30:45", 45045),
    ] {
        assert_eq!(plain(text), Resolved::Int(value), "{text:?}");
    }
    for (text, value) in [(".5", 0.5), ("1.", 1.0), ("1.5e+3", 1500.0), ("-.inf", f64::NEG_INFINITY)] {
        assert_eq!(plain(text), Resolved::Float(value), "{text:?}");
    }
    for text in ["y", "n", "1e3", "08", "0o777", "nan", "Infinity", "1.2.3", "-", ".", "12:99", "e", "+"] {
        assert_eq!(plain(text), Resolved::Text, "{text:?}");
    }
}

/// Strings that some YAML engine is known to get wrong.
const HARD: [&str; 58] = [
    "",
    "\n",
    "\n\n",
    "\nx",
    "\n\nx\n\n",
    "\tx\ny",
    " x\ny",
    "x \ny",
    "x\n y\n",
    "x\n\ty",
    "x\n ",
    "\r",
    "a\r\nb",
    "a\rb",
    "\0",
    "\u{7f}",
    "\u{85}",
    "a\u{2028}b",
    "\u{2029}\n",
    "\u{feff}x",
    "x\u{feff}",
    "\u{fffe}",
    "😀",
    "a😀\nb",
    "ü\nö",
    "123",
    "1e3",
    "0x1f",
    "true",
    "yes",
    "~",
    "null",
    "2020-10-01",
    "12:30:45",
    ".inf",
    "=",
    "<<",
    "- a",
    "a: b",
    "a #b",
    "#a",
    "'",
    "\"",
    "\\",
    "{",
    "[",
    "*/*",
    "&a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "a:",
    "---",
    "...",
    "? a",
];

fn round_trip(flavour: Flavour, text: &str) -> Node<'static> {
    let root = Node::map(vec![
        (Node::plain("a"), Node::text(text.to_owned())),
        (
            Node::plain("b"),
            Node::map(vec![(
                Node::plain("c"),
                Node::seq(vec![Node::text(text.to_owned()), Node::plain("1")]),
            )]),
        ),
        (Node::plain("z"), Node::plain("2")),
    ]);
    let rendered = Emitter::render(flavour, &root);
    let read = compose(&rendered).unwrap_or_else(|error| panic!("{text:?}: {error}\n{rendered}")).unwrap();
    let mut read = read.into_owned();
    forget_lines(&mut read);
    assert_eq!(read.to_json(), root.to_json(), "{text:?} as\n{rendered}");
    read
}

fn forget_lines(node: &mut Node<'_>) {
    node.line = 0;
    match &mut node.value {
        Value::Seq(items) => items.iter_mut().for_each(forget_lines),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, value)| forget_lines(value)),
        _ => {}
    }
}

#[test]
fn hard_strings_survive_both_layouts() {
    for text in HARD {
        round_trip(Flavour::GoVcr, text);
        round_trip(Flavour::PyYaml, text);
    }
}

#[test]
fn the_python_layout_is_ascii() {
    let root = Node::map(vec![(Node::text("ключ"), Node::text("значение\nдва"))]);
    assert!(Emitter::render(Flavour::PyYaml, &root).is_ascii());
}

proptest! {
    #[test]
    fn any_string_survives_both_layouts(text in any::<String>()) {
        round_trip(Flavour::GoVcr, &text);
        round_trip(Flavour::PyYaml, &text);
    }

    #[test]
    fn awkward_strings_survive_both_layouts(
        text in "[\\n\\t\\r :#'\"|>{}\\[\\]&*!%@`?,.a0~=<\\-\\u{85}\\u{2028}\\u{feff}😀]{0,24}"
    ) {
        round_trip(Flavour::GoVcr, &text);
        round_trip(Flavour::PyYaml, &text);
    }

    #[test]
    fn any_bytes_survive_as_binary(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for flavour in [Flavour::GoVcr, Flavour::PyYaml] {
            let root = Node::map(vec![(Node::plain("a"), Node::bytes(&bytes)), (Node::plain("z"), Node::plain("1"))]);
            let rendered = Emitter::render(flavour, &root);
            let Value::Map(entries) = compose(&rendered).unwrap().unwrap().value else { panic!() };
            let read = match &entries[0].1.value {
                Value::Binary(read) => read.clone(),
                other => match other { Value::Plain(text) | Value::Text(text) => text.as_bytes().to_vec(), _ => panic!() },
            };
            prop_assert_eq!(&read, &bytes);
        }
    }

    #[test]
    fn arbitrary_text_is_read_or_refused(text in any::<String>()) {
        let _ = compose(&text);
    }
}

#[test]
fn aliases_are_copies_and_bombs_are_refused() {
    let text = "a: &x [1, 2]\nb: *x\n";
    let node = compose(text).unwrap().unwrap();
    assert_eq!(node.to_json(), serde_json::json!({"a": [1, 2], "b": [1, 2]}));

    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let refs = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{refs}]\n"));
    }
    assert!(compose(&bomb).unwrap_err().reason.contains("aliases"));
    assert!(compose("a: &x [*x]").unwrap_err().reason.contains("alias"));
    assert!(compose(&"[".repeat(100_000)).is_err());
}

#[test]
fn python_tags_carry_data_or_are_refused() {
    fn read(text: &str) -> Result<Value<'_>, crate::cassette::ReadError> {
        compose(text).map(|node| node.unwrap().value)
    }
    assert_eq!(read("!!python/unicode 'x'").unwrap(), Value::Text("x".into()));
    assert_eq!(
        read(
            "!!python/object/new:_io.BytesIO\nstate: !!python/tuple\n- !!binary |\n  YWJj/w==\n- 0\n- null\n"
        )
        .unwrap(),
        Value::Binary(b"abc\xff".to_vec())
    );
    assert_eq!(
        read("!!python/object/apply:builtins.iter\nargs:\n- - !!binary |\n    YWI=\n  - !!binary |\n    Y2Q=\nstate: 0\n")
            .unwrap(),
        Value::Text("abcd".into())
    );
    assert_eq!(
        read("!!python/object/apply:multidict._multidict.istr\n- Accept\n").unwrap(),
        Value::Text("Accept".into())
    );
    for refused in [
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system ''",
        "!!python/object/new:subprocess.Popen [[ls]]",
        "!!python/module:os ''",
        "!ruby/object:Gem {}",
    ] {
        let error = read(refused).unwrap_err();
        assert!(error.reason.contains("refused"), "{refused}: {error}");
    }
}
