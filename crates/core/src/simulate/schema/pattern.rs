//! Texts that a regular expression finds something in.

use crate::dice::Dice;
use regex_syntax::hir::{Class, Hir, HirKind};

/// How often something is repeated that may be repeated without end.
const REPEATED: u32 = 4;
/// Past this, an expression such as `((a{99}){99}){99}` is given up.
const LONGEST: usize = 4096;

/// Parts that are written at most: `[^\s\S]{99999999}` writes nothing, for ever.
const PARTS: usize = 65_536;

/// Whether the pattern finds something in the text. One that cannot be read finds everything.
pub(super) fn finds(pattern: &str, text: &str) -> bool {
    regex::Regex::new(pattern).map_or(true, |regex| regex.is_match(text))
}

/// A text that the pattern most likely finds something in, where it can be read. `long` asks for one that repeats
/// what may be repeated so many times more.
pub(super) fn text(pattern: &str, dice: &mut Dice, long: usize) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let (mut text, mut left) = (String::new(), PARTS);
    write(&hir, dice, long, &mut left, &mut text);
    Some(text)
}

fn write(hir: &Hir, dice: &mut Dice, long: usize, left: &mut usize, text: &mut String) {
    if text.len() > LONGEST || *left == 0 {
        return;
    }
    *left -= 1;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(character(class, dice)),
        HirKind::Repetition(repetition) => {
            let least = repetition.min;
            let more = u32::try_from(long).unwrap_or(u32::MAX);
            let most = repetition.max.unwrap_or_else(|| least.saturating_add(REPEATED).saturating_add(more));
            let least = if long > 0 { least.saturating_add(more).min(most) } else { least };
            // `.*` says least where it says nothing, but an answer is to say something.
            let least = if least == 0 && most > 1 { 1 } else { least };
            let most = most.min(least.saturating_add(REPEATED));
            let times = dice.between(least.into(), most.into());
            for _ in 0..times {
                write(&repetition.sub, dice, long, left, text);
                if text.len() > LONGEST || *left == 0 {
                    return;
                }
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, dice, long, left, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, dice, long, left, text)),
        HirKind::Alternation(branches) => {
            if let Some(branch) = branches.get(dice.below(branches.len())) {
                write(branch, dice, long, left, text);
            }
        }
    }
}

/// A character of a class: a letter or a digit where it has some, else another one that is seen.
fn character(class: &Class, dice: &mut Dice) -> Option<char> {
    let ranges = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|range| (char::from(range.start()), char::from(range.end())))
            .collect::<Vec<_>>(),
    };
    let has = |character: &char| ranges.iter().any(|(first, last)| (first..=last).contains(&character));
    let kinds: [fn(&char) -> bool; 4] = [
        |c| c.is_ascii_lowercase() || c.is_ascii_digit(),
        char::is_ascii_alphanumeric,
        char::is_ascii_graphic,
        |c| *c == ' ',
    ];
    for kind in kinds {
        let some = (' '..='~').filter(|c| kind(c) && has(c)).collect::<Vec<_>>();
        if !some.is_empty() {
            return some.get(dice.below(some.len())).copied();
        }
    }
    ranges.first().map(|(first, _)| *first)
}
