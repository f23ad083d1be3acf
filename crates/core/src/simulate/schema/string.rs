//! Texts within limits.

use super::hints::Hints;
use super::{check, format, named, pattern};
use crate::dice::Dice;
use crate::simulate::text::{phrase, sentence};
use serde_json::{Map, Value};

/// The longest text that is made because a schema asks for one.
const LONGEST: usize = 100_000;
/// Tries to meet a pattern and a length at once.
const TRIES: usize = 12;

/// A text that keeps to these keywords, as well as it can be made.
pub(super) fn string(keywords: &Map<String, Value>, name: &str, hints: &Hints, dice: &mut Dice) -> String {
    let said = |keyword: &str| keywords.get(keyword).and_then(Value::as_str);
    let least = check::limit(keywords, "minLength").unwrap_or_default().min(LONGEST);
    let most = check::limit(keywords, "maxLength").unwrap_or(LONGEST);
    let fits = |text: &String| (least..=most).contains(&text.chars().count());
    if let Some(pattern) = said("pattern") {
        // First as it comes, then longer, then as long as it has to be.
        let longer = |by: usize| if by < TRIES { by / 3 } else { least + by - TRIES };
        let mut made = (0..2 * TRIES).filter_map(|by| pattern::text(pattern, dice, longer(by)));
        let is_of_format = |text: &str| said("format").is_none_or(|format| format::looks_like(format, text));
        let found = made.find(|text| fits(text) && pattern::finds(pattern, text) && is_of_format(text));
        if let Some(text) = found {
            return text;
        }
        // An expression that is not anchored lets anything stand beside what it finds.
        if let Some(text) = pattern::text(pattern, dice, 0) {
            let padded = text.chars().chain(std::iter::repeat('x')).take(least.max(text.chars().count()));
            return padded.collect();
        }
    }
    if let Some(text) =
        said("format").and_then(|format| (0..TRIES).filter_map(|_| format::text(format, dice)).find(fits))
    {
        return text;
    }
    let plausible =
        hints.proper(name, dice).or_else(|| hints.query(name)).or_else(|| named::text(name, dice));
    let plausible = plausible.unwrap_or_else(|| if is_long(name) { sentence(dice) } else { phrase(dice) });
    to_length(plausible, least, most, dice)
}

/// Whether a property of this name holds sentences rather than words.
fn is_long(name: &str) -> bool {
    const LONG: [&str; 18] = [
        "answer",
        "body",
        "comment",
        "content",
        "description",
        "details",
        "explanation",
        "feedback",
        "message",
        "note",
        "notes",
        "output",
        "reason",
        "reasoning",
        "response",
        "review",
        "summary",
        "text",
    ];
    named::words(name).iter().any(|word| LONG.contains(&word.as_str()))
}

/// The text made longer with sentences or cut, at a word where that leaves enough.
fn to_length(mut text: String, least: usize, most: usize, dice: &mut Dice) -> String {
    let mut length = text.chars().count();
    while length < least {
        let next = sentence(dice);
        length += 1 + next.chars().count();
        text.push(' ');
        text.push_str(&next);
    }
    if length <= most {
        return text;
    }
    let cut = text.chars().take(most).collect::<String>();
    let at_word = cut.rsplit_once(' ').map(|(head, _)| head.trim_end_matches(['.', ','])).unwrap_or_default();
    if !at_word.is_empty() && at_word.chars().count() >= least { at_word.to_owned() } else { cut }
}
