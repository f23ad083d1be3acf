//! How a batch is shown.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use standin_core::batches::{Batch, Place, Stage};

/// For how long results are kept, from the batch's submission.
const KEPT: SignedDuration = SignedDuration::from_hours(29 * 24);

pub(super) fn shown(batch: &Batch, place: &Place<'_>) -> Value {
    let time = |time: Option<Timestamp>| time.map(|time| format!("{time:.6}"));
    let is_over = batch.stage.is_over();
    let status = match batch.stage {
        Stage::Cancelling => "canceling",
        _ if is_over => "ended",
        _ => "in_progress",
    };
    let archived = archived(batch, place.now);
    let results = is_over && archived.is_none();
    let tally = &batch.tally;
    // How requests ended is told when all of them have.
    let told = |count: u32| if is_over { count } else { 0 };
    json!({
        "id": batch.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": {
            "processing": if is_over { 0 } else { tally.total },
            "succeeded": told(tally.succeeded),
            "errored": told(tally.errored),
            "canceled": told(tally.canceled),
            "expired": told(tally.expired),
        },
        "ended_at": time(batch.times.ended),
        "created_at": time(Some(batch.times.created)),
        "expires_at": time(Some(batch.times.expires)),
        "archived_at": time(archived),
        "cancel_initiated_at": time(batch.times.cancelling),
        // Clients follow it, so it leads to where they have reached this.
        "results_url": results.then(|| format!("{}/v1/messages/batches/{}/results", place.base, batch.id)),
    })
}

/// When the results were given up.
pub(super) fn archived(batch: &Batch, now: Timestamp) -> Option<Timestamp> {
    batch.times.created.checked_add(KEPT).ok().filter(|end| *end <= now)
}
