//! The text of a document's pages, as gateways offer it beside OpenAI's API. No document is ever opened.

use super::{asked_for, input};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint, Message, Said, Unsayable};
use standin_core::media::{Colour, Picture};
use std::borrow::Cow;

/// The pixels of a page of A4 at 200 dots per inch.
const PAGE: (u32, u32) = (1_654, 2_339);
const DOTS: u32 = 200;

/// The address of the document is all that is said.
pub(super) fn asked(body: &Value) -> Asked<'_> {
    let document = &body["document"];
    let image = &document["image_url"];
    let address =
        document["document_url"].as_str().or_else(|| image.as_str()).or_else(|| image["url"].as_str());
    let text = Cow::Borrowed(address.unwrap_or_default());
    let last = Message { role: "user", text: text.clone(), value: document, tool_call_id: None };
    Asked { last: Some(last), user: Some(text), ..input::asked(Endpoint::Ocr, body, "document", false) }
}

/// A text that somebody wrote is one page.
pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    let written = said.text.as_ref().map(std::slice::from_ref);
    let Some(texts) = said.pages.as_deref().or(written).filter(|texts| !texts.is_empty()) else {
        return Err(Unsayable { endpoint: asked.endpoint.name(), what: "an answer without a text" });
    };
    let indices = match asked.body["pages"].as_array() {
        Some(chosen) => chosen.iter().filter_map(Value::as_u64).collect(),
        None => (0u64..).take(texts.len()).collect::<Vec<_>>(),
    };
    let of = |index: u64| usize::try_from(index).unwrap_or_default() % texts.len();
    let pages = indices.iter().map(|index| page(*index, &texts[of(*index)], asked));
    Ok(json!({
        "pages": pages.collect::<Value>(),
        "model": asked_for(said, asked),
        "usage_info": {"pages_processed": indices.len(), "doc_size_bytes": size(asked)},
    }))
}

fn page(index: u64, text: &str, asked: &Asked<'_>) -> Value {
    let (width, height) = PAGE;
    // A picture is on the first page, for those who ask for pictures.
    let pictured = index == 0 && asked.body["include_image_base64"] == true;
    let name = "img-0.png";
    let markdown = if pictured { format!("{text}\n![{name}]({name})\n") } else { text.to_owned() };
    let images = if pictured { json!([image(name)]) } else { json!([]) };
    json!({
        "index": index,
        "markdown": markdown,
        "images": images,
        "dimensions": {"dpi": DOTS, "height": height, "width": width},
    })
}

fn image(name: &str) -> Value {
    let (width, height) = (320, 200);
    let file = STANDARD.encode(Picture::Png.of(width, height, Colour(120, 140, 160)));
    json!({
        "id": name,
        "top_left_x": 100,
        "top_left_y": 1_800,
        "bottom_right_x": 100 + width,
        "bottom_right_y": 1_800 + height,
        "image_base64": format!("data:image/png;base64,{file}"),
    })
}

/// The bytes of a document that is sent along.
fn size(asked: &Asked<'_>) -> Option<usize> {
    let (_, data) = input::words(asked).strip_prefix("data:")?.split_once(";base64,")?;
    Some(data.trim_end_matches('=').len() * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_those_that_are_asked_for() {
        let body = json!({
            "model": "o", "document": {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJDRA=="}},
            "pages": [0, 4], "include_image_base64": true,
        });
        let said = Said { pages: Some(vec!["# A".to_owned(), "# B".to_owned()]), ..Said::default() };
        let object = compose(&said, &asked(&body)).unwrap();
        let pages = object["pages"].as_array().unwrap();
        assert_eq!((&pages[0]["index"], &pages[1]["index"]), (&json!(0), &json!(4)));
        assert!(
            pages[0]["images"][0]["image_base64"].as_str().unwrap().starts_with("data:image/png;base64,iVBO")
        );
        assert_eq!((&pages[1]["markdown"], &pages[1]["images"]), (&json!("# A"), &json!([])));
        assert_eq!(object["usage_info"], json!({"pages_processed": 2, "doc_size_bytes": 4}));
        assert!(compose(&Said::default(), &asked(&json!({}))).is_err());
        let words = Said { text: Some("# C".to_owned()), ..Said::default() };
        assert_eq!(compose(&words, &asked(&json!({}))).unwrap()["pages"][0]["markdown"], "# C");
    }
}
