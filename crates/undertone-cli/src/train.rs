//! `undertone train`

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{ArgGroup, Args};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ndarray::Axis;
use serde::Serialize;

use super::data::DataOptions;
use super::report::{self, ReportFile};
use super::train_stream::train_stream;
use super::{print_json, table};
use undertone::Classifier;
use undertone::classifier::arg_max;
use undertone::files::replace_file;
use undertone::format;
use undertone::provenance::Provenance;
use undertone::train::fit::Counted;
use undertone::train::learning_curve::{PERCENTS, learning_curve};
use undertone::train::recipe::{
    AnalyzerName, CalibrationName, ClassWeight, DocumentLimit, ModelRecipe, PrecisionName, Recipe,
    SolverName, SolverRecipe, VectorizerRecipe,
};
use undertone::train::tune::{Criterion, GRID, Tuning, tune};
use undertone::train::{Corpus, FoldScores, Metrics, cross_validate, fit};

/// Fit TF-IDF and L2-penalised multinomial logistic regression, with scikit-learn's definitions
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("source").args(["data", "recipe"]).required(true).multiple(true)),
    after_help = "\
Examples:
  undertone train --data headlines.csv
  undertone train --data all-data.csv --encoding latin1 --no-header --columns label,text
  undertone train --recipe model.toml --out model.bin --report report.html
  undertone train --data headlines.csv --tune --tune-by macro-f1
  undertone train --data larger-than-memory.csv --solver sgd"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    data: DataOptions,
    /// Take data, features and solver from a recipe
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "data", "encoding", "no_header", "columns", "text_column", "label_column",
            "ngrams", "analyzer", "token_pattern", "stop_words", "min_df", "max_df",
            "max_features", "sublinear_tf", "c", "class_weight", "tolerance", "max_iterations",
            "solver", "passes", "vocabulary_cap", "precision", "calibration", "features", "seed",
            "folds", "date",
        ],
        required_unless_present = "data"
    )]
    recipe: Option<PathBuf>,
    /// Where those of a recipe's files are that don't stand beside it
    #[arg(long, value_name = "FOLDER", env = "UNDERTONE_DATA")]
    data_folder: Option<PathBuf>,
    /// Where to write the model
    #[arg(long, value_name = "FILE", default_value = "model.bin")]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write a report too, with a learning curve: FILE.html a page, FILE.md Markdown
    #[arg(long, value_name = "FILE")]
    report: Option<ReportFile>,
    /// Write what cross-validation said of each tested document: a CSV file with its file, line,
    /// label, most probable label and the probability of each
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Threads to use; the result does not depend on it [default: all]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// What n-grams are made of
    #[arg(long, value_enum, default_value = "word", help_heading = "Features")]
    analyzer: AnalyzerName,
    /// Fewest and most tokens or characters in an n-gram
    #[arg(
        long, value_name = "MIN,MAX", value_delimiter = ',', num_args = 1,
        default_values_t = [1u8, 1], help_heading = "Features"
    )]
    ngrams: Vec<u8>,
    /// What a token is, such as '[\w$]{2,}|[!?]' [default: \b\w\w+\b]
    #[arg(long, value_name = "PATTERN", help_heading = "Features")]
    token_pattern: Option<String>,
    /// Tokens to leave out
    #[arg(long, value_name = "WORD,…", value_delimiter = ',', help_heading = "Features")]
    stop_words: Vec<String>,
    /// Leave out features in fewer documents: a number, or a share such as 0.001
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Features")]
    min_df: DocumentLimit,
    /// Leave out features in more documents: a number, or a share such as 0.5
    #[arg(long, value_name = "N", default_value = "1.0", help_heading = "Features")]
    max_df: DocumentLimit,
    /// Keep only the most frequent features; 0 keeps all
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Features")]
    max_features: usize,
    /// Use 1 + ln tf in place of tf
    #[arg(long, help_heading = "Features")]
    sublinear_tf: bool,

    /// lbfgs holds all documents and is exact; sgd reads files of any size as streams
    #[arg(long, value_enum, default_value = "lbfgs", help_heading = "Solver")]
    solver: SolverName,
    /// How often --solver sgd learns every document
    #[arg(long, value_name = "N", default_value_t = SolverRecipe::default().passes, help_heading = "Solver")]
    passes: u32,
    /// How many features --solver sgd keeps, the most frequent ones
    #[arg(long, value_name = "N", default_value_t = SolverRecipe::default().vocabulary_cap, help_heading = "Solver")]
    vocabulary_cap: usize,
    /// The weight of the data against the penalty; larger fits closer
    #[arg(long, default_value_t = 1.0, help_heading = "Solver")]
    c: f64,
    /// Whether rare classes count more
    #[arg(long, value_enum, default_value = "none", help_heading = "Solver")]
    class_weight: ClassWeight,
    /// Stop when no component of the mean loss's gradient exceeds this
    #[arg(long, default_value_t = SolverRecipe::default().tolerance, help_heading = "Solver")]
    tolerance: f64,
    /// Stop after so many steps all the same
    #[arg(long, value_name = "N", default_value_t = 1000, help_heading = "Solver")]
    max_iterations: u32,

    /// Rescale the logits by what cross-validation saw
    #[arg(long, value_enum, default_value = "none", help_heading = "Model")]
    calibration: CalibrationName,
    /// Keep only the features that decide most, and fit again; 0 keeps all
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Model")]
    features: usize,
    /// How coefficients are stored
    #[arg(long, value_enum, default_value = "float32", help_heading = "Model")]
    precision: PrecisionName,
    /// A date to carry in the model; the clock is never asked
    #[arg(long, default_value = "", hide_default_value = true, help_heading = "Model")]
    date: String,
    /// Choose C by cross-validation over these values [default: 0.1 to 50 in steps of 1, 2, 5]
    #[arg(
        long, value_name = "C,…", value_delimiter = ',', num_args = 0.., require_equals = true,
        conflicts_with = "c", help_heading = "Cross-validation"
    )]
    tune: Option<Vec<f64>>,
    /// The score that --tune goes by
    #[arg(
        long,
        value_name = "SCORE",
        value_enum,
        default_value = "log-loss",
        requires = "tune",
        help_heading = "Cross-validation"
    )]
    tune_by: Criterion,
    /// Folds of the cross-validation; 0 skips it [default: 5, with --solver sgd 0]
    #[arg(long, value_name = "N", help_heading = "Cross-validation")]
    folds: Option<u32>,
    /// Decides which documents share a fold
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Cross-validation")]
    seed: u64,
}

