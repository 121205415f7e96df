//! The summary of `undertone train` with all documents in memory, as text or as JSON.

use std::io::Write;
use std::path::Path;

use ndarray::Axis;
use serde::Serialize;
use undertone::train::run::Lbfgs;
use undertone::train::tune::Tuning;
use undertone::train::{Corpus, FoldScores, Metrics, Step, Trained};

use super::progress::Progress;
use super::search::SearchReport;
use super::spellings::Spellings;
use crate::table;

/// The most different weights of documents for which scores are shown by weight.
const MOST_WEIGHTS: usize = 8;

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    documents: usize,
    labels: Vec<LabelCount<'a>>,
    #[serde(flatten)]
    spellings: Spellings<'a>,
    /// The number of texts that occur more than once.
    duplicates: usize,
    /// The number of those texts that have different labels.
    conflicting: usize,
    features: usize,
    tuning: Option<&'a Tuning>,
    search: Option<&'a SearchReport>,
    c: f64,
    iterations: u32,
    converged: bool,
    objective: f64,
    cv: Option<CvReport<'a>>,
    /// The scores in cross-validation without pruning and quantisation.
    cv_full: Option<CvReport<'a>>,
    model: ModelReport<'a>,
    report: Option<&'a Path>,
    seconds: Seconds,
}

#[derive(Debug, Serialize)]
pub(super) struct LabelCount<'a> {
    pub(super) label: &'a str,
    pub(super) documents: u64,
}

#[derive(Debug, Serialize)]
struct CvReport<'a> {
    accuracy: f64,
    accuracy_deviation: f64,
    macro_f1: f64,
    macro_f1_deviation: f64,
    log_loss: f64,
    log_loss_deviation: f64,
    calibration_error: f64,
    folds: usize,
    per_fold: Vec<FoldReport>,
    /// The scores of documents of each weight, the heaviest first; empty if all weights are equal.
    by_weight: Vec<WeightReport>,
    labels: &'a [String],
    confusion: Vec<Vec<u64>>,
}

#[derive(Debug, Serialize)]
struct WeightReport {
    weight: f64,
    n: usize,
    accuracy: f64,
    macro_f1: f64,
    log_loss: f64,
}

#[derive(Debug, Serialize)]
struct FoldReport {
    n: usize,
    accuracy: f64,
    macro_f1: f64,
    log_loss: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct ModelReport<'a> {
    pub(super) path: &'a Path,
    pub(super) bytes: usize,
}

#[derive(Debug, Serialize)]
struct Seconds {
    read: f64,
    tuning: f64,
    cross_validation: f64,
    fit: f64,
    learning_curve: f64,
    total: f64,
}

impl<'a> Summary<'a> {
    pub(super) fn new(
        trained: &'a Trained,
        lbfgs: &'a Lbfgs,
        model: ModelReport<'a>,
        report: Option<&'a Path>,
        progress: &Progress,
        search: Option<&'a SearchReport>,
    ) -> Self {
        let corpus = &lbfgs.corpus;
        let validation = lbfgs.validation.as_ref();
        Self {
            documents: corpus.documents.len(),
            labels: LabelCount::of(&trained.label_counts),
            spellings: Spellings::of(trained, Some(corpus)),
            duplicates: lbfgs.duplicates.texts.len(),
            conflicting: lbfgs.duplicates.conflicting.len(),
            features: trained.classifier.features(),
            tuning: lbfgs.tuning.as_ref(),
            search,
            c: trained.recipe.solver.c,
            iterations: lbfgs.iterations,
            converged: lbfgs.converged,
            objective: lbfgs.objective,
            cv: validation.map(|validation| cv_report(&validation.shipped, corpus)),
            cv_full: validation
                .and_then(|validation| validation.full.as_ref())
                .map(|full| cv_report(full, corpus)),
            model,
            report,
            seconds: Seconds {
                read: progress.seconds(Step::Read),
                tuning: progress.seconds(Step::Tune),
                cross_validation: progress.seconds(Step::CrossValidate),
                fit: progress.seconds(Step::Fit),
                learning_curve: progress.seconds(Step::LearningCurve),
                total: progress.total(),
            },
        }
    }

