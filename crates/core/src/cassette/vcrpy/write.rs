//! The common model as vcrpy loads it: every required key, an ASCII reason, a body that is never null.

use super::VOCABULARY;
use crate::cassette::fields::header_node;
use crate::cassette::model::{
    Cassette, Format, Interaction, RecordedRequest, RecordedResponse, RequestBody, Unknown,
};
use crate::cassette::notes;
use crate::cassette::yaml::Node;

type Entries<'a> = Vec<(Node<'a>, Node<'a>)>;

pub(crate) fn write(cassette: &Cassette) -> Node<'_> {
    let interactions = cassette.interactions.iter().map(|one| interaction(one, cassette.format)).collect();
    sorted(
        vec![
            (Node::plain("interactions"), Node::seq(interactions)),
            (Node::plain("version"), Node::plain("1")),
        ],
        &cassette.unknown,
        VOCABULARY.cassette,
    )
}

fn interaction(interaction: &Interaction, origin: Format) -> Node<'_> {
    let mut entries = vec![
        (Node::plain("request"), request(&interaction.request, origin)),
        (Node::plain("response"), response(&interaction.response)),
    ];
    entries.extend(notes::write(interaction).map(|notes| (Node::plain(notes::KEY), notes)));
    sorted(entries, &interaction.unknown, VOCABULARY.interaction)
}

fn request(request: &RecordedRequest, origin: Format) -> Node<'_> {
    static NOTHING: Unknown = Unknown(Vec::new());
    let body = match &request.body {
        RequestBody::None => Node::plain("null"),
        RequestBody::Bytes(bytes) => Node::bytes(bytes),
        RequestBody::Structured(value) => value.0.clone(),
    };
    // vcrpy keeps the first value of a request header and drops the rest on construction.
    let first = request
        .headers
        .grouped()
        .into_iter()
        .filter_map(|(name, values)| values.first().map(|value| (name, *value)))
        .collect::<Vec<_>>();
    let headers = header_map(first.iter().map(|(name, value)| (*name, vec![*value])).collect());
    // A fifth key in a request makes vcrpy fail, so only a file that already has one keeps it.
    let unknown = if origin == Format::Vcrpy { &request.unknown } else { &NOTHING };
    sorted(
        vec![
            (Node::plain("body"), body),
            (Node::plain("headers"), headers),
            (Node::plain("method"), Node::text(request.method.as_str())),
            (Node::plain("uri"), Node::text(request.url.as_str())),
        ],
        unknown,
        VOCABULARY.request,
    )
}

fn response(response: &RecordedResponse) -> Node<'_> {
    let body = Node::map(vec![(Node::plain("string"), Node::bytes(&response.body))]);
    let status = Node::map(vec![
        (Node::plain("code"), Node::plain(response.status.to_string())),
        (Node::plain("message"), Node::text(ascii_reason(response))),
    ]);
    sorted(
        vec![
            (Node::plain("body"), body),
            (Node::plain("headers"), header_map(response.headers.grouped())),
            (Node::plain("status"), status),
        ],
        &response.unknown,
        VOCABULARY.response,
    )
}

/// httpx encodes the reason as ASCII and fails on anything else.
fn ascii_reason(response: &RecordedResponse) -> &str {
    if response.reason.is_ascii() {
        return &response.reason;
    }
    http::StatusCode::from_u16(response.status)
        .ok()
        .and_then(|code| code.canonical_reason())
        .unwrap_or_default()
}

fn header_map<'a>(mut groups: Vec<(&'a str, Vec<&'a str>)>) -> Node<'a> {
    groups.sort_by(|a, b| a.0.cmp(b.0));
    header_node(groups)
}

/// PyYAML sorts the keys of every mapping.
fn sorted<'a>(mut entries: Entries<'a>, unknown: &'a Unknown, known: &'static [&str]) -> Node<'a> {
    entries.extend(unknown.beside(known));
    entries.sort_by(|a, b| a.0.as_str().cmp(&b.0.as_str()));
    Node::map(entries)
}
