//! Batches as rows.

use super::{End, Kept, Meant, Named, Table, files, lines, micros, page, unreadable};
use crate::jobs::store::Keyholder;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow};
use standin_core::batches::{Batch, Fence, Listing, NewLine, Page, Row, Step, Task};
use std::time::Duration;

/// A row, and its place.
pub(super) struct Placed {
    pub(super) seq: i64,
    pub(super) row: Row,
}

fn placed(row: &SqlRow<'_>) -> rusqlite::Result<Placed> {
    let body: String = row.get("body")?;
    Ok(Placed { seq: row.get("seq")?, row: serde_json::from_str(&body).map_err(unreadable)? })
}

fn body_of(row: &Row) -> rusqlite::Result<String> {
    serde_json::to_string(row).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

pub(super) fn load(connection: &Connection, id: &str) -> rusqlite::Result<Option<Placed>> {
    connection.prepare_cached("SELECT seq, body FROM batch WHERE id = ?1")?.query_row([id], placed).optional()
}

/// The batch of a fence, if its lines are still its holder's to answer.
pub(super) fn held(connection: &Connection, fence: &Fence) -> rusqlite::Result<Option<Placed>> {
    Ok(load(connection, &fence.id)?.filter(|found| found.row.is_run_by(fence)))
}

pub(super) fn save(connection: &Connection, Placed { seq, row }: &Placed) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE batch SET ready = ?1, body = ?2 WHERE seq = ?3")?
        .execute((row.ready().map(micros), body_of(row)?, seq))
        .map(drop)
}

pub(super) fn submit(
    connection: &Connection,
    row: &Row,
    new: &[NewLine],
    most: usize,
    kept_from: Timestamp,
) -> rusqlite::Result<Kept> {
    let old: Vec<i64> = connection
        .prepare_cached("SELECT seq FROM batch WHERE ready IS NULL AND created < ?1")?
        .query_map([micros(kept_from)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    old.into_iter().try_for_each(|seq| remove(connection, seq))?;
    let batches: i64 =
        connection.prepare_cached("SELECT count(*) FROM batch")?.query_row([], |row| row.get(0))?;
    if usize::try_from(batches).is_ok_and(|batches| batches >= most) {
        return Ok(Kept::Full);
    }
    let batch = &row.batch;
    connection
        .prepare_cached(
            "INSERT INTO batch (id, provider, owner_key, created, ready, body) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            &batch.id,
            &batch.provider,
            &batch.owner_key,
            micros(batch.times.created),
            row.ready().map(micros),
            body_of(row)?,
        ))?;
    lines::insert(connection, connection.last_insert_rowid(), new)?;
    Ok(Kept::Kept)
}

fn remove(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM line WHERE batch = ?1")?.execute([seq])?;
    connection.prepare_cached("DELETE FROM batch WHERE seq = ?1")?.execute([seq]).map(drop)
}

pub(super) fn find(connection: &Connection, named: &Named) -> rusqlite::Result<Option<Batch>> {
    let found = load(connection, &named.id)?.map(|found| found.row.batch);
    Ok(found.filter(|batch| named.is_batch(batch)))
}

pub(super) fn list(
    connection: &Connection,
    provider: String,
    owner: Keyholder,
    listing: &Listing,
) -> rusqlite::Result<Option<Page<Batch>>> {
    let table = Table { name: "batch", columns: "seq, body", meant: Meant::of(provider, owner) };
    page(connection, table, listing, |row| Ok(placed(row)?.row.batch))
}

pub(super) fn delete(connection: &Connection, named: &Named) -> rusqlite::Result<bool> {
    let found = load(connection, &named.id)?;
    let over = found.filter(|found| named.is_batch(&found.row.batch) && found.row.batch.stage.is_over());
    let Some(found) = over else {
        return Ok(false);
    };
    remove(connection, found.seq)?;
    Ok(true)
}

pub(super) fn step(
    connection: &Connection,
    id: &str,
    step: Step,
    now: Timestamp,
) -> rusqlite::Result<Option<(Batch, bool)>> {
    let Some(mut found) = load(connection, id)? else {
        return Ok(None);
    };
    let taken = found.row.take(step, now);
    if taken {
        save(connection, &found)?;
    }
    Ok(Some((found.row.batch, taken)))
}

pub(super) fn claim(
    connection: &Connection,
    task: Task,
    owner: &str,
    lease: Duration,
    now: Timestamp,
) -> rusqlite::Result<Option<(Row, Fence)>> {
    let oldest = connection
        .prepare_cached(
            "SELECT seq, body FROM batch WHERE ready <= ?1 AND ?2 = \
             (json_extract(body, '$.batch.stage') IN ('completed', 'failed', 'cancelled', 'expired')) \
             ORDER BY ready, seq LIMIT 1",
        )?
        .query_row((micros(now), task == Task::Tell), placed)
        .optional()?;
    let Some(mut found) = oldest else {
        return Ok(None);
    };
    let Some(fence) = found.row.claim(owner, now, lease) else {
        return Ok(None);
    };
    save(connection, &found)?;
    Ok(Some((found.row, fence)))
}

/// Lets the leases of batches pass whose holders are known to be dead.
pub(super) fn lapse(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let waiting: Vec<Placed> = connection
        .prepare("SELECT seq, body FROM batch WHERE ready > ?1")?
        .query_map([micros(now)], placed)?
        .collect::<rusqlite::Result<_>>()?;
    for mut found in waiting {
        if found.row.lapse(now) {
            save(connection, &found)?;
        }
    }
    Ok(())
}

pub(super) fn begin(
    connection: &Connection,
    fence: &Fence,
    new: &[NewLine],
    model: Option<String>,
    now: Timestamp,
) -> rusqlite::Result<Option<Batch>> {
    let Some(mut found) = held(connection, fence)? else {
        return Ok(None);
    };
    if !found.row.begin(fence, new.iter().map(|line| line.end.as_ref()), model, now) {
        return Ok(None);
    }
    lines::insert(connection, found.seq, new)?;
    save(connection, &found)?;
    Ok(Some(found.row.batch))
}

pub(super) fn end(connection: &Connection, end: End, now: Timestamp) -> rusqlite::Result<bool> {
    let (new, fence, step) = end.parts();
    let Some(mut found) = held(connection, &fence)? else {
        return Ok(false);
    };
    if !found.row.take(step, now) {
        return Ok(false);
    }
    new.iter().try_for_each(|file| files::insert(connection, file))?;
    save(connection, &found)?;
    Ok(true)
}
