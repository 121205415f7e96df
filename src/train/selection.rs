//! Feature selection: term counts → the terms that a vectorizer keeps, and rows over these.

use super::count::TermCounts;
use super::names::Names;
use super::order::sort;
use super::parallel::*;
use super::recipe::VectorizerRecipe;
use crate::tfidf::{Entry, Weighting, idf};

/// The terms that a vectorizer keeps, fitted on some documents.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Kept terms in ascending byte order: the columns.
    pub terms: Vec<u32>,
    /// The document frequency of each kept term.
    pub document_frequencies: Vec<u32>,
    /// The number of documents that the selection was fitted on.
    pub documents: u32,
    /// The mean squared idf over the occurrences of all other terms in these documents, which
    /// stands for that of an out-of-vocabulary term; 0 if there are none.
    pub unknown: f32,
    /// Whether the frequencies are those of other documents, by which a base model was fitted.
    given: bool,
    /// The column of every term, or [`NO_COLUMN`].
    columns: Vec<u32>,
}

/// The frequencies of the terms of a base model in the documents that it was fitted on.
#[derive(Debug, Clone)]
pub struct GivenFrequencies {
    /// The number of documents.
    pub documents: u32,
    /// The document frequency of each term.
    pub document_frequencies: Vec<u32>,
    /// The mean squared idf of other terms; see [`Selection::unknown`].
    pub unknown: f32,
}

/// The column of a term that is not kept.
const NO_COLUMN: u32 = u32::MAX;

impl Selection {
    /// Chooses the terms of `documents` that min_df, max_df and max_features leave, as
    /// scikit-learn's `CountVectorizer` does; of terms that occur equally often, `max_features`
    /// keeps those first in byte order.
    ///
    /// Terms that have one of `names` among their tokens are left out before.
    pub fn fit(
        counts: &TermCounts,
        documents: &[u32],
        recipe: &VectorizerRecipe,
        names: &Names,
    ) -> Self {
        let frequencies = Frequencies::count(counts, documents);
        let text = |term: u32| counts.term(term);
        let terms = kept_terms(&frequencies, text, documents.len(), recipe, names);
        Self::new(&frequencies, terms, documents.len(), recipe)
    }

    /// Selects `terms`, which are in ascending byte order, whether or not the documents have them.
    pub fn fixed(
        counts: &TermCounts,
        documents: &[u32],
        terms: Vec<u32>,
        recipe: &VectorizerRecipe,
    ) -> Self {
        Self::new(&Frequencies::count(counts, documents), terms, documents.len(), recipe)
    }

    /// Selects `terms`, which are in ascending byte order, out of `all`, with the frequencies of
    /// other documents.
    pub fn given(all: usize, terms: Vec<u32>, frequencies: GivenFrequencies) -> Self {
        let GivenFrequencies { documents, document_frequencies, unknown } = frequencies;
        let columns = columns(all, &terms);
        Self { terms, document_frequencies, documents, unknown, given: true, columns }
    }

    /// Selects those of its terms that are `kept`.
    pub(super) fn restricted(
        &self,
        counts: &TermCounts,
        documents: &[u32],
        kept: &[bool],
        recipe: &VectorizerRecipe,
    ) -> Self {
        let of = |all: &[u32]| -> Vec<u32> {
            all.iter().zip(kept).filter(|(_, kept)| **kept).map(|(one, _)| *one).collect()
        };
        let terms = of(&self.terms);
        if !self.given {
            return Self::fixed(counts, documents, terms, recipe);
        }
        let frequencies = GivenFrequencies {
            documents: self.documents,
            document_frequencies: of(&self.document_frequencies),
            unknown: self.unknown,
        };
        Self::given(self.columns.len(), terms, frequencies)
    }

