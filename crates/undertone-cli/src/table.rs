//! Scores as text tables.

use std::io::{self, Write};

use undertone::train::Metrics;
use undertone::train::breakdown::{Breakdown, Scores};
use undertone::train::metrics::ClassMetrics;
use undertone::train::search::{Found, Trial, Within};
use undertone::train::tune::{Candidate, Criterion, Tuning};

/// Writes the confusion matrix: a row for each right label, a column for each predicted one.
pub(super) fn write_confusion(out: &mut impl Write, metrics: &Metrics) -> io::Result<()> {
    let labels: Vec<&str> = metrics.per_class.iter().map(|class| class.label.as_str()).collect();
    let widest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let width = widest.max(6);
    writeln!(out, "confusion (rows: right label, columns: predicted)")?;
    write!(out, "  {:width$}", "")?;
    for label in &labels {
        write!(out, "  {label:>width$}")?;
    }
    writeln!(out)?;
    for (label, row) in labels.iter().zip(metrics.confusion.rows()) {
        write!(out, "  {label:width$}")?;
        for count in row {
            write!(out, "  {count:>width$}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes the scores of each C, with a mark at the chosen one.
pub(super) fn write_tuning(out: &mut impl Write, tuning: &Tuning) -> io::Result<()> {
    writeln!(out, "       C       accuracy       macro-F1       log-loss")?;
    for candidate in &tuning.candidates {
        write!(out, "  {:>6}", candidate.c)?;
        for spread in [candidate.accuracy, candidate.macro_f1, candidate.log_loss] {
            write!(out, "  {:.3} ± {:.3}", spread.mean, spread.deviation)?;
        }
        writeln!(out, "{}", if candidate.c == tuning.c { "  chosen" } else { "" })?;
    }
    writeln!(out, "{}", Tuning::CAVEAT)
}

/// Writes the trials of a search with their scores, and a mark at the best one.
pub(super) fn write_trials(
    out: &mut impl Write,
    trials: &[Trial],
    best: u32,
    metric: &Criterion,
) -> io::Result<()> {
    let is_of_label = matches!(metric, Criterion::F1(_));
    write!(out, "trial       C       accuracy       macro-F1       log-loss")?;
    writeln!(out, "{}", if is_of_label { format!("  {metric:>13}") } else { String::new() })?;
    for trial in trials {
        write!(out, "{:>5}  {:>6}", trial.number, trial.c)?;
        let Candidate { accuracy, macro_f1, log_loss, deciding, .. } = trial.scores;
        let of_label = is_of_label.then_some(deciding);
        for spread in [accuracy, macro_f1, log_loss].into_iter().chain(of_label) {
            write!(out, "  {:.3} ± {:.3}", spread.mean, spread.deviation)?;
        }
        writeln!(
            out,
            "  {}{}",
            trial.settings,
            if trial.number == best { " (chosen)" } else { "" }
        )?;
        if let Some(Within { features, bytes, score, .. }) = &trial.within {
            writeln!(
                out,
                "       in 8 bits: {features} features, {bytes} bytes, {metric} {:.3} ± {:.3}",
                score.mean, score.deviation
            )?;
        }
    }
    writeln!(out, "{}", Found::CAVEAT)
}

/// Writes the scores of each value of a column, and of all lines.
pub(super) fn write_breakdown(out: &mut impl Write, breakdown: &Breakdown) -> io::Result<()> {
    let name = breakdown.by.as_deref().unwrap_or_default();
    let values = || breakdown.parts.iter().map(|part| &part.value[..]);
    let widest = values().chain([name]).map(|text| text.chars().count()).max();
    let width = widest.unwrap_or(0).max(3);
    write!(out, "  {name:width$}  {:>6}  accuracy", "lines")?;
    if breakdown.group.is_some() {
        write!(out, "  groups  groups right  invariance")?;
    }
    writeln!(out)?;
    let mut write = |value: &str, scores: &Scores| {
        write!(out, "  {value:width$}  {:>6}  {:>8.3}", scores.lines, scores.accuracy)?;
        if let Some(groups) = &scores.groups {
            let share = |share: Option<f64>| share.map_or("–".to_owned(), |s| format!("{s:.3}"));
            let (right, invariance) = (share(groups.groups_right), share(groups.invariance));
            write!(out, "  {:>6}  {right:>12}  {invariance:>10}", groups.groups)?;
        }
        writeln!(out)
    };
    for part in &breakdown.parts {
        write(&part.value, &part.scores)?;
    }
    write("all", &breakdown.total)
}

/// Writes precision, recall and F1 of each class.
pub(super) fn write_classes(out: &mut impl Write, classes: &[ClassMetrics]) -> io::Result<()> {
    let widest = classes.iter().map(|class| class.label.chars().count()).max();
    let width = widest.unwrap_or(0).max(5);
    writeln!(out, "  {:width$}  precision  recall      f1  support", "label")?;
    for class in classes {
        writeln!(
            out,
            "  {:width$}  {:>9.3}  {:>6.3}  {:>6.3}  {:>7}",
            class.label, class.precision, class.recall, class.f1, class.support
        )?;
    }
    Ok(())
}
