//! Batches, from their submission to their results, by whoever runs them.

use super::run::{BatchedCall, Execute};
use super::*;
use crate::jobs::store::Keyholder;
use crate::jobs::{Caller, Clock};
use crate::random::random_bytes;
use bytes::Bytes;
use serde_json::{Value, json};
use standin_core::batches::{BatchCall, LineEnd};
use standin_core::dialect::{Failure, Rendered};
use standin_core::{Call, Headers};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server's batches, and how often each line was answered.
struct Server {
    batches: Arc<Batches>,
    clock: Arc<Clock>,
    calls: Arc<Mutex<BTreeMap<String, usize>>>,
}

/// Whoever runs batches.
struct Runner {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    fn over(store: Arc<dyn BatchStore>, clock: &Arc<Clock>) -> Self {
        let rules = BatchRules {
            look: Duration::from_millis(5),
            most_files: 3,
            most_batches: 2,
            ..BatchRules::default()
        };
        let moved = Arc::clone(clock);
        let batches = Batches::new(store, rules, Arc::new(move || moved.now()), random_bytes);
        Server { batches: Arc::new(batches), clock: Arc::clone(clock), calls: Arc::default() }
    }

    fn new() -> Self {
        Server::over(Arc::new(MemoryBatches::default()), &Arc::new(Clock::new()))
    }

    /// Runs batches, of whose lines so many are answered, and the others never.
    fn run(&self, answered: usize) -> Runner {
        self.run_at(answered, Duration::ZERO)
    }

    /// The same, where each of them takes a time.
    fn run_at(&self, answered: usize, takes: Duration) -> Runner {
        let clock = Arc::clone(&self.clock);
        let calls = Arc::clone(&self.calls);
        let left = Arc::new(AtomicUsize::new(answered));
        let execute: Execute = Arc::new(move |call: BatchedCall| {
            let (calls, left, clock) = (Arc::clone(&calls), Arc::clone(&left), Arc::clone(&clock));
            Box::pin(async move {
                let body: Value = serde_json::from_slice(&call.body).unwrap();
                let text = body["messages"][0]["content"].as_str().unwrap_or_default().to_owned();
                let next = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                if next.is_err() {
                    std::future::pending::<()>().await;
                }
                tokio::task::yield_now().await;
                if !takes.is_zero() {
                    // Others who might claim the batch get their turn.
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    clock.advance(takes);
                }
                *calls.lock().unwrap().entry(text.clone()).or_default() += 1;
                let status = if text.starts_with("bad") { 400 } else { 200 };
                let usage = json!({"prompt_tokens": 2, "completion_tokens": 3});
                let said = json!({"said": text, "target": call.target, "usage": usage}).to_string();
                LineEnd::Answered { status, body: said.into() }
            })
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async { drop(stopped.await) };
        Runner { stop, task: tokio::spawn(Arc::clone(&self.batches).run(execute, stopped)) }
    }

    async fn ask(
        &self,
        provider: &str,
        method: &str,
        target: &str,
        body: Bytes,
        kind: &str,
    ) -> Result<Rendered, Failure> {
        let provider = standin_providers::all().find(|known| known.name() == provider).unwrap();
        let api = provider.batches().unwrap();
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let called: BatchCall = api.called(method, path).unwrap();
        let call = Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            host: None,
            headers: Headers::from_iter([("content-type", kind), ("authorization", "Bearer secret")]),
            body,
        };
        let base = "http://here".to_owned();
        let caller = Caller::Anonymous;
        let (provider, session) = (provider.name(), Some("s1"));
        let asking = Asking { provider, api, call: &call, caller, base, session };
        self.batches.answer(&called, &asking).await
    }

    async fn json(&self, provider: &str, method: &str, target: &str, body: Value) -> Result<Value, Failure> {
        let asked = self.ask(provider, method, target, body.to_string().into(), "application/json").await?;
        Ok(serde_json::from_slice(&asked.bytes()).unwrap())
    }

    async fn upload(&self, text: &str) -> Result<Value, Failure> {
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
             --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{text}\r\n--x--\r\n"
        );
        let asked =
            self.ask("openai", "POST", "/v1/files", body.into(), "multipart/form-data; boundary=x").await?;
        Ok(serde_json::from_slice(&asked.bytes()).unwrap())
    }

