//! `undertone predict`

use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use serde::Serialize;

use super::model::ModelOption;
use crate::Classifier;
use crate::answer::Answer;
use crate::train::corpus::{Table, read_file};
use crate::train::recipe::DataSource;
use crate::train::stream::decode;

/// Score texts
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("source").args(["texts", "input"]).required(true)),
    after_help = "\
Examples:
  undertone predict \"Bitcoin rallies after upbeat inflation report\"
  undertone predict --input headlines.txt --format csv
  undertone predict --input news.csv --text-column title --format jsonl
  echo \"Exchange halts withdrawals\" | undertone predict --input -"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    model: ModelOption,
    /// The texts
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// Read the texts from a file, one a line, or from standard input with -
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The input is CSV with a header; score this column
    #[arg(long, value_name = "NAME", requires = "input")]
    text_column: Option<String>,
    /// The input's encoding: utf-8, latin1, windows-1252 or another WHATWG label
    #[arg(long, default_value = "utf-8", requires = "input")]
    encoding: String,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Label, probability and text in columns
    Text,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// CSV: text, label, confidence, and a column for each label
    Csv,
}

#[derive(Debug, Serialize)]
struct Scored<'a> {
    text: &'a str,
    #[serde(flatten)]
    answer: Answer<'a>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let classifier = arguments.model.open()?;
    let texts = arguments.read()?;
    let predictions = classifier.predict_batch(&texts);
    let scored = texts
        .iter()
        .zip(predictions)
        .map(|(text, prediction)| Scored { text, answer: classifier.answer(prediction) });
    let mut out = BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        Format::Text => write_text(&mut out, &classifier, scored)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &scored.collect::<Vec<_>>())?;
            writeln!(out)?;
        }
        Format::Jsonl => {
            for scored in scored {
                serde_json::to_writer(&mut out, &scored)?;
                writeln!(out)?;
            }
        }
        Format::Csv => write_csv(&mut out, &classifier, scored)?,
    }
    out.flush()?;
    Ok(())
}

impl Arguments {
    fn read(&self) -> anyhow::Result<Vec<String>> {
        let Some(path) = &self.input else {
            return Ok(self.texts.clone());
        };
        let (path, bytes) = if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes)?;
            (Path::new("standard input"), bytes)
        } else {
            (path.as_path(), read_file(path)?)
        };
        let Some(text_column) = &self.text_column else {
            let text = decode(path, &bytes, &self.encoding)?;
            return Ok(text.lines().map(str::to_owned).collect());
        };
        let source = DataSource {
            path: path.to_owned(),
            encoding: self.encoding.clone(),
            ..DataSource::default()
        };
        let table = Table::parse(path, &bytes, &source)?;
        let column = table.column(&source, text_column, "--text-column")?;
        let cells = table.rows.iter().map(|(_, row)| row.get(column).unwrap_or_default());
        Ok(cells.map(str::to_owned).collect())
    }
}

fn write_text<'a>(
    out: &mut impl Write,
    classifier: &Classifier,
    scored: impl Iterator<Item = Scored<'a>>,
) -> std::io::Result<()> {
    let width = classifier.labels().iter().map(|label| label.chars().count()).max().unwrap_or(0);
    for Scored { text, answer } in scored {
        // A control character in a pasted text must not move the reader's cursor.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        writeln!(out, "{:width$}  {:>4.0}%  {text}", answer.label, 100.0 * answer.confidence)?;
    }
    Ok(())
}

fn write_csv<'a>(
    out: &mut impl Write,
    classifier: &Classifier,
    scored: impl Iterator<Item = Scored<'a>>,
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let labels = classifier.labels().iter().map(String::as_str);
    writer.write_record(["text", "label", "confidence"].into_iter().chain(labels))?;
    for Scored { text, answer } in scored {
        let numbers = std::iter::once(&answer.confidence).chain(answer.probabilities.values());
        let numbers: Vec<String> = numbers.map(f64::to_string).collect();
        let cells = [text, answer.label].into_iter().chain(numbers.iter().map(String::as_str));
        writer.write_record(cells)?;
    }
    writer.flush()?;
    Ok(())
}
