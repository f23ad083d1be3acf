//! Which paths below `/v1/async` name what.

use super::AsyncKind;
use percent_encoding::percent_decode_str;

/// What a method and a path name. An id is one decoded segment, of whatever form: what is no id names no job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsyncRoute {
    /// A job is submitted.
    Submit(AsyncKind),
    /// A job is asked for.
    Poll(AsyncKind, String),
    /// The bytes that a job made are asked for.
    Content(AsyncKind, String),
    /// A job is stopped.
    Cancel(AsyncKind, String),
    /// What happens to a job is followed.
    Events(AsyncKind, String),
    /// The caller's jobs.
    List,
    /// A job of any kind.
    Job(String),
    /// A browser asks what it may send.
    Preflight {
        /// The method that the path takes.
        allow: &'static str,
    },
    /// The path is there, and takes another method.
    MethodNotAllowed {
        /// The method that it takes.
        allow: &'static str,
    },
    /// There is no such path.
    NotFound,
}

/// What a method and a path name; `None` for a path that is not below `/v1/async`. `HEAD` is asked as `GET` is.
#[must_use]
pub fn async_route(method: &str, path: &str) -> Option<AsyncRoute> {
    let rest = path.strip_prefix("/v1/async")?;
    let Some(rest) = rest.strip_prefix('/') else {
        return rest.is_empty().then_some(AsyncRoute::NotFound);
    };
    let Some((named, allow)) = place(rest) else { return Some(AsyncRoute::NotFound) };
    let method = if method == "HEAD" { "GET" } else { method };
    Some(match (method, named) {
        (method, named) if method == allow => named,
        ("DELETE", AsyncRoute::Poll(kind, id)) => AsyncRoute::Cancel(kind, id),
        ("OPTIONS", _) => AsyncRoute::Preflight { allow },
        _ => AsyncRoute::MethodNotAllowed { allow },
    })
}

/// What a path names, with the method that it takes. A job's own path also takes `DELETE`, which is not told:
/// the API that it adds to names `GET` alone.
fn place(rest: &str) -> Option<(AsyncRoute, &'static str)> {
    let segments: Vec<&str> = rest.split('/').collect();
    match segments.as_slice() {
        ["jobs"] => return Some((AsyncRoute::List, "GET")),
        ["jobs", id] if !id.is_empty() => return Some((AsyncRoute::Job(decoded(id)), "GET")),
        _ => {}
    }
    let (kind, below) = AsyncKind::ALL.into_iter().find_map(|kind| {
        let own: Vec<&str> = kind.segments().split('/').collect();
        segments.strip_prefix(own.as_slice()).map(|below| (kind, below))
    })?;
    match below {
        [] => Some((AsyncRoute::Submit(kind), "POST")),
        ["", ..] => None,
        [id] => Some((AsyncRoute::Poll(kind, decoded(id)), "GET")),
        [id, "content"] => Some((AsyncRoute::Content(kind, decoded(id)), "GET")),
        [id, "events"] => Some((AsyncRoute::Events(kind, decoded(id)), "GET")),
        [id, "cancel"] => Some((AsyncRoute::Cancel(kind, decoded(id)), "POST")),
        _ => None,
    }
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_paths() {
        for kind in AsyncKind::ALL {
            let id = || "0b1c".to_owned();
            let submit = kind.submit_path();
            let poll = kind.poll_path("0b1c");
            for (method, path, named) in [
                ("POST", submit.clone(), AsyncRoute::Submit(kind)),
                ("GET", poll.clone(), AsyncRoute::Poll(kind, id())),
                ("HEAD", poll.clone(), AsyncRoute::Poll(kind, id())),
                ("DELETE", poll.clone(), AsyncRoute::Cancel(kind, id())),
                ("POST", format!("{poll}/cancel"), AsyncRoute::Cancel(kind, id())),
                ("GET", format!("{poll}/events"), AsyncRoute::Events(kind, id())),
                ("GET", format!("{poll}/content"), AsyncRoute::Content(kind, id())),
                ("OPTIONS", submit.clone(), AsyncRoute::Preflight { allow: "POST" }),
                ("OPTIONS", poll.clone(), AsyncRoute::Preflight { allow: "GET" }),
                ("GET", submit.clone(), AsyncRoute::MethodNotAllowed { allow: "POST" }),
                ("PUT", submit.clone(), AsyncRoute::MethodNotAllowed { allow: "POST" }),
                ("DELETE", submit.clone(), AsyncRoute::MethodNotAllowed { allow: "POST" }),
                ("PATCH", submit.clone(), AsyncRoute::MethodNotAllowed { allow: "POST" }),
                ("POST", poll.clone(), AsyncRoute::MethodNotAllowed { allow: "GET" }),
                ("PUT", poll.clone(), AsyncRoute::MethodNotAllowed { allow: "GET" }),
                ("GET", format!("{poll}/cancel"), AsyncRoute::MethodNotAllowed { allow: "POST" }),
                ("POST", format!("{submit}/"), AsyncRoute::NotFound),
                ("GET", format!("{poll}/"), AsyncRoute::NotFound),
                ("GET", format!("{poll}/x"), AsyncRoute::NotFound),
            ] {
                assert_eq!(async_route(method, &path), Some(named), "{method} {path}");
            }
        }
    }

    #[test]
    fn ids_are_segments_of_any_form() {
        let long = "x".repeat(10_000);
        for (segment, id) in
            [("not-a-uuid", "not-a-uuid"), ("%41%2Fb", "A/b"), ("%ff", "\u{fffd}"), (&long, &long)]
        {
            let poll = async_route("GET", &format!("/v1/async/chat/completions/{segment}"));
            assert_eq!(poll, Some(AsyncRoute::Poll(AsyncKind::Chat, id.to_owned())), "{segment}");
            let job = async_route("GET", &format!("/v1/async/jobs/{segment}"));
            assert_eq!(job, Some(AsyncRoute::Job(id.to_owned())), "{segment}");
        }
    }

    #[test]
    fn other_paths_are_nobodys_or_somebody_elses() {
        assert_eq!(async_route("GET", "/v1/async/jobs"), Some(AsyncRoute::List));
        let allow = AsyncRoute::MethodNotAllowed { allow: "GET" };
        assert_eq!(async_route("POST", "/v1/async/jobs"), Some(allow));
        for path in ["/v1/async", "/v1/async/", "/v1/async/x", "/v1/async/chat", "/v1/async/models"] {
            assert_eq!(async_route("POST", path), Some(AsyncRoute::NotFound), "{path}");
        }
        for path in ["/v1/asynchronous", "/v1/chat/completions", "/", "/openai/v1/async/ocr"] {
            assert_eq!(async_route("POST", path), None, "{path}");
        }
    }

    #[test]
    fn kinds_are_found_by_their_names() {
        for kind in AsyncKind::ALL {
            assert_eq!(AsyncKind::named(kind.name()), Some(kind));
        }
        assert_eq!(AsyncKind::named("chat"), None);
    }
}
