//! Claims batches, and answers their lines.

use super::Batches;
use super::store::{Named, Which};
use crate::jobs::store::{Keyholder, StoreError};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use standin_core::Headers;
use standin_core::batches::{Batch, BatchApi, Fault, Fence, Line, LineEnd, Row, Stage, Step, Task};
use std::collections::{BTreeMap, VecDeque};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};

/// A call that a line of a batch stands for: a `POST`.
#[derive(Debug, Clone)]
pub(crate) struct BatchedCall {
    /// Its path, with the mount of the provider.
    pub(crate) target: String,
    /// Its header fields.
    pub(crate) headers: Headers,
    /// Its body.
    pub(crate) body: Bytes,
    /// The name of the provider that it is made to.
    pub(crate) provider: String,
    /// The id of the virtual key that its batch belongs to.
    pub(crate) owner_key: Option<String>,
}

/// Answers a call as if it had come from a socket.
pub(crate) type Execute =
    Arc<dyn Fn(BatchedCall) -> Pin<Box<dyn Future<Output = LineEnd> + Send>> + Send + Sync>;

/// How long lines that are being answered are waited for when somebody wants the batch no more, as vendors do.
const CANCELLING: SignedDuration = SignedDuration::from_mins(10);

/// How many lines are read from the store at once.
const PAGE: usize = 256;

/// Why a batch is worked on no more.
#[derive(Debug)]
pub(super) enum Left {
    /// It is over.
    Ended,
    /// It is somebody else's.
    Lost,
    /// The store does not answer.
    Store(StoreError),
    /// The server stops.
    Stopping,
}

/// What a holder wakes up for.
enum Woken {
    /// Lines have ended.
    Ended(Vec<(u32, LineEnd)>),
    /// It is time to be heard of, and to look whether the batch is still wanted.
    Look,
    /// The server stops.
    Stop,
}

/// No more lines of a batch are begun.
struct Over {
    /// How those end that were not.
    end: LineEnd,
    /// How long those are waited for that were.
    at_last: Timestamp,
}

/// Works on one batch.
struct Holder {
    batches: Arc<Batches>,
    api: &'static dyn BatchApi,
    batch: Batch,
    fence: Fence,
    execute: Execute,
    stop: watch::Receiver<bool>,
}

/// Lines that are being answered.
#[derive(Default)]
struct Flying {
    set: JoinSet<LineEnd>,
    numbers: BTreeMap<Id, u32>,
}

// === impl Left ===

impl From<StoreError> for Left {
    fn from(error: StoreError) -> Self {
        Left::Store(error)
    }
}

// === impl Batches ===

impl Batches {
    /// Runs batches until it is told to stop. Those that are not over by then are gone on with after the next
    /// start, or by another process that shares the store.
    pub(crate) async fn run(self: Arc<Self>, execute: Execute, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        let (stopping, stopped) = watch::channel(false);
        let mut working = JoinSet::new();
        let courier = self.courier.clone();
        let telling = courier.map(|courier| tokio::spawn(Arc::clone(&self).tell(courier, stopped.clone())));
        loop {
            while working.len() < self.rules.at_once {
                let _still = self.still.read().await;
                let (owner, lease) = (self.owner.clone(), self.rules.lease);
                let claimed = self.store.claim(Task::Run, owner, lease, self.now()).await;
                match claimed {
                    Ok(Some((Row { batch, .. }, fence))) => {
                        self.hold(&fence, lease);
                        let (execute, stop) = (Arc::clone(&execute), stopped.clone());
                        working.spawn(Arc::clone(&self).work(batch, fence, execute, stop));
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!("batches cannot be begun: {error}");
                        break;
                    }
                }
            }
            tokio::select! {
                () = &mut stop => break,
                () = self.submitted.notified() => {}
                Some(_) = working.join_next(), if !working.is_empty() => {}
                () = tokio::time::sleep(self.rules.look) => {}
            }
        }
        // Nobody may be listening, where no batch is run.
        let _ = stopping.send(true);
        while working.join_next().await.is_some() {}
        if let Some(telling) = telling
            && let Err(error) = telling.await
        {
            tracing::error!("whoever sends the webhooks of batches panicked: {error}");
        }
    }

