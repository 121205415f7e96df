//! `undertone import`: a pipeline of scikit-learn or Spark → a model.

mod frequencies;
mod pipeline;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use sha2::{Digest, Sha256};

use undertone::files::{hex, read_file, replace_file};
use undertone::format::{self, Precision};
use undertone::provenance::{DataSet, Provenance};
use undertone::{Classifier, Link};

use pipeline::{Check, Pipeline};

/// The beginning of the name of an imported model's data set.
pub(super) const IMPORTED: &str = "imported from ";

/// The difference from the source that a probability or margin may always have, however small its
/// terms are.
const TOLERANCE: f64 = 1e-6;
/// The rounding error of a term, in proportion: coefficient and value are 32-bit floats, which
/// round to 2⁻²⁴, and the value is a product of three.
const ROUNDING: f64 = 4.0 / (1 << 24) as f64;
/// The power of e that is the smallest normal 64-bit float. If a sigmoid is below that, so is what
/// scikit-learn divides by.
const SMALLEST: f64 = -708.4;

/// Make a model.bin of a pipeline that was fitted with scikit-learn or Spark
#[derive(Debug, Args)]
#[command(after_help = "\
The exporters that write a pipeline.json are in integrations/.

Examples:
  undertone import pipeline.json --out model.bin
  undertone import pipeline.json --precision int8
  undertone import svc.json --uncalibrated")]
pub(super) struct Arguments {
    /// What the exporter wrote
    #[arg(value_name = "FILE")]
    pipeline: PathBuf,
    /// Where to write the model
    #[arg(long, value_name = "FILE", default_value = "model.bin")]
    out: PathBuf,
    /// How coefficients are stored; int8 is a quarter of the size, and no longer exact
    #[arg(long, value_enum, default_value = "float32")]
    precision: Precision,
    /// Take a classifier that has margins and no probabilities: its labels are right, its
    /// confidences are not calibrated probabilities
    #[arg(long)]
    uncalibrated: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let name = || arguments.pipeline.display().to_string();
    let json = read_file(&arguments.pipeline)?;
    let pipeline: Pipeline = serde_json::from_slice(&json).with_context(|| {
        format!("{}: expected what an exporter of integrations/ writes; export it again", name())
    })?;
    let provenance = Provenance::default()
        .version(env!("CARGO_PKG_VERSION"))
        .recipe(hex(&Sha256::digest(&json)))
        .data([DataSet::default().name(format!("{IMPORTED}{}", pipeline.source))]);
    let checks = pipeline.check.clone();
    let source = pipeline.source.clone();
    let exact = pipeline.classifier(provenance).with_context(name)?;
    ensure!(
        exact.link() != Link::Margins || arguments.uncalibrated,
        "{}: expected a classifier with probabilities, found one with margins alone (LinearSVC or a \
         hinge loss); calibrate it where it was fitted, for instance with \
         CalibratedClassifierCV(classifier, ensemble=False), or give --uncalibrated if only the \
         labels count",
        name()
    );
    let checked = check(&exact, &checks).with_context(name)?;

    let precision = arguments.precision;
    ensure!(
        precision == Precision::Float32 || exact.link() == Link::Softmax,
        "{}: expected a softmax for --precision int8, found {}; give --precision float32",
        name(),
        exact.link().as_str()
    );
    let bytes = format::write(&exact, precision)?;
    // The model is opened before it replaces a file.
    let written = Classifier::open(&bytes).with_context(name)?;
    replace_file(&arguments.out, &bytes)?;

    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{}: {} bytes, {} features, labels {}, {} from {source}",
        arguments.out.display(),
        bytes.len(),
        written.features(),
        written.labels().join(", "),
        written.link().as_str(),
    )?;
    match checked {
        None => writeln!(
            out,
            "nothing was checked: {} holds no text with what the pipeline says of it",
            name()
        )?,
        Some(Checked { largest, underflown }) => {
            writeln!(out, "{} texts checked, largest difference {largest:.1e}", checks.len())?;
            if underflown > 0 {
                writeln!(
                    out,
                    "{underflown} of them have sigmoids too small for a float, so that the source \
                     can't tell the labels apart; this model can"
                )?;
            }
        }
    }
    if precision == Precision::Int8 && !checks.is_empty() {
        let kept = checks
            .iter()
            .filter(|check| written.predict(&check.text).class == exact.predict(&check.text).class);
        writeln!(out, "int8: {} of them keep their label", kept.count())?;
    }
    Ok(())
}

