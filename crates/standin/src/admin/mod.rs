//! The control API, below `/_standin/`, and `/health` and `/metrics` at the root.
//!
//! - `jobs` moves them and tells of them; `guard` says who may use it; `sessions` begins and ends them; `mocks` lists and changes them; `shape` says how slow
//!   answers are and what goes wrong with them; this file is the list of what there is.

mod guard;
mod jobs;
mod mocks;
mod sessions;
mod shape;

pub(crate) use guard::Guard;

use crate::engine::Engine;
use crate::jobs::{Census, Jobs};
use crate::mocks::Edit;
use crate::server::PlayBody;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};
use shape::{What, Whose};
use std::fmt::Display;
use std::sync::Arc;

/// The control API of one server.
#[derive(Debug)]
pub(crate) struct Admin {
    guard: Guard,
}

/// What a control request is told when it fails.
#[derive(Debug)]
pub(crate) struct ControlError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// What else is told, for programs.
    more: Vec<(&'static str, Value)>,
}

type ControlResult = Result<(StatusCode, Value), ControlError>;

const PREFIX: &str = "/_standin";

// === impl Admin ===

impl Admin {
    pub(crate) fn new(guard: Guard) -> Self {
        Admin { guard }
    }

    /// Whether a path is the control API's.
    pub(crate) fn claims(path: &str) -> bool {
        path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || matches!(path, "/health" | "/metrics")
    }

    pub(crate) async fn serve(
        &self,
        engine: &Arc<Engine>,
        jobs: &Arc<Jobs>,
        head: &Parts,
        body: &[u8],
    ) -> Response<PlayBody> {
        let path = head.uri.path();
        let path = path.strip_prefix(PREFIX).unwrap_or(path);
        // Probes and scrapers come from anywhere and learn nothing but counts.
        let open = matches!(path, "/health" | "/metrics");
        if let Err(error) = if open { Ok(()) } else { self.guard.admits(&head.headers) } {
            return error.response();
        }
        if path == "/metrics" && head.method == Method::GET {
            look_at_shelf(engine).await;
            let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            return respond(
                StatusCode::OK,
                openmetrics,
                engine.metrics.render(engine, jobs, jobs.census().await),
            );
        }
        match self.control(engine, jobs, head, path, body).await {
            Ok((status, value)) => respond(status, "application/json", format!("{value}\n")),
            Err(error) => error.response(),
        }
    }

    async fn control(
        &self,
        engine: &Arc<Engine>,
        jobs: &Arc<Jobs>,
        head: &Parts,
        path: &str,
        body: &[u8],
    ) -> ControlResult {
        let session = path.strip_prefix("/sessions/");
        if path == "/mocks" || path.starts_with("/mocks/") {
            return mocks_of(engine, head, path, body).await;
        }
        if let Some(rest) = path.strip_prefix("/jobs") {
            let result = jobs::control(jobs, head, rest, body).await;
            return result.unwrap_or_else(|| Err(unknown(head, path)));
        }
        if let Some(rest) = path.strip_prefix("/virtual-keys") {
            let result = jobs::keys(jobs, head, rest, body);
            return result.unwrap_or_else(|| Err(unknown(head, path)));
        }
        if let Some(id) = session.and_then(|rest| rest.strip_suffix("/mocks")) {
            return mocks_of_session(engine, head, path, id, body).await;
        }
        if let Some(result) = shaped(engine, head, path, body) {
            return result;
        }
        match (head.method.as_str(), path, session) {
            ("GET", "/health", _) => {
                look_at_shelf(engine).await;
                Ok(health(engine, jobs.census().await))
            }
            ("GET", "/cassettes", _) => {
                look_at_shelf(engine).await;
                Ok((StatusCode::OK, cassettes(engine)))
            }
            ("GET", "/journal", _) => Ok((
                StatusCode::OK,
                json!({"written": engine.journal.written(), "entries": engine.journal.entries()}),
            )),
            ("DELETE", "/journal", _) => {
                engine.journal.clear();
                Ok((StatusCode::OK, json!({"cleared": true})))
            }
            ("POST", "/reset", _) => {
                engine.recorder.settled(None).await;
                jobs::clear(jobs).await?;
                engine.abandon_sessions();
                engine.shaping.reset();
                engine.mocks.states.clear();
                engine.mocks.kept.clear();
                engine.mocks.own.clear();
                engine.open.clear();
                engine.recorder.forget();
                engine.journal.clear();
                engine.store.rescan();
                Ok((StatusCode::OK, json!({"reset": true})))
            }
            ("GET", "/sessions", _) => Ok((StatusCode::OK, sessions::list(engine))),
            ("POST", "/sessions", _) => {
                sessions::begin(engine, &self.guard.authority(&head.headers), body).await
            }
            ("GET", _, Some(id)) => sessions::look(engine, id).await,
            ("DELETE", _, Some(id)) => sessions::end(engine, id, body).await,
            _ => Err(unknown(head, path)),
        }
    }
}

/// The paces and faults of the server or of a session, where the address names them.
fn shaped(engine: &Engine, head: &Parts, path: &str, body: &[u8]) -> Option<ControlResult> {
    let (whose, name) = match path.strip_prefix("/sessions/").and_then(|rest| rest.split_once('/')) {
        Some((id, name)) => (engine.sessions.find(id).map(Whose::Session).ok_or(id), name),
        None => (Ok(Whose::Server(engine)), path.strip_prefix('/')?),
    };
    let what = What::of(name)?;
    Some(match whose {
        Ok(whose) => shape::control(&whose, what, head.method.as_str(), body)
            .unwrap_or_else(|| Err(unknown(head, path))),
        Err(id) => Err(sessions::unknown(id)),
    })
}

