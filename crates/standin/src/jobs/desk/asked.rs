//! Which requests are about jobs.

use crate::journal::Outcome;
use crate::server::selected;
use crate::store::Store;
use bytes::Bytes;
use http::request::Parts;
use standin_core::{Headers, shown};
use standin_providers::bifrost::{
    ASYNC, ASYNC_ID, AsyncRoute, ErrorObject, Integrated, Integration, Wish, async_route, integrated, wish,
};

/// A request that is about jobs.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(super) head: Parts,
    pub(super) headers: Headers,
    pub(super) about: About,
    /// The path without selectors.
    pub(super) path: String,
    /// Header fields that say what its address selects.
    pub(super) selectors: Vec<(&'static str, String)>,
}

/// What a request is about.
#[derive(Debug, Clone)]
pub(super) enum About {
    /// A path of the API.
    Native(AsyncRoute),
    /// A provider's own path: the job with this id, or a new one.
    Vendor(Integration, Option<String>),
    /// A provider's own path that takes no jobs.
    Unsupported(Integration),
}

const NATIVE: &str = "/v1/async";

// === impl Asked ===

impl Asked {
    /// What a request asks of jobs; `None` for what is to be answered at once.
    pub(crate) fn of(head: &Parts, headers: impl FnOnce() -> Headers, store: &Store) -> Option<Self> {
        let wished = head.headers.contains_key(ASYNC) || head.headers.contains_key(ASYNC_ID);
        // Every call passes here.
        if !wished && !head.uri.path().contains(NATIVE) {
            return None;
        }
        let headers = headers();
        let path = head.uri.path();
        let (about, path, selectors) = match selected(path, &headers, store) {
            Ok((selectors, path)) => (About::of(head, path, &headers)?, path, selectors.fields()),
            // The call is refused for the same reason, in its vendor's words.
            Err(_) => return None,
        };
        Some(Asked { about, path: path.to_owned(), selectors, head: head.clone(), headers })
    }
}

impl Asked {
    /// Whether it is at one of the API's own paths.
    pub(crate) const fn is_native(&self) -> bool {
        matches!(self.about, About::Native(_))
    }

    /// The body that refuses it, where it is at one of the API's own paths.
    pub(crate) fn refusal(&self, outcome: &Outcome) -> Option<Bytes> {
        let error = ErrorObject::of(outcome.status, outcome.message.clone().unwrap_or_default());
        let error = error.kind(outcome.error.unwrap_or("request_refused"));
        self.is_native().then(|| error.answer().body.into())
    }

    /// Its method, and its address as it may be shown.
    pub(crate) fn shown(&self) -> (String, String) {
        let uri = &self.head.uri;
        let target = uri.path_and_query().map_or(uri.path(), http::uri::PathAndQuery::as_str);
        (self.head.method.as_str().to_owned(), shown(target).into_owned())
    }
}

// === impl About ===

impl About {
    fn of(head: &Parts, path: &str, headers: &Headers) -> Option<Self> {
        if let Some(route) = async_route(head.method.as_str(), path) {
            return Some(About::Native(route));
        }
        let wish = wish(headers);
        if wish == Wish::Synchronous {
            return None;
        }
        match integrated(path) {
            Integrated::Ignored => None,
            Integrated::No(integration) => Some(About::Unsupported(integration)),
            Integrated::Yes(integration) => match wish {
                Wish::Synchronous => None,
                Wish::Create => Some(About::Vendor(integration, None)),
                Wish::Retrieve(id) => Some(About::Vendor(integration, Some(id.to_owned()))),
            },
        }
    }
}
