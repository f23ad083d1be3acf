//! Canonical requests, by name: what a gateway's test sends on its first day.
//!
//! ```text
//! fixtures/requests/NAME.json   --read--> Request --build--> http::Request for a base URL
//! fixtures/catalogue/NAME.yaml  the cassette that answers it
//! ```
//!
//! The data are the files: any language reads them. A request has the name of its cassette.

mod entries;
mod multipart;
mod request;

pub use request::{CASSETTE_HEADER, Content, DUMMY_KEY, Part, Request};

use std::sync::LazyLock;

/// Read when somebody first asks: a server that only answers needs none of them.
static REQUESTS: LazyLock<Vec<Request>> = LazyLock::new(|| {
    // A file that cannot be read would be missing here; a test counts them.
    entries::ALL.iter().filter_map(|entry| serde_json::from_str(entry.request).ok()).collect()
});

/// All canonical requests, by name.
///
/// ```
/// for request in standin_core::catalogue::all() {
///     let built = request.build("http://127.0.0.1:8080")?;
///     assert_eq!(built.headers()["x-cassette-name"], request.name);
/// }
/// # Ok::<_, http::Error>(())
/// ```
#[must_use]
pub fn all() -> &'static [Request] {
    &REQUESTS
}

/// A canonical request by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Request> {
    all().iter().find(|request| request.name == name)
}

/// The names of all requests and their cassettes, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    entries::ALL.iter().map(|entry| entry.name)
}

/// The data of a request as the file has them: JSON.
#[must_use]
pub fn data(name: &str) -> Option<&'static str> {
    entries::find(name).map(|entry| entry.request)
}

/// The shipped cassette that answers a request, as a file in go-vcr's format.
#[must_use]
pub fn cassette(name: &str) -> Option<&'static str> {
    entries::find(name).map(|entry| entry.cassette)
}

#[cfg(test)]
mod tests;
