//! Boundaries of AWS event stream messages: a big-endian length of the whole message comes first.

/// Prelude, its checksum and the message's checksum: no message is shorter.
const SMALLEST: usize = 16;

/// The length of the first message; `None` when the length makes no sense or the message is cut short.
pub(super) fn message_end(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_be_bytes(bytes.first_chunk::<4>().copied()?);
    usize::try_from(length).ok().filter(|length| (SMALLEST..=bytes.len()).contains(length))
}
