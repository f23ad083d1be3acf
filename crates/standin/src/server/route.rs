//! Taking an address apart.
//!
//! ```text
//! /s/<session>/...      selects the session        any number of these, in any order,
//! /c/<cassette>/...     selects the cassette       in front of one of the following
//! /to/<authority>/...   the provider that owns the authority
//! /openai/v1/...        a provider's mount
//! /...                  a provider by path and headers
//! ```

use crate::engine::{Refusal, Selectors};
use crate::store::Store;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use standin_core::cassette::CassetteName;
use standin_core::{Headers, Provider};

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) selectors: Selectors,
    pub(super) provider: &'static dyn Provider,
    pub(super) mounted: bool,
    /// The authority that the caller named.
    pub(super) host: Option<String>,
    /// The path at the provider.
    pub(super) path: String,
}

/// Names the cassette.
pub(super) const CASSETTE_HEADER: &str = "x-cassette-name";
/// Names the session.
pub(super) const SESSION_HEADER: &str = "x-standin-session";

/// Segments of a name that is written with plain slashes. A deeper one is written with `%2F`.
const MOST_SEGMENTS: usize = 16;

/// Routes a request by its path and headers.
pub(super) fn route(path: &str, headers: &Headers, store: &Store) -> Result<Route, Refusal> {
    let (selectors, rest) = selected(path, headers, store)?;
    let Destination { provider, mounted, host, path } = destination(rest, headers)?;
    Ok(Route { selectors, provider, mounted, host, path })
}

/// What an address and its headers select, and the path without that.
pub(crate) fn selected<'p>(
    path: &'p str,
    headers: &Headers,
    store: &Store,
) -> Result<(Selectors, &'p str), Refusal> {
    let mut selectors = Selectors::default();
    let mut rest = path;
    // Each at most once: a second one is part of the provider's own path.
    for _ in 0..2 {
        if let Some(after) = rest.strip_prefix("/s/").filter(|_| selectors.session.is_none()) {
            let (id, after) = segment(after);
            selectors.session = Some(decode(id));
            rest = after;
        } else if let Some(after) = rest.strip_prefix("/c/").filter(|_| selectors.cassette.is_none()) {
            let (name, after) = cassette_segments(after, store);
            selectors.cassette = Some(CassetteName::new(&name).map_err(Refusal::BadName)?);
            rest = after;
        }
    }
    if let Some(id) = headers.get(SESSION_HEADER) {
        choose(&mut selectors.session, id.to_owned(), "session")?;
    }
    if let Some(name) = headers.get(CASSETTE_HEADER) {
        // A client that cannot send UTF-8 in a header escapes it; a name that is there as written is meant.
        let name = if store.read().holds(name) { name.to_owned() } else { decode(name) };
        choose(&mut selectors.cassette, CassetteName::new(&name).map_err(Refusal::BadName)?, "cassette")?;
    }
    Ok((selectors, rest))
}

impl Selectors {
    /// The same, as header fields.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let cassette = self.cassette.as_ref().map(|name| {
            let escaped = utf8_percent_encode(name.as_str(), NON_ALPHANUMERIC).to_string();
            (CASSETTE_HEADER, escaped)
        });
        let session = self.session.clone().map(|id| (SESSION_HEADER, id));
        cassette.into_iter().chain(session).collect()
    }
}

/// Where an address without selectors leads.
struct Destination {
    provider: &'static dyn Provider,
    mounted: bool,
    host: Option<String>,
    path: String,
}

fn destination(rest: &str, headers: &Headers) -> Result<Destination, Refusal> {
    let rest = if rest.is_empty() { "/" } else { rest };
    let rooted = |path: &str| if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    if let Some(after) = rest.strip_prefix("/to/") {
        let (authority, path) = segment(after);
        if authority.is_empty() {
            let reason =
                "`/to/` needs the provider's authority, as in /to/api.openai.com/v1/models".to_owned();
            return Err(Refusal::Malformed { reason });
        }
        let authority = decode(authority);
        let provider = standin_providers::owning(&authority);
        return Ok(Destination { provider, mounted: false, host: Some(authority), path: rooted(path) });
    }
    let (mount, below) = segment(rest.trim_start_matches('/'));
    if let Some(provider) = standin_providers::mounted(mount, below) {
        return Ok(Destination { provider, mounted: true, host: None, path: rooted(below) });
    }
    let provider = standin_providers::claiming(rest, headers);
    Ok(Destination { provider, mounted: false, host: None, path: rest.to_owned() })
}

/// The provider whose words a request is refused in when it could not be routed: that of the first part of
/// the address that belongs to a known one.
pub(super) fn likely_provider(path: &str, headers: &Headers) -> &'static dyn Provider {
    path.match_indices('/')
        .take(MOST_SEGMENTS)
        .filter_map(|(at, _)| destination(&path[at..], headers).ok())
        .map(|destination| destination.provider)
        .find(|provider| provider.variables().key().is_some())
        .unwrap_or_else(|| standin_providers::claiming(path, headers))
}

/// The first segment, and the rest with its slash.
fn segment(path: &str) -> (&str, &str) {
    path.find('/').map_or((path, ""), |at| path.split_at(at))
}

/// A cassette's name has segments itself. Written with `%2F` it is one segment of the address; with plain
/// slashes it is the longest name that there is.
fn cassette_segments<'p>(path: &'p str, store: &Store) -> (String, &'p str) {
    let library = store.read();
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let longest = ends
        .take(MOST_SEGMENTS)
        .map(|end| (decode(&path[..end]), &path[end..]))
        .filter(|(name, _)| library.holds(name))
        .last();
    longest.unwrap_or_else(|| {
        let (name, rest) = segment(path);
        (decode(name), rest)
    })
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Two ways of choosing have to agree.
fn choose<T: PartialEq + ToString>(
    slot: &mut Option<T>,
    chosen: T,
    what: &'static str,
) -> Result<(), Refusal> {
    match slot {
        Some(known) if *known != chosen => {
            Err(Refusal::SelectorsDisagree { what, address: known.to_string(), header: chosen.to_string() })
        }
        _ => {
            *slot = Some(chosen);
            Ok(())
        }
    }
}
