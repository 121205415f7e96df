//! `undertone train`: labelled files → model.bin.

mod head_start;
mod multilabel;
mod progress;
mod search;
mod spellings;
mod stream;
mod summary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgGroup, Args};
use ndarray::ArrayView2;
use undertone::Classifier;
use undertone::files::replace_file;
use undertone::format::Precision;
use undertone::link::arg_max;
use undertone::text::AnalyzerKind;
use undertone::train::recipe::{
    CalibrationName, ClassWeight, DocumentLimit, ModelRecipe, Recipe, SolverName, SolverRecipe,
    ThresholdsRecipe, VectorizerRecipe,
};
use undertone::train::run::{Lbfgs, Solved};
use undertone::train::{Corpus, FoldScores, HeadStart, Training};

use self::progress::Progress;
use self::search::TuneOptions;
use self::summary::{ModelReport, Summary};
use super::data::DataOptions;
use super::print_json;
use super::report::{Report, ReportFile};

/// What `--precision` says: how coefficients are stored, or how often a label is to be right.
#[derive(Debug, Clone)]
enum PrecisionOption {
    Stored(Precision),
    Wanted(String, f64),
}

impl FromStr for PrecisionOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A label may hold the sign itself.
        let Some((label, share)) = text.rsplit_once('=') else {
            let stored = text.parse::<Precision>();
            return stored.map(Self::Stored).map_err(|error| format!("{error}, or LABEL=SHARE"));
        };
        match share.parse() {
            Ok(share) if share > 0.0 && share <= 1.0 => Ok(Self::Wanted(label.to_owned(), share)),
            _ => Err(format!("expected a share above 0 and at most 1 after {label}=, such as 0.9")),
        }
    }
}

/// Fit TF-IDF and L2-penalised multinomial logistic regression, with scikit-learn's definitions
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("source").args(["data", "recipe"]).required(true).multiple(true)),
    after_help = "\
Examples:
  undertone train --data headlines.csv
  undertone train --data all-data.csv --encoding latin1 --no-header --columns label,text
  undertone train --recipe model.toml --out model.bin --report report.html
  undertone train --data headlines.csv --tune --metric macro-f1 --max-size 40KB
  undertone train --data headlines.csv --tune=0.5,1,2,5 --metric accuracy
  undertone train --data topics.csv --labels-column topics --precision merger=0.9
  undertone train --data few.csv --vectors
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
            "labels_column", "join_labels",
            "ngrams", "analyzer", "token_pattern", "stop_words", "min_df", "max_df",
            "max_features", "sublinear_tf", "c", "class_weight", "tolerance", "max_iterations",
            "solver", "passes", "vocabulary_cap", "precision", "calibration", "features", "seed",
            "folds", "date", "foreign", "vectors",
        ],
        required_unless_present = "data"
    )]
    recipe: Option<PathBuf>,
    /// The folder of those files of a recipe that don't stand beside it
    // An empty variable says as little as none, and clap's own parser of paths refuses it.
    #[arg(
        long,
        value_name = "FOLDER",
        env = "UNDERTONE_DATA",
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
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
    analyzer: AnalyzerKind,
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
    /// Begin with what is known of words, for data of few rows: with the command's word vectors and
    /// the features of its own model; or with the vectors of a file in the text form of word2vec or
    /// GloVe, or of signed bytes, FILE.i8, with FILE.words beside it
    #[arg(
        long, value_name = "FILE", num_args = 0..=1, require_equals = true,
        help_heading = "Features"
    )]
    vectors: Option<Option<PathBuf>>,

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
    /// Keep only the features that decide most, and fit again; 0 keeps all [default: 0, with
    /// --vectors 10000]
    #[arg(long, value_name = "N", help_heading = "Model")]
    features: Option<usize>,
    /// How coefficients are stored, float32 or int8; or LABEL=SHARE, such as positive=0.9: keep the
    /// threshold from which on cross-validation is right so often about texts given that label
    #[arg(
        long,
        value_name = "PRECISION|LABEL=SHARE",
        default_value = "float32",
        help_heading = "Model"
    )]
    precision: Vec<PrecisionOption>,
    /// Keep the threshold below which a text counts as foreign: this share of the data's own do
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, help_heading = "Model")]
    foreign: f64,
    /// A date to carry in the model; the clock is never asked
    #[arg(long, default_value = "", hide_default_value = true, help_heading = "Model")]
    date: String,
    #[command(flatten)]
    tuning: TuneOptions,
    /// Folds of the cross-validation; 0 skips it [default: 5, with --solver sgd 0]
    #[arg(long, value_name = "N", help_heading = "Cross-validation")]
    folds: Option<u32>,
    /// Decides which documents share a fold
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Cross-validation")]
    seed: u64,
}