    async fn work(
        self: Arc<Self>,
        batch: Batch,
        fence: Fence,
        execute: Execute,
        stop: watch::Receiver<bool>,
    ) {
        let provider = standin_providers::all().find(|provider| provider.name() == batch.provider);
        let Some(api) = provider.and_then(standin_core::Provider::batches) else {
            tracing::error!("batch {} is of a provider that is not known here: {}", batch.id, batch.provider);
            return self.let_go(&fence);
        };
        let id = batch.id.clone();
        let held = fence.clone();
        let mut holder = Holder { batches: Arc::clone(&self), api, batch, fence, execute, stop };
        let left = holder.run().await;
        self.let_go(&held);
        match left {
            Left::Ended => self.ended.notify_one(),
            Left::Lost => tracing::warn!("batch {id} is run by somebody else now"),
            Left::Store(error) => tracing::error!("batch {id} is left as it is: {error}"),
            Left::Stopping => {
                let step = Step::Release { fence: holder.fence, again_at: self.now() };
                if let Err(error) = self.store.step(id.clone(), step, self.now()).await {
                    tracing::error!("batch {id} cannot be given back: {error}");
                }
            }
        }
    }

    pub(super) fn lease_end(&self) -> Timestamp {
        self.now().checked_add(self.rules.lease).unwrap_or(Timestamp::MAX)
    }
}

// === impl Holder ===

impl Holder {
    async fn run(&mut self) -> Left {
        let ran = async {
            if self.batch.times.begun.is_none() {
                self.read_lines().await?;
            }
            self.answer_lines().await?;
            self.finish().await
        };
        ran.await.err().unwrap_or(Left::Ended)
    }

    /// Reads the lines of the batch's file.
    async fn read_lines(&mut self) -> Result<(), Left> {
        let batches = &self.batches;
        let batch = &self.batch;
        let named = Named {
            provider: batch.provider.clone(),
            id: batch.input.clone().unwrap_or_default(),
            caller: Keyholder::from(batch.owner_key.clone()),
        };
        let input = batches.store.content(named, batches.now()).await?;
        let lines = match &input {
            Some(input) => self.api.lines(&self.batch, &input.content),
            None => Err(vec![Fault {
                code: "file_not_found".to_owned(),
                message: "The input file is no longer there.".to_owned(),
                param: Some("input_file_id".to_owned()),
                line: None,
            }]),
        };
        match lines {
            Ok(lines) => {
                let model = lines.first().and_then(|line| super::serve::model_of(&line.call.body));
                let begun = batches.store.begin(self.fence.clone(), lines, model, batches.now()).await?;
                self.batch = begun.ok_or(Left::Lost)?;
                Ok(())
            }
            Err(faults) => {
                let step = Step::Fail { fence: self.fence.clone(), faults };
                self.step(step).await?;
                Err(Left::Ended)
            }
        }
    }

    /// Answers all lines that have not ended, or as many as there is time for.
    async fn answer_lines(&mut self) -> Result<(), Left> {
        let mut looks = self.batches.looks.subscribe();
        let mut flying = Flying::default();
        let mut waiting = VecDeque::new();
        let mut next = Some(0);
        loop {
            let over = self.over();
            if over.is_none() {
                self.start_lines(&mut flying, &mut waiting, &mut next).await?;
            }
            let is_late = over.as_ref().is_some_and(|over| over.at_last <= self.batches.now());
            if flying.set.is_empty() || is_late {
                // What is being answered is not waited for any longer: dropping it stops it.
                if let Some(over) = over {
                    let ended = self.batches.store.end_rest(self.fence.clone(), over.end).await?;
                    self.batch = ended.ok_or(Left::Lost)?;
                }
                return Ok(());
            }
            let look = self.batches.rules.look.min(self.batches.rules.lease / 3);
            let woken = tokio::select! {
                ends = flying.ends() => Woken::Ended(ends),
                // Whoever says so is the server itself, which lives as long as this.
                _ = looks.changed() => Woken::Look,
                () = tokio::time::sleep(look) => Woken::Look,
                () = stopped(&mut self.stop) => Woken::Stop,
            };
            match woken {
                Woken::Ended(ends) => {
                    let until = self.batches.lease_end();
                    let ended = self.batches.store.end_lines(self.fence.clone(), ends, until).await?;
                    self.batch = ended.ok_or(Left::Lost)?;
                }
                Woken::Look => self.renew().await?,
                Woken::Stop => return Err(Left::Stopping),
            }
        }
    }

