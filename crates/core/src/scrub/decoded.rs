//! Text inside text: what an escaped or percent-encoded text says, and where each byte of it came from, so
//! that an edit of the meaning is an edit of the writing.

use super::edits::{Edit, Edits};
use std::borrow::Cow;
use std::ops::Range;

/// A decoded text with the way back.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, [u8]>,
    /// The escapes, in order; between them, bytes stand for themselves.
    escapes: Vec<Escape>,
}

#[derive(Debug)]
struct Escape {
    decoded: Range<usize>,
    raw: Range<usize>,
}

/// What `+` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plus {
    /// A space, as in queries and forms.
    Space,
    /// Itself, as in paths.
    Plus,
}

// === impl Decoded ===

impl<'a> Decoded<'a> {
    /// Text that says what it says.
    pub(super) fn whole(raw: &'a [u8]) -> Self {
        Decoded { text: Cow::Borrowed(raw), escapes: Vec::new() }
    }

    /// The content of a JSON string, without its quotes. Nothing fails: what is no escape stays.
    pub(super) fn json(raw: &'a [u8]) -> Self {
        if !raw.contains(&b'\\') {
            return Decoded::whole(raw);
        }
        Decoded::build(raw, |raw, at| {
            (raw.get(at) == Some(&b'\\')).then(|| json_escape(&raw[at..])).flatten()
        })
    }

    /// Percent-encoded text.
    pub(super) fn percent(raw: &'a [u8], plus: Plus) -> Self {
        let plain = |byte: &u8| *byte != b'%' && (*byte != b'+' || plus == Plus::Plus);
        if raw.iter().all(plain) {
            return Decoded::whole(raw);
        }
        Decoded::build(raw, |raw, at| match raw.get(at) {
            Some(b'%') => {
                let hex = std::str::from_utf8(raw.get(at + 1..at + 3)?).ok()?;
                // `from_str_radix` takes a sign.
                let hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(hex)?;
                Some((3, vec![u8::from_str_radix(hex, 16).ok()?]))
            }
            Some(b'+') if plus == Plus::Space => Some((1, vec![b' '])),
            _ => None,
        })
    }

    fn build(raw: &[u8], escape_at: impl Fn(&[u8], usize) -> Option<(usize, Vec<u8>)>) -> Self {
        let mut text = Vec::with_capacity(raw.len());
        let mut escapes = Vec::new();
        let mut at = 0;
        while at < raw.len() {
            match escape_at(raw, at) {
                Some((length, decoded)) => {
                    let start = text.len();
                    text.extend_from_slice(&decoded);
                    escapes.push(Escape { decoded: start..text.len(), raw: at..at + length });
                    at += length;
                }
                None => {
                    text.push(raw[at]);
                    at += 1;
                }
            }
        }
        Decoded { text: Cow::Owned(text), escapes }
    }

    /// Edits of the decoded text, as edits of the raw one, with replacements encoded alike.
    pub(super) fn back(&self, edits: Edits, encode: impl Fn(&[u8]) -> Vec<u8>) -> Edits {
        edits
            .into_vec()
            .into_iter()
            .map(|edit| {
                let range =
                    self.raw(edit.range.start, |raw| raw.start)..self.raw(edit.range.end, |raw| raw.end);
                Edit { range, with: encode(&edit.with), marks: edit.marks }
            })
            .collect()
    }

    /// The raw offset of a decoded one; one within an escape is the side of it that is asked for.
    fn raw(&self, decoded: usize, side: impl Fn(&Range<usize>) -> usize) -> usize {
        let before = self.escapes.partition_point(|escape| escape.decoded.end <= decoded);
        if let Some(escape) = self.escapes.get(before).filter(|escape| escape.decoded.start < decoded) {
            return side(&escape.raw);
        }
        let last = before.checked_sub(1).and_then(|last| self.escapes.get(last));
        let (from, to) = last.map_or((0, 0), |escape| (escape.decoded.end, escape.raw.end));
        to + (decoded - from)
    }
}

/// The length and meaning of the escape that a text starts with.
fn json_escape(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    let simple = |byte: u8| Some((2, vec![byte]));
    match text.get(1)? {
        byte @ (b'"' | b'\\' | b'/') => simple(*byte),
        b'b' => simple(8),
        b'f' => simple(12),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'u' => {
            let unit = code_unit(text)?;
            let low = text.get(6..).and_then(code_unit).filter(|_| (0xd800..0xdc00).contains(&unit));
            let pair = low.and_then(|low| char::decode_utf16([unit, low]).next()?.ok());
            let (length, decoded) = match pair {
                Some(decoded) => (12, decoded),
                // Half a pair has no meaning of its own.
                None => (6, char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
            };
            Some((length, decoded.to_string().into_bytes()))
        }
        _ => None,
    }
}

fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits
        .iter()
        .try_fold(0u16, |unit, digit| Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?))
}

/// Text as the content of a JSON string.
pub(super) fn json_encoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0..0x20 => out.extend(format!("\\u{byte:04x}").into_bytes()),
            _ => out.push(*byte),
        }
    }
    out
}

/// Text as a part of an address or a form.
pub(super) fn percent_encoded(text: &[u8]) -> Vec<u8> {
    form_urlencoded::byte_serialize(text).collect::<String>().replace('+', "%20").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_of_the_meaning_is_an_edit_of_the_writing() {
        let raw = br#"a\u00e9b\/c\ud83d\ude00d\"e\x"#;
        let decoded = Decoded::json(raw);
        assert_eq!(decoded.text, r#"aéb/c😀d"e\x"#.as_bytes());
        for (text, expected) in [
            ("b/c", r#"a\u00e9X\ud83d\ude00d\"e\x"#),
            ("é", r#"aXb\/c\ud83d\ude00d\"e\x"#),
            ("😀d\"", r#"a\u00e9b\/cXe\x"#),
        ] {
            let start =
                decoded.text.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
            let edits = Edits::of(vec![Edit::new(start..start + text.len(), "X", "r")]);
            let back = decoded.back(edits, json_encoded);
            assert_eq!(String::from_utf8(back.apply(raw)).unwrap(), expected);
        }
    }

    #[test]
    fn half_escapes_stay() {
        assert_eq!(Decoded::json(br"a\u00").text, &br"a\u00"[..]);
        assert_eq!(Decoded::json(b"a\\").text, &b"a\\"[..]);
        assert_eq!(Decoded::json(br"\ud800x").text, "\u{fffd}x".as_bytes());
        assert_eq!(Decoded::percent(b"a%2", Plus::Plus).text, &b"a%2"[..]);
        assert_eq!(Decoded::percent(b"%+1+%2B", Plus::Space).text, &b"% 1 +"[..]);
        assert_eq!(Decoded::percent(b"a+%2f", Plus::Plus).text, &b"a+/"[..]);
    }
}
