//! What a moderation flags: texts with a few plain words in them, so that a test can have either answer.

/// Categories, and the beginnings of words that they are flagged for.
const TRIGGERS: [(&str, &[&str]); 6] = [
    ("harassment", &["idiot", "moron", "loser"]),
    ("hate", &["hate", "bigot"]),
    ("illicit", &["counterfeit", "smuggl", "burglar"]),
    ("self-harm", &["suicide", "self-harm"]),
    ("sexual", &["porn", "erotic"]),
    ("violence", &["kill", "murder", "bomb", "stab", "shoot"]),
];

/// The categories that a text is flagged for.
pub(super) fn flagged(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let words = || text.split(|c: char| !c.is_alphanumeric() && c != '-');
    let found = TRIGGERS
        .iter()
        .filter(|(_, triggers)| words().any(|word| triggers.iter().any(|trigger| word.starts_with(trigger))));
    found.map(|(category, _)| (*category).to_owned()).collect()
}
