//! The tokens of pictures that are sent along, by their size. It stands at the beginning of a file that is in the
//! address itself; nothing is fetched, so that the rest counts as a picture of a usual size.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What every picture costs, and each square of 512 pixels in high detail.
const BASE: usize = 85;
const TILE: usize = 170;
const TILE_SIDE: u64 = 512;
/// Bigger pictures are made to fit into this square, and then their shorter side into this.
const LONGEST: u64 = 2_048;
const SHORTEST: u64 = 768;
/// What is not known is taken to be this wide and high.
const USUAL: (u64, u64) = (1_024, 1_024);
/// Base64 of so much of a file holds its size.
const HEAD: usize = 64;

/// The tokens of a picture at an address.
pub(super) fn tokens(address: Option<&str>, detail: Option<&str>) -> usize {
    if detail == Some("low") {
        return BASE;
    }
    let (width, height) = address.and_then(size).unwrap_or(USUAL);
    BASE + TILE * usize::try_from(tiles(width, height)).unwrap_or_default()
}

fn tiles(width: u64, height: u64) -> u64 {
    let fitted = |(width, height): (u64, u64), side: u64, most: u64| {
        if side > most {
            ((width * most / side).max(1), (height * most / side).max(1))
        } else {
            (width, height)
        }
    };
    let (width, height) = fitted((width, height), width.max(height), LONGEST);
    let (width, height) = fitted((width, height), width.min(height), SHORTEST);
    width.div_ceil(TILE_SIDE) * height.div_ceil(TILE_SIDE)
}

/// The size of a PNG or a GIF in base64.
fn size(address: &str) -> Option<(u64, u64)> {
    let (_, data) = address.strip_prefix("data:")?.split_once(";base64,")?;
    let head = STANDARD.decode(data.get(..HEAD)?).ok()?;
    let (width, height) = if head.starts_with(b"\x89PNG") {
        let number = |at: usize| Some(u32::from_be_bytes(*head.get(at..)?.first_chunk()?));
        (number(16)?, number(20)?)
    } else if head.starts_with(b"GIF8") {
        let number = |at: usize| Some(u32::from(u16::from_le_bytes(*head.get(at..)?.first_chunk()?)));
        (number(6)?, number(8)?)
    } else {
        return None;
    };
    (width > 0 && height > 0).then_some((u64::from(width), u64::from(height)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use standin_core::media::{Colour, Picture};

    #[test]
    fn pictures_cost_what_the_vendor_says() {
        // The vendor's own examples.
        for (size, expected) in [((1_024, 1_024), 765), ((2_048, 4_096), 1_105), ((100, 100), 255)] {
            let file = STANDARD.encode(Picture::Png.of(size.0, size.1, Colour(1, 2, 3)));
            assert_eq!(
                tokens(Some(&format!("data:image/png;base64,{file}")), Some("high")),
                expected,
                "{size:?}"
            );
        }
        assert_eq!(tokens(Some("https://example.com/a.png"), None), 765);
        assert_eq!(tokens(Some("data:image/png;base64,!"), Some("low")), 85);
    }
}
