//! Offset mapping: a text that was rewritten span by span, and the way back to its source.

use core::ops::Range;

/// A stretch of the rewritten text and the stretch of the source that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// Byte range in the rewritten text.
    pub(crate) at: Range<usize>,
    /// Byte range in the source.
    pub(crate) source: Range<usize>,
}

impl Span {
    /// Whether both ranges are equally long, so that positions inside them correspond; otherwise
    /// only their ends do.
    fn is_aligned(&self) -> bool {
        self.at.len() == self.source.len()
    }
}

/// The range of the source that `range`, a range of the rewritten text, stands for. `spans` are in
/// ascending order; what lies between them (separators, padding) belongs to the span beside it.
pub(crate) fn source_range(spans: &[Span], range: Range<usize>) -> Range<usize> {
    let first = spans.partition_point(|span| span.at.end <= range.start);
    let last = spans.partition_point(|span| span.at.start < range.end);
    let start = match spans.get(first) {
        Some(span) if span.is_aligned() => {
            span.source.start + range.start.saturating_sub(span.at.start)
        }
        Some(span) => span.source.start,
        None => spans.last().map_or(0, |span| span.source.end),
    };
    let end = match last.checked_sub(1).and_then(|last| spans.get(last)) {
        Some(span) if span.is_aligned() => {
            span.source.start + (range.end.min(span.at.end) - span.at.start)
        }
        Some(span) => span.source.end,
        None => start,
    };
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_inside_between_and_beyond_pieces() {
        // "ab cd" from "..ab--CDX": the second span was shortened from three bytes to two.
        let spans = [Span { at: 0..2, source: 2..4 }, Span { at: 3..5, source: 6..9 }];
        assert_eq!(source_range(&spans, 0..2), 2..4);
        assert_eq!(source_range(&spans, 1..2), 3..4);
        assert_eq!(source_range(&spans, 1..4), 3..9);
        assert_eq!(source_range(&spans, 2..3), 6..6);
        assert_eq!(source_range(&spans, 5..6), 9..9);
        assert_eq!(source_range(&[], 0..1), 0..0);
    }
}
