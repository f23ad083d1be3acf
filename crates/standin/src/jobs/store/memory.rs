//! Jobs in memory, as long as the process lives.

mod deliveries;

use super::asked::{
    Changed, Claim, Claimant, Claimed, ClaimedDelivery, Counts, DeliveryClaim, DeliveryClaimant, Filter,
    Idempotency, Inspected, Page, Reclaimed, Submission, Submitted,
};
use super::wakes::{Wakes, Woken};
use super::{Answer, JobStore, StoreError, key_kept_until};
use bytes::Bytes;
use deliveries::Deliveries;
use jiff::Timestamp;
use standin_core::jobs::{
    Attempted, Delivery, DeliveryFence, Event, EventKind, Job, JobId, Row, Run, Step, StoredRequest, Taken,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps jobs in memory, with their calls and results.
#[derive(Debug)]
pub struct MemoryStore {
    state: Mutex<State>,
    wakes: Arc<Wakes>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    jobs: BTreeMap<u64, Kept>,
    places: BTreeMap<JobId, u64>,
    /// When each job may be claimed or reclaimed.
    ready: BTreeSet<(Timestamp, u64)>,
    /// When each job is no longer seen.
    expiring: BTreeSet<(Timestamp, u64)>,
    pending: BTreeSet<u64>,
    counts: Counts,
    keys: BTreeMap<(String, String), Key>,
    deliveries: Deliveries,
    woken: Woken,
}

#[derive(Debug)]
struct Kept {
    row: Row,
    request: StoredRequest,
    events: Vec<Event>,
}

#[derive(Debug)]
struct Key {
    fingerprint: [u8; 32],
    id: JobId,
    created: Timestamp,
}

// === impl MemoryStore ===

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        MemoryStore { state: Mutex::default(), wakes: Arc::new(Wakes::new()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T: Send + 'static>(&self, change: impl FnOnce(&mut State) -> T) -> Answer<T> {
        self.try_change(|state| Ok(change(state)))
    }

    fn try_change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Answer<T> {
        let mut state = self.state();
        let answer = change(&mut state);
        let woken = std::mem::take(&mut state.woken);
        drop(state);
        self.wakes.wake(&woken);
        Box::pin(std::future::ready(answer))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        MemoryStore::new()
    }
}

impl JobStore for MemoryStore {
    fn submit(&self, submission: Submission) -> Answer<Submitted> {
        self.try_change(|state| state.submit(submission))
    }

    fn known(&self, asked: Idempotency, now: Timestamp) -> Answer<Option<Submitted>> {
        self.change(|state| state.known(&asked, now))
    }

    fn find(&self, id: JobId, now: Timestamp) -> Answer<Option<Job>> {
        self.change(|state| state.kept(id).map(|kept| kept.row.job.clone()).filter(|job| job.is_seen(now)))
    }

    fn look(&self, id: JobId) -> Answer<Option<Inspected>> {
        self.change(|state| {
            let Kept { row, request, events } = state.kept(id)?;
            let webhook = state.deliveries.of(row.seq).cloned();
            Some(Inspected {
                job: row.job.clone(),
                request: request.clone(),
                run: row.run.clone(),
                events: events.clone(),
                webhook,
            })
        })
    }

    fn step(&self, id: JobId, step: Step, now: Timestamp) -> Answer<Option<Changed>> {
        self.change(|state| {
            let seq = *state.places.get(&id)?;
            state.alter(seq, now, |row| match row.take(step, now) {
                Taken::Refused => (Changed { job: row.job.clone(), taken: false }, None),
                Taken::Silent => (Changed { job: row.job.clone(), taken: true }, None),
                Taken::Told(kind, data) => {
                    (Changed { job: row.job.clone(), taken: true }, Some((kind, data)))
                }
            })
        })
    }

    fn claim(&self, claimant: Claimant, now: Timestamp) -> Answer<Claim> {
        self.change(|state| state.claim(&claimant, now))
    }

    fn reclaim(&self, now: Timestamp, most_attempts: u32, error: Bytes) -> Answer<Reclaimed> {
        self.change(|state| {
            let mut reclaimed = Reclaimed::default();
            for seq in state.ready_by(now) {
                let told = state.alter(seq, now, |row| {
                    let kind = row.reclaim(now, most_attempts, &error);
                    (kind, kind.map(|kind| (kind, None)))
                });
                match told.flatten() {
                    Some(EventKind::Interrupted) => reclaimed.requeued += 1,
                    Some(_) => reclaimed.failed += 1,
                    None => {}
                }
            }
            reclaimed
        })
    }

    fn claim_delivery(&self, claimant: DeliveryClaimant, now: Timestamp) -> Answer<DeliveryClaim> {
        self.change(move |state| state.claim_delivery(&claimant, now))
    }

    fn report_delivery(&self, fence: DeliveryFence, attempted: Attempted, now: Timestamp) -> Answer<bool> {
        self.change(move |state| state.report_delivery(&fence, attempted, now).is_some())
    }

    fn purge(&self, now: Timestamp, most: usize) -> Answer<usize> {
        self.change(|state| {
            let expired = state.expiring.range(..=(now, u64::MAX)).map(|(_, seq)| *seq);
            let expired = expired.filter(|seq| !state.deliveries.is_open(*seq));
            let expired: Vec<u64> = expired.take(most).collect();
            for seq in &expired {
                state.remove(*seq);
            }
            let places = &state.places;
            state.keys.retain(|_, key| key_kept_until(key.created) > now || places.contains_key(&key.id));
            expired.len()
        })
    }

    fn list(&self, filter: Filter, now: Timestamp) -> Answer<Option<Page>> {
        self.change(|state| {
            let before = match filter.after {
                Some(id) => {
                    let place = *state.places.get(&id)?;
                    state.jobs.get(&place).filter(|kept| filter.is_among(&kept.row.job)).map(|_| place)?
                }
                None => u64::MAX,
            };
            let jobs = state.jobs.range(..before).rev().map(|(_, kept)| &kept.row.job);
            let mut jobs = jobs.filter(|job| job.is_seen(now) && filter.is_about(job));
            let page = jobs.by_ref().take(filter.limit);
            let page = page.map(|job| Job { result: None, error: None, ..job.clone() }).collect();
            Some(Page { jobs: page, more: jobs.next().is_some() })
        })
    }

    fn counts(&self, batch: Option<String>) -> Answer<Counts> {
        self.change(|state| state.count(batch.as_deref()))
    }

    fn events(&self, id: JobId, after: u64) -> Answer<Vec<Event>> {
        self.change(|state| {
            let events = state.kept(id).map(|kept| kept.events.as_slice()).unwrap_or_default();
            events.iter().filter(|event| event.seq > after).cloned().collect()
        })
    }

    fn lapse(&self, now: Timestamp) -> Answer<usize> {
        self.change(|state| {
            let leased = state.jobs.values().filter(|kept| matches!(kept.row.run, Run::Leased { .. }));
            let leased: Vec<u64> = leased.map(|kept| kept.row.seq).collect();
            for seq in &leased {
                state.alter(*seq, now, |row| (row.take(Step::Lapse, now), None));
            }
            leased.len()
        })
    }

    fn clear(&self) -> Answer<()> {
        self.change(|state| {
            let changed = state.places.keys().copied().collect();
            // The order of submission goes on, as it does in a file.
            let woken = Woken { changed, ..Woken::default() };
            *state = State { last: state.last, woken, ..State::default() };
        })
    }

    fn wakes(&self) -> &Arc<Wakes> {
        &self.wakes
    }
}

// === impl State ===

impl State {
    fn kept(&self, id: JobId) -> Option<&Kept> {
        self.jobs.get(self.places.get(&id)?)
    }

    fn submit(&mut self, submission: Submission) -> Result<Submitted, StoreError> {
        let Submission { job: new, request, idempotency, most_pending, webhook } = submission;
        if let Some(asked) = &idempotency
            && let Some(known) = self.known(asked, new.created)
        {
            return Ok(known);
        }
        if self.counts.pending >= most_pending {
            return Ok(Submitted::Full);
        }
        if self.places.contains_key(&new.id) {
            return Err(StoreError::Known(new.id));
        }
        self.last += 1;
        let row = Row::submitted(self.last, new);
        let job = row.job.clone();
        let created = Event { seq: 1, kind: EventKind::Created, at: job.created, data: None };
        self.places.insert(job.id, row.seq);
        self.index(&row);
        self.woken.of(None, &row, true);
        if let Some(url) = webhook {
            self.deliveries.add(row.seq, Delivery::new(job.id, url));
        }
        self.jobs.insert(row.seq, Kept { row, request, events: vec![created] });
        if let Some(Idempotency { scope, key, fingerprint }) = idempotency {
            self.keys.insert((scope, key), Key { fingerprint, id: job.id, created: job.created });
        }
        Ok(Submitted::New(job))
    }

    /// What a key that was used before says.
    fn known(&self, asked: &Idempotency, now: Timestamp) -> Option<Submitted> {
        let key = self.keys.get(&(asked.scope.clone(), asked.key.clone()))?;
        let job = self.kept(key.id).map(|kept| &kept.row.job).filter(|job| job.is_seen(now));
        match job {
            Some(job) if key.fingerprint == asked.fingerprint => Some(Submitted::Same(job.clone())),
            Some(_) => Some(Submitted::Conflict),
            None if key.fingerprint != asked.fingerprint && key_kept_until(key.created) > now => {
                Some(Submitted::Conflict)
            }
            None => None,
        }
    }

    fn claim(&mut self, claimant: &Claimant, now: Timestamp) -> Claim {
        let mut ready = self.ready.range(..=(now, u64::MAX)).map(|(_, seq)| *seq);
        let oldest = ready.find(|seq| {
            self.jobs.get(seq).is_some_and(|kept| kept.row.is_claimable(now, claimant.most_attempts))
        });
        let claimed = oldest.and_then(|seq| {
            let fence = self.alter(seq, now, |row| {
                let (fence, kind) = row.claim(&claimant.owner, now, claimant.lease);
                (fence, kind.map(|kind| (kind, None)))
            })?;
            let Kept { row, request, .. } = self.jobs.get(&seq)?;
            Some(Claimed { job: row.job.clone(), request: request.clone(), fence })
        });
        match claimed {
            Some(claimed) => Claim::Begun(Box::new(claimed)),
            None => {
                let next = self.ready.iter().map(|(at, _)| *at).find(|at| *at > now);
                Claim::Nothing { next }
            }
        }
    }

    fn claim_delivery(&mut self, claimant: &DeliveryClaimant, now: Timestamp) -> DeliveryClaim {
        let claimed = self.deliveries.claim(claimant, now).and_then(|(seq, fence)| {
            let kept = self.jobs.get(&seq).ok_or(None)?;
            let delivery = self.deliveries.of(seq).cloned().ok_or(None)?;
            Ok(ClaimedDelivery { delivery, job: kept.row.job.clone(), fence })
        });
        match claimed {
            Ok(claimed) => DeliveryClaim::Begun(Box::new(claimed)),
            Err(next) => DeliveryClaim::Nothing { next },
        }
    }

    fn report_delivery(&mut self, fence: &DeliveryFence, attempted: Attempted, now: Timestamp) -> Option<()> {
        let seq = *self.places.get(&fence.job)?;
        let told = self.deliveries.report(seq, fence, attempted)?;
        self.jobs.get_mut(&seq)?.tell(EventKind::Webhook, Some(told), now);
        self.woken.changed.push(fence.job);
        self.woken.deliverable |= self.deliveries.is_open(seq);
        Some(())
    }

    fn ready_by(&self, now: Timestamp) -> Vec<u64> {
        self.ready.range(..=(now, u64::MAX)).map(|(_, seq)| *seq).collect()
    }

    fn count(&self, batch: Option<&str>) -> Counts {
        let created = |seq: &u64| self.jobs.get(seq).map(|kept| kept.row.job.created);
        let Some(batch) = batch else {
            return Counts { oldest_pending: self.pending.first().and_then(created), ..self.counts };
        };
        let mut counts = Counts::default();
        for kept in self.jobs.values().filter(|kept| kept.row.job.batch.as_deref() == Some(batch)) {
            let job = &kept.row.job;
            *counts.at(job.stage) += 1;
            if self.pending.contains(&kept.row.seq) {
                counts.oldest_pending.get_or_insert(job.created);
            }
        }
        counts
    }

    /// Changes a job, and keeps what is looked up by in step with it.
    fn alter<T>(
        &mut self,
        seq: u64,
        now: Timestamp,
        change: impl FnOnce(&mut Row) -> (T, Option<(EventKind, Option<Bytes>)>),
    ) -> Option<T> {
        let mut kept = self.jobs.remove(&seq)?;
        self.unindex(&kept.row);
        let was_ready = kept.row.ready();
        let was_over = kept.row.run == Run::Over;
        let (answer, told) = change(&mut kept.row);
        self.woken.of(was_ready, &kept.row, told.is_some());
        if kept.row.run == Run::Over && !was_over {
            self.woken.deliverable |= self.deliveries.begin(seq, now);
        }
        if let Some((kind, data)) = told {
            kept.tell(kind, data, now);
        }
        self.index(&kept.row);
        self.jobs.insert(seq, kept);
        Some(answer)
    }

    fn index(&mut self, row: &Row) {
        *self.counts.at(row.job.stage) += 1;
        if row.job.stage == standin_core::jobs::Stage::Pending {
            self.pending.insert(row.seq);
        }
        if let Some(ready) = row.ready() {
            self.ready.insert((ready, row.seq));
        }
        if let Some(expires) = row.job.expires {
            self.expiring.insert((expires, row.seq));
        }
    }

    fn unindex(&mut self, row: &Row) {
        *self.counts.at(row.job.stage) -= 1;
        self.pending.remove(&row.seq);
        if let Some(ready) = row.ready() {
            self.ready.remove(&(ready, row.seq));
        }
        if let Some(expires) = row.job.expires {
            self.expiring.remove(&(expires, row.seq));
        }
    }

    fn remove(&mut self, seq: u64) {
        if let Some(kept) = self.jobs.remove(&seq) {
            self.unindex(&kept.row);
            self.deliveries.remove(seq);
            self.places.remove(&kept.row.job.id);
            self.woken.changed.push(kept.row.job.id);
        }
    }
}

// === impl Kept ===

impl Kept {
    fn tell(&mut self, kind: EventKind, data: Option<Bytes>, now: Timestamp) {
        let seq = self.events.len() as u64 + 1;
        let at = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        self.events.push(Event { seq, kind, at, data });
    }
}
