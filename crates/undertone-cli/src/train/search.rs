//! `train --tune`: C over a grid, or the search for a whole recipe, within a size and a time.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Args;
use serde::Serialize;
use undertone::files::replace_file;
use undertone::train::search::{Found, TRIALS, Trial};
use undertone::train::tune::Criterion;
use undertone::train::{Corpus, Observer, Recipe, Search, Step, Trained, Training};

use super::progress::Progress;
use super::{head_start, training};
use crate::table;

/// A number of bytes, as `40KB` says it; 1 KB is 1000 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bytes(usize);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
            "" | "b" => 1.0,
            "k" | "kb" => 1e3,
            "m" | "mb" => 1e6,
            _ => return Err("expected a number and B, KB or MB, such as 40KB".to_owned()),
        };
        match digits.parse::<f64>() {
            Ok(number) if number > 0.0 && number * unit <= 1e12 => {
                Ok(Self((number * unit) as usize))
            }
            _ => Err("expected a size above 0, such as 40KB".to_owned()),
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Cross-validation")]
pub(super) struct TuneOptions {
    /// Search n-grams, min_df, scales, class weights, word vectors and C by cross-validation, from
    /// the options given; or, with values, choose C alone from these
    #[arg(
        long, value_name = "C,…", value_delimiter = ',', num_args = 0.., require_equals = true,
        conflicts_with = "c"
    )]
    tune: Option<Vec<f64>>,
    /// The score that --tune goes by: log-loss, accuracy, macro-f1, or f1:LABEL
    #[arg(
        long,
        alias = "tune-by",
        value_name = "SCORE",
        default_value = "log-loss",
        requires = "tune"
    )]
    metric: Criterion,
    /// Leave word vectors and the built-in model out of --tune's search, as for data that this
    /// model was trained on
    #[arg(long, requires = "tune", conflicts_with = "vectors")]
    no_vectors: bool,
    /// Let --tune search words and characters alone, so that undertone/small opens the model: no
    /// cues, no changes, and neither word vectors nor the built-in model
    #[arg(long, requires = "tune", conflicts_with = "vectors")]
    words_alone: bool,
    /// How many recipes --tune tries; with the same data and number it finds the same one
    #[arg(long, value_name = "N", default_value_t = TRIALS, requires = "tune")]
    trials: u32,
    /// Begin no trial after so many minutes; the command says which --trials make the same search
    #[arg(long, value_name = "N", requires = "tune")]
    minutes: Option<f64>,
    /// Keep so many features, in 8 bits, that the model has at most this size after brotli, such as
    /// 40KB (1 KB is 1000 bytes)
    #[arg(long, value_name = "SIZE", requires = "tune")]
    max_size: Option<Bytes>,
    /// Write the recipe that --tune found there, and don't print it
    #[arg(long, value_name = "FILE", requires = "tune")]
    recipe_out: Option<PathBuf>,
}

/// What a search found, for `--json`.
#[derive(Debug, Serialize)]
pub(super) struct SearchReport {
    metric: Criterion,
    trials: Vec<Trial>,
    /// The number of the best trial.
    best: u32,
    /// The number of trials that were made.
    tried: u32,
    /// Whether `--minutes` ended it.
    stopped: bool,
    /// The size of the model after brotli, with `--max-size`.
    packed_bytes: Option<usize>,
    recipe: String,
    seconds: f64,
}

impl TuneOptions {
    /// Whether C or a whole recipe is chosen.
    pub(super) fn is_asked_for(&self) -> bool {
        self.tune.is_some()
    }

    /// Whether a whole recipe is searched.
    pub(super) fn is_search(&self) -> bool {
        self.tune.as_ref().is_some_and(Vec::is_empty)
    }

