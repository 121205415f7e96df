//! Input: tables of any format → a schema and batches of rows.

#[cfg(feature = "columnar")]
mod arrow;
#[cfg(feature = "columnar")]
mod contained;
mod csv;
mod json;
#[cfg(feature = "columnar")]
mod messages;
#[cfg(feature = "columnar")]
mod parquet;
mod texts;

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow_schema::{Field, SchemaRef};

#[cfg(feature = "columnar")]
pub(super) use self::contained::unless_panicked;
use super::arrow_error;
use super::format::InputFormat;
#[cfg(not(feature = "columnar"))]
use super::format::LEFT_OUT;
use super::selection::Selection;
#[cfg(feature = "columnar")]
use undertone::files::Unpacked;
use undertone::files::{Decoder, open, read_failed};

/// The number of rows in a batch: enough that passing it to another thread costs next to nothing,
/// and few enough that all batches in flight fit into the processor's cache.
const BATCH_ROWS: usize = 4096;
/// The bytes of texts at which a batch ends before it has [`BATCH_ROWS`].
const BATCH_BYTES: usize = 1 << 22;
/// The most bytes of a row: the texts of a batch have offsets of 31 bits.
const MOST_ROW_BYTES: usize = 1 << 30;

/// The name of the column of the members of JSON objects as they are written, and of the key in the
/// metadata of its field.
pub(super) const MEMBERS: &str = "undertone members";

pub(super) type Batches = Box<dyn Iterator<Item = anyhow::Result<RecordBatch>> + Send>;

type Bytes = Box<dyn Read + Send>;

/// The source of the rows.
#[derive(Debug)]
pub(super) enum Source {
    /// Texts from the command line.
    Texts(Vec<String>),
    File(PathBuf),
    /// Standard input.
    Pipe,
}

/// The options of reading a table.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// The format; `None` if neither the extension nor an option gives it: then the input has one
    /// text a line, unless the first of them is JSON.
    pub(super) format: Option<InputFormat>,
    pub(super) encoding: &'a str,
    /// The name of the column of texts.
    pub(super) text: &'a str,
    /// The path of the list of a JSON document that holds the rows, if it is given.
    pub(super) list: Option<&'a str>,
}

/// How values of JSON are kept, which depends on the format of the output.
#[derive(Debug)]
pub(super) enum Kept {
    /// Values in columns of their types.
    Typed,
    /// Values as they are written, texts without their quotes.
    Literals,
    /// Whole members as they are written, except those with names of the answer.
    Members {
        reserved: Vec<String>,
        /// The names of the members to keep; `None` for all.
        wanted: Option<BTreeSet<String>>,
    },
}

/// An opened table.
pub(super) struct Table {
    /// The path, for error messages.
    pub(super) path: PathBuf,
    pub(super) schema: SchemaRef,
    reader: Reader,
}

enum Reader {
    Texts(texts::Texts),
    Csv(Box<csv::Csv>),
    Json(Box<json::Json>),
    #[cfg(feature = "columnar")]
    Arrow(arrow::Arrow),
    #[cfg(feature = "columnar")]
    Parquet(parquet::Parquet),
}

impl Table {
    /// Opens a table and reads as far as its schema.
    ///
    /// # Errors
    /// When the table can't be read, or is not in this format.
    pub(super) fn open(source: &Source, reading: &Reading<'_>) -> anyhow::Result<Self> {
        let (path, bytes): (&Path, Bytes) = match source {
            Source::Texts(texts) => {
                let path = PathBuf::from("the command line");
                let reader = texts::Texts::of(texts.clone());
                return Ok(Self { path, schema: texts::schema(), reader: Reader::Texts(reader) });
            }
            Source::Pipe => (Path::new("standard input"), Box::new(io::stdin())),
            #[cfg(feature = "columnar")]
            Source::File(path) if reading.format == Some(InputFormat::Parquet) => {
                let (schema, reader) = parquet::Parquet::open(path, open(path)?)?;
                return Ok(Self { path: path.clone(), schema, reader: Reader::Parquet(reader) });
            }
            Source::File(path) => (path, Box::new(open(path)?)),
        };
        let text = |bytes| Decoder::new(path, bytes, reading.encoding).map(BufReader::new);
        let is_given = reading.format.is_some();
        let (schema, reader) = match reading.format.unwrap_or(InputFormat::Lines) {
            InputFormat::Lines => {
                let texts = texts::Texts::lines(path, text(bytes)?, is_given);
                (texts::schema(), Reader::Texts(texts))
            }
            InputFormat::Csv => {
                let (schema, csv) = csv::Csv::open(path, bytes, reading)?;
                (schema, Reader::Csv(Box::new(csv)))
            }
            InputFormat::Json => {
                let (schema, json) =
                    json::Json::document(path, text(bytes)?, reading.text, reading.list)?;
                (schema, Reader::Json(Box::new(json)))
            }
            InputFormat::Jsonl => {
                let (schema, json) = json::Json::lines(path, text(bytes)?)?;
                (schema, Reader::Json(Box::new(json)))
            }
            #[cfg(feature = "columnar")]
            InputFormat::Arrow => {
                let bytes = Unpacked::any(path, bytes)?;
                let (schema, arrow) = arrow::Arrow::open(path, Box::new(bytes))?;
                (schema, Reader::Arrow(arrow))
            }
            #[cfg(feature = "columnar")]
            InputFormat::Parquet => anyhow::bail!(
                "Parquet keeps its schema at its end and can't be read from standard input; give \
                 the file with --input, or write Arrow into the pipe"
            ),
            #[cfg(not(feature = "columnar"))]
            InputFormat::Arrow | InputFormat::Parquet => {
                anyhow::bail!("{}: {LEFT_OUT}", path.display())
            }
        };
        Ok(Self { path: path.to_owned(), schema, reader })
    }

