//! Tests of a text: the leaves of conditions.

use regex::Regex;

/// What a text has to be.
#[derive(Debug, Clone)]
pub(super) enum TextTest {
    Equals(String),
    Contains(String),
    Matches(Regex),
    /// A name in which `*` stands for anything.
    Like(String),
}

// === impl TextTest ===

impl TextTest {
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            TextTest::Equals(wanted) => text == wanted,
            TextTest::Contains(wanted) => text.contains(wanted.as_str()),
            TextTest::Matches(pattern) => pattern.is_match(text),
            TextTest::Like(pattern) => like(pattern, text),
        }
    }
}

impl std::fmt::Display for TextTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TextTest::Equals(text) => write!(f, "equals {text:?}"),
            TextTest::Contains(text) => write!(f, "contains {text:?}"),
            TextTest::Matches(pattern) => write!(f, "matches /{pattern}/"),
            TextTest::Like(pattern) => write!(f, "is {pattern:?}"),
        }
    }
}

/// Whether a text is what a pattern with `*` says. Greedy from both ends, and without going back.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').collect::<Vec<_>>();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.len() >= last.len() && text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("gpt-*", "gpt-5-nano", true),
            ("gpt-*", "o3", false),
            ("*", "", true),
            ("*-nano", "gpt-5-nano", true),
            ("gpt*nano*", "gpt-5-nano-2026", true),
            ("a*a", "a", false),
            ("a*b*a", "aba", true),
            ("a*b*b", "ab", false),
            ("gpt-5", "gpt-5-nano", false),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
