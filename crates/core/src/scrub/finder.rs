//! Finding secrets by their shape: one pass over the text for the beginnings of all patterns, and a look at
//! the few places where one stands.

use super::credential::{looks_random, password, placeholder};
use super::patterns::{Before, Check, PATTERNS, Pattern};
use aho_corasick::{AhoCorasick, Input, MatchKind};
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// A secret's place, and the rule that found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    pub(super) rule: &'static str,
}

/// A placeholder's place and number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) range: Range<usize>,
    pub(super) number: Option<usize>,
}

/// What a text shows.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
    pub(super) placeholders: Vec<Placed>,
}

/// The patterns, ready to search with.
#[derive(Debug)]
struct Finder {
    starts: AhoCorasick,
    /// For each start, the patterns that may begin there.
    owners: Vec<Vec<usize>>,
    shapes: Vec<Shape>,
}

/// A pattern, compiled when it is first needed: most texts have the beginning of none.
#[derive(Debug)]
struct Shape {
    pattern: &'static Pattern,
    regex: OnceLock<Option<Regex>>,
}

/// What looked like a pattern and failed its check, by pattern and end: what begins within fails it too, and
/// trying it there again and again would make a long run of beginnings slow.
#[derive(Debug, Default)]
struct Refused(Vec<(usize, usize)>);

/// Patterns are constants: a test holds that all compile.
static FINDER: LazyLock<Option<Finder>> = LazyLock::new(Finder::build);

/// All that the built-in patterns find in a text, in order.
pub(super) fn find(text: &[u8]) -> Found {
    FINDER.as_ref().map(|finder| finder.find(text)).unwrap_or_default()
}

// === impl Refused ===

impl Refused {
    fn covers(&self, owner: usize, at: usize) -> bool {
        self.0.iter().rev().take(PATTERNS.len()).any(|(refused, end)| *refused == owner && at < *end)
    }
}

// === impl Shape ===

impl Shape {
    fn regex(&self) -> Option<&Regex> {
        // Anchored and of bytes: it is tried at one place only.
        let compile = || Regex::new(&format!(r"(?-u)^(?:{})", self.pattern.regex)).ok();
        self.regex.get_or_init(compile).as_ref()
    }
}

// === impl Finder ===

impl Finder {
    fn build() -> Option<Self> {
        let shapes: Vec<Shape> =
            PATTERNS.iter().map(|pattern| Shape { pattern, regex: OnceLock::new() }).collect();
        let mut starts: Vec<String> = PATTERNS
            .iter()
            .flat_map(|pattern| pattern.starts.iter().map(|start| start.to_ascii_lowercase()))
            .collect();
        starts.push(super::credential::PLACEHOLDER.to_ascii_lowercase());
        starts.sort();
        starts.dedup();
        // The longest start is found; a pattern with a shorter one may be what stands there all the same.
        let owners = starts
            .iter()
            .map(|start| {
                let begins = |(_, pattern): &(usize, &Pattern)| {
                    pattern.starts.iter().any(|one| start.starts_with(&one.to_ascii_lowercase()))
                };
                PATTERNS.iter().enumerate().filter(begins).map(|(index, _)| index).collect()
            })
            .collect();
        let starts = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(aho_corasick::AhoCorasickKind::DFA))
            .build(&starts)
            .ok()?;
        Some(Finder { starts, owners, shapes })
    }

    fn find(&self, text: &[u8]) -> Found {
        let mut found = Found::default();
        let mut at = 0;
        let mut refused = Refused::default();
        while let Some(start) = self.starts.find(Input::new(text).span(at..text.len())) {
            let owners = self.owners.get(start.pattern().as_usize()).map(Vec::as_slice).unwrap_or_default();
            at = start.start() + 1;
            if let Some((length, number)) = text.get(start.start()..).and_then(placeholder) {
                at = start.start() + length;
                found.placeholders.push(Placed { range: start.start()..at, number });
            } else if let Some(hit) =
                owners.iter().find_map(|owner| self.hit(*owner, text, start.start(), &mut refused))
            {
                // The search goes on behind the hit, and what is in it would be missed.
                found.placeholders.extend(placeholders(text, hit.range.clone()));
                let placed = found.placeholders.last().map_or(0, |placed| placed.range.end);
                at = at.max(hit.range.end).max(placed);
                found.hits.push(hit);
            }
        }
        found
    }

    fn hit(&self, owner: usize, text: &[u8], at: usize, refused: &mut Refused) -> Option<Hit> {
        let shape = self.shapes.get(owner)?;
        let pattern = shape.pattern;
        if refused.covers(owner, at) || !is_after(pattern.before, text, at) {
            return None;
        }
        let captures = shape.regex()?.captures(text.get(at..)?)?;
        let secret = captures.get(1).or_else(|| captures.get(0))?;
        let range =
            at + secret.start()..at + within_parameter(pattern.before, text.get(at..)?, secret.range()).end;
        let secret = text.get(range.clone())?;
        let holds = match pattern.check {
            Check::Nothing => true,
            Check::Random(length) => looks_random(secret, length),
            Check::BasicPair => is_basic_pair(secret),
            Check::UserPair => password(secret).is_some(),
        };
        if !holds {
            refused.0.push((owner, range.end));
        }
        holds.then_some(Hit { range, rule: pattern.name })
    }
}

