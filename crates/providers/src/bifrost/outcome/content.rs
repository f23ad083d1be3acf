//! What a job made, as bytes again.

use crate::bifrost::{Answer, AsyncKind, ErrorObject};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

/// What a job made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Bytes, and what they are.
    Bytes {
        /// The content type.
        content_type: &'static str,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The vendor keeps it at an address.
    Elsewhere(String),
    /// There are no bytes in this result.
    Nothing,
}

/// The bytes in a result: speech, or an image by its number from 0.
#[must_use]
pub fn content(kind: AsyncKind, result: &[u8], index: usize) -> Content {
    let Ok(result) = serde_json::from_slice::<Value>(result) else { return Content::Nothing };
    let place = match kind {
        AsyncKind::Speech => Some(&result),
        AsyncKind::ImageGenerations | AsyncKind::ImageEdits | AsyncKind::ImageVariations => {
            result.get("data").and_then(|data| data.get(index))
        }
        _ => None,
    };
    let member = |name| place.and_then(|place| place.get(name)).and_then(Value::as_str);
    let encoded = ["audio", "audio_base64", "b64_json"].into_iter().find_map(member);
    match encoded.and_then(|text| BASE64.decode(text).ok()) {
        Some(bytes) => Content::Bytes { content_type: sniffed(&bytes), bytes },
        None => member("url").map_or(Content::Nothing, |url| Content::Elsewhere(url.to_owned())),
    }
}

/// The content type that the first bytes tell.
fn sniffed(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'I', b'D', b'3', ..] | [0xff, 0xe2..=0xe7 | 0xf2..=0xf7 | 0xfa..=0xff, ..] => "audio/mpeg",
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] => "audio/aac",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => "audio/wav",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        _ => "application/octet-stream",
    }
}

// === impl Content ===

impl Content {
    /// The answer to who asks for it.
    #[must_use]
    pub fn answer(self) -> Answer {
        match self {
            Content::Bytes { content_type, bytes } => Answer::of(200, content_type, bytes),
            Content::Elsewhere(url) => Answer::json(302, b"{}\n".to_vec()).with("location", url),
            Content::Nothing => {
                let message = "this result holds no bytes: poll the job for its JSON";
                ErrorObject::of(404, message).kind("no_content").answer()
            }
        }
    }
}