    /// A batch with these lines, by its id.
    async fn submit(&self, texts: impl Iterator<Item = String>) -> String {
        let lines = texts.enumerate().map(|(at, text)| {
            let body = json!({"model": "m", "messages": [{"role": "user", "content": text}]});
            let url = "/v1/chat/completions";
            json!({"custom_id": at.to_string(), "method": "POST", "url": url, "body": body}).to_string()
        });
        let file = self.upload(&lines.collect::<Vec<_>>().join("\n")).await.unwrap();
        let body = json!({
            "input_file_id": file["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h",
        });
        let batch = self.json("openai", "POST", "/v1/batches", body).await.unwrap();
        assert_eq!(batch["status"], "validating");
        batch["id"].as_str().unwrap().to_owned()
    }

    async fn batch(&self, id: &str) -> Value {
        self.json("openai", "GET", &format!("/v1/batches/{id}"), Value::Null).await.unwrap()
    }

    /// Waits until a batch is as it should be.
    async fn until(&self, id: &str, is: impl Fn(&Value) -> bool) -> Value {
        let waited = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let batch = self.batch(id).await;
                if is(&batch) {
                    return batch;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        waited.await.unwrap()
    }

    /// The lines of a file.
    async fn lines(&self, file: &Value) -> Vec<Value> {
        let target = format!("/v1/files/{}/content", file.as_str().unwrap());
        let content = self.ask("openai", "GET", &target, Bytes::new(), "").await.unwrap().bytes();
        content
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }
}

impl Runner {
    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }

    /// Ends it as a kill does: nothing is given back.
    async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |batch| batch["status"] == status
}

fn texts(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|at| if at % 10 == 3 { format!("bad {at}") } else { format!("good {at}") })
}

#[tokio::test]
async fn each_line_is_answered_once_and_written_in_its_place() {
    let server = Server::new();
    let runner = server.run(usize::MAX);
    let id = server.submit(texts(600)).await;
    let batch = server.until(&id, is("completed")).await;
    assert_eq!(batch["request_counts"], json!({"total": 600, "completed": 540, "failed": 60}));
    assert_eq!((&batch["model"], &batch["usage"]["total_tokens"]), (&json!("m"), &json!(3000)));
    let output = server.lines(&batch["output_file_id"]).await;
    let errors = server.lines(&batch["error_file_id"]).await;
    assert_eq!((output.len(), errors.len()), (540, 60));
    for line in output.iter().chain(&errors) {
        let at: usize = line["custom_id"].as_str().unwrap().parse().unwrap();
        let body = &line["response"]["body"];
        assert_eq!(body["said"], texts(600).nth(at).unwrap());
        assert_eq!(body["target"], "/openai/v1/chat/completions");
        assert_eq!(line["response"]["status_code"], if at % 10 == 3 { 400 } else { 200 });
    }
    let calls = server.calls.lock().unwrap().clone();
    assert!(calls.len() == 600 && calls.values().all(|count| *count == 1));
    runner.stop().await;
}

