//! Mocks that can never answer.

use super::condition::Condition;
use super::read::{Problem, Severity};
use super::rule::Mock;
use super::test::TextTest;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tells of conditions that no call can meet.
pub(super) fn impossible(mock: &Mock, tell: &mut impl FnMut(String)) {
    if mock.times == Some(0) {
        tell("it answers 0 times".to_owned());
    }
    if let Some(provider) = mock.provider.as_deref().filter(|provider| !PROVIDERS.contains(provider)) {
        tell(format!("no call is for the provider `{provider}`: mocks answer for {}", PROVIDERS.join(", ")));
    }
    let mut parts = Vec::new();
    flatten(&mock.condition, &mut parts);
    contradictions(&parts, tell);
    mock.condition.each(&mut |condition| match condition {
        Condition::Turns { least, most } if least > most => {
            tell(format!("no call has at least {least} and at most {most} turns"));
        }
        Condition::Role(role) if !ROLES.contains(&role.as_str()) => {
            tell(format!("no message has the role `{role}`: {} are roles", ROLES.join(", ")));
        }
        Condition::Any(parts) if parts.is_empty() => tell("`any` of nothing never holds".to_owned()),
        Condition::Not(part) if is_always(part) => tell("`not` of what always holds never does".to_owned()),
        _ => {}
    });
}

/// The roles of all vendors' messages.
const ROLES: [&str; 6] = ["assistant", "developer", "function", "system", "tool", "user"];
/// The providers whose calls mocks are asked about.
const PROVIDERS: [&str; 3] = ["anthropic", "azure", "openai"];

/// Two things that cannot both hold.
fn contradictions(parts: &[&Condition], tell: &mut impl FnMut(String)) {
    for (at, one) in parts.iter().enumerate() {
        for other in &parts[at + 1..] {
            let contradict = match (one, other) {
                (Condition::Role(one), Condition::Role(other)) => {
                    one != other && one != "tool" && other != "tool"
                }
                (Condition::ToolCall(one), Condition::ToolCall(other))
                | (Condition::Method(one), Condition::Method(other)) => one != other,
                (Condition::Last(one), Condition::Last(other))
                | (Condition::User(one), Condition::User(other))
                | (Condition::Model(one), Condition::Model(other)) => {
                    excludes(one, other) || excludes(other, one)
                }
                (Condition::Stream(one), Condition::Stream(other)) => one != other,
                _ => false,
            };
            if contradict {
                tell(format!("`{one}` and `{other}` cannot both hold"));
            }
        }
    }
}

/// Whether a text that one test takes never passes the other.
fn excludes(one: &TextTest, other: &TextTest) -> bool {
    matches!(one, TextTest::Equals(text) if !other.holds(text))
}

fn flatten<'c>(condition: &'c Condition, parts: &mut Vec<&'c Condition>) {
    match condition {
        Condition::All(inner) => inner.iter().for_each(|part| flatten(part, parts)),
        other => parts.push(other),
    }
}

fn is_always(condition: &Condition) -> bool {
    matches!(condition, Condition::All(parts) if parts.iter().all(is_always))
}

/// A condition and how it reads, which is what most are compared by.
struct Wanted<'m> {
    condition: &'m Condition,
    told: String,
}

/// Mocks that an earlier one answers for, whatever is asked: everything that the earlier one wants, the later
/// one wants as well.
pub(super) fn shadowed(mocks: &[Mock]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut shadows = Shadows::default();
    for mock in mocks {
        let wanted = wanted(mock);
        if let Some(earlier) = shadows.over(mock, &wanted) {
            problems.push(Problem {
                file: Arc::clone(&mock.place.file),
                line: mock.place.line,
                severity: Severity::Warning,
                message: format!(
                    "{} never answers: {} ({}) always does before it",
                    mock.label(),
                    earlier.label(),
                    earlier.place
                ),
            });
        }
        if always_free(mock) {
            shadows.add(mock, wanted);
        }
    }
    problems
}

/// What a mock wants. The longest comes first: it is the rarest, and most comparisons end with it.
fn wanted(mock: &Mock) -> Vec<Wanted<'_>> {
    let mut parts = Vec::new();
    flatten(&mock.condition, &mut parts);
    let mut wanted: Vec<Wanted<'_>> =
        parts.into_iter().map(|condition| Wanted { condition, told: condition.to_string() }).collect();
    wanted.sort_by_key(|one| std::cmp::Reverse(one.told.len()));
    wanted
}

/// Whether a mock answers whenever it holds.
fn always_free(mock: &Mock) -> bool {
    mock.times.is_none() && mock.scenario.as_ref().is_none_or(|scenario| scenario.when.is_none())
}

/// The mocks that may shadow later ones, found by the texts they want, so that thousands are compared in no
/// time.
#[derive(Default)]
struct Shadows<'m> {
    /// Those that want nothing but one text or one value, by it.
    single: BTreeMap<String, &'m Mock>,
    /// The others, with what they want.
    others: Vec<(&'m Mock, Vec<Wanted<'m>>)>,
}

/// Mocks with more than one condition that are compared with each later one.
const COMPARED: usize = 500;

impl<'m> Shadows<'m> {
    fn add(&mut self, mock: &'m Mock, wanted: Vec<Wanted<'m>>) {
        match wanted.as_slice() {
            [only] if !matches!(only.condition, Condition::Last(TextTest::Contains(_))) => {
                self.single.entry(only.told.clone()).or_insert(mock);
            }
            _ if self.others.len() < COMPARED => self.others.push((mock, wanted)),
            _ => {}
        }
    }

    fn over(&self, mock: &Mock, parts: &[Wanted<'_>]) -> Option<&'m Mock> {
        let by_one = parts.iter().filter_map(|part| self.single.get(&part.told).copied());
        let by_all = self
            .others
            .iter()
            .filter(|(_, wanted)| wanted.iter().all(|one| parts.iter().any(|part| implies(part, one))))
            .map(|(earlier, _)| *earlier);
        by_one.chain(by_all).find(|earlier| covers(earlier, mock))
    }
}

/// Whether a mock is asked wherever another is.
fn covers(earlier: &Mock, mock: &Mock) -> bool {
    mock.endpoints.iter().all(|endpoint| earlier.endpoints.contains(endpoint))
        && (earlier.provider.is_none() || earlier.provider == mock.provider)
}

/// Whether what meets one condition meets another.
fn implies(one: &Wanted<'_>, other: &Wanted<'_>) -> bool {
    match (one.condition, other.condition) {
        (Condition::Last(one), Condition::Last(TextTest::Contains(text)))
        | (Condition::User(one), Condition::User(TextTest::Contains(text)))
        | (Condition::System(one), Condition::System(TextTest::Contains(text))) => match one {
            TextTest::Equals(wanted) | TextTest::Contains(wanted) => wanted.contains(text.as_str()),
            TextTest::Matches(_) | TextTest::Like(_) => false,
        },
        _ => one.told == other.told,
    }
}
