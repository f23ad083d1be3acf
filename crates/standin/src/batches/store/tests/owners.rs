//! What is somebody's is there for them alone, in every store.

use super::*;

/// Who asks, and the files and batches that they see by name.
const SEEN: [(Option<&str>, [u8; 2]); 4] =
    [(None, [0, 0]), (Some("a"), [0, 1]), (Some("b"), [0, 2]), (Some("c"), [0, 0])];

fn of(number: u8) -> Option<String> {
    [None, Some("a"), Some("b")][usize::from(number)].map(str::to_owned)
}

fn keyholder(key: Option<&str>) -> Keyholder {
    Keyholder::from(key.map(str::to_owned))
}

/// Three files and three batches that are over: nobody's, those of `a` and those of `b`.
async fn filled(store: &dyn BatchStore) {
    for number in 0..3 {
        let mut file = file(number, 0, None, 1);
        file.file.owner_key = of(number);
        assert_eq!(store.keep(file, ROOM, at(0)).await.unwrap(), Kept::Kept);
        let mut batch = batch(number, at(0));
        batch.owner_key = of(number);
        assert_eq!(store.submit(Row::submitted(batch), Vec::new(), 9, at(0)).await.unwrap(), Kept::Kept);
        let day = Duration::from_secs(86_400);
        let (_, fence) = store.claim(Task::Run, "o".to_owned(), day, at(0)).await.unwrap().unwrap();
        let failed = Step::Fail { fence, faults: Vec::new() };
        assert!(store.step(name("b", number), failed, at(0)).await.unwrap().unwrap().1);
    }
}

async fn is_there_for_its_owner_alone(store: &dyn BatchStore) {
    filled(store).await;
    for (key, seen) in SEEN {
        let by = || keyholder(key);
        for number in 0..3 {
            let is_seen = seen.contains(&number);
            let file = store.file(named("f", number, by()), at(0)).await.unwrap();
            let content = store.content(named("f", number, by()), at(0)).await.unwrap();
            let batch = store.find(named("b", number, by())).await.unwrap();
            let found = [file.is_some(), content.is_some(), batch.is_some()];
            assert_eq!(found, [is_seen; 3], "{key:?} and {number}");
            assert!(file.is_none_or(|file| file.owner_key == of(number)));
            assert!(batch.is_none_or(|batch| batch.owner_key == of(number)));
        }
        is_listed_for_its_owner_alone(store, key).await;
    }
    for (key, seen) in SEEN {
        for number in (0..3).filter(|number| !seen.contains(number)) {
            assert!(!store.forget(named("f", number, keyholder(key)), at(0)).await.unwrap());
            assert!(!store.delete(named("b", number, keyholder(key))).await.unwrap());
        }
    }
    for (key, [_, own]) in SEEN.into_iter().take(3) {
        assert!(store.forget(named("f", own, keyholder(key)), at(0)).await.unwrap(), "{key:?}");
        assert!(store.content(named("f", own, Keyholder::Any), at(0)).await.unwrap().is_none());
        assert!(store.delete(named("b", own, keyholder(key))).await.unwrap(), "{key:?}");
    }
}

/// A list has nothing of others, nor what is nobody's where somebody asks, and does not go on after it.
async fn is_listed_for_its_owner_alone(store: &dyn BatchStore, key: Option<&str>) {
    let owned = |number: &u8| of(*number).as_deref() == key;
    let files = store.files(provider(0), keyholder(key), Listing::newest(9), at(0)).await.unwrap().unwrap();
    let files: Vec<String> = files.items.into_iter().map(|file| file.id).collect();
    assert_eq!(files, (0..3).filter(owned).map(|number| name("f", number)).collect::<Vec<_>>());
    let batches = store.list(provider(0), keyholder(key), Listing::newest(9)).await.unwrap().unwrap();
    let batches: Vec<String> = batches.items.into_iter().map(|batch| batch.id).collect();
    assert_eq!(batches, (0..3).filter(owned).map(|number| name("b", number)).collect::<Vec<_>>());
    for number in 0..3 {
        let after = |kind| Listing { cursor: Cursor::After(name(kind, number)), ..Listing::newest(9) };
        let files = store.files(provider(0), keyholder(key), after("f"), at(0)).await.unwrap();
        let batches = store.list(provider(0), keyholder(key), after("b")).await.unwrap();
        assert_eq!([files.is_some(), batches.is_some()], [owned(&number); 2], "{key:?} after {number}");
    }
}

