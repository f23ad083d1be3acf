//! Words to choose from.

pub(super) const NOUNS: &[&str] = &[
    "harbour", "garden", "bridge", "ledger", "signal", "window", "engine", "forest", "market", "paper",
    "river", "station", "basket", "compass", "letter", "mirror", "orchard", "pattern", "project", "recipe",
    "report", "season", "shelter", "sketch", "summit", "table", "thread", "timber", "tunnel", "valley",
    "village", "voyage", "workshop", "lantern", "archive", "meadow",
];
pub(super) const ADJECTIVES: &[&str] = &[
    "quiet", "steady", "bright", "careful", "common", "early", "final", "gentle", "honest", "large", "local",
    "modest", "narrow", "open", "patient", "plain", "recent", "sharp", "simple", "small", "sturdy", "useful",
    "warm", "wide",
];
pub(super) const VERBS: &[&str] = &[
    "supports", "follows", "shapes", "explains", "limits", "connects", "changes", "measures", "covers",
    "outlasts", "improves", "protects", "replaces", "feeds", "crosses", "balances",
];
pub(super) const FIRST_NAMES: &[&str] = &[
    "Ada", "Bruno", "Clara", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam",
    "Maya", "Nadia", "Oscar", "Priya",
];
pub(super) const LAST_NAMES: &[&str] = &[
    "Alvarez", "Becker", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jensen",
    "Kowalski", "Larsen", "Moreau", "Novak",
];
pub(super) const CITIES: &[&str] = &[
    "Lisbon", "Oslo", "Toronto", "Nairobi", "Kyoto", "Vienna", "Lima", "Dublin", "Athens", "Montreal",
    "Seoul", "Porto", "Zurich", "Hamburg",
];
pub(super) const COUNTRIES: &[&str] =
    &["Portugal", "Norway", "Canada", "Kenya", "Japan", "Austria", "Peru", "Ireland", "Greece", "Chile"];
pub(super) const CURRENCIES: &[&str] = &["EUR", "USD", "GBP", "JPY", "CHF", "SEK"];
pub(super) const LANGUAGES: &[&str] = &["en", "de", "fr", "es", "pt", "ja"];
pub(super) const COLOURS: &[&str] = &["red", "blue", "green", "amber", "teal", "violet", "grey", "white"];

/// Words that say nothing of what a text is about.
const COMMON: &[&str] = &[
    "about", "above", "after", "again", "all", "also", "and", "any", "are", "ask", "because", "been",
    "before", "being", "between", "both", "but", "can", "could", "did", "does", "doing", "don", "each",
    "exactly", "explain", "describe", "few", "for", "from", "get", "give", "given", "had", "has", "have",
    "hello", "her", "here", "hers", "hey", "him", "his", "how", "into", "its", "just", "let", "like", "make",
    "many", "may", "more", "most", "much", "must", "need", "new", "not", "now", "off", "one", "only", "our",
    "out", "over", "own", "please", "reply", "said", "same", "say", "see", "shall", "she", "should", "show",
    "some", "such", "tell", "than", "thank", "thanks", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "too", "two", "under", "use", "user", "very", "want", "was", "were",
    "what", "when", "where", "which", "while", "who", "will", "with", "would", "write",
];

/// The words that a text is about, in small letters, each once, in order.
pub(super) fn telling(text: &str) -> Vec<String> {
    let mut telling: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2) {
        let word = word.to_lowercase();
        let says_little = COMMON.contains(&word.as_str()) || word == "you" || word == "your" || word == "why";
        if !says_little && !telling.contains(&word) {
            telling.push(word);
        }
    }
    telling
}
