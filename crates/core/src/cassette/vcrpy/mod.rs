//! vcrpy's `version: 1`: what the Python client libraries saw. Read with its historical shapes, written
//! as ASCII with sorted keys.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
