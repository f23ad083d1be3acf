//! What the writer does. All of it is within a transaction.

use super::deliveries;
use super::lane::Undone;
use super::rows::{first_time, insert, insert_request, load, load_at, load_request, micros, save, seq};
use crate::jobs::store::asked::{
    Changed, Claim, Claimant, Claimed, Idempotency, Reclaimed, Submission, Submitted,
};
use crate::jobs::store::key_kept_until;
use crate::jobs::store::wakes::Woken;
use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use standin_core::jobs::{Delivery, EventKind, JobId, Row, Run, Step, Taken};

pub(super) fn submit(
    connection: &Connection,
    submission: Submission,
    woken: &mut Woken,
) -> Result<Submitted, Undone> {
    let Submission { job: new, request, idempotency, most_pending, webhook } = submission;
    if let Some(asked) = &idempotency
        && let Some(known) = known(connection, asked, new.created)?
    {
        return Ok(known);
    }
    let pending = "SELECT jobs FROM tally WHERE stage = 'pending'";
    let pending: i64 = connection.prepare_cached(pending)?.query_row([], |row| row.get(0))?;
    if usize::try_from(pending).unwrap_or_default() >= most_pending {
        return Ok(Submitted::Full);
    }
    let taken = "SELECT 1 FROM job WHERE id = ?1";
    if connection.prepare_cached(taken)?.exists([new.id.bytes()])? {
        return Err(Undone::Known(new.id));
    }
    let mut row = Row::submitted(0, new);
    insert(connection, &mut row)?;
    insert_request(connection, seq(&row), &request)?;
    tell(connection, seq(&row), EventKind::Created, None, row.job.created)?;
    woken.of(None, &row, true);
    if let Some(url) = webhook {
        deliveries::save(connection, seq(&row), &Delivery::new(row.job.id, url))?;
    }
    if let Some(Idempotency { scope, key, fingerprint }) = idempotency {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO idempotency (scope, key, fingerprint, id, created) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((scope, key, fingerprint, row.job.id.bytes(), micros(row.job.created)))?;
    }
    Ok(Submitted::New(row.job))
}

/// What a key that was used before says.
pub(super) fn known(
    connection: &Connection,
    asked: &Idempotency,
    now: Timestamp,
) -> rusqlite::Result<Option<Submitted>> {
    let key = connection
        .prepare_cached("SELECT fingerprint, id, created FROM idempotency WHERE scope = ?1 AND key = ?2")?
        .query_row((&asked.scope, &asked.key), |row| {
            let created = Timestamp::from_microsecond(row.get(2)?).unwrap_or(Timestamp::MAX);
            Ok((row.get::<_, [u8; 32]>(0)?, JobId::new(row.get(1)?), created))
        })
        .optional()?;
    let Some((fingerprint, id, created)) = key else {
        return Ok(None);
    };
    let job = load(connection, id)?.map(|row| row.job).filter(|job| job.is_seen(now));
    Ok(match job {
        Some(job) if fingerprint == asked.fingerprint => Some(Submitted::Same(job)),
        Some(_) => Some(Submitted::Conflict),
        None if fingerprint != asked.fingerprint && key_kept_until(created) > now => {
            Some(Submitted::Conflict)
        }
        None => None,
    })
}

pub(super) fn step(
    connection: &Connection,
    id: JobId,
    step: Step,
    now: Timestamp,
    woken: &mut Woken,
) -> Result<Option<Changed>, Undone> {
    let Some(mut row) = load(connection, id)? else {
        return Ok(None);
    };
    let taken = alter(connection, &mut row, now, woken, |row| match row.take(step, now) {
        Taken::Refused => (false, None),
        Taken::Silent => (true, None),
        Taken::Told(kind, data) => (true, Some((kind, data))),
    })?;
    Ok(Some(Changed { job: row.job, taken }))
}