    /// Refuses what belongs to a search where C alone is chosen, and what this build can't do.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let is_search_set = self.minutes.is_some()
            || self.max_size.is_some()
            || self.recipe_out.is_some()
            || self.no_vectors
            || self.words_alone
            || self.trials != TRIALS;
        ensure!(
            self.is_search() || !is_search_set,
            "--trials, --minutes, --max-size, --no-vectors, --words-alone and --recipe-out: expected --tune \
             without values, found --tune with values of C"
        );
        let minutes = self.minutes.unwrap_or(0.0);
        ensure!(
            minutes.is_finite() && (0.0..=1e6).contains(&minutes),
            "--minutes: expected 0 or more, at most a million, found {minutes}"
        );
        ensure!(
            self.max_size.is_none() || cfg!(feature = "training"),
            "--max-size: this build of the command, as the one in the container, can't measure \
             sizes; take a build with the feature `training`"
        );
        Ok(())
    }

    /// The training that chooses C from the values given, if C alone is chosen.
    pub(super) fn grid<'r>(&self, training: Training<'r>) -> Training<'r> {
        match &self.tune {
            Some(grid) if !grid.is_empty() => training.tune(grid, self.metric.clone()),
            _ => training,
        }
    }

    /// Searches a recipe, and trains its model. The bytes keep to the size.
    pub(super) fn search(
        &self,
        start: &Recipe,
        progress: &mut Progress,
        has_curve: bool,
    ) -> anyhow::Result<(Trained, Vec<u8>, SearchReport)> {
        start.check()?;
        progress.on(Step::Read, 0, 1);
        let corpus = Corpus::of(start)?;
        progress.on(Step::Read, 1, 1);

        let since = Instant::now();
        let most = self.minutes.map(|minutes| Duration::from_secs_f64(60.0 * minutes));
        let mut search = Search::new(start, self.metric.clone()).trials(self.trials);
        if let Some(own) = head_start::own().filter(|_| !self.no_vectors) {
            search = search.with_head_start(own);
        }
        if self.words_alone {
            search = search.words_alone();
        }
        if let Some(Bytes(most)) = self.max_size {
            search = search.within(most, &packed);
        }
        progress.on(Step::Tune, 0, self.trials);
        let mut stopped = false;
        let mut searched = Cow::Borrowed(&corpus);
        if start.join_labels {
            searched.to_mut().join_labels();
        }
        let found = search.run(&searched, |trial| {
            progress.on(Step::Tune, trial.number, self.trials);
            stopped =
                trial.number < self.trials && most.is_some_and(|most| since.elapsed() >= most);
            !stopped
        })?;
        let seconds = since.elapsed().as_secs_f64();
        let Found { mut recipe, trials, best, tried, .. } = found;

        let (trained, bytes, packed_bytes) = loop {
            let trained = training(&recipe, has_curve).on(corpus.clone()).run(progress)?;
            let bytes = trained.to_bytes()?;
            let Some(Bytes(most)) = self.max_size else { break (trained, bytes, None) };
            let size = packed(&bytes);
            if size <= most {
                break (trained, bytes, Some(size));
            }
            // The search measured before the last fit, and without thresholds.
            let features = trained.classifier.features();
            let fewer = (features as f64 * most as f64 / size as f64 * 0.995) as usize;
            ensure!(
                features > 1,
                "--max-size: expected at least {size} bytes, which the model has with one feature, \
                 found {most}"
            );
            recipe.model.features = fewer.clamp(1, features - 1);
        };
        for (source, set) in recipe.data.iter_mut().zip(&trained.classifier.provenance().data) {
            source.sha256.clone_from(&set.sha256);
        }
        let beside = self.recipe_out.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let recipe = recipe.to_toml(beside)?;
        if let Some(path) = &self.recipe_out {
            replace_file(path, recipe.as_bytes())?;
        }
        let best = trials[best].number;
        let metric = self.metric.clone();
        let report =
            SearchReport { metric, trials, best, tried, stopped, packed_bytes, recipe, seconds };
        Ok((trained, bytes, report))
    }

    /// Prints what was found.
    pub(super) fn print(&self, report: &SearchReport) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        table::write_trials(&mut out, &report.trials, report.best, &report.metric)?;
        let SearchReport { tried, seconds, .. } = report;
        writeln!(out, "{tried} trials in {seconds:.1} s")?;
        if report.stopped {
            writeln!(out, "--minutes ended the search; --trials {tried} makes the same one")?;
        }
        match &self.recipe_out {
            Some(path) => writeln!(out, "wrote {}", path.display())?,
            None => writeln!(out, "\nthe recipe:\n\n{}", report.recipe)?,
        }
        if let Some(bytes) = report.packed_bytes {
            writeln!(out, "the model has {bytes} bytes after brotli")?;
        }
        writeln!(out)
    }
}

/// The length of bytes after brotli of the highest quality, as a server packs files in advance.
#[cfg(feature = "training")]
fn packed(bytes: &[u8]) -> usize {
    let mut packed = Vec::new();
    let quality = brotli::enc::BrotliEncoderParams::default();
    // Neither a slice nor a vector fails.
    match brotli::BrotliCompress(&mut &bytes[..], &mut packed, &quality) {
        Ok(_) => packed.len(),
        Err(_) => usize::MAX,
    }
}

/// A build that can't measure, which [`TuneOptions::check`] refuses before.
#[cfg(not(feature = "training"))]
fn packed(_: &[u8]) -> usize {
    usize::MAX
}
