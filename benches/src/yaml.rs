//! Scalars as go-yaml and PyYAML spell them. standin's own writer is not used: it writes long strings on
//! one line, and wrapped ones are what costs a reader.

/// Columns after which PyYAML wraps.
const WIDTH: usize = 80;

/// A literal block, for the value of a key at `indent`.
pub(crate) fn literal(text: &str, indent: usize) -> String {
    let body = text.trim_end_matches('\n');
    let trailing = text.len() - body.len();
    let mut out = String::from(["|-", "|", "|+"][trailing.min(2)]);
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
    }
    out.push_str(&"\n".repeat(trailing.saturating_sub(1)));
    out
}

/// A single-quoted scalar, wrapped at single spaces; each line feed of the text is an empty line.
pub(crate) fn single_quoted(text: &str, indent: usize) -> String {
    let mut out = String::from("'");
    let mut column = indent;
    let chars: Vec<char> = text.chars().collect();
    let at_break = |at: usize| chars.get(at).is_none_or(|c| matches!(c, ' ' | '\n'));
    for (at, &c) in chars.iter().enumerate() {
        match c {
            '\n' => {
                // The first of a run ends the line as well.
                if at == 0 || chars[at - 1] != '\n' {
                    out.push('\n');
                }
                out.push('\n');
                if chars.get(at + 1) != Some(&'\n') {
                    out.push_str(&" ".repeat(indent));
                    column = indent;
                }
            }
            ' ' if column > WIDTH && at > 0 && !at_break(at - 1) && !at_break(at + 1) => {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            }
            '\'' => {
                out.push_str("''");
                column += 2;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    out.push('\'');
    out
}

/// A double-quoted scalar, as PyYAML writes text with characters beyond ASCII, wrapped with backslashes.
pub(crate) fn double_quoted(text: &str, indent: usize) -> String {
    let mut out = String::from("\"");
    let mut column = indent;
    for c in text.chars() {
        let from = out.len();
        match c {
            ' ' if column > WIDTH => {
                out.push_str("\\\n");
                out.push_str(&" ".repeat(indent));
                out.push_str("\\ ");
                column = indent;
                continue;
            }
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            ' '..='~' => out.push(c),
            c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
        column += out.len() - from;
    }
    out.push('"');
    out
}
