//! `undertone predict`: tables in, the same with answers out.
//!
//! ```text
//! input → batches → (score, encode) on all cores → in order → sink → output
//! ```
//!
//! | file | what it knows |
//! |---|---|
//! | `format` | the formats, and which one a file's name means |
//! | `input/` | each format → batches of rows |
//! | `selection` | which columns are read and passed on |
//! | `scorer` | rows → rows with answers |
//! | `ordered` | all cores, few batches in flight, and the order kept |
//! | `output/` | rows with answers → each format |
//! | `resume` | parts that outlive the process |

mod format;
mod input;
mod ordered;
mod output;
mod resume;
mod scorer;
mod selection;

use std::fs;
use std::io::BufWriter;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Context;
use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use self::format::{InputFormat, OutputFormat};
use self::input::{Batches, Source, Table, cut};
use self::ordered::map_ordered;
use self::output::{Encoded, Encoder, Sink};
use self::resume::{Job, PART_ROWS};
use self::scorer::Scorer;
use self::selection::Selection;
use super::model::ModelOption;
use crate::train::Replacement;

/// What the column of texts is called where it has no name, and looked for where none is given.
const TEXT: &str = "text";

/// Score texts
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("source").args(["texts", "input"]).required(true)),
    after_help = "\
Examples:
  undertone predict \"Bitcoin rallies after upbeat inflation report\"
  undertone predict --input headlines.txt --format csv
  undertone predict --input news.csv --text-column title --format jsonl
  undertone predict --input news.parquet --text-column title --output scores.parquet --resume
  echo \"Exchange halts withdrawals\" | undertone predict --input -

Rows keep their order, and those without text (null) have no answer. Texts that are bytes (Arrow's
and Parquet's binary) get a column `error`: a row that is not UTF-8 has its reason there and no
answer. In CSV, JSON lines and lines of text, whatever is wrong is refused with its line."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    model: ModelOption,
    /// The texts
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// Read the texts from a file, or from standard input with -
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// What the input is [default: what its name says, else csv with --text-column, else lines]
    #[arg(long, value_enum, value_name = "FORMAT", requires = "input")]
    input_format: Option<InputFormat>,
    /// Score this column [default: text]
    #[arg(long, value_name = "NAME", requires = "input")]
    text_column: Option<String>,
    /// The encoding of lines, csv and jsonl: utf-8, latin1, windows-1252 or another WHATWG label
    #[arg(long, default_value = "utf-8", requires = "input")]
    encoding: String,
    /// How to print [default: what the output's name says, else text]
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    /// Write to a file, which is replaced when all rows are scored
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Keep these columns of the input, and none with "" [default: all in a file, in arrow and in
    /// parquet; the texts in what is printed]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "input")]
    keep: Option<Vec<String>>,
    /// Put this before the names of the answer's columns
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    /// Keep finished parts in a folder beside the output, and after a kill go on with them
    #[arg(long, requires = "input", requires = "output")]
    resume: bool,
    /// Rows in a part
    #[arg(long, value_name = "N", requires = "resume", default_value_t = PART_ROWS,
          value_parser = clap::value_parser!(u64).range(1..))]
    part_rows: u64,
    /// How many threads score [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let model = arguments.model.identify()?;
    let classifier = &model.classifier;
    let source = arguments.source();
    let table = Table::open(&source, arguments.input_format(), &arguments.encoding)?;
    let format = arguments.output_format();
    format.check_is_built()?;
    let selection = arguments.select(&table, format)?;
    let mut schema = selection.schema(&table.schema)?;
    if arguments.shows_texts(format) {
        // What is printed looks the same whatever the column is called.
        schema = texts_alone(&schema);
    }
    let scorer = Scorer::new(classifier, &selection, &schema, &arguments.prefix)
        .with_context(|| table.path.display().to_string())?;
    let encoder = Encoder::new(format, &scorer, classifier.labels());
    let threads = arguments.threads.map_or_else(cores, NonZero::get);
    let score =
        |batches: Batches, from, part, sink: &mut dyn FnMut(Encoded) -> anyhow::Result<()>| {
            let work = |batch: RecordBatch| encoder.encode(scorer.score(&batch)?);
            map_ordered(threads, cut(batches, from, part), work, sink)
        };
    match (&arguments.output, arguments.resume) {
        (None, _) => {
            let out = BufWriter::new(std::io::stdout());
            let mut sink = Sink::new(format, &scorer.schema, out)?;
            score(table.batches(&selection, 0)?, 0, u64::MAX, &mut |rows| sink.write(rows))?;
            sink.finish()?;
        }
        (Some(path), false) => {
            let out = BufWriter::new(Replacement::beside(path)?);
            let mut sink = Sink::new(format, &scorer.schema, out)?;
            score(table.batches(&selection, 0)?, 0, u64::MAX, &mut |rows| sink.write(rows))?;
            let out = sink.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            out.finish(path)?;
        }
        (Some(path), true) => {
            let description = arguments.describe(&source, format, &model.sha256)?;
            let part = arguments.part_rows;
            let mut job = Job::open(path, format, scorer.schema.clone(), part, &description)?;
            let done = job.rows();
            score(table.batches(&selection, done)?, done, part, &mut |rows| job.write(rows))?;
            job.finish()?;
        }
    }
    Ok(())
}

