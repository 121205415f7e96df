//! Labelled files → documents.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use encoding_rs::{Encoding, UTF_8};
use sha2::{Digest, Sha256};

use super::error::{Error, Place};
use super::recipe::{DataSource, hex};
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
}

/// Documents with the same text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// The documents of each text that occurs more than once, indices into the corpus; in the
    /// order of their first.
    pub texts: Vec<Vec<usize>>,
    /// Those of them whose labels differ.
    pub conflicting: Vec<Vec<usize>>,
}

/// A table's rows, each with the line it begins on.
#[derive(Debug)]
pub struct Table {
    /// Column names, from the header or from the caller.
    pub columns: Vec<String>,
    /// Cells, and the line on which the row begins.
    pub rows: Vec<(u64, csv::StringRecord)>,
}

impl Corpus {
    /// Reads every file.
    ///
    /// # Errors
    /// The first file, row or cell that is not as expected; see [`Error`].
    pub fn read(sources: &[DataSource]) -> Result<Self, Error> {
        let mut corpus = Self { sources: sources.to_vec(), ..Self::default() };
        let mut labels: Vec<String> = Vec::new();
        for (set, source) in sources.iter().enumerate() {
            let (bytes, sha256) = read_checked(&source.path, &source.sha256)?;
            let table = Table::parse(&source.path, &bytes, source)?;
            let text_column = table.column(source, &source.text_column, "--text-column")?;
            let label_column = table.column(source, &source.label_column, "--label-column")?;
            let weight_column = match &source.weight_column[..] {
                "" => None,
                name => Some(table.column(source, name, "weight_column")?),
            };
            corpus.columns.push((text_column, label_column));
            corpus.sets.push(DataSet {
                name: source
                    .path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default(),
                sha256,
                documents: table.rows.len() as u32,
            });
            for (line, row) in table.rows {
                for (column, what) in [(text_column, "text"), (label_column, "label")] {
                    if row.get(column).is_none_or(|cell| cell.trim().is_empty()) {
                        let place = Place { path: source.path.clone(), line, column: column + 1 };
                        return Err(Error::EmptyCell { place, what });
                    }
                }
                let weight = match weight_column {
                    None => 1.0,
                    Some(column) => {
                        let cell = row.get(column).unwrap_or_default().trim();
                        let weight = cell.parse().ok().filter(|&weight| is_weight(weight));
                        weight.ok_or_else(|| Error::Weight {
                            place: Place { path: source.path.clone(), line, column: column + 1 },
                            found: cell.to_owned(),
                        })?
                    }
                };
                labels.push(row.get(label_column).unwrap_or_default().trim().to_owned());
                corpus.documents.push(Document {
                    text: row.get(text_column).unwrap_or_default().to_owned(),
                    label: 0,
                    set,
                    line,
                    weight: source.weight * weight,
                });
            }
        }
        let distinct: BTreeSet<&String> = labels.iter().collect();
        corpus.labels = distinct.into_iter().cloned().collect();
        for (document, label) in corpus.documents.iter_mut().zip(&labels) {
            document.label = corpus.labels.binary_search(label).unwrap_or_default();
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

    /// The label of every document.
    pub fn classes(&self) -> Vec<usize> {
        self.documents.iter().map(|document| document.label).collect()
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

/// Whether a number can weigh a document.
pub(super) fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight >= 0.0
}

/// Reads a whole file.
///
/// # Errors
/// [`Error::Read`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|reason| Error::Read {
        path: path.to_owned(),
        reason,
        remedy: "check the path; data sets of a recipe are looked for in the folder that \
                 UNDERTONE_DATA names",
    })
}

/// Reads a whole file and its SHA-256, which must be `expected` unless that is empty.
pub(super) fn read_checked(path: &Path, expected: &str) -> Result<(Vec<u8>, String), Error> {
    let bytes = read_file(path)?;
    let found = hex(&Sha256::digest(&bytes));
    if !expected.is_empty() && !expected.eq_ignore_ascii_case(&found) {
        let expected = expected.to_owned();
        return Err(Error::OtherData { path: path.to_owned(), expected, found });
    }
    Ok((bytes, found))
}

