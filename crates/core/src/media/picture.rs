//! A picture of one colour.

use super::bits::{HighFirst, LowFirst};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// A format of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Lossless, with a palette of one.
    Png,
    /// Baseline.
    Jpeg,
    /// Lossless.
    Webp,
}

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// The longest side: what an API makes is smaller.
const LONGEST: u32 = 4_096;

// === impl Picture ===

impl Picture {
    /// A picture of so many pixels, all of one colour.
    #[must_use]
    pub fn of(self, width: u32, height: u32, colour: Colour) -> Vec<u8> {
        let (width, height) = (width.clamp(1, LONGEST), height.clamp(1, LONGEST));
        match self {
            Picture::Png => png(width, height, colour),
            Picture::Jpeg => jpeg(width, height, colour),
            Picture::Webp => webp(width, height, colour),
        }
    }
}

/// One bit for each pixel, which says the palette's only colour.
fn png(width: u32, height: u32, Colour(red, green, blue): Colour) -> Vec<u8> {
    let mut head = Vec::with_capacity(13);
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    // One bit, a palette; the only compression and filter; not interlaced.
    head.extend([1, 3, 0, 0, 0]);
    // A byte for the filter of each row.
    let row = vec![0; as_usize(width.div_ceil(8)) + 1];
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &head);
    chunk(&mut file, b"PLTE", &[red, green, blue]);
    chunk(&mut file, b"IDAT", &deflated(&row, height));
    chunk(&mut file, b"IEND", &[]);
    file
}

fn deflated(row: &[u8], times: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    for _ in 0..times {
        // Writing to memory cannot fail.
        let _ = encoder.write_all(row);
    }
    encoder.finish().unwrap_or_default()
}

fn chunk(file: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    file.extend(u32::try_from(content.len()).unwrap_or_default().to_be_bytes());
    let mut sum = flate2::Crc::new();
    for part in [&name[..], content] {
        sum.update(part);
        file.extend(part);
    }
    file.extend(sum.sum().to_be_bytes());
}

/// Blocks whose brightness and colours do not differ from the block's before, in two bits each.
fn jpeg(width: u32, height: u32, colour: Colour) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    // A step of the mean of a block is a step of its pixels.
    file.extend([0xff, 0xdb, 0, 67, 0]);
    file.extend([8; 64]);
    let [_, _, height_high, height_low] = height.to_be_bytes();
    let [_, _, width_high, width_low] = width.to_be_bytes();
    file.extend([0xff, 0xc0, 0, 17, 8, height_high, height_low, width_high, width_low]);
    // Brightness in full, colours in half of the size.
    file.extend([3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
    // How far a mean is from the one before: not at all in one bit, by a number of so many bits in five.
    file.extend([0xff, 0xc4, 0, 28, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend(0..=8);
    // Details: there are none.
    file.extend([0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend([0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    let mut bits = HighFirst::default();
    let [brightness, blue, red] = means(colour);
    let blocks = width.div_ceil(16) * height.div_ceil(16);
    for at in 0..blocks {
        for mean in [brightness, 0, 0, 0, blue, red] {
            step(&mut bits, if at == 0 { mean } else { 0 });
            bits.add(0, 1);
        }
    }
    for byte in bits.filled() {
        file.push(byte);
        // A byte of ones would begin a marker.
        if byte == 0xff {
            file.push(0);
        }
    }
    file.extend([0xff, 0xd9]);
    file
}

/// Writes how far a mean is from the one before.
fn step(bits: &mut HighFirst, by: i32) {
    let length = u32::BITS - by.unsigned_abs().leading_zeros();
    if length == 0 {
        bits.add(0, 1);
        return;
    }
    bits.add(0b10000 + length - 1, 5);
    let value = if by > 0 { by.unsigned_abs() } else { (1 << length) - 1 - by.unsigned_abs() };
    bits.add(value, length);
}

/// Brightness and the two colours as JFIF reckons them, each less its middle, in thousandths that are rounded.
fn means(Colour(red, green, blue): Colour) -> [i32; 3] {
    let (red, green, blue) = (i32::from(red), i32::from(green), i32::from(blue));
    let brightness = 299 * red + 587 * green + 114 * blue;
    let rounded = |thousandths: i32| (thousandths + 500).div_euclid(1_000);
    let to_blue = (1_000 * blue - brightness) * 564 / 1_000;
    let to_red = (1_000 * red - brightness) * 713 / 1_000;
    [rounded(brightness) - 128, rounded(to_blue), rounded(to_red)].map(|mean| mean.clamp(-128, 127))
}

/// Codes of one symbol each, which take no bits: the pixels are not there.
fn webp(width: u32, height: u32, Colour(red, green, blue): Colour) -> Vec<u8> {
    let mut bits = LowFirst::default();
    bits.add(0x2f, 8);
    bits.add(width - 1, 14);
    bits.add(height - 1, 14);
    // No transparency, version 0; no transforms, no cache of colours, one group of codes.
    bits.add(0, 1 + 3 + 1 + 1 + 1);
    for symbol in [green, red, blue, 0xff] {
        // A simple code, of one symbol, of eight bits.
        bits.add(0b101, 3);
        bits.add(u32::from(symbol), 8);
    }
    // The same for distances, in one bit.
    bits.add(0b0001, 4);
    let mut content = bits.bytes();
    let length = content.len();
    if length % 2 == 1 {
        content.push(0);
    }
    let size = |length: usize| u32::try_from(length).unwrap_or_default().to_le_bytes();
    let mut file = b"RIFF".to_vec();
    file.extend(size(12 + content.len()));
    file.extend(b"WEBPVP8L");
    file.extend(size(length));
    file.extend(content);
    file
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
