//! Small files that are what they say they are: pictures of one colour, and silence.
//!
//! They are written by hand, because what there is to encode is nothing: a few bytes for each frame or block.

mod bits;
mod checksum;
mod ogg;
mod picture;
mod sound;

#[cfg(test)]
mod tests;

pub use picture::{Colour, Picture};
pub use sound::Sound;
