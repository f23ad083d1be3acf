//! Ids that are made up: the same for the same request.

use std::fmt::Write;

/// Makes up ids from a seed. The same seed gives the same ids in the same order, on any machine.
#[derive(Debug, Clone)]
pub struct Ids {
    seed: u64,
    taken: u64,
}

/// The characters of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// `0-9a-f`.
    Hex,
    /// `0-9A-Za-z`.
    Base62,
}

// === impl Ids ===

impl Ids {
    /// Ids of one answer; the seed is a hash of what is answered.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Ids { seed, taken: 0 }
    }

    /// Ids of what these bytes ask.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Ids::of_parts(&[bytes])
    }

    /// The same, of bytes that lie in several places.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(part);
        }
        let hash = hasher.finalize();
        let mut seed = [0; 8];
        seed.copy_from_slice(&hash.as_bytes()[..8]);
        Ids::new(u64::from_le_bytes(seed))
    }

    /// The next id: a prefix and so many characters.
    pub fn next(&mut self, prefix: &str, alphabet: Alphabet, length: usize) -> String {
        const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let base = match alphabet {
            Alphabet::Hex => 16,
            Alphabet::Base62 => 62,
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_le_bytes()).update(&self.taken.to_le_bytes()).update(prefix.as_bytes());
        self.taken += 1;
        let mut stream = hasher.finalize_xof();
        let mut bytes = vec![0; length];
        stream.fill(&mut bytes);
        let mut id = String::with_capacity(prefix.len() + length);
        id.push_str(prefix);
        // Slightly uneven in base 62, which an id that is not a secret may be.
        id.extend(bytes.iter().map(|byte| char::from(DIGITS[usize::from(*byte) % base])));
        id
    }

    /// The next id in the form of a UUID.
    pub fn uuid(&mut self) -> String {
        let hex = self.next("", Alphabet::Hex, 32);
        let mut id = String::with_capacity(36);
        for (at, part) in [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].iter().enumerate()
        {
            // Writing to a string cannot fail.
            let _ = if at == 0 { write!(id, "{part}") } else { write!(id, "-{part}") };
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_has_the_same_ids() {
        let take = |bytes: &[u8]| {
            let mut ids = Ids::of(bytes);
            (ids.next("chatcmpl-", Alphabet::Base62, 29), ids.next("call_", Alphabet::Base62, 24), ids.uuid())
        };
        assert_eq!(take(b"a"), take(b"a"));
        assert_ne!(take(b"a").0, take(b"b").0);
        let (chat, call, uuid) = take(b"a");
        assert_eq!((chat.len(), call.len(), uuid.len()), (38, 29, 36));
        assert_eq!(uuid.matches('-').count(), 4);
    }
}
