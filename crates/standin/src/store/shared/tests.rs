//! A shelf in memory, which others write to at awkward moments.

use super::*;
use crate::rules::RuleBook;
use crate::store::{Absent, Home, Reading, Twins};
use bytes::Bytes;
use jiff::Timestamp;
use standin_core::cassette::Interaction;
use standin_core::matching::MatchRules;
use standin_core::shape::Pace;

/// What happens when it is asked.
#[derive(Debug, Default)]
struct Memory {
    values: Mutex<BTreeMap<String, Bytes>>,
    /// Values that others put there between a read and the write after it.
    between: Mutex<Vec<Bytes>>,
    fails: Mutex<bool>,
    expiries: Mutex<Vec<Option<Duration>>>,
}

#[derive(Debug, Clone)]
struct Fake(Arc<Memory>);

fn version(bytes: &[u8]) -> Version {
    let mut version = [0; 20];
    version.copy_from_slice(&blake3::hash(bytes).as_bytes()[..20]);
    Version(version)
}

impl Shelf for Fake {
    fn address(&self) -> String {
        "memory".to_owned()
    }

    fn key(&self, name: &str) -> String {
        format!("key:{name}")
    }

    fn read<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Stored>> {
        Box::pin(async move {
            if *held(&self.0.fails) {
                return Err(Trouble::new("down"));
            }
            let stored = held(&self.0.values).get(key).cloned();
            Ok(stored.map(|bytes| Stored { version: version(&bytes), bytes }))
        })
    }

    fn replace<'a>(
        &'a self,
        key: &'a str,
        known: Option<Version>,
        value: Bytes,
        expiry: Option<Duration>,
    ) -> Answer<'a, Option<Version>> {
        Box::pin(async move {
            if *held(&self.0.fails) {
                return Err(Trouble::new("full"));
            }
            let mut values = held(&self.0.values);
            if let Some(other) = held(&self.0.between).pop() {
                values.insert(key.to_owned(), other);
            }
            if values.get(key).map(|bytes| version(bytes)) != known {
                return Ok(None);
            }
            let new = version(&value);
            values.insert(key.to_owned(), value);
            held(&self.0.expiries).push(expiry);
            Ok(Some(new))
        })
    }

    fn capacity(&self) -> Answer<'_, Option<Capacity>> {
        Box::pin(async { Ok(Some(Capacity { used: 9, limit: 10 })) })
    }
}

fn store(memory: &Arc<Memory>) -> Store {
    let shared = Shared::new(Arc::new(Fake(Arc::clone(memory))), None).unwrap();
    let rules = RuleBook::new(MatchRules::default(), Vec::new()).unwrap();
    Store::open(Home::Shared(Box::new(shared)), Reading::Whole, Absent::Make, rules, Pace::None).unwrap()
}

fn tape() -> CassetteName {
    CassetteName::new("tape").unwrap()
}

/// An interaction that asks this, recorded at this second.
fn asking(body: &str, second: i64) -> Interaction {
    let text = format!(
        "interactions:\n- request: {{body: '{body}', headers: {{}}, method: POST, uri: 'https://h/v1/x'}}\n  response: {{body: {{string: ok}}, headers: {{}}, status: {{code: 200, message: OK}}}}\nversion: 1\n"
    );
    let mut cassette = cassette::parse(text.as_bytes()).unwrap();
    let mut interaction = cassette.interactions.remove(0);
    interaction.recorded = Some(Timestamp::from_second(second).unwrap());
    interaction
}

fn text(interactions: Vec<Interaction>) -> Bytes {
    let cassette = Cassette { format: Format::Vcrpy, interactions, unknown: cassette::Unknown::default() };
    cassette.render(Format::Vcrpy).into()
}

fn addition(interactions: Vec<Interaction>, twins: Twins) -> Addition {
    Addition { interactions, format: Format::Vcrpy, most: None, expiry: None, twins }
}

/// What is asked in the cassette that is there now.
fn asked(memory: &Memory) -> Vec<String> {
    let values = held(&memory.values);
    let cassette = cassette::parse(&values["key:tape"]).unwrap();
    let body = |one: &Interaction| String::from_utf8(one.request.body.bytes().into_owned()).unwrap();
    cassette.interactions.iter().map(body).collect()
}

