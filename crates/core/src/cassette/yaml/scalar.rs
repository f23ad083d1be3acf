//! What a plain scalar means.
//!
//! PyYAML reads YAML 1.1, go-yaml a mixture of 1.1 and 1.2. A string that any of them would read as
//! something else has to be quoted; a plain scalar in a mapping body has the type that PyYAML gives it.

/// The type a plain scalar resolves to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
}

/// Resolves a plain scalar by the rules of PyYAML's safe loader. Integers beyond 64 bits become floats.
pub(crate) fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        _ => number(text),
    }
}

/// Whether a string written plain would come back as anything but that string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retyped {
    /// By no engine.
    No,
    /// By YAML 1.1 alone: `yes`, `12:30`.
    ByOldEngines,
    /// By every engine: `123`, `true`, `2020-10-01`.
    ByAll,
}

/// What PyYAML and either YAML engine that go-vcr has used would make of a string written plain.
pub(crate) fn retyped(text: &str) -> Retyped {
    let old_word = matches!(resolve(text), Resolved::Bool(_))
        && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false");
    if old_word
        || matches!(text, "=" | "<<" | "y" | "Y" | "n" | "N")
        || (text.contains(':') && is_sexagesimal(text))
    {
        Retyped::ByOldEngines
    } else if resolve(text) != Resolved::Text || looks_numeric(text) {
        Retyped::ByAll
    } else {
        Retyped::No
    }
}

fn is_sexagesimal(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || ":._".contains(c))
}

fn number(text: &str) -> Resolved {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let (sign, rest) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    if !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Resolved::Text;
    }
    let radix = |prefix: &str, radix| {
        let body = rest.strip_prefix(prefix).filter(|body| !body.is_empty())?;
        i64::from_str_radix(body, radix).ok().map(|value| Resolved::Int(sign * value))
    };
    if let Some(value) = radix("0x", 16).or_else(|| radix("0b", 2)) {
        return value;
    }
    if rest.len() > 1 && rest.starts_with('0') && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return radix("0", 8).unwrap_or(Resolved::Text);
    }
    if rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return match digits.parse::<i64>() {
            Ok(value) => Resolved::Int(value),
            Err(_) => digits.parse().map_or(Resolved::Text, Resolved::Float),
        };
    }
    if let Some(value) = sexagesimal(rest) {
        return Resolved::Int(sign * value);
    }
    match rest {
        ".inf" | ".Inf" | ".INF" => return Resolved::Float(sign as f64 * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if digits == rest => return Resolved::Float(f64::NAN),
        _ => {}
    }
    // YAML 1.1 wants a dot in a float and a sign in its exponent: `1e3` is a string to PyYAML.
    let exponent = rest.find(['e', 'E']);
    let signed = exponent.is_none_or(|at| rest[at + 1..].starts_with(['+', '-']));
    let numeric = rest.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if numeric && signed && rest.contains('.') && rest != "." {
        return digits.parse().map_or(Resolved::Text, Resolved::Float);
    }
    Resolved::Text
}

/// `12:30:45`, base sixty in YAML 1.1.
fn sexagesimal(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let first = parts.next().filter(|part| !part.is_empty() && !part.starts_with('0'))?;
    let mut value: i64 = first.parse().ok()?;
    let mut more = false;
    for part in parts {
        let digit: i64 = part.parse().ok().filter(|digit| (0..60).contains(digit))?;
        value = value.checked_mul(60)?.checked_add(digit)?;
        more = true;
    }
    more.then_some(value)
}

/// Anything that starts like a number or a date and holds only their characters. Wider than any engine's
/// rule, on purpose: a needless pair of quotes costs nothing.
fn looks_numeric(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && rest.chars().any(|c| c.is_ascii_digit())
        && !rest.contains('/')
        && rest.chars().all(|c| c.is_ascii_hexdigit() || "xXoO_.:+-TtZz ".contains(c))
        || matches!(rest.to_ascii_lowercase().as_str(), ".inf" | ".nan")
}
