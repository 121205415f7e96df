//! The module that trains: labelled texts → `model.bin` and how good it is. Its outer half is
//! `npm/trainer.js`, which runs in a thread of its own: training is one call that lasts.
//!
//! Settings come one by one and the report leaves as numbers in an order that both halves know:
//! objects would take serde_wasm_bindgen, 12 KB of what is fetched.

use std::cell::RefCell;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Unknown, StrDeserializer};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use super::error::error;
use crate::files::hex;
use crate::train::recipe::{DataSource, DocumentLimit, Recipe, VectorizerRecipe};
use crate::train::run::{Lbfgs, Solved};
use crate::train::{Corpus, CrossValidation, Error, FoldScores, HeadStart, Metrics, Observer};
use crate::train::{Spread, Step, Trained, Training};

thread_local! {
    /// Whom a [`Trainer`] tells how far it is. No JavaScript value may leave its thread, and an
    /// observer must be able to.
    static PROGRESS: RefCell<Option<Progress>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// A function that is told how far a training is.
    #[derive(Debug)]
    pub type Progress;

    #[wasm_bindgen(method, catch)]
    fn call(
        this: &Progress,
        receiver: &JsValue,
        step: &str,
        done: u32,
        of: u32,
    ) -> Result<(), JsValue>;
}

/// Reports a panic as a console error with its message instead of `unreachable`.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The SHA-256 of bytes, in hexadecimal.
#[wasm_bindgen]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A training run: its settings, which are the command's options by their names and with its
/// defaults, and then its results.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trainer {
    recipe: Recipe,
    vectorizer: VectorizerRecipe,
    /// The file of the texts, and its SHA-256.
    source: Option<(DataSource, String)>,
    /// The words of word vectors, their components, and a model.
    known: Option<[Vec<u8>; 3]>,
    has_curve: bool,
    /// How many features are kept, if that was set.
    features: Option<usize>,
    labels: Vec<String>,
    report: Vec<f64>,
}

#[wasm_bindgen]
impl Trainer {
    /// A run with the command's defaults.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript has no defaults")]
    pub fn new() -> Self {
        Self {
            recipe: Recipe::default(),
            vectorizer: VectorizerRecipe::default(),
            source: None,
            known: None,
            has_curve: false,
            features: None,
            labels: Vec::new(),
            report: Vec::new(),
        }
    }

    /// Sets what is a number, or two.
    pub fn number(&mut self, name: &str, values: &[f64]) -> Result<(), JsValue> {
        let &[value, ..] = values else { return Err(unset(name, "a number", "none")) };
        let whole = || {
            // Up to where a double is exact.
            let is_whole = value >= 0.0 && value.fract() == 0.0 && value < (1u64 << 53) as f64;
            let number = is_whole.then_some(value as u64);
            number.ok_or_else(|| unset(name, "a whole number from 0 on", &value.to_string()))
        };
        let count = || {
            let count = u32::try_from(whole()?);
            count.map_err(|_| unset(name, "a number below 2^32", &value.to_string()))
        };
        let limit = || match value.fract() == 0.0 {
            true => count().map(DocumentLimit::Count),
            false => Ok(DocumentLimit::Share(value)),
        };
        match name {
            "ngrams" => {
                let size = |value: &f64| *value as u8;
                let sizes = (size(&value), values.get(1).map_or(0, size));
                if [f64::from(sizes.0), f64::from(sizes.1)] != values {
                    return Err(unset(name, "two numbers such as 1 and 2", "others"));
                }
                self.vectorizer.ngrams = sizes;
            }
            "minDf" => self.vectorizer.min_df = limit()?,
            "maxDf" => self.vectorizer.max_df = limit()?,
            "maxFeatures" => self.vectorizer.max_features = count()? as usize,
            "sublinearTf" => self.vectorizer.sublinear_tf = value != 0.0,
            "c" => self.recipe.solver.c = value,
            "tolerance" => self.recipe.solver.tolerance = value,
            "maxIterations" => self.recipe.solver.max_iterations = count()?,
            "features" => self.features = Some(count()? as usize),
            "foreign" => self.recipe.thresholds.foreign = value,
            "folds" => self.recipe.folds = count()?,
            "seed" => self.recipe.seed = whole()?,
            "joinLabels" => self.recipe.join_labels = value != 0.0,
            "learningCurve" => self.has_curve = value != 0.0,
            _ => {
                return Err(unset(
                    name,
                    "an option of the command that is a number",
                    "no such one",
                ));
            }
        }
        Ok(())
    }

