//! Several processes, and those that are killed. A test starts itself again: what it is told to be is in the
//! environment.

use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

const FILE: &str = "STANDIN_TEST_JOBS_FILE";
const NUMBER: &str = "STANDIN_TEST_JOBS_NUMBER";

/// The file and the number that this process was started with by its test.
fn child() -> Option<(SqliteStore, u64)> {
    let file = std::env::var_os(FILE)?;
    let number = std::env::var(NUMBER).unwrap().parse().unwrap();
    Some((SqliteStore::open(Path::new(&file), Durability::Process).unwrap(), number))
}

fn start(test: &str, file: &Path, number: u64) -> (Child, BufReader<ChildStdout>) {
    let test = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test.as_str(), "--exact", "--nocapture", "--test-threads=1"])
        .env(FILE, file)
        .env(NUMBER, number.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

/// Tells the test that started this process, at once.
fn tell(word: &str, id: JobId) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{word} {id}").unwrap();
    out.flush().unwrap();
}

/// What a line tells; a line that was cut off by the end of its process tells nothing.
fn told(line: &str) -> Option<(&str, JobId)> {
    let (word, id) = line.trim_end().rsplit_once(' ')?;
    // The harness writes the test's name in front of the first.
    Some((word.rsplit(' ').next()?, JobId::parse(id)?))
}

fn all_told(output: BufReader<ChildStdout>) -> Vec<(String, JobId)> {
    let lines = output.lines().map_while(Result::ok);
    lines.filter_map(|line| told(&line).map(|(word, id)| (word.to_owned(), id))).collect()
}

/// Submits and finishes jobs, several at a time, until it is killed.
fn work(store: &dyn JobStore, first: u64) {
    let owner = first.to_string();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let owner = owner.clone();
            scope.spawn(move || {
                for number in (first + thread..).step_by(4) {
                    let submission = submission(new_job(number, at(0)));
                    let webhook = Some("http://a".to_owned());
                    done(store.submit(Submission { most_pending: usize::MAX, webhook, ..submission }));
                    tell("submitted", id(number));
                    if number % 3 != 0
                        && let Claim::Begun(begun) = done(store.claim(claimant(&owner), at(0)))
                        && number % 2 == 0
                    {
                        let result = Bytes::from(format!("\"{}\"", begun.job.id));
                        let finished = Finished::Completed { status_code: 200, result };
                        assert!(done(store.finish(begun.fence, finished, at(0))));
                        tell("finished", begun.job.id);
                    }
                }
            });
        }
    });
}

