//! Many texts in one buffer.

use alloc::string::String;
use alloc::vec::Vec;

/// TextsRef one after the other in a longer one, a [border](TextsRef::BORDER) between them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextsRef<'a> {
    pub(crate) joined: &'a str,
    /// Where each of them ends, in bytes.
    pub(crate) ends: &'a [usize],
}

impl<'a> TextsRef<'a> {
    /// Part of none of them, even if they have it too.
    pub(crate) const BORDER: char = '\n';

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let text = self.joined.get(start..end).unwrap_or_default();
            start = end + Self::BORDER.len_utf8();
            text
        })
    }
}

/// Texts in a buffer of their own, which is used again.
#[derive(Debug, Default)]
pub(crate) struct TextBatch {
    joined: String,
    ends: Vec<usize>,
}

impl TextBatch {
    /// So many bytes are taken at a time: what is done with them stays in a near cache.
    const USUAL: usize = 1 << 13;

    /// Takes some texts in place of the last ones: one or more, up to [`USUAL`](Self::USUAL). Returns the others.
    pub(crate) fn take<'a, T: AsRef<str>>(&mut self, texts: &'a [T]) -> &'a [T] {
        self.joined.clear();
        self.ends.clear();
        for text in texts.iter().map(AsRef::as_ref) {
            if !self.ends.is_empty() && self.joined.len() + text.len() > Self::USUAL {
                break;
            }
            self.joined.push_str(text);
            self.ends.push(self.joined.len());
            self.joined.push(TextsRef::BORDER);
        }
        &texts[self.ends.len()..]
    }

    pub(crate) fn texts(&self) -> TextsRef<'_> {
        TextsRef { joined: &self.joined, ends: &self.ends }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_in_their_order_a_few_at_a_time() {
        let long = "x".repeat(TextBatch::USUAL + 1);
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