    /// Sets what is a text, or several.
    pub fn text(&mut self, name: &str, values: Vec<String>) -> Result<(), JsValue> {
        let text = values.first().map(String::as_str).unwrap_or_default();
        match name {
            "analyzer" => self.vectorizer.analyzer = named(name, text)?,
            "tokenPattern" => self.vectorizer.token_pattern = text.to_owned(),
            "stopWords" => self.vectorizer.stop_words = values,
            "classWeight" => self.recipe.solver.class_weight = named(name, text)?,
            "calibration" => self.recipe.model.calibration = named(name, text)?,
            "precision" => self.recipe.model.precision = named(name, text)?,
            "date" => self.recipe.date = text.to_owned(),
            _ => return Err(unset(name, "an option of the command that is a text", "no such one")),
        }
        Ok(())
    }

    /// Asks for a threshold at which a label is right so often.
    pub fn wanted(&mut self, label: String, share: f64) {
        self.recipe.thresholds.precision.insert(label, share);
    }

    /// Says of which file the texts are, as the command is told: `columns` are the names of the
    /// columns of a file without a heading.
    pub fn source(
        &mut self,
        name: &str,
        sha256: String,
        encoding: &str,
        columns: Vec<String>,
        text_column: &str,
        label_column: &str,
    ) {
        let source = DataSource::default()
            .path(name)
            .encoding(encoding)
            .header(columns.is_empty())
            .columns(columns)
            .text_column(text_column)
            .label_column(label_column);
        self.source = Some((source, sha256));
    }

    /// Gives a head start for few texts, as the command's `--vectors` does: the words of word
    /// vectors, one a line, their components, and the bytes of a `model.bin`.
    #[wasm_bindgen(js_name = headStart)]
    pub fn head_start(&mut self, words: Vec<u8>, components: Vec<u8>, model: Vec<u8>) {
        self.known = Some([words, components, model]);
    }

    /// Trains on texts, each with its label and the line of its file on which it stands, and gives
    /// the bytes of a `model.bin`. `progress` is called with a step, how many of its parts are
    /// done, and how many there are. Throws an `Error` whose `code` says why it can't.
    pub fn train(
        &mut self,
        texts: Vec<String>,
        labels: Vec<String>,
        lines: &[u32],
        progress: Progress,
    ) -> Result<Vec<u8>, JsValue> {
        let mut recipe = self.recipe.clone().vectorizer([self.vectorizer.clone()]);
        let documents = texts.into_iter().zip(labels);
        let corpus = match &self.source {
            None => Corpus::from_documents(documents),
            Some((source, sha256)) => {
                recipe = recipe.data([source.clone()]);
                let rows = documents.zip(lines);
                let rows = rows.map(|((text, label), line)| (text, label, u64::from(*line)));
                Corpus::of_rows(source, sha256.clone(), rows)
            }
        };
        let known = self.known.as_ref();
        let known = known.map(|[words, parts, model]| HeadStart::new(words, parts, model));
        if let Some(known) = known {
            recipe = known.add_to(recipe);
            recipe.model.features = HeadStart::FEATURES;
        }
        recipe.model.features = self.features.unwrap_or(recipe.model.features);
        let mut training = Training::new(&recipe).on(corpus);
        if let Some(known) = known {
            training = training.with_head_start(known);
        }
        if self.has_curve {
            training = training.with_learning_curve();
        }
        PROGRESS.set(Some(progress));
        let trained = training.run(&mut Teller);
        PROGRESS.set(None);
        let trained = trained.map_err(|reason| untrained(&reason))?;
        let bytes = trained.to_bytes().map_err(|reason| error("content", &reason.to_string()))?;
        self.tell(&trained);
        Ok(bytes)
    }