/// Scores are shown by weight where there are at most so many.
const MOST_WEIGHTS: usize = 8;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    documents: usize,
    labels: Vec<LabelCount<'a>>,
    /// Texts that occur more than once.
    duplicates: usize,
    /// How many of them have different labels.
    conflicting: usize,
    features: usize,
    tuning: Option<&'a Tuning>,
    c: f64,
    iterations: u32,
    converged: bool,
    objective: f64,
    cv: Option<CvReport<'a>>,
    /// Without pruning and quantisation.
    cv_full: Option<CvReport<'a>>,
    model: ModelReport<'a>,
    report: Option<&'a Path>,
    seconds: Seconds,
}

#[derive(Debug, Serialize)]
pub(super) struct LabelCount<'a> {
    pub(super) label: &'a str,
    pub(super) documents: usize,
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
    /// Documents of one weight, where weights differ; the heaviest first.
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

impl Arguments {
    fn to_recipe(&self) -> anyhow::Result<Recipe> {
        if let Some(path) = &self.recipe {
            let beside = || path.parent().unwrap_or(Path::new("")).to_owned();
            let folder = self.data_folder.clone().unwrap_or_else(beside);
            return Ok(Recipe::read(path, &folder)?);
        }
        let &[fewest, most] = &self.ngrams[..] else {
            anyhow::bail!(
                "--ngrams: expected two numbers such as 1,2, found {}",
                self.ngrams.len()
            );
        };
        let vectorizer = VectorizerRecipe {
            analyzer: self.analyzer,
            ngrams: (fewest, most),
            stop_words: self.stop_words.clone(),
            min_df: self.min_df,
            max_df: self.max_df,
            max_features: self.max_features,
            sublinear_tf: self.sublinear_tf,
            ..VectorizerRecipe::default()
        };
        let recipe = Recipe {
            date: self.date.clone(),
            seed: self.seed,
            folds: self.folds.unwrap_or(match self.solver {
                SolverName::Lbfgs => 5,
                SolverName::Sgd => 0,
            }),
            data: self.data.sources(),
            vectorizer: vec![match &self.token_pattern {
                Some(pattern) => VectorizerRecipe { token_pattern: pattern.clone(), ..vectorizer },
                None => vectorizer,
            }],
            solver: SolverRecipe {
                name: self.solver,
                passes: self.passes,
                vocabulary_cap: self.vocabulary_cap,
                c: self.c,
                class_weight: self.class_weight,
                tolerance: self.tolerance,
                max_iterations: self.max_iterations,
            },
            model: ModelRecipe {
                calibration: self.calibration,
                features: self.features,
                precision: self.precision,
            },
            ..Recipe::default()
        };
        recipe.check()?;
        Ok(recipe)
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let recipe = arguments.to_recipe()?;
    if arguments.predictions.is_some() && recipe.folds == 0 {
        anyhow::bail!(
            "--predictions: expected cross-validation, which they are made in, found 0 folds"
        );
    }
    if arguments.report.as_ref().is_some_and(|report| report.path() == arguments.out) {
        anyhow::bail!("--report and --out: expected two files, found {}", arguments.out.display());
    }
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads.unwrap_or(0))
        .build()
        .context("starting threads")?;
    threads.install(|| match recipe.solver.name {
        SolverName::Lbfgs => train(arguments, &recipe),
        SolverName::Sgd if arguments.tune.is_some() || arguments.report.is_some() => {
            anyhow::bail!("--tune and --report: expected the solver lbfgs, found sgd")
        }
        SolverName::Sgd => train_stream(&arguments.out, arguments.json, &recipe),
    })
}

