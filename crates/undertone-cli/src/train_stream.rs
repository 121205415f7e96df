//! `undertone train --solver sgd`

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use super::print_json;
use super::train::{LabelCount, ModelReport, progress_bar};
use undertone::files::replace_file;
use undertone::format;
use undertone::provenance::Provenance;
use undertone::train::sgd::Progressive;
use undertone::train::{Recipe, fit_stream};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    documents: u64,
    labels: Vec<LabelCount<'a>>,
    features: usize,
    /// No document frequency is too low by more than this.
    missed: u32,
    passes: u32,
    progressive: Progressive,
    model: ModelReport<'a>,
    seconds: f64,
}

pub(super) fn train_stream(out: &Path, json: bool, recipe: &Recipe) -> anyhow::Result<()> {
    let start = Instant::now();
    let progress = progress_bar(recipe.solver.passes + 1);
    let streamed = fit_stream(recipe, || progress.inc(1))?;
    progress.finish_and_clear();
    let labels = streamed.labels.clone();
    let (documents, features) = (streamed.documents, streamed.features);
    let (missed, progressive) = (streamed.missed, streamed.progressive);
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        recipe: recipe.hash(|set| streamed.sets[set].sha256.clone()),
        date: recipe.date.clone(),
        licence: recipe.licence.clone(),
        data: streamed.sets.clone(),
        scores: None,
    };
    let bytes = format::write(&streamed.classifier(provenance)?, recipe.model.precision.into())?;
    replace_file(out, &bytes)?;

    let passes = recipe.solver.passes;
    let seconds = start.elapsed().as_secs_f64();
    if json {
        return print_json(&Report {
            documents,
            labels: labels
                .iter()
                .map(|(label, documents)| LabelCount { label, documents: *documents as usize })
                .collect(),
            features,
            missed,
            passes,
            progressive,
            model: ModelReport { path: out, bytes: bytes.len() },
            seconds,
        });
    }
    let mut out_stream = std::io::stdout().lock();
    let counts: Vec<String> =
        labels.iter().map(|(label, documents)| format!("{documents} {label}")).collect();
    writeln!(out_stream, "{documents} documents: {}", counts.join(", "))?;
    write!(out_stream, "{features} features")?;
    if missed > 0 {
        write!(out_stream, "; rarer ones dropped, document frequencies exact to {missed}")?;
    }
    let Progressive { accuracy, log_loss } = progressive;
    writeln!(out_stream, "\n\neach text scored before it was learnt (first of {passes} passes)")?;
    writeln!(out_stream, "  accuracy  {accuracy:.3}\n  log-loss  {log_loss:.3}\n")?;
    writeln!(out_stream, "{seconds:.2} s: {passes} passes after one to count")?;
    writeln!(out_stream, "wrote {} ({} bytes)", out.display(), bytes.len())?;
    Ok(())
}
