//! From what arrived to what is stored, or the reason why nothing is.

use super::{Ticket, lock, outcome};
use crate::bypass::Passed;
use crate::engine::{Engine, Routed};
use crate::journal::{Outcome, Recording};
use crate::sessions::NotStored;
use crate::store::{Addition, Named, SaveError, Twins};
use crate::upstream::is_own_header;
use bytes::Bytes;
use jiff::Timestamp;
use standin_core::cassette::{Format, Interaction};
use standin_core::matching::{FINGERPRINT_HEADER, fingerprint};
use standin_core::record::{End, Exchange, NotKept, interaction};
use standin_core::scrub::Vault;
use standin_core::{Call, Credentials, Gate, Headers, credentials};
use std::sync::Arc;
use std::time::Duration;

/// An answer that has arrived, and the call that it answers.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) routed: Routed,
    pub(super) ticket: Box<Ticket>,
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Headers,
    pub(super) pieces: Vec<(Duration, Bytes)>,
    pub(super) end: End,
    /// Whether it is larger than what is stored.
    pub(super) overflowed: bool,
    pub(super) head_after: Duration,
    pub(super) recorded: Timestamp,
}

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
enum Why {
    #[error(transparent)]
    NotKept(#[from] NotKept),
    #[error(transparent)]
    Passed(#[from] Passed),
    #[error(transparent)]
    Save(#[from] Arc<SaveError>),
    #[error("a secret was left in it after scrubbing; this is a fault of standin: please report it")]
    SecretLeft,
}

/// Stores what arrived, where it is worth storing, and says in the journal what came of it.
pub(super) fn keep(engine: &Engine, arrived: Arrived) {
    let outcome =
        Outcome { status: arrived.status, ..outcome(engine, &arrived.routed, &arrived.ticket, None) };
    let call = Call { body: Bytes::new(), ..arrived.routed.call.clone() };
    let session = arrived.ticket.session.clone();
    let stored = store(engine, arrived);
    let told = |why: &Why| Some(shortened(&engine.told(&call, &why.to_string())));
    let (recording, error, message) = match &stored {
        Err(why @ Why::Passed(_)) => (Recording::NotStored, None, told(why)),
        Ok(recording) => (*recording, None, None),
        Err(why @ Why::NotKept(_)) => (Recording::NotStored, None, told(why)),
        Err(why @ Why::Save(error)) if matches!(**error, SaveError::Full { .. }) => {
            (Recording::NotStored, Some("cassette_full"), told(why))
        }
        Err(why) => (Recording::Failed, Some("save_failed"), told(why)),
    };
    let cassette = outcome.cassette.as_deref().unwrap_or_default();
    match (&message, error) {
        (Some(message), Some(_)) => {
            tracing::error!(cassette, "{} {} was not recorded: {message}", outcome.method, outcome.target);
        }
        (Some(message), None) if matches!(stored, Err(Why::Passed(_))) => {
            tracing::debug!(cassette, "{} {} was not recorded: {message}", outcome.method, outcome.target);
        }
        (Some(message), None) => {
            tracing::warn!(cassette, "{} {} was not recorded: {message}", outcome.method, outcome.target);
        }
        (None, _) => tracing::info!(cassette, "{} {} recorded", outcome.method, outcome.target),
    }
    if let Some(session) = &session {
        match (&stored, &message) {
            // A test is no worse for what is never recorded.
            (Err(Why::Passed(Passed::Host(_))), _) => {}
            (Err(why), Some(message)) => session.not_recorded(why.kind(), message.clone()),
            _ => session.recorded(),
        }
    }
    engine.metrics.recording(recording);
    let id = session.map(|session| Arc::clone(&session.id));
    engine.note_upstream(id, Outcome { recording: Some(recording), error, message, ..outcome });
}

// === impl Why ===

impl Why {
    fn kind(&self) -> NotStored {
        match self {
            Why::Save(error) if matches!(**error, SaveError::Full { .. }) => NotStored::Full,
            Why::Save(_) | Why::NotKept(_) | Why::Passed(_) | Why::SecretLeft => NotStored::Otherwise,
        }
    }
}

/// The beginning of a message that a provider may have made long.
fn shortened(message: &str) -> String {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

fn store(engine: &Engine, arrived: Arrived) -> Result<Recording, Why> {
    let keep = arrived.ticket.keep;
    if let Some(passed) = arrived.ticket.passed {
        return Err(passed.into());
    }
    if !keep.statuses.admit(arrived.status) {
        return Err(NotKept::Status { status: arrived.status }.into());
    }
    if arrived.overflowed {
        return Err(NotKept::TooLarge { limit: engine.recorder.settings.largest }.into());
    }
    let name = arrived.ticket.cassette.clone();
    let session = arrived.ticket.session.clone();
    // Of a session that open recordings stay with, each stands beside those that it made before.
    let twins = if session.is_some() { Twins::Added } else { arrived.ticket.twins.clone() };
    let (tape, created) = match engine.store.named(&name) {
        Named::Tape(tape) => (Some(tape), false),
        Named::Broken(_) => (None, false),
        Named::Missing => (None, true),
    };
    let format = tape.as_ref().map_or(engine.recorder.settings.format, |tape| tape.cassette.format);
    let begin = || tape.map_or_else(Vault::default, |tape| Vault::of(&tape.cassette));
    let vault = engine.recorder.vault(&name, begin);
    let interaction = scrubbed(engine, arrived, format, &mut lock(&vault))?;
    match session {
        Some(session) if keep.gate == Gate::Outcome => {
            if !session.hold(interaction) {
                return Err(NotKept::Late.into());
            }
            Ok(Recording::Held)
        }
        _ => {
            // Before it can be seen: a call that comes right then finds it open.
            if session.is_none() && created {
                engine.open.opened(&name);
            }
            let interactions = vec![interaction];
            let addition = Addition { interactions, format, most: keep.most, expiry: keep.expiry, twins };
            engine.store.add(&name, addition)?;
            Ok(Recording::Stored)
        }
    }
}

/// The interaction without secrets.
fn scrubbed(
    engine: &Engine,
    arrived: Arrived,
    format: Format,
    vault: &mut Vault,
) -> Result<Interaction, Why> {
    let Arrived { routed, ticket, .. } = arrived;
    let call = routed.call;
    let own = engine.recorder.upstreams.secrets();
    let secrets: Vec<String> = credentials(&call.headers).chain(own).map(str::to_owned).collect();
    for secret in &secrets {
        vault.learn(secret);
    }
    let mut request_headers: Headers = call.headers.iter().filter(|(name, _)| !is_own_header(name)).collect();
    if ticket.keep.credentials == Credentials::Fingerprint {
        let mark = fingerprint(&call.headers);
        request_headers.remove(FINGERPRINT_HEADER);
        request_headers.push(FINGERPRINT_HEADER, mark);
    }
    let exchange = Exchange {
        url: format!("{}{}", ticket.destination.origin, call.target()),
        method: call.method,
        request_headers,
        request_body: call.body,
        status: arrived.status,
        reason: arrived.reason,
        headers: arrived.headers,
        pieces: arrived.pieces,
        end: arrived.end,
        head: arrived.head_after,
        recorded: arrived.recorded,
    };
    let ending = routed.provider.ending(&call.path);
    let mut interaction = interaction(exchange, ending, format, engine.recorder.settings.bodies)?;
    routed.provider.scrub(&mut interaction).map_err(|reason| NotKept::Address { reason })?;
    let own = ticket.session.as_deref().and_then(|session| session.rules.scrubber());
    let scrubber = own.unwrap_or_else(|| engine.recorder.scrubber());
    scrubber.interaction(&mut interaction, vault);
    // The last look before anything is written, by other means than the scrubber's own.
    if scrubber.is_on() && holds_any(&interaction, &secrets) {
        return Err(Why::SecretLeft);
    }
    Ok(interaction)
}

/// Characters of a message that are told.
const LONGEST_MESSAGE: usize = 300;
/// Shorter ones are words that may stand anywhere.
const SHORTEST_SECRET: usize = 12;

fn holds_any(interaction: &Interaction, secrets: &[String]) -> bool {
    let (request, response) = (&interaction.request, &interaction.response);
    let fields = request.headers.iter().chain(response.headers.iter());
    let texts: Vec<&str> = fields
        .flat_map(|(name, value)| [name, value])
        .chain([request.url.as_str(), request.method.as_str(), response.reason.as_str()])
        .collect();
    let asked = request.body.bytes();
    secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET).any(|secret| {
        let finder = memchr::memmem::Finder::new(secret);
        texts.iter().any(|text| text.contains(secret.as_str()))
            || [asked.as_ref(), response.body.as_ref()].iter().any(|body| finder.find(body).is_some())
    })
}
