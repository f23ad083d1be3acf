//! Checksums that begin with the highest bit, which no library here has.

/// Of so many bits, by a polynomial.
pub(super) fn checksum(bits: u32, polynomial: u32, bytes: &[u8]) -> u32 {
    let (top, mask) = (1 << (bits - 1), u32::MAX >> (32 - bits));
    bytes.iter().fold(0, |sum, byte| {
        let mixed = sum ^ (u32::from(*byte) << (bits - 8));
        let shifted = |sum: u32| if sum & top == 0 { sum << 1 } else { (sum << 1) ^ polynomial };
        (0..8).fold(mixed, |sum, _| shifted(sum)) & mask
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_check_values() {
        let text = b"123456789";
        assert_eq!(checksum(8, 0x07, text), 0xf4);
        assert_eq!(checksum(16, 0x8005, text), 0xfee8);
        // CRC-32/MPEG-2 begins with ones, Ogg's with zeros; this one is the latter.
        assert_eq!(checksum(32, 0x04c1_1db7, text), 0x89a1_897f);
    }
}
