//! Images for answers in which only the shape matters: one colour, in the size and the format that are asked for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use standin_core::Dice;
use standin_core::dialect::Asked;
use standin_core::media::{Colour, Picture};

/// The size of an image whose request leaves it open.
const USUAL: (u32, u32) = (1_024, 1_024);

/// One of the images of an answer, in base64. The same request has the same images, each of its own colour.
pub(in crate::compatible) fn placeholder(format: &str, size: &str, asked: &Asked<'_>, at: usize) -> String {
    let mut dice = Dice::of(&[format!("image {at} of ").into_bytes(), asked.meaning()].concat());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is below 256")]
    let mut part = || (dice.unit() * 256.0) as u8;
    let colour = Colour(part(), part(), part());
    let (width, height) = sides(size).unwrap_or(USUAL);
    STANDARD.encode(picture(format).of(width, height, colour))
}

/// The type of a file of this format.
pub(super) fn media_type(format: &str) -> &'static str {
    match picture(format) {
        Picture::Png => "image/png",
        Picture::Jpeg => "image/jpeg",
        Picture::Webp => "image/webp",
    }
}

fn picture(format: &str) -> Picture {
    match format {
        "jpeg" | "jpg" => Picture::Jpeg,
        "webp" => Picture::Webp,
        _ => Picture::Png,
    }
}

fn sides(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}
