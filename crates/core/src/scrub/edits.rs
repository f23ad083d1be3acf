//! Edits: which bytes of a text are replaced, and by what. What no edit names stays as it was.

use std::ops::Range;

/// One replaced range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) with: Vec<u8>,
    /// What was found there. Empty for a consequence of another edit, such as a checksum.
    pub(super) marks: Vec<Mark>,
}

/// What was found at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Where in the text: `/a/b`, `?key`, or nothing.
    pub(super) place: String,
    pub(super) rule: &'static str,
}

/// Edits of one text: sorted, and none overlaps another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Edits(Vec<Edit>);

// === impl Edit ===

impl Edit {
    pub(super) fn new(range: Range<usize>, with: impl Into<Vec<u8>>, rule: &'static str) -> Self {
        Edit { range, with: with.into(), marks: vec![Mark { place: String::new(), rule }] }
    }
}

// === impl Mark ===

impl Mark {
    /// The mark as the text around it sees it.
    fn within(mut self, outer: &str) -> Self {
        self.place = match (outer.is_empty(), self.place.is_empty()) {
            (true, _) => self.place,
            (false, true) => outer.to_owned(),
            (false, false) if self.place.starts_with('?') => format!("{outer}{}", self.place),
            (false, false) => format!("{outer} {}", self.place),
        };
        self
    }
}

// === impl Edits ===

impl Edits {
    /// Edits in any order. Where two overlap, the bytes of both go and the first one's replacement stays.
    pub(super) fn of(mut edits: Vec<Edit>) -> Self {
        edits.sort_by_key(|edit| (edit.range.start, std::cmp::Reverse(edit.range.end)));
        let mut merged: Vec<Edit> = Vec::with_capacity(edits.len());
        for edit in edits {
            match merged.last_mut().filter(|last| edit.range.start < last.range.end) {
                Some(last) => {
                    last.range.end = last.range.end.max(edit.range.end);
                    last.marks.extend(edit.marks);
                }
                None => merged.push(edit),
            }
        }
        Edits(merged)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_slice(&self) -> &[Edit] {
        &self.0
    }

    pub(super) fn into_vec(self) -> Vec<Edit> {
        self.0
    }

    /// These edits as they stand in the text around: their marks named after the place.
    pub(super) fn within(mut self, place: impl FnOnce() -> String) -> Self {
        if !self.0.is_empty() {
            let place = place();
            for edit in &mut self.0 {
                edit.marks =
                    std::mem::take(&mut edit.marks).into_iter().map(|mark| mark.within(&place)).collect();
            }
        }
        self
    }

    /// These edits of a part, as edits of the whole that has it at an offset.
    pub(super) fn shifted(mut self, offset: usize) -> Vec<Edit> {
        for edit in &mut self.0 {
            edit.range = edit.range.start + offset..edit.range.end + offset;
        }
        self.0
    }

    /// The edited text.
    pub(super) fn apply(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        for edit in &self.0 {
            out.extend_from_slice(text.get(at..edit.range.start).unwrap_or_default());
            out.extend_from_slice(&edit.with);
            at = edit.range.end;
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
        out
    }

    /// Where a boundary of the text lies in the edited text. One within an edit moves to its end.
    pub(super) fn moved(&self, boundary: usize) -> usize {
        let mut moved = boundary;
        for edit in self.0.iter().take_while(|edit| edit.range.start < boundary) {
            let end = boundary.min(edit.range.end);
            moved = moved + edit.with.len() - (end - edit.range.start);
        }
        moved
    }

    /// The marks of all edits.
    pub(super) fn marks(self) -> impl Iterator<Item = Mark> {
        self.0.into_iter().flat_map(|edit| edit.marks)
    }
}

impl FromIterator<Edit> for Edits {
    fn from_iter<I: IntoIterator<Item = Edit>>(iter: I) -> Self {
        Edits::of(iter.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_change_their_ranges_and_move_boundaries() {
        let edits = Edits::of(vec![Edit::new(6..9, "X", "b"), Edit::new(1..3, "long", "a")]);
        assert_eq!(edits.apply(b"0123456789"), b"0long345X9");
        let moved: Vec<usize> = (0..=10).map(|at| edits.moved(at)).collect();
        assert_eq!(moved, [0, 1, 5, 5, 6, 7, 8, 9, 9, 9, 10]);
    }

    #[test]
    fn overlapping_edits_become_one() {
        let edits =
            Edits::of(vec![Edit::new(2..6, "B", "b"), Edit::new(0..4, "A", "a"), Edit::new(6..7, "C", "c")]);
        assert_eq!(edits.apply(b"01234567"), b"AC7");
        assert_eq!(edits.marks().map(|mark| mark.rule).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn places_nest() {
        let edits = Edits::of(vec![Edit::new(0..1, "", "a")])
            .within(|| "?key".to_owned())
            .within(|| "/url".to_owned());
        assert_eq!(edits.marks().next().unwrap().place, "/url?key");
    }
}
