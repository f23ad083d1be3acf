//! Who sends webhooks.

use super::courier::{Courier, Parcel};
use super::message::{message, response_event};
use super::post::Answer;
#[cfg(test)]
use super::post::Names;
use super::{Attempts, WebhookRules};
use crate::jobs::desk::is_background;
use crate::jobs::store::{ClaimedDelivery, DeliveryClaim, DeliveryClaimant, JobStore, StoreError};
use bytes::Bytes;
use jiff::Timestamp;
use standin_core::jobs::{Job, Notice};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The time of jobs, which a test may move on.
pub trait Time: Send + Sync + Debug {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits until then.
    fn wait_until(&self, then: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Sends the webhooks of a store's jobs.
#[derive(Debug)]
pub struct Deliveries {
    store: Arc<dyn JobStore>,
    time: Arc<dyn Time>,
    courier: Courier,
    owner: String,
    envelope: fn(&Job) -> Vec<u8>,
}

/// Attempts that are under way.
#[derive(Debug, Default)]
struct UnderWay {
    /// Each ends with the origin that it went to.
    attempts: JoinSet<String>,
    /// How many go to each origin.
    to: BTreeMap<String, usize>,
}

/// For how long a webhook is its sender's: longer than an attempt takes.
const LEASE: Duration = Duration::from_secs(60);
/// How many attempts are made at once.
const MOST: usize = 32;
/// How many of them go to one receiver, so that a slow one is in nobody's way.
const MOST_TO_ONE: usize = 8;
/// How often the store is asked though nothing woke: another process may have changed it.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// How long a store that does not answer is left alone.
const FAILED_PAUSE: Duration = Duration::from_secs(1);

// === impl Deliveries ===

impl Deliveries {
    /// Who sends the webhooks of a store's jobs. An owner is told from all others who use the store, and an envelope is
    /// what a caller sees of a job that is over, in JSON.
    #[must_use]
    pub fn new(
        store: Arc<dyn JobStore>,
        time: Arc<dyn Time>,
        rules: WebhookRules,
        owner: String,
        envelope: fn(&Job) -> Vec<u8>,
    ) -> Self {
        let courier = Courier::new(rules, Attempts::default());
        Deliveries { store, time, courier, owner, envelope }
    }

    /// The same, counting its attempts among these.
    #[must_use]
    pub fn counting(self, attempts: &Attempts) -> Self {
        Deliveries { courier: self.courier.counting(attempts), ..self }
    }

    /// As [`Deliveries::new`] does, where names stand for what a test says.
    #[cfg(test)]
    pub(super) fn with_names(self, names: Names) -> Self {
        Deliveries { courier: self.courier.with_names(names), ..self }
    }

    /// Sends until it is told to stop. What is under way then is waited for, which takes as long as one attempt at
    /// most; what is dropped in the middle of it is sent again by whoever comes next.
    pub async fn run(self: Arc<Self>, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut under_way = UnderWay::default();
        loop {
            let next = self.begin(&mut under_way).await;
            let now = self.time.now();
            let has_room = under_way.attempts.len() < MOST;
            let due = async {
                match next {
                    Ok(Some(then)) => self.time.wait_until(then.max(now)).await,
                    Ok(None) => std::future::pending().await,
                    Err(()) => tokio::time::sleep(FAILED_PAUSE).await,
                }
            };
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = under_way.attempts.join_next() => under_way.end(ended.ok()),
                () = self.store.wakes().deliverable(), if has_room => {}
                () = due, if has_room => {}
                () = tokio::time::sleep(ASK_AGAIN) => {}
            }
        }
        while under_way.attempts.join_next().await.is_some() {}
    }

    /// Begins all attempts that are due and for which there is room. Answers when the next one is due.
    async fn begin(self: &Arc<Self>, under_way: &mut UnderWay) -> Result<Option<Timestamp>, ()> {
        while under_way.attempts.len() < MOST {
            let busy = under_way.to.iter().filter(|(_, attempts)| **attempts >= MOST_TO_ONE);
            let claimant = DeliveryClaimant {
                owner: self.owner.clone(),
                lease: LEASE,
                busy: busy.map(|(origin, _)| origin.clone()).collect(),
            };
            match self.store.claim_delivery(claimant, self.time.now()).await {
                Ok(DeliveryClaim::Begun(claimed)) => under_way.begin(Arc::clone(self), *claimed),
                Ok(DeliveryClaim::Nothing { next }) => return Ok(next),
                Err(error) => {
                    tracing::warn!("the webhooks to send cannot be looked for: {error}");
                    return Err(());
                }
            }
        }
        Ok(None)
    }

    /// Makes an attempt, and tells the store.
    async fn attempt(&self, claimed: ClaimedDelivery) -> String {
        let ClaimedDelivery { delivery, job, fence } = claimed;
        let (id, origin) = (delivery.message_id(), delivery.origin().to_owned());
        let (url, before) = (delivery.url.as_str(), delivery.attempts);
        let now = || self.time.now();
        let attempted = match self.message(&job).await {
            Ok(body) => self.courier.carry(Parcel { id: &id, url, before, body }, now).await,
            Err(answer) => self.courier.followed(&id, url, before, answer, now()),
        };
        match self.store.report_delivery(fence, attempted, self.time.now()).await {
            Ok(true) => {}
            Ok(false) => tracing::info!("{id} was sent by somebody else as well, or its job is gone"),
            Err(error) => unreported(&id, &error),
        }
        origin
    }

    /// What is sent of a job that is over, or why nothing is.
    async fn message(&self, job: &Job) -> Result<Bytes, Answer> {
        let unfinished = || Answer::Unwanted("the job is not over".to_owned());
        if !is_background(job) {
            let notice = Notice::of(job).ok_or_else(unfinished)?;
            return Ok(message(notice, job, (self.envelope)(job)));
        }
        let looked = self.store.look(job.id).await.map_err(|error| Answer::None(error.to_string()))?;
        let looked = looked.ok_or_else(|| Answer::Unwanted("the job is gone".to_owned()))?;
        response_event(job, &looked.request).ok_or_else(unfinished)
    }
}

fn unreported(id: &str, error: &StoreError) {
    let seconds = LEASE.as_secs();
    tracing::warn!("what became of {id} cannot be kept, so it is sent again in {seconds} s: {error}");
}

// === impl UnderWay ===

impl UnderWay {
    fn begin(&mut self, deliveries: Arc<Deliveries>, claimed: ClaimedDelivery) {
        *self.to.entry(claimed.delivery.origin().to_owned()).or_default() += 1;
        self.attempts.spawn(async move { deliveries.attempt(claimed).await });
    }

    fn end(&mut self, origin: Option<String>) {
        match origin {
            Some(origin) => {
                if let Some(attempts) = self.to.get_mut(&origin) {
                    *attempts = attempts.saturating_sub(1);
                }
                self.to.retain(|_, attempts| *attempts > 0);
            }
            // One that panicked does not say where it went; nobody is kept out for it.
            None => self.to.clear(),
        }
    }
}