pub(super) fn claim(
    connection: &Connection,
    claimant: &Claimant,
    now: Timestamp,
    woken: &mut Woken,
) -> Result<Claim, Undone> {
    let oldest = connection
        .prepare_cached(
            "SELECT seq FROM job WHERE ready <= ?1 AND cancel_requested IS NULL \
             AND (run = 'free' OR attempt < ?2) ORDER BY ready, seq LIMIT 1",
        )?
        .query_row((micros(now), claimant.most_attempts), |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(mut row) = oldest.map(|at| load_at(connection, at)).transpose()?.flatten() else {
        let next = "SELECT min(ready) FROM job WHERE ready > ?1";
        let next = connection.prepare_cached(next)?.query_row([micros(now)], first_time)?;
        return Ok(Claim::Nothing { next });
    };
    let fence = alter(connection, &mut row, now, woken, |row| {
        let (fence, kind) = row.claim(&claimant.owner, now, claimant.lease);
        (fence, kind.map(|kind| (kind, None)))
    })?;
    let request = load_request(connection, seq(&row))?;
    Ok(Claim::Begun(Box::new(Claimed { job: row.job, request, fence })))
}

pub(super) fn reclaim(
    connection: &Connection,
    now: Timestamp,
    most_attempts: u32,
    error: &Bytes,
    woken: &mut Woken,
) -> Result<Reclaimed, Undone> {
    let mut reclaimed = Reclaimed::default();
    for mut row in leased(connection, now)? {
        let kind = alter(connection, &mut row, now, woken, |row| {
            let kind = row.reclaim(now, most_attempts, error);
            (kind, kind.map(|kind| (kind, None)))
        })?;
        match kind {
            Some(EventKind::Interrupted) => reclaimed.requeued += 1,
            Some(_) => reclaimed.failed += 1,
            None => {}
        }
    }
    Ok(reclaimed)
}

pub(super) fn lapse(connection: &Connection, now: Timestamp, woken: &mut Woken) -> Result<usize, Undone> {
    let leased = leased(connection, Timestamp::MAX)?;
    let count = leased.len();
    for mut row in leased {
        alter(connection, &mut row, now, woken, |row| (row.take(Step::Lapse, now), None))?;
    }
    Ok(count)
}

/// The jobs whose leases end by a time.
fn leased(connection: &Connection, by: Timestamp) -> rusqlite::Result<Vec<Row>> {
    let places: Vec<i64> = connection
        .prepare_cached("SELECT seq FROM job WHERE ready <= ?1 AND run = 'leased' ORDER BY ready, seq")?
        .query_map([micros(by)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    places.into_iter().filter_map(|at| load_at(connection, at).transpose()).collect()
}

pub(super) fn purge(
    connection: &Connection,
    now: Timestamp,
    most: usize,
    woken: &mut Woken,
) -> Result<usize, Undone> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let expired: Vec<(i64, [u8; 16])> = connection
        .prepare_cached(
            "SELECT seq, id FROM job WHERE expires <= ?1 AND NOT EXISTS \
             (SELECT 1 FROM delivery WHERE delivery.job = job.seq AND at IS NOT NULL) \
             ORDER BY expires, seq LIMIT ?2",
        )?
        .query_map((micros(now), most), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (seq, id) in &expired {
        for part in ["event", "answer", "request", "delivery"] {
            connection.prepare_cached(&format!("DELETE FROM {part} WHERE job = ?1"))?.execute([seq])?;
        }
        connection.prepare_cached("DELETE FROM job WHERE seq = ?1")?.execute([seq])?;
        woken.changed.push(JobId::new(*id));
    }
    // The other way round, a day before now, is what `key_kept_until` says of a key that was made then.
    let day_ago = now.checked_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    connection
        .prepare_cached(
            "DELETE FROM idempotency WHERE created <= ?1 AND NOT EXISTS \
             (SELECT 1 FROM job WHERE job.id = idempotency.id)",
        )?
        .execute([micros(day_ago)])?;
    Ok(expired.len())
}

pub(super) fn clear(connection: &Connection, woken: &mut Woken) -> Result<(), Undone> {
    let ids = connection
        .prepare("SELECT id FROM job")?
        .query_map([], |row| Ok(JobId::new(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    woken.changed = ids;
    connection.execute_batch(
        "DELETE FROM event; DELETE FROM answer; DELETE FROM request; DELETE FROM delivery; \
         DELETE FROM idempotency; DELETE FROM job;",
    )?;
    Ok(())
}

/// Changes a row, and tells what happened to it.
fn alter<T>(
    connection: &Connection,
    row: &mut Row,
    now: Timestamp,
    woken: &mut Woken,
    change: impl FnOnce(&mut Row) -> (T, Option<(EventKind, Option<Bytes>)>),
) -> rusqlite::Result<T> {
    let was_ready = row.ready();
    let was: Run = row.run.clone();
    let (answer, told) = change(row);
    save(connection, row, &was)?;
    if row.run == Run::Over && was != Run::Over {
        deliveries::begin(connection, seq(row), now, woken)?;
    }
    woken.of(was_ready, row, told.is_some());
    if let Some((kind, data)) = told {
        tell(connection, seq(row), kind, data.as_deref(), now)?;
    }
    Ok(answer)
}

pub(super) fn tell(
    connection: &Connection,
    seq: i64,
    kind: EventKind,
    data: Option<&[u8]>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO event (job, seq, kind, at, data) SELECT ?1, \
             coalesce((SELECT max(seq) FROM event WHERE job = ?1), 0) + 1, ?2, ?3, ?4",
        )?
        .execute((seq, kind.name(), micros(now), data))
        .map(drop)
}
