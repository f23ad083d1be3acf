//! Lines of batches.

use super::batches::{held, load, save};
use super::{Which, unreadable};
use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row as SqlRow};
use standin_core::batches::{Batch, Fence, Line, LineCall, LineEnd, NewLine};

/// An end as columns: what it is, the status, and the body or the reason.
type Columns<'a> = (&'static str, Option<u16>, Option<&'a [u8]>);

fn columns(end: &LineEnd) -> Columns<'_> {
    match end {
        LineEnd::Answered { status, body } => ("answered", Some(*status), Some(body)),
        LineEnd::Lost { reason } => ("lost", None, Some(reason.as_bytes())),
        LineEnd::Canceled => ("canceled", None, None),
        LineEnd::Expired => ("expired", None, None),
    }
}

fn end_of(row: &SqlRow<'_>) -> rusqlite::Result<Option<LineEnd>> {
    let Some(ended) = row.get::<_, Option<String>>("ended")? else {
        return Ok(None);
    };
    let answer = || Ok::<_, rusqlite::Error>(row.get::<_, Option<Vec<u8>>>("answer")?.unwrap_or_default());
    Ok(Some(match ended.as_str() {
        "answered" => LineEnd::Answered { status: row.get("status")?, body: answer()?.into() },
        "lost" => LineEnd::Lost { reason: String::from_utf8_lossy(&answer()?).into_owned() },
        "canceled" => LineEnd::Canceled,
        "expired" => LineEnd::Expired,
        _ => return Err(unreadable(FromSqlError::InvalidType)),
    }))
}

fn line_of(row: &SqlRow<'_>) -> rusqlite::Result<Line> {
    let body = Bytes::from(row.get::<_, Vec<u8>>("body")?);
    Ok(Line {
        number: row.get("number")?,
        custom_id: row.get("custom_id")?,
        call: LineCall { path: row.get("path")?, body },
        end: end_of(row)?,
    })
}

pub(super) fn insert(connection: &Connection, batch: i64, lines: &[NewLine]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO line (batch, number, custom_id, path, body, ended, status, answer) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (number, line) in (0_u32..).zip(lines) {
        let (ended, status, answer) = line.end.as_ref().map_or((None, None, None), |end| {
            let (ended, status, answer) = columns(end);
            (Some(ended), status, answer)
        });
        let call = &line.call;
        statement.execute((
            batch,
            number,
            &line.custom_id,
            &call.path,
            &call.body[..],
            ended,
            status,
            answer,
        ))?;
    }
    Ok(())
}

pub(super) fn some(
    connection: &Connection,
    id: &str,
    which: Which,
    from: u32,
    most: usize,
) -> rusqlite::Result<Vec<Line>> {
    let which = match which {
        Which::Open => "ended IS NULL",
        Which::Ended => "ended IS NOT NULL",
    };
    connection
        .prepare_cached(&format!(
            "SELECT number, custom_id, path, line.body, ended, status, answer FROM line \
             JOIN batch ON batch.seq = line.batch \
             WHERE batch.id = ?1 AND number >= ?2 AND {which} ORDER BY number LIMIT ?3"
        ))?
        .query_map((id, from, i64::try_from(most).unwrap_or(i64::MAX)), line_of)?
        .collect()
}

pub(super) fn end(
    connection: &Connection,
    fence: Fence,
    ends: &[(u32, LineEnd)],
    until: Timestamp,
) -> rusqlite::Result<Option<Batch>> {
    let Some(mut found) = held(connection, &fence)? else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(
        "UPDATE line SET ended = ?3, status = ?4, answer = ?5 WHERE batch = ?1 AND number = ?2 AND ended IS NULL",
    )?;
    for (number, end) in ends {
        let (ended, status, answer) = columns(end);
        if statement.execute((found.seq, number, ended, status, answer))? == 1 {
            found.row.line_ended(&fence, end);
        }
    }
    found.row.prolong(fence, until);
    save(connection, &found)?;
    Ok(Some(found.row.batch))
}

pub(super) fn end_rest(
    connection: &Connection,
    fence: &Fence,
    end: &LineEnd,
) -> rusqlite::Result<Option<Batch>> {
    let Some(mut found) = held(connection, fence)? else {
        return Ok(None);
    };
    let (ended, status, answer) = columns(end);
    let count = connection
        .prepare_cached(
            "UPDATE line SET ended = ?2, status = ?3, answer = ?4 WHERE batch = ?1 AND ended IS NULL",
        )?
        .execute((found.seq, ended, status, answer))?;
    for _ in 0..count {
        found.row.line_ended(fence, end);
    }
    save(connection, &found)?;
    Ok(load(connection, &fence.id)?.map(|found| found.row.batch))
}
