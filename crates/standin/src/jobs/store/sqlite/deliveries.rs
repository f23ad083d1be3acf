//! Webhooks <-> rows.

use super::lane::Undone;
use super::rows::{first_time, load_at, micros, time, unreadable};
use super::written::tell;
use crate::jobs::store::asked::{ClaimedDelivery, DeliveryClaim, DeliveryClaimant};
use crate::jobs::store::wakes::Woken;
use jiff::Timestamp;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, named_params};
use standin_core::jobs::{Attempted, Delivery, DeliveryFence, DeliveryStage, EventKind, JobId};

/// The webhook of the job in this place.
pub(super) fn load(connection: &Connection, seq: i64) -> rusqlite::Result<Option<Delivery>> {
    connection
        .prepare_cached(
            "SELECT job.id, url, delivery.stage, owner, at, claims, attempts, status, reason \
             FROM delivery JOIN job ON job.seq = delivery.job WHERE delivery.job = ?1",
        )?
        .query_row([seq], delivery_of)
        .optional()
}

fn delivery_of(row: &SqlRow<'_>) -> rusqlite::Result<Delivery> {
    let at = || row.get::<_, i64>("at").map(time);
    let stage = match row.get_ref("stage")?.as_str().map_err(|error| unreadable(2, error))? {
        "awaiting" => DeliveryStage::Awaiting,
        "due" => DeliveryStage::Due(at()?),
        "sending" => DeliveryStage::Sending { owner: row.get("owner")?, until: at()? },
        "delivered" => DeliveryStage::Delivered,
        "given_up" => DeliveryStage::GivenUp,
        _ => return Err(unreadable(2, FromSqlError::InvalidType)),
    };
    Ok(Delivery {
        job: JobId::new(row.get("id")?),
        url: row.get("url")?,
        stage,
        claims: row.get("claims")?,
        attempts: row.get("attempts")?,
        status: row.get("status")?,
        reason: row.get("reason")?,
    })
}

/// Keeps a webhook, whether or not it is there.
pub(super) fn save(connection: &Connection, seq: i64, delivery: &Delivery) -> rusqlite::Result<()> {
    let owner = match &delivery.stage {
        DeliveryStage::Sending { owner, .. } => Some(owner),
        _ => None,
    };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO delivery \
             (job, url, origin, stage, owner, at, claims, attempts, status, reason) \
             VALUES (:job, :url, :origin, :stage, :owner, :at, :claims, :attempts, :status, :reason)",
        )?
        .execute(named_params! {
            ":job": seq,
            ":url": delivery.url,
            ":origin": delivery.origin(),
            ":stage": delivery.stage.name(),
            ":owner": owner,
            ":at": delivery.ready().map(micros),
            ":claims": delivery.claims,
            ":attempts": delivery.attempts,
            ":status": delivery.status,
            ":reason": delivery.reason,
        })
        .map(drop)
}

/// A job has ended.
pub(super) fn begin(
    connection: &Connection,
    seq: i64,
    now: Timestamp,
    woken: &mut Woken,
) -> rusqlite::Result<()> {
    let Some(mut delivery) = load(connection, seq)? else {
        return Ok(());
    };
    delivery.begin(now);
    woken.deliverable |= delivery.is_open();
    save(connection, seq, &delivery)
}

pub(super) fn claim(
    connection: &Connection,
    claimant: &DeliveryClaimant,
    now: Timestamp,
) -> Result<DeliveryClaim, Undone> {
    let busy = serde_json::json!(claimant.busy).to_string();
    let oldest = connection
        .prepare_cached(
            "SELECT job FROM delivery WHERE at <= ?1 AND origin NOT IN (SELECT value FROM json_each(?2)) \
             ORDER BY at, job LIMIT 1",
        )?
        .query_row((micros(now), busy), |row| row.get::<_, i64>(0))
        .optional()?;
    let row = oldest.map(|seq| load_at(connection, seq)).transpose()?.flatten();
    let delivery = oldest.map(|seq| load(connection, seq)).transpose()?.flatten();
    let (Some(seq), Some(row), Some(mut delivery)) = (oldest, row, delivery) else {
        let next = "SELECT min(at) FROM delivery WHERE at > ?1";
        let next = connection.prepare_cached(next)?.query_row([micros(now)], first_time)?;
        return Ok(DeliveryClaim::Nothing { next });
    };
    let fence = delivery.claim(&claimant.owner, now, claimant.lease);
    save(connection, seq, &delivery)?;
    Ok(DeliveryClaim::Begun(Box::new(ClaimedDelivery { delivery, job: row.job, fence })))
}

pub(super) fn report(
    connection: &Connection,
    fence: &DeliveryFence,
    attempted: Attempted,
    now: Timestamp,
    woken: &mut Woken,
) -> Result<bool, Undone> {
    let place = "SELECT seq FROM job WHERE id = ?1";
    let place: Option<i64> =
        connection.prepare_cached(place)?.query_row([fence.job.bytes()], |row| row.get(0)).optional()?;
    let delivery = place.map(|seq| load(connection, seq)).transpose()?.flatten();
    let (Some(seq), Some(mut delivery)) = (place, delivery) else {
        return Ok(false);
    };
    let Some(told) = delivery.report(fence, attempted) else {
        return Ok(false);
    };
    save(connection, seq, &delivery)?;
    tell(connection, seq, EventKind::Webhook, Some(&told), now)?;
    woken.changed.push(fence.job);
    woken.deliverable |= delivery.is_open();
    Ok(true)
}