    /// The labels of the model.
    #[wasm_bindgen(getter)]
    pub fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }

    /// How good the model is: documents, texts that occur more than once, those of them with
    /// different labels, features, steps of the solver, whether it met its tolerance, its
    /// objective, and the documents of each label; then the number of folds and, unless that is 0,
    /// means and deviations of accuracy, macro-F1 and log-loss, the calibration error, precision,
    /// recall, F1 and documents of each label, and the confusion matrix row by row; then for each
    /// point of the learning curve its percentage, documents, and means and deviations of accuracy
    /// and macro-F1.
    #[wasm_bindgen(getter)]
    pub fn report(&self) -> Vec<f64> {
        self.report.clone()
    }
}

impl Trainer {
    /// Keeps what is reported of a finished run.
    fn tell(&mut self, trained: &Trained) {
        let Solved::Lbfgs(lbfgs) = &trained.solved;
        let Lbfgs { corpus, duplicates, validation, learning_curve, .. } = &**lbfgs;
        self.labels.clone_from(&corpus.labels);
        let report = &mut self.report;
        report.clear();
        report.extend([
            corpus.documents.len() as f64,
            duplicates.texts.len() as f64,
            duplicates.conflicting.len() as f64,
            trained.classifier.features() as f64,
            f64::from(lbfgs.iterations),
            f64::from(lbfgs.converged),
            lbfgs.objective,
        ]);
        report.extend(trained.label_counts.iter().map(|(_, documents)| *documents as f64));
        match validation {
            None => report.push(0.0),
            Some(CrossValidation { shipped, .. }) => tell_scores(report, shipped),
        }
        for point in learning_curve {
            report.extend([f64::from(point.percent), point.documents]);
            for Spread { mean, deviation } in [point.accuracy, point.macro_f1] {
                report.extend([mean, deviation]);
            }
        }
    }
}

/// Adds the scores of a cross-validation to a report.
fn tell_scores(report: &mut Vec<f64>, scores: &FoldScores) {
    report.push(scores.folds.len() as f64);
    let of: [fn(&Metrics) -> f64; 3] =
        [|fold| fold.accuracy, |fold| fold.macro_f1, |fold| fold.log_loss];
    for score in of {
        let Spread { mean, deviation } = scores.spread(score);
        report.extend([mean, deviation]);
    }
    report.push(scores.pooled.calibration_error);
    for class in &scores.pooled.per_class {
        report.extend([class.precision, class.recall, class.f1, class.support as f64]);
    }
    report.extend(scores.pooled.confusion.iter().map(|&documents| documents as f64));
}

/// A choice by its name.
fn named<T: for<'a> Deserialize<'a>>(what: &str, name: &str) -> Result<T, JsValue> {
    let name: StrDeserializer<'_, Unknown> = name.into_deserializer();
    T::deserialize(name).map_err(|reason| error("bad-option", &format!("{what}: {reason}")))
}

/// Why something is not set.
fn unset(what: &str, expected: &str, found: &str) -> JsValue {
    error("bad-option", &format!("{what}: expected {expected}, found {found}"))
}

/// Tells JavaScript how far the training is.
struct Teller;

impl Observer for Teller {
    fn on(&mut self, step: Step, done: u32, of: u32) {
        let name = match step {
            Step::Read => "read",
            Step::Tune => "tune",
            Step::CrossValidate => "cross-validate",
            Step::Fit => "fit",
            Step::LearningCurve => "learning-curve",
        };
        PROGRESS.with_borrow(|progress| {
            if let Some(progress) = progress {
                // Whoever is told and fails keeps nobody from training.
                let _ = progress.call(&JsValue::NULL, name, done, of);
            }
        });
    }
}

/// Why there is no model.
fn untrained(reason: &Error) -> JsValue {
    let code = match reason {
        Error::Setting { .. } | Error::Analyzer { .. } => "bad-option",
        Error::OneClass { .. } => "one-label",
        Error::RareLabel { .. } => "rare-label",
        Error::EmptyVocabulary { .. } => "no-features",
        _ => "content",
    };
    error(code, &reason.to_string())
}