/// The result of comparing a model with its source.
#[derive(Debug, Default)]
struct Checked {
    /// The largest difference; in proportion for numbers beyond ±1.
    largest: f64,
    /// The number of texts whose probabilities are too small for the floats of the source.
    underflown: usize,
}

/// A number that differs from its source by more than rounding explains.
struct Wrong<'a> {
    text: &'a str,
    expected: f64,
    found: f64,
    allowed: f64,
}

/// Compares the predictions of a classifier with those of its source; `None` if there is no text to
/// check.
///
/// # Errors
/// The text whose difference is the furthest beyond what rounding explains.
fn check(classifier: &Classifier, checks: &[Check]) -> anyhow::Result<Option<Checked>> {
    if checks.is_empty() {
        return Ok(None);
    }
    let sizes = sizes(classifier)?;
    let mut checked = Checked::default();
    let mut worst: Option<Wrong<'_>> = None;
    for Check { text, expected } in checks {
        let logits = classifier.logits(text);
        // The rounding error of each logit.
        let slack: Vec<f64> = sizes.logits(text).iter().map(|size| ROUNDING * size).collect();
        let is_margin = classifier.link() == Link::Margins;
        let found = if is_margin { logits.clone() } else { classifier.predict(text).probabilities };
        // For two labels the source may have one margin, that of the second.
        let from = if expected.len() == 1 && found.len() == 2 { 1 } else { 0 };
        let (found, slack) = (&found[from..], &slack[from..]);
        ensure!(
            found.len() == expected.len(),
            "check of {text:?}: expected {} numbers, found {}; export it again",
            found.len(),
            expected.len()
        );
        if classifier.link() == Link::OneVsRest && is_underflown(&logits, expected) {
            checked.underflown += 1;
            continue;
        }
        let most = slack.iter().copied().fold(0.0, f64::max);
        for ((&found, &expected), slack) in found.iter().zip(expected).zip(slack) {
            let difference = (found - expected).abs();
            let allowed = TOLERANCE
                + if is_margin {
                    slack + TOLERANCE * expected.abs()
                } else {
                    // The derivative of a probability p by its own logit is p (1 − p); those by all
                    // other logits are together no more than that.
                    let slope = |p: f64| (p * (1.0 - p)).abs();
                    2.0 * slope(found).max(slope(expected)) * most
                };
            checked.largest = checked.largest.max(difference / expected.abs().max(1.0));
            let excess = |wrong: &Wrong<'_>| (wrong.found - wrong.expected).abs() / wrong.allowed;
            let one = Wrong { text, expected, found, allowed };
            // NaN is wrong, too.
            let is_wrong = difference.is_nan() || difference > allowed;
            if is_wrong && worst.as_ref().is_none_or(|worst| excess(&one) > excess(worst)) {
                worst = Some(one);
            }
        }
    }
    match worst {
        None => Ok(Some(checked)),
        Some(Wrong { text, expected, found, allowed }) => Err(anyhow::anyhow!(
            "check of {text:?}: expected {expected}, found {found}, where rounding explains \
             {allowed:.1e}; the pipeline does something that was not carried over, so nothing was \
             written; please report it with the file"
        )),
    }
}

/// A classifier whose logits are the sums of the absolute values of a classifier's terms: rounding
/// is in proportion to these, not to what is left when terms cancel.
fn sizes(classifier: &Classifier) -> anyhow::Result<Classifier> {
    Ok(Classifier::from_parts(
        classifier.labels().to_vec(),
        classifier.vectorizers().to_vec(),
        classifier.coefficients().iter().map(|coefficient| coefficient.abs()).collect(),
        classifier.bias().iter().map(|bias| bias.abs()).collect(),
        Provenance::default(),
    )?)
}

/// Whether all sigmoids underflow, and the prediction of the source is what is then left: quotients
/// of subnormal floats, or the same for each label if all are zero.
fn is_underflown(logits: &[f64], expected: &[f64]) -> bool {
    if logits.iter().any(|&logit| logit >= SMALLEST) {
        return false;
    }
    let sigmoids: Vec<f64> = logits.iter().map(|&logit| libm::exp(logit)).collect();
    let sum: f64 = sigmoids.iter().sum();
    let same = 1.0 / logits.len() as f64;
    let is_near = |one: f64, other: f64| (one - other).abs() <= TOLERANCE;
    expected.iter().all(|&expected| is_near(expected, same))
        || sum > 0.0
            && sigmoids.iter().zip(expected).all(|(&sigmoid, &p)| is_near(sigmoid / sum, p))
}
