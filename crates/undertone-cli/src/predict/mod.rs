//! `undertone predict`: tables → the same tables with answers.
//!
//! ```text
//! input → batches → (score, encode) on all cores → in order → sink → output
//! ```
//!
//! | file | content |
//! |---|---|
//! | `format` | the formats, and their extensions |
//! | `input/` | each format → batches of rows |
//! | `selection` | which columns are read and passed on |
//! | `choice` | which part of an answer is given |
//! | `answers` | rows → rows with answers |
//! | `ordered` | all cores, few batches in flight, and the order kept |
//! | `output/` | rows with answers → each format |
//! | `resume` | parts that outlive the process |
//! | `by_name` | rows → a balance for each name, in place of answers |

mod answers;
mod by_name;
mod choice;
mod format;
mod input;
mod ordered;
mod output;
mod resume;
mod selection;

use std::fs;
use std::io::{BufWriter, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Context;
use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use self::answers::{AnswerColumns, Counts, PROBABILITIES};
use self::choice::Choice;
use self::format::{InputFormat, OutputFormat};
use self::input::{Batches, Kept, Reading, Source, Table, cut};
use self::ordered::map_ordered;
use self::output::{Encoded, Encoder, Sink, check_fits};
use self::resume::{Job, PART_ROWS};
use self::selection::Selection;
use super::model::ModelOption;
use super::names::{By, NamesOption};
use undertone::files::Replacement;

/// The default name of the column of texts.
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
  undertone predict --input news.txt --format csv --min-confidence 0.7 --known
  undertone predict --input news.parquet --text-column title --output scores.parquet --resume
  undertone predict --input news.csv --text-column title --by name --format csv
  echo \"Exchange halts withdrawals\" | undertone predict --input -

With --min-confidence, a label that is not sure enough is left out: empty in CSV, null in JSON.

Rows keep their order, and those without text (null) have no answer. Texts that are bytes (Arrow's
and Parquet's binary) get a column `error`: a row that is not UTF-8 has its reason there and no
answer. In CSV, JSON lines and lines of text, whatever is wrong is refused with its line.

With --by name there is a line for each coin and company that texts name, with how many do and of
which label they are; the balance is (positive − negative) / headlines, from -1 to 1. A text counts
once for each name in it."
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
    /// Which list of a JSON document holds the rows, as the names that lead to it [default: the one
    /// whose objects have the texts]
    #[arg(long, value_name = "NAME.…", requires = "input")]
    list: Option<String>,
    /// The encoding of lines, csv and json, unless a byte order mark says another: utf-8, latin1,
    /// windows-1252 or another WHATWG label
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
    #[command(flatten)]
    choice: Choice,
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
    /// Print a balance for each name in place of the texts
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["keep", "prefix", "resume", "min_confidence", "top_k", "known"])]
    by: Option<By>,
    #[command(flatten)]
    names: NamesOption,
    /// How many threads score [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let said = score(arguments)?;
    if arguments.input.is_some() {
        // An error is ignored: standard error may be closed.
        let _ = writeln!(std::io::stderr(), "{said}");
    }
    Ok(())
}

/// Scores the input, and returns the summary line.
pub(super) fn score(arguments: &Arguments) -> anyhow::Result<String> {
    arguments.names.check_is_used(arguments.by.is_some(), "--by name")?;
    let model = arguments.model.identify()?;
    let classifier = &model.classifier;
    if let Some(By::Name) = arguments.by {
        return by_name::run(arguments, classifier);
    }
    let source = arguments.source();
    let format = arguments.output_format();
    format.check_is_built()?;
    let mut table = Table::open(&source, &arguments.reading()?)?;
    let mut selection = arguments.select(&table, format)?;
    let kept = arguments.kept(format);
    let mut schema = table.prepare(&mut selection, kept, arguments.keep.is_none())?;
    if arguments.shows_texts(format) {
        // In print the column of texts has the same name whatever it was called.
        schema = texts_alone(&schema);
    }
    let path = table.path.clone();
    let shown = || path.display().to_string();
    let (prefix, choice) = (&arguments.prefix, arguments.choice);
    let answers = AnswerColumns::new(classifier, &selection, &schema, prefix, choice, format)
        .with_context(shown)?;
    check_fits(format, &answers.schema, answers.kept).with_context(shown)?;
    let encoder = Encoder::new(format, &answers, classifier.labels(), table.is_csv());
    let threads = arguments.threads.map_or_else(cores, NonZero::get);
    let mut counts = Counts::default();
    let mut score =
        |batches: Batches, from, part, sink: &mut dyn FnMut(Encoded) -> anyhow::Result<()>| {
            let worker = || {
                let (mut scorer, answers, encoder) = (classifier.scorer(), &answers, &encoder);
                move |batch: RecordBatch| {
                    let (batch, counts) = answers.add_to(&batch, &mut scorer)?;
                    encoder.encode(batch, counts).with_context(shown)
                }
            };
            map_ordered(threads, cut(batches, from, part), worker, |encoded: Encoded| {
                counts.add(encoded.counts);
                sink(encoded)
            })
        };
    let mut done = 0;
    match (&arguments.output, arguments.resume) {
        (None, _) => {
            let out = BufWriter::new(std::io::stdout());
            let mut sink = Sink::new(format, &answers.schema, out)?;
            score(table.batches(&selection, 0)?, 0, u64::MAX, &mut |rows| sink.write(rows))?;
            sink.finish()?;
        }
        (Some(path), false) => {
            let out = BufWriter::new(Replacement::beside(path)?);
            let mut sink = Sink::new(format, &answers.schema, out)?;
            score(table.batches(&selection, 0)?, 0, u64::MAX, &mut |rows| sink.write(rows))?;
            let out = sink.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            out.finish(path)?;
        }
        (Some(path), true) => {
            let description = arguments.describe(&source, format, &model.sha256)?;
            let part = arguments.part_rows;
            let mut job = Job::open(path, format, answers.schema.clone(), part, &description)?;
            done = job.rows();
            score(table.batches(&selection, done)?, done, part, &mut |rows| job.write(rows))?;
            job.finish()?;
        }
    }
    Ok(format!("{}: {}", path.display(), counts.summary(done)))
}

