//! Rows with answers → bytes, in two steps: [`Encoder`] does what threads can do side by side, and
//! [`Sink`] what has an order.

mod csv;
mod json;
mod parquet;
mod text;

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::SchemaRef;

pub(super) use self::parquet::append as append_parquet;
use super::arrow_error;
use super::format::OutputFormat;
use super::scorer::Scorer;

/// A batch, as far as it can be encoded without those before it.
pub(super) struct Encoded {
    pub(super) rows: usize,
    payload: Payload,
}

enum Payload {
    Bytes(Vec<u8>),
    Batch(RecordBatch),
}

/// How rows become bytes.
#[derive(Debug)]
pub(super) struct Encoder<'a> {
    format: OutputFormat,
    scorer: &'a Scorer<'a>,
    /// Of labels, in characters.
    widest: usize,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(format: OutputFormat, scorer: &'a Scorer<'a>, labels: &[String]) -> Self {
        let widest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        Self { format, scorer, widest }
    }

    pub(super) fn encode(&self, batch: RecordBatch) -> anyhow::Result<Encoded> {
        let rows = batch.num_rows();
        let (kept, classes) = (self.scorer.kept, self.scorer.classes());
        let payload = match self.format {
            OutputFormat::Text => Payload::Bytes(text::encode(&batch, self.widest)?),
            OutputFormat::Json | OutputFormat::Jsonl => {
                Payload::Bytes(json::encode(&batch, kept, classes)?)
            }
            OutputFormat::Csv => Payload::Bytes(csv::encode(&batch)?),
            OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => {
                Payload::Batch(batch)
            }
        };
        Ok(Encoded { rows, payload })
    }
}

/// Where encoded batches go, in order.
pub(super) enum Sink<W: Write + Send> {
    /// Lines.
    Bytes(W),
    /// A JSON array, and how many of its rows are written.
    Array(W, u64),
    Stream(StreamWriter<W>),
    File(FileWriter<W>),
    Parquet(Box<::parquet::arrow::ArrowWriter<W>>),
}

impl<W: Write + Send> Sink<W> {
    /// Begins a table of the scorer's schema.
    pub(super) fn new(
        format: OutputFormat,
        schema: &SchemaRef,
        mut out: W,
    ) -> anyhow::Result<Self> {
        match format {
            OutputFormat::Csv => {
                out.write_all(&csv::header(schema)?)?;
                Ok(Self::Bytes(out))
            }
            OutputFormat::Json => {
                out.write_all(b"[")?;
                Ok(Self::Array(out, 0))
            }
            _ => Self::without_header(format, schema, out),
        }
    }

    /// The same for a part that others are put before.
    pub(super) fn without_header(
        format: OutputFormat,
        schema: &SchemaRef,
        out: W,
    ) -> anyhow::Result<Self> {
        Ok(match format {
            OutputFormat::Text | OutputFormat::Json | OutputFormat::Jsonl | OutputFormat::Csv => {
                Self::Bytes(out)
            }
            OutputFormat::Arrow => {
                Self::Stream(StreamWriter::try_new(out, schema).map_err(arrow_error)?)
            }
            OutputFormat::ArrowFile => {
                Self::File(FileWriter::try_new(out, schema).map_err(arrow_error)?)
            }
            OutputFormat::Parquet => Self::Parquet(Box::new(parquet::writer(schema, out)?)),
        })
    }

    pub(super) fn write(&mut self, encoded: Encoded) -> anyhow::Result<()> {
        match (self, encoded.payload) {
            (Self::Bytes(out), Payload::Bytes(bytes)) => out.write_all(&bytes)?,
            (Self::Array(out, rows), Payload::Bytes(bytes)) => {
                json::write_items(out, &bytes, *rows == 0)?;
                *rows += encoded.rows as u64;
            }
            (Self::Stream(out), Payload::Batch(batch)) => out.write(&batch).map_err(arrow_error)?,
            (Self::File(out), Payload::Batch(batch)) => out.write(&batch).map_err(arrow_error)?,
            (Self::Parquet(out), Payload::Batch(batch)) => out.write(&batch)?,
            _ => anyhow::bail!("a batch was encoded for another format"),
        }
        Ok(())
    }

    /// Adds rows that have their answers already.
    pub(super) fn write_batch(&mut self, batch: RecordBatch) -> anyhow::Result<()> {
        self.write(Encoded { rows: batch.num_rows(), payload: Payload::Batch(batch) })
    }

    /// Ends the table and gives back what it was written to.
    pub(super) fn finish(self) -> anyhow::Result<W> {
        let mut out = match self {
            Self::Bytes(out) => out,
            Self::Array(mut out, rows) => {
                out.write_all(if rows == 0 { b"]\n" } else { b"\n]\n" })?;
                out
            }
            Self::Stream(out) => out.into_inner().map_err(arrow_error)?,
            Self::File(out) => out.into_inner().map_err(arrow_error)?,
            Self::Parquet(out) => out.into_inner()?,
        };
        out.flush()?;
        Ok(out)
    }
}
