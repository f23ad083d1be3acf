//! Beats of which the bytes stay, and how they are sent does not.

use super::later;
use crate::reply::Beat;
use bytes::Bytes;
use std::num::NonZeroUsize;
use std::time::Duration;

/// The most pieces that a body becomes: each takes room. Longer bodies have larger ones.
const MOST: usize = 100_000;

/// Each beat in pieces of so many bytes, all of them due when it is.
pub(super) fn split(beats: &[Beat], bytes: NonZeroUsize) -> Vec<Beat> {
    let size = affordable(beats, bytes);
    beats.iter().flat_map(|beat| pieces(&beat.send, size).map(|send| Beat { at: beat.at, send })).collect()
}

/// The same, with a time between any two of them. None is due before its beat is.
pub(super) fn drip(beats: &[Beat], bytes: NonZeroUsize, every: Duration) -> Vec<Beat> {
    let size = affordable(beats, bytes);
    let mut next = Duration::ZERO;
    let mut dripping = Vec::new();
    for beat in beats {
        for send in pieces(&beat.send, size) {
            let at = next.max(beat.at);
            next = later(at, every);
            dripping.push(Beat { at, send });
        }
    }
    dripping
}

/// The beats from one on, so much later.
pub(super) fn delay(beats: &mut [Beat], by: Duration) {
    for beat in beats {
        beat.at = later(beat.at, by);
    }
}

fn affordable(beats: &[Beat], bytes: NonZeroUsize) -> usize {
    let all: usize = beats.iter().map(|beat| beat.send.len()).sum();
    bytes.get().max(all.div_ceil(MOST))
}

fn pieces(bytes: &Bytes, size: usize) -> impl Iterator<Item = Bytes> {
    (0..bytes.len()).step_by(size).map(move |at| bytes.slice(at..bytes.len().min(at.saturating_add(size))))
}
