//! Labelled files as streams: rows → labelled texts, no more than one row held at a time.

use std::io::Read;

use super::error::Error;
use super::recipe::{DataSource, is_weight};
use crate::files::{FileError, Place, Rows, column};

/// A reader of the labelled texts of a data set, one after the other.
///
/// ```
/// use undertone::train::recipe::DataSource;
/// use undertone::train::stream::LabelledTexts;
///
/// let csv = "text,label\nProfit doubles,good\nExchange fails,bad\n";
/// let source = DataSource::default();
/// let mut texts = LabelledTexts::new(csv.as_bytes(), &source)?;
/// let mut labels = Vec::new();
/// while let Some(text) = texts.read_text()? {
///     labels.push(text.label.to_owned());
/// }
/// assert_eq!(labels, ["good", "bad"]);
/// # Ok::<(), undertone::train::Error>(())
/// ```
pub struct LabelledTexts<'a, R: Read> {
    source: &'a DataSource,
    rows: Rows<R>,
    /// Whether a text may have several labels, or none.
    pub has_several: bool,
    /// The columns of text and label, counted from 0.
    pub columns: (usize, usize),
    weight_column: Option<usize>,
    /// The columns of probabilities, in the order of the source's list.
    probability_columns: Vec<usize>,
    fold_column: Option<usize>,
    /// The probabilities of the row that was read last.
    probabilities: Vec<f64>,
    /// The columns that [`LabelledTexts::with_columns`] asked for.
    more_columns: Vec<usize>,
}

/// A labelled text: a row of a data set.
///
/// ```
/// use undertone::train::recipe::DataSource;
/// use undertone::train::stream::LabelledTexts;
///
/// let csv = "text,label,weight\nProfit doubles,good,0.5\n";
/// let source = DataSource::default().weight_column("weight");
/// let mut texts = LabelledTexts::new(csv.as_bytes(), &source)?;
/// let text = texts.read_text()?.expect("a row");
/// assert_eq!((text.text, text.line, text.weight), ("Profit doubles", 2, 0.5));
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LabelledText<'a> {
    /// The text as it stands in the file.
    pub text: &'a str,
    /// The label, without white space around it; all labels of a text that may have several, which
    /// [`labels_in`] tells apart.
    pub label: &'a str,
    /// The line on which the row begins, counted from 1.
    pub line: u64,
    /// The number of documents that the text counts as: the weight of the set times that of the
    /// row; 0 or more.
    pub weight: f64,
    /// The cells of the source's columns of probabilities, scaled to a sum of 1; empty if the
    /// source names none.
    pub probabilities: &'a [f64],
    /// The cell of the source's column of folds; empty if the source names none.
    pub fold: &'a str,
    /// The cells that [`LabelledTexts::with_columns`] asked for.
    pub more: Cells<'a>,
}

/// Those cells of a row that were asked for by the names of their columns.
///
/// ```
/// use undertone::train::recipe::DataSource;
/// use undertone::train::stream::LabelledTexts;
///
/// let csv = "text,label,source\nProfit doubles,good, wire\n";
/// let source = DataSource::default();
/// let texts = LabelledTexts::new(csv.as_bytes(), &source)?;
/// let mut texts = texts.with_columns(&[("source", "--by")])?;
/// let text = texts.read_text()?.expect("a row");
/// assert!(text.more.iter().eq(["wire"]));
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    row: &'a csv::StringRecord,
    columns: &'a [usize],
}

impl<'a> Cells<'a> {
    /// The cells in the order in which they were asked for, without white space around them.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        self.columns.iter().map(move |&column| self.row.get(column).unwrap_or_default().trim())
    }
}

impl<'a, R: Read> LabelledTexts<'a, R> {
    /// A reader of `bytes`, the content of the data set's file.
    ///
    /// # Errors
    /// When a column is missing, and those of [`Rows::new`].
    pub fn new(bytes: R, source: &'a DataSource) -> Result<Self, Error> {
        let rows = Rows::new(&source.path, bytes, &source.table())?;
        let named = |name: &str, key| column(&source.path, &rows.columns, name, key);
        let text_column = named(&source.text_column, "text_column")?;
        let is_named = |name: &str| rows.columns.iter().any(|column| column == name);
        let (label, key, has_several) = if !source.labels_column.is_empty() {
            (&source.labels_column[..], "labels_column", true)
        } else if source.label_column == LABEL && !is_named(LABEL) && is_named(LABELS) {
            (LABELS, "labels_column", true)
        } else {
            (&source.label_column[..], "label_column", false)
        };
        let label_column = named(label, key)?;
        if has_several && !source.probability_columns.is_empty() {
            return Err(Error::Setting {
                key: "data.probability_columns".to_owned(),
                expected: "none where texts have several labels",
                found: source.probability_columns.join(", "),
            });
        }
        let optional = |name: &str, option| match name {
            "" => Ok(None),
            name => named(name, option).map(Some),
        };
        let weight_column = optional(&source.weight_column, "weight_column")?;
        let fold_column = optional(&source.fold_column, "fold_column")?;
        let probability_columns = source
            .probability_columns
            .iter()
            .map(|name| named(name, "probability_columns"))
            .collect::<Result<_, FileError>>()?;
        Ok(Self {
            source,
            rows,
            has_several,
            columns: (text_column, label_column),
            weight_column,
            probability_columns,
            fold_column,
            probabilities: Vec::new(),
            more_columns: Vec::new(),
        })
    }

