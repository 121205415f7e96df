//! `--report`: what a run of `train` or `evaluate` found, as an HTML page or as Markdown.

mod blocks;
mod chart;
mod html;
mod markdown;
mod sections;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ndarray::ArrayView2;

use undertone::Classifier;
use undertone::files::{FileError, replace_file};
use undertone::train::breakdown::Breakdown;
use undertone::train::learning_curve::Point;
use undertone::train::metrics::{CALIBRATION_BINS, CalibrationBin, calibration_bins};
use undertone::train::multilabel;
use undertone::train::run::Lbfgs;
use undertone::train::tune::Tuning;
use undertone::train::{Corpus, CrossValidation, Duplicates, FoldScores, Metrics};

/// The file of a report; its extension gives the form.
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

    /// Writes the report, completely or not at all.
    pub(super) fn write(&self, report: &Report<'_>) -> Result<(), FileError> {
        let document = sections::document(report);
        let text = match self.form {
            Form::Html => html::page(&document),
            Form::Markdown => markdown::text(&document),
        };
        replace_file(&self.path, text.as_bytes())
    }
}

/// The content of a report. The same content gives the same bytes.
#[derive(Debug)]
pub(super) struct Report<'a> {
    title: &'static str,
    /// A sentence on how the predictions were made.
    method: String,
    corpus: &'a Corpus,
    duplicates: &'a Duplicates,
    model: &'a Classifier,
    /// The size of model.bin in bytes.
    bytes: usize,
    tuning: Option<&'a Tuning>,
    validation: Option<&'a CrossValidation>,
    /// The scores; `None` for training without cross-validation.
    scored: Option<Scored<'a>>,
    /// The scores of sets of labels, where texts have several.
    sets: Option<&'a multilabel::Metrics>,
    /// Those of each fold.
    sets_by_fold: Option<&'a multilabel::Validation>,
    /// The scores by parts and groups, if they were asked for.
    breakdown: Option<&'a Breakdown>,
    curve: &'a [Point],
}

/// The n documents that were scored, with their scores.
#[derive(Debug)]
pub(super) struct Scored<'a> {
    metrics: &'a Metrics,
    /// The documents, indices into the corpus.
    documents: &'a [u32],
    /// The right classes of the documents, among the model's.
    truth: &'a [usize],
    /// The probability of each of the model's labels, n×K.
    probabilities: ArrayView2<'a, f64>,
    bins: [CalibrationBin; CALIBRATION_BINS],
}

impl<'a> Scored<'a> {
    /// Scores documents whose right classes are `truth`, n of them, among the labels of the model.
    pub(super) fn new(
        metrics: &'a Metrics,
        documents: &'a [u32],
        truth: &'a [usize],
        probabilities: ArrayView2<'a, f64>,
    ) -> Self {
        let bins = calibration_bins(truth, probabilities);
        Self { metrics, documents, truth, probabilities, bins }
    }
}

impl<'a> Report<'a> {
    /// The report of `undertone evaluate`.
    pub(super) fn of_evaluation(
        corpus: &'a Corpus,
        duplicates: &'a Duplicates,
        model: &'a Classifier,
        bytes: usize,
        scored: Scored<'a>,
        breakdown: Option<&'a Breakdown>,
    ) -> Self {
        Self {
            title: "Evaluation report",
            method: "Every document was scored by the model as it is shipped.".to_owned(),
            corpus,
            duplicates,
            model,
            bytes,
            tuning: None,
            validation: None,
            scored: Some(scored),
            sets: None,
            sets_by_fold: None,
            breakdown,
            curve: &[],
        }
    }

    /// The report of `undertone train`: what it found, and the model as it is shipped.
    pub(super) fn of_training(found: &'a Lbfgs, model: &'a Classifier, bytes: usize) -> Self {
        let corpus = &found.corpus;
        let validation = found.validation.as_ref();
        let scored = validation.map(|CrossValidation { shipped, .. }| {
            let FoldScores { pooled, documents, truth, probabilities, .. } = shipped;
            Scored::new(pooled, documents, truth, probabilities.view())
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
            title: "Training report",
            method,
            corpus,
            duplicates: &found.duplicates,
            model,
            bytes,
            tuning: found.tuning.as_ref(),
            validation,
            scored,
            sets: None,
            sets_by_fold: None,
            breakdown: None,
            curve: &found.learning_curve,
        }
    }

    /// The report of `undertone train` where texts have several labels.
    pub(super) fn of_sets(
        found: &'a multilabel::Report,
        model: &'a Classifier,
        bytes: usize,
    ) -> Self {
        let validation = found.validation.as_ref();
        let method = match validation {
            None => "No cross-validation was asked for, so nothing was scored.".to_owned(),
            Some(validation) => format!(
                "Texts have several labels, or none. Scores are out of fold: {}-fold \
                 cross-validation, stratified by sets of labels; every document scored by a model \
                 that did not see it, and given labels by thresholds that it had no part in.",
                validation.folds.len()
            ),
        };
        Self {
            title: "Training report",
            method,
            corpus: &found.corpus,
            duplicates: &found.duplicates,
            model,
            bytes,
            tuning: None,
            validation: None,
            scored: None,
            sets: validation.map(|validation| &validation.pooled),
            sets_by_fold: validation,
            breakdown: None,
            curve: &[],
        }
    }

    /// The report of `undertone evaluate` where texts have several labels.
    pub(super) fn of_evaluated_sets(
        corpus: &'a Corpus,
        duplicates: &'a Duplicates,
        model: &'a Classifier,
        bytes: usize,
        sets: &'a multilabel::Metrics,
    ) -> Self {
        let method = "Every document was scored by the model as it is shipped, and given every \
                      label by its threshold.";
        Self {
            title: "Evaluation report",
            method: method.to_owned(),
            corpus,
            duplicates,
            model,
            bytes,
            tuning: None,
            validation: None,
            scored: None,
            sets: Some(sets),
            sets_by_fold: None,
            breakdown: None,
            curve: &[],
        }
    }
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
