//! Jobs as rows.

use jiff::Timestamp;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, named_params};
use standin_core::jobs::{EventKind, Finished, Job, JobId, JobKind, Row, Run, Stage, StoredRequest};
use std::str::FromStr;
use std::time::Duration;

pub(super) const COLUMNS: &str = "seq, id, kind, stage, owner_key, batch, created, started, completed, expires, ttl, \
     attempt, max_attempts, executions, polls, held, cancel_requested, cancellation, control, not_before, \
     run, run_owner, run_at";

pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

pub(super) fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

pub(super) fn unreadable(
    at: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}

fn parsed<T: FromStr>(row: &SqlRow<'_>, at: &str) -> rusqlite::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = row.get_ref(at)?.as_str().map_err(|error| unreadable(0, error))?;
    text.parse().map_err(|error| unreadable(0, error))
}

fn time_at(row: &SqlRow<'_>, at: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(at)?.map(time))
}

/// A row without the job's answer, which is elsewhere.
pub(super) fn row_of(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let created = time(row.get("created")?);
    let run_at = time_at(row, "run_at")?.unwrap_or(created);
    let run = match row.get_ref("run")?.as_str().map_err(|error| unreadable(0, error))? {
        "free" => Run::Free(run_at),
        "leased" => Run::Leased { owner: row.get("run_owner")?, until: run_at },
        // The answer is read by `complete`.
        _ => Run::Over,
    };
    let control: String = row.get("control")?;
    let job = Job {
        id: JobId::new(row.get("id")?),
        kind: parsed::<JobKind>(row, "kind")?,
        stage: parsed::<Stage>(row, "stage")?,
        owner_key: row.get("owner_key")?,
        batch: row.get("batch")?,
        created,
        started: time_at(row, "started")?,
        completed: time_at(row, "completed")?,
        expires: time_at(row, "expires")?,
        ttl: Duration::from_micros(row.get::<_, i64>("ttl")?.unsigned_abs()),
        attempt: row.get("attempt")?,
        max_attempts: row.get("max_attempts")?,
        executions: row.get("executions")?,
        polls: row.get("polls")?,
        held: row.get("held")?,
        cancel_requested: time_at(row, "cancel_requested")?,
        status_code: None,
        result: None,
        error: None,
        control: serde_json::from_str(&control).map_err(|error| unreadable(0, error))?,
        not_before: time_at(row, "not_before")?,
    };
    let seq = row.get::<_, i64>("seq")?.unsigned_abs();
    let cancellation = row.get::<_, Option<Vec<u8>>>("cancellation")?.map(Into::into);
    Ok(Row { seq, job, run, cancellation })
}

/// The row of a job, with its answer.
pub(super) fn load(connection: &Connection, id: JobId) -> rusqlite::Result<Option<Row>> {
    let query = format!("SELECT {COLUMNS} FROM job WHERE id = ?1");
    let row = connection.prepare_cached(&query)?.query_row([id.bytes()], row_of).optional()?;
    row.map(|row| complete(connection, row)).transpose()
}

/// The row in this place, with its answer.
pub(super) fn load_at(connection: &Connection, seq: i64) -> rusqlite::Result<Option<Row>> {
    let query = format!("SELECT {COLUMNS} FROM job WHERE seq = ?1");
    let row = connection.prepare_cached(&query)?.query_row([seq], row_of).optional()?;
    row.map(|row| complete(connection, row)).transpose()
}

/// Adds the answer to a row.
fn complete(connection: &Connection, mut row: Row) -> rusqlite::Result<Row> {
    if row.run != Run::Over {
        return Ok(row);
    }
    let query = "SELECT stage, status_code, body FROM answer WHERE job = ?1";
    let (answered, status_code, body) =
        connection.prepare_cached(query)?.query_row([seq(&row)], |answer| {
            let body = answer.get::<_, Vec<u8>>(2)?.into();
            Ok((parsed::<Stage>(answer, "stage")?, answer.get(1)?, body))
        })?;
    let is_completed = answered == Stage::Completed;
    if !row.job.stage.is_over() {
        row.run = Run::Answered(if is_completed {
            Finished::Completed { status_code, result: body }
        } else {
            Finished::Failed { status_code, error: body }
        });
        return Ok(row);
    }
    row.job.status_code = Some(status_code);
    *(if is_completed { &mut row.job.result } else { &mut row.job.error }) = Some(body);
    Ok(row)
}