    /// How lines end that are not begun yet, where no more are.
    fn over(&self) -> Option<Over> {
        let times = &self.batch.times;
        if self.batches.now() >= times.expires {
            return Some(Over { end: LineEnd::Expired, at_last: times.expires });
        }
        let cancelling = times.cancelling.filter(|_| self.batch.stage == Stage::Cancelling)?;
        let at_last = cancelling.checked_add(CANCELLING).unwrap_or(Timestamp::MAX).min(times.expires);
        Some(Over { end: LineEnd::Canceled, at_last })
    }

    async fn start_lines(
        &self,
        flying: &mut Flying,
        waiting: &mut VecDeque<Line>,
        next: &mut Option<u32>,
    ) -> Result<(), Left> {
        while flying.set.len() < self.batches.rules.lines_at_once {
            if waiting.is_empty()
                && let Some(from) = *next
            {
                let id = self.batch.id.clone();
                let lines = self.batches.store.lines(id, Which::Open, from, PAGE).await?;
                *next = lines.last().map(|line| line.number.saturating_add(1));
                waiting.extend(lines);
            }
            let Some(line) = waiting.pop_front() else { break };
            flying.start(line.number, self.answered(line));
        }
        Ok(())
    }

    /// The answer to a line, which has a time.
    fn answered(&self, line: Line) -> impl Future<Output = LineEnd> + Send + 'static {
        let mut headers = Headers::from_iter([("content-type", "application/json")]);
        let (name, value) = self.api.credential();
        headers.push(name, value);
        for (name, value) in &self.batch.headers {
            headers.push(name.as_str(), value.as_str());
        }
        let target = format!("/{}{}", self.batch.provider, line.call.path);
        let answer = (self.execute)(BatchedCall {
            target,
            headers,
            body: line.call.body,
            provider: self.batch.provider.clone(),
            owner_key: self.batch.owner_key.clone(),
        });
        let most = self.batches.rules.line_timeout;
        async move { tokio::time::timeout(most, answer).await.unwrap_or_else(|_| late(most)) }
    }

    /// Puts the results together, which ends the batch.
    async fn finish(&mut self) -> Result<(), Left> {
        self.step(Step::Finalize { fence: self.fence.clone() }).await?;
        let end = self.batches.results(self.api, &self.batch, &self.fence).await?;
        let ended = self.batches.store.end(end, self.batches.now()).await?;
        if ended { Ok(()) } else { Err(Left::Lost) }
    }

    async fn renew(&mut self) -> Result<(), Left> {
        self.step(Step::Renew { fence: self.fence.clone(), until: self.batches.lease_end() }).await
    }

    async fn step(&mut self, step: Step) -> Result<(), Left> {
        let stepped = self.batches.store.step(self.batch.id.clone(), step, self.batches.now()).await?;
        match stepped {
            Some((batch, true)) => {
                self.batch = batch;
                Ok(())
            }
            Some((_, false)) | None => Err(Left::Lost),
        }
    }
}

/// Waits until the server stops.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Who would say so is gone: that is the same.
    drop(stop.wait_for(|stop| *stop).await);
}

fn late(most: Duration) -> LineEnd {
    LineEnd::Lost { reason: format!("The request was not answered within {} s.", most.as_secs()) }
}

// === impl Flying ===

impl Flying {
    fn start(&mut self, number: u32, answer: impl Future<Output = LineEnd> + Send + 'static) {
        let handle = self.set.spawn(answer);
        self.numbers.insert(handle.id(), number);
    }

    /// The lines that have ended, one at least.
    async fn ends(&mut self) -> Vec<(u32, LineEnd)> {
        let mut ends = Vec::new();
        let mut next = self.set.join_next_with_id().await;
        while let Some(joined) = next {
            let (id, end) = match joined {
                Ok((id, end)) => (id, end),
                Err(error) => {
                    let reason = "The request could not be answered: standin has a fault.".to_owned();
                    tracing::error!("a line of a batch could not be answered: {error}");
                    (error.id(), LineEnd::Lost { reason })
                }
            };
            ends.extend(self.numbers.remove(&id).map(|number| (number, end)));
            next = self.set.try_join_next_with_id();
        }
        ends
    }
}
