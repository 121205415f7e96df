//! What a model was trained on and how it scored, carried inside it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::setters::setters;

/// Where a model comes from. Everything here follows from the recipe and the data, nothing from
/// the clock or the machine, so that the same recipe gives the same bytes.
///
/// ```
/// use undertone::provenance::{DataSet, Provenance};
///
/// let data = [DataSet::default().name("headlines.csv").documents(1000)];
/// let provenance = Provenance::default().date("2026-11-29").licence("CC0-1.0").data(data);
/// assert_eq!(provenance.data[0].documents, 1000);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Provenance {
    /// The version of Undertone that trained it.
    pub version: String,
    /// SHA-256 of the recipe in its canonical form, in hexadecimal.
    pub recipe: String,
    /// The date that the recipe gives; empty where it gives none.
    pub date: String,
    /// Under what licence the recipe says that the model may be used, as an SPDX expression; empty
    /// where it says nothing.
    pub licence: String,
    /// The data sets, in the recipe's order.
    pub data: Vec<DataSet>,
    /// How many words corrections have added to its vocabulary.
    pub grown: u32,
    /// Cross-validation on the training data; none when it was switched off.
    pub scores: Option<Scores>,
}

setters!(Provenance {
    version: @into String,
    recipe: @into String,
    date: @into String,
    licence: @into String,
    data: @into Vec<DataSet>,
    grown: u32,
    scores: @into Option<Scores>,
});

/// One file of training data, or of what was known before: word vectors, a base model.
///
/// ```
/// use undertone::provenance::DataSet;
///
/// let set = DataSet::default().name("headlines.csv").documents(1000);
/// assert_eq!((set.name.as_str(), set.sha256.as_str()), ("headlines.csv", ""));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DataSet {
    /// The file's name without its folder.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The number of documents read from it; 0 for word vectors and for a base model.
    pub documents: u32,
}

setters!(DataSet {
    name: @into String,
    sha256: @into String,
    documents: u32,
});

/// Scores in stratified cross-validation.
///
/// ```
/// use undertone::provenance::{Provenance, Scores};
///
/// let scores = Scores::default().folds(5).accuracy(0.81);
/// assert_eq!(Provenance::default().scores(scores).scores, Some(scores));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Scores {
    /// The number of folds.
    pub folds: u32,
    /// Share of documents whose most probable class is right, 0 to 1.
    pub accuracy: f64,
    /// Unweighted mean of the classes' F1, 0 to 1.
    pub macro_f1: f64,
    /// Mean of −ln of the probability given to the right class, in nats.
    pub log_loss: f64,
    /// Expected calibration error, 0 to 1.
    pub calibration_error: f64,
}

setters!(Scores {
    folds: u32,
    accuracy: f64,
    macro_f1: f64,
    log_loss: f64,
    calibration_error: f64,
});
