//! Batches in memory.

use super::{BatchStore, End, Kept, Named, Room, Which, ascends, begins_after};
use crate::jobs::store::{Answer, Keyholder};
use jiff::Timestamp;
use standin_core::batches::{
    Batch, Fence, File, Line, LineEnd, Listing, NewFile, NewLine, Page, Row, Step, Task,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Keeps batches in memory, with their lines and files.
#[derive(Debug, Default)]
pub(crate) struct MemoryBatches {
    state: Mutex<State>,
}

/// Everything in the order in which it came.
#[derive(Debug, Default)]
struct State {
    last: u64,
    files: BTreeMap<u64, NewFile>,
    batches: BTreeMap<u64, Submitted>,
}

#[derive(Debug)]
struct Submitted {
    row: Row,
    lines: Vec<Line>,
}

fn at_once<T: Send + 'static>(value: T) -> Answer<T> {
    Box::pin(std::future::ready(Ok(value)))
}

/// Some of many, of which each has an id.
fn page<T: Clone>(
    all: &BTreeMap<u64, T>,
    listing: &Listing,
    id: impl Fn(&T) -> &str,
    is_meant: impl Fn(&T) -> bool,
) -> Option<Page<T>> {
    let after = match begins_after(listing) {
        Some(name) => Some(*all.iter().find(|(_, item)| id(item) == name && is_meant(item))?.0),
        None => None,
    };
    let found: Vec<T> = if ascends(listing) {
        let range = all.range(after.map_or(0, |after| after + 1)..);
        range
            .filter(|(_, item)| is_meant(item))
            .take(listing.limit + 1)
            .map(|(_, item)| item.clone())
            .collect()
    } else {
        let range = all.range(..after.unwrap_or(u64::MAX)).rev();
        range
            .filter(|(_, item)| is_meant(item))
            .take(listing.limit + 1)
            .map(|(_, item)| item.clone())
            .collect()
    };
    Some(Page::of(found, listing))
}

// === impl MemoryBatches ===

impl MemoryBatches {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BatchStore for MemoryBatches {
    fn keep(&self, file: NewFile, room: Room, now: Timestamp) -> Answer<Kept> {
        let mut state = self.state();
        state.files.retain(|_, kept| kept.file.is_seen(now));
        let bytes: u64 = state.files.values().map(|kept| kept.file.bytes).sum();
        if state.files.len() >= room.most || bytes.saturating_add(file.file.bytes) > room.bytes {
            return at_once(Kept::Full);
        }
        state.add_file(file);
        at_once(Kept::Kept)
    }

    fn file(&self, named: Named, now: Timestamp) -> Answer<Option<File>> {
        at_once(self.state().file(&named, now).map(|(_, kept)| kept.file.clone()))
    }

    fn content(&self, named: Named, now: Timestamp) -> Answer<Option<NewFile>> {
        at_once(self.state().file(&named, now).map(|(_, kept)| kept.clone()))
    }

    fn forget(&self, named: Named, now: Timestamp) -> Answer<bool> {
        let mut state = self.state();
        let place = state.file(&named, now).map(|(place, _)| place);
        at_once(place.is_some_and(|place| state.files.remove(&place).is_some()))
    }

    fn files(
        &self,
        provider: String,
        owner: Keyholder,
        listing: Listing,
        now: Timestamp,
    ) -> Answer<Option<Page<File>>> {
        let state = self.state();
        let is_meant = |file: &File| {
            file.provider == provider
                && owner.has(file.owner_key.as_deref())
                && file.is_seen(now)
                && listing.purpose.as_ref().is_none_or(|purpose| file.purpose == *purpose)
        };
        let found = page(&state.files, &listing, |kept| &kept.file.id, |kept| is_meant(&kept.file));
        at_once(found.map(|found| {
            let items = found.items.into_iter().map(|kept| kept.file).collect();
            Page { items, more: found.more }
        }))
    }

    fn submit(&self, row: Row, lines: Vec<NewLine>, most: usize, kept_from: Timestamp) -> Answer<Kept> {
        let mut state = self.state();
        state
            .batches
            .retain(|_, kept| kept.row.ready().is_some() || kept.row.batch.times.created >= kept_from);
        if state.batches.len() >= most {
            return at_once(Kept::Full);
        }
        state.last += 1;
        let place = state.last;
        state.batches.insert(place, Submitted { row, lines: numbered(lines) });
        at_once(Kept::Kept)
    }

    fn find(&self, named: Named) -> Answer<Option<Batch>> {
        let state = self.state();
        at_once(
            state.batches.values().map(|kept| &kept.row.batch).find(|batch| named.is_batch(batch)).cloned(),
        )
    }

    fn list(&self, provider: String, owner: Keyholder, listing: Listing) -> Answer<Option<Page<Batch>>> {
        let state = self.state();
        let batches: BTreeMap<u64, Batch> =
            state.batches.iter().map(|(place, kept)| (*place, kept.row.batch.clone())).collect();
        let is_meant = |batch: &Batch| batch.provider == provider && owner.has(batch.owner_key.as_deref());
        at_once(page(&batches, &listing, |batch| &batch.id, is_meant))
    }