    /// Also reads these columns. Each is given with the option that names it, for error messages.
    ///
    /// # Errors
    /// When a column is missing.
    pub fn with_columns(mut self, wanted: &[(&str, &'static str)]) -> Result<Self, Error> {
        let named = |&(name, option)| column(&self.source.path, &self.rows.columns, name, option);
        self.more_columns = wanted.iter().map(named).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// The next labelled text; `None` after the last.
    ///
    /// # Errors
    /// Those of [`Rows::read_row`], and when the text or label is empty, or the weight or a
    /// probability is none.
    pub fn read_text(&mut self) -> Result<Option<LabelledText<'_>>, Error> {
        let Some((line, row)) = self.rows.read_row()? else { return Ok(None) };
        let (text_column, label_column) = self.columns;
        let place = |column| Place { path: self.source.path.clone(), line, column: column + 1 };
        for (column, what) in [(text_column, "text"), (label_column, "label")] {
            let may_be_empty = self.has_several && column == label_column;
            if !may_be_empty && row.get(column).is_none_or(|cell| cell.trim().is_empty()) {
                return Err(Error::EmptyCell { place: place(column), what });
            }
        }
        let weight = match self.weight_column {
            None => 1.0,
            Some(column) => {
                let cell = row.get(column).unwrap_or_default().trim();
                let weight = cell.parse().ok().filter(|&weight| is_weight(weight));
                weight
                    .ok_or_else(|| Error::Weight { place: place(column), found: cell.to_owned() })?
            }
        };
        self.probabilities.clear();
        for &column in &self.probability_columns {
            let cell = row.get(column).unwrap_or_default().trim();
            let probability = cell.parse().ok().filter(|one| (0.0..=1.0).contains(one));
            self.probabilities.push(probability.ok_or_else(|| Error::Probability {
                place: place(column),
                found: format!("{cell:?}"),
            })?);
        }
        if let Some(&column) = self.probability_columns.first() {
            let sum: f64 = self.probabilities.iter().sum();
            if (sum - 1.0).abs() > MOST_ROUNDING {
                let found = format!("a sum of {sum}");
                return Err(Error::Probability { place: place(column), found });
            }
            self.probabilities.iter_mut().for_each(|probability| *probability /= sum);
        }
        let named = |column: Option<usize>| {
            column.and_then(|column| row.get(column)).unwrap_or_default().trim()
        };
        Ok(Some(LabelledText {
            text: row.get(text_column).unwrap_or_default(),
            label: row.get(label_column).unwrap_or_default().trim(),
            line,
            weight: self.source.weight * weight,
            probabilities: &self.probabilities,
            fold: named(self.fold_column),
            more: Cells { row, columns: &self.more_columns },
        }))
    }
}

/// The name of the column of labels, and of that with all labels of a text, unless others are
/// named.
const LABEL: &str = "label";
const LABELS: &str = "labels";

/// The labels in a cell with all labels of a text: parted by `;`, without white space around them.
///
/// ```
/// use undertone::train::stream::labels_in;
///
/// assert!(labels_in("merger; earnings;").eq(["merger", "earnings"]));
/// ```
pub fn labels_in(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|label| !label.is_empty())
}

/// The most by which the sum of a row's probabilities may differ from 1: ten of them, rounded to
/// two decimals.
const MOST_ROUNDING: f64 = 0.05;

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// One byte at a time: every sequence is broken up.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(1);
            self.0.read(&mut target[..length])
        }
    }

    #[test]
    fn rows_know_their_lines_whatever_ends_them() {
        let source = DataSource::default();
        let file = "text,label\ra,x\r\nb,x\n\n\rc,x\r";
        for slow in [false, true] {
            let bytes: Box<dyn Read> =
                if slow { Box::new(Slow(file.as_bytes())) } else { Box::new(file.as_bytes()) };
            let mut texts = LabelledTexts::new(bytes, &source).unwrap();
            let mut lines = Vec::new();
            while let Some(text) = texts.read_text().unwrap() {
                lines.push(text.line);
            }
            assert_eq!(lines, [2, 3, 6]);
        }
    }
}
