//! Output: rows with answers → bytes, in two steps. [`Encoder`] does what threads can do in
//! parallel, [`Sink`] what must be in order.

mod csv;
mod json;
#[cfg(feature = "columnar")]
mod parquet;
mod text;

use std::io::Write;

use arrow_array::RecordBatch;
#[cfg(feature = "columnar")]
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{Field, Schema, SchemaRef};

#[cfg(feature = "columnar")]
pub(super) use self::parquet::append as append_parquet;
use super::answers::{AnswerColumns, Counts};
use super::arrow_error;
#[cfg(not(feature = "columnar"))]
use super::format::LEFT_OUT;
use super::format::OutputFormat;
#[cfg(feature = "columnar")]
use super::input::unless_panicked;

/// A batch, encoded as far as is possible without the batches before it.
pub(super) struct Encoded {
    pub(super) rows: usize,
    pub(super) counts: Counts,
    payload: Payload,
}

enum Payload {
    Bytes(Vec<u8>),
    #[cfg(feature = "columnar")]
    Batch(RecordBatch),
}

/// An encoder of batches for a format.
#[derive(Debug)]
pub(super) struct Encoder<'a> {
    format: OutputFormat,
    answers: &'a AnswerColumns<'a>,
    /// The width of the widest label, in characters.
    widest: usize,
    /// Whether the rows come from CSV.
    is_csv: bool,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(
        format: OutputFormat,
        answers: &'a AnswerColumns<'a>,
        labels: &[String],
        is_csv: bool,
    ) -> Self {
        let widest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        Self { format, answers, widest, is_csv }
    }

    pub(super) fn encode(&self, batch: RecordBatch, counts: Counts) -> anyhow::Result<Encoded> {
        let rows = batch.num_rows();
        let (kept, classes) = (self.answers.kept, self.answers.classes());
        let payload = match self.format {
            OutputFormat::Text => Payload::Bytes(text::encode(&batch, self.widest)?),
            OutputFormat::Json | OutputFormat::Jsonl => {
                Payload::Bytes(json::encode(&batch, kept, classes)?)
            }
            OutputFormat::Csv => Payload::Bytes(csv::encode(&batch, kept, self.is_csv)?),
            #[cfg(feature = "columnar")]
            OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => {
                Payload::Batch(batch)
            }
            #[cfg(not(feature = "columnar"))]
            OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => {
                anyhow::bail!(LEFT_OUT)
            }
        };
        Ok(Encoded { rows, counts, payload })
    }
}

/// Refuses columns that a format can't hold, by name, before any work is done: for each column a
/// row of null is written to a sink that discards it.
///
/// # Errors
/// The first column that is refused, with the reason of the writer.
pub(super) fn check_fits(format: OutputFormat, schema: &Schema, kept: usize) -> anyhow::Result<()> {
    for field in &schema.fields()[..kept] {
        let name = field.name();
        probe(format, field).map_err(|reason| {
            reason.context(format!(
                "column {name:?}: expected a type that the output can hold, found {}; keep other \
                 columns with --keep, or choose another --format",
                field.data_type()
            ))
        })?;
    }
    Ok(())
}

fn probe(format: OutputFormat, field: &Field) -> anyhow::Result<()> {
    let field = field.clone().with_nullable(true);
    let column = arrow_array::new_null_array(field.data_type(), 1);
    let schema: SchemaRef = Schema::new(vec![field.clone()]).into();
    let batch = RecordBatch::try_new(schema.clone(), vec![column]).map_err(arrow_error)?;
    match format {
        OutputFormat::Text => Ok(()),
        OutputFormat::Json | OutputFormat::Jsonl => json::lines(&batch).map(drop),
        OutputFormat::Csv => {
            anyhow::ensure!(!field.data_type().is_nested(), "CSV has single values only");
            csv::encode(&batch, 1, false).map(drop)
        }
        #[cfg(feature = "columnar")]
        OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => {
            let write = || {
                let mut sink = Sink::without_header(format, &schema, Vec::new())?;
                sink.write_batch(batch)?;
                sink.finish().map(drop)
            };
            unless_panicked(write, || anyhow::anyhow!("its writer has no such type"))
        }
        #[cfg(not(feature = "columnar"))]
        OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => {
            anyhow::bail!(LEFT_OUT)
        }
    }
}

/// The sink for encoded batches, in their order.
pub(super) enum Sink<W: Write + Send> {
    /// A file of lines.
    Bytes(W),
    /// A JSON array, with the number of rows that are written.
    Array(W, u64),
    #[cfg(feature = "columnar")]
    Stream(StreamWriter<W>),
    #[cfg(feature = "columnar")]
    File(FileWriter<W>),
    #[cfg(feature = "columnar")]
    Parquet(Box<::parquet::arrow::ArrowWriter<W>>),
}

impl<W: Write + Send> Sink<W> {
    /// Begins a table with the schema of the answers.
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

    /// Begins a part of a table, without what stands once at the beginning.
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

    /// Adds rows with answers that are not encoded yet.
    #[cfg(feature = "columnar")]
    pub(super) fn write_batch(&mut self, batch: RecordBatch) -> anyhow::Result<()> {
        let rows = batch.num_rows();
        self.write(Encoded { rows, counts: Counts::default(), payload: Payload::Batch(batch) })
    }

    /// Ends the table, and returns the writer.
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
