//! Labelled files → documents, all held in memory; [`stream`](super::stream) reads them.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use super::error::Error;
use super::groups::Groups;
use super::recipe::{DataSource, Recipe};
use super::stream::{LabelledText, LabelledTexts};
use crate::files::{Place, checked_sha256, hex, read_file};
use crate::provenance::DataSet;

/// A labelled text.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The text as it stands in the file.
    pub text: String,
    /// An index into [`Corpus::labels`].
    pub label: usize,
    /// An index into [`Corpus::sets`].
    pub set: usize,
    /// The line of the file on which its row begins.
    pub line: u64,
    /// How many documents it counts as in training: its set's weight times its own; 0 or more.
    pub weight: f64,
    /// What it is taken for in training, a probability for each label; empty for its label alone.
    pub probabilities: Vec<f64>,
    /// Documents of one group share a fold, whatever set they are of.
    pub group: Option<u32>,
    /// Documents with the same are tested in one fold; empty for none.
    pub fold: String,
}

/// All documents of a training or evaluation run, file after file.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The documents.
    pub documents: Vec<Document>,
    /// The labels that occur, in ascending byte order; K of them.
    pub labels: Vec<String>,
    /// The files.
    pub sets: Vec<DataSet>,
    sources: Vec<DataSource>,
    /// The columns of text and label in each file, counted from 0.
    columns: Vec<(usize, usize)>,
    /// The cells of each column that [`Corpus::read_with_columns`] was asked for, n a column.
    more: Vec<Vec<String>>,
}

/// Documents with the same text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// The documents of each text that occurs more than once, indices into the corpus; in the
    /// order of their first.
    pub texts: Vec<Vec<usize>>,
    /// The entries of `texts` whose labels differ.
    pub conflicting: Vec<Vec<usize>>,
}

impl Corpus {
    /// Reads every file.
    ///
    /// # Errors
    /// The first file, row or cell that is not as expected; see [`Error`].
    pub fn read(sources: &[DataSource]) -> Result<Self, Error> {
        Self::read_with_columns(sources, &[])
    }

