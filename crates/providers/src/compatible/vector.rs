//! A vector of an embedding: a list of numbers, or their bytes in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The numbers. Those of base64 have the precision of 32 bits.
#[derive(Debug)]
pub(super) struct Vector {
    numbers: Vec<f64>,
}

// === impl Vector ===

impl Vector {
    /// Reads either form; `None` where it is neither.
    pub(super) fn read(embedding: &Value) -> Option<Self> {
        let numbers = match embedding {
            Value::Array(numbers) => numbers.iter().map(Value::as_f64).collect::<Option<Vec<_>>>()?,
            Value::String(packed) => {
                let bytes = STANDARD.decode(packed).ok()?;
                let (words, rest) = bytes.as_chunks::<4>();
                rest.is_empty()
                    .then(|| words.iter().map(|word| shortest(f32::from_le_bytes(*word))).collect())?
            }
            _ => return None,
        };
        Some(Vector { numbers })
    }

    /// The first so many numbers, scaled to length 1; `None` where there are no more than these.
    pub(super) fn cut(&self, most: usize) -> Option<Self> {
        let first = self.numbers.get(..most).filter(|_| self.numbers.len() > most)?;
        let length = first.iter().map(|number| number * number).sum::<f64>().sqrt();
        let scale = if length > 0.0 { length } else { 1.0 };
        Some(Vector { numbers: first.iter().map(|number| number / scale).collect() })
    }

    /// In base64.
    pub(super) fn packed(&self) -> Value {
        #[expect(clippy::cast_possible_truncation, reason = "the form has 32 bits for a number")]
        let words = self.numbers.iter().flat_map(|number| (*number as f32).to_le_bytes());
        STANDARD.encode(words.collect::<Vec<u8>>()).into()
    }

    /// As a list.
    pub(super) fn numbers(&self) -> Value {
        self.numbers.iter().copied().collect()
    }
}

/// The number that is written with the fewest digits for these 32 bits, as vendors write it.
fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| number.into())
}
