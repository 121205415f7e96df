//! Rows with answers → bytes, in two steps: [`Encoder`] does what threads can do side by side, and
//! [`Sink`] what has an order.

mod csv;
mod json;
#[cfg(feature = "columnar")]
mod parquet;
mod text;

use std::io::Write;

use arrow_array::RecordBatch;
#[cfg(feature = "columnar")]
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::SchemaRef;

#[cfg(feature = "columnar")]
pub(super) use self::parquet::append as append_parquet;
#[cfg(feature = "columnar")]
use super::arrow_error;
#[cfg(not(feature = "columnar"))]
use super::format::LEFT_OUT;
use super::format::OutputFormat;
use super::scorer::Scorer;

/// A batch, as far as it can be encoded without those before it.
pub(super) struct Encoded {
    pub(super) rows: usize,
    payload: Payload,
}

enum Payload {
    Bytes(Vec<u8>),
    #[cfg(feature = "columnar")]
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
            #[cfg(feature = "columnar")]
            OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => {
                Payload::Batch(batch)
            }
            #[cfg(not(feature = "columnar"))]
            OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => {
                anyhow::bail!(LEFT_OUT)
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
    #[cfg(feature = "columnar")]
    Stream(StreamWriter<W>),
    #[cfg(feature = "columnar")]
    File(FileWriter<W>),
    #[cfg(feature = "columnar")]
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
    #[cfg_attr(
        not(feature = "columnar"),
        expect(unused_variables, reason = "lines have no schema of their own")
    )]
    pub(super) fn without_header(
        format: OutputFormat,
        schema: &SchemaRef,
        out: W,
    ) -> anyhow::Result<Self> {
        Ok(match format {
            OutputFormat::Text | OutputFormat::Json | OutputFormat::Jsonl | OutputFormat::Csv => {
                Self::Bytes(out)
            }
            #[cfg(feature = "columnar")]
            OutputFormat::Arrow => {
                Self::Stream(StreamWriter::try_new(out, schema).map_err(arrow_error)?)
            }
            #[cfg(feature = "columnar")]
            OutputFormat::ArrowFile => {
                Self::File(FileWriter::try_new(out, schema).map_err(arrow_error)?)
            }
            #[cfg(feature = "columnar")]
            OutputFormat::Parquet => Self::Parquet(Box::new(parquet::writer(schema, out)?)),
            #[cfg(not(feature = "columnar"))]
            OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => {
                anyhow::bail!(LEFT_OUT)
            }
        })
    }

    pub(super) fn write(&mut self, encoded: Encoded) -> anyhow::Result<()> {
        match (self, encoded.payload) {
            (Self::Bytes(out), Payload::Bytes(bytes)) => out.write_all(&bytes)?,
            (Self::Array(out, rows), Payload::Bytes(bytes)) => {
                json::write_items(out, &bytes, *rows == 0)?;
                *rows += encoded.rows as u64;
            }
            #[cfg(feature = "columnar")]
            (Self::Stream(out), Payload::Batch(batch)) => out.write(&batch).map_err(arrow_error)?,
            #[cfg(feature = "columnar")]
            (Self::File(out), Payload::Batch(batch)) => out.write(&batch).map_err(arrow_error)?,
            #[cfg(feature = "columnar")]
            (Self::Parquet(out), Payload::Batch(batch)) => out.write(&batch)?,
            #[cfg(feature = "columnar")]
            _ => anyhow::bail!("a batch was encoded for another format"),
        }
        Ok(())
    }

    /// Adds rows that have their answers already.
    #[cfg(feature = "columnar")]
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
            #[cfg(feature = "columnar")]
            Self::Stream(out) => out.into_inner().map_err(arrow_error)?,
            #[cfg(feature = "columnar")]
            Self::File(out) => out.into_inner().map_err(arrow_error)?,
            #[cfg(feature = "columnar")]
            Self::Parquet(out) => out.into_inner()?,
        };
        out.flush()?;
        Ok(out)
    }
}
