//! A text rewritten piece by piece, and the way back.

use std::ops::Range;

/// A stretch of the rewritten text and the stretch of the source that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Byte range in the rewritten text.
    pub(crate) at: Range<usize>,
    /// Byte range in the source.
    pub(crate) source: Range<usize>,
}

impl Piece {
    /// Byte by byte the same length: positions inside correspond. Otherwise only the ends do.
    fn is_aligned(&self) -> bool {
        self.at.len() == self.source.len()
    }
}

/// The source range of `range`, a range of the rewritten text, where `pieces` are in ascending
/// order. What lies between pieces (joints, padding) belongs to the piece beside it.
pub(crate) fn source_range(pieces: &[Piece], range: Range<usize>) -> Range<usize> {
    let first = pieces.partition_point(|piece| piece.at.end <= range.start);
    let last = pieces.partition_point(|piece| piece.at.start < range.end);
    let start = match pieces.get(first) {
        Some(piece) if piece.is_aligned() => {
            piece.source.start + range.start.saturating_sub(piece.at.start)
        }
        Some(piece) => piece.source.start,
        None => pieces.last().map_or(0, |piece| piece.source.end),
    };
    let end = match last.checked_sub(1).and_then(|last| pieces.get(last)) {
        Some(piece) if piece.is_aligned() => {
            piece.source.start + (range.end.min(piece.at.end) - piece.at.start)
        }
        Some(piece) => piece.source.end,
        None => start,
    };
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_inside_between_and_beyond_pieces() {
        // "ab cd" from "..ab--CDX": the second piece was shortened from three bytes to two.
        let pieces = [Piece { at: 0..2, source: 2..4 }, Piece { at: 3..5, source: 6..9 }];
        assert_eq!(source_range(&pieces, 0..2), 2..4);
        assert_eq!(source_range(&pieces, 1..2), 3..4);
        assert_eq!(source_range(&pieces, 1..4), 3..9);
        assert_eq!(source_range(&pieces, 2..3), 6..6);
        assert_eq!(source_range(&pieces, 5..6), 9..9);
        assert_eq!(source_range(&[], 0..1), 0..0);
    }
}
