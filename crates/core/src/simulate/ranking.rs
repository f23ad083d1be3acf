//! What a text has to do with a question: the words that they share.

use super::embedding::embedding;
use super::words::telling;

/// How much of the measure is words that are shared; the rest is parts of words.
const WORDS: f64 = 0.9;
/// Numbers of the vectors whose nearness tells parts of words.
const DIMENSIONS: usize = 256;

/// From 0 to 1: the share of the question's words that a text has, and how near the two are beside that.
pub(super) fn relevance(question: &str, text: &str) -> f64 {
    let (asked, said) = (telling(question), telling(text));
    let shared = asked.iter().filter(|word| said.iter().any(|other| alike(word, other))).count();
    let share = shared as f64 / asked.len().max(1) as f64;
    let (one, other) = (embedding(question, "", DIMENSIONS), embedding(text, "", DIMENSIONS));
    let near: f64 = one.iter().zip(&other).map(|(one, other)| one * other).sum();
    let relevance = WORDS * share + (1.0 - WORDS) * near.clamp(0.0, 1.0);
    (relevance * 1e6).round() / 1e6
}

/// Whether two words are one, in the singular or in the plural.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|end| matches!(end, "" | "s" | "es"))
}
