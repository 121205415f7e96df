//! Sets of characters, in half the bytes that the ranges of their code points take.

/// A set of characters: the gaps between the code points at which a run of its characters begins or
/// ends, in turn. Each gap is seven bits a byte, the lowest first, and all but its last byte have
/// the highest bit. A search begins at one of `MARKS` places, and not with the first gap.
#[derive(Debug)]
pub(super) struct CharSet<const MARKS: usize> {
    gaps: &'static [u8],
    marks: [Mark; MARKS],
}

/// A place from which the gaps may be read on.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// The code point at which a run of characters begins.
    start: u32,
    /// Where the gap to its end stands.
    next: usize,
}

impl<const MARKS: usize> CharSet<MARKS> {
    /// A set by its gaps.
    pub(super) const fn new(gaps: &'static [u8]) -> Self {
        let (mut at, mut count) = (0, 0);
        while at < gaps.len() {
            (_, at) = gap(gaps, at);
            count += 1;
        }
        let runs_a_mark = (count / 2usize).div_ceil(MARKS);
        let mut marks = [Mark { start: u32::MAX, next: gaps.len() }; MARKS];
        let (mut at, mut border, mut number) = (0, 0, 0);
        while at < gaps.len() {
            let (length, next) = gap(gaps, at);
            border += length;
            if number % (2 * runs_a_mark) == 0 {
                marks[number / (2 * runs_a_mark)] = Mark { start: border, next };
            }
            (at, number) = (next, number + 1);
        }
        Self { gaps, marks }
    }

    /// The gaps that it was made of.
    #[cfg(test)]
    pub(super) fn gaps(&self) -> &'static [u8] {
        self.gaps
    }

    /// Whether a character is in the set.
    pub(super) fn contains(&self, c: char) -> bool {
        let code = u32::from(c);
        let after = self.marks.partition_point(|mark| mark.start <= code);
        let Some(mark) = after.checked_sub(1).map(|last| self.marks[last]) else { return false };
        let (mut border, mut next, mut is_inside) = (mark.start, mark.next, true);
        while next < self.gaps.len() {
            let length;
            (length, next) = gap(self.gaps, next);
            border += length;
            if border > code {
                break;
            }
            is_inside = !is_inside;
        }
        is_inside
    }
}

/// The gap that stands at a place, and where the next one does.
const fn gap(gaps: &[u8], mut at: usize) -> (u32, usize) {
    let (mut gap, mut shift) = (0, 0);
    loop {
        let byte = gaps[at];
        gap |= ((byte & 0x7f) as u32) << shift;
        at += 1;
        shift += 7;
        if byte < 0x80 || at == gaps.len() {
            return (gap, at);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The gaps of the set of the characters for which something holds.
    pub(in super::super) fn gaps_of(holds: impl Fn(char) -> bool) -> Vec<u8> {
        let (mut gaps, mut last, mut is_inside) = (Vec::new(), 0, false);
        for c in '\0'..=char::MAX {
            if holds(c) != is_inside {
                is_inside = !is_inside;
                let mut gap = u32::from(c) - last;
                last = u32::from(c);
                while gap >= 0x80 {
                    gaps.push(gap as u8 | 0x80);
                    gap >>= 7;
                }
                gaps.push(gap as u8);
            }
        }
        gaps
    }

    #[test]
    fn a_set_has_the_characters_that_it_was_made_of() {
        let is_even = |c: char| u32::from(c) / 300 % 2 == 1 && u32::from(c) < 0xd000;
        let gaps: &'static [u8] = gaps_of(is_even).leak();
        let (one, many) = (CharSet::<1>::new(gaps), CharSet::<7>::new(gaps));
        for c in '\0'..=char::MAX {
            assert_eq!((one.contains(c), many.contains(c)), (is_even(c), is_even(c)), "{c:?}");
        }
    }
}
