//! The summary of `undertone train --solver sgd`, as text or as JSON.

use std::io::{self, Write};

use serde::Serialize;
use undertone::train::Trained;
use undertone::train::run::Sgd;
use undertone::train::sgd::Progressive;

use super::spellings::Spellings;
use super::summary::{LabelCount, ModelReport};

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    documents: u64,
    labels: Vec<LabelCount<'a>>,
    #[serde(flatten)]
    spellings: Spellings<'a>,
    features: usize,
    /// The most by which a document frequency may be too low.
    missed: u32,
    passes: u32,
    progressive: Progressive,
    model: ModelReport<'a>,
    seconds: f64,
}

impl<'a> Summary<'a> {
    pub(super) fn new(
        trained: &'a Trained,
        Sgd { missed, progressive, .. }: Sgd,
        model: ModelReport<'a>,
        seconds: f64,
    ) -> Self {
        Self {
            documents: trained.label_counts.iter().map(|(_, documents)| documents).sum(),
            labels: LabelCount::of(&trained.label_counts),
            spellings: Spellings::of(trained, None),
            features: trained.classifier.features(),
            missed,
            passes: trained.recipe.solver.passes,
            progressive,
            model,
            seconds,
        }
    }

    /// Prints the summary as text.
    pub(super) fn print(&self) -> io::Result<()> {
        let Self { documents, features, missed, passes, model, seconds, .. } = self;
        let mut out = io::stdout().lock();
        let counts: Vec<String> = self
            .labels
            .iter()
            .map(|label| format!("{} {}", label.documents, label.label))
            .collect();
        writeln!(out, "{documents} documents: {}", counts.join(", "))?;
        self.spellings.write(&mut out)?;
        write!(out, "{features} features")?;
        if *missed > 0 {
            write!(out, "; rarer ones dropped, document frequencies exact to {missed}")?;
        }
        let Progressive { accuracy, log_loss } = self.progressive;
        writeln!(out, "\n\neach text scored before it was learnt (first of {passes} passes)")?;
        writeln!(out, "  accuracy  {accuracy:.3}\n  log-loss  {log_loss:.3}\n")?;
        writeln!(out, "{seconds:.2} s: {passes} passes after one to count")?;
        writeln!(out, "wrote {} ({} bytes)", model.path.display(), model.bytes)
    }
}
