//! The events of an image: what it looks like on the way, then the image.

use super::object::{counted, setting};
use crate::compatible::form;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use standin_core::dialect::{Asked, CREATED, Endpoint};
use standin_core::stream::sse_event;

/// What every event says of its image, in order.
const SETTINGS: [&str; 4] = ["size", "quality", "background", "output_format"];

/// The events of all images, one after the other. Each finished image carries the usage of the whole answer,
/// because SDKs take it for granted there.
pub(super) fn events(object: &Map<String, Value>, asked: &Asked<'_>) -> Vec<Bytes> {
    let kind = if asked.endpoint == Endpoint::ImageEdits { "image_edit" } else { "image_generation" };
    let told = told(object, asked);
    let data = object.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut frames = Vec::new();
    for image in data {
        for (at, partial) in partials(object, image, asked).into_iter().enumerate() {
            let name = format!("{kind}.partial_image");
            let mut event = Map::new();
            event.insert("type".to_owned(), json!(name));
            event.insert("b64_json".to_owned(), partial);
            event.insert("partial_image_index".to_owned(), json!(at));
            event.extend(told.clone());
            frames.push(sse_event(Some(&name), &Value::Object(event)));
        }
        let name = format!("{kind}.completed");
        let event = Value::Object(finished(&name, object, image, &told, asked));
        frames.push(sse_event(Some(&name), &event));
    }
    frames
}

fn told(object: &Map<String, Value>, asked: &Asked<'_>) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("created_at".to_owned(), object.get("created").cloned().unwrap_or(json!(CREATED)));
    for name in SETTINGS {
        let value = object.get(name).cloned().unwrap_or_else(|| setting(name, asked));
        told.insert(name.to_owned(), value);
    }
    told
}

fn partials(object: &Map<String, Value>, image: &Value, asked: &Asked<'_>) -> Vec<Value> {
    let most = form::count(asked.body, "partial_images", 0, 3).unwrap_or(0);
    match (object.get("partial_images"), image.get("b64_json")) {
        // The vendor also sends fewer when the image is finished early.
        (Some(Value::Array(written)), _) => written.iter().take(most).cloned().collect(),
        (_, Some(image)) => vec![image.clone(); most],
        (_, None) => Vec::new(),
    }
}

/// The last event of an image. What is unknown in the object or in the image goes with it.
fn finished(
    name: &str,
    object: &Map<String, Value>,
    image: &Value,
    told: &Map<String, Value>,
    asked: &Asked<'_>,
) -> Map<String, Value> {
    let mut event = Map::new();
    event.insert("type".to_owned(), json!(name));
    if let Value::Object(image) = image {
        event.extend(image.clone());
    }
    event.extend(told.clone());
    event.insert("usage".to_owned(), object.get("usage").cloned().unwrap_or_else(|| counted(object, asked)));
    for (name, value) in object {
        let said = event.contains_key(name) || matches!(name.as_str(), "created" | "data" | "partial_images");
        if !said {
            event.insert(name.clone(), value.clone());
        }
    }
    event
}
