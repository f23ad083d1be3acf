//! Answers in words: what is thought, which tools are called, what is said, for each choice that is wanted.

use super::limits::{self, End, ended};
use super::schema::{self, Hints};
use super::wanted::{Effort, Reasoning, Wanted};
use super::{hosted, text, text_of_input, tool};
use crate::dialect::{Asked, Said, text_of};
use crate::dice::Dice;
use crate::tokens::count;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Thoughts are counted in steps of so many tokens.
const STEP: usize = 64;
/// More choices than any vendor gives.
const MOST_CHOICES: usize = 128;

/// Words, thoughts before them, or calls of tools, for each choice.
pub(super) fn spoken(asked: &Asked<'_>, wanted: &Wanted, dice: &Dice) -> Said {
    let mut first = choice(asked, wanted, dice);
    let others = 1..wanted.choices.min(MOST_CHOICES);
    first.others = others.map(|at| choice(asked, wanted, &of_choice(dice, at))).collect();
    first
}

/// The dice of a choice; the first one is the same however many are wanted.
fn of_choice(dice: &Dice, at: usize) -> Dice {
    if at == 0 { dice.clone() } else { dice.under(&format!("choice {at}")) }
}

fn choice(asked: &Asked<'_>, wanted: &Wanted, dice: &Dice) -> Said {
    let question = asked.user.as_deref().unwrap_or_default();
    let mut said = Said::default();
    let left = thought(&mut said, question, wanted, dice);
    if left == Some(0) && said.unseen_tokens.is_some() {
        // All that it may say was thought.
        said.finish_reason = Some("length".to_owned());
        return said;
    }
    said.hosted = hosted::calls(asked, wanted, dice);
    if said.hosted.is_empty() {
        said.tool_calls = tool::calls(asked, wanted, dice);
    }
    if !said.tool_calls.is_empty() {
        return said;
    }
    let words = hosted::cited(words(asked, wanted, question, dice), &said.hosted);
    say(&mut said, &words, left, &wanted.stop);
    if let (Some(sound), Some(text)) = (wanted.sound, &said.text) {
        said.audio = Some(STANDARD.encode(sound.saying(text)));
    }
    said
}

/// Thinks, and tells how many tokens are left for what is said.
fn thought(said: &mut Said, question: &str, wanted: &Wanted, dice: &Dice) -> Option<usize> {
    let thought = || text::thought(question, &mut dice.under("thought"));
    match wanted.reasoning {
        Reasoning::None => wanted.most_tokens,
        Reasoning::Hidden(effort) => unseen(said, effort, wanted, dice),
        Reasoning::Summarised(effort) => {
            said.reasoning = Some(thought());
            unseen(said, effort, wanted, dice)
        }
        Reasoning::Shown => {
            let thought = thought();
            // Where an answer has to be short, half of it is left for what is said.
            let cut = wanted.most_tokens.and_then(|most| limits::first_tokens(&thought, most / 2));
            let thought = cut.map_or_else(|| thought.clone(), str::to_owned);
            let left = wanted.most_tokens.map(|most| most.saturating_sub(count(&thought)));
            said.reasoning = Some(thought).filter(|thought| !thought.is_empty());
            left
        }
    }
}

/// Counts thoughts that nobody sees. They may take all that an answer may have.
fn unseen(said: &mut Said, effort: Effort, wanted: &Wanted, dice: &Dice) -> Option<usize> {
    let (fewest, most) = match effort {
        Effort::Low => (1, 2),
        Effort::Medium => (3, 6),
        Effort::High => (12, 24),
        Effort::Highest => (32, 48),
    };
    let steps = fewest + dice.under("effort").below(most - fewest + 1);
    let thought = wanted.most_tokens.map_or(steps * STEP, |most| most.min(steps * STEP));
    said.unseen_tokens = u64::try_from(thought).ok();
    wanted.most_tokens.map(|most| most - thought)
}

/// Says a text, as far as it may be said.
fn say(said: &mut Said, words: &str, most: Option<usize>, stop: &[String]) {
    let ended = ended(words, most, stop);
    said.text = Some(ended.text);
    said.finish_reason = match ended.by {
        End::Itself => None,
        End::Tokens => Some("length".to_owned()),
        End::Stop(stop) => {
            said.stop_sequence = Some(stop);
            Some("stop".to_owned())
        }
    };
}

/// What is said, before anything cuts it short.
fn words(asked: &Asked<'_>, wanted: &Wanted, question: &str, dice: &Dice) -> String {
    if let Some(schema) = &wanted.schema {
        let anything = json!({
            "type": "object",
            "properties": {"answer": {"type": "string"}, "confidence": {"type": "number"}},
            "required": ["answer", "confidence"],
        });
        let says_nothing =
            schema.as_object().is_none_or(|keywords| keywords.keys().all(|name| name == "type"));
        let schema = if says_nothing { &anything } else { schema };
        let value = schema::value(schema, &Hints::of(question), &dice.under("structured"));
        return crate::stream::json_text(&value);
    }
    let mut dice = dice.under("words");
    match &asked.last {
        Some(last) if tool::answers_a_call(asked) => {
            text::answer_with(&result(last.value, &last.text), question, &mut dice)
        }
        Some(last) if question.is_empty() => text::answer(&last.text, &mut dice),
        _ => text::answer(question, &mut dice),
    }
}

/// What a tool's result says: Anthropic puts it into a block.
fn result(message: &Value, text: &str) -> String {
    let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let block = blocks.iter().rev().find(|block| block["type"] == "tool_result");
    block.map_or_else(|| text.to_owned(), |block| text_of(&block["content"]).into_owned())
}

/// The texts that complete each prompt, those of the first prompt first.
pub(super) fn completed(wanted: &Wanted, dice: &Dice) -> Said {
    let mut unchosen = 0;
    let mut choices = Vec::new();
    for (place, input) in wanted.inputs.iter().enumerate() {
        let prompt = text_of_input(input).unwrap_or_default();
        let dice = of_choice(dice, 0).under(&format!("prompt {place}"));
        let chosen = wanted.choices.clamp(1, MOST_CHOICES);
        for at in 0..wanted.drafts.clamp(chosen, MOST_CHOICES) {
            let mut said = Said::default();
            let words = text::answer(&prompt, &mut of_choice(&dice, at).under("words"));
            say(&mut said, &words, wanted.most_tokens, &wanted.stop);
            let text = said.text.get_or_insert_default();
            if at >= chosen {
                unchosen += count(text);
                continue;
            }
            if wanted.echo {
                text.insert_str(0, &prompt);
            }
            choices.push(said);
        }
    }
    let mut choices = choices.into_iter();
    let mut first = choices.next().unwrap_or_default();
    first.others = choices.collect();
    first.unseen_tokens = u64::try_from(unchosen).ok().filter(|unchosen| *unchosen > 0);
    first
}
