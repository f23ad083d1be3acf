//! Bits in either order.

/// Bits written from the highest of a byte to the lowest, as JPEG and FLAC have them.
#[derive(Debug, Default)]
pub(super) struct HighFirst {
    bytes: Vec<u8>,
    open: u32,
    taken: u32,
}

/// Bits written from the lowest of a byte to the highest, as WebP has them.
#[derive(Debug, Default)]
pub(super) struct LowFirst {
    bytes: Vec<u8>,
    taken: u32,
}

// === impl HighFirst ===

impl HighFirst {
    /// Adds the lowest so many bits of a number, at most 16.
    pub(super) fn add(&mut self, value: u32, count: u32) {
        self.open = (self.open << count) | (value & ((1 << count) - 1));
        self.taken += count;
        while self.taken >= 8 {
            self.taken -= 8;
            let [.., low] = (self.open >> self.taken).to_be_bytes();
            self.bytes.push(low);
        }
    }

    /// The bytes; the last one is filled up with ones.
    pub(super) fn filled(mut self) -> Vec<u8> {
        if self.taken > 0 {
            self.add(0xff, 8 - self.taken);
        }
        self.bytes
    }
}

// === impl LowFirst ===

impl LowFirst {
    /// Adds the lowest so many bits of a number.
    pub(super) fn add(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.taken == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut().filter(|_| value >> bit & 1 == 1) {
                *last |= 1 << self.taken;
            }
            self.taken = (self.taken + 1) % 8;
        }
    }

    /// The bytes; the last one is filled up with zeros.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}