fn train(arguments: &Arguments, recipe: &Recipe) -> anyhow::Result<()> {
    let start = Instant::now();
    let corpus = Corpus::of(recipe)?;
    corpus.check_classes()?;
    let duplicates = corpus.duplicates();
    let tuned_recipe: Recipe;
    let mut counted = Counted::new(&corpus, recipe)?;
    let read = start.elapsed();

    let curve_fits = match arguments.report {
        Some(_) => recipe.folds * PERCENTS.len() as u32,
        None => 0,
    };
    let grid = arguments.tune.as_ref().map(|asked| match &asked[..] {
        [] => &GRID,
        asked => asked,
    });
    let tuning_fits = grid.map_or(0, |grid| grid.len() as u32 * recipe.folds);
    let progress = progress_bar(tuning_fits + recipe.folds + 1 + curve_fits);
    let tuning =
        grid.map(|grid| tune(&counted, grid, arguments.tune_by, || progress.inc(1))).transpose()?;
    if let Some(Tuning { c, .. }) = tuning {
        // The search may have ended early.
        progress.set_position(u64::from(tuning_fits));
        let solver = SolverRecipe { c, ..recipe.solver.clone() };
        tuned_recipe = Recipe { solver, ..recipe.clone() };
        counted.recipe = &tuned_recipe;
    }
    let recipe = counted.recipe;
    let tuned = start.elapsed();
    let validation = match recipe.folds {
        0 => None,
        _ => Some(cross_validate(&counted, || progress.inc(1))?),
    };
    let validated = start.elapsed();
    let everything: Vec<u32> = (0..corpus.documents.len() as u32).collect();
    let mut fitted = fit(&counted, &everything)?;
    if let Some(calibration) = validation.as_ref().and_then(|cv| cv.calibration.as_ref()) {
        fitted.calibrate(calibration);
    }
    let fitted_at = start.elapsed();
    let curve = match curve_fits {
        0 => Vec::new(),
        _ => learning_curve(&counted, || progress.inc(1))?,
    };
    let curve_time = start.elapsed() - fitted_at;
    progress.finish_and_clear();

    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        recipe: recipe.hash(|set| corpus.sets[set].sha256.clone()),
        date: recipe.date.clone(),
        licence: recipe.licence.clone(),
        data: corpus.sets.clone(),
        scores: validation.as_ref().map(|validation| validation.shipped.scores()),
    };
    let classifier = fitted.classifier(&counted, provenance)?;
    let bytes = format::write(&classifier, recipe.model.precision.into())?;
    replace_file(&arguments.out, &bytes)?;
    if let Some(file) = &arguments.report {
        // The model as it will be used: what quantisation did to it is in the file.
        let shipped = Classifier::open(&bytes)?;
        file.write(&report::Report::of_training(
            &corpus,
            &duplicates,
            &shipped,
            bytes.len(),
            tuning.as_ref(),
            validation.as_ref(),
            &curve,
        ))?;
    }

    if let (Some(path), Some(validation)) = (&arguments.predictions, &validation) {
        replace_file(path, &predictions(&validation.shipped, &corpus)?)?;
    }

    let classes = corpus.classes();
    let report = Report {
        documents: corpus.documents.len(),
        labels: corpus
            .labels
            .iter()
            .enumerate()
            .map(|(index, label)| LabelCount {
                label,
                documents: classes.iter().filter(|&&class| class == index).count(),
            })
            .collect(),
        duplicates: duplicates.texts.len(),
        conflicting: duplicates.conflicting.len(),
        features: fitted.features(),
        tuning: tuning.as_ref(),
        c: recipe.solver.c,
        iterations: fitted.iterations,
        converged: fitted.converged,
        objective: fitted.objective,
        cv: validation.as_ref().map(|validation| cv_report(&validation.shipped, &corpus)),
        cv_full: validation
            .as_ref()
            .and_then(|validation| validation.full.as_ref())
            .map(|full| cv_report(full, &corpus)),
        model: ModelReport { path: &arguments.out, bytes: bytes.len() },
        report: arguments.report.as_ref().map(ReportFile::path),
        seconds: Seconds {
            read: read.as_secs_f64(),
            tuning: (tuned - read).as_secs_f64(),
            cross_validation: (validated - tuned).as_secs_f64(),
            fit: (fitted_at - validated).as_secs_f64(),
            learning_curve: curve_time.as_secs_f64(),
            total: start.elapsed().as_secs_f64(),
        },
    };
    if arguments.json {
        return print_json(&report);
    }
    print_text(&report, validation.as_ref().map(|validation| &validation.shipped.pooled))?;
    Ok(())
}