/// Keeps a row that is there, and its answer where it is new.
pub(super) fn save(connection: &Connection, row: &Row, was: &Run) -> rusqlite::Result<()> {
    let (run, owner, at) = run_columns(&row.run);
    let job = &row.job;
    connection
        .prepare_cached(
            "UPDATE job SET stage = :stage, started = :started, completed = :completed, expires = :expires, \
             attempt = :attempt, executions = :executions, polls = :polls, held = :held, \
             cancel_requested = :cancel_requested, cancellation = :cancellation, run = :run, \
             run_owner = :run_owner, run_at = :run_at, ready = :ready WHERE seq = :seq",
        )?
        .execute(named_params! {
            ":stage": job.stage.name(),
            ":started": job.started.map(micros),
            ":completed": job.completed.map(micros),
            ":expires": job.expires.map(micros),
            ":attempt": job.attempt,
            ":executions": job.executions,
            ":polls": job.polls,
            ":held": job.held,
            ":cancel_requested": job.cancel_requested.map(micros),
            ":cancellation": row.cancellation.as_deref(),
            ":run": run,
            ":run_owner": owner,
            ":run_at": at,
            ":ready": row.ready().map(micros),
            ":seq": seq(row),
        })?;
    if row.run == *was {
        return Ok(());
    }
    let answer = match (&row.run, &job.result, &job.error) {
        (Run::Answered(Finished::Completed { status_code, result }), ..) => {
            (Stage::Completed, Some(*status_code), result)
        }
        (Run::Answered(Finished::Failed { status_code, error }), ..) => {
            (Stage::Failed, Some(*status_code), error)
        }
        (_, Some(result), _) => (Stage::Completed, job.status_code, result),
        (_, _, Some(error)) => (Stage::Failed, job.status_code, error),
        _ => return Ok(()),
    };
    let (stage, status_code, body) = answer;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO answer (job, stage, status_code, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((seq(row), stage.name(), status_code, &body[..]))
        .map(drop)
}

fn run_columns(run: &Run) -> (&'static str, Option<&str>, Option<i64>) {
    match run {
        Run::Free(at) => ("free", None, Some(micros(*at))),
        Run::Leased { owner, until } => ("leased", Some(owner), Some(micros(*until))),
        Run::Answered(_) => ("answered", None, None),
        Run::Over => ("over", None, None),
    }
}

/// Keeps a row that is new, whose place the file decides.
pub(super) fn insert(connection: &Connection, row: &mut Row) -> rusqlite::Result<()> {
    let (run, owner, at) = run_columns(&row.run);
    let job = &row.job;
    let control = serde_json::to_string(&job.control)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    connection
        .prepare_cached(
            "INSERT INTO job (id, kind, stage, owner_key, batch, created, ttl, attempt, max_attempts, executions, \
             polls, held, control, not_before, run, run_owner, run_at, ready) \
             VALUES (:id, :kind, :stage, :owner_key, :batch, :created, :ttl, :attempt, :max_attempts, :executions, \
             :polls, :held, :control, :not_before, :run, :run_owner, :run_at, :ready)",
        )?
        .execute(named_params! {
            ":id": job.id.bytes(),
            ":kind": job.kind.name(),
            ":stage": job.stage.name(),
            ":owner_key": job.owner_key,
            ":batch": job.batch,
            ":created": micros(job.created),
            ":ttl": i64::try_from(job.ttl.as_micros()).unwrap_or(i64::MAX),
            ":attempt": job.attempt,
            ":max_attempts": job.max_attempts,
            ":executions": job.executions,
            ":polls": job.polls,
            ":held": job.held,
            ":control": control,
            ":not_before": job.not_before.map(micros),
            ":run": run,
            ":run_owner": owner,
            ":run_at": at,
            ":ready": row.ready().map(micros),
        })?;
    row.seq = connection.last_insert_rowid().unsigned_abs();
    Ok(())
}

/// A row's place as SQLite counts.
pub(super) fn seq(row: &Row) -> i64 {
    i64::try_from(row.seq).unwrap_or(i64::MAX)
}

pub(super) fn insert_request(
    connection: &Connection,
    seq: i64,
    request: &StoredRequest,
) -> rusqlite::Result<()> {
    let headers = serde_json::to_string(&request.headers)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let StoredRequest { method, target, body, route, .. } = request;
    connection
        .prepare_cached(
            "INSERT INTO request (job, method, target, headers, route, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((seq, method, target, headers, route, &body[..]))
        .map(drop)
}

pub(super) fn load_request(connection: &Connection, seq: i64) -> rusqlite::Result<StoredRequest> {
    connection
        .prepare_cached("SELECT method, target, headers, route, body FROM request WHERE job = ?1")?
        .query_row([seq], |row| {
            let headers = row.get::<_, String>(2)?;
            Ok(StoredRequest {
                method: row.get(0)?,
                target: row.get(1)?,
                headers: serde_json::from_str(&headers).map_err(|error| unreadable(2, error))?,
                route: row.get(3)?,
                body: row.get::<_, Vec<u8>>(4)?.into(),
            })
        })
}

pub(super) fn event_of(row: &SqlRow<'_>) -> rusqlite::Result<standin_core::jobs::Event> {
    let kind: String = row.get(1)?;
    Ok(standin_core::jobs::Event {
        seq: row.get::<_, i64>(0)?.unsigned_abs(),
        kind: EventKind::named(&kind).ok_or_else(|| unreadable(1, FromSqlError::InvalidType))?,
        at: time(row.get(2)?),
        data: row.get::<_, Option<Vec<u8>>>(3)?.map(Into::into),
    })
}

/// The time in the first column.
pub(super) fn first_time(row: &SqlRow<'_>) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(0)?.map(time))
}
