//! Chance that is none: the same seed falls the same way on any machine.

/// Throws that depend on a seed alone. What is thrown `under` a name does not depend on what was thrown before,
/// so that a change in one place of an answer leaves the others as they were.
#[derive(Debug, Clone)]
pub struct Dice {
    seed: u64,
    state: u64,
}

// === impl Dice ===

impl Dice {
    /// Dice that these bytes seed.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut seed = [0; 8];
        seed.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
        let seed = u64::from_le_bytes(seed);
        Dice { seed, state: seed }
    }

    /// Dice of their own for a part with this name.
    #[must_use]
    pub fn under(&self, name: &str) -> Self {
        let mut bytes = self.seed.to_le_bytes().to_vec();
        bytes.extend_from_slice(name.as_bytes());
        Dice::of(&bytes)
    }

    /// Dice of their own for the next of several alike parts.
    pub(crate) fn split(&mut self) -> Self {
        let seed = self.next();
        Dice { seed, state: seed }
    }

    /// The next number, evenly spread (SplitMix64).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another one; 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or_default()
    }

    /// A number between two, both included; the first where the second is smaller.
    pub(crate) fn between(&mut self, first: i128, last: i128) -> i128 {
        let span = last.saturating_sub(first).clamp(0, i128::from(u32::MAX)) + 1;
        first.saturating_add(i128::from(self.next()) % span)
    }

    /// A number from 0 to 1, 1 not included.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether so many of so many throws say yes.
    pub(crate) fn chance(&mut self, yes: usize, of: usize) -> bool {
        self.below(of) < yes
    }

    /// One of several, which are there.
    pub(crate) fn pick<'t, T: ?Sized>(&mut self, several: &[&'t T]) -> Option<&'t T> {
        several.get(self.below(several.len())).copied()
    }

    /// One word of several.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).unwrap_or_default()
    }
}