#[tokio::test]
async fn who_works_without_a_pause_keeps_the_lease() {
    let server = Server::new();
    // A line takes a second, and a lease is much shorter than the batch.
    let runner = server.run_at(usize::MAX, Duration::from_secs(1));
    let id = server.submit(texts(200)).await;
    server.until(&id, is("completed")).await;
    let calls = server.calls.lock().unwrap().clone();
    assert!(calls.len() == 200 && calls.values().all(|count| *count == 1), "{calls:?}");
    assert!(server.clock.advanced() >= Duration::from_secs(200));
    runner.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_the_lines_fails_the_batch() {
    let server = Server::new();
    let runner = server.run(usize::MAX);
    let file = server.upload("{}\nnonsense").await.unwrap();
    let body =
        json!({"input_file_id": file["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"});
    let batch = server.json("openai", "POST", "/v1/batches", body).await.unwrap();
    let batch = server.until(batch["id"].as_str().unwrap(), is("failed")).await;
    let errors = batch["errors"]["data"].as_array().unwrap();
    let told: Vec<_> = errors.iter().map(|error| (error["line"].clone(), error["code"].clone())).collect();
    let expected = [(json!(1), json!("missing_required_parameter")), (json!(2), json!("invalid_json_line"))];
    assert_eq!(told, expected);
    assert!(server.calls.lock().unwrap().is_empty());
    runner.stop().await;
}

#[tokio::test]
async fn lines_that_were_not_begun_are_not_answered_after_a_cancellation() {
    let server = Server::new();
    let runner = server.run(20);
    let id = server.submit(texts(100)).await;
    server.until(&id, |batch| batch["request_counts"]["completed"].as_u64() >= Some(18)).await;
    let cancelling = server.json("openai", "POST", &format!("/v1/batches/{id}/cancel"), Value::Null).await;
    assert_eq!(cancelling.unwrap()["status"], "cancelling");
    // Lines that are being answered are waited for, and these never are. Whoever moves the time on takes the lease along.
    let by = Duration::from_secs(300);
    server.batches.move_on(by, || server.clock.advance(by)).await;
    for _ in 0..20 {
        tokio::time::sleep(server.batches.rules.look).await;
        assert_eq!(server.batch(&id).await["status"], "cancelling");
    }
    server.clock.advance(Duration::from_secs(300));
    let batch = server.until(&id, is("cancelled")).await;
    assert_eq!(batch["request_counts"], json!({"total": 100, "completed": 18, "failed": 2}));
    assert_eq!(server.lines(&batch["output_file_id"]).await.len(), 18);
    let errors = server.lines(&batch["error_file_id"]).await;
    let cancelled = errors.iter().filter(|line| line["error"]["code"] == "batch_cancelled");
    assert_eq!((errors.len(), cancelled.count()), (82, 80));
    let again = server.json("openai", "POST", &format!("/v1/batches/{id}/cancel"), Value::Null).await;
    assert_eq!(again.unwrap_err().status, 409);
    runner.stop().await;
}

#[tokio::test]
async fn what_is_not_answered_in_a_day_is_not_answered_any_more() {
    let server = Server::new();
    let id = server.submit(texts(5)).await;
    server.clock.advance(Duration::from_secs(24 * 3600));
    let runner = server.run(usize::MAX);
    let batch = server.until(&id, is("expired")).await;
    assert!(batch["output_file_id"].is_null() && batch["expired_at"].is_i64());
    let errors = server.lines(&batch["error_file_id"]).await;
    assert!(errors.len() == 5 && errors.iter().all(|line| line["error"]["code"] == "batch_expired"));
    runner.stop().await;
}

/// Kills who runs a batch time and again: what was written is not answered again, and the rest is.
async fn killed(open: impl Fn() -> Arc<dyn BatchStore>) {
    let clock = Arc::new(Clock::new());
    let first = Server::over(open(), &clock);
    let id = first.submit(texts(100)).await;
    let mut calls = BTreeMap::<String, usize>::new();
    for round in 1..=4 {
        let server = Server::over(open(), &clock);
        let before = server.batch(&id).await["request_counts"].clone();
        let done =
            |counts: &Value| counts["completed"].as_u64().unwrap() + counts["failed"].as_u64().unwrap();
        let runner = server.run(if round == 4 { usize::MAX } else { 20 });
        if round == 4 {
            server.until(&id, is("completed")).await;
            runner.stop().await;
        } else {
            server.until(&id, |batch| done(&batch["request_counts"]) == done(&before) + 20).await;
            runner.kill().await;
            // Nobody has given it back.
            clock.advance(Duration::from_secs(16));
        }
        for (text, count) in server.calls.lock().unwrap().iter() {
            *calls.entry(text.clone()).or_default() += count;
        }
    }
    assert!(calls.len() == 100 && calls.values().all(|count| *count == 1), "{calls:?}");
    let batch = first.batch(&id).await;
    assert_eq!(batch["request_counts"], json!({"total": 100, "completed": 90, "failed": 10}));
    assert_eq!(first.lines(&batch["output_file_id"]).await.len(), 90);
}

#[tokio::test]
async fn a_batch_survives_who_runs_it() {
    let store: Arc<dyn BatchStore> = Arc::new(MemoryBatches::default());
    killed(|| Arc::clone(&store)).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_batch_in_a_file_survives_who_runs_it() {
    use crate::jobs::store::{Durability, SqliteStore};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.sqlite");
    killed(|| Arc::new(SqliteBatches::of(&SqliteStore::open(&path, Durability::Process).unwrap()))).await;
}

#[tokio::test]
async fn who_stops_gives_its_batches_back_at_once() {
    let server = Server::new();
    let id = server.submit(texts(30)).await;
    let runner = server.run(10);
    server.until(&id, |batch| batch["request_counts"]["completed"] == 9).await;
    runner.stop().await;
    let runner = server.run(usize::MAX);
    server.until(&id, is("completed")).await;
    runner.stop().await;
}

#[tokio::test]
async fn no_more_is_kept_than_there_is_room_for() {
    let server = Server::new();
    for _ in 0..3 {
        server.upload("{}").await.unwrap();
    }
    let refused = server.upload("{}").await.unwrap_err();
    assert!(refused.message.unwrap().starts_with("No more than 3 files"));
    let request = json!({"requests": [{"custom_id": "a", "params": {}}]});
    for _ in 0..2 {
        server.json("anthropic", "POST", "/v1/messages/batches", request.clone()).await.unwrap();
    }
    let refused = server.json("anthropic", "POST", "/v1/messages/batches", request).await.unwrap_err();
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn one_vendors_batches_are_nothing_to_the_other() {
    let server = Server::new();
    let request = json!({"requests": [{"custom_id": "a", "params": {}}]});
    let batch = server.json("anthropic", "POST", "/v1/messages/batches", request).await.unwrap();
    let target = format!("/v1/batches/{}", batch["id"].as_str().unwrap());
    assert_eq!(server.json("openai", "GET", &target, Value::Null).await.unwrap_err().status, 404);
    let listed = server.json("openai", "GET", "/v1/batches", Value::Null).await.unwrap();
    assert_eq!(listed["data"], json!([]));
}

#[tokio::test]
async fn what_a_batch_keeps_of_its_caller_is_no_credential() {
    let server = Server::new();
    let request = json!({"requests": [{"custom_id": "a", "params": {}}]});
    let batch = server.json("anthropic", "POST", "/v1/messages/batches", request).await.unwrap();
    let named = store::Named {
        provider: "anthropic".to_owned(),
        id: batch["id"].as_str().unwrap().to_owned(),
        caller: Keyholder::Any,
    };
    let batch = server.batches.store.find(named).await.unwrap().unwrap();
    assert_eq!(batch.headers, [("x-standin-session".to_owned(), "s1".to_owned())]);
}
