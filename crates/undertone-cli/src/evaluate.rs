//! `undertone evaluate`: the scores of a model on labelled data.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use ndarray::Array2;
use serde::Serialize;

use super::data::DataOptions;
use super::report::{Report, ReportFile, Scored};
use super::{model, print_json, table};
use undertone::Classifier;
use undertone::files::{Place, read_file};
use undertone::train::breakdown::{Breakdown, Column, Lines};
use undertone::train::spellings::label_key;
use undertone::train::{Corpus, Error, Metrics, multilabel};

/// Score a model against labelled data
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone evaluate --model model.bin --data held-out.csv
  undertone evaluate --model model.bin --data held-out.csv --json
  undertone evaluate --model model.bin --data held-out.csv --report report.html
  undertone evaluate --model model.bin --data behaviour.csv --group group --by capability")]
pub(super) struct Arguments {
    /// The model.bin to score
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    #[command(flatten)]
    data: DataOptions,
    /// Score the lines of each value of this column by themselves, too
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// Score groups, too: lines of a file with the same value in this column. Prints the share of
    /// groups that are right in every line, and the invariance: of the groups with one label, the
    /// share with one prediction
    #[arg(long, value_name = "COLUMN")]
    group: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write a report too: FILE.html a page, FILE.md Markdown
    #[arg(long, value_name = "FILE")]
    report: Option<ReportFile>,
}

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
struct Evaluation<'a> {
    #[serde(flatten)]
    metrics: &'a Metrics,
    #[serde(skip_serializing_if = "Option::is_none")]
    breakdown: Option<&'a Breakdown>,
}

/// The class of a label among the model's, of which it may differ in case or space if they are to
/// be joined.
fn class_of(labels: &[String], label: &str, place: Place, joins: bool) -> Result<usize, Error> {
    if let Some(class) = labels.iter().position(|known| known == label) {
        return Ok(class);
    }
    let (label, key) = (label.to_owned(), label_key(label));
    match labels.iter().position(|known| label_key(known) == key) {
        Some(class) if joins => Ok(class),
        Some(class) => Err(Error::OtherSpelling { place, label, known: labels[class].clone() }),
        None => Err(Error::UnknownLabel { place, label, known: labels.to_vec() }),
    }
}