impl Table {
    /// Decodes and parses a CSV file; only the encoding, header and columns of `source` count.
    ///
    /// # Errors
    /// When the bytes are not of the encoding, a row is ragged, or there is none.
    pub fn parse(path: &Path, bytes: &[u8], source: &DataSource) -> Result<Self, Error> {
        let text = decode(path, bytes, &source.encoding)?;
        let mut reader =
            csv::ReaderBuilder::new().has_headers(source.header).from_reader(text.as_bytes());
        let columns: Vec<String> = if source.header {
            let header = reader.headers().map_err(|error| csv_error(path, &error))?;
            header.iter().map(|name| name.trim().to_owned()).collect()
        } else {
            source.columns.clone()
        };
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        // The csv crate reports where the record before ended: blank lines may follow there.
        let mut line = LineCounter::new(&text);
        while reader.read_record(&mut record).map_err(|error| csv_error(path, &error))? {
            let start = record.position().map_or(0, |position| position.byte() as usize);
            let line = line.at(start);
            if record.len() != columns.len() {
                let found = record.len().min(columns.len()) + 1;
                return Err(Error::Ragged {
                    place: Place { path: path.to_owned(), line, column: found },
                    expected: columns.len() as u64,
                    found: record.len() as u64,
                });
            }
            rows.push((line, record.clone()));
        }
        if rows.is_empty() {
            let line = line.at(text.len());
            return Err(Error::NoRows { place: Place { path: path.to_owned(), line, column: 1 } });
        }
        Ok(Self { columns, rows })
    }

    /// The position of the column named `wanted`.
    ///
    /// # Errors
    /// [`Error::DuplicateColumn`], or [`Error::UnknownColumn`] with the names there are and the `option` that chooses.
    pub fn column(
        &self,
        source: &DataSource,
        wanted: &str,
        option: &'static str,
    ) -> Result<usize, Error> {
        let place = |column| Place { path: source.path.clone(), line: 1, column: column + 1 };
        let mut named = (0..self.columns.len()).filter(|&column| self.columns[column] == wanted);
        match (named.next(), named.next()) {
            (Some(column), None) => Ok(column),
            (Some(_), Some(second)) => {
                Err(Error::DuplicateColumn { place: place(second), wanted: wanted.to_owned() })
            }
            (None, _) => Err(Error::UnknownColumn {
                place: place(self.columns.len()),
                wanted: wanted.to_owned(),
                found: self.columns.clone(),
                option,
            }),
        }
    }
}

/// Counts lines up to byte positions that only grow.
struct LineCounter<'a> {
    text: &'a str,
    counted: usize,
    line: u64,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    /// The line of the first byte at or after `position` that is not a line end.
    fn at(&mut self, position: usize) -> u64 {
        let bytes = self.text.as_bytes();
        let mut end = position.clamp(self.counted, bytes.len());
        while bytes.get(end).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            end += 1;
        }
        self.line += bytes[self.counted..end].iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.counted = end;
        self.line
    }
}

fn csv_error(path: &Path, error: &csv::Error) -> Error {
    let (line, column) = match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(1, csv::Position::line);
            let column = (*expected_len.min(len) + 1) as usize;
            return Error::Ragged {
                place: Place { path: path.to_owned(), line, column },
                expected: *expected_len,
                found: *len,
            };
        }
        _ => (error.position().map_or(1, csv::Position::line), 1),
    };
    Error::Csv { place: Place { path: path.to_owned(), line, column }, message: error.to_string() }
}

/// Decodes a whole file, without its byte order mark.
///
/// # Errors
/// [`Error::UnknownEncoding`], or [`Error::Encoding`] for the first byte that doesn't belong.
pub fn decode(path: &Path, bytes: &[u8], encoding: &str) -> Result<String, Error> {
    // WHATWG reads "latin1" as windows-1252; a data scientist means ISO-8859-1, as Python does.
    if matches!(&encoding.to_ascii_lowercase()[..], "latin1" | "latin-1" | "iso-8859-1") {
        return Ok(encoding_rs::mem::decode_latin1(bytes).into_owned());
    }
    let known = Encoding::for_label(encoding.as_bytes())
        .ok_or_else(|| Error::UnknownEncoding { name: encoding.to_owned() })?;
    let bytes = match Encoding::for_bom(bytes) {
        Some((marked, length)) if marked == known => &bytes[length..],
        _ => bytes,
    };
    known
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| broken_encoding(path, bytes, known))
}

/// Where the first broken byte stands.
fn broken_encoding(path: &Path, bytes: &[u8], encoding: &'static Encoding) -> Error {
    // Only UTF-8 says at once where it broke; of others the longest prefix that decodes is looked
    // for by halving.
    let valid = if encoding == UTF_8 {
        Encoding::utf8_valid_up_to(bytes)
    } else {
        let decodes = |length: usize| {
            encoding.decode_without_bom_handling_and_without_replacement(&bytes[..length]).is_some()
        };
        let (mut good, mut bad) = (0, bytes.len());
        while good + 1 < bad {
            let middle = good.midpoint(bad);
            if decodes(middle) { good = middle } else { bad = middle }
        }
        good
    };
    let before = &bytes[..valid];
    let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let (line_text, _) = encoding.decode_without_bom_handling(&before[line_start..]);
    Error::Encoding {
        place: Place {
            path: path.to_owned(),
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64,
            column: 1 + line_text.chars().count(),
        },
        encoding: encoding.name().to_owned(),
        byte: bytes.get(valid).copied().unwrap_or_default(),
    }
}
