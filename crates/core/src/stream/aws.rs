//! AWS event stream messages: their boundaries, and whether they are intact.
//!
//! ```text
//! total length 4 | headers length 4 | CRC-32 of these 8 | headers | payload | CRC-32 of all before
//! ```

use flate2::Crc;

/// Prelude, its checksum and the message's checksum: no message is shorter.
const SMALLEST: usize = 16;
/// Where headers begin: after the prelude and its checksum.
const HEADERS_AT: usize = 12;
/// The type of a header that is a text.
const TEXT: u8 = 7;

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

/// What a message carries; `None` where its lengths make no sense.
pub(crate) fn payload(message: &[u8]) -> Option<&[u8]> {
    let headers = u32::from_be_bytes(message.get(4..8)?.try_into().ok()?);
    let start = usize::try_from(headers).ok()?.checked_add(HEADERS_AT)?;
    message.get(start..message.len().checked_sub(4)?)
}

/// A message with the headers of another one, and checksums that are right.
pub(crate) fn with_payload(message: &[u8], instead: &[u8]) -> Option<Vec<u8>> {
    let end = message.len().checked_sub(4 + payload(message)?.len())?;
    write(message.get(HEADERS_AT..end)?, instead)
}

/// The message that says that a stream cannot go on. Names that no message can hold are cut.
pub(crate) fn exception(kind: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in
        [(":exception-type", kind), (":content-type", "application/json"), (":message-type", "exception")]
    {
        let value = &value.as_bytes()[..value.len().min(usize::from(u16::MAX))];
        headers.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        headers.extend_from_slice(name.as_bytes());
        headers.push(TEXT);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        headers.extend_from_slice(value);
    }
    write(&headers, payload.as_bytes()).unwrap_or_default()
}

/// A message; `None` where it is longer than its length can tell.
fn write(headers: &[u8], payload: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(SMALLEST.checked_add(headers.len())?.checked_add(payload.len())?).ok()?;
    let mut message = length.to_be_bytes().to_vec();
    message.extend_from_slice(&u32::try_from(headers.len()).ok()?.to_be_bytes());
    message.extend_from_slice(&checksum(&message).to_be_bytes());
    message.extend_from_slice(headers);
    message.extend_from_slice(payload);
    message.extend_from_slice(&checksum(&message).to_be_bytes());
    Some(message)
}

/// CRC-32 as in gzip.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
