//! What a model says of itself, as numbers and bytes: objects would take serde_wasm_bindgen and
//! js_sys, 2.8 KB of what a page loads.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Classifier;

/// Appends to `said` the strings of what a model says of itself, one after the other, and to
/// `output` the numbers of labels and of data sets, and the other numbers and the lengths of the
/// strings in bytes, in the order of `npm/info.js`.
pub(super) fn describe(classifier: &Classifier, said: &mut String, output: &mut Vec<f64>) {
    let (labels, provenance) = (classifier.labels(), classifier.provenance());
    let count = |count: usize| count as f64;
    let scores = provenance.scores.unwrap_or_default();
    output.extend_from_slice(&[
        count(labels.len()),
        count(provenance.data.len()),
        count(classifier.features()),
        provenance.grown.into(),
        classifier.thresholds().known.into(),
    ]);
    output.extend((0..labels.len()).map(|class| classifier.threshold(class)));
    output.extend(provenance.data.iter().map(|set| f64::from(set.documents)));
    output.extend_from_slice(&[
        scores.folds.into(),
        scores.accuracy,
        scores.macro_f1,
        scores.log_loss,
        scores.calibration_error,
    ]);
    let mut say = |string: &str| say(string, said, output);
    say(classifier.link().as_str());
    say(&provenance.version);
    say(&provenance.recipe);
    say(&provenance.date);
    say(&provenance.licence);
    labels.iter().for_each(|label| say(label));
    for set in &provenance.data {
        say(&set.name);
        say(&set.sha256);
    }
}

/// Appends a string to what is said, and its length to the numbers.
// Not inlined: the browser module holds one copy instead of eight.
#[inline(never)]
fn say(string: &str, said: &mut String, output: &mut Vec<f64>) {
    said.push_str(string);
    output.push(string.len() as f64);
}
