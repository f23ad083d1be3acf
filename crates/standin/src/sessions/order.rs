//! Play order: identical calls get their recorded answers in recorded order; calls with different content
//! are free.

use std::str::FromStr;

/// What an identical call gets when all its recorded answers have been played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exhausted {
    /// The last answer again.
    #[default]
    Repeat,
    /// An error.
    Error,
}

/// What a session gives for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Played {
    Interaction(u32),
    /// All matching interactions have been played, and the session wants no repeats.
    Exhausted,
    /// Nothing matches.
    Nothing,
}

/// How often each interaction of the cassette has been played.
#[derive(Debug, Default)]
pub(super) struct Order {
    plays: Vec<u64>,
}

// === impl Order ===

impl Order {
    /// Counts the plays of this many interactions.
    pub(super) fn cover(&mut self, interactions: usize) {
        self.plays.resize(interactions, 0);
    }

    /// Plays the first of the matching interactions that has not been played. One caller at a time: the
    /// session holds the lock, so that no interaction is given twice.
    pub(super) fn play(&mut self, matching: &[u32], exhausted: Exhausted) -> Played {
        let fresh = matching.iter().find(|at| self.plays[**at as usize] == 0);
        let chosen = match (fresh, matching.last(), exhausted) {
            (Some(fresh), _, _) => *fresh,
            (None, Some(last), Exhausted::Repeat) => *last,
            (None, Some(_), Exhausted::Error) => return Played::Exhausted,
            (None, None, _) => return Played::Nothing,
        };
        self.plays[chosen as usize] += 1;
        Played::Interaction(chosen)
    }

    pub(super) fn played(&self) -> u64 {
        self.plays.iter().sum()
    }

    /// The interactions that were never played.
    pub(super) fn unplayed(&self) -> impl Iterator<Item = usize> {
        self.plays.iter().enumerate().filter(|(_, plays)| **plays == 0).map(|(at, _)| at)
    }
}

impl FromStr for Exhausted {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "repeat" => Ok(Exhausted::Repeat),
            "error" => Ok(Exhausted::Error),
            _ => Err(format!("`{name}` is not a way to be exhausted: use repeat or error")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identical_calls_get_their_answers_in_order() {
        let mut order = Order::default();
        order.cover(4);
        let play = |order: &mut Order, matching: &[u32]| order.play(matching, Exhausted::Repeat);
        assert_eq!(play(&mut order, &[0, 2]), Played::Interaction(0));
        assert_eq!(play(&mut order, &[1]), Played::Interaction(1));
        assert_eq!(play(&mut order, &[0, 2]), Played::Interaction(2));
        assert_eq!(play(&mut order, &[0, 2]), Played::Interaction(2));
        assert_eq!(play(&mut order, &[]), Played::Nothing);
        assert_eq!(order.unplayed().collect::<Vec<_>>(), [3]);
        assert_eq!(order.played(), 4);
    }

    #[test]
    fn exhausted_can_be_an_error() {
        let mut order = Order::default();
        order.cover(1);
        assert_eq!(order.play(&[0], Exhausted::Error), Played::Interaction(0));
        assert_eq!(order.play(&[0], Exhausted::Error), Played::Exhausted);
    }
}
