//! Two parsers, one stream of events.
//!
//! granit-parser reads almost every file: it keeps tags and exact scalars, borrows from the text, and is
//! ten times as fast as the other on large bodies. It speaks YAML 1.2, where U+0085, U+2028 and U+2029 are
//! ordinary characters. The emitters of Go and Python speak 1.1, where they end lines, and write them raw,
//! with the next line's indentation behind them; so a file that holds one is read by a port of the parser
//! that both of them descend from.

use crate::cassette::ReadError;
use granit_parser::{Options, Parser, ScalarStyle, StrInput};
use libyaml_safer::EventData;
use std::borrow::Cow;

/// What a tree is composed from.
#[derive(Debug)]
pub(super) enum Event<'a> {
    Scalar {
        text: Cow<'a, str>,
        plain: bool,
        tag: Option<String>,
        anchor: Option<String>,
    },
    Sequence {
        tag: Option<String>,
        anchor: Option<String>,
    },
    Mapping {
        tag: Option<String>,
        anchor: Option<String>,
    },
    CollectionEnd,
    Alias(String),
    /// The first document is over.
    End,
}

/// The events of a text's first document, each with its line.
pub(super) enum Source<'a> {
    Modern(Box<Parser<'a, StrInput<'a>>>),
    Ancestral { parser: Box<libyaml_safer::Parser<&'a [u8]>>, over: bool },
}

// === impl Source ===

impl<'a> Source<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
            let mut parser = libyaml_safer::Parser::new();
            parser.set_input(text.as_bytes());
            return Source::Ancestral { parser: Box::new(parser), over: false };
        }
        let mut options = Options::default();
        options.set_emit_comments(false);
        Source::Modern(Box::new(Parser::new_from_str_with_options(text, options)))
    }

    pub(super) fn next(&mut self) -> Result<(Event<'a>, u32), ReadError> {
        loop {
            let event = match self {
                Source::Modern(parser) => modern(parser)?,
                Source::Ancestral { over: true, .. } => return Ok((Event::End, 0)),
                Source::Ancestral { parser, over } => {
                    let event = ancestral(parser)?;
                    *over = matches!(event, Some((Event::End, _)));
                    event
                }
            };
            if let Some(event) = event {
                return Ok(event);
            }
        }
    }
}

/// `None` for what carries no value.
fn modern<'a>(parser: &mut Parser<'a, StrInput<'a>>) -> Result<Option<(Event<'a>, u32)>, ReadError> {
    use granit_parser::Event as Theirs;
    let number = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
    let (event, span) = match parser.next_event() {
        Some(Ok(next)) => next,
        Some(Err(error)) => return Err(ReadError::at(number(error.marker().line()), error.info())),
        None => return Ok(Some((Event::End, 0))),
    };
    let tag =
        |tag: Option<Cow<'_, granit_parser::Tag>>| tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
    let anchor = |id: usize| (id > 0).then(|| id.to_string());
    let event = match event {
        Theirs::Scalar(text, style, id, name) => {
            Event::Scalar { text, plain: style == ScalarStyle::Plain, tag: tag(name), anchor: anchor(id) }
        }
        Theirs::SequenceStart(_, id, name) => Event::Sequence { tag: tag(name), anchor: anchor(id) },
        Theirs::MappingStart(_, id, name) => Event::Mapping { tag: tag(name), anchor: anchor(id) },
        Theirs::SequenceEnd | Theirs::MappingEnd => Event::CollectionEnd,
        Theirs::Alias(id) => Event::Alias(id.to_string()),
        Theirs::DocumentEnd | Theirs::StreamEnd => Event::End,
        _ => return Ok(None),
    };
    Ok(Some((event, number(span.start.line()))))
}

/// `None` for what carries no value.
fn ancestral<'a>(
    parser: &mut libyaml_safer::Parser<&'a [u8]>,
) -> Result<Option<(Event<'a>, u32)>, ReadError> {
    // Lines are counted from 0 there.
    let number = |line: u64| u32::try_from(line.saturating_add(1)).unwrap_or(u32::MAX);
    let event = parser.parse().map_err(|error| {
        ReadError::at(error.problem_mark().map_or(0, |mark| number(mark.line)), error.problem())
    })?;
    let line = number(event.start_mark.line);
    let event = match event.data {
        EventData::Scalar { anchor, tag, value, style, .. } => {
            let plain = style == libyaml_safer::ScalarStyle::Plain;
            Event::Scalar { text: Cow::Owned(value), plain, tag, anchor }
        }
        EventData::SequenceStart { anchor, tag, .. } => Event::Sequence { tag, anchor },
        EventData::MappingStart { anchor, tag, .. } => Event::Mapping { tag, anchor },
        EventData::SequenceEnd | EventData::MappingEnd => Event::CollectionEnd,
        EventData::Alias { anchor } => Event::Alias(anchor),
        EventData::DocumentEnd { .. } | EventData::StreamEnd => Event::End,
        EventData::StreamStart { .. } | EventData::DocumentStart { .. } => return Ok(None),
    };
    Ok(Some((event, line)))
}
