//! AWS event stream messages: their boundaries, and whether they are intact.
//!
//! ```text
//! total length 4 | headers length 4 | CRC-32 of these 8 | headers | payload | CRC-32 of all before
//! ```

use flate2::Crc;

/// Prelude, its checksum and the message's checksum: no message is shorter.
const SMALLEST: usize = 16;

/// The length of the first message; `None` when the length makes no sense or the message is cut short.
pub(super) fn message_end(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_be_bytes(bytes.first_chunk::<4>().copied()?);
    usize::try_from(length).ok().filter(|length| (SMALLEST..=bytes.len()).contains(length))
}

/// Whether both checksums of a message are right.
pub(crate) fn is_intact(message: &[u8]) -> bool {
    let Some((before, last)) = message.split_last_chunk::<4>() else { return false };
    let prelude = message.get(..8).zip(message.get(8..12));
    let right = prelude.is_some_and(|(lengths, sum)| checksum(lengths).to_be_bytes() == sum);
    right && checksum(before).to_be_bytes() == *last
}

/// CRC-32 as in gzip.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