    /// Prints the summary as text; `pooled` are the scores over all folds.
    pub(super) fn print(&self, pooled: Option<&Metrics>) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        write!(out, "{} documents:", self.documents)?;
        for (index, label) in self.labels.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma} {} {}", label.documents, label.label)?;
        }
        writeln!(out)?;
        self.spellings.write(&mut out)?;
        writeln!(
            out,
            "{} duplicate texts, {} with different labels",
            self.duplicates, self.conflicting
        )?;
        writeln!(out, "{} features", self.features)?;
        if let Some(tuning) = self.tuning {
            writeln!(out)?;
            table::write_tuning(&mut out, tuning)?;
        }
        if let (Some(cv), Some(pooled)) = (&self.cv, pooled) {
            writeln!(out, "\n{}-fold stratified cross-validation", cv.folds)?;
            writeln!(out, "  accuracy  {:.3} ± {:.3}", cv.accuracy, cv.accuracy_deviation)?;
            writeln!(out, "  macro-F1  {:.3} ± {:.3}", cv.macro_f1, cv.macro_f1_deviation)?;
            writeln!(out, "  log-loss  {:.3} ± {:.3}", cv.log_loss, cv.log_loss_deviation)?;
            writeln!(out, "  expected calibration error  {:.3}", cv.calibration_error)?;
            for weight in &cv.by_weight {
                writeln!(
                    out,
                    "  {} documents of weight {}: accuracy {:.3}, macro-F1 {:.3}, log-loss {:.3}",
                    weight.n, weight.weight, weight.accuracy, weight.macro_f1, weight.log_loss
                )?;
            }
            if let Some(full) = &self.cv_full {
                writeln!(
                    out,
                    "  before pruning and quantisation: accuracy {:.3}, macro-F1 {:.3}, log-loss {:.3}",
                    full.accuracy, full.macro_f1, full.log_loss
                )?;
            }
            writeln!(out)?;
            table::write_classes(&mut out, &pooled.per_class)?;
            writeln!(out)?;
            table::write_confusion(&mut out, pooled)?;
        }
        let Seconds { read, tuning, cross_validation, fit, learning_curve, total } = self.seconds;
        writeln!(
            out,
            "\n{} steps to objective {:.6}{}",
            self.iterations,
            self.objective,
            if self.converged { "" } else { " (not converged: raise --max-iterations)" }
        )?;
        write!(out, "{total:.2} s: reading and counting {read:.2}, ")?;
        if self.tuning.is_some() {
            write!(out, "choice of C {tuning:.2}, ")?;
        } else if self.search.is_some() {
            write!(out, "search {tuning:.2}, ")?;
        }
        write!(out, "cross-validation {cross_validation:.2}, fit {fit:.2}")?;
        if self.report.is_some() {
            write!(out, ", learning curve {learning_curve:.2}")?;
        }
        writeln!(out)?;
        writeln!(out, "wrote {} ({} bytes)", self.model.path.display(), self.model.bytes)?;
        if let Some(path) = self.report {
            writeln!(out, "wrote {}", path.display())?;
        }
        Ok(())
    }
}

impl<'a> LabelCount<'a> {
    /// Reports of labels with their numbers of documents.
    pub(super) fn of(counts: &'a [(String, u64)]) -> Vec<Self> {
        counts.iter().map(|(label, documents)| Self { label, documents: *documents }).collect()
    }
}

fn cv_report<'a>(validation: &FoldScores, corpus: &'a Corpus) -> CvReport<'a> {
    let accuracy = validation.spread(|fold| fold.accuracy);
    let macro_f1 = validation.spread(|fold| fold.macro_f1);
    let log_loss = validation.spread(|fold| fold.log_loss);
    CvReport {
        accuracy: accuracy.mean,
        accuracy_deviation: accuracy.deviation,
        macro_f1: macro_f1.mean,
        macro_f1_deviation: macro_f1.deviation,
        log_loss: log_loss.mean,
        log_loss_deviation: log_loss.deviation,
        calibration_error: validation.pooled.calibration_error,
        folds: validation.folds.len(),
        per_fold: validation
            .folds
            .iter()
            .map(|fold| FoldReport {
                n: fold.n,
                accuracy: fold.accuracy,
                macro_f1: fold.macro_f1,
                log_loss: fold.log_loss,
            })
            .collect(),
        by_weight: by_weight(validation, corpus),
        labels: &corpus.labels,
        confusion: validation.pooled.confusion.rows().into_iter().map(|row| row.to_vec()).collect(),
    }
}

/// The scores of documents of each weight, if there are several.
fn by_weight(validation: &FoldScores, corpus: &Corpus) -> Vec<WeightReport> {
    let weight = |&document: &u32| corpus.documents[document as usize].weight;
    let mut weights: Vec<f64> = validation.documents.iter().map(weight).collect();
    weights.sort_by(|one, other| other.total_cmp(one));
    weights.dedup();
    // With very many weights the documents don't fall into classes.
    if !(2..=MOST_WEIGHTS).contains(&weights.len()) {
        return Vec::new();
    }
    let of_weight = |wanted: f64| {
        let documents = validation.documents.iter().enumerate();
        let rows: Vec<usize> = documents
            .filter(|(_, document)| weight(document) == wanted)
            .map(|(row, _)| row)
            .collect();
        let label = |&row: &usize| corpus.documents[validation.documents[row] as usize].label;
        let labels: Vec<usize> = rows.iter().map(label).collect();
        let probabilities = validation.probabilities.select(Axis(0), &rows);
        let metrics = Metrics::measure(&corpus.labels, &labels, probabilities.view());
        WeightReport {
            weight: wanted,
            n: metrics.n,
            accuracy: metrics.accuracy,
            macro_f1: metrics.macro_f1,
            log_loss: metrics.log_loss,
        }
    };
    weights.into_iter().map(of_weight).collect()
}
