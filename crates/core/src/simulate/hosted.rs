//! Tools that run at the vendor: which of them a question asks for, and what came of them.

use super::schema::words_of_name;
use super::text;
use super::tool::answers_a_call;
use super::wanted::{Hosted, ToolChoice, Wanted};
use super::words::telling;
use crate::dialect::{Asked, HostedCall};
use crate::dice::Dice;

/// Beginnings of words in questions that a tool is for.
const WEB: &[&str] = &["search", "web", "internet", "online", "news", "latest", "today", "headline"];
const FILES: &[&str] = &["file", "document", "handbook", "manual", "pdf", "upload", "knowledge"];
const CODE: &[&str] = &["calculat", "comput", "code", "python", "plot", "chart", "solve", "csv", "program"];
const IMAGES: &[&str] = &["draw", "image", "picture", "paint", "illustrat", "sketch", "logo", "photo"];

/// The calls that come before an answer.
pub(super) fn calls(asked: &Asked<'_>, wanted: &Wanted, dice: &Dice) -> Vec<HostedCall> {
    let question = asked.user.as_deref().unwrap_or_default();
    let called = match &wanted.choice {
        ToolChoice::None | ToolChoice::Named(_) => None,
        ToolChoice::Hosted(hosted) => Some(hosted),
        ToolChoice::Auto if answers_a_call(asked) => None,
        ToolChoice::Auto => fitting(question, wanted),
        ToolChoice::Required => {
            let only = wanted.hosted.first().filter(|_| wanted.tools.is_empty());
            fitting(question, wanted).or(only)
        }
    };
    called.map(|hosted| call(hosted, question, &mut dice.under("hosted"))).into_iter().collect()
}

fn fitting<'w>(question: &str, wanted: &'w Wanted) -> Option<&'w Hosted> {
    let words = telling(question);
    let speaks_of =
        |beginnings: &[&str]| words.iter().any(|word| beginnings.iter().any(|begin| word.starts_with(begin)));
    wanted.hosted.iter().find(|hosted| match hosted {
        Hosted::WebSearch => speaks_of(WEB),
        Hosted::FileSearch => speaks_of(FILES),
        Hosted::CodeInterpreter => speaks_of(CODE),
        Hosted::ImageGeneration => speaks_of(IMAGES),
        Hosted::Mcp { server, tool } => {
            let names = [words_of_name(server), words_of_name(tool)].concat();
            names.iter().any(|name| name.len() > 2 && words.contains(name))
        }
    })
}

fn call(hosted: &Hosted, question: &str, dice: &mut Dice) -> HostedCall {
    let query = question.to_owned();
    match hosted {
        Hosted::WebSearch => {
            let title = text::capitalised(&text::phrase(dice));
            let url = format!("https://example.com/{}", title.to_lowercase().replace(' ', "-"));
            HostedCall::WebSearch { query, title, url }
        }
        Hosted::FileSearch => {
            HostedCall::FileSearch { query, file: format!("{}.txt", text::phrase(dice).replace(' ', "-")) }
        }
        Hosted::CodeInterpreter => {
            let (one, other) = (dice.between(2, 99), dice.between(2, 99));
            HostedCall::CodeInterpreter {
                code: format!("print({one} * {other})"),
                output: format!("{}\n", one * other),
            }
        }
        Hosted::ImageGeneration => HostedCall::ImageGeneration { prompt: query },
        Hosted::Mcp { server, tool } => HostedCall::Mcp {
            server: server.clone(),
            tool: tool.clone(),
            query,
            output: text::sentence(dice),
        },
    }
}

/// What an answer adds to its text for what was found: where it is.
pub(super) fn cited(mut text: String, calls: &[HostedCall]) -> String {
    for call in calls {
        match call {
            HostedCall::WebSearch { title, url, .. } => text.push_str(&format!(" ([{title}]({url}))")),
            HostedCall::CodeInterpreter { output, .. } => {
                text.push_str(&format!(" The program says {}.", output.trim()));
            }
            HostedCall::FileSearch { .. } | HostedCall::ImageGeneration { .. } | HostedCall::Mcp { .. } => {}
        }
    }
    text
}