impl Arguments {
    fn to_recipe(&self) -> anyhow::Result<Recipe> {
        if let Some(path) = &self.recipe {
            let beside = || path.parent().unwrap_or(Path::new("")).to_owned();
            let named = self.data_folder.clone().filter(|folder| !folder.as_os_str().is_empty());
            let folder = named.unwrap_or_else(beside);
            return Ok(Recipe::read(path, &folder)?);
        }
        let &[fewest, most] = &self.ngrams[..] else {
            anyhow::bail!(
                "--ngrams: expected two numbers such as 1,2, found {}",
                self.ngrams.len()
            );
        };
        let vectorizer = VectorizerRecipe::default()
            .analyzer(self.analyzer)
            .ngrams((fewest, most))
            .stop_words(self.stop_words.clone())
            .min_df(self.min_df)
            .max_df(self.max_df)
            .max_features(self.max_features)
            .sublinear_tf(self.sublinear_tf);
        let vectorizer = match &self.token_pattern {
            Some(pattern) => vectorizer.token_pattern(pattern),
            None => vectorizer,
        };
        let solver = SolverRecipe::default()
            .name(self.solver)
            .passes(self.passes)
            .vocabulary_cap(self.vocabulary_cap)
            .c(self.c)
            .class_weight(self.class_weight)
            .tolerance(self.tolerance)
            .max_iterations(self.max_iterations);
        let (mut stored, mut wanted) = (Precision::default(), BTreeMap::new());
        for option in &self.precision {
            match option {
                PrecisionOption::Stored(precision) => stored = *precision,
                PrecisionOption::Wanted(label, share) => {
                    wanted.insert(label.clone(), *share);
                }
            }
        }
        let features = if self.vectors.is_some() { HeadStart::FEATURES } else { 0 };
        let model = ModelRecipe::default()
            .calibration(self.calibration)
            .features(self.features.unwrap_or(features))
            .precision(stored);
        let thresholds = ThresholdsRecipe::default().precision(wanted).foreign(self.foreign);
        let folds = if self.solver == SolverName::Sgd { 0 } else { 5 };
        let recipe = Recipe::default()
            .date(&self.date)
            .seed(self.seed)
            .folds(self.folds.unwrap_or(folds))
            .data(self.data.sources())
            .join_labels(self.data.join_labels)
            .vectorizer([vectorizer])
            .solver(solver)
            .model(model)
            .thresholds(thresholds);
        let recipe = match &self.vectors {
            None => recipe,
            Some(None) => head_start::add_own(recipe)?,
            Some(Some(path)) => head_start::add_file(recipe, path)?,
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
    let streams = recipe.solver.name == SolverName::Sgd;
    if streams && (arguments.tuning.is_asked_for() || arguments.report.is_some()) {
        anyhow::bail!("--tune and --report: expected the solver lbfgs, found sgd");
    }
    arguments.tuning.check()?;
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads.unwrap_or(0))
        .build()
        .context("starting threads")?;
    threads.install(|| train(arguments, &recipe))
}

fn train(arguments: &Arguments, recipe: &Recipe) -> anyhow::Result<()> {
    let has_curve = arguments.report.is_some();
    let mut progress = Progress::start();
    let (trained, bytes, search) = if arguments.tuning.is_search() {
        let (trained, bytes, report) = arguments.tuning.search(recipe, &mut progress, has_curve)?;
        (trained, bytes, Some(report))
    } else {
        let training = arguments.tuning.grid(training(recipe, has_curve));
        let trained = training.run(&mut progress)?;
        let bytes = trained.to_bytes()?;
        (trained, bytes, None)
    };
    progress.finish();

    replace_file(&arguments.out, &bytes)?;
    let model = ModelReport { path: &arguments.out, bytes: bytes.len() };
    match &trained.solved {
        Solved::Sgd(sgd) => {
            let summary = stream::Summary::new(&trained, *sgd, model, progress.total());
            if arguments.json { print_json(&summary) } else { Ok(summary.print()?) }
        }
        Solved::Lbfgs(lbfgs) => {
            write_more(arguments, lbfgs, &bytes)?;
            let report = arguments.report.as_ref().map(ReportFile::path);
            let summary = Summary::new(&trained, lbfgs, model, report, &progress, search.as_ref());
            if arguments.json {
                return print_json(&summary);
            }
            if let Some(search) = &search {
                arguments.tuning.print(search)?;
            }
            let validation = lbfgs.validation.as_ref();
            Ok(summary.print(validation.map(|validation| &validation.shipped.pooled))?)
        }
        Solved::Multilabel(found) => {
            write_sets(arguments, found, &bytes)?;
            let report = arguments.report.as_ref().map(ReportFile::path);
            let summary = multilabel::Summary::new(&trained, found, model, report, &progress);
            if arguments.json { print_json(&summary) } else { Ok(summary.print()?) }
        }
        _ => Ok(()),
    }
}

/// The same where texts have several labels.
fn write_sets(
    arguments: &Arguments,
    found: &multilabel::Found,
    bytes: &[u8],
) -> anyhow::Result<()> {
    if let Some(file) = &arguments.report {
        let shipped = Classifier::open(bytes)?;
        file.write(&Report::of_sets(found, &shipped, bytes.len()))?;
    }
    if let (Some(path), Some(validation)) = (&arguments.predictions, &found.validation) {
        replace_file(path, &sets(validation, &found.corpus)?)?;
    }
    Ok(())
}

/// The out-of-fold sets of labels as CSV.
fn sets(validation: &multilabel::Validation, corpus: &Corpus) -> anyhow::Result<Vec<u8>> {
    let joined = |labels: &mut dyn Iterator<Item = usize>| {
        labels.map(|label| corpus.labels[label].as_str()).collect::<Vec<_>>().join(";")
    };
    let (documents, probabilities) = (&validation.documents, validation.probabilities.view());
    out_of_fold(corpus, documents, probabilities, "labels", |document, row| {
        let given = validation.given.row(row);
        [
            joined(&mut corpus.labels_of(document).iter().copied()),
            joined(&mut (0..given.len()).filter(|&label| given[label])),
        ]
    })
}

/// The training of a recipe, with what the command has and the report needs.
fn training(recipe: &Recipe, has_curve: bool) -> Training<'_> {
    let training = match head_start::own() {
        Some(own) => Training::new(recipe).with_head_start(own),
        None => Training::new(recipe),
    };
    if has_curve { training.with_learning_curve() } else { training }
}