    fn delete(&self, named: Named) -> Answer<bool> {
        let mut state = self.state();
        let before = state.batches.len();
        state.batches.retain(|_, kept| !(named.is_batch(&kept.row.batch) && kept.row.batch.stage.is_over()));
        at_once(state.batches.len() < before)
    }

    fn step(&self, id: String, step: Step, now: Timestamp) -> Answer<Option<(Batch, bool)>> {
        let mut state = self.state();
        at_once(state.submitted(&id).map(|kept| {
            let taken = kept.row.take(step, now);
            (kept.row.batch.clone(), taken)
        }))
    }

    fn claim(
        &self,
        task: Task,
        owner: String,
        lease: Duration,
        now: Timestamp,
    ) -> Answer<Option<(Row, Fence)>> {
        let mut state = self.state();
        let meant = state.batches.iter().filter(|(_, kept)| kept.row.task() == task);
        let ready = meant.filter_map(|(place, kept)| Some((kept.row.ready()?, *place)));
        let oldest = ready.filter(|(ready, _)| *ready <= now).min();
        let kept = oldest.and_then(|(_, place)| state.batches.get_mut(&place));
        at_once(kept.and_then(|kept| {
            let fence = kept.row.claim(&owner, now, lease)?;
            Some((kept.row.clone(), fence))
        }))
    }

    fn begin(
        &self,
        fence: Fence,
        lines: Vec<NewLine>,
        model: Option<String>,
        now: Timestamp,
    ) -> Answer<Option<Batch>> {
        let mut state = self.state();
        at_once(state.submitted(&fence.id).and_then(|kept| {
            let begun = kept.row.begin(&fence, lines.iter().map(|line| line.end.as_ref()), model, now);
            begun.then(|| {
                kept.lines = numbered(lines);
                kept.row.batch.clone()
            })
        }))
    }

    fn lines(&self, id: String, which: Which, from: u32, most: usize) -> Answer<Vec<Line>> {
        let mut state = self.state();
        let kept = state.submitted(&id);
        let lines = kept.map(|kept| kept.lines.as_slice()).unwrap_or_default();
        let lines = lines.get(from as usize..).unwrap_or_default().iter();
        let meant = lines.filter(|line| line.end.is_some() == (which == Which::Ended));
        at_once(meant.take(most).cloned().collect())
    }

    fn end_lines(&self, fence: Fence, ends: Vec<(u32, LineEnd)>, until: Timestamp) -> Answer<Option<Batch>> {
        let mut state = self.state();
        at_once(state.held(&fence).map(|kept| {
            for (number, end) in ends {
                let line = kept.lines.get_mut(number as usize).filter(|line| line.end.is_none());
                if let Some(line) = line
                    && kept.row.line_ended(&fence, &end)
                {
                    line.end = Some(end);
                }
            }
            kept.row.prolong(fence, until);
            kept.row.batch.clone()
        }))
    }

    fn end_rest(&self, fence: Fence, end: LineEnd) -> Answer<Option<Batch>> {
        let mut state = self.state();
        at_once(state.held(&fence).map(|kept| {
            for line in kept.lines.iter_mut().filter(|line| line.end.is_none()) {
                if kept.row.line_ended(&fence, &end) {
                    line.end = Some(end.clone());
                }
            }
            kept.row.batch.clone()
        }))
    }

    fn end(&self, end: End, now: Timestamp) -> Answer<bool> {
        let (files, fence, step) = end.parts();
        let mut state = self.state();
        let taken = state.held(&fence).is_some_and(|kept| kept.row.take(step, now));
        if taken {
            files.into_iter().for_each(|file| state.add_file(file));
        }
        at_once(taken)
    }

    fn clear(&self) -> Answer<()> {
        let mut state = self.state();
        *state = State { last: state.last, ..State::default() };
        at_once(())
    }
}

fn numbered(lines: Vec<NewLine>) -> Vec<Line> {
    let numbered = (0..).zip(lines);
    numbered.map(|(number, NewLine { custom_id, call, end })| Line { number, custom_id, call, end }).collect()
}

// === impl State ===

impl State {
    fn add_file(&mut self, file: NewFile) {
        self.last += 1;
        self.files.insert(self.last, file);
    }

    fn file(&self, named: &Named, now: Timestamp) -> Option<(u64, &NewFile)> {
        let mut files = self.files.iter().map(|(place, kept)| (*place, kept));
        files.find(|(_, kept)| named.is_file(&kept.file) && kept.file.is_seen(now))
    }

    fn submitted(&mut self, id: &str) -> Option<&mut Submitted> {
        self.batches.values_mut().find(|kept| kept.row.batch.id == id)
    }

    fn held(&mut self, fence: &Fence) -> Option<&mut Submitted> {
        self.submitted(&fence.id).filter(|kept| kept.row.is_run_by(fence))
    }
}
