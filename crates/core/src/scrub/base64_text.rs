//! Base64 within text: decoding what may be encoded text, and encoding it again in the same way.

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Anything shorter decodes to too little to hide a secret.
const SHORTEST: usize = 16;

/// A longer text is scanned as it is: an image is no place where a key hides.
const LONGEST: usize = 1 << 20;

const fn engine(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

const ENGINE: GeneralPurpose = engine(&STANDARD);
const URL_ENGINE: GeneralPurpose = engine(&URL_SAFE);

/// What a text that is base64 throughout says, whichever its alphabet and padding.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let engine = if text.contains(['-', '_']) { &URL_ENGINE } else { &ENGINE };
    engine.decode(text).ok()
}

/// What a text says that may be base64 of a moderate size.
pub(super) fn decode_candidate(text: &[u8]) -> Option<Vec<u8>> {
    let data = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    if !(SHORTEST..=LONGEST).contains(&text.len()) || !text.iter().all(data) {
        return None;
    }
    decode(std::str::from_utf8(text).ok()?)
}

/// Bytes encoded as `like` is.
pub(super) fn encode(bytes: &[u8], like: &[u8]) -> Vec<u8> {
    let url_safe = like.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let mut text = if url_safe { URL_ENGINE.encode(bytes) } else { ENGINE.encode(bytes) };
    // Text without padding is told by its length.
    if !like.ends_with(b"=") && !like.len().is_multiple_of(4) {
        text.truncate(text.trim_end_matches('=').len());
    }
    text.into_bytes()
}

/// The base64 that follows `data:text/plain;base64,`, and where it starts.
pub(super) fn data_url(text: &[u8]) -> Option<usize> {
    let head = text.get(..text.len().min(256))?;
    let comma = head.strip_prefix(b"data:")?.iter().position(|byte| *byte == b',')? + b"data:".len();
    head.get(..comma)?.ends_with(b";base64").then_some(comma + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_encoded_as_it_was() {
        for like in [
            "aGVsbG8gd29ybGQsIGhlbGxv",
            "aGVsbG8gd29ybGQsIGhlbGxvIQ==",
            "aGVsbG8gd29ybGQsIGhlbGxvIQ",
            "_-9sbG8gd29ybGQsIGhlbGxvIQ",
        ] {
            let decoded = decode_candidate(like.as_bytes()).unwrap();
            assert_eq!(encode(&decoded, like.as_bytes()), like.as_bytes());
        }
        assert_eq!(data_url(b"data:text/plain;base64,aGk="), Some(23));
        assert_eq!(data_url(b"data:,hello"), None);
    }
}
