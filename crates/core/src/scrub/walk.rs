//! An interaction from end to end, and what follows from its edits: lengths, chunks, encodings.

use super::body::Changed;
use super::credential::{is_mark, is_placeholder, looks_like_credential};
use super::edits::Mark;
use super::filter::Filtered;
use super::header_names::{Fate, Side, fate};
use super::pass::Pass;
use super::tree::Names;
use crate::cassette::yaml::{Node, Owned, Value};
use crate::cassette::{GoFields, Interaction, RecordedRequest, RecordedResponse, RequestBody, Unknown};
use crate::encoding::decoded;
use crate::headers::Headers;
use bytes::Bytes;

/// Something that was scrubbed. It never holds the value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Scrubbed {
    /// The interaction, counted from 0.
    pub interaction: usize,
    /// Where: `request.headers.authorization`, `request.url?key`, `response.body /a/b`, `response.body event
    /// 3 /choices/0/delta/content`.
    pub place: String,
    /// The rule that found it: `credential-header`, `openai-key`, `named-field`, `known-secret`.
    pub rule: &'static str,
    /// Whether it is a secret.
    pub kind: Kind,
}

/// Why something is scrubbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Whoever reads it can use it.
    Secret,
    /// It tells whose call it was or changes from call to call, and is of no use to a replay.
    Volatile,
}

/// What becomes of bodies that are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compressed {
    /// They are left alone: who records decodes first.
    Left,
    /// They are decoded, and stored so where they hold a secret.
    Opened,
}

/// A walk over one interaction.
#[derive(Debug)]
pub(super) struct Walk<'p, 'a> {
    pub(super) pass: &'p mut Pass<'a>,
    pub(super) compressed: Compressed,
    pub(super) interaction: usize,
    pub(super) found: Vec<Scrubbed>,
}

// === impl Walk ===

impl Walk<'_, '_> {
    /// Scrubs an interaction in place. Headers come first: what they hold is looked for in the rest.
    pub(super) fn interaction(&mut self, interaction: &mut Interaction) {
        let Interaction { request, response, chunks, unknown, recorded: _, layout: _, line: _ } = interaction;
        self.headers(&mut request.headers, Side::Request, "request.headers");
        self.headers(&mut response.headers, Side::Response, "response.headers");
        self.pass.vault.refresh();
        self.request(request);
        if let Some(changed) = self.response(response) {
            *chunks = match (chunks.take(), changed) {
                (Some(chunks), BodyChange::Edited(changed)) => Some(chunks.recut(|at| changed.moved(at))),
                // The pieces were of the compressed body.
                _ => None,
            };
        }
        self.unknown(unknown, "");
    }

    /// Scrubs keys that the format does not have.
    pub(super) fn unknown(&mut self, unknown: &mut Unknown, place: &str) {
        for (key, value) in &mut unknown.0 {
            // One mapping of one entry: the key names the value.
            let mut entry = Node::map(vec![(key.clone(), value.clone())]);
            self.tree(&mut entry, Names::Members, place);
            if let Value::Map(entries) = entry.value
                && let Some((new_key, new_value)) = entries.into_iter().next()
            {
                (*key, *value) = (new_key, new_value);
            }
        }
    }

    fn request(&mut self, request: &mut RecordedRequest) {
        let edits = self.pass.request_address(request.url.as_bytes());
        if !edits.is_empty() {
            request.url = text_of(edits.apply(request.url.as_bytes()));
            self.tell(edits.marks(), "request.url");
        }
        let edits = self.pass.rules.filtered_address(request.url.as_bytes(), Filtered::Replaced);
        if !edits.is_empty() {
            request.url = text_of(edits.apply(request.url.as_bytes()));
            self.tell(edits.marks(), "request.url");
        }
        let old = request.body.bytes().len();
        let changed = match &mut request.body {
            RequestBody::None => None,
            RequestBody::Bytes(bytes) => {
                let change = self.body(&mut request.headers, bytes, Side::Request, "request.body");
                if let Some(change) = &change {
                    *bytes = Bytes::copy_from_slice(change.bytes());
                }
                change.map(|_| ())
            }
            RequestBody::Structured(structured) => {
                let changed = self.tree(&mut structured.0, Names::Members, "request.body");
                (self.filter_tree(&mut structured.0, "request.body") || changed).then_some(())
            }
        };
        if changed.is_some() {
            let new = request.body.bytes().len();
            correct_lengths(&mut request.headers, request.go.as_mut(), old, new);
        }
        if let Some(go) = &mut request.go {
            self.go_fields(go, Side::Request, "request");
        }
        self.unknown(&mut request.unknown, "request");
    }

