//! AWS event stream messages: lengths and checksums around a payload.
//!
//! ```text
//! total length 4 | headers length 4 | CRC-32 of these 4 | headers | payload | CRC-32 of all before 4
//! ```

use super::edits::{Edit, Edits};
use crate::stream::aws::checksum;
use std::ops::Range;

const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;

/// Where a message's payload lies; `None` when the lengths make no sense.
pub(super) fn payload(message: &[u8]) -> Option<Range<usize>> {
    let headers = usize::try_from(number(message, 4)?).ok()?;
    let (start, end) = (PRELUDE.checked_add(headers)?, message.len().checked_sub(CHECKSUM)?);
    (usize::try_from(number(message, 0)?).ok()? == message.len() && start <= end).then_some(start..end)
}

/// Whether a body begins with a message, by the checksum of its lengths.
pub(super) fn begins(body: &[u8]) -> bool {
    let lengths = body.get(..8);
    lengths.is_some_and(|lengths| number(body, 8) == Some(checksum(lengths)))
}

/// A message's payload edits with those of the lengths and checksums that follow from them. All are in the
/// body's coordinates, as `message` is.
pub(super) fn sealed(body: &[u8], message: Range<usize>, mut edits: Vec<Edit>) -> Vec<Edit> {
    let start = message.start;
    let local = edits.iter().cloned().map(|mut edit| {
        edit.range = edit.range.start - start..edit.range.end - start;
        edit
    });
    let mut changed = local.collect::<Edits>().apply(body.get(message.clone()).unwrap_or_default());
    let length = u32::try_from(changed.len()).unwrap_or(u32::MAX).to_be_bytes();
    let seal = |at: usize, bytes: [u8; 4]| Edit {
        range: at..at + CHECKSUM,
        with: bytes.to_vec(),
        marks: Vec::new(),
    };
    put(&mut changed, 0, length);
    let prelude = checksum(changed.get(..8).unwrap_or_default()).to_be_bytes();
    put(&mut changed, 8, prelude);
    let whole =
        checksum(changed.get(..changed.len().saturating_sub(CHECKSUM)).unwrap_or_default()).to_be_bytes();
    edits.extend([seal(start, length), seal(start + 8, prelude), seal(message.end - CHECKSUM, whole)]);
    edits
}

fn put(message: &mut [u8], at: usize, bytes: [u8; 4]) {
    if let Some(place) = message.get_mut(at..at + CHECKSUM) {
        place.copy_from_slice(&bytes);
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().copied().map(u32::from_be_bytes)
}