impl Arguments {
    fn source(&self) -> Source {
        match &self.input {
            None => Source::Texts(self.texts.clone()),
            Some(path) if path == Path::new("-") => Source::Pipe,
            Some(path) => Source::File(path.clone()),
        }
    }

    /// The format of the input, if an option or its extension gives it.
    fn input_format(&self) -> Option<InputFormat> {
        let by_name = self.input.as_deref().and_then(InputFormat::of);
        let by_option = self.text_column.as_ref().map(|_| InputFormat::Csv);
        self.input_format.or(by_name).or(by_option)
    }

    fn reading(&self) -> anyhow::Result<Reading<'_>> {
        let format = self.input_format();
        if let Some(path) = self.input.as_deref().filter(|path| format::packed(path)) {
            let is_named =
                path.file_stem().is_some_and(|stem| Path::new(stem).extension().is_some());
            anyhow::ensure!(
                format.is_some() || is_named,
                "{}: expected a name that says what is packed, such as news.csv.gz, or \
                 --input-format",
                path.display()
            );
        }
        anyhow::ensure!(
            self.list.is_none() || format == Some(InputFormat::Json),
            "--list: expected a JSON document as --input, or --input-format json"
        );
        Ok(Reading {
            format,
            encoding: &self.encoding,
            text: self.text_column.as_deref().unwrap_or(TEXT),
            list: self.list.as_deref(),
        })
    }

    /// How values of JSON are kept for a format of the output.
    fn kept(&self, format: OutputFormat) -> Kept {
        match format {
            OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => Kept::Typed,
            OutputFormat::Json | OutputFormat::Jsonl if !self.shows_texts(format) => {
                let answers = ["label", "confidence", PROBABILITIES];
                let reserved = answers.map(|name| format!("{}{name}", self.prefix)).to_vec();
                Kept::Members { reserved, wanted: None }
            }
            OutputFormat::Json | OutputFormat::Jsonl | OutputFormat::Csv | OutputFormat::Text => {
                Kept::Literals
            }
        }
    }

    fn output_format(&self) -> OutputFormat {
        let by_name = self.output.as_deref().and_then(OutputFormat::of);
        self.format.or(by_name).unwrap_or(OutputFormat::Text)
    }

    /// Whether nothing but the texts is kept of the input.
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

    /// A description of everything that the output depends on.
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
            "list": self.list,
            "keep": self.keep,
            "prefix": self.prefix,
            "min_confidence": self.choice.min_confidence,
            "top_k": self.choice.top_k,
            "known": self.choice.known,
            "format": format!("{format:?}"),
            "part_rows": self.part_rows,
        }))
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// The schema of a single column of texts, under the default name.
fn texts_alone(schema: &arrow_schema::Schema) -> arrow_schema::SchemaRef {
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_name(TEXT));
    std::sync::Arc::new(arrow_schema::Schema::new(fields.collect::<Vec<_>>()))
}

/// An error of Arrow, unwrapped if it holds one of our readers and writers or of the operating
/// system.
fn arrow_error(error: ArrowError) -> anyhow::Error {
    match error {
        ArrowError::IoError(_, error) => error.into(),
        ArrowError::ExternalError(error) => anyhow::anyhow!(error),
        other => other.into(),
    }
}
