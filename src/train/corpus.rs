//! Labelled files → documents, all held in memory; [`stream`](super::stream) reads them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest, Sha256};

#[cfg(feature = "train")]
use super::count::Terms;
use super::error::Error;
#[cfg(feature = "train")]
use super::groups::Groups;
use super::parallel::*;
use super::recipe::{DataSource, Recipe};
use super::spellings::kept_spellings;
#[cfg(feature = "train")]
use super::stream::{LabelledText, LabelledTexts, labels_in};
use crate::files::{Place, hex};
#[cfg(feature = "train")]
use crate::files::{checked_sha256, read_file};
use crate::provenance::DataSet;

/// A labelled text of a [`Corpus`].
///
/// ```
/// use undertone::train::Corpus;
///
/// let corpus = Corpus::from_documents([("Profit doubles", "good"), ("Exchange fails", "bad")]);
/// let document = &corpus.documents[1];
/// assert_eq!((document.text.as_str(), document.line), ("Exchange fails", 2));
/// assert_eq!(corpus.labels[document.label], "bad");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The text as it stands in the file.
    pub text: String,
    /// The label, an index into [`Corpus::labels`]; the first of several, or 0 without any.
    pub label: usize,
    /// All labels, ascending, where documents [have several](Corpus::has_several); empty elsewhere.
    pub labels: Vec<usize>,
    /// The file, an index into [`Corpus::sets`].
    pub set: usize,
    /// The line of the file on which the row begins, counted from 1.
    pub line: u64,
    /// The number of documents that this one counts as in training: the weight of the set times
    /// that of the row; 0 or more.
    pub weight: f64,
    /// The soft label for training, a probability for each label; empty if the label is certain.
    pub probabilities: Vec<f64>,
    /// The group, if it is in one: documents of a group share a fold, whatever set they are of.
    pub group: Option<u32>,
    /// The name of a fold: documents with the same name are tested in one fold; empty for none.
    pub fold: String,
}

/// All documents of a training or evaluation run, file after file.
///
/// ```
/// use undertone::train::Corpus;
/// use undertone::train::recipe::DataSource;
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "text,label\nProfit doubles,good\nExchange fails,bad\n")?;
/// let corpus = Corpus::read(&[DataSource::default().path(file.path())])?;
/// assert_eq!(corpus.labels, ["bad", "good"]);
/// assert_eq!(corpus.label_place(1).line, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The documents.
    pub documents: Vec<Document>,
    /// The labels that occur, in ascending byte order; K of them.
    pub labels: Vec<String>,
    /// Whether a document may have several labels, or none: whether a file has a column of them.
    pub has_several: bool,
    /// The files, in the order in which they were read.
    pub sets: Vec<DataSet>,
    sources: Vec<DataSource>,
    /// The columns of text and label in each file, counted from 0.
    columns: Vec<(usize, usize)>,
    /// The n cells of each column that [`Corpus::read_with_columns`] was asked for.
    more: Vec<Vec<String>>,
}

/// The documents of a [`Corpus`] whose texts occur more than once.
///
/// ```
/// use undertone::train::Corpus;
///
/// let texts = [("Profit rose", "good"), (" profit ROSE", "bad"), ("Flat", "bad")];
/// let corpus = Corpus::from_documents(texts);
/// let duplicates = corpus.duplicates();
/// assert_eq!(duplicates.texts, [[0, 1]]);
/// assert_eq!(duplicates.conflicting, [[0, 1]]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// For each text that occurs more than once the indices of its documents, in the order of their
    /// first documents.
    pub texts: Vec<Vec<usize>>,
    /// Those entries of `texts` whose documents have different labels.
    pub conflicting: Vec<Vec<usize>>,
}

impl Corpus {
    /// Reads the labelled files of data sources.
    ///
    /// # Errors
    /// The first file, row or cell that is not as expected; see [`Error`].
    #[cfg(feature = "train")]
    pub fn read(sources: &[DataSource]) -> Result<Self, Error> {
        Self::read_with_columns(sources, &[])
    }

