//! Addresses, queries and forms.

use super::credential::{looks_like_credential, password};
use super::decoded::{Decoded, Plus, percent_encoded};
use super::edits::{Edit, Edits};
use super::names::{self, Role};
use super::pass::Pass;
use std::ops::Range;

/// The parts of an address, as ranges of it.
#[derive(Debug, Default)]
struct Parts {
    /// `user:password`, without the `@`.
    user: Option<Range<usize>>,
    /// What stands before the query, from the host on.
    place: Range<usize>,
    query: Option<Range<usize>>,
    fragment: Option<Range<usize>>,
}

// === impl Parts ===

impl Parts {
    fn of(text: &[u8]) -> Self {
        let find = |range: Range<usize>, wanted: &[u8]| {
            let part = text.get(range.clone()).unwrap_or_default();
            part.iter().position(|byte| wanted.contains(byte)).map(|at| range.start + at)
        };
        let end = find(0..text.len(), b"#").unwrap_or(text.len());
        let fragment = (end < text.len()).then(|| end + 1..text.len());
        let before_query = find(0..end, b"?").unwrap_or(end);
        let query = (before_query < end).then(|| before_query + 1..end);
        let scheme =
            text.get(..before_query).unwrap_or_default().windows(3).position(|window| window == b"://");
        let authority = scheme.map_or(0, |at| at + 3);
        let path = find(authority..before_query, b"/").unwrap_or(before_query);
        let at = text.get(authority..path).unwrap_or_default().iter().rposition(|byte| *byte == b'@');
        let user = at.filter(|_| scheme.is_some()).map(|at| authority..authority + at);
        let host = user.as_ref().map_or(authority, |user| user.end + 1);
        Parts { user, place: host..before_query, query, fragment }
    }
}

// === impl Pass ===

impl Pass<'_> {
    /// The edits of an address within text.
    pub(super) fn address(&mut self, text: &[u8], depth: usize) -> Edits {
        let parts = Parts::of(text);
        let mut edits = Vec::new();
        if let Some(user) = parts.user.clone() {
            let value = text.get(user.clone()).unwrap_or_default();
            match password(value) {
                Some(password) => {
                    self.vault.learn_value(&Decoded::percent(password, Plus::Plus).text);
                    let with = self.placeholder(value);
                    edits.push(Edit::new(user, with, "url-credential"));
                }
                // A name alone is no secret, as in `ssh://git@host`, unless it looks like one.
                None => edits.extend(self.plain(value).shifted(user.start)),
            }
        }
        edits.extend(self.after_user(text, parts, depth));
        Edits::of(edits)
    }

    /// The edits of a request's address: user and password go altogether.
    pub(super) fn request_address(&mut self, text: &[u8]) -> Edits {
        let parts = Parts::of(text);
        let mut edits = Vec::new();
        if let Some(user) = parts.user.clone() {
            let value = text.get(user.clone()).unwrap_or_default();
            if let Some(password) = password(value) {
                self.vault.learn_value(&Decoded::percent(password, Plus::Plus).text);
            }
            edits.push(Edit::new(user.start..user.end + 1, "", "url-credential"));
        }
        edits.extend(self.after_user(text, parts, 0));
        Edits::of(edits)
    }

    fn after_user(&mut self, text: &[u8], parts: Parts, depth: usize) -> Vec<Edit> {
        let place = Decoded::percent(text.get(parts.place.clone()).unwrap_or_default(), Plus::Plus);
        let found = self.plain(&place.text);
        let mut edits = place.back(found, percent_encoded).shifted(parts.place.start);
        for range in [parts.query, parts.fragment].into_iter().flatten() {
            let pairs = text.get(range.clone()).unwrap_or_default();
            edits.extend(self.pairs(pairs, "?", depth).shifted(range.start));
        }
        edits
    }

    /// The edits of a query or a form; `prefix` stands before a name where it is told.
    pub(super) fn pairs(&mut self, text: &[u8], prefix: &str, depth: usize) -> Edits {
        let mut edits = Vec::new();
        let mut start = 0;
        for pair in text.split(|byte| *byte == b'&') {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..)),
                None => (pair, None),
            };
            let decoded_name = Decoded::percent(name, Plus::Space);
            let found = self.plain(&decoded_name.text);
            edits.extend(decoded_name.back(found, percent_encoded).shifted(start));
            if let Some(value) = value {
                let found = self.parameter(&decoded_name.text, value, depth);
                let found = found.within(|| format!("{prefix}{}", self.shown(&decoded_name.text)));
                edits.extend(found.shifted(start + name.len() + 1));
            }
            start += pair.len() + 1;
        }
        Edits::of(edits)
    }

    fn parameter(&mut self, name: &[u8], raw: &[u8], depth: usize) -> Edits {
        let value = Decoded::percent(raw, Plus::Space);
        let edits = self.valued(name, &value.text, depth);
        if edits.is_empty() { edits } else { value.back(edits, percent_encoded) }
    }

    /// The edits of a multipart field's content.
    pub(super) fn field(&mut self, name: &[u8], content: &[u8]) -> Edits {
        self.valued(name, content, 0)
    }

    fn valued(&mut self, name: &[u8], value: &[u8], depth: usize) -> Edits {
        let named = match names::parameter(name, &self.rules.names, &self.rules.kept_names) {
            Role::Kept => return Edits::default(),
            Role::Secret => true,
            Role::Weak => looks_like_credential(value),
            Role::Plain | Role::Holder => false,
        };
        if !named {
            return self.text(value, depth + 1);
        }
        let found = self.named(value, "named-field");
        found.map(|(with, rule)| Edit::new(0..value.len(), with, rule)).into_iter().collect()
    }
}
