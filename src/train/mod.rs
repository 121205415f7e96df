//! Training: labelled files → `model.bin`; the core never uses it. With the feature `fit` alone it
//! trains on texts in memory and on one thread, which is all that a browser needs; what reads files
//! is native.
//!
//! | step | module |
//! |---|---|
//! | what is trained, and how | [`recipe`] |
//! | files → rows → documents | [`files`](crate::files), [`stream`], [`corpus`] |
//! | labels that differ in case or space alone | [`spellings`] |
//! | documents → term counts | `count` |
//! | term counts → kept terms, unit rows | `selection`, `sparse` |
//! | names, which no term may hold | `names` |
//! | word vectors, a base model | [`head_start`], `vectors` |
//! | rows and vectors → the matrix to fit on | `design` |
//! | matrix → loss and gradient | `objective`, `contrasts` |
//! | loss → coefficients | `solver` |
//! | all of these, for a set of documents | `fit` |
//! | files too large to hold: rows → frequent terms → coefficients | `frequent`, [`sgd`] |
//! | texts that belong together → folds | `groups`, `split` |
//! | folds → scores | [`cross_validation`], [`metrics`] |
//! | scores of parts and of groups | [`breakdown`] |
//! | out-of-fold scores → calibrated logits | `calibrate` |
//! | out-of-fold scores → below what nothing is said | `thresholds` |
//! | all of these where a text may have several labels | [`multilabel`] |
//! | C by cross-validation over a grid | [`tune`] |
//! | everything by cross-validation, within a size | [`search`] |
//! | growing training parts → scores | [`learning_curve`](mod@learning_curve) |
//! | the same on all threads, or on the one there is | `parallel` |
//!
//! ```
//! use undertone::train::{Corpus, Recipe, Training};
//!
//! let headlines = [
//!     ("Profit doubles on record sales", "good"),
//!     ("Shares rally after upbeat forecast", "good"),
//!     ("Record profit lifts shares", "good"),
//!     ("Exchange halts withdrawals as losses mount", "bad"),
//!     ("Losses mount after forecast is cut", "bad"),
//!     ("Shares plunge on fraud charges", "bad"),
//! ];
//! let recipe = Recipe::default().folds(3);
//! let corpus = Corpus::from_documents(headlines);
//! let trained = Training::new(&recipe).on(corpus).run(&mut ())?;
//! let classifier = trained.classifier;
//! assert_eq!(classifier.labels(), ["bad", "good"]);
//! assert_eq!(classifier.predict("Losses mount").class, 0);
//! # Ok::<(), undertone::train::Error>(())
//! ```

pub mod breakdown;
mod calibrate;
mod contrasts;
pub mod corpus;
#[doc(hidden)]
pub mod count;
pub mod cross_validation;
mod design;
pub mod error;
#[doc(hidden)]
pub mod fit;
#[cfg(feature = "train")]
mod frequent;
#[cfg(feature = "train")]
mod groups;
pub mod head_start;
pub mod learning_curve;
pub mod metrics;
#[cfg(feature = "train")]
pub mod multilabel;
#[doc(hidden)]
pub mod names;
mod objective;
mod order;
mod parallel;
pub mod recipe;
pub mod run;
#[cfg(feature = "train")]
pub mod search;
#[doc(hidden)]
pub mod selection;
#[cfg(feature = "train")]
pub mod sgd;
mod solver;
#[doc(hidden)]
pub mod sparse;
pub mod spellings;
mod split;
#[cfg(feature = "train")]
pub mod stream;
mod thresholds;
pub mod tune;
mod vectors;

pub use breakdown::Breakdown;
pub use calibrate::Calibration;
pub use corpus::{Corpus, Document, Duplicates};
pub use cross_validation::{CrossValidation, FoldScores, Spread, cross_validate};
pub use error::Error;
pub use fit::{Fitted, fit};
pub use head_start::HeadStart;
pub use learning_curve::learning_curve;
pub use metrics::Metrics;
pub use recipe::Recipe;
pub use run::{Observer, Step, Trained, Training, run};
#[cfg(feature = "train")]
pub use search::{Found, Search};
#[cfg(feature = "train")]
pub use sgd::{Streamed, fit_stream};
pub use thresholds::{CoveragePoint, coverage_curve};