    /// Reads the labelled files of data sources, and keeps the cells of these columns. Each column
    /// is given with the option that names it, for error messages.
    ///
    /// # Errors
    /// Those of [`Corpus::read`], and when a column is missing.
    #[cfg(feature = "train")]
    pub fn read_with_columns(
        sources: &[DataSource],
        wanted: &[(&str, &'static str)],
    ) -> Result<Self, Error> {
        let more = vec![Vec::new(); wanted.len()];
        let mut corpus = Self { sources: sources.to_vec(), more, ..Self::default() };
        // Those of all documents by their numbers, and where each document's end.
        let mut spelled = Terms::default();
        let (mut labels, mut ends): (Vec<u32>, Vec<usize>) = (Vec::new(), Vec::new());
        for (set, source) in sources.iter().enumerate() {
            let bytes = read_file(&source.path)?;
            let sha256 = checked_sha256(&source.path, &bytes[..], &source.sha256)?;
            let mut texts = LabelledTexts::new(&bytes[..], source)?.with_columns(wanted)?;
            corpus.columns.push(texts.columns);
            let has_several = texts.has_several;
            corpus.has_several |= has_several;
            let before = corpus.documents.len();
            while let Some(text) = texts.read_text()? {
                let LabelledText { text, label, line, weight, probabilities, fold, more } = text;
                for (column, cell) in corpus.more.iter_mut().zip(more.iter()) {
                    column.push(cell.to_owned());
                }
                if has_several {
                    labels.extend(labels_in(label).map(|label| spelled.number_of(label)));
                } else {
                    labels.push(spelled.number_of(label));
                }
                ends.push(labels.len());
                corpus.documents.push(Document {
                    text: text.to_owned(),
                    label: 0,
                    labels: Vec::new(),
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
        let distinct: BTreeSet<&str> = spelled.iter().chain(named.map(String::as_str)).collect();
        corpus.labels = distinct.into_iter().map(str::to_owned).collect();
        let class = |label: &str| corpus.labels.partition_point(|other| &other[..] < label);
        let classes: Vec<usize> = spelled.iter().map(class).collect();
        let mut start = 0;
        for (document, end) in corpus.documents.iter_mut().zip(ends) {
            let own = labels[start..end].iter().map(|&label| classes[label as usize]);
            start = end;
            if corpus.has_several {
                let own: BTreeSet<usize> = own.collect();
                document.label = own.first().copied().unwrap_or_default();
                document.labels = own.into_iter().collect();
            } else {
                document.label = own.max().unwrap_or_default();
            }
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

    /// A corpus of texts in memory, each with its label. The line of a document is its number,
    /// counted from 1.
    ///
    /// ```
    /// use undertone::train::Corpus;
    ///
    /// let documents = [("Profit doubles", "good"), ("Exchange fails", "bad")];
    /// let corpus = Corpus::from_documents(documents);
    /// assert_eq!(corpus.labels, ["bad", "good"]);
    /// ```
    pub fn from_documents<T: Into<String>, L: Into<String>>(
        documents: impl IntoIterator<Item = (T, L)>,
    ) -> Self {
        let (texts, labels): (Vec<String>, Vec<String>) =
            documents.into_iter().map(|(text, label)| (text.into(), label.into())).unzip();
        let mut hash = Sha256::new();
        for (text, label) in texts.iter().zip(&labels) {
            for part in [text, label] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        let source = DataSource { path: "memory".into(), ..DataSource::default() };
        let rows = texts.into_iter().zip(labels).zip(1..);
        let rows = rows.map(|((text, label), line)| (text, label, line));
        Self::of_rows(&source, hex(&hash.finalize()), rows)
    }

    /// The corpus of a file that was read elsewhere, with the file's SHA-256: of each row the text,
    /// the label and the line. A model that is trained on it is the one that is trained on the
    /// file.
    ///
    /// ```
    /// use undertone::train::Corpus;
    /// use undertone::train::recipe::DataSource;
    ///
    /// let source = DataSource::default().path("news.csv");
    /// let rows = [("Profit doubles", "good", 2), ("Exchange fails", "bad", 3)];
    /// let rows = rows.map(|(text, label, line)| (text.to_owned(), label.to_owned(), line));
    /// let corpus = Corpus::of_rows(&source, String::new(), rows);
    /// assert_eq!(corpus.label_place(1).to_string(), "news.csv, line 3, column 2");
    /// ```
    pub fn of_rows(
        source: &DataSource,
        sha256: String,
        rows: impl IntoIterator<Item = (String, String, u64)>,
    ) -> Self {
        let mut labels: Vec<String> = Vec::new();
        let mut documents: Vec<Document> = Vec::new();
        for (text, label, line) in rows {
            labels.push(label);
            documents.push(Document {
                text,
                label: 0,
                labels: Vec::new(),
                set: 0,
                line,
                weight: source.weight,
                probabilities: Vec::new(),
                group: None,
                fold: String::new(),
            });
        }
        // One by one: to collect them would compile one more sort.
        let mut distinct: BTreeSet<&String> = BTreeSet::new();
        distinct.extend(&labels);
        let distinct: Vec<String> = distinct.into_iter().cloned().collect();
        for (document, label) in documents.iter_mut().zip(&labels) {
            document.label = distinct.binary_search(label).unwrap_or_default();
        }
        let set = DataSet {
            name: source.file_name(),
            sha256,
            documents: u32::try_from(documents.len()).unwrap_or(u32::MAX),
        };
        Self {
            documents,
            sets: vec![set],
            sources: vec![source.clone()],
            columns: vec![(0, 1)],
            more: Vec::new(),
            has_several: false,
            labels: distinct,
        }
    }

    /// Reads the files of a recipe, and the groups of texts that belong together.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), and what is wrong with the list of groups.
    #[cfg(feature = "train")]
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

    /// Reads no file, as this build can't.
    ///
    /// # Errors
    /// [`Error::Setting`].
    #[cfg(not(feature = "train"))]
    pub(super) fn of(_: &Recipe) -> Result<Self, Error> {
        Err(Error::Setting {
            key: "data".to_owned(),
            expected: "documents in memory, as this build reads no files",
            found: "none".to_owned(),
        })
    }

    /// Checks that the corpus has two labels or more, without which there is nothing to learn; one
    /// is enough where documents may have none.
    ///
    /// # Errors
    /// [`Error::OneClass`], or [`Error::EmptyCell`] where no document has a label.
    pub fn check_classes(&self) -> Result<(), Error> {
        match &self.labels[..] {
            [] if !self.documents.is_empty() => {
                Err(Error::EmptyCell { place: self.label_place(0), what: "label in some row" })
            }
            [_] if self.has_several => Ok(()),
            [label] => Err(Error::OneClass {
                place: self.label_place(0),
                label: label.clone(),
                rows: self.documents.len() as u64,
            }),
            _ => Ok(()),
        }
    }

    /// Takes labels that differ in case or space alone for one, which is spelled as in most
    /// documents, the first in byte order of equals. Returns each spelling that was given up, and
    /// the one that took its place.
    ///
    /// ```
    /// use undertone::train::Corpus;
    ///
    /// let texts = [("Profit rose", "Up"), ("Sales rose", "up"), ("Shares rose", "up")];
    /// let mut corpus = Corpus::from_documents(texts);
    /// assert_eq!(corpus.join_labels(), [("Up".to_owned(), "up".to_owned())]);
    /// assert_eq!(corpus.labels, ["up"]);
    /// ```
    pub fn join_labels(&mut self) -> Vec<(String, String)> {
        let counts = self.label_counts();
        let counts: Vec<(&str, u64)> =
            counts.iter().map(|(label, documents)| (label.as_str(), *documents)).collect();
        let kept = kept_spellings(&counts);
        // Labels are in ascending order, so what is left of them is, too.
        let left: Vec<usize> = (0..kept.len()).filter(|&label| kept[label] == label).collect();
        let class = |label: usize| left.binary_search(&kept[label]).unwrap_or_default();
        for document in &mut self.documents {
            document.label = class(document.label);
            // Only files have several labels a document.
            #[cfg(feature = "train")]
            {
                let labels: BTreeSet<usize> = document.labels.iter().map(|&l| class(l)).collect();
                document.labels = labels.into_iter().collect();
            }
            if !document.probabilities.is_empty() {
                let mut joined = vec![0.0; left.len()];
                for (label, probability) in document.probabilities.iter().enumerate() {
                    joined[class(label)] += probability;
                }
                document.probabilities = joined;
            }
        }
        let given_up = (0..kept.len()).filter(|&label| kept[label] != label);
        let named = |label: usize| self.labels[label].clone();
        let joined = given_up.map(|label| (named(label), named(kept[label]))).collect();
        self.labels = left.iter().map(|&label| named(label)).collect();
        joined
    }

    /// The documents whose texts occur more than once, compared without case and surrounding white
    /// space.
    pub fn duplicates(&self) -> Duplicates {
        let keys = (&self.documents).into_par_iter().map(|document| text_key(&document.text));
        let keys: Vec<String> = keys.collect();
        let mut first_of: HashMap<&str, usize> = HashMap::with_capacity(keys.len());
        // By their first documents.
        let mut repeated: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, key) in keys.iter().enumerate() {
            let first = *first_of.entry(key).or_insert(index);
            if first < index {
                repeated.entry(first).or_insert_with(|| vec![first]).push(index);
            }
        }
        let texts: Vec<Vec<usize>> = repeated.into_values().collect();
        let label = |document: &usize| {
            let document = &self.documents[*document];
            (document.label, &document.labels)
        };
        let differ = |documents: &&Vec<usize>| {
            documents.iter().any(|document| label(document) != label(&documents[0]))
        };
        Duplicates { conflicting: texts.iter().filter(differ).cloned().collect(), texts }
    }

    /// The soft labels of documents, given by their indices: |documents|×K; empty if all labels are
    /// certain.
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

    /// The labels of a document, indices into [`labels`](Self::labels).
    pub fn labels_of(&self, document: usize) -> &[usize] {
        let document = &self.documents[document];
        if self.has_several { &document.labels } else { std::slice::from_ref(&document.label) }
    }

    /// The number of documents with each label.
    pub fn label_counts(&self) -> Vec<(String, u64)> {
        let mut counts: Vec<(String, u64)> =
            self.labels.iter().map(|label| (label.clone(), 0)).collect();
        for document in 0..self.documents.len() {
            self.labels_of(document).iter().for_each(|&label| counts[label].1 += 1);
        }
        counts
    }

    /// The label of every document, an index into [`labels`](Self::labels).
    pub fn classes(&self) -> Vec<usize> {
        self.documents.iter().map(|document| document.label).collect()
    }

    /// The cells of a column, one for each document, without white space around them. The column is
    /// given by its place among those that [`Corpus::read_with_columns`] was asked for.
    pub fn cells(&self, column: usize) -> &[String] {
        self.more.get(column).map_or(&[], Vec::as_slice)
    }

    /// Whether a document is tested in cross-validation.
    pub fn is_tested(&self, document: usize) -> bool {
        self.sources[self.documents[document].set].tested
    }

    /// The domain of a document, which its data source names.
    pub fn domain(&self, document: usize) -> &str {
        &self.sources[self.documents[document].set].domain
    }

    /// The place of a document's label in its file.
    pub fn label_place(&self, document: usize) -> Place {
        self.place(document, |(_, label_column)| label_column)
    }

    /// The place of a document's text in its file.
    pub fn text_place(&self, document: usize) -> Place {
        self.place(document, |(text_column, _)| text_column)
    }

    /// The place of a cell of a document, given how its column follows from those of text and
    /// label.
    fn place(&self, document: usize, column: impl Fn((usize, usize)) -> usize) -> Place {
        let document = &self.documents[document];
        Place {
            path: self.sources[document.set].path.clone(),
            line: document.line,
            column: column(self.columns[document.set]) + 1,
        }
    }
}

/// The key by which texts are compared: equal for texts that differ in case and surrounding white
/// space alone.
pub(super) fn text_key(text: &str) -> String {
    text.trim().to_lowercase()
}
