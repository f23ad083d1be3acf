//! What a value looks like: a credential, another tool's mark in the place of one, or a word.

/// What stands in the place of a secret, with its number.
pub(super) const PLACEHOLDER: &str = "SCRUBBED";

/// The length of the placeholder that a text starts with, and its number.
pub(super) fn placeholder(text: &[u8]) -> Option<(usize, Option<usize>)> {
    let rest = text.strip_prefix(PLACEHOLDER.as_bytes())?;
    let digits = rest
        .strip_prefix(b"-")
        .map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    if digits == 0 {
        return Some((PLACEHOLDER.len(), None));
    }
    let number = rest
        .get(1..=digits)
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| digits.parse().ok());
    Some((PLACEHOLDER.len() + 1 + digits, number))
}

/// Whether a value is a placeholder and nothing else.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    placeholder(value).is_some_and(|(length, _)| length == value.len())
}

/// Words that other tools, and people, write in the place of a secret.
const MARKS: [&str; 10] = [
    "filtered",
    "hidden",
    "masked",
    "omitted",
    "redacted",
    "removed",
    "sanitized",
    "scrubbed",
    "stripped",
    "-xxx",
];

/// No mark is longer.
const LONGEST_MARK: usize = 48;

/// Whether a value stands for a secret already: `[REDACTED]`, `***`, `AUTHORIZATION-XXX`, `${API_KEY}`.
pub(super) fn is_mark(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    if value.len() > LONGEST_MARK || looks_random(value, 16) {
        return false;
    }
    let enclosed =
        [("<", ">"), ("[", "]"), ("{{", "}}"), ("${", "}"), ("%(", ")s")].iter().any(|(open, close)| {
            let inner =
                value.strip_prefix(open.as_bytes()).and_then(|rest| rest.strip_suffix(close.as_bytes()));
            inner.is_some_and(|inner| {
                inner.iter().all(|byte| byte.is_ascii_alphabetic() || b" -_.".contains(byte))
            })
        });
    let blank = value.iter().all(|byte| b"*xX.-_# ".contains(byte));
    let lower = value.to_ascii_lowercase();
    let named = MARKS.iter().any(|mark| lower.windows(mark.len()).any(|window| window == mark.as_bytes()));
    enclosed || blank || named
}

/// Whether some run of letters and digits is at least this long and has both.
pub(super) fn looks_random(value: &[u8], length: usize) -> bool {
    value.split(|byte| !byte.is_ascii_alphanumeric()).any(|run| {
        run.len() >= length && run.iter().any(u8::is_ascii_digit) && run.iter().any(u8::is_ascii_alphabetic)
    })
}

/// Whether a value under a name that proves little is a credential: long, in one piece, of letters and
/// digits both.
pub(super) fn looks_like_credential(value: &[u8]) -> bool {
    value.len() >= 20
        && !value.iter().any(u8::is_ascii_whitespace)
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
}

/// What documentation writes for a password.
const PASSWORDS: [&str; 7] = ["pass", "passwd", "password", "pwd", "secret", "your-password", "yourpassword"];

/// The password of `user:password`; `None` where there is none to tell, as in an example or after scrubbing.
pub(super) fn password(pair: &[u8]) -> Option<&[u8]> {
    let at = pair.iter().position(|byte| *byte == b':')?;
    let password = pair.get(at + 1..).filter(|password| !password.is_empty())?;
    let stands_for_one = is_mark(password)
        || is_placeholder(password)
        || PASSWORDS.iter().any(|word| password.eq_ignore_ascii_case(word.as_bytes()));
    (!stands_for_one).then_some(password)
}

/// Values that stand where a key should and are none.
const DUMMIES: [&str; 8] = [
    "anything",
    "no-key-required",
    "not-needed",
    "password",
    "placeholder",
    "sk-standin",
    "standin",
    "undefined",
];

/// The shortest value that is looked for beyond the field that holds it.
pub(super) const SHORTEST: usize = 8;

/// Beyond this length, a value need not be mixed to be rare.
const LONG: usize = 12;

/// A longer value is found by its field alone.
const LONGEST: usize = 64 * 1024;

/// Whether a value is rare enough to be replaced wherever it stands. A word is not: `"password":
/// "assistant"` must not change every answer.
pub(super) fn is_learnable(value: &[u8]) -> bool {
    let text = value.to_ascii_lowercase();
    let names_placeholder = text.windows(4).any(|window| b"scrubbed".windows(4).any(|part| part == window))
        && (text.windows(8).any(|window| window == b"scrubbed") || value.len() < LONG);
    let class = |byte: &u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let first = value.first().map(class);
    let mixed = value.iter().any(|byte| Some(class(byte)) != first);
    (SHORTEST..=LONGEST).contains(&value.len())
        && (value.len() >= LONG || mixed)
        && value.iter().any(|byte| Some(byte) != value.first())
        && !names_placeholder
        && !is_mark(value)
        && !DUMMIES.iter().any(|dummy| dummy.as_bytes() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_marks_are_not_learned() {
        for value in [
            "assistant",
            "12345678",
            "none",
            "sk-standin",
            "[REDACTED]",
            "********",
            "X-API-KEY-XXX",
            "xSCRUBBED-1y",
        ] {
            assert!(!is_learnable(value.as_bytes()), "{value}");
        }
        for value in ["hunter2-hunter", "Pa55word", "averylongpassword", "12345678901234", "+/=\"\\é-x"] {
            assert!(is_learnable(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn marks_of_other_tools_are_known() {
        for mark in
            ["[REDACTED]", "<api-key>", "***", "AUTHORIZATION-XXX", "{{token}}", "${KEY}", "Bearer FILTERED"]
        {
            assert!(is_mark(mark.as_bytes()), "{mark}");
        }
        assert!(!is_mark(b"redacted-4f9a8b7c6d5e4f3a2b1c"));
        assert!(!is_mark(b"hunter2") && !is_mark(b"[\"hunter2\"]"));
    }

    #[test]
    fn placeholders_are_read_with_their_numbers() {
        assert_eq!(placeholder(b"SCRUBBED-12x"), Some((11, Some(12))));
        assert_eq!(placeholder(b"SCRUBBED-"), Some((8, None)));
        assert!(
            is_placeholder(b"SCRUBBED-3") && is_placeholder(b"SCRUBBED") && !is_placeholder(b"SCRUBBED-3 ")
        );
    }
}