    fn new(
        frequencies: &Frequencies,
        terms: Vec<u32>,
        documents: usize,
        recipe: &VectorizerRecipe,
    ) -> Self {
        let documents = documents as u32;
        let columns = columns(frequencies.documents.len(), &terms);
        let (mut squares, mut others) = (0.0, 0.0);
        for (term, _) in columns.iter().enumerate().filter(|(_, column)| **column == NO_COLUMN) {
            let weight = idf(documents, frequencies.documents[term]);
            squares += frequencies.occurrences[term] as f64 * weight * weight;
            others += frequencies.occurrences[term] as f64;
        }
        Self {
            document_frequencies: terms
                .iter()
                .map(|&term| recipe.rounded_df(frequencies.documents[term as usize]))
                .collect(),
            terms,
            documents,
            unknown: if others > 0.0 { (squares / others) as f32 } else { 0.0 },
            given: false,
            columns,
        }
    }

    /// The weighting of the vectorizer: how counts become values.
    pub fn weighting(&self, recipe: &VectorizerRecipe) -> Weighting {
        recipe.weighting(self.unknown)
    }

    /// The inverse document frequency of every column.
    pub fn idf(&self) -> Vec<f32> {
        self.document_frequencies.iter().map(|&df| idf(self.documents, df) as f32).collect()
    }

    /// Appends the row of a document to `row`, with columns counted from `first_column`.
    pub(super) fn transform(
        &self,
        counts: &TermCounts,
        document: u32,
        idf: &[f32],
        recipe: &VectorizerRecipe,
        first_column: u32,
        row: &mut Vec<Entry>,
    ) {
        let start = row.len();
        let mut oov_count = 0;
        for &(term, count) in counts.document(document as usize) {
            let column = self.columns[term as usize];
            if column != NO_COLUMN {
                row.push(Entry { column, value: count as f32 });
            } else {
                oov_count += count;
            }
        }
        let row = &mut row[start..];
        row.sort_unstable_by_key(|entry| entry.column);
        self.weighting(recipe).weigh(row, |column| idf[column as usize], oov_count);
        for entry in row {
            entry.column += first_column;
        }
    }
}

/// The column of every term out of `all`.
fn columns(all: usize, terms: &[u32]) -> Vec<u32> {
    let mut columns = vec![NO_COLUMN; all];
    for (column, &term) in terms.iter().enumerate() {
        columns[term as usize] = column as u32;
    }
    columns
}

/// The terms that min_df, max_df and max_features leave, in ascending byte order.
pub(super) fn kept_terms<'a>(
    frequencies: &Frequencies,
    text: impl Fn(u32) -> &'a str + Sync,
    documents: usize,
    recipe: &VectorizerRecipe,
    names: &Names,
) -> Vec<u32> {
    let least = recipe.min_df.of(documents).max(1.0);
    let most = recipe.max_df.of(documents);
    let mut terms: Vec<u32> = (0..frequencies.documents.len() as u32)
        .filter(|&term| {
            let documents = f64::from(frequencies.documents[term as usize]);
            documents >= least && documents <= most && !names.occur_in(text(term))
        })
        .collect();
    terms.par_sort_unstable_by_key(|&term| text(term));
    if recipe.max_features > 0 && terms.len() > recipe.max_features {
        let occurrences = |term: u32| frequencies.occurrences[term as usize];
        let mut by_occurrence = terms.clone();
        sort(&mut by_occurrence, &|one, other| occurrences(other).cmp(&occurrences(one)));
        let mut kept = vec![false; frequencies.documents.len()];
        for &term in &by_occurrence[..recipe.max_features] {
            kept[term as usize] = true;
        }
        terms.retain(|&term| kept[term as usize]);
    }
    terms
}

/// The frequencies of terms in some documents.
#[derive(Debug, Default)]
pub(super) struct Frequencies {
    /// For each term the number of documents that have it.
    pub(super) documents: Vec<u32>,
    /// For each term the number of its occurrences.
    pub(super) occurrences: Vec<u64>,
}

impl Frequencies {
    /// Counts the terms of `documents`.
    fn count(counts: &TermCounts, documents: &[u32]) -> Self {
        let mut frequencies =
            Self { documents: vec![0; counts.terms()], occurrences: vec![0; counts.terms()] };
        for &document in documents {
            for &(term, count) in counts.document(document as usize) {
                frequencies.documents[term as usize] += 1;
                frequencies.occurrences[term as usize] += u64::from(count);
            }
        }
        frequencies
    }
}