#[test]
fn what_was_answered_survives_a_kill() {
    if let Some((store, first)) = child() {
        return work(&store, first);
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("jobs.db");
    let mut answered = BTreeMap::<JobId, bool>::new();
    for round in 0..5 {
        let (mut child, mut output) = start("what_was_answered_survives_a_kill", &file, round * 1_000_000);
        // Killed at another place each time, in the middle of whatever it does then.
        for _ in 0..60 + round * 37 {
            let mut line = String::new();
            assert!(output.read_line(&mut line).unwrap() > 0, "it ended by itself");
            if let Some((word, id)) = told(&line) {
                *answered.entry(id).or_default() |= word == "finished";
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for (word, id) in all_told(output) {
            *answered.entry(id).or_default() |= word == "finished";
        }
    }
    let sound = rusqlite::Connection::open(&file).unwrap();
    let sound: String = sound.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let store = SqliteStore::open(&file, Durability::Process).unwrap();
    let store: &dyn JobStore = &store;
    for (id, is_finished) in &answered {
        let looked = done(store.look(*id)).unwrap();
        assert!(!looked.request.body.is_empty());
        if *is_finished {
            let result = format!("\"{id}\"");
            assert_eq!(looked.job.result.as_deref(), Some(result.as_bytes()));
        }
    }
    let finished = answered.values().filter(|is_finished| **is_finished).count();
    assert!(finished > 0 && finished < answered.len());

    // Whoever comes next goes on with the rest, and each job ends once.
    while let Claim::Begun(begun) = done(store.claim(claimant("next"), at(10_000))) {
        assert!(!answered.get(&begun.job.id).copied().unwrap_or_default());
        assert!(done(store.finish(begun.fence, completed("1"), at(10_000))));
    }
    let counts = done(store.counts(None));
    assert_eq!((counts.pending, counts.processing, counts.failed), (0, 0, 0));
    assert!(counts.completed >= answered.len());
    // Whoever was told that a job is over was so after its webhook was due.
    let sender =
        DeliveryClaimant { owner: "next".to_owned(), lease: Duration::from_secs(60), busy: BTreeSet::new() };
    let mut due = BTreeSet::new();
    while let DeliveryClaim::Begun(begun) = done(store.claim_delivery(sender.clone(), at(10_000))) {
        assert!(due.insert(begun.job.id));
    }
    assert_eq!(due.len(), counts.completed);
    for id in answered.keys() {
        assert!(due.contains(id));
        let told = done(store.events(*id, 0)).into_iter().map(|event| event.kind.name());
        assert_eq!(told.filter(|kind| *kind == "completed").count(), 1);
    }
}

#[test]
fn leases_of_the_dead_pass_when_the_file_is_opened_and_those_of_the_living_do_not() {
    let hour = |owner| Claimant { lease: Duration::from_secs(3600), ..claimant(owner) };
    if let Some((store, number)) = child() {
        submit(&store, number, Timestamp::now());
        let Claim::Begun(begun) = done(store.claim(hour("dead"), Timestamp::now())) else {
            panic!("it is there")
        };
        tell("claimed", begun.job.id);
        loop {
            std::thread::park();
        }
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("jobs.db");
    let test = "leases_of_the_dead_pass_when_the_file_is_opened_and_those_of_the_living_do_not";
    let (mut child, mut output) = start(test, &file, 7);
    let mut line = String::new();
    while told(&line) != Some(("claimed", id(7))) {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "it ended by itself");
    }
    let open = || SqliteStore::open(&file, Durability::Process).unwrap();
    let claimed = |store: &SqliteStore| match done(store.claim(hour("next"), Timestamp::now())) {
        Claim::Begun(begun) => Some(begun.fence.execution),
        Claim::Nothing { .. } => None,
    };
    assert_eq!(claimed(&open()), None);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(claimed(&open()), Some(2));
}

#[test]
fn two_processes_share_a_file() {
    const JOBS: u64 = 150;
    if let Some((store, number)) = child() {
        let store: &dyn JobStore = &store;
        for job in 0..JOBS {
            submit(store, number * JOBS + job, at(0));
        }
        while let Claim::Begun(begun) = done(store.claim(claimant(&number.to_string()), at(1))) {
            assert!(done(store.finish(begun.fence, completed("1"), at(2))));
            tell("finished", begun.job.id);
        }
        return;
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("jobs.db");
    // Both open a file that is not there yet.
    let children = [0, 1].map(|number| start("two_processes_share_a_file", &file, number));
    let mut finished = Vec::new();
    for (mut child, output) in children {
        finished.extend(all_told(output).into_iter().map(|(_, id)| id));
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(finished.len() as u64, 2 * JOBS);
    assert_eq!(finished.into_iter().collect::<BTreeSet<_>>(), (0..2 * JOBS).map(id).collect());
}

#[test]
fn a_locked_file_is_waited_for_and_then_said_to_be() {
    let Opened { store, folder } = sqlite();
    let other = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let told = wait(store.submit(submission(new_job(1, at(0))))).unwrap_err().to_string();
    assert!(told.contains("are locked by another program: close it, or give each its own file"), "{told}");
    // Reading goes on meanwhile, and writing afterwards.
    assert_eq!(done(store.find(id(1), at(0))), None);
    other.execute_batch("COMMIT").unwrap();
    submit(&*store, 1, at(0));
}

#[test]
fn an_answer_that_nobody_waits_for_is_given_nevertheless() {
    let Opened { store, folder } = sqlite();
    drop(store.submit(submission(new_job(1, at(0)))));
    done(store.counts(None));
    submit(&*store, 2, at(0));
    drop(store);
    let store = SqliteStore::open(&folder.path().join("jobs.db"), Durability::Process).unwrap();
    assert_eq!(done(store.counts(None)).pending, 2);
}

#[test]
fn more_than_the_threads_take_waits_at_its_callers() {
    let Opened { store, folder } = sqlite();
    let other = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers: Vec<_> = (0..600).map(|number| store.submit(submission(new_job(number, at(0))))).collect();
    other.execute_batch("COMMIT").unwrap();
    for answer in answers {
        assert!(matches!(done(answer), Submitted::New(_)));
    }
    assert_eq!(done(store.counts(None)).pending, 600);
}
