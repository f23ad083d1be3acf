//! Waiting for a job, and its events as they happen.

use super::{Asked, Jobs, Said, Shown, unavailable};
use crate::jobs::store::JobStore;
use crate::jobs::{Event, EventKind, Job, kept_kind};
use crate::server::PlayBody;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response};
use serde_json::{Value, json};
use standin_core::Headers;
use standin_providers::bifrost::{AsyncKind, ErrorObject, rfc3339};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The longest that a call waits for a job.
const MOST_PATIENCE: Duration = Duration::from_secs(60);
/// How often a store is asked although nobody was woken: another process may have changed the job.
pub(super) const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How often who follows is told that the line is open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Events on their way to somebody who reads slowly.
const AHEAD: usize = 16;

/// How long a caller waits: `Prefer: wait=5` (RFC 7240), in seconds. What is no number is ignored; one that is too
/// large is the longest wait.
pub(super) fn patience(headers: &Headers) -> Option<Duration> {
    let preferences = headers.get_all("prefer").flat_map(|value| value.split([',', ';']));
    let seconds = preferences.map(str::trim).find_map(|preference| {
        let (name, value) = preference.split_once('=')?;
        let digits = value.trim().trim_matches('"');
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_wait = name.trim().eq_ignore_ascii_case("wait") && is_number;
        is_wait.then(|| digits.parse::<u64>().unwrap_or(u64::MAX))
    })?;
    Some(Duration::from_secs(seconds).min(MOST_PATIENCE))
}

// === impl Jobs ===

impl Jobs {
    /// A job when it has ended, or has not after so long. Nobody who runs jobs is kept by this.
    pub(super) async fn waited_for(&self, job: Job, patience: Duration) -> Result<Job, ErrorObject> {
        let store = self.kept()?;
        let mut changes = store.wakes().changes();
        let mut late = std::pin::pin!(tokio::time::sleep(patience));
        let mut last = job;
        let mut is_late = false;
        loop {
            let found = store.find(last.id, self.clock.now()).await.map_err(|error| unavailable(&error))?;
            // One that has expired meanwhile is answered as it was.
            let Some(found) = found else { return Ok(last) };
            last = found;
            if last.stage.is_over() || is_late {
                return Ok(last);
            }
            tokio::select! {
                () = changes.of(last.id) => {}
                () = tokio::time::sleep(ASK_AGAIN) => {}
                () = late.as_mut() => is_late = true,
            }
        }
    }

    /// What happens to a job, as server-sent events, from the one after `Last-Event-ID` to its end.
    pub(super) async fn events(
        self: &Arc<Self>,
        asked: &Asked,
        kind: AsyncKind,
        id: &str,
    ) -> Result<Said, ErrorObject> {
        let job = self.seen(&asked.headers, Some(kept_kind(kind)), id).await?;
        let after = asked.headers.get("last-event-id").and_then(|id| id.trim().parse().ok()).unwrap_or(0);
        let (tell, told) = mpsc::channel(AHEAD);
        let (jobs, id) = (Arc::clone(self), job.id);
        let store = Arc::clone(self.kept()?);
        tokio::spawn(async move { jobs.tell(&*store, job, after, tell).await });
        let mut response = Response::new(PlayBody::told(told));
        let fields: &mut HeaderMap = response.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(Said { response, job: Some(id) })
    }

    async fn tell(&self, store: &dyn JobStore, job: Job, after: u64, tell: mpsc::Sender<Bytes>) {
        let mut changes = store.wakes().changes();
        let mut told = after;
        let mut open = tokio::time::interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
        loop {
            let Ok(events) = store.events(job.id, told).await else { return };
            for event in &events {
                told = event.seq;
                let is_over = matches!(event.kind, EventKind::Completed | EventKind::Failed);
                let now =
                    if is_over { store.find(job.id, self.clock.now()).await.ok().flatten() } else { None };
                let sent = tell.send(framed(event, now.as_ref().unwrap_or(&job))).await;
                if sent.is_err() || is_over {
                    return;
                }
            }
            // Whoever comes back after the last event has missed nothing.
            match store.find(job.id, self.clock.now()).await {
                Ok(Some(now)) if !now.stage.is_over() => {}
                Ok(Some(_)) if !events.is_empty() => continue,
                Ok(_) | Err(_) => return,
            }
            tokio::select! {
                () = changes.of(job.id) => {}
                () = tokio::time::sleep(ASK_AGAIN) => {}
                () = tell.closed() => return,
                // Who does not read what is there already needs no more.
                _ = open.tick() => drop(tell.try_send(Bytes::from_static(b": open\n\n"))),
            }
        }
    }
}

fn framed(event: &Event, job: &Job) -> Bytes {
    let name = match event.kind {
        EventKind::Completed => "completed",
        EventKind::Failed => "failed",
        EventKind::Created | EventKind::Started => "status",
        _ => "progress",
    };
    let data = if matches!(event.kind, EventKind::Completed | EventKind::Failed) && job.stage.is_over() {
        Shown::new(job.clone()).native(|job| String::from_utf8_lossy(&job.to_bytes()).into_owned())
    } else {
        told(event).to_string()
    };
    format!("id: {}\nevent: {name}\ndata: {data}\n\n", event.seq).into()
}

/// An event as JSON.
pub(crate) fn told(event: &Event) -> Value {
    let data = event.data.as_deref().and_then(|data| serde_json::from_slice::<Value>(data).ok());
    let mut told = json!({"seq": event.seq, "event": event.kind.name(), "at": rfc3339(event.at)});
    if let Some(data) = data {
        told["data"] = data;
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_a_preference_among_others() {
        let of = |value: &str| patience(&Headers::from_iter([("Prefer", value)])).map(|time| time.as_secs());
        for (value, seconds) in [
            ("wait=5", Some(5)),
            ("respond-async, wait=10", Some(10)),
            ("WAIT=\"3\"", Some(3)),
            ("wait=600", Some(60)),
            ("wait=0", Some(0)),
            ("wait=99999999999999999999999", Some(60)),
            ("wait=1e9", None),
            ("wait=-1", None),
            ("wait=+5", None),
            ("wait=", None),
            ("wait", None),
            ("wait=soon", None),
            ("handling=lenient", None),
        ] {
            assert_eq!(of(value), seconds, "{value}");
        }
    }
}