    /// Reads every file, and keeps what these columns hold; each is given with the option that names
    /// it, for the message where a file lacks it.
    ///
    /// # Errors
    /// As [`Corpus::read`], and when a column is missing.
    pub fn read_with_columns(
        sources: &[DataSource],
        wanted: &[(&str, &'static str)],
    ) -> Result<Self, Error> {
        let more = vec![Vec::new(); wanted.len()];
        let mut corpus = Self { sources: sources.to_vec(), more, ..Self::default() };
        let mut labels: Vec<String> = Vec::new();
        for (set, source) in sources.iter().enumerate() {
            let bytes = read_file(&source.path)?;
            let sha256 = checked_sha256(&source.path, &bytes[..], &source.sha256)?;
            let mut texts = LabelledTexts::new(&bytes[..], source)?.with_columns(wanted)?;
            corpus.columns.push(texts.columns);
            let before = corpus.documents.len();
            while let Some(text) = texts.read_text()? {
                let LabelledText { text, label, line, weight, probabilities, fold, more } = text;
                for (column, cell) in corpus.more.iter_mut().zip(more.iter()) {
                    column.push(cell.to_owned());
                }
                labels.push(label.to_owned());
                corpus.documents.push(Document {
                    text: text.to_owned(),
                    label: 0,
                    set,
                    line,
                    weight,
                    probabilities: probabilities.to_vec(),
                    group: None,
                    fold: fold.to_owned(),
                });
            }
            let documents = (corpus.documents.len() - before) as u32;
            corpus.sets.push(DataSet { name: source.file_name(), sha256, documents });
        }
        let named = sources.iter().flat_map(|source| &source.probability_columns);
        let distinct: BTreeSet<&String> = labels.iter().chain(named).collect();
        corpus.labels = distinct.into_iter().cloned().collect();
        for (document, label) in corpus.documents.iter_mut().zip(&labels) {
            document.label = corpus.labels.binary_search(label).unwrap_or_default();
            let columns = &sources[document.set].probability_columns;
            if !columns.is_empty() {
                let mut probabilities = vec![0.0; corpus.labels.len()];
                for (label, probability) in columns.iter().zip(&document.probabilities) {
                    let class = corpus.labels.binary_search(label).unwrap_or_default();
                    probabilities[class] = *probability;
                }
                document.probabilities = probabilities;
            }
        }
        Ok(corpus)
    }

    /// Takes texts with their labels as they lie in memory; a document's line is its number, counted from 1.
    ///
    /// ```
    /// use undertone::train::Corpus;
    /// let corpus = Corpus::from_documents([("Profit doubles", "good"), ("Exchange fails", "bad")]);
    /// assert_eq!(corpus.labels, ["bad", "good"]);
    /// ```
    pub fn from_documents<T: Into<String>, L: Into<String>>(
        documents: impl IntoIterator<Item = (T, L)>,
    ) -> Self {
        let (texts, labels): (Vec<String>, Vec<String>) =
            documents.into_iter().map(|(text, label)| (text.into(), label.into())).unzip();
        let distinct: BTreeSet<&String> = labels.iter().collect();
        let distinct: Vec<String> = distinct.into_iter().cloned().collect();
        let mut hash = Sha256::new();
        for (text, label) in texts.iter().zip(&labels) {
            for part in [text, label] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        let set = DataSet {
            name: "memory".to_owned(),
            sha256: hex(&hash.finalize()),
            documents: u32::try_from(texts.len()).unwrap_or(u32::MAX),
        };
        let documents =
            texts.into_iter().zip(&labels).zip(1..).map(|((text, label), line)| Document {
                text,
                label: distinct.binary_search(label).unwrap_or_default(),
                set: 0,
                line,
                weight: 1.0,
                probabilities: Vec::new(),
                group: None,
                fold: String::new(),
            });
        Self {
            documents: documents.collect(),
            sets: vec![set],
            sources: vec![DataSource { path: "memory".into(), ..DataSource::default() }],
            columns: vec![(0, 1)],
            more: Vec::new(),
            labels: distinct,
        }
    }

    /// Reads every file of a recipe, and which of their texts belong together.
    ///
    /// # Errors
    /// As [`read`](Self::read), or what is wrong with the list of groups.
    pub fn of(recipe: &Recipe) -> Result<Self, Error> {
        let mut corpus = Self::read(&recipe.data)?;
        if let Some(groups) = &recipe.groups {
            let groups = Groups::read(groups)?;
            for document in &mut corpus.documents {
                document.group = groups.of(&document.text);
            }
        }
        Ok(corpus)
    }

    /// Checks that there is something to learn: two labels or more.
    ///
    /// # Errors
    /// [`Error::OneClass`].
    pub fn check_classes(&self) -> Result<(), Error> {
        match &self.labels[..] {
            [label] => Err(Error::OneClass { place: self.label_place(0), label: label.clone() }),
            _ => Ok(()),
        }
    }

    /// The texts that occur more than once, but for case and surrounding white space.
    pub fn duplicates(&self) -> Duplicates {
        let mut number_of: HashMap<String, usize> = HashMap::with_capacity(self.documents.len());
        let mut texts: Vec<Vec<usize>> = Vec::new();
        for (index, document) in self.documents.iter().enumerate() {
            let number = *number_of.entry(text_key(&document.text)).or_insert(texts.len());
            match texts.get_mut(number) {
                Some(documents) => documents.push(index),
                None => texts.push(vec![index]),
            }
        }
        texts.retain(|documents| documents.len() > 1);
        let label = |document: &usize| self.documents[*document].label;
        let differ = |documents: &&Vec<usize>| {
            documents.iter().any(|document| label(document) != label(&documents[0]))
        };
        Duplicates { conflicting: texts.iter().filter(differ).cloned().collect(), texts }
    }

    /// What `documents`, indices, are taken for in training, |documents|×K; empty where all are
    /// taken for their labels alone.
    pub fn probabilities(&self, documents: &[u32]) -> Vec<f64> {
        let documents = || documents.iter().map(|&document| &self.documents[document as usize]);
        if documents().all(|document| document.probabilities.is_empty()) {
            return Vec::new();
        }
        let mut probabilities = vec![0.0; documents().len() * self.labels.len()];
        for (row, document) in probabilities.chunks_exact_mut(self.labels.len()).zip(documents()) {
            match &document.probabilities[..] {
                [] => row[document.label] = 1.0,
                known => row.copy_from_slice(known),
            }
        }
        probabilities
    }

    /// The label of every document.
    pub fn classes(&self) -> Vec<usize> {
        self.documents.iter().map(|document| document.label).collect()
    }

    /// What a column holds, a cell for each document, without white space around it: one of the
    /// columns that [`Corpus::read_with_columns`] was asked for, by its place among them.
    pub fn cells(&self, column: usize) -> &[String] {
        self.more.get(column).map_or(&[], Vec::as_slice)
    }

    /// Whether a document is tested in cross-validation.
    pub fn is_tested(&self, document: usize) -> bool {
        self.sources[self.documents[document].set].tested
    }

    /// The domain of a document.
    pub fn domain(&self, document: usize) -> &str {
        &self.sources[self.documents[document].set].domain
    }

    /// Where a document's label stands.
    pub fn label_place(&self, document: usize) -> Place {
        self.place(document, |(_, label_column)| label_column)
    }

    /// Where a document's text stands.
    pub fn text_place(&self, document: usize) -> Place {
        self.place(document, |(text_column, _)| text_column)
    }

    fn place(&self, document: usize, column: impl Fn((usize, usize)) -> usize) -> Place {
        let document = &self.documents[document];
        Place {
            path: self.sources[document.set].path.clone(),
            line: document.line,
            column: column(self.columns[document.set]) + 1,
        }
    }
}

/// What two texts share when they count as the same.
pub(super) fn text_key(text: &str) -> String {
    text.trim().to_lowercase()
}