#[tokio::test]
async fn in_memory_what_is_somebodys_is_there_for_them_alone() {
    is_there_for_its_owner_alone(&MemoryBatches::default()).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn in_a_file_what_is_somebodys_is_there_for_them_alone() {
    let folder = tempfile::tempdir().unwrap();
    is_there_for_its_owner_alone(&in_file(&folder.path().join("jobs.sqlite"))).await;
}

/// A batch as it was written when batches belonged to nobody.
#[cfg(feature = "sqlite")]
const BEFORE: &str = r#"{"batch": {"id": "b0", "provider": "one", "stage": "completed",
    "asked": {"endpoint": "/v1/chat/completions", "completion_window": "24h", "metadata": null,
    "output_expires_after": null}, "headers": [["accept", "application/json"]],
    "input": "file-bba38b76757029f3b4b6b1", "model": "gpt-4o", "tally": {"total": 1, "succeeded": 1,
    "errored": 0, "canceled": 0, "expired": 0},
    "times": {"created": "2026-11-21T19:54:49.687653638Z",
    "expires": "2026-11-22T19:54:49.687653638Z", "begun": "2026-11-21T19:54:49.711715986Z",
    "cancelling": null, "finalizing": "2026-11-21T19:54:50.954387477Z",
    "ended": "2026-11-21T19:54:50.962209754Z"}, "faults": [],
    "output": "file-dbbc11e4638752e795003b", "errors": null, "usage": {"input_tokens": 8,
    "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 9}}, "run": "over",
    "executions": 1}"#;

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn what_was_kept_before_there_were_owners_is_everybodys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    for form in [
        include_str!("../../../jobs/store/sqlite/form1.sql"),
        include_str!("../../../jobs/store/sqlite/form2.sql"),
        include_str!("../../../jobs/store/sqlite/form3.sql"),
    ] {
        connection.execute_batch(form).unwrap();
    }
    connection.pragma_update(None, "user_version", 3).unwrap();
    connection.pragma_update(None, "application_id", 0x7374_616e).unwrap();
    let batch = "INSERT INTO batch (id, provider, created, ready, body) VALUES ('b0', 'one', 0, NULL, ?1)";
    connection.execute(batch, [BEFORE]).unwrap();
    let file = "INSERT INTO file (id, provider, name, purpose, bytes, created, expires) \
                VALUES ('f0', 'one', 'n', 'batch', 1, 0, NULL)";
    connection.execute(file, []).unwrap();
    connection.execute("INSERT INTO content (file, bytes) VALUES (1, X'61')", []).unwrap();
    drop(connection);

    let store = in_file(&path);
    for key in [None, Some("a")] {
        let (of, by) = (keyholder(key), || keyholder(key));
        let content = store.content(named("f", 0, by()), at(0)).await.unwrap().unwrap();
        assert_eq!((content.file.owner_key, &content.content[..]), (None, &b"a"[..]));
        let batch = store.find(named("b", 0, by())).await.unwrap().unwrap();
        assert_eq!((batch.owner_key, batch.stage), (None, Stage::Completed));
        let files = store.files(provider(0), by(), Listing::newest(9), at(0)).await.unwrap().unwrap();
        let batches = store.list(provider(0), of, Listing::newest(9)).await.unwrap().unwrap();
        let listed = usize::from(key.is_none());
        assert_eq!((files.items.len(), batches.items.len()), (listed, listed));
    }
}
