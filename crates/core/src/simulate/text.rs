//! Plain English that speaks of what was asked.

use super::words::{ADJECTIVES, NOUNS, VERBS, telling};
use crate::dice::Dice;

/// Words of a question that an answer takes up.
const TOPICS: usize = 3;
/// The longest of them, in characters: what is longer is no word.
const LONGEST_TOPIC: usize = 24;
/// Words of a tool's result that an answer repeats.
const REPEATED: usize = 24;

/// How an answer begins; `{}` is what it is about.
const OPENINGS: &[&str] = &[
    "Here is a short answer about {}.",
    "In brief, {} comes down to a few plain points.",
    "There is more than one way to look at {}.",
    "The most useful thing to know about {} is where it starts.",
    "Let us take {} one step at a time.",
    "Most questions about {} have a practical side.",
    "Think of {} as something that grows with use.",
    "A good way into {} is an example.",
];
/// How it goes on. `a` is an adjective, `n` a noun, `v` a verb, each after a `$`.
const MIDDLES: &[&str] = &[
    "A $a $n $v the $n behind it.",
    "First, the $a part: every $n needs a $a $n.",
    "The $n $v the $n, and seldom the other way round.",
    "People who know the $n well look at the $a $n first.",
    "It helps to keep the $n $a and the $n $a.",
    "When the $n is $a, a $a $n is enough.",
    "Note that one $n often $v another.",
    "In practice the $n $v more than it seems.",
    "After that, the $a $n takes care of itself.",
    "Some prefer a $a $n, which $v the same $n.",
    "The numbers speak for a $a $n rather than a $a one.",
    "Whatever the $n, a $a start $v the rest.",
];
/// How it ends.
const ENDINGS: &[&str] = &[
    "If you want, I can go into more detail about {}.",
    "That should be enough to start with {}.",
    "For {}, this is usually all it takes.",
    "Keep it simple, and {} will follow.",
    "In the end, {} rewards patience.",
    "From there, {} is a matter of practice.",
];
/// How a thought begins.
const THOUGHTS: &[&str] = &[
    "The question is about {}.",
    "Let me work out what is asked about {}.",
    "I need to say something useful about {}.",
    "This is a request that concerns {}.",
];

/// Between 20 and 80 words on what a text asks.
pub(super) fn answer(question: &str, dice: &mut Dice) -> String {
    let topic = topic(question);
    let mut sentences = vec![about(dice.word(OPENINGS), &topic)];
    for _ in 0..2 + dice.below(3) {
        let next = sentence(dice);
        if !sentences.contains(&next) {
            sentences.push(next);
        }
    }
    sentences.push(about(dice.word(ENDINGS), &topic));
    sentences.join(" ")
}

/// What is said once a tool has answered.
pub(super) fn answer_with(result: &str, question: &str, dice: &mut Dice) -> String {
    let words = result.split_whitespace().take(REPEATED).collect::<Vec<_>>().join(" ");
    let said = words.trim_end_matches(['.', '!', '?']);
    if said.is_empty() {
        return answer(question, dice);
    }
    let opening = dice.word(&["Here is what I found", "This is what came back", "According to the result"]);
    format!("{opening}: {said}. {} {}", sentence(dice), about(dice.word(ENDINGS), &topic(question)))
}

/// What is thought before an answer.
pub(super) fn thought(question: &str, dice: &mut Dice) -> String {
    let topic = topic(question);
    let first = about(dice.word(THOUGHTS), &topic);
    format!("{first} {} A short and plain answer is best.", sentence(dice))
}

/// What was heard in a recording that nobody listens to.
pub(super) fn heard(dice: &mut Dice) -> String {
    (0..3 + dice.below(2)).map(|_| sentence(dice)).collect::<Vec<_>>().join(" ")
}

/// A page of a document: a heading, a paragraph and a list.
pub(super) fn page(dice: &mut Dice) -> String {
    let heading = capitalised(&phrase(dice));
    let paragraph = heard(dice);
    let items: String = (0..2 + dice.below(2)).map(|_| format!("- {}\n", phrase(dice))).collect();
    format!("# {heading}\n\n{paragraph}\n\n{items}")
}

/// A text that begins with a capital.
pub(super) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// A sentence about nothing in particular.
pub(super) fn sentence(dice: &mut Dice) -> String {
    let mut parts = dice.word(MIDDLES).split('$');
    let mut sentence = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let words: &[&'static str] = match part.as_bytes().first() {
            Some(b'a') => ADJECTIVES,
            Some(b'v') => VERBS,
            _ => NOUNS,
        };
        let word = dice.word(words);
        // "A early start" would be no English.
        if word.starts_with(['a', 'e', 'i', 'o']) && (sentence.ends_with(" a ") || sentence == "A ") {
            sentence.pop();
            sentence.push_str("n ");
        }
        sentence.push_str(word);
        sentence.push_str(&part[1..]);
    }
    sentence
}

/// A few words about nothing in particular.
pub(super) fn phrase(dice: &mut Dice) -> String {
    format!("{} {}", dice.word(ADJECTIVES), dice.word(NOUNS))
}

fn about(pattern: &str, topic: &str) -> String {
    pattern.replace("{}", topic)
}

/// What a text is about, in its own words.
pub(super) fn topic(text: &str) -> String {
    let mut words = telling(text);
    words.retain(|word| word.len() <= LONGEST_TOPIC);
    words.truncate(TOPICS);
    match words.as_slice() {
        [] => "this".to_owned(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
