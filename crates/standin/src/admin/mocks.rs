//! Looking at mocks and changing them over the control API, all at once or not at all.

use super::{ControlError, ControlResult};
use crate::engine::Engine;
use crate::mocks::{Edit, Unchanged};
use crate::sessions::Session;
use http::StatusCode;
use serde_json::{Value, json};
use standin_core::mock::MockSet;
use std::sync::Arc;
use tokio::task::JoinError;

/// `GET /_standin/mocks`: in the order in which they are asked.
pub(super) fn list(engine: &Engine) -> Value {
    view(engine, &engine.mocks.current())
}

/// `GET /_standin/sessions/ID/mocks`: the session's own before the server's.
pub(super) fn list_of(engine: &Engine, session: &Session) -> Value {
    view(engine, &engine.mocks.of(Some(&session.id)))
}

/// `PATCH /_standin/sessions/ID/mocks`: these before all others, for this session alone.
pub(super) async fn add_to(engine: &Arc<Engine>, session: &Arc<Session>, body: &[u8]) -> ControlResult {
    let (text, changing, session) = (text_of(body)?, Arc::clone(engine), Arc::clone(session));
    told(engine, tokio::task::spawn_blocking(move || changing.mocks.add_to(&session.id, text)).await)
}

/// `PUT`: these and no others; `PATCH`: these before the others, and instead of those of their names. The body is
/// a file of mocks.
pub(super) async fn change(engine: &Arc<Engine>, edit: fn(String) -> Edit, body: &[u8]) -> ControlResult {
    made(engine, edit(text_of(body)?)).await
}

fn text_of(body: &[u8]) -> Result<String, ControlError> {
    String::from_utf8(body.to_vec()).map_err(|error| {
        ControlError::new(StatusCode::BAD_REQUEST, "bad_request", format!("the body is not UTF-8: {error}"))
    })
}

/// `DELETE /_standin/mocks`: as the files say. `DELETE /_standin/mocks/NAME`: without this one.
pub(super) async fn remove(engine: &Arc<Engine>, name: Option<&str>) -> ControlResult {
    let edit = name.map_or(Edit::Reset, |name| {
        Edit::Remove(percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned())
    });
    made(engine, edit).await
}

async fn made(engine: &Arc<Engine>, edit: Edit) -> ControlResult {
    let changing = Arc::clone(engine);
    // Reading takes its time, and this thread serves connections.
    told(engine, tokio::task::spawn_blocking(move || changing.mocks.edit(edit)).await)
}

fn told(engine: &Engine, made: Result<Result<Arc<MockSet>, Unchanged>, JoinError>) -> ControlResult {
    let made =
        made.map_err(|error| ControlError::new(StatusCode::INTERNAL_SERVER_ERROR, "mocks_lost", error))?;
    match made {
        Ok(set) => Ok((StatusCode::OK, view(engine, &set))),
        Err(Unchanged::Broken(broken)) => {
            let error = ControlError::new(StatusCode::UNPROCESSABLE_ENTITY, "mocks_broken", &broken);
            Err(error.with("problems", json!(broken.0)))
        }
        Err(Unchanged::TooMany) => {
            let message =
                "too much was added; DELETE /_standin/mocks goes back to the files, PUT replaces all";
            Err(ControlError::new(StatusCode::CONFLICT, "too_many_changes", message))
        }
        Err(Unchanged::NoSuchName) => {
            let message = "no mock has this name; GET /_standin/mocks lists them";
            Err(ControlError::new(StatusCode::NOT_FOUND, "mock_unknown", message))
        }
    }
}

fn view(engine: &Engine, set: &MockSet) -> Value {
    let mocks: Vec<Value> = set
        .mocks()
        .iter()
        .map(|mock| {
            json!({
                "name": mock.name,
                "file": *mock.place.file,
                "line": mock.place.line,
                "list": mock.list,
                "endpoints": mock.endpoints.iter().map(|endpoint| endpoint.name()).collect::<Vec<_>>(),
                "mock": serde_json::from_str::<Value>(&mock.written).unwrap_or_default(),
            })
        })
        .collect();
    json!({"mocks": mocks, "problems": *engine.mocks.problems()})
}
