//! Tables as a schema and batches of rows, whatever they are written in.

#[cfg(feature = "columnar")]
mod arrow;
#[cfg(feature = "columnar")]
mod contained;
mod csv;
mod jsonl;
#[cfg(feature = "columnar")]
mod messages;
#[cfg(feature = "columnar")]
mod parquet;
mod texts;

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow_schema::SchemaRef;

use super::arrow_error;
use super::format::InputFormat;
#[cfg(not(feature = "columnar"))]
use super::format::LEFT_OUT;
use super::selection::Selection;
use crate::train::stream::{Decoder, open, read_failed};

/// Rows in a batch: enough that passing it to another thread costs nothing, and few enough that all
/// that are in flight fit into a processor's cache.
const BATCH_ROWS: usize = 4096;
/// A batch of long texts ends earlier.
const BATCH_BYTES: usize = 1 << 22;
/// A batch holds its texts with offsets of 31 bits.
const MOST_ROW_BYTES: usize = 1 << 30;

pub(super) type Batches = Box<dyn Iterator<Item = anyhow::Result<RecordBatch>> + Send>;

type Bytes = Box<dyn Read + Send>;

/// Where the rows come from.
#[derive(Debug)]
pub(super) enum Source {
    /// From the command line.
    Texts(Vec<String>),
    File(PathBuf),
    /// Standard input.
    Pipe,
}

/// An opened table.
pub(super) struct Table {
    /// For messages.
    pub(super) path: PathBuf,
    pub(super) schema: SchemaRef,
    reader: Reader,
}

enum Reader {
    Texts(texts::Texts),
    Csv(Box<csv::Csv>),
    Jsonl(Box<jsonl::Jsonl>),
    #[cfg(feature = "columnar")]
    Arrow(arrow::Arrow),
    #[cfg(feature = "columnar")]
    Parquet(parquet::Parquet),
}

impl Table {
    /// Opens a table and reads as far as its schema.
    ///
    /// # Errors
    /// When it can't be read, or is none of this format.
    pub(super) fn open(
        source: &Source,
        format: InputFormat,
        encoding: &str,
    ) -> anyhow::Result<Self> {
        let (path, bytes): (&Path, Bytes) = match source {
            Source::Texts(texts) => {
                let path = PathBuf::from("the command line");
                let reader = texts::Texts::of(texts.clone());
                return Ok(Self { path, schema: texts::schema(), reader: Reader::Texts(reader) });
            }
            Source::Pipe => (Path::new("standard input"), Box::new(std::io::stdin())),
            #[cfg(feature = "columnar")]
            Source::File(path) if format == InputFormat::Parquet => {
                let (schema, reader) = parquet::Parquet::open(path, open(path)?)?;
                return Ok(Self { path: path.clone(), schema, reader: Reader::Parquet(reader) });
            }
            Source::File(path) => (path, Box::new(open(path)?)),
        };
        let text = |bytes| Decoder::new(path, bytes, encoding).map(BufReader::new);
        let (schema, reader) = match format {
            InputFormat::Lines => {
                (texts::schema(), Reader::Texts(texts::Texts::lines(path, text(bytes)?)))
            }
            InputFormat::Csv => {
                let (schema, csv) = csv::Csv::open(path, bytes, encoding)?;
                (schema, Reader::Csv(Box::new(csv)))
            }
            InputFormat::Jsonl => {
                let (schema, jsonl) = jsonl::Jsonl::open(path, text(bytes)?)?;
                (schema, Reader::Jsonl(Box::new(jsonl)))
            }
            #[cfg(feature = "columnar")]
            InputFormat::Arrow => {
                let (schema, arrow) = arrow::Arrow::open(path, bytes)?;
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

    /// The selected columns of all rows but the first `skip`.
    ///
    /// # Errors
    /// When the file has changed since it was opened.
    pub(super) fn batches(self, selection: &Selection, skip: u64) -> anyhow::Result<Batches> {
        let columns = selection.columns.clone();
        let batches: Batches = match self.reader {
            Reader::Texts(texts) => Box::new(texts),
            Reader::Csv(csv) => Box::new(csv.select(columns)),
            Reader::Jsonl(jsonl) => {
                Box::new(jsonl.map(move |batch| batch?.project(&columns).map_err(arrow_error)))
            }
            #[cfg(feature = "columnar")]
            Reader::Arrow(arrow) => Box::new(arrow.select(columns)?),
            // It alone can go to a row without reading those before.
            #[cfg(feature = "columnar")]
            Reader::Parquet(parquet) => return parquet.batches(&self.path, &columns, skip),
        };
        Ok(Box::new(Skipped { batches, skip }))
    }
}

/// Batches without their first rows.
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

/// Cuts batches so that none is longer than [`BATCH_ROWS`], and none goes across a multiple of
/// `part` rows, counted from row `at` on.
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

/// A batch of columns that are all texts.
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
