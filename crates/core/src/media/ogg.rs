//! Opus in Ogg: a head, a comment, and packets that decode to silence.

use super::checksum::checksum;

/// Samples are counted at this rate, whatever is heard.
pub(super) const RATE: u32 = 48_000;
/// Samples of a packet, which are 20 ms.
const PACKET: u32 = 960;
/// Samples at the beginning that are not heard.
const SKIPPED: u16 = 312;
/// Packets in a page.
const PACKETS: u32 = 50;
/// Full band, 20 ms, one channel, one frame; a frame of these bytes is silent.
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// The stream's number, which is anything.
const SERIAL: u32 = 0x7374_616e;

/// Flags of a page: the first of its stream, and the last.
const FIRST: u8 = 2;
const LAST: u8 = 4;

/// Silence of at least so many samples.
pub(super) fn opus(samples: u32) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(SKIPPED.to_le_bytes());
    head.extend(RATE.to_le_bytes());
    // No gain, and the usual order of one channel.
    head.extend([0, 0, 0]);
    let mut comment = b"OpusTags".to_vec();
    comment.extend(7u32.to_le_bytes());
    comment.extend(b"standin");
    comment.extend(0u32.to_le_bytes());
    let mut file = page(FIRST, 0, 0, &[&head]);
    file.extend(page(0, 0, 1, &[&comment]));

    let end = u64::from(samples) + u64::from(SKIPPED);
    let packets = (samples + u32::from(SKIPPED)).div_ceil(PACKET).max(1);
    let (mut sent, mut number) = (0, 2);
    while sent < packets {
        let here = (packets - sent).min(PACKETS);
        sent += here;
        let last = sent == packets;
        let position = if last { end } else { u64::from(sent * PACKET) };
        let bodies = vec![&SILENCE[..]; usize::try_from(here).unwrap_or_default()];
        file.extend(page(if last { LAST } else { 0 }, position, number, &bodies));
        number += 1;
    }
    file
}

/// A page of packets, each shorter than 255 bytes.
fn page(flags: u8, position: u64, number: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(position.to_le_bytes());
    page.extend(SERIAL.to_le_bytes());
    page.extend(number.to_le_bytes());
    let at = page.len();
    page.extend([0; 4]);
    let length = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
    page.push(length(packets.len()));
    page.extend(packets.iter().map(|packet| length(packet.len())));
    page.extend(packets.concat());
    let sum = checksum(32, 0x04c1_1db7, &page).to_le_bytes();
    page[at..at + 4].copy_from_slice(&sum);
    page
}
