//! What a question says that arguments and answers may repeat.

use super::named;
use crate::dice::Dice;
use serde_json::Value;

/// The longest query that repeats a question.
const QUERY: usize = 120;

/// The words of a question.
#[derive(Debug, Clone, Default)]
pub(in crate::simulate) struct Hints {
    question: String,
    proper: Vec<String>,
}

// === impl Hints ===

impl Hints {
    /// Those of a question.
    pub(in crate::simulate) fn of(question: &str) -> Self {
        Hints { question: question.trim().to_owned(), proper: proper_names(question) }
    }

    /// A name in the question, where a property of this name may hold one.
    pub(super) fn proper(&self, name: &str, dice: &mut Dice) -> Option<String> {
        let names = self.proper.iter().map(String::as_str).collect::<Vec<_>>();
        if named::is_proper(name) { dice.pick(&names).map(str::to_owned) } else { None }
    }

    /// The question, where a property of this name may hold one.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let fits = named::is_query(name) && !self.question.is_empty() && self.question.len() <= QUERY;
        fits.then(|| self.question.clone())
    }

    /// Whether the question mentions a value.
    pub(super) fn mentions(&self, value: &Value) -> bool {
        let question = || self.question.to_lowercase();
        value.as_str().is_some_and(|word| word.len() > 2 && question().contains(&word.to_lowercase()))
    }
}

/// Words with a capital that do not begin a sentence; those that follow each other are one name.
fn proper_names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let (mut begins, mut goes_on) = (true, false);
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let bare = bare.split_once(['\'', '’']).map_or(bare, |(name, _)| name);
        let is_name = bare.chars().next().is_some_and(char::is_uppercase) && bare.len() > 1 && !begins;
        match names.last_mut() {
            Some(name) if is_name && goes_on => {
                name.push(' ');
                name.push_str(bare);
            }
            _ if is_name => names.push(bare.to_owned()),
            _ => {}
        }
        let ends = |marks: &[char]| word.ends_with(marks);
        begins = ends(&['.', '!', '?', ':']);
        goes_on = is_name && !ends(&['.', '!', '?', ':', ',', ';']);
    }
    names
}
