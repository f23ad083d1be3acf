//! The common model as go-vcr v4.0.7 writes it: declared order of fields, empty ones left out.

use super::{REQUEST_FIELDS, RESPONSE_FIELDS};
use crate::cassette::chunks;
use crate::cassette::model::{Cassette, GoFields, Interaction, RecordedRequest, RecordedResponse, Unknown};
use crate::cassette::yaml::{Node, Value};
use crate::headers::Headers;
use crate::target::Address;
use std::collections::BTreeMap;

type Entries<'a> = Vec<(Node<'a>, Node<'a>)>;

pub(crate) fn write(cassette: &Cassette) -> Node<'_> {
    let interactions =
        cassette.interactions.iter().enumerate().map(|(id, one)| interaction(id, one)).collect();
    let mut entries = vec![
        (Node::plain("version"), Node::plain("2")),
        (Node::plain("interactions"), Node::seq(interactions)),
    ];
    append_unknown(&mut entries, &cassette.unknown);
    Node::map(entries)
}

fn interaction(id: usize, interaction: &Interaction) -> Node<'_> {
    let mut entries = vec![
        (Node::plain("id"), Node::plain(id.to_string())),
        (Node::plain("request"), request(&interaction.request)),
        (Node::plain("response"), response(&interaction.response)),
    ];
    append_unknown(&mut entries, &interaction.unknown);
    if let Some(chunks) = &interaction.chunks {
        entries.push((Node::plain(chunks::KEY), chunks.write()));
    }
    Node::map(entries)
}

fn request(request: &RecordedRequest) -> Node<'_> {
    let body = request.body.bytes();
    let address = Address::parse(&request.url);
    let mut entries = Vec::new();
    for key in REQUEST_FIELDS {
        if let Some(node) = request.go.as_ref().and_then(|go| go.node(key)) {
            entries.push((Node::plain(key), node.clone()));
            continue;
        }
        // Without go-vcr's own record of the request, what a Go client would have sent.
        let value = match key {
            "proto" => Node::text("HTTP/1.1"),
            "proto_major" | "proto_minor" => Node::plain("1"),
            "content_length" => Node::plain(body.len().to_string()),
            "host" => Node::text(address.authority.unwrap_or_default().to_owned()),
            "form" => match form(&request.headers, address.query, &body) {
                Some(form) => form,
                None => continue,
            },
            _ => continue,
        };
        entries.push((Node::plain(key), value));
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
    append_unknown(&mut entries, &request.unknown);
    Node::map(entries)
}

fn response(response: &RecordedResponse) -> Node<'_> {
    let mut entries = Vec::new();
    let known = |key: &str| response.go.as_ref().and_then(|go: &GoFields| go.node(key)).cloned();
    for key in &RESPONSE_FIELDS[..RESPONSE_FIELDS.len() - 1] {
        let value = match (known(key), *key) {
            (Some(node), _) => node,
            (None, "proto") => Node::text("HTTP/1.1"),
            (None, "proto_major" | "proto_minor") => Node::plain("1"),
            (None, "content_length") => Node::plain(response.body.len().to_string()),
            (None, _) => continue,
        };
        entries.push((Node::plain(*key), value));
    }
    entries.push((Node::plain("body"), Node::bytes(&response.body)));
    entries.push((Node::plain("headers"), header_map(&response.headers)));
    let status = format!("{} {}", response.status, response.reason);
    entries.push((Node::plain("status"), Node::text(status.trim_end().to_owned())));
    entries.push((Node::plain("code"), Node::plain(response.status.to_string())));
    entries.push((Node::plain("duration"), known("duration").unwrap_or_else(|| Node::plain("0s"))));
    append_unknown(&mut entries, &response.unknown);
    Node::map(entries)
}

/// Names in Go's canonical casing would change what was recorded; they are kept, and only sorted.
fn header_map(headers: &Headers) -> Node<'_> {
    let mut groups = headers.grouped();
    groups.sort_by(|a, b| a.0.cmp(b.0));
    Node::map(
        groups
            .into_iter()
            .map(|(name, values)| (Node::text(name), Node::seq(values.into_iter().map(Node::text).collect())))
            .collect(),
    )
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
    (!fields.is_empty()).then(|| {
        Node::map(fields.into_iter().map(|(key, values)| (Node::text(key), Node::seq(values))).collect())
    })
}

fn append_unknown<'a>(entries: &mut Entries<'a>, unknown: &'a Unknown) {
    entries.extend(unknown.0.iter().cloned());
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
