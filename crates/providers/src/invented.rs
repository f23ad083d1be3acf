//! Names of models that nobody will ever have: tests send them to see that they are refused.

/// Words that say so.
const WORDS: [&str; 12] = [
    "bad",
    "bogus",
    "fake",
    "invalid",
    "missing",
    "no",
    "nonexistent",
    "nonexisting",
    "not",
    "none",
    "unknown",
    "wrong",
];

/// Whether one of the words of a name says so.
pub(crate) fn is_invented(name: &str) -> bool {
    name.split(['-', '_', '.', ' ']).any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}
