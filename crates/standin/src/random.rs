//! What nobody can guess.

use std::hash::{BuildHasher, RandomState};

/// 128 bits of the standard library's own randomness, which comes from the system.
pub(crate) fn random_bytes() -> [u8; 16] {
    let half = || u128::from(RandomState::new().hash_one(0_u8));
    (half() << 64 | half()).to_be_bytes()
}
