//! `--report`: what a run of `train` or `evaluate` found, as a page or as Markdown.

mod chart;
mod html;
mod markdown;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ndarray::ArrayView2;

use super::inspect::{LabelReport, strongest};
use undertone::Classifier;
use undertone::files::{FileError, replace_file};
use undertone::link::arg_max;
use undertone::train::breakdown::{Breakdown, Scores};
use undertone::train::learning_curve::Point;
use undertone::train::metrics::{CALIBRATION_BINS, calibration_bins};
use undertone::train::tune::Tuning;
use undertone::train::{Corpus, CrossValidation, Duplicates, Metrics};

/// Strongest features of each label.
const FEATURES: usize = 15;
/// Mistakes listed.
const MISTAKES: usize = 20;
/// Contradictions listed.
const CONFLICTS: usize = 10;

/// Where a report goes; the ending says in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReportFile {
    path: PathBuf,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Html,
    Markdown,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let form = match path.extension().and_then(|ending| ending.to_str()) {
            Some("html") => Form::Html,
            Some("md") => Form::Markdown,
            _ => {
                return Err("expected a name that ends in .html or .md, such as report.html".into());
            }
        };
        Ok(Self { path, form })
    }
}

impl ReportFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the report, whole or not at all.
    pub(super) fn write(&self, report: &Report<'_>) -> Result<(), FileError> {
        let text = match self.form {
            Form::Html => html::page(report),
            Form::Markdown => markdown::document(report),
        };
        replace_file(&self.path, text.as_bytes())
    }
}

/// What a report holds; the same data give the same report, to the byte.
#[derive(Debug)]
pub(super) struct Report<'a> {
    title: &'static str,
    /// How the predictions were made, as a sentence.
    method: String,
    /// The model's; K.
    labels: &'a [String],
    model: &'a Classifier,
    /// The length of model.bin.
    bytes: usize,
    data: Vec<DataSet<'a>>,
    repeated_texts: usize,
    /// How many of them have different labels, and the first of those.
    conflicting_texts: usize,
    conflicts: Vec<Vec<Sample<'a>>>,
    tuning: Option<&'a Tuning>,
    validation: Option<&'a CrossValidation>,
    /// None where nothing was scored: training without cross-validation.
    scored: Option<Scored<'a>>,
    /// None where it was not asked for.
    breakdown: Option<&'a Breakdown>,
    curve: &'a [Point],
    features: Vec<LabelReport<'a>>,
}

#[derive(Debug)]
struct DataSet<'a> {
    name: &'a str,
    is_tested: bool,
    /// Documents of each label, K.
    classes: Vec<u64>,
}

/// A labelled document.
#[derive(Debug)]
struct Sample<'a> {
    text: &'a str,
    label: &'a str,
    file: &'a str,
    line: u64,
}

#[derive(Debug)]
struct Scored<'a> {
    metrics: Metrics,
    reliability: Vec<Bin>,
    /// The most confident first.
    mistakes: Vec<Mistake<'a>>,
}

/// A bin of the reliability diagram; those without documents are left out.
#[derive(Debug)]
struct Bin {
    /// Its bounds, 0 to 1.
    from: f64,
    to: f64,
    documents: u64,
    /// The mean of the highest probabilities.
    confidence: f64,
    /// The share of documents that are right.
    accuracy: f64,
}

#[derive(Debug)]
struct Mistake<'a> {
    sample: Sample<'a>,
    predicted: &'a str,
    probability: f64,
}

/// What was scored: documents, their right classes among the model's, and probabilities (n×K).
#[derive(Debug)]
pub(super) struct Predictions<'a> {
    pub(super) documents: &'a [u32],
    pub(super) truth: &'a [usize],
    pub(super) probabilities: ArrayView2<'a, f64>,
}

impl<'a> Report<'a> {
    /// The report of `undertone evaluate`.
    pub(super) fn of_evaluation(
        corpus: &'a Corpus,
        duplicates: &Duplicates,
        model: &'a Classifier,
        bytes: usize,
        predictions: &Predictions<'_>,
    ) -> Self {
        Self {
            scored: Some(Scored::new(corpus, model.labels(), predictions)),
            ..Self::new("Evaluation report", corpus, duplicates, model, bytes)
        }
        .with_method("Every document was scored by the model as it is shipped.".to_owned())
    }

    /// The report of `undertone train`.
    pub(super) fn of_training(
        corpus: &'a Corpus,
        duplicates: &Duplicates,
        model: &'a Classifier,
        bytes: usize,
        tuning: Option<&'a Tuning>,
        validation: Option<&'a CrossValidation>,
        curve: &'a [Point],
    ) -> Self {
        let scored = validation.map(|validation| {
            let documents = &validation.shipped.documents;
            let truth: Vec<usize> =
                documents.iter().map(|&d| corpus.documents[d as usize].label).collect();
            let probabilities = validation.shipped.probabilities.view();
            let predictions = Predictions { documents, truth: &truth, probabilities };
            Scored::new(corpus, model.labels(), &predictions)
        });
        let method = match validation {
            None => "No cross-validation was asked for, so nothing was scored.".to_owned(),
            Some(validation) => format!(
                "Scores are out of fold: {}-fold stratified cross-validation, every document \
                 scored by a model that did not see it.",
                validation.shipped.folds.len()
            ),
        };
        Self {
            tuning,
            validation,
            scored,
            curve,
            ..Self::new("Training report", corpus, duplicates, model, bytes)
        }
        .with_method(method)
    }

