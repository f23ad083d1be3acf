//! Silence in a format.

use super::bits::HighFirst;
use super::checksum::checksum;
use super::ogg;
use std::time::Duration;

/// Samples in a second, of 16 bits and one channel; Opus and MP3 have rates of their own.
const RATE: u32 = 24_000;

/// How fast silence stands for words: a file stays small.
const WORD: Duration = Duration::from_millis(60);
/// The words of the shortest silence and of the longest.
const WORDS: (u32, u32) = (2, 40);

/// A format of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// MPEG-1 layer 3.
    Mp3,
    /// Samples with a head.
    Wav,
    /// Samples.
    Pcm,
    /// Lossless.
    Flac,
    /// Opus in Ogg.
    Opus,
    /// AAC in ADTS frames.
    Aac,
}

// === impl Sound ===

impl Sound {
    /// Silence in the place of a text that is said: longer for longer texts, and never long.
    #[must_use]
    pub fn saying(self, text: &str) -> Vec<u8> {
        let words = u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX);
        self.silence(WORD * words.clamp(WORDS.0, WORDS.1))
    }

    /// Silence that lasts so long, or until the end of the frame that is then played.
    #[must_use]
    pub fn silence(self, lasting: Duration) -> Vec<u8> {
        let samples = |rate: u32| {
            let samples = lasting.as_millis() * u128::from(rate) / 1_000;
            // A file is small; nobody asks for hours of nothing.
            u32::try_from(samples).unwrap_or(u32::MAX).clamp(1, rate * 60)
        };
        match self {
            Sound::Mp3 => mp3(samples(44_100)),
            Sound::Wav => wav(samples(RATE)),
            Sound::Pcm => pcm(samples(RATE)),
            Sound::Flac => flac(samples(RATE)),
            Sound::Opus => ogg::opus(samples(ogg::RATE)),
            Sound::Aac => aac(samples(RATE)),
        }
    }
}

fn pcm(samples: u32) -> Vec<u8> {
    vec![0; 2 * as_usize(samples)]
}

fn wav(samples: u32) -> Vec<u8> {
    let data = 2 * samples;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    // PCM, one channel.
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((2 * RATE).to_le_bytes());
    // Bytes and bits of a sample.
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.extend(pcm(samples));
    bytes
}

/// Frames of 1,152 samples, 32 kbit/s, 44.1 kHz, one channel. A frame whose side information is zero decodes to
/// silence.
fn mp3(samples: u32) -> Vec<u8> {
    let mut frame = [0; 104];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x10, 0xc4]);
    frame.repeat(as_usize(samples.div_ceil(1_152)))
}

/// Frames of 1,024 samples: a head for 24 kHz and one channel, and an element without any bands.
fn aac(samples: u32) -> Vec<u8> {
    const LENGTH: u32 = 11;
    let mut frame = HighFirst::default();
    // The sync word, MPEG-4, no checksum.
    frame.add(0xfff1, 16);
    // Low complexity, 24 kHz, one channel, and where it comes from.
    for (value, count) in [(1, 2), (6, 4), (0, 1), (1, 3), (0, 4)] {
        frame.add(value, count);
    }
    // The frame's bytes, how full the buffer is (which is not said), one block.
    for (value, count) in [(LENGTH, 13), (0x7ff, 11), (0, 2)] {
        frame.add(value, count);
    }
    // A single channel without gain, a long window, no bands, nothing more; the end.
    for (value, count) in [(0, 7), (0, 8), (0, 4), (0, 6), (0, 1), (0, 3), (7, 3)] {
        frame.add(value, count);
    }
    frame.filled().repeat(as_usize(samples.div_ceil(1_024)))
}

/// Blocks of 4,096 samples that are all zero, and a shorter one at the end.
fn flac(samples: u32) -> Vec<u8> {
    const BLOCK: u32 = 4_096;
    let mut bytes = b"fLaC".to_vec();
    // The only metadata: the sizes of blocks, those of frames (not said), rate, channels, bits, samples, digest
    // (not said).
    bytes.extend([0x80, 0, 0, 34]);
    let mut about = HighFirst::default();
    for (value, count) in [(BLOCK, 16), (BLOCK, 16), (0, 16), (0, 16), (0, 16)] {
        about.add(value, count);
    }
    for (value, count) in [(RATE >> 4, 16), (RATE, 4), (0, 3), (15, 5), (0, 4)] {
        about.add(value, count);
    }
    for value in [samples >> 16, samples] {
        about.add(value, 16);
    }
    bytes.extend(about.filled());
    bytes.extend([0; 16]);
    for number in 0..samples.div_ceil(BLOCK) {
        bytes.extend(flac_frame(number, BLOCK.min(samples - number * BLOCK)));
    }
    bytes
}

fn flac_frame(number: u32, samples: u32) -> Vec<u8> {
    // The sync word; the size is told below, 24 kHz; one channel, 16 bits.
    let mut frame = vec![0xff, 0xf8, 0x77, 0x08];
    // Numbers are written as characters are in UTF-8.
    let mut number_bytes = [0; 4];
    let number = char::from_u32(number).unwrap_or_default().encode_utf8(&mut number_bytes);
    frame.extend(number.as_bytes());
    let [_, _, high, low] = (samples - 1).to_be_bytes();
    frame.extend([high, low]);
    let [.., sum] = checksum(8, 0x07, &frame).to_be_bytes();
    frame.push(sum);
    // A constant, and its value.
    frame.extend([0, 0, 0]);
    let [_, _, high, low] = checksum(16, 0x8005, &frame).to_be_bytes();
    frame.extend([high, low]);
    frame
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
