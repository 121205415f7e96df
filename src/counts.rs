//! Features of a text → how often it has each.

use alloc::vec::Vec;

use crate::text::Tokens;
use crate::vocabulary::Matches;

/// How often a text has each feature.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// The count of each column; all 0 between texts.
    counts: Vec<u32>,
    /// Distinct columns in the order of their first occurrence, in `..length`; stale beyond.
    columns: Vec<u32>,
    /// The number of distinct columns.
    length: usize,
}

impl Counts {
    /// For a vectorizer of so many columns.
    pub(crate) fn begin(&mut self, columns: usize) {
        self.clear();
        if self.counts.len() < columns {
            self.counts.resize(columns, 0);
        }
    }

    pub(crate) fn add(&mut self, columns: impl ExactSizeIterator<Item = u32>) {
        let most = self.length + columns.len();
        if self.columns.len() < most {
            self.columns.resize(2 * most, 0);
        }
        for column in columns {
            // Without a branch: which features a text repeats is unpredictable.
            let count = &mut self.counts[column as usize];
            self.columns[self.length] = column;
            self.length += usize::from(*count == 0);
            *count += 1;
        }
    }

    /// The columns that the text has, in the order in which it first has them.
    pub(crate) fn columns(&self) -> &[u32] {
        &self.columns[..self.length]
    }

    /// The count of a column.
    pub(crate) fn of(&self, column: u32) -> u32 {
        self.counts[column as usize]
    }

    /// Calls `each` with each column that the text has and its count, and sets the count to 0. All
    /// columns are below `columns`.
    #[inline]
    pub(crate) fn take(&mut self, columns: usize, mut each: impl FnMut(u32, u32)) {
        let counts = &mut self.counts[..columns];
        for &column in &self.columns[..self.length] {
            each(column, core::mem::take(&mut counts[column as usize]));
        }
        self.length = 0;
    }

    fn clear(&mut self) {
        self.take(self.counts.len(), |_, _| {});
    }
}

/// Memory that is used again from one text to the next.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerSettings};
/// use undertone::tfidf::{Scratch, Vectorizer, Weighting};
/// use undertone::vocabulary::Vocabulary;
///
/// let analyzer = Analyzer::new(AnalyzerSettings::default())?;
/// let vocabulary = Vocabulary::from_sorted(["fell", "rose"])?;
/// let vectorizer = Vectorizer::new(analyzer, Weighting::default(), vocabulary, 10, vec![4, 3])?;
/// let (mut scratch, mut row) = (Scratch::default(), Vec::new());
/// for text in ["Profit rose", "Profit fell"] {
///     vectorizer.transform(text, 0, &mut scratch, &mut row);
/// }
/// assert_eq!([row[0].column, row[1].column], [1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Scratch {
    /// The text last read.
    pub tokens: Tokens,
    /// The features of that text that a vocabulary has.
    pub(crate) known: Matches,
    pub(crate) counts: Counts,
    /// A word of the text, segmented by itself.
    pub(crate) word: Tokens,
}
