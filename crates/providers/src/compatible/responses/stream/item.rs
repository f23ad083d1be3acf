//! The events of one item, by the table of kinds.

use super::super::kinds::{self, Blank, Kind, Step};
use super::super::{list, text};
use super::events::{Events, Place};
use super::{parts, private};
use serde_json::{Value, json};
use standin_core::dialect::Options;
use standin_core::tokens::Split;

/// Streams an item: as it is stored, and as it is sent.
pub(super) fn stream(stored: &Value, item: &Value, index: usize, options: &Options, events: &mut Events) {
    let kind = text(item, "type").and_then(kinds::of);
    let mut added = item.clone();
    for blank in kind.map_or(kinds::PLAIN, |kind| kind.blanks) {
        blank.apply(&mut added);
    }
    events.send("response.output_item.added", [("output_index", index.into()), ("item", added)]);
    if let Some(kind) = kind {
        let place = Place::of(item, index);
        for step in kind.steps {
            take(step, kind, stored, place, options, events);
        }
    }
    events.send("response.output_item.done", [("output_index", index.into()), ("item", item.clone())]);
}

fn take(step: &Step, kind: &Kind, item: &Value, place: Place<'_>, options: &Options, events: &mut Events) {
    let mut come = |phase: &str| events.send(&format!("response.{}.{phase}", kind.name), place.with([]));
    match step {
        Step::Phase(phase) => come(phase),
        Step::Completed if failed(item) => {}
        Step::CompletedOrFailed if failed(item) => come("failed"),
        Step::Completed | Step::CompletedOrFailed => come("completed"),
        Step::Text { member, event, beside } => {
            written(item, member, event, beside, place, options, events);
        }
        Step::OnePiece { member, event } => {
            let split = options.split.or(Some(Split::Whole));
            written(item, member, event, &[], place, &Options { split, ..*options }, events);
        }
        Step::Content => parts::content(list(item, "content"), place, options, events),
        Step::Summary => parts::summary(list(item, "summary"), place, options, events),
        Step::Partials => partial_images(item, place, events),
        Step::Commands | Step::Outputs | Step::Diff if !options.private_events => {}
        Step::Commands => private::commands(item, place, options, events),
        Step::Outputs => private::outputs(item, place, events),
        Step::Diff => private::diff(item, place, options, events),
    }
}

fn failed(item: &Value) -> bool {
    text(item, "status") == Some("failed") || item.get("error").is_some_and(|error| !error.is_null())
}

/// A text of an item, piece by piece. What is not a text is there from the beginning.
fn written(
    item: &Value,
    member: &'static str,
    event: &str,
    beside: &[&'static str],
    place: Place<'_>,
    options: &Options,
    events: &mut Events,
) {
    let Some(whole) = text(item, member) else { return };
    parts::pieces(&format!("response.{event}.delta"), whole, place, options, events);
    let others = beside.iter().filter_map(|name| Some((*name, item.get(*name)?.clone())));
    let done = place.with([(member, whole.into())].into_iter().chain(others));
    events.send(&format!("response.{event}.done"), done);
}

fn partial_images(item: &Value, place: Place<'_>, events: &mut Events) {
    for (index, image) in list(item, "partial_images").iter().enumerate() {
        let looks = ["size", "quality", "background", "output_format"];
        let looks = looks.into_iter().filter_map(|name| Some((name, item.get(name)?.clone())));
        let image = [("partial_image_index", index.into()), ("partial_image_b64", image.clone())];
        let members = place.with(image.into_iter().chain(looks));
        events.send("response.image_generation_call.partial_image", members);
    }
}

// === impl Blank ===

impl Blank {
    fn apply(&self, item: &mut Value) {
        let (pointed, empty) = match self {
            Blank::Text(pointer) => (item.pointer_mut(pointer).filter(|text| text.is_string()), json!("")),
            Blank::List(pointer) => (item.pointer_mut(pointer).filter(|list| list.is_array()), json!([])),
            Blank::Begun => (item.get_mut("status"), json!("in_progress")),
            Blank::Null(name) => (item.get_mut(*name), Value::Null),
            Blank::Only(_) | Blank::Gone(_) | Blank::NoNull(_) => {
                if let Some(members) = item.as_object_mut() {
                    members.retain(|name, value| self.keeps(name, value));
                }
                return;
            }
        };
        if let Some(pointed) = pointed {
            *pointed = empty;
        }
    }

    fn keeps(&self, name: &str, value: &Value) -> bool {
        match self {
            Blank::Only(names) => names.contains(&name),
            Blank::Gone(gone) => name != *gone,
            Blank::NoNull(gone) => name != *gone || !value.is_null(),
            Blank::Begun | Blank::Text(_) | Blank::List(_) | Blank::Null(_) => true,
        }
    }
}
