//! Text in pieces that are read as one: an edit across them goes into the first and takes the rest out of
//! the others.

use super::edits::Edit;

/// Where each piece lies in the joined text.
#[derive(Debug, Default)]
pub(super) struct Pieces(Vec<std::ops::Range<usize>>);

// === impl Pieces ===

impl Pieces {
    /// Pieces of these lengths, with so many bytes between two of them.
    pub(super) fn joined(lengths: impl IntoIterator<Item = usize>, between: usize) -> Self {
        let mut at = 0;
        let piece = |length| {
            let piece = at..at + length;
            at = piece.end + between;
            piece
        };
        Pieces(lengths.into_iter().map(piece).collect())
    }

    /// An edit of the joined text as edits of its pieces, each in the piece's own coordinates.
    pub(super) fn split(&self, edit: Edit) -> Vec<(usize, Edit)> {
        let first = self.0.partition_point(|piece| piece.end <= edit.range.start);
        let mut with = Some((edit.with, edit.marks));
        let mut split = Vec::new();
        for (index, piece) in self.0.iter().enumerate().skip(first) {
            if piece.start >= edit.range.end {
                break;
            }
            let range =
                edit.range.start.max(piece.start) - piece.start..edit.range.end.min(piece.end) - piece.start;
            if range.is_empty() {
                continue;
            }
            let (with, marks) = with.take().unwrap_or_default();
            split.push((index, Edit { range, with, marks }));
        }
        split
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_goes_into_the_first_piece() {
        let pieces = Pieces::joined([3, 0, 3, 3], 0);
        let split = pieces.split(Edit::new(2..7, "X", "r"));
        let told: Vec<(usize, std::ops::Range<usize>, Vec<u8>)> =
            split.into_iter().map(|(piece, edit)| (piece, edit.range, edit.with)).collect();
        assert_eq!(told, [(0, 2..3, b"X".to_vec()), (2, 0..3, Vec::new()), (3, 0..1, Vec::new())]);
        assert_eq!(Pieces::joined([2, 2], 1).split(Edit::new(1..4, "X", "r")).len(), 2);
    }
}