/// Writes the report and the out-of-fold predictions, if they were asked for.
fn write_more(arguments: &Arguments, lbfgs: &Lbfgs, bytes: &[u8]) -> anyhow::Result<()> {
    let Lbfgs { corpus, validation, .. } = lbfgs;
    if let Some(file) = &arguments.report {
        // Opened from the bytes: the report is about the model as it is after quantisation.
        let shipped = Classifier::open(bytes)?;
        file.write(&Report::of_training(lbfgs, &shipped, bytes.len()))?;
    }
    if let (Some(path), Some(validation)) = (&arguments.predictions, validation) {
        replace_file(path, &predictions(&validation.shipped, corpus)?)?;
    }
    Ok(())
}

/// The out-of-fold predictions as CSV.
fn predictions(validation: &FoldScores, corpus: &Corpus) -> anyhow::Result<Vec<u8>> {
    let (documents, probabilities) = (&validation.documents, validation.probabilities.view());
    out_of_fold(corpus, documents, probabilities, "label", |document, row| {
        let predicted = arg_max(&validation.probabilities.row(row).to_vec());
        [corpus.documents[document].label, predicted].map(|label| corpus.labels[label].clone())
    })
}

/// A table of tested documents as CSV, in the order of the files. `documents` are those of the rows
/// of `probabilities`, |documents|×K; `told` gives what is right and what was predicted of a
/// document and its row, and `label` names the first.
fn out_of_fold(
    corpus: &Corpus,
    documents: &[u32],
    probabilities: ArrayView2<'_, f64>,
    label: &str,
    told: impl Fn(usize, usize) -> [String; 2],
) -> anyhow::Result<Vec<u8>> {
    let mut rows: Vec<(u32, usize)> = documents.iter().copied().zip(0..).collect();
    rows.sort_unstable();
    let mut table = csv::Writer::from_writer(Vec::new());
    let names = ["file", "line", label, "predicted"].into_iter();
    table.write_record(names.chain(corpus.labels.iter().map(String::as_str)))?;
    for (index, row) in rows {
        let document = &corpus.documents[index as usize];
        let mut record = vec![corpus.sets[document.set].name.clone(), document.line.to_string()];
        record.extend(told(index as usize, row));
        let probabilities = probabilities.row(row);
        record.extend(probabilities.iter().map(|probability| format!("{probability:.6}")));
        table.write_record(&record)?;
    }
    Ok(table.into_inner()?)
}