    fn response(&mut self, response: &mut RecordedResponse) -> Option<BodyChange> {
        self.text_field(&mut response.reason, "response.status");
        let change = self.body(&mut response.headers, &response.body, Side::Response, "response.body");
        if let Some(change) = &change {
            let (old, new) = (response.body.len(), change.bytes().len());
            response.body = Bytes::copy_from_slice(change.bytes());
            correct_lengths(&mut response.headers, response.go.as_mut(), old, new);
        }
        if let Some(go) = &mut response.go {
            self.go_fields(go, Side::Response, "response");
        }
        self.unknown(&mut response.unknown, "response");
        change
    }

    fn headers(&mut self, headers: &mut Headers, side: Side, place: &str) {
        headers.rewrite(|name, value| self.header(name, value, side, place));
    }

    fn header(&mut self, name: &str, value: String, side: Side, place: &str) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        let rules = self.pass.rules;
        match fate(&lower, &value, side, rules) {
            Fate::Kept => Some(value),
            // Another tool, or standin, has been here.
            Fate::Goes(..) if is_mark(value.as_bytes()) || is_placeholder(value.as_bytes()) => Some(value),
            Fate::Goes(rule, kind) => {
                // Whose key it was is known by a name that may be a common word.
                if kind == Kind::Secret || looks_like_credential(value.as_bytes()) && rule == "account-header"
                {
                    self.pass.vault.learn_header(&lower, &value);
                }
                let place = format!("{place}.{}", self.pass.shown(lower.as_bytes()));
                self.found.push(Scrubbed { interaction: self.interaction, place, rule, kind });
                None
            }
            Fate::Stays => {
                let edits = self.pass.text(value.as_bytes(), 1);
                if edits.is_empty() {
                    return Some(value);
                }
                let changed = text_of(edits.apply(value.as_bytes()));
                let place = format!("{place}.{}", self.pass.shown(lower.as_bytes()));
                self.tell(edits.marks(), &place);
                Some(changed)
            }
        }
    }

    /// Scrubs a body. One that was compressed loses its `Content-Encoding` when it changes.
    fn body(&mut self, headers: &mut Headers, body: &Bytes, side: Side, place: &str) -> Option<BodyChange> {
        let encoding = headers.get("content-encoding").map(str::to_owned);
        // Text under a header that a recorder left behind can pass for raw deflate.
        let encoding = encoding.filter(|_| std::str::from_utf8(body).is_err());
        let opened = encoding.and_then(|encoding| decoded(&encoding, body));
        if opened.is_some() && self.compressed == Compressed::Left {
            return None;
        }
        let mut plain_headers = headers.clone();
        plain_headers
            .rewrite(|name, value| (!name.eq_ignore_ascii_case("content-encoding")).then_some(value));
        let plain = opened.as_deref().unwrap_or(body);
        let mut changed = self.pass.body(&plain_headers, plain).unwrap_or_default();
        if side == Side::Request {
            let rules = self.pass.rules;
            changed.step(plain, |body| rules.filtered_body(&plain_headers, body, Filtered::Replaced));
        }
        if changed.steps.is_empty() {
            return None;
        }
        self.tell(changed.marks.iter().cloned(), place);
        Some(if opened.is_some() {
            *headers = plain_headers;
            BodyChange::Opened(changed)
        } else {
            BodyChange::Edited(changed)
        })
    }

    /// What only go-vcr records. The lengths are corrected with the body's.
    fn go_fields(&mut self, go: &mut GoFields, side: Side, place: &str) {
        for (key, value) in &mut go.0 {
            let place = format!("{place}.{key}");
            match key.as_str() {
                "form" => {
                    self.tree(value, Names::Parameters, &place);
                    if side == Side::Request {
                        self.filter_tree(value, &place);
                    }
                }
                "trailer" => self.trailer(value, side, &place),
                "host" | "remote_addr" | "transfer_encoding" => {
                    self.tree(value, Names::Members, &place);
                }
                "request_uri" => self.request_uri(value, &place),
                _ => {}
            }
        }
    }

    fn request_uri(&mut self, node: &mut Owned, place: &str) {
        let Some(text) = node.as_str().map(str::to_owned) else { return };
        let secrets = self.pass.request_address(text.as_bytes());
        let left = secrets.apply(text.as_bytes());
        let filtered = self.pass.rules.filtered_address(&left, Filtered::Replaced);
        if !secrets.is_empty() || !filtered.is_empty() {
            *node = Node::text(text_of(filtered.apply(&left)));
            self.tell(secrets.marks().chain(filtered.marks()), place);
        }
    }

    fn trailer(&mut self, node: &mut Owned, side: Side, place: &str) {
        let Value::Map(entries) = &mut node.value else { return };
        entries.retain_mut(|(name, values)| {
            let name = name.as_str().unwrap_or_default();
            let values = match &mut values.value {
                Value::Seq(values) => &mut values[..],
                _ => std::slice::from_mut(values),
            };
            values.iter_mut().all(|value| {
                let Some(text) = value.as_str().map(str::to_owned) else { return true };
                match self.header(name, text.clone(), side, place) {
                    Some(new) if new == text => true,
                    Some(new) => {
                        *value = Node::text(new);
                        true
                    }
                    None => false,
                }
            })
        });
    }

    fn text_field(&mut self, text: &mut String, place: &str) {
        let edits = self.pass.text(text.as_bytes(), 1);
        if !edits.is_empty() {
            *text = text_of(edits.apply(text.as_bytes()));
            self.tell(edits.marks(), place);
        }
    }

    fn filter_tree(&mut self, node: &mut Owned, place: &str) -> bool {
        let changed = self.pass.rules.filter_tree(node);
        let interaction = self.interaction;
        let told =
            || Scrubbed { interaction, place: place.to_owned(), rule: "request-field", kind: Kind::Secret };
        self.found.extend(changed.then(told));
        changed
    }

    /// Scrubs a tree, and says whether it changed.
    fn tree(&mut self, node: &mut Owned, names: Names, place: &str) -> bool {
        let mut marks = Vec::new();
        self.pass.tree(node, names, "", &mut marks);
        let changed = !marks.is_empty();
        self.tell(marks.into_iter(), if place.is_empty() { "unknown" } else { place });
        changed
    }

    fn tell(&mut self, marks: impl Iterator<Item = Mark>, place: &str) {
        let interaction = self.interaction;
        let tell = |mark: Mark| {
            let place = match mark.place.as_str() {
                "" => place.to_owned(),
                below if below.starts_with('?') => format!("{place}{below}"),
                below => format!("{place} {below}"),
            };
            Scrubbed { interaction, place, rule: mark.rule, kind: Kind::Secret }
        };
        self.found.extend(marks.map(tell));
    }
}

/// How a body changed.
#[derive(Debug)]
enum BodyChange {
    /// Its bytes were edited.
    Edited(Changed),
    /// It was compressed, and is not any more.
    Opened(Changed),
}

// === impl BodyChange ===

impl BodyChange {
    fn bytes(&self) -> &[u8] {
        match self {
            BodyChange::Edited(changed) | BodyChange::Opened(changed) => &changed.bytes,
        }
    }
}

/// Sets the lengths that are stated. An unknown one (-1) stays unknown, and so does a 0 that was none.
fn correct_lengths(headers: &mut Headers, go: Option<&mut GoFields>, old: usize, new: usize) {
    headers.rewrite(|name, value| {
        Some(if name.eq_ignore_ascii_case("content-length") { new.to_string() } else { value })
    });
    let stated = go.and_then(|go| go.0.iter_mut().find(|(key, _)| key == "content_length"));
    if let Some((_, length)) = stated
        && length.as_int().is_some_and(|stated| stated > 0 || usize::try_from(stated) == Ok(old))
    {
        *length = Node::plain(new.to_string());
    }
}

/// Edits put ASCII into text, and take whole characters out of it.
fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
