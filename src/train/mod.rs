//! Training: labelled files → `model.bin`. Native only; the core never uses it.
//!
//! | step | module |
//! |---|---|
//! | what to train, and how | [`recipe`] |
//! | files → documents | [`corpus`] |
//! | documents → term counts | [`count`] |
//! | term counts → vocabulary and unit rows | [`design`] |
//! | rows → loss and gradient | [`objective`] |
//! | loss → coefficients | [`solver`] |
//! | all of these, for a set of documents | [`fit`](mod@fit) |
//! | documents → folds | [`split`] |
//! | folds → scores | [`cross_validation`], [`metrics`] |

pub mod corpus;
pub mod count;
pub mod cross_validation;
pub mod design;
pub mod error;
pub mod fit;
pub mod metrics;
pub mod objective;
pub mod recipe;
pub mod solver;
pub mod split;
mod write;

pub use corpus::{Corpus, Document};
pub use cross_validation::{CrossValidation, cross_validate};
pub use error::Error;
pub use fit::{Fitted, fit};
pub use metrics::Metrics;
pub use recipe::Recipe;
pub use write::replace_file;