impl Arguments {
    fn source(&self) -> Source {
        match &self.input {
            None => Source::Texts(self.texts.clone()),
            Some(path) if path == Path::new("-") => Source::Pipe,
            Some(path) => Source::File(path.clone()),
        }
    }

    fn input_format(&self) -> InputFormat {
        let by_name = self.input.as_deref().and_then(InputFormat::of);
        let by_option = self.text_column.as_ref().map(|_| InputFormat::Csv);
        self.input_format.or(by_name).or(by_option).unwrap_or(InputFormat::Lines)
    }

    fn output_format(&self) -> OutputFormat {
        let by_name = self.output.as_deref().and_then(OutputFormat::of);
        self.format.or(by_name).unwrap_or(OutputFormat::Text)
    }

    /// Whether the texts are all that is kept of the input.
    fn shows_texts(&self, format: OutputFormat) -> bool {
        let is_printed = self.output.is_none() && format.is_readable() && self.keep.is_none();
        is_printed || format == OutputFormat::Text
    }

    fn select(&self, table: &Table, format: OutputFormat) -> anyhow::Result<Selection> {
        anyhow::ensure!(
            format != OutputFormat::Text || self.keep.is_none(),
            "--keep: expected --format csv, json, jsonl, arrow or parquet, found text, which has \
             no other columns"
        );
        let text = self.text_column.as_deref().unwrap_or(TEXT);
        let texts = [text.to_owned()];
        let keep = if self.shows_texts(format) { Some(&texts[..]) } else { self.keep.as_deref() };
        Selection::new(&table.path, &table.schema, text, keep)
    }

    /// Everything that the output depends on.
    fn describe(
        &self,
        source: &Source,
        format: OutputFormat,
        model: &str,
    ) -> anyhow::Result<Value> {
        let Source::File(path) = source else {
            anyhow::bail!(
                "--resume: expected a file as --input, found standard input, which can't be read again"
            );
        };
        anyhow::ensure!(
            !matches!(format, OutputFormat::Text | OutputFormat::Json),
            "--resume: expected --format csv, jsonl, arrow, arrow-file or parquet"
        );
        let file = fs::metadata(path).with_context(|| path.display().to_string())?;
        let modified = file.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(json!({
            "undertone": env!("CARGO_PKG_VERSION"),
            "model": model,
            "input": path.canonicalize()?.to_string_lossy(),
            "bytes": file.len(),
            "modified": format!("{}.{:09}", modified.as_secs(), modified.subsec_nanos()),
            "input_format": format!("{:?}", self.input_format()),
            "encoding": self.encoding,
            "text_column": self.text_column,
            "keep": self.keep,
            "prefix": self.prefix,
            "format": format!("{format:?}"),
            "part_rows": self.part_rows,
        }))
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// The schema of a column of texts alone, under the name that texts have everywhere.
fn texts_alone(schema: &arrow_schema::Schema) -> arrow_schema::SchemaRef {
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_name(TEXT));
    std::sync::Arc::new(arrow_schema::Schema::new(fields.collect::<Vec<_>>()))
}

/// An error of Arrow's with what is inside it as its own kind: a reader or writer of ours, or the
/// operating system.
fn arrow_error(error: ArrowError) -> anyhow::Error {
    match error {
        ArrowError::IoError(_, error) => error.into(),
        ArrowError::ExternalError(error) => anyhow::anyhow!(error),
        other => other.into(),
    }
}