/// The placeholders that begin within a range.
fn placeholders(text: &[u8], range: Range<usize>) -> impl Iterator<Item = Placed> {
    range.filter_map(|at| {
        let (length, number) = placeholder(text.get(at..)?)?;
        Some(Placed { range: at..at + length, number })
    })
}

/// Where `=` is escaped, so is the `&` that ends the value.
fn within_parameter(before: Before, text: &[u8], secret: Range<usize>) -> Range<usize> {
    let separator = text.get(secret.start.saturating_sub(3)..secret.start).unwrap_or_default();
    if before == Before::Parameter || separator.eq_ignore_ascii_case(b"%3d") {
        let value = text.get(secret.clone()).unwrap_or_default();
        let end = value.windows(3).position(|window| window == b"%26");
        if let Some(end) = end.filter(|_| separator.eq_ignore_ascii_case(b"%3d")) {
            return secret.start..secret.start + end;
        }
    }
    secret
}

fn is_basic_pair(secret: &[u8]) -> bool {
    std::str::from_utf8(secret).ok().and_then(super::base64_text::decode).is_some_and(|pair| {
        pair.contains(&b':') && pair.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte >= 0x80)
    })
}

fn is_after(before: Before, text: &[u8], at: usize) -> bool {
    let Some(previous) = at.checked_sub(1).and_then(|at| text.get(at)) else { return true };
    let front = text.get(..at).unwrap_or_default();
    match before {
        Before::Any => true,
        Before::Word => !(previous.is_ascii_alphanumeric() || *previous == b'_') || ends_with_escape(front),
        Before::Token => {
            !(previous.is_ascii_alphanumeric() || matches!(previous, b'_' | b'-')) || ends_with_escape(front)
        }
        Before::Parameter => {
            matches!(previous, b'?' | b'&' | b';' | b'#' | b'"' | b'\'' | b'`' | b',' | b'(')
                || previous.is_ascii_whitespace()
                || ends_with_escape(front)
        }
    }
}