    /// The same with the scores of parts and groups.
    pub(super) fn with_breakdown(self, breakdown: Option<&'a Breakdown>) -> Self {
        Self { breakdown, ..self }
    }

    fn with_method(self, method: String) -> Self {
        Self { method, ..self }
    }

    fn new(
        title: &'static str,
        corpus: &'a Corpus,
        duplicates: &Duplicates,
        model: &'a Classifier,
        bytes: usize,
    ) -> Self {
        let labels = model.labels();
        let mut data: Vec<DataSet<'_>> = corpus
            .sets
            .iter()
            .map(|set| DataSet {
                name: &set.name,
                is_tested: false,
                classes: vec![0; labels.len()],
            })
            .collect();
        for (index, document) in corpus.documents.iter().enumerate() {
            let set = &mut data[document.set];
            set.is_tested = corpus.is_tested(index);
            // The corpus may lack some of the model's labels.
            let label = &corpus.labels[document.label];
            if let Some(class) = labels.iter().position(|known| known == label) {
                set.classes[class] += 1;
            }
        }
        let conflicts = duplicates.conflicting.iter().take(CONFLICTS);
        Self {
            title,
            method: String::new(),
            labels,
            model,
            bytes,
            data,
            repeated_texts: duplicates.texts.len(),
            conflicting_texts: duplicates.conflicting.len(),
            conflicts: conflicts
                .map(|documents| documents.iter().map(|&d| Sample::new(corpus, d)).collect())
                .collect(),
            tuning: None,
            validation: None,
            scored: None,
            breakdown: None,
            curve: &[],
            features: strongest(model, FEATURES),
        }
    }
}

impl<'a> Sample<'a> {
    fn new(corpus: &'a Corpus, document: usize) -> Self {
        let document = &corpus.documents[document];
        Self {
            text: document.text.trim(),
            label: &corpus.labels[document.label],
            file: &corpus.sets[document.set].name,
            line: document.line,
        }
    }
}

impl<'a> Scored<'a> {
    fn new(corpus: &'a Corpus, labels: &'a [String], predictions: &Predictions<'_>) -> Self {
        let Predictions { documents, truth, probabilities } = *predictions;
        let mut mistakes = Vec::new();
        for ((&document, &class), row) in documents.iter().zip(truth).zip(probabilities.rows()) {
            let row = row.to_vec();
            let predicted = arg_max(&row);
            if predicted != class {
                mistakes.push(Mistake {
                    sample: Sample::new(corpus, document as usize),
                    predicted: &labels[predicted],
                    probability: row[predicted],
                });
            }
        }
        mistakes.sort_by(|one, other| {
            let place = |mistake: &Mistake<'a>| (mistake.sample.file, mistake.sample.line);
            other.probability.total_cmp(&one.probability).then(place(one).cmp(&place(other)))
        });
        mistakes.truncate(MISTAKES);
        let bins = calibration_bins(truth, probabilities);
        let reliability = bins.iter().enumerate().filter(|(_, bin)| bin.documents > 0);
        Self {
            metrics: Metrics::measure(labels, truth, probabilities),
            reliability: reliability
                .map(|(number, bin)| Bin {
                    from: number as f64 / CALIBRATION_BINS as f64,
                    to: (number + 1) as f64 / CALIBRATION_BINS as f64,
                    documents: bin.documents,
                    confidence: bin.confidence / bin.documents as f64,
                    accuracy: bin.right as f64 / bin.documents as f64,
                })
                .collect(),
            mistakes,
        }
    }
}

/// The shares that a breakdown scores lines by, each with its name, in the order of its table;
/// those of groups only where groups were asked for.
fn shares(scores: &Scores) -> Vec<(&'static str, Option<f64>)> {
    let mut shares = vec![("accuracy", Some(scores.accuracy))];
    if let Some(groups) = &scores.groups {
        shares.push(("groups right", groups.groups_right));
        shares.push(("invariance", groups.invariance));
    }
    shares
}

/// The rows of a breakdown's table, each with its value; the last is that of all lines.
fn parts(breakdown: &Breakdown) -> impl Iterator<Item = (&str, &Scores)> {
    let parts = breakdown.parts.iter().map(|part| (&part.value[..], &part.scores));
    parts.chain([("all", &breakdown.total)])
}

/// What a breakdown's section is called.
fn breakdown_title(breakdown: &Breakdown) -> String {
    match &breakdown.by {
        Some(column) => format!("By {column}"),
        None => "Groups".to_owned(),
    }
}

/// What a breakdown's groups are, where it has any.
fn about_groups(breakdown: &Breakdown) -> Option<String> {
    let column = breakdown.group.as_deref()?;
    Some(format!(
        "Lines of a file with the same value of {column} are a group; it is right when all of its \
         lines are. Invariance: of the groups whose lines all have one label, the share whose lines \
         all have one prediction."
    ))
}

/// A share as a percentage with one decimal.
fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_chooses_the_form() {
        let form = |name: &str| name.parse::<ReportFile>().map(|file| file.form);
        assert_eq!(form("a/report.html"), Ok(Form::Html));
        assert_eq!(form("report.md"), Ok(Form::Markdown));
        for name in ["report.pdf", "report", ".html", "html", "report.HTML.gz"] {
            assert!(form(name).is_err(), "{name}");
        }
    }
}
