//! What the readers do.

use super::deliveries;
use super::rows::{COLUMNS, event_of, first_time, load, load_request, micros, row_of, seq};
use crate::jobs::store::asked::{Batch, Counts, Filter, Inspected, Keyholder, Page};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use standin_core::jobs::{Event, Job, JobId, Stage};

pub(super) fn find(connection: &Connection, id: JobId, now: Timestamp) -> rusqlite::Result<Option<Job>> {
    Ok(load(connection, id)?.map(|row| row.job).filter(|job| job.is_seen(now)))
}

pub(super) fn look(connection: &Connection, id: JobId) -> rusqlite::Result<Option<Inspected>> {
    let Some(row) = load(connection, id)? else {
        return Ok(None);
    };
    let request = load_request(connection, seq(&row))?;
    let webhook = deliveries::load(connection, seq(&row))?;
    let events = events(connection, id, 0)?;
    Ok(Some(Inspected { request, events, webhook, job: row.job, run: row.run }))
}

pub(super) fn events(connection: &Connection, id: JobId, after: u64) -> rusqlite::Result<Vec<Event>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT event.seq, event.kind, at, data FROM event JOIN job ON job.seq = event.job \
             WHERE job.id = ?1 AND event.seq > ?2 ORDER BY event.seq",
        )?
        .query_map((id.bytes(), after), event_of)?
        .collect()
}

pub(super) fn list(
    connection: &Connection,
    filter: &Filter,
    now: Timestamp,
) -> rusqlite::Result<Option<Page>> {
    // Only the conditions that there are, so that SQLite sees which index helps.
    let mut query = format!("SELECT {COLUMNS} FROM job WHERE (expires IS NULL OR expires > ?)");
    let mut values = vec![Value::Integer(micros(now))];
    let mut only = |condition: &str, value: Value| {
        query.push_str(condition);
        values.push(value);
    };
    if let Some(after) = filter.after {
        let place = format!("SELECT {COLUMNS} FROM job WHERE id = ?1");
        let place = connection.prepare_cached(&place)?.query_row([after.bytes()], row_of).optional()?;
        let Some(place) = place.filter(|row| filter.is_among(&row.job)) else {
            return Ok(None);
        };
        only(" AND seq < ?", Value::Integer(seq(&place)));
    }
    if let Some(stage) = filter.stage {
        only(" AND stage = ?", Value::Text(stage.name().to_owned()));
    }
    if let Some(kind) = filter.kind {
        only(" AND kind = ?", Value::Text(kind.name().to_owned()));
    }
    match &filter.owner {
        Keyholder::Any => {}
        Keyholder::Nobody => only(" AND owner_key IS ?", Value::Null),
        Keyholder::Key(key) => only(" AND owner_key = ?", Value::Text(key.clone())),
    }
    match &filter.batch {
        Batch::Any => {}
        Batch::None => only(" AND batch IS ?", Value::Null),
        Batch::Of(batch) => only(" AND batch = ?", Value::Text(batch.clone())),
    }
    let one_more = i64::try_from(filter.limit).unwrap_or(i64::MAX).saturating_add(1);
    only(" ORDER BY seq DESC LIMIT ?", Value::Integer(one_more));
    let mut statement = connection.prepare_cached(&query)?;
    let jobs = statement.query_map(params_from_iter(values), |row| Ok(row_of(row)?.job))?;
    let mut jobs = jobs.collect::<rusqlite::Result<Vec<Job>>>()?;
    let more = jobs.len() > filter.limit;
    jobs.truncate(filter.limit);
    for job in jobs.iter_mut().filter(|job| job.stage.is_over()) {
        let status = "SELECT status_code FROM answer JOIN job ON seq = job WHERE id = ?1";
        job.status_code = connection.prepare_cached(status)?.query_row([job.id.bytes()], |row| row.get(0))?;
    }
    Ok(Some(Page { jobs, more }))
}

pub(super) fn counts(connection: &Connection, batch: Option<&str>) -> rusqlite::Result<Counts> {
    let (tally, oldest) = match batch {
        None => (
            "SELECT stage, jobs FROM tally WHERE ?1 IS NULL",
            "SELECT created FROM job WHERE stage = 'pending' AND ?1 IS NULL ORDER BY seq LIMIT 1",
        ),
        Some(_) => (
            "SELECT stage, count(*) FROM job WHERE batch = ?1 GROUP BY stage",
            "SELECT created FROM job WHERE stage = 'pending' AND batch = ?1 ORDER BY seq LIMIT 1",
        ),
    };
    let mut counts = Counts::default();
    let mut statement = connection.prepare_cached(tally)?;
    let mut rows = statement.query([batch])?;
    while let Some(row) = rows.next()? {
        let stage: String = row.get(0)?;
        if let Ok(stage) = stage.parse::<Stage>() {
            *counts.at(stage) = usize::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
        }
    }
    counts.oldest_pending =
        connection.prepare_cached(oldest)?.query_row([batch], first_time).optional()?.flatten();
    Ok(counts)
}
