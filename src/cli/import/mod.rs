//! `undertone import`

mod frequencies;
mod pipeline;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use sha2::{Digest, Sha256};

use crate::classifier::{Classifier, Link};
use crate::format::{self, Precision};
use crate::provenance::{DataSet, Provenance};
use crate::train::corpus::read_file;
use crate::train::recipe::{PrecisionName, hex};
use crate::train::replace_file;

use pipeline::{Check, Pipeline};

/// How the data set of an imported model begins.
pub(super) const IMPORTED: &str = "imported from ";

/// Probabilities and margins may be so far from what they were where the model comes from; margins
/// beyond ±1 so far in proportion. 32-bit floats stay two orders of magnitude below.
const TOLERANCE: f64 = 1e-6;

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
    precision: PrecisionName,
    /// Take a classifier that has margins and no probabilities: its labels are right, how sure it
    /// is of them is anybody's guess
    #[arg(long)]
    uncalibrated: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let name = || arguments.pipeline.display().to_string();
    let json = read_file(&arguments.pipeline)?;
    let pipeline: Pipeline = serde_json::from_slice(&json).with_context(|| {
        format!("{}: expected what an exporter of integrations/ writes; export it again", name())
    })?;
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        recipe: hex(&Sha256::digest(&json)),
        data: vec![DataSet {
            name: format!("{IMPORTED}{}", pipeline.source),
            ..DataSet::default()
        }],
        ..Provenance::default()
    };
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
    let difference = largest_difference(&exact, &checks).with_context(name)?;

    let precision = Precision::from(arguments.precision);
    ensure!(
        precision == Precision::Float32 || exact.link() == Link::Softmax,
        "{}: expected a softmax for --precision int8, found {}; give --precision float32",
        name(),
        exact.link().name()
    );
    let bytes = format::write(&exact, precision)?;
    // What is written is opened before it replaces anything.
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
        written.link().name(),
    )?;
    match difference {
        None => writeln!(
            out,
            "nothing was checked: {} holds no text with what the pipeline says of it",
            name()
        )?,
        Some(difference) => {
            writeln!(out, "{} texts checked, largest difference {difference:.1e}", checks.len())?
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

/// How far the classifier is at most from what its source says, none without a text to check on.
fn largest_difference(classifier: &Classifier, checks: &[Check]) -> anyhow::Result<Option<f64>> {
    let mut largest = None;
    for Check { text, expected } in checks {
        let found = if classifier.link() == Link::Margins {
            classifier.logits(text)
        } else {
            classifier.predict(text).probabilities
        };
        // Of two labels there may be one margin, the second label's.
        let found = match expected.len() {
            1 if found.len() == 2 => &found[1..],
            _ => &found[..],
        };
        ensure!(
            found.len() == expected.len(),
            "check of {text:?}: expected {} numbers, found {}; export it again",
            found.len(),
            expected.len()
        );
        for (found, expected) in found.iter().zip(expected) {
            let difference = (found - expected).abs() / expected.abs().max(1.0);
            ensure!(
                difference <= TOLERANCE,
                "check of {text:?}: expected {expected}, found {found}; the pipeline does something \
                 that was not carried over, so nothing was written; please report it with the file"
            );
            largest = Some(difference.max(largest.unwrap_or_default()));
        }
    }
    Ok(largest)
}