/// Visible on a terminal only.
pub(super) fn progress_bar(steps: u32) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(u64::from(steps)), target);
    if let Ok(style) = ProgressStyle::with_template("fitting {bar:40} {pos}/{len}  {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
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

/// The out-of-fold predictions as CSV, in the order of the files.
fn predictions(validation: &FoldScores, corpus: &Corpus) -> anyhow::Result<Vec<u8>> {
    let mut rows: Vec<(u32, usize)> =
        validation.documents.iter().enumerate().map(|(row, &document)| (document, row)).collect();
    rows.sort_unstable();
    let mut table = csv::Writer::from_writer(Vec::new());
    let names = ["file", "line", "label", "predicted"].into_iter();
    table.write_record(names.chain(corpus.labels.iter().map(String::as_str)))?;
    for (document, row) in rows {
        let document = &corpus.documents[document as usize];
        let probabilities: Vec<f64> = validation.probabilities.row(row).to_vec();
        let mut record = vec![
            corpus.sets[document.set].name.clone(),
            document.line.to_string(),
            corpus.labels[document.label].clone(),
            corpus.labels[arg_max(&probabilities)].clone(),
        ];
        record.extend(probabilities.iter().map(|probability| format!("{probability:.6}")));
        table.write_record(&record)?;
    }
    Ok(table.into_inner()?)
}

/// The scores of documents of each weight, if there are several.
fn by_weight(validation: &FoldScores, corpus: &Corpus) -> Vec<WeightReport> {
    let weight = |&document: &u32| corpus.documents[document as usize].weight;
    let mut weights: Vec<f64> = validation.documents.iter().map(weight).collect();
    weights.sort_by(|one, other| other.total_cmp(one));
    weights.dedup();
    // As many as there are documents are no classes of documents.
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

fn print_text(report: &Report<'_>, pooled: Option<&Metrics>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    write!(out, "{} documents:", report.documents)?;
    for (index, label) in report.labels.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma} {} {}", label.documents, label.label)?;
    }
    writeln!(
        out,
        "\n{} duplicate texts, {} with different labels",
        report.duplicates, report.conflicting
    )?;
    writeln!(out, "{} features", report.features)?;
    if let Some(tuning) = report.tuning {
        writeln!(out)?;
        table::write_tuning(&mut out, tuning)?;
    }
    if let (Some(cv), Some(pooled)) = (&report.cv, pooled) {
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
        if let Some(full) = &report.cv_full {
            writeln!(
                out,
                "  before pruning and quantisation: accuracy {:.3}, macro-F1 {:.3}, log-loss {:.3}",
                full.accuracy, full.macro_f1, full.log_loss
            )?;
        }
        writeln!(out)?;
        table::write_classes(&mut out, pooled)?;
        writeln!(out)?;
        table::write_confusion(&mut out, pooled)?;
    }
    let Seconds { read, tuning, cross_validation, fit, learning_curve, total } = report.seconds;
    writeln!(
        out,
        "\n{} steps to objective {:.6}{}",
        report.iterations,
        report.objective,
        if report.converged { "" } else { " (not converged: raise --max-iterations)" }
    )?;
    write!(out, "{total:.2} s: reading and counting {read:.2}, ")?;
    if report.tuning.is_some() {
        write!(out, "choice of C {tuning:.2}, ")?;
    }
    write!(out, "cross-validation {cross_validation:.2}, fit {fit:.2}")?;
    if report.report.is_some() {
        write!(out, ", learning curve {learning_curve:.2}")?;
    }
    writeln!(out)?;
    writeln!(out, "wrote {} ({} bytes)", report.model.path.display(), report.model.bytes)?;
    if let Some(path) = report.report {
        writeln!(out, "wrote {}", path.display())?;
    }
    Ok(())
}
