//! The sentiment of news headlines: a linear text classifier that is small enough for a web page
//! and exact enough to be checked against scikit-learn.
//!
//! The flow is text → tokens → row → probabilities:
//!
//! | step | module |
//! |---|---|
//! | text → features (word, char and char_wb n-grams) | [`text`] |
//! | feature → column | [`vocabulary`] |
//! | counts → unit tf-idf row | [`tfidf`] |
//! | row × coefficients → probabilities | [`classifier`] |
//! | the bytes of `model.bin` | [`format`](mod@format) |
//! | corrections of single texts | [`learner`] |
//! | whom a text is about, and the balance of each name | [`mentions`], [`balance`] |
//!
//! ## How to depend on it
//!
//! `cargo add undertone` brings the core alone: six packages, without std and without I/O.
//!
//! | feature | what it adds |
//! |---|---|
//! | none | opening models, scoring, explaining, correcting |
//! | `serde` | answers, explanations and settings can be serialised |
//! | `files` | reading tables in any encoding, writing files whole ([`files`]) |
//! | `fit` | training on texts in memory, on one thread: [`train`] without files, for wasm32, too |
//! | `zstd` | reading files packed with Zstandard, too |
//! | `train` | training, cross-validation, metrics ([`train`]); brings `files` |
//! | `clap` | the choices of recipes as values of command-line options |
//! | `wasm` | the browser module; from the repository only, as it holds `model.bin` |
//! | `wasm-small` | the browser module that scores and no more, with a small model; likewise |
//! | `wasm-names` | the browser module that finds names, by itself |
//! | `wasm-train` | the browser module that trains, by itself |
//!
//! A model is made by `undertone train` (the package `undertone-cli`) or by [`train::run()`].
//!
//! This core does no I/O, takes `&str` and `&[u8]`, and does not panic on any input. Training
//! (`train`, features `fit` and `train`), what it reads with (`files`, feature `files`), the
//! browser modules (`wasm`, features `wasm`, `wasm-small`, `wasm-names` and `wasm-train`) and the
//! command, a package of its own, stand on it and never the other way round.
//!
//! ```
//! use undertone::Classifier;
//!
//! # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bytes = std::fs::read("model.bin")?;
//! let classifier = Classifier::open(&bytes)?;
//! let prediction = classifier.predict("Bitcoin rallies after upbeat inflation report");
//! println!("{} {:.2}", classifier.labels()[prediction.class], prediction.confidence());
//! # Ok(()) }
//! # #[cfg(not(feature = "train"))] fn main() {}
//! ```

#![cfg_attr(
    not(any(feature = "files", feature = "fit", feature = "wasm", feature = "wasm-names", test)),
    no_std
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod answer;
pub mod balance;
mod checksum;
pub mod classifier;
mod counts;
pub mod error;
mod exp;
mod explain;
pub mod format;
mod grow;
pub mod learner;
pub mod link;
pub mod mentions;
pub mod provenance;
mod score;
mod setters;
mod spelling;
mod sqrt;
pub mod text;
pub mod tfidf;
mod thresholds;
pub mod vocabulary;

#[cfg(any(feature = "files", feature = "fit"))]
pub mod files;
#[cfg(feature = "fit")]
pub mod train;
#[cfg(any(
    feature = "wasm",
    feature = "wasm-names",
    feature = "wasm-small",
    feature = "wasm-train"
))]
pub mod wasm;

/// The version of this library, which models that it trains carry.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use classifier::{Classifier, Prediction};
pub use error::{EncodeError, ModelError, OpenError};
pub use explain::{Contribution, Explanation};
pub use learner::{Learner, Learnt};
pub use link::Link;
pub use mentions::{Mention, Names};
pub use score::Scorer;
pub use spelling::UnknownName;
pub use thresholds::Thresholds;

#[cfg(all(target_arch = "wasm32", feature = "train"))]
compile_error!(
    "the feature `train` is native: build for wasm32 with `--package undertone` and one of the \
     features wasm, wasm-small, wasm-names and wasm-train, of which the last one trains"
);
