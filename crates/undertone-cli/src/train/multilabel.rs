//! The summary of `undertone train` where texts have several labels, as text or as JSON.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use undertone::train::Trained;
use undertone::train::multilabel::Metrics;
pub(super) use undertone::train::multilabel::{Report as Found, Validation};

use super::progress::Progress;
use super::spellings::Spellings;
use super::summary::{LabelCount, ModelReport};
use crate::table;

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    documents: usize,
    /// The number of documents without a label.
    unlabelled: usize,
    /// The number of documents with more than one.
    several: usize,
    labels: Vec<LabelCount<'a>>,
    #[serde(flatten)]
    spellings: Spellings<'a>,
    duplicates: usize,
    conflicting: usize,
    features: usize,
    c: f64,
    iterations: u32,
    converged: bool,
    objective: f64,
    cv: Option<Cv<'a>>,
    /// The probability from which on each label is given.
    thresholds: Vec<Threshold<'a>>,
    model: ModelReport<'a>,
    report: Option<&'a Path>,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Cv<'a> {
    folds: usize,
    micro_f1: f64,
    micro_f1_deviation: f64,
    macro_f1: f64,
    macro_f1_deviation: f64,
    subset_accuracy: f64,
    subset_accuracy_deviation: f64,
    hamming_loss: f64,
    hamming_loss_deviation: f64,
    log_loss: f64,
    log_loss_deviation: f64,
    /// The scores of all folds together.
    pooled: &'a Metrics,
}

#[derive(Debug, Serialize)]
struct Threshold<'a> {
    label: &'a str,
    probability: f64,
}

impl<'a> Summary<'a> {
    pub(super) fn new(
        trained: &'a Trained,
        found: &'a Found,
        model: ModelReport<'a>,
        report: Option<&'a Path>,
        progress: &Progress,
    ) -> Self {
        let documents = found.corpus.documents.len();
        let count = |is_so: fn(usize) -> bool| {
            let labels = (0..documents).map(|document| found.corpus.labels_of(document).len());
            labels.filter(|&labels| is_so(labels)).count()
        };
        let thresholds = &trained.classifier.thresholds().confidence;
        Self {
            documents,
            unlabelled: count(|labels| labels == 0),
            several: count(|labels| labels > 1),
            labels: LabelCount::of(&trained.label_counts),
            spellings: Spellings::of(trained, Some(&found.corpus)),
            duplicates: found.duplicates.texts.len(),
            conflicting: found.duplicates.conflicting.len(),
            features: trained.classifier.features(),
            c: trained.recipe.solver.c,
            iterations: found.iterations,
            converged: found.converged,
            objective: found.objective,
            cv: found.validation.as_ref().map(Cv::of),
            thresholds: trained
                .classifier
                .labels()
                .iter()
                .zip(thresholds)
                .map(|(label, &probability)| Threshold { label, probability: probability.into() })
                .collect(),
            model,
            report,
            seconds: progress.total(),
        }
    }

    /// Prints the summary as text.
    pub(super) fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let counts: Vec<String> =
            self.labels.iter().map(|one| format!("{} {}", one.documents, one.label)).collect();
        let Self { documents, unlabelled, several, duplicates, .. } = self;
        let Self { conflicting, features, .. } = self;
        writeln!(out, "{documents} documents with several labels or none: {}", counts.join(", "))?;
        writeln!(out, "{several} with more than one label, {unlabelled} without any")?;
        if *several == 0 && *unlabelled == 0 {
            writeln!(
                out,
                "every text has one label: name the column by --label-column for a model that gives one"
            )?;
        }
        self.spellings.write(&mut out)?;
        writeln!(out, "{duplicates} duplicate texts, {conflicting} with different labels")?;
        writeln!(out, "{features} features")?;
        if let Some(cv) = &self.cv {
            writeln!(out, "\n{}-fold cross-validation, stratified by sets of labels", cv.folds)?;
            for (name, mean, deviation) in [
                ("micro-F1", cv.micro_f1, cv.micro_f1_deviation),
                ("macro-F1", cv.macro_f1, cv.macro_f1_deviation),
                ("subset accuracy", cv.subset_accuracy, cv.subset_accuracy_deviation),
                ("Hamming loss", cv.hamming_loss, cv.hamming_loss_deviation),
                ("log-loss", cv.log_loss, cv.log_loss_deviation),
            ] {
                writeln!(out, "  {name:15}  {mean:.3} ± {deviation:.3}")?;
            }
            let error = cv.pooled.calibration_error;
            writeln!(out, "  expected calibration error  {error:.3}\n")?;
            table::write_classes(&mut out, &cv.pooled.per_label)?;
        }
        writeln!(out)?;
        for Threshold { label, probability } in &self.thresholds {
            writeln!(out, "{label} is given from {probability:.3} on")?;
        }
        let (iterations, objective) = (self.iterations, self.objective);
        let more = if self.converged { "" } else { " (not converged: raise --max-iterations)" };
        writeln!(out, "\n{iterations} steps at most to objective {objective:.6}{more}")?;
        writeln!(out, "{:.2} s", self.seconds)?;
        writeln!(out, "wrote {} ({} bytes)", self.model.path.display(), self.model.bytes)?;
        match self.report {
            Some(path) => writeln!(out, "wrote {}", path.display()),
            None => Ok(()),
        }
    }
}

impl<'a> Cv<'a> {
    fn of(validation: &'a Validation) -> Self {
        let micro = validation.spread(|fold| fold.micro_f1);
        let macro_f1 = validation.spread(|fold| fold.macro_f1);
        let subset = validation.spread(|fold| fold.subset_accuracy);
        let hamming = validation.spread(|fold| fold.hamming_loss);
        let log_loss = validation.spread(|fold| fold.log_loss);
        Self {
            folds: validation.folds.len(),
            micro_f1: micro.mean,
            micro_f1_deviation: micro.deviation,
            macro_f1: macro_f1.mean,
            macro_f1_deviation: macro_f1.deviation,
            subset_accuracy: subset.mean,
            subset_accuracy_deviation: subset.deviation,
            hamming_loss: hamming.mean,
            hamming_loss_deviation: hamming.deviation,
            log_loss: log_loss.mean,
            log_loss_deviation: log_loss.deviation,
            pooled: &validation.pooled,
        }
    }
}
