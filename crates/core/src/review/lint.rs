//! What is wrong with a cassette that can be read.

use crate::call::Call;
use crate::cassette::{Cassette, Interaction};
use crate::matching::{ContentKey, MatchRules, call_keys, recorded_keys};
use crate::replay::unsendable;
use crate::scrub::Scrubber;
use crate::secrecy::shown;
use crate::target::Address;
use serde::Serialize;
use std::collections::BTreeMap;

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The interaction, counted from 0.
    pub interaction: usize,
    /// The line it starts on.
    pub line: u32,
    /// What kind of problem.
    pub problem: Problem,
    /// What is wrong, and what to do.
    pub message: String,
}

/// The kinds of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// The same request with the same answer stands there already.
    Duplicate,
    /// No request can be answered with it.
    Unreachable,
    /// A header that HTTP cannot carry is left out of the replay.
    UnsendableHeader,
    /// A credential is stored.
    Secret,
}

/// The findings of a cassette under these rules, in order; what is secret is the scrubber's to say.
#[must_use]
pub fn lint(cassette: &Cassette, rules: &MatchRules, scrubber: &Scrubber) -> Vec<Finding> {
    let secrets = scrubber.findings(cassette);
    let mut findings = Vec::new();
    let mut seen = BTreeMap::new();
    for (at, interaction) in cassette.interactions.iter().enumerate() {
        let mut find = |problem, message: String| {
            findings.push(Finding { interaction: at, line: interaction.line, problem, message });
        };
        let request = format!("{} {}", interaction.request.method, shown(&interaction.request.url));
        if let Some(reason) = unreachable(interaction, rules) {
            find(Problem::Unreachable, format!("{request} can never be answered with this: {reason}"));
        } else if let Some(first) = twin(&mut seen, at, interaction, rules) {
            find(
                Problem::Duplicate,
                format!(
                    "{request} has the same request and the same answer as interaction {first}: delete one"
                ),
            );
        }
        for header in unsendable(&interaction.response) {
            find(
                Problem::UnsendableHeader,
                format!(
                    "the response header `{}` is not replayed: {}",
                    header.name.escape_debug(),
                    header.reason
                ),
            );
        }
        for secret in secrets.iter().filter(|secret| secret.interaction == at) {
            find(
                Problem::Secret,
                format!(
                    "{} holds a secret ({}): `standin cassette scrub` replaces it, and whoever issued it should revoke it",
                    secret.place, secret.rule
                ),
            );
        }
    }
    findings
}

/// Why no HTTP request can find an interaction.
fn unreachable(interaction: &Interaction, rules: &MatchRules) -> Option<String> {
    let request = &interaction.request;
    let address = Address::parse(&request.url);
    if http::Method::from_bytes(request.method.as_bytes()).is_err() {
        return Some(format!("`{}` is not an HTTP method", request.method.escape_debug()));
    }
    if request.method == "CONNECT" {
        return Some("CONNECT opens a tunnel and has no answer to replay".to_owned());
    }
    if !address.path.starts_with('/') {
        return Some(format!("`{}` has no path that a request could name", shown(&request.url)));
    }
    let target = request.url.bytes().any(|byte| byte <= b' ' || byte == 0x7f);
    if target {
        return Some(
            "its address holds a space or a control character, which no request line can".to_owned(),
        );
    }
    // The request, sent as recorded, has to find itself.
    let call = Call {
        method: request.method.clone(),
        path: address.path.to_owned(),
        query: address.query.map(str::to_owned),
        host: address.authority.map(str::to_owned),
        headers: request.headers.clone(),
        body: request.body.bytes().into_owned().into(),
    };
    let recorded = recorded_keys(request, rules);
    let found =
        call_keys(&call, rules).iter().any(|key| recorded.contains(key)) && rules.admits(&call, request);
    (!found).then(|| "the request, sent as recorded, does not match itself under these rules".to_owned())
}

/// What makes two interactions the same: the request by meaning, its host, and the answer.
type Same = (Option<ContentKey>, Option<String>, u16, [u8; 32]);

/// An earlier interaction that asks and answers the same.
fn twin(
    seen: &mut BTreeMap<Same, usize>,
    at: usize,
    interaction: &Interaction,
    rules: &MatchRules,
) -> Option<usize> {
    let (request, response) = (&interaction.request, &interaction.response);
    let same = (
        recorded_keys(request, rules).first().copied(),
        Address::parse(&request.url).host(),
        response.status,
        *blake3::hash(&response.body).as_bytes(),
    );
    let first = *seen.entry(same).or_insert(at);
    (first < at).then_some(first)
}