#[test]
fn what_others_write_in_between_stays() {
    let memory = Arc::new(Memory::default());
    let store = store(&memory);
    *held(&memory.between) = vec![text(vec![asking("b", 2), asking("c", 3)]), text(vec![asking("b", 2)])];
    let saved =
        store.add(&tape(), addition(vec![asking("a", 1)], Twins::Since { base: None, rules: None })).unwrap();
    assert_eq!(saved, 3);
    assert_eq!(asked(&memory), ["a", "b", "c"]);
    assert_eq!(*held(&memory.expiries), [None]);
    // And it answers at once.
    let Named::Tape(tape) = store.named(&tape()) else { panic!("it is not served") };
    assert_eq!(tape.cassette.interactions.len(), 3);
}

#[test]
fn the_same_call_is_kept_once_and_a_second_one_twice() {
    let memory = Arc::new(Memory::default());
    let store = store(&memory);
    let twice = || vec![asking("a", 1), asking("a", 2)];
    assert_eq!(store.add(&tape(), addition(twice(), Twins::Since { base: None, rules: None })).unwrap(), 2);
    // Another process recorded them as well, a moment later, and one more.
    let others = vec![asking("a", 11), asking("a", 12), asking("a", 13)];
    assert_eq!(store.add(&tape(), addition(others, Twins::Since { base: None, rules: None })).unwrap(), 3);
    assert_eq!(asked(&memory), ["a", "a", "a"]);
    let Named::Tape(base) = store.named(&tape()) else { panic!("it is not served") };
    // Whoever had played all three recorded a fourth.
    let fourth = addition(vec![asking("a", 21)], Twins::Since { base: Some(base), rules: None });
    assert_eq!(store.add(&tape(), fourth.clone()).unwrap(), 4);
    assert_eq!(store.add(&tape(), fourth).unwrap(), 4);
    // Who records whatever is there does so once for each time.
    for _ in 0..2 {
        assert_eq!(store.add(&tape(), addition(vec![asking("a", 31)], Twins::Added)).unwrap(), 5);
    }
    assert_eq!(store.add(&tape(), addition(vec![asking("a", 32)], Twins::Added)).unwrap(), 6);
    // What changed nothing was not written, and lives no longer for it.
    assert_eq!(held(&memory.expiries).len(), 5);
}

#[test]
fn one_that_is_too_many_leaves_the_others() {
    let memory = Arc::new(Memory::default());
    let store = store(&memory);
    let most = |bodies: &[&str], most| {
        let interactions = bodies.iter().map(|body| asking(body, 1)).collect();
        Addition { most: Some(most), ..addition(interactions, Twins::Since { base: None, rules: None }) }
    };
    assert_eq!(store.add(&tape(), most(&["a", "b"], 2)).unwrap(), 2);
    let refused = store.add(&tape(), most(&["c"], 2)).unwrap_err();
    assert!(matches!(*refused, SaveError::Full { entries: 3, most: 2 }), "{refused}");
    assert_eq!(asked(&memory), ["a", "b"]);
}

#[test]
fn what_is_no_cassette_is_replaced() {
    let memory = Arc::new(Memory::default());
    held(&memory.values).insert("key:tape".to_owned(), Bytes::from_static(b"interactions: ["));
    let store = store(&memory);
    assert_eq!(
        store.add(&tape(), addition(vec![asking("a", 1)], Twins::Since { base: None, rules: None })).unwrap(),
        1
    );
    assert_eq!(asked(&memory), ["a"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_missing_and_counted() {
    let memory = Arc::new(Memory::default());
    held(&memory.values).insert("key:tape".to_owned(), text(vec![asking("a", 1)]));
    let store = store(&memory);
    assert!(store.is_unread(&tape()));
    store.fetch(&tape()).await;
    assert!(matches!(store.named(&tape()), Named::Tape(_)) && !store.is_unread(&tape()));
    let generation = store.generation();
    store.fetch(&tape()).await;
    assert_eq!(store.generation(), generation, "what has not changed changes nothing");
    held(&memory.values).insert("key:tape".to_owned(), Bytes::from_static(b"]"));
    store.fetch(&tape()).await;
    assert!(matches!(store.named(&tape()), Named::Missing));
    *held(&memory.fails) = true;
    store.fetch(&tape()).await;
    let failed = tokio::task::spawn_blocking(move || {
        let failed = store.add(&tape(), addition(vec![asking("b", 2)], Twins::Added));
        (failed, store.shared().unwrap().look())
    });
    let (failed, health) = failed.await.unwrap();
    assert_eq!(failed.unwrap_err().to_string(), "key:tape cannot be written: down");
    assert_eq!((health.load_failures, health.corrupt, health.save_failures), (2, 1, 1));
    assert_eq!(health.last_error.as_deref(), Some("down"));
    assert_eq!(health.capacity, Some(Capacity { used: 9, limit: 10 }));
}
