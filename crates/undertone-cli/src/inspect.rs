//! `undertone inspect`: what a model was trained on, its sizes and its strongest features.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::import::IMPORTED;
use super::{model, print_json};
use undertone::answer::Info;
use undertone::files::read_file;
use undertone::{Classifier, Link};

/// Show what a model was trained on, its sizes and its strongest features
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone inspect model.bin
  undertone inspect model.bin --top 50 --json")]
pub(super) struct Arguments {
    /// The model
    #[arg(value_name = "FILE")]
    model: PathBuf,
    /// How many of the strongest features of each label to show
    #[arg(long, value_name = "N", default_value_t = 15)]
    top: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    bytes: usize,
    #[serde(flatten)]
    info: Info<'a>,
    vectorizers: Vec<VectorizerReport<'a>>,
    top: Vec<LabelReport<'a>>,
}

#[derive(Debug, Serialize)]
struct VectorizerReport<'a> {
    analyzer: &'a str,
    ngrams: (u8, u8),
    features: usize,
    documents: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct LabelReport<'a> {
    pub(super) label: &'a str,
    bias: f64,
    pub(super) features: Vec<Weighted<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Weighted<'a> {
    pub(super) feature: &'a str,
    pub(super) weight: f32,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let classifier = model::open(&arguments.model)?;
    let report = Report {
        bytes: read_file(&arguments.model)?.len(),
        info: classifier.info(),
        vectorizers: classifier
            .vectorizers()
            .iter()
            .map(|vectorizer| {
                let settings = vectorizer.analyzer().settings();
                VectorizerReport {
                    analyzer: settings.kind.as_str(),
                    ngrams: settings.ngrams,
                    features: vectorizer.vocabulary().len(),
                    documents: vectorizer.documents(),
                }
            })
            .collect(),
        top: strongest(&classifier, arguments.top),
    };
    if arguments.json {
        return print_json(&report);
    }
    print_text(&report)?;
    Ok(())
}

/// The features with the highest coefficients of each label.
pub(super) fn strongest(classifier: &Classifier, top: usize) -> Vec<LabelReport<'_>> {
    let classes = classifier.labels().len();
    let features = classifier.vectorizers().iter().flat_map(|v| v.vocabulary().features());
    let rows: Vec<(&str, &[f32])> =
        features.zip(classifier.coefficients().chunks_exact(classes)).collect();
    let labels = classifier.labels().iter().zip(classifier.bias()).enumerate();
    labels
        .map(|(class, (label, &bias))| {
            let mut order: Vec<&(&str, &[f32])> = rows.iter().collect();
            order.sort_by(|(_, one), (_, other)| other[class].total_cmp(&one[class]));
            let features = order
                .iter()
                .take(top)
                .map(|(feature, weights)| Weighted { feature, weight: weights[class] })
                .collect();
            LabelReport { label, bias, features }
        })
        .collect()
}

fn print_text(report: &Report<'_>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let Report { bytes, info, vectorizers, top } = report;
    let provenance = info.provenance;
    writeln!(out, "{bytes} bytes, {} features, labels {}", info.features, info.labels.join(", "))?;
    let imported = provenance.data.iter().any(|set| set.name.starts_with(IMPORTED));
    let done = if imported { "imported" } else { "trained" };
    write!(out, "{done} by undertone {}", provenance.version)?;
    if !provenance.date.is_empty() {
        write!(out, ", {}", provenance.date)?;
    }
    if !provenance.licence.is_empty() {
        write!(out, "\nlicence {}", provenance.licence)?;
    }
    writeln!(out, "\nrecipe {}", provenance.recipe)?;
    for set in &provenance.data {
        let documents = match set.documents {
            0 => "known of words".to_owned(),
            documents => format!("{documents} documents"),
        };
        writeln!(out, "data   {} ({documents}, sha256 {})", set.name, set.sha256)?;
    }
    if provenance.grown > 0 {
        let s = if provenance.grown == 1 { "" } else { "s" };
        writeln!(out, "grown  by {} word{s}", provenance.grown)?;
    }
    if let Some(scores) = provenance.scores {
        writeln!(
            out,
            "scores {}-fold cross-validation: accuracy {:.3}, macro-F1 {:.3}, log-loss {:.3}, \
             calibration error {:.3}",
            scores.folds,
            scores.accuracy,
            scores.macro_f1,
            scores.log_loss,
            scores.calibration_error
        )?;
    }
    for vectorizer in vectorizers {
        let (fewest, most) = vectorizer.ngrams;
        writeln!(
            out,
            "vectorizer {} ({fewest}, {most}): {} features from {} documents",
            vectorizer.analyzer, vectorizer.features, vectorizer.documents
        )?;
    }
    let several = if info.link == Link::Independent.as_str() {
        ": a text has every label from its threshold on"
    } else {
        ""
    };
    writeln!(out, "probabilities by {}{several}", info.link)?;
    let thresholds = &info.thresholds;
    for (label, least) in info.labels.iter().zip(thresholds.confidence.values()) {
        if *least > 0.0 {
            writeln!(out, "threshold {label} from {least:.3} on")?;
        }
    }
    if thresholds.known > 0.0 {
        writeln!(out, "foreign where less than {:.3} is known", thresholds.known)?;
    }
    for label in top {
        writeln!(out, "\n{} (bias {:+.3})", label.label, label.bias)?;
        for Weighted { feature, weight } in &label.features {
            writeln!(out, "  {weight:+.3}  {}", feature.escape_debug())?;
        }
    }
    Ok(())
}
