//! Sizes and heads that the formats' own specifications fix. That players take the files is tested with real ones.

use super::*;
use std::time::Duration;

#[test]
fn samples_last_as_long_as_they_are_asked_to() {
    let wav = Sound::Wav.silence(Duration::from_millis(1_500));
    let size = |at: usize| u32::from_le_bytes(wav[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!((size(4) + 8, size(40) + 44, wav.len()), (wav.len(), wav.len(), 44 + 2 * 36_000));
    assert_eq!(Sound::Pcm.silence(Duration::from_millis(10)).len(), 480);
    assert_eq!(Sound::Pcm.silence(Duration::ZERO).len(), 2);
}

#[test]
fn frames_follow_each_other_without_gaps() {
    let second = Duration::from_secs(1);
    let aac = Sound::Aac.silence(second);
    assert!(aac.chunks(11).all(|frame| frame.len() == 11 && frame.starts_with(&[0xff, 0xf1])));
    assert_eq!(aac.len() / 11, 24);
    let mp3 = Sound::Mp3.silence(second);
    assert!(mp3.chunks(104).all(|frame| frame.len() == 104 && frame.starts_with(&[0xff, 0xfb])));
    assert_eq!(mp3.len() / 104, 39);
    let flac = Sound::Flac.silence(second);
    // 24,000 a second in 20 bits, one channel, 16 bits, and 24,000 of them.
    assert_eq!(flac[18..26], [0x05, 0xdc, 0x00, 0xf0, 0, 0, 0x5d, 0xc0]);
}

#[test]
fn pictures_are_small_whatever_their_size() {
    let colour = Colour(200, 30, 90);
    for (format, head, most) in [
        (Picture::Png, &b"\x89PNG"[..], 1_000),
        (Picture::Jpeg, b"\xff\xd8", 20_000),
        (Picture::Webp, b"RIFF", 50),
    ] {
        for (width, height) in [(1, 1), (1_024, 1_536), (u32::MAX, 0)] {
            let file = format.of(width, height, colour);
            assert!(file.starts_with(head) && file.len() < most, "{format:?} {width} {}", file.len());
        }
    }
}
