//! Ids of jobs.

use std::fmt::{Display, Formatter};

/// What a job is asked for by: a UUID of version 4.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId([u8; 16]);

// === impl JobId ===

impl JobId {
    /// The id that these bytes make, of which six bits are overwritten by the version and the variant.
    #[must_use]
    pub fn new(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        JobId(bytes)
    }

    /// The id that a text shows. Any other text, in capitals as well, is nobody's id and no error.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
        let mut nibbles = [0; 32];
        let mut next = nibbles.iter_mut();
        for (at, byte) in text.iter().enumerate() {
            match (at, byte) {
                (8 | 13 | 18 | 23, b'-') => {}
                (8 | 13 | 18 | 23, _) => return None,
                (_, b'0'..=b'9') => *next.next()? = byte - b'0',
                (_, b'a'..=b'f') => *next.next()? = byte - b'a' + 10,
                _ => return None,
            }
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(nibbles.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        (JobId::new(bytes).0 == bytes).then_some(JobId(bytes))
    }

    /// The id with these 32 digits.
    #[must_use]
    pub fn of_digits(digits: &str) -> Option<Self> {
        let part = |from, to| digits.get(from..to);
        if digits.len() != 32 {
            return None;
        }
        let parts = [part(0, 8)?, part(8, 12)?, part(12, 16)?, part(16, 20)?, part(20, 32)?];
        JobId::parse(&parts.join("-"))
    }

    /// The digits alone, as vendors have them in ids.
    #[must_use]
    pub fn digits(&self) -> String {
        self.to_string().replace('-', "")
    }

    /// The bytes of the id.
    #[must_use]
    pub fn bytes(&self) -> [u8; 16] {
        self.0
    }
}

impl Display for JobId {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for JobId {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "JobId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_has_the_version_and_the_variant() {
        assert_eq!(JobId::new([0xff; 16]).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(JobId::new([0; 16]).to_string(), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn other_texts_are_nobodys_id() {
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(JobId::parse(id).unwrap().to_string(), id);
        let long = "a".repeat(10_240);
        for text in [
            "",
            "nope",
            &long,
            &id.to_uppercase(),
            &id[..35],
            &id.replace('-', "_"),
            &id.replace('4', "é"),
            "0f8fad5b-d9cb-169f-a165-70867728950e",
            "0f8fad5b-d9cb-469f-7165-70867728950e",
            "0f8fad5bd-9cb-469f-a165-70867728950e",
        ] {
            assert_eq!(JobId::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_id_is_read_as_it_is_written(bytes: [u8; 16]) {
            let id = JobId::new(bytes);
            prop_assert_eq!(JobId::parse(&id.to_string()), Some(id));
            prop_assert_eq!(JobId::of_digits(&id.digits()), Some(id));
        }

        #[test]
        fn no_text_is_too_strange(text: String) {
            if let Some(id) = JobId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
