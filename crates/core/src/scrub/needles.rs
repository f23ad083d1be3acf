//! The spellings of a known secret: as it is, and as it stands in addresses, forms, JSON, base64 and hex.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use std::fmt::Write;

/// What JavaScript's `encodeURIComponent` leaves.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
/// RFC 3986, 2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What Python's `quote` leaves.
const QUOTED: &AsciiSet = &UNRESERVED.remove(b'/');

/// A shorter piece of base64 says too little of the secret.
const SHORTEST_CORE: usize = 12;

/// One spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// The secret ends where the spelling ends.
    Exact,
    /// Base64, whose neighbouring characters hold a few more bits of the secret.
    Base64,
}

/// The spellings of a secret, the plain one first.
pub(super) fn spellings(secret: &[u8]) -> Vec<(Vec<u8>, Spelling)> {
    let mut all = vec![(secret.to_vec(), Spelling::Exact)];
    let mut exact = |spelling: Vec<u8>| all.push((spelling, Spelling::Exact));
    for set in [UNRESERVED, COMPONENT, QUOTED] {
        let upper = percent_encode(secret, set).to_string();
        exact(lower_escapes(&upper));
        exact(upper.into_bytes());
    }
    exact(form_urlencoded::byte_serialize(secret).collect::<String>().into_bytes());
    if let Ok(text) = std::str::from_utf8(secret) {
        let once = json(text);
        exact(once.replace('/', "\\/").into_bytes());
        exact(json(&once).into_bytes());
        exact(ascii_json(&once).into_bytes());
        exact(once.into_bytes());
    }
    let hex = secret.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    exact(hex.to_uppercase().into_bytes());
    exact(hex.into_bytes());
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        all.push((engine.encode(secret).into_bytes(), Spelling::Base64));
        all.extend(
            (0..3).filter_map(|offset| Some((base64_core(&engine, secret, offset)?, Spelling::Base64))),
        );
    }
    all
}

/// The characters of a longer base64 text that hold bits of the secret only, where it starts at this offset
/// within a group of three bytes.
fn base64_core(engine: &impl Engine, secret: &[u8], offset: usize) -> Option<Vec<u8>> {
    let padded: Vec<u8> = std::iter::repeat_n(0, offset).chain(secret.iter().copied()).collect();
    let text = engine.encode(&padded);
    let (first, last) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
    text.get(first..last).filter(|core| core.len() >= SHORTEST_CORE).map(|core| core.as_bytes().to_vec())
}

fn lower_escapes(encoded: &str) -> Vec<u8> {
    let mut out = encoded.as_bytes().to_vec();
    let mut at = 0;
    while at < out.len() {
        if out[at] == b'%' {
            let end = out.len().min(at + 3);
            out[at..end].make_ascii_lowercase();
        }
        at += 1;
    }
    out
}

/// The content of a JSON string.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted).to_owned()
}

/// As Python's `json.dumps` writes it.
fn ascii_json(escaped: &str) -> String {
    let mut out = String::with_capacity(escaped.len());
    for unit in escaped.encode_utf16() {
        match u8::try_from(unit).ok().filter(u8::is_ascii) {
            Some(byte) => out.push(char::from(byte)),
            None => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let all: Vec<Vec<u8>> = spellings("a+/=\"\\é 1".as_bytes()).into_iter().map(|one| one.0).collect();
        for spelling in [
            "a+/=\"\\é 1",
            "a%2B%2F%3D%22%5C%C3%A9%201",
            "a%2b%2f%3d%22%5c%c3%a9%201",
            "a%2B%2F%3D%22%5C%C3%A9+1",
            r#"a+/=\"\\é 1"#,
            r#"a+/=\"\\\u00e9 1"#,
            r#"a+\/=\"\\é 1"#,
            "612b2f3d225cc3a92031",
            "YSsvPSJcw6kgMQ",
        ] {
            assert!(all.contains(&spelling.as_bytes().to_vec()), "{spelling}");
        }
    }

    #[test]
    fn base64_of_a_longer_text_holds_a_core_of_the_secret() {
        let secret = b"hunter2-hunter2";
        for user in ["", "u", "us", "use", "user:"] {
            let text = STANDARD_NO_PAD.encode([user.as_bytes(), secret, b" and more"].concat());
            let found = spellings(secret).iter().any(|(spelling, _)| {
                text.as_bytes().windows(spelling.len()).any(|window| window == spelling)
            });
            assert!(found, "{user}");
        }
    }
}