    /// Sets how the selected values are kept; `keeps_all` if no columns were chosen. Returns the
    /// schema of the batches that will come, and the selection in them.
    ///
    /// # Errors
    /// When a column can't be kept in this way.
    pub(super) fn prepare(
        &mut self,
        selection: &mut Selection,
        kept: Kept,
        keeps_all: bool,
    ) -> anyhow::Result<SchemaRef> {
        match &mut self.reader {
            Reader::Json(json) => json.prepare(selection, kept, keeps_all),
            _ => selection.schema(&self.schema),
        }
    }

    /// Whether the table is CSV, which has empty cells in place of nulls.
    pub(super) fn is_csv(&self) -> bool {
        matches!(self.reader, Reader::Csv(_))
    }

    /// The selected columns of all rows but the first `skip`.
    ///
    /// # Errors
    /// When the file has changed since it was opened.
    pub(super) fn batches(self, selection: &Selection, skip: u64) -> anyhow::Result<Batches> {
        let columns = selection.columns.clone();
        let batches: Batches = match self.reader {
            Reader::Texts(texts) => Box::new(texts),
            Reader::Csv(csv) => Box::new(csv.select(columns)),
            // `prepare` has set the columns.
            Reader::Json(json) => Box::new(*json),
            #[cfg(feature = "columnar")]
            Reader::Arrow(arrow) => Box::new(arrow.select(columns)?),
            // Parquet alone can skip rows without reading them.
            #[cfg(feature = "columnar")]
            Reader::Parquet(parquet) => return parquet.batches(&self.path, &columns, skip),
        };
        Ok(Box::new(Skipped { batches, skip }))
    }
}

/// Batches from which a number of first rows are left out.
struct Skipped {
    batches: Batches,
    skip: u64,
}

impl Iterator for Skipped {
    type Item = anyhow::Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let batch = match self.batches.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            };
            let rows = batch.num_rows() as u64;
            let skipped = self.skip.min(rows);
            self.skip -= skipped;
            if skipped < rows {
                let skipped = skipped as usize;
                return Some(Ok(batch.slice(skipped, batch.num_rows() - skipped)));
            }
        }
    }
}

/// Splits batches so that none is longer than [`BATCH_ROWS`], and none crosses a multiple of `part`
/// rows; the first row has the number `at`.
pub(super) fn cut(
    batches: Batches,
    mut at: u64,
    part: u64,
) -> impl Iterator<Item = anyhow::Result<RecordBatch>> + Send {
    batches.flat_map(move |batch| {
        let Ok(batch) = batch else { return vec![batch] };
        let mut pieces = Vec::new();
        let mut start = 0;
        while start < batch.num_rows() {
            let to_part = usize::try_from(part - at % part).unwrap_or(usize::MAX);
            let rows = (batch.num_rows() - start).min(BATCH_ROWS).min(to_part);
            pieces.push(Ok(batch.slice(start, rows)));
            start += rows;
            at += rows as u64;
        }
        pieces
    })
}

/// A batch of columns of texts.
fn batch_of_texts(
    schema: &SchemaRef,
    columns: impl IntoIterator<Item = StringArray>,
    rows: usize,
) -> anyhow::Result<RecordBatch> {
    let columns = columns.into_iter().map(|column| Arc::new(column) as ArrayRef).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(arrow_error)
}

/// Refuses a row that is too long for a batch.
fn check_row(path: &Path, line: u64, bytes: usize) -> anyhow::Result<()> {
    anyhow::ensure!(
        bytes <= MOST_ROW_BYTES,
        "{}, line {line}: expected a row of at most {MOST_ROW_BYTES} bytes, found {bytes}; look for \
         a quote that is not closed",
        path.display()
    );
    Ok(())
}

/// The error for a column whose name the answer has, too.
pub(super) fn two_columns(name: &str) -> String {
    format!(
        "two columns of the output would be named {name:?}; keep other columns of the input with \
         --keep, or name the answer's otherwise with --prefix"
    )
}

/// Whether a field holds JSON members as they are written.
pub(super) fn is_members(field: &Field) -> bool {
    field.metadata().contains_key(MEMBERS)
}

/// Appends the next line without its line end, which is `\n`, `\r\n` or, as on old Macs, `\r`.
/// False if there is no further line.
fn read_line(text: &mut impl BufRead, line: &mut String) -> io::Result<bool> {
    let mut bytes = Vec::new();
    let ended = loop {
        let buffer = text.fill_buf()?;
        if buffer.is_empty() {
            break None;
        }
        match buffer.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            Some(end) => {
                bytes.extend_from_slice(&buffer[..end]);
                let byte = buffer[end];
                text.consume(end + 1);
                break Some(byte);
            }
            None => {
                bytes.extend_from_slice(buffer);
                let length = buffer.len();
                text.consume(length);
            }
        }
    };
    if ended == Some(b'\r') && text.fill_buf()?.first() == Some(&b'\n') {
        text.consume(1);
    }
    let is_there = ended.is_some() || !bytes.is_empty();
    line.push_str(&String::from_utf8(bytes).map_err(io::Error::other)?);
    Ok(is_there)
}
