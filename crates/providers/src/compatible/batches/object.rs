//! How a batch is shown.

use jiff::Timestamp;
use serde_json::{Value, json};
use standin_core::batches::{Batch, Stage};

/// What is told of a batch that has ended.
pub(super) fn event(batch: &Batch) -> Value {
    let digits = batch.id.strip_prefix("batch_").unwrap_or(&batch.id);
    json!({
        "id": format!("evt_{digits}"),
        "object": "event",
        "created_at": batch.times.ended.unwrap_or(batch.times.created).as_second(),
        "type": format!("batch.{}", status(batch.stage)),
        "data": {"id": batch.id},
    })
}

pub(super) const fn status(stage: Stage) -> &'static str {
    match stage {
        Stage::Validating => "validating",
        Stage::Running => "in_progress",
        Stage::Cancelling => "cancelling",
        Stage::Finalizing => "finalizing",
        Stage::Completed => "completed",
        Stage::Failed => "failed",
        Stage::Cancelled => "cancelled",
        Stage::Expired => "expired",
    }
}

pub(super) fn shown(batch: &Batch) -> Value {
    let second = |time: Option<Timestamp>| time.map(Timestamp::as_second);
    let times = &batch.times;
    let ended_as = |stage: Stage| second(times.ended).filter(|_| batch.stage == stage);
    let tally = &batch.tally;
    json!({
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.asked["endpoint"],
        "model": batch.model,
        "errors": errors(batch),
        "input_file_id": batch.input,
        "completion_window": batch.asked["completion_window"],
        "status": status(batch.stage),
        "output_file_id": batch.output,
        "error_file_id": batch.errors,
        "created_at": times.created.as_second(),
        "in_progress_at": second(times.begun),
        "expires_at": times.expires.as_second(),
        "finalizing_at": second(times.finalizing),
        "completed_at": ended_as(Stage::Completed),
        "failed_at": ended_as(Stage::Failed),
        "expired_at": ended_as(Stage::Expired),
        "cancelling_at": second(times.cancelling),
        "cancelled_at": ended_as(Stage::Cancelled),
        "request_counts": {
            "total": tally.total,
            "completed": tally.succeeded,
            // What was not executed is not counted as failed.
            "failed": tally.errored,
        },
        "usage": batch.usage,
        "metadata": batch.asked["metadata"],
    })
}

fn errors(batch: &Batch) -> Value {
    if batch.faults.is_empty() {
        return Value::Null;
    }
    let faults = batch.faults.iter().map(|fault| {
        json!({"code": fault.code, "line": fault.line, "message": fault.message, "param": fault.param})
    });
    json!({"object": "list", "data": faults.collect::<Vec<_>>()})
}
