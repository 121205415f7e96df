//! pipeline.json → a classifier. `integrations/README.md` describes the file.
//!
//! What the core lacks is folded into numbers that it has: rows that are not scaled to unit length
//! have their idf and scale in the coefficients, and two labels with one row of coefficients get a
//! row each.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

use super::frequencies::document_frequencies;
use undertone::provenance::Provenance;
use undertone::text::{Analyzer, AnalyzerKind, AnalyzerSettings, TokenPattern};
use undertone::tfidf::{Vectorizer, Weighting};
use undertone::vocabulary::Vocabulary;
use undertone::{Classifier, Link};

/// The version of the format of pipeline.json.
const VERSION: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pipeline {
    undertone_pipeline: u32,
    /// The library that fitted the pipeline, with its version.
    pub(super) source: String,
    labels: Vec<String>,
    link: Link,
    vectorizers: Vec<VectorizerRecord>,
    /// The coefficients: K rows of V numbers, or for two labels one row, that of the second label.
    coefficients: Vec<Vec<f64>>,
    /// The bias of each row of `coefficients`.
    intercept: Vec<f64>,
    /// Texts with the predictions of the pipeline.
    #[serde(default)]
    pub(super) check: Vec<Check>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub(super) text: String,
    /// The prediction: K probabilities, or for [`Link::Margins`] K margins or that of the second
    /// label.
    pub(super) expected: Vec<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorizerRecord {
    analyzer: AnalyzerKind,
    ngram_range: (u8, u8),
    lowercase: bool,
    /// The token pattern; `None` if `analyzer` has no tokens.
    token_pattern: Option<String>,
    stop_words: Vec<String>,
    /// The number of buckets into which tokens are hashed; the vocabulary then holds the numbers of
    /// buckets.
    buckets: Option<NonZeroU32>,
    binary: bool,
    sublinear_tf: bool,
    /// The norm that rows are scaled by; `None` if they are not scaled.
    norm: Option<NormName>,
    scale: f64,
    /// The features in the order of the columns.
    vocabulary: Vec<String>,
    /// The idf of each column; `None` if counts are not weighed by it.
    idf: Option<Vec<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NormName {
    L2,
}

impl Pipeline {
    /// The classifier that gives the predictions of the pipeline.
    pub(super) fn classifier(self, provenance: Provenance) -> Result<Classifier> {
        ensure!(
            self.undertone_pipeline == VERSION,
            "expected undertone_pipeline {VERSION}, found {}; export it again with the exporter \
             of this version",
            self.undertone_pipeline
        );
        let columns: usize = self.vectorizers.iter().map(|record| record.vocabulary.len()).sum();
        let rows = self.coefficients.len();
        let are_independent = self.link == Link::Independent;
        ensure!(
            rows == self.labels.len() && (rows > 1 || are_independent)
                || rows == 1 && self.labels.len() == 2 && !are_independent,
            "expected a row of coefficients for each of two labels or more, or one row for two, \
             found {rows} for {}; export it again",
            self.labels.len()
        );
        if let Some(row) = self.coefficients.iter().find(|row| row.len() != columns) {
            return Err(anyhow!(
                "expected {columns} coefficients for each label, one for each feature, found {}; \
                 export it again",
                row.len()
            ));
        }
        ensure!(
            self.intercept.len() == rows,
            "expected {rows} intercepts, one for each row of coefficients, found {}; export it \
             again",
            self.intercept.len()
        );

        let (weights, link) = row_weights(self.link, rows);
        let mut coefficients = Vec::with_capacity(columns * weights.len());
        let mut vectorizers = Vec::with_capacity(self.vectorizers.len());
        let mut first_column = 0;
        for (number, record) in self.vectorizers.into_iter().enumerate() {
            let features = record.vocabulary.len();
            let sorted = record.sorted();
            for &column in &sorted {
                let factor = record.factor(column)?;
                for &(row, weight) in &weights {
                    let coefficient = self.coefficients[row][first_column + column];
                    coefficients.push((weight * factor * coefficient) as f32);
                }
            }
            first_column += features;
            let vectorizer = record.vectorizer(&sorted);
            vectorizers.push(vectorizer.with_context(|| format!("vectorizers[{number}]"))?);
        }
        let bias = weights.iter().map(|&(row, weight)| weight * self.intercept[row]).collect();
        let classifier =
            Classifier::from_parts(self.labels, vectorizers, coefficients, bias, provenance)?;
        Ok(classifier.with_link(link))
    }
}

/// For each label the row of coefficients that it uses, and a factor. A single row is that of the
/// second label, unless labels are independent: σ(z) is a softmax over (−z/2, z/2), and a margin z
/// one of ±z.
fn row_weights(link: Link, rows: usize) -> (Vec<(usize, f64)>, Link) {
    match link {
        Link::Independent if rows == 1 => (vec![(0, 1.0)], link),
        Link::Margins if rows == 1 => (vec![(0, -1.0), (0, 1.0)], Link::Margins),
        _ if rows == 1 => (vec![(0, -0.5), (0, 0.5)], Link::Softmax),
        link => ((0..rows).map(|row| (row, 1.0)).collect(), link),
    }
}

impl VectorizerRecord {
    /// The columns in the byte order of their features.
    fn sorted(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.vocabulary.len()).collect();
        order.sort_by(|&one, &other| self.vocabulary[one].cmp(&self.vocabulary[other]));
        order
    }

    /// The factor of the coefficients of a column.
    fn factor(&self, column: usize) -> Result<f64> {
        if self.norm.is_some() {
            return Ok(1.0);
        }
        let idf = match &self.idf {
            None => 1.0,
            Some(idf) => *idf.get(column).with_context(|| self.ragged_idf())?,
        };
        Ok(self.scale * idf)
    }

    fn ragged_idf(&self) -> String {
        format!(
            "expected {} numbers in idf, one for each feature, found {}; export it again",
            self.vocabulary.len(),
            self.idf.as_ref().map_or(0, Vec::len)
        )
    }

    fn vectorizer(self, sorted: &[usize]) -> Result<Vectorizer> {
        if let Some(idf) = &self.idf {
            ensure!(idf.len() == self.vocabulary.len(), "{}", self.ragged_idf());
        }
        let (documents, frequencies) = match &self.idf {
            Some(idf) if self.norm.is_some() => {
                let idf: Vec<f64> = sorted.iter().map(|&column| idf[column]).collect();
                document_frequencies(&idf).with_context(|| {
                    "expected the idf of scikit-learn, ln((1 + n) / (1 + df)) + 1 or \
                     ln(n / df) + 1, found weights that no number of documents gives; fit the \
                     vectorizer without setting idf_"
                })?
            }
            // ln(1 / 1) + 1 = 1
            _ => (0, vec![0; sorted.len()]),
        };
        let terms: Vec<&str> = sorted.iter().map(|&column| &self.vocabulary[column][..]).collect();
        if let Some(pair) = terms.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(anyhow!(
                "expected different features in vocabulary, found {:?} twice; export it again",
                pair[0]
            ));
        }
        let vocabulary = Vocabulary::from_sorted(terms)?;
        let stop_words: BTreeSet<String> = self.stop_words.into_iter().collect();
        let pattern = self.token_pattern.unwrap_or_else(|| TokenPattern::DEFAULT.to_owned());
        let settings = AnalyzerSettings::default()
            .kind(self.analyzer)
            .ngrams(self.ngram_range)
            .lowercase(self.lowercase)
            .token_pattern(pattern)
            .stop_words(stop_words.into_iter().collect::<Vec<_>>())
            .buckets(self.buckets);
        let analyzer = Analyzer::new(settings)?;
        let unit = self.norm.is_some();
        let weighting = Weighting::default()
            .binary(self.binary)
            .sublinear_tf(self.sublinear_tf)
            .unit(unit)
            .scale(if unit { self.scale as f32 } else { 1.0 });
        Vectorizer::new(analyzer, weighting, vocabulary, documents, frequencies)
            .map_err(|reason| anyhow!("{reason}; drop the part instead"))
    }
}