async fn mocks_of_session(
    engine: &Arc<Engine>,
    head: &Parts,
    path: &str,
    id: &str,
    body: &[u8],
) -> ControlResult {
    let session = engine.sessions.find(id).ok_or_else(|| sessions::unknown(id))?;
    match head.method.as_str() {
        "GET" => Ok((StatusCode::OK, mocks::list_of(engine, &session))),
        "PATCH" => mocks::add_to(engine, &session, body).await,
        "DELETE" => {
            engine.mocks.own.forget(&session.id);
            Ok((StatusCode::OK, mocks::list_of(engine, &session)))
        }
        _ => Err(unknown(head, path)),
    }
}

async fn mocks_of(engine: &Arc<Engine>, head: &Parts, path: &str, body: &[u8]) -> ControlResult {
    match (head.method.as_str(), path.strip_prefix("/mocks/")) {
        ("GET", None) => Ok((StatusCode::OK, mocks::list(engine))),
        ("PUT", None) => mocks::change(engine, Edit::Replace, body).await,
        ("PATCH", None) => mocks::change(engine, Edit::Add, body).await,
        ("DELETE", name) => mocks::remove(engine, name).await,
        _ => Err(unknown(head, path)),
    }
}

/// Asks what shares the cassettes how full it is, where nobody has lately.
async fn look_at_shelf(engine: &Engine) {
    if let Some(shared) = engine.store.shared() {
        shared.looked_at().await;
    }
}

fn health(engine: &Engine, jobs: Census) -> (StatusCode, Value) {
    let library = engine.store.read();
    let (status, word) = match (engine.shaping.starting(), &jobs) {
        (Some(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        (None, Census::Unknown) => (StatusCode::SERVICE_UNAVAILABLE, "job store not available"),
        (None, _) => (StatusCode::OK, "ok"),
    };
    let mut health = json!({
        "status": word,
        // As the gateway says it whose API of jobs this is.
        "components": {"db_pings": jobs.word()},
        "version": env!("CARGO_PKG_VERSION"),
        "cassettes": library.tapes().count(),
        "cassettes_broken": library.broken().count(),
        "interactions": library.interactions(),
        "mocks": engine.mocks.current().mocks().len(),
        "mocks_broken": engine.mocks.is_broken(),
        "jobs_pending": jobs.counts().pending,
        "jobs_processing": jobs.counts().processing,
        "sessions_open": engine.sessions.all().len(),
    });
    if let Some(shared) = engine.store.shared() {
        health["shared"] = shared.health().counts();
    }
    (status, health)
}

fn cassettes(engine: &Engine) -> Value {
    let library = engine.store.read();
    let readable: Vec<Value> = library
        .tapes()
        .map(|tape| {
            json!({
                "name": tape.name.as_str(),
                "path": tape.path,
                "format": tape.cassette.format.name(),
                "interactions": tape.cassette.interactions.len(),
            })
        })
        .collect();
    let broken: Vec<Value> = library
        .broken()
        .map(|broken| {
            json!({
                "name": broken.name.as_str(),
                "path": broken.path,
                "line": broken.error.line,
                "reason": broken.error.reason,
            })
        })
        .collect();
    let embedded: Vec<&str> = engine.store.shipped().collect();
    let mut list = json!({"cassettes": readable, "broken": broken, "embedded": embedded});
    if let Some(shared) = engine.store.shared() {
        let health = shared.health();
        list["shared"] = json!({
            "address": shared.address(),
            "health": health,
            "banner": health.banner(),
            "warning": shared.misplaced(),
        });
    }
    list
}

fn unknown(head: &Parts, path: &str) -> ControlError {
    const PATHS: [&str; 12] = [
        "/health",
        "/metrics",
        "/cassettes",
        "/mocks",
        "/faults",
        "/pace",
        "/limits",
        "/journal",
        "/sessions",
        "/jobs",
        "/virtual-keys",
        "/reset",
    ];
    if PATHS.contains(&path)
        || path.starts_with("/sessions/")
        || path.starts_with("/jobs/")
        || path.starts_with("/mocks/")
    {
        return ControlError {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "method_not_allowed",
            message: format!("{PREFIX}{path} does not take {}", head.method),
            more: Vec::new(),
        };
    }
    ControlError {
        status: StatusCode::NOT_FOUND,
        code: "not_found",
        message: format!(
            "there is no {PREFIX}{path}; there are {PREFIX}{}",
            PATHS.join(&format!(", {PREFIX}"))
        ),
        more: Vec::new(),
    }
}

// === impl ControlError ===

impl ControlError {
    fn new(status: StatusCode, code: &'static str, message: impl Display) -> Self {
        ControlError { status, code, message: message.to_string(), more: Vec::new() }
    }

    fn with(mut self, key: &'static str, value: Value) -> Self {
        self.more.push((key, value));
        self
    }

    fn response(self) -> Response<PlayBody> {
        let mut body = json!({"error": {"code": self.code, "message": self.message}});
        for (key, value) in self.more {
            body["error"][key] = value;
        }
        let mut response = respond(self.status, "application/json", format!("{body}\n"));
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, PUT, PATCH, POST, DELETE"));
        }
        response
    }
}

fn respond(status: StatusCode, content_type: &'static str, body: String) -> Response<PlayBody> {
    let mut response = Response::new(PlayBody::whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
