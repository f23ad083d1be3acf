//! Webhooks, sent to sockets.

mod posts;
mod receiver;

use super::deliveries::{Deliveries, Time};
use super::post::Names;
use super::secret::signatures;
use super::{Addresses, Secret, WebhookRules};
use crate::jobs::store::{JobStore, MemoryStore, Submission};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use receiver::{Does, OK, Receiver};
use standin_core::jobs::{
    Control, Delivery, DeliveryStage, Finished, Job, JobId, JobKind, NewJob, Row, Step, StoredRequest,
};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A time that stands still until it is moved on.
#[derive(Debug)]
struct Still(watch::Sender<Timestamp>);

impl Time for Still {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn wait_until(&self, then: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut moves = self.0.subscribe();
        Box::pin(async move {
            moves.wait_for(|now| *now >= then).await.unwrap();
        })
    }
}

/// A sender at work.
struct Sends {
    store: Arc<dyn JobStore>,
    time: Arc<Still>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

fn id(number: u8) -> JobId {
    JobId::new([number; 16])
}

fn new_job(number: u8, created: Timestamp) -> NewJob {
    NewJob {
        id: id(number),
        kind: JobKind::ChatCompletion,
        owner_key: None,
        batch: None,
        created,
        ttl: Duration::from_secs(60),
        max_attempts: 1,
        control: Control::default(),
    }
}

fn completed() -> Finished {
    Finished::Completed { status_code: 200, result: Bytes::from_static(b"{}") }
}

/// A job that ended so many milliseconds after the tests' beginning.
pub(super) fn ended(millis: i64) -> Job {
    let mut row = Row::submitted(1, new_job(7, at(millis)));
    row.take(Step::Force(completed()), at(millis));
    row.job
}

fn envelope(job: &Job) -> Vec<u8> {
    format!(r#"{{"id":"{}","status":"{}"}}"#, job.id, job.stage).into_bytes()
}

fn private() -> WebhookRules {
    WebhookRules { addresses: Addresses::Private, ..WebhookRules::new(vec![SECRET.parse().unwrap()]) }
}

async fn submit(store: &dyn JobStore, number: u8, url: &str) {
    let request = StoredRequest {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers: vec![],
        body: Bytes::new(),
        route: "/".to_owned(),
    };
    let (job, webhook) = (new_job(number, at(0)), Some(url.to_owned()));
    let submission = Submission { job, request, idempotency: None, most_pending: 999, webhook };
    store.submit(submission).await.unwrap();
}

/// Submits a job that ends at once.
async fn end_at_once(store: &dyn JobStore, number: u8, url: &str) {
    submit(store, number, url).await;
    store.force(id(number), completed(), at(0)).await.unwrap();
}

// === impl Sends ===

impl Sends {
    fn start(store: Arc<dyn JobStore>, now: Timestamp, rules: WebhookRules, names: Names) -> Self {
        let time = Arc::new(Still(watch::Sender::new(now)));
        let (stop, stopped) = oneshot::channel();
        let deliveries = Deliveries::new(
            Arc::clone(&store),
            Arc::clone(&time) as Arc<dyn Time>,
            rules,
            now.to_string(),
            envelope,
        );
        let deliveries = Arc::new(deliveries.with_names(names));
        let running = tokio::spawn(deliveries.run(async {
            let _ = stopped.await;
        }));
        Sends { store, time, stop, running }
    }

    fn in_memory(rules: WebhookRules) -> Self {
        Sends::start(Arc::new(MemoryStore::new()), at(0), rules, Names::System)
    }

    async fn look(&self, number: u8) -> Delivery {
        self.store.look(id(number)).await.unwrap().unwrap().webhook.unwrap()
    }

    /// The webhook of a job once it is as it is waited for.
    async fn once(&self, number: u8, is_so: impl Fn(&Delivery) -> bool) -> Delivery {
        let mut changes = self.store.wakes().changes();
        loop {
            let delivery = self.look(number).await;
            if is_so(&delivery) {
                return delivery;
            }
            changes.of(id(number)).await;
        }
    }

    async fn once_told(&self, number: u8) -> Delivery {
        self.once(number, |delivery| delivery.stage == DeliveryStage::Delivered).await
    }

    async fn once_given_up(&self, number: u8) -> Delivery {
        self.once(number, |delivery| delivery.stage == DeliveryStage::GivenUp).await
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap();
    }
}

#[tokio::test]
async fn the_end_of_a_job_is_told_and_signed() {
    let receiver = Receiver::start(&[OK]).await;
    let old = Secret::generate().unwrap();
    let secrets = vec![SECRET.parse().unwrap(), old];
    let sends = Sends::in_memory(WebhookRules { secrets: secrets.clone(), ..private() });
    submit(&*sends.store, 1, &receiver.url("/hooks?a=1")).await;
    sends.time.0.send_replace(at(5));
    sends.store.force(id(1), completed(), at(5)).await.unwrap();
    let told = sends.once_told(1).await;
    assert_eq!((told.attempts, told.status, told.reason), (1, Some(204), None));
    let [got] = receiver.got().try_into().unwrap();
    assert!(got.head.starts_with("POST /hooks?a=1 HTTP/1.1\r\n"), "{}", got.head);
    assert_eq!(got.field("host"), receiver.address.to_string());
    assert_eq!(got.field("content-type"), "application/json");
    let message = format!("msg_{}", id(1));
    assert_eq!(got.field("webhook-id"), message);
    let body = format!(
        r#"{{"type":"job.completed","timestamp":"2023-11-14T22:13:20.005Z","data":{{"id":"{}","status":"completed"}}}}"#,
        id(1)
    );
    assert_eq!(String::from_utf8(got.body.clone()).unwrap(), body);
    let timestamp = got.field("webhook-timestamp").parse().unwrap();
    assert_eq!(got.field("webhook-signature"), signatures(&secrets, &message, timestamp, &got.body));
    // Receivers refuse what is older than minutes by their own clock, which no test moves.
    assert!(Timestamp::now().as_second() - timestamp < 300);
    sends.stop().await;
}

#[tokio::test]
async fn a_message_is_sent_again_until_it_is_taken() {
    let elsewhere = Receiver::start(&[OK]).await;
    let location = format!("HTTP/1.1 307 T\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url("/"));
    let script = [
        Does::Says("HTTP/1.1 500 E\r\ncontent-length: 0\r\n\r\n"),
        Does::Says(location.leak()),
        Does::Says("HTTP/1.1 429 B\r\nretry-after: 7200\r\ncontent-length: 0\r\n\r\n"),
        Does::Says("no HTTP\r\n\r\n"),
        Does::Says(""),
        OK,
    ];
    let receiver = Receiver::start(&script).await;
    let sends = Sends::in_memory(private());
    end_at_once(&*sends.store, 1, &receiver.url("/")).await;
    // Of the schedule, but for the receiver that asks for two hours.
    let waits = [
        (Some(500), "answered with 500", 5),
        (Some(307), "redirects are not followed", 300),
        (Some(429), "answered with 429", 7_200),
        (None, "invalid HTTP version parsed", 7_200),
        (None, "connection closed before message completed", 18_000),
    ];
    for (attempt, (status, reason, seconds)) in (1..).zip(waits) {
        let failed = sends.once(1, |delivery| delivery.attempts == attempt).await;
        assert_eq!((failed.status, failed.reason.as_deref()), (status, Some(reason)));
        let then = sends.time.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        assert_eq!(failed.stage, DeliveryStage::Due(then), "attempt {attempt}");
        assert_eq!(receiver.got().len(), usize::try_from(attempt).unwrap(), "not before its time");
        sends.time.0.send_replace(then);
    }
    assert_eq!(sends.once_told(1).await.attempts, 6);
    let got = receiver.got();
    assert!(got.iter().all(|one| one.body == got[0].body));
    assert!(got.iter().all(|one| one.field("webhook-id") == got[0].field("webhook-id")));
    assert!(elsewhere.got().is_empty());
    sends.stop().await;
}

#[tokio::test]
async fn a_receiver_that_wants_no_more_gets_no_more() {
    let receiver = Receiver::start(&[Does::Says("HTTP/1.1 410 G\r\ncontent-length: 0\r\n\r\n")]).await;
    let sends = Sends::in_memory(private());
    end_at_once(&*sends.store, 1, &receiver.url("/")).await;
    assert_eq!(sends.once_given_up(1).await.status, Some(410));
    sends.time.0.send_replace(at(999_999_999));
    end_at_once(&*sends.store, 2, &receiver.url("/")).await;
    sends.once_given_up(2).await;
    assert_eq!(receiver.got().len(), 2);
    sends.stop().await;
}

#[tokio::test]
async fn ten_attempts_are_made() {
    let receiver = Receiver::start(&[Does::Says("HTTP/1.1 503 B\r\ncontent-length: 0\r\n\r\n")]).await;
    let sends = Sends::in_memory(WebhookRules { retries: "0".parse().unwrap(), ..private() });
    end_at_once(&*sends.store, 1, &receiver.url("/")).await;
    let given_up = sends.once_given_up(1).await;
    assert_eq!((given_up.attempts, given_up.status), (10, Some(503)));
    assert_eq!(receiver.got().len(), 10);
    sends.stop().await;
}

#[tokio::test]
async fn a_slow_receiver_is_in_nobodys_way() {
    let (slow, quick) = (Receiver::start(&[Does::Nothing]).await, Receiver::start(&[OK]).await);
    let store: Arc<dyn JobStore> = Arc::new(MemoryStore::new());
    for number in 1..=100 {
        end_at_once(&*store, number, &slow.url(&format!("/{number}"))).await;
    }
    for number in 101..=140 {
        end_at_once(&*store, number, &quick.url("/")).await;
    }
    let sends = Sends::start(store, at(0), private(), Names::System);
    for number in 101..=140 {
        sends.once_told(number).await;
    }
    assert_eq!(quick.got().len(), 40);
    let sending = async |number| matches!(sends.look(number).await.stage, DeliveryStage::Sending { .. });
    let mut to_slow = 0;
    for number in 1..=100 {
        to_slow += usize::from(sending(number).await);
    }
    assert_eq!(to_slow, 8, "as many as may be, and no more");
    sends.running.abort();
}

#[tokio::test]
async fn what_is_under_way_ends_before_the_sender_does() {
    let receiver = Receiver::start(&[Does::NothingForLong]).await;
    let sends = Sends::in_memory(private());
    end_at_once(&*sends.store, 1, &receiver.url("/")).await;
    while receiver.got().is_empty() {
        tokio::task::yield_now().await;
    }
    let (store, then) = (Arc::clone(&sends.store), at(5_000));
    sends.stop().await;
    let left = store.look(id(1)).await.unwrap().unwrap().webhook.unwrap();
    assert_eq!((left.stage, left.attempts), (DeliveryStage::Due(then), 1));
    assert_eq!(left.reason.as_deref(), Some("no answer within 15 seconds"));
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn what_a_dead_sender_left_is_sent_by_the_next() {
    use crate::jobs::store::{Durability, SqliteStore};
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(SqliteStore::open(&folder.path().join("jobs.db"), Durability::Process).unwrap());
    let receiver = Receiver::start(&[Does::Nothing, OK]).await;
    let sends = Sends::start(open(), at(0), private(), Names::System);
    end_at_once(&*sends.store, 1, &receiver.url("/")).await;
    while receiver.got().is_empty() {
        tokio::task::yield_now().await;
    }
    // In the middle of its attempt.
    sends.running.abort();
    let next = Sends::start(open(), at(60_000), private(), Names::System);
    let told = next.once_told(1).await;
    assert_eq!((told.claims, told.attempts), (2, 1));
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert_eq!((&got[0].body, got[0].field("webhook-id")), (&got[1].body, got[1].field("webhook-id")));
    next.stop().await;
}
