//! A moment of silence, for answers in which only the shape matters.

/// Bytes of a tenth of a second: samples of 16 bits, 24,000 a second.
const SAMPLES: u32 = 4_800;

/// Silence in a format: real MP3, WAV and PCM; WAV where another one is asked for.
pub(super) fn silence(format: &str) -> Vec<u8> {
    match format {
        "mp3" => mp3(),
        "pcm" => samples().collect(),
        _ => wav(),
    }
}

fn samples() -> impl Iterator<Item = u8> {
    (0..SAMPLES).map(|_| 0)
}

fn wav() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(44 + 4_800);
    bytes.extend(b"RIFF");
    bytes.extend((36 + SAMPLES).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    // PCM, one channel.
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(24_000u32.to_le_bytes());
    bytes.extend(48_000u32.to_le_bytes());
    // Bytes and bits of a sample.
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(SAMPLES.to_le_bytes());
    bytes.extend(samples());
    bytes
}

/// Four frames of MPEG-1 layer 3, 32 kbit/s, 44.1 kHz, one channel. A frame whose side information is zero
/// decodes to silence.
fn mp3() -> Vec<u8> {
    let mut frame = [0; 104];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x10, 0xc4]);
    frame.repeat(4)
}
