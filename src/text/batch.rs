//! Many texts in one buffer, to be segmented at once.

use alloc::string::String;
use alloc::vec::Vec;

/// Texts that stand one after the other in a buffer, with a [border](TextsRef::BORDER) after each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextsRef<'a> {
    /// The buffer.
    pub(crate) joined: &'a str,
    /// Where each text ends in the buffer, in bytes.
    pub(crate) ends: &'a [usize],
}

impl<'a> TextsRef<'a> {
    /// The character after each text. It belongs to no text, but may occur in one, too.
    pub(crate) const BORDER: char = '\n';

    /// The texts, in their order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let text = self.joined.get(start..end).unwrap_or_default();
            start = end + Self::BORDER.len_utf8();
            text
        })
    }
}

/// A buffer for a batch of texts, which is used again for the next batch.
#[derive(Debug, Default)]
pub(crate) struct TextBatch {
    joined: String,
    ends: Vec<usize>,
}

impl TextBatch {
    /// The most bytes of a batch of several texts: what is made of them stays in a near processor
    /// cache.
    const MOST_BYTES: usize = 1 << 13;

    /// Takes the first of `texts` in place of those that it holds: as many as fit into
    /// [`MOST_BYTES`](Self::MOST_BYTES), but at least one. Returns the others.
    pub(crate) fn take<'a, T: AsRef<str>>(&mut self, texts: &'a [T]) -> &'a [T] {
        self.joined.clear();
        self.ends.clear();
        for text in texts.iter().map(AsRef::as_ref) {
            if !self.ends.is_empty() && self.joined.len() + text.len() > Self::MOST_BYTES {
                break;
            }
            self.joined.push_str(text);
            self.ends.push(self.joined.len());
            self.joined.push(TextsRef::BORDER);
        }
        &texts[self.ends.len()..]
    }

    /// The texts that were taken last.
    pub(crate) fn texts(&self) -> TextsRef<'_> {
        TextsRef { joined: &self.joined, ends: &self.ends }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_in_their_order_a_few_at_a_time() {
        let long = "x".repeat(TextBatch::MOST_BYTES + 1);
        let texts = ["one\ntwo", "", "three", &long, &long[2..], "", "four"];
        let (mut joined, mut rest) = (TextBatch::default(), &texts[..]);
        let (mut found, mut counts) = (Vec::new(), Vec::new());
        while !rest.is_empty() {
            rest = joined.take(rest);
            found.extend(joined.texts().iter().map(str::to_owned));
            counts.push(joined.texts().ends.len());
        }
        assert_eq!(found, texts);
        assert_eq!(counts, [3, 1, 2, 1]);
    }
}