/// Scores a model that gives several labels.
fn evaluate_sets(
    arguments: &Arguments,
    classifier: &Classifier,
    corpus: &Corpus,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        arguments.by.is_none() && arguments.group.is_none(),
        "--by and --group: expected a model that gives one label a text, found one that gives several"
    );
    let labels = classifier.labels();
    let size = (corpus.documents.len(), labels.len());
    let (mut truth, mut given) = (Array2::from_elem(size, false), Array2::from_elem(size, false));
    for row in 0..corpus.documents.len() {
        for &label in corpus.labels_of(row) {
            let (place, joins) = (corpus.label_place(row), arguments.data.join_labels);
            truth[(row, class_of(labels, &corpus.labels[label], place, joins)?)] = true;
        }
    }
    let texts: Vec<&str> = corpus.documents.iter().map(|document| &document.text[..]).collect();
    let predictions = classifier.predict_batch(&texts);
    for (row, prediction) in predictions.iter().enumerate() {
        classifier.given(prediction, 0.0).for_each(|class| given[(row, class)] = true);
    }
    let probabilities =
        Array2::from_shape_fn(size, |(row, class)| predictions[row].probabilities[class]);
    let metrics =
        multilabel::Metrics::measure(labels, truth.view(), given.view(), probabilities.view());
    if let Some(file) = &arguments.report {
        let (bytes, duplicates) = (read_file(&arguments.model)?.len(), corpus.duplicates());
        let report = Report::of_evaluated_sets(corpus, &duplicates, classifier, bytes, &metrics);
        file.write(&report)?;
    }
    if arguments.json {
        return print_json(&metrics);
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} documents", metrics.n)?;
    writeln!(out, "  micro-F1  {:.3}", metrics.micro_f1)?;
    writeln!(out, "  macro-F1  {:.3}", metrics.macro_f1)?;
    writeln!(out, "  subset accuracy  {:.3}", metrics.subset_accuracy)?;
    writeln!(out, "  Hamming loss  {:.3}", metrics.hamming_loss)?;
    writeln!(out, "  log-loss  {:.3}", metrics.log_loss)?;
    writeln!(out, "  expected calibration error  {:.3}\n", metrics.calibration_error)?;
    table::write_classes(&mut out, &metrics.per_label)?;
    if let Some(file) = &arguments.report {
        writeln!(out, "\nwrote {}", file.path().display())?;
    }
    Ok(())
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    anyhow::ensure!(!arguments.data.data.is_empty(), "expected --data FILE, found none");
    let classifier = model::open(&arguments.model)?;
    let (by, group) = (arguments.by.as_deref(), arguments.group.as_deref());
    let columns: Vec<(&str, &'static str)> = [(by, "--by"), (group, "--group")]
        .into_iter()
        .filter_map(|(name, option)| Some((name?, option)))
        .collect();
    let corpus = Corpus::read_with_columns(&arguments.data.sources(), &columns)?;
    if classifier.gives_several() {
        return evaluate_sets(arguments, &classifier, &corpus);
    }
    anyhow::ensure!(
        !corpus.has_several,
        "expected a column of one label a text (--label-column) for a model that gives one, found \
         a column of several"
    );
    let labels = classifier.labels();
    let mut truth = Vec::with_capacity(corpus.documents.len());
    for (index, document) in corpus.documents.iter().enumerate() {
        let label = &corpus.labels[document.label];
        let place = corpus.label_place(index);
        truth.push(class_of(labels, label, place, arguments.data.join_labels)?);
    }
    let texts: Vec<&str> = corpus.documents.iter().map(|document| &document.text[..]).collect();
    let predictions = classifier.predict_batch(&texts);
    let probabilities = Array2::from_shape_fn((texts.len(), labels.len()), |(row, class)| {
        predictions[row].probabilities[class]
    });
    let metrics = Metrics::measure(labels, &truth, probabilities.view());
    let breakdown = (!columns.is_empty()).then(|| {
        let predicted: Vec<usize> = predictions.iter().map(|prediction| prediction.class).collect();
        let files: Vec<usize> = corpus.documents.iter().map(|document| document.set).collect();
        let lines = Lines { truth: &truth, predicted: &predicted, files: &files };
        let by = by.map(|name| Column { name, values: corpus.cells(0) });
        let last = columns.len() - 1;
        let group = group.map(|name| Column { name, values: corpus.cells(last) });
        Breakdown::measure(lines, by, group)
    });
    if let Some(file) = &arguments.report {
        let documents: Vec<u32> = (0..texts.len() as u32).collect();
        let bytes = read_file(&arguments.model)?.len();
        let scored = Scored::new(&metrics, &documents, &truth, probabilities.view());
        let duplicates = corpus.duplicates();
        let breakdown = breakdown.as_ref();
        file.write(&Report::of_evaluation(
            &corpus,
            &duplicates,
            &classifier,
            bytes,
            scored,
            breakdown,
        ))?;
    }
    if arguments.json {
        return print_json(&Evaluation { metrics: &metrics, breakdown: breakdown.as_ref() });
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} documents", metrics.n)?;
    writeln!(out, "  accuracy  {:.3}", metrics.accuracy)?;
    writeln!(out, "  macro-F1  {:.3}", metrics.macro_f1)?;
    writeln!(out, "  log-loss  {:.3}", metrics.log_loss)?;
    writeln!(out, "  expected calibration error  {:.3}\n", metrics.calibration_error)?;
    table::write_classes(&mut out, &metrics.per_class)?;
    writeln!(out)?;
    table::write_confusion(&mut out, &metrics)?;
    if let Some(breakdown) = &breakdown {
        writeln!(out)?;
        table::write_breakdown(&mut out, breakdown)?;
    }
    if let Some(file) = &arguments.report {
        writeln!(out, "\nwrote {}", file.path().display())?;
    }
    Ok(())
}
