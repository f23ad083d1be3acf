//! The common model as go-vcr v4.0.7 writes it: declared order of fields, empty ones left out.

use super::{REQUEST_FIELDS, RESPONSE_FIELDS, VOCABULARY};
use crate::cassette::fields::header_node;
use crate::cassette::model::{Cassette, Interaction, RecordedRequest, RecordedResponse};
use crate::cassette::notes;
use crate::cassette::yaml::{Node, Value};
use crate::headers::Headers;
use crate::target::Address;
use std::cmp::Ordering;
use std::collections::BTreeMap;

pub(crate) fn write(cassette: &Cassette) -> Node<'_> {
    let interactions =
        cassette.interactions.iter().enumerate().map(|(id, one)| interaction(id, one)).collect();
    let mut entries = vec![
        (Node::plain("version"), Node::plain("2")),
        (Node::plain("interactions"), Node::seq(interactions)),
    ];
    entries.extend(cassette.unknown.beside(VOCABULARY.cassette));
    Node::map(entries)
}

fn interaction(id: usize, interaction: &Interaction) -> Node<'_> {
    let mut entries = vec![
        (Node::plain("id"), Node::plain(id.to_string())),
        (Node::plain("request"), request(&interaction.request)),
        (Node::plain("response"), response(&interaction.response)),
    ];
    entries.extend(interaction.unknown.beside(VOCABULARY.interaction));
    entries.extend(notes::write(interaction).map(|notes| (Node::plain(notes::KEY), notes)));
    Node::map(entries)
}

fn request(request: &RecordedRequest) -> Node<'_> {
    let body = request.body.bytes();
    let address = Address::parse(&request.url);
    let mut entries = Vec::new();
    for &key in REQUEST_FIELDS {
        // Without go-vcr's own record of the request, what a Go client would have sent.
        let value = match (&request.go, key) {
            (Some(go), _) => go.node(key).cloned(),
            (None, "proto") => Some(Node::text("HTTP/1.1")),
            (None, "proto_major" | "proto_minor") => Some(Node::plain("1")),
            (None, "content_length") => Some(Node::plain(body.len().to_string())),
            (None, "host") => Some(Node::text(address.authority.unwrap_or_default().to_owned())),
            (None, "form") => form(&request.headers, address.query, &body),
            (None, _) => None,
        };
        entries.extend(value.map(|value| (Node::plain(key), value)));
    }
    if !body.is_empty() {
        let body = Node::bytes(&body).into_owned();
        // `host` is followed by `body`; the fields after it keep their places.
        let at =
            entries.iter().position(|(key, _)| matches!(key.as_str(), Some("form"))).unwrap_or(entries.len());
        entries.insert(at, (Node::plain("body"), body));
    }
    if !request.headers.is_empty() {
        entries.push((Node::plain("headers"), header_map(&request.headers)));
    }
    entries.push((Node::plain("url"), Node::text(request.url.as_str())));
    entries.push((Node::plain("method"), Node::text(request.method.as_str())));
    entries.extend(request.unknown.beside(VOCABULARY.request));
    Node::map(entries)
}

fn response(response: &RecordedResponse) -> Node<'_> {
    let mut entries = Vec::new();
    let value = |key: &'static str| {
        let value = match (&response.go, key) {
            (Some(go), _) => go.node(key).cloned(),
            (None, "proto") => Some(Node::text("HTTP/1.1")),
            (None, "proto_major" | "proto_minor") => Some(Node::plain("1")),
            (None, "content_length") => Some(Node::plain(response.body.len().to_string())),
            (None, "duration") => Some(Node::plain("0s")),
            (None, _) => None,
        };
        value.map(|value| (Node::plain(key), value))
    };
    // `duration` stands at the end.
    let (last, first) =
        (RESPONSE_FIELDS[RESPONSE_FIELDS.len() - 1], &RESPONSE_FIELDS[..RESPONSE_FIELDS.len() - 1]);
    entries.extend(first.iter().copied().filter_map(value));
    entries.push((Node::plain("body"), Node::bytes(&response.body)));
    entries.push((Node::plain("headers"), header_map(&response.headers)));
    let status = format!("{} {}", response.status, response.reason);
    entries.push((Node::plain("status"), Node::text(status.trim_end().to_owned())));
    entries.push((Node::plain("code"), Node::plain(response.status.to_string())));
    entries.extend(value(last));
    entries.extend(response.unknown.beside(VOCABULARY.response));
    Node::map(entries)
}

/// Names in Go's canonical casing would change what was recorded; they are kept, and only sorted.
fn header_map(headers: &Headers) -> Node<'_> {
    let mut groups = headers.grouped();
    groups.sort_by(|a, b| natural_order(a.0, b.0));
    header_node(groups)
}

/// go-vcr 4.0.7 records the parsed form: the query's parameters and those of a form body.
fn form(headers: &Headers, query: Option<&str>, body: &[u8]) -> Option<Node<'static>> {
    let mut fields: BTreeMap<String, Vec<Node<'static>>> = BTreeMap::new();
    let is_form = headers.media_type().as_deref() == Some("application/x-www-form-urlencoded");
    let body = if is_form { body } else { &[] };
    for source in [body, query.unwrap_or_default().as_bytes()] {
        for (key, value) in form_urlencoded::parse(source) {
            fields.entry(key.into_owned()).or_default().push(Node::text(value.into_owned()));
        }
    }
    let mut fields: Vec<_> = fields.into_iter().collect();
    fields.sort_by(|a, b| natural_order(&a.0, &b.0));
    (!fields.is_empty()).then(|| {
        Node::map(fields.into_iter().map(|(key, values)| (Node::text(key), Node::seq(values))).collect())
    })
}

/// The order in which go-yaml writes the keys of a map: runs of digits count as numbers, and a letter
/// comes after what is no letter, except behind a digit.
fn natural_order(left: &str, right: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (Some(x), Some(y)) = (a.get(same), b.get(same)) else { return a.len().cmp(&b.len()) };
    let behind_digit = same > 0 && a[same - 1].is_numeric();
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => x.cmp(y),
        (true, false) => {
            if behind_digit {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (false, true) => {
            if behind_digit {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
        (false, false) => {
            // A run that has begun with another digit than zero before this place goes on here.
            let begun = a[..same].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
            let run = |chars: &[char]| {
                let digits: String = chars[same..].iter().take_while(|c| c.is_ascii_digit()).collect();
                let number = format!("{}{digits}", if begun { "1" } else { "" });
                (number.trim_start_matches('0').to_owned(), digits.len())
            };
            let ((left, left_len), (right, right_len)) = (run(&a), run(&b));
            left.len().cmp(&right.len()).then(left.cmp(&right)).then(left_len.cmp(&right_len)).then(x.cmp(y))
        }
    }
}

/// Whether a field holds nothing worth telling: `[]`, `{}`, `""` or zero.
pub(crate) fn is_empty(node: &Node<'_>) -> bool {
    match &node.value {
        Value::Seq(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Plain(text) | Value::Text(text) => matches!(text.as_ref(), "" | "0" | "false"),
        Value::Binary(bytes) => bytes.is_empty(),
    }
}