/// `%3D`, `\n` or `\u0026`: a letter at the end, and no part of the word after it.
fn ends_with_escape(front: &[u8]) -> bool {
    let hex = |length: usize| {
        front
            .len()
            .checked_sub(length)
            .and_then(|at| front.get(at..))
            .filter(|end| end.iter().all(u8::is_ascii_hexdigit))
    };
    let before =
        |length: usize| front.len().checked_sub(length).and_then(|at| front.get(..at)).unwrap_or_default();
    (hex(2).is_some() && before(2).ends_with(b"%"))
        || (hex(4).is_some() && before(4).ends_with(b"\\u"))
        || (matches!(front.last(), Some(b'n' | b'r' | b't' | b'b' | b'f')) && before(1).ends_with(b"\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, &str)> {
        find(text.as_bytes()).hits.into_iter().map(|hit| (hit.rule, &text[hit.range])).collect()
    }

    #[test]
    fn every_pattern_compiles() {
        let shapes = &FINDER.as_ref().unwrap().shapes;
        assert_eq!(shapes.len(), PATTERNS.len());
        assert!(shapes.iter().all(|shape| shape.regex().is_some()));
    }

    #[test]
    fn keys_are_found_where_they_stand() {
        let tail = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7jKl0n";
        for (rule, key) in [
            ("openai-key", format!("sk-{tail}")),
            ("openai-key", format!("sk-proj-{tail}_x-{tail}")),
            ("openai-key", format!("sk-svcacct-{tail}")),
            ("openai-key", format!("sess-{tail}")),
            ("anthropic-key", format!("sk-ant-api03-{tail}")),
            ("openrouter-key", format!("sk-or-v1-{tail}")),
            ("google-key", format!("AIza{tail}")),
            ("google-token", format!("ya29.a0{tail}")),
            ("google-secret", format!("GOCSPX-{tail}")),
            ("aws-key-id", "AKIAIOSFODNN7EXAMPLE".to_owned()),
            ("huggingface-key", format!("hf_{tail}")),
            ("xai-key", format!("xai-{tail}")),
            ("groq-key", format!("gsk_{tail}")),
            ("replicate-key", format!("r8_{tail}")),
            ("perplexity-key", format!("pplx-{tail}")),
            ("together-key", format!("tgp_v1_{tail}")),
            ("github-token", format!("ghp_{tail}")),
            ("github-token", format!("github_pat_11AA_{tail}")),
            ("gitlab-token", format!("glpat-{tail}")),
            ("slack-token", format!("xoxb-123456789012-{tail}")),
            ("stripe-key", format!("sk_live_{tail}")),
            ("npm-token", format!("npm_{tail}")),
            ("sendgrid-key", format!("SG.{tail}.{tail}")),
            ("pypi-token", format!("pypi-{tail}{tail}")),
            ("jwt", format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{tail}")),
            ("masked-key", "sk-proj-********************abcd".to_owned()),
        ] {
            for (before, after) in
                [("", ""), ("use ", "."), ("\"", "\""), ("k=", "&x"), ("%3D", "%26x"), ("\\n", "\\n")]
            {
                assert_eq!(found(&format!("{before}{key}{after}")), [(rule, key.as_str())], "{before:?}");
            }
        }
    }

    #[test]
    fn secrets_are_found_in_their_surroundings() {
        for (text, secret) in [
            ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
            ("basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA=="),
            ("see https://user:hunter2@h/p", "user:hunter2"),
            ("redis://:hunter2@cache:6379/0", ":hunter2"),
            ("see https://user:p@ssw0rd@h/p@q", "user:p@ssw0rd"),
            (r#"{"u":"https:\/\/user:hunter2@h\/p"}"#, "user:hunter2"),
            ("https://b/x?se=1&sig=abcdefghij%2Bklmnop%3D&sp=r", "abcdefghij%2Bklmnop%3D"),
            (r"https://b/x?se=1\u0026sig=abcdefghijklmnop1\u0026sp=r", "abcdefghijklmnop1"),
            ("u=https%3A%2F%2Fb%2Fx%3Fse%3D1%26sig%3Dabcdefghijklmnop%26sp%3Dr", "abcdefghijklmnop"),
            ("?X-Amz-Signature=0123456789abcdef0123&x=1", "0123456789abcdef0123"),
            ("GET /v1/models?key=abcd1234efgh", "abcd1234efgh"),
            ("export OPENAI_API_KEY=abcdefgh12345678", "abcdefgh12345678"),
            (r#"set "api_key": "abcdefgh12345678" in"#, "abcdefgh12345678"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END RSA PRIVATE KEY-----\n",
                "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END RSA PRIVATE KEY-----",
            ),
            ("Incorrect API key provided: bad*****key.", "bad*****key"),
        ] {
            assert_eq!(found(text).first().map(|hit| hit.1), Some(secret), "{text}");
        }
    }

    #[test]
    fn a_placeholder_within_a_hit_is_told() {
        let found = find(b"s&sig=SCRUBBED-1730090");
        assert_eq!(found.placeholders, [Placed { range: 6..22, number: Some(1_730_090) }]);
    }

    #[test]
    fn words_and_ids_are_no_secrets() {
        for text in [
            "task-0123456789abcdefghij",
            "risk-assessment-of-2024-and-the-like",
            "disk-0123456789abcdefghij",
            "sk-learn-pipelines-and-other-things-1",
            "chatcmpl-C4HqHBe4xca0k0EzsCnf1t6V3YFXp",
            "resp_68e7f2a1b2c08190a1b2c3d4e5f60718",
            "msg_01XFDUDYJgAACzvnptvVoYEL",
            "call_abcdEFGH0123456789ijkl",
            "toolu_01A09q90qw90lq917835lq9",
            "req_011CSHoEeqs5C35K2UUqR7Fy",
            "file-abc123DEF456ghi789JKL012",
            "gpt-5-nano-2025-08-07",
            "claude-haiku-4-5-20251001",
            "Bearer authentication is used",
            "a basic understanding",
            "postgres://localhost:5432/db",
            "https://example.com/@user:x",
            "https://user:password@example.com",
            "?key=value%20with%20%27quotes%27",
            "api_key=settings.OPENAI",
            "pplx-7b-online",
            "SCRUBBED-1",
            "Bearer SCRUBBED-1",
            "?key=YOUR_API_KEY_HERE",
            "api_key=os.environ['OPENAI_API_KEY']",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
