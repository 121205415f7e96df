//! Corrections: a trained model that learns from single texts.
//!
//! A correction says that a text is of class y. With x the text's row (unit rows times their
//! scales, V over all vectorizers) and p its probabilities (K), the gradient of −ln p\[y\] by the
//! coefficients W is x⊗(p − e_y), with e_y 1 at y and 0 elsewhere, and a correction is one step
//! against it (online gradient descent; Zinkevich 2003, "Online Convex Programming and Generalized
//! Infinitesimal Gradient Ascent"):
//!
//! ```text
//! W[j, k] += η · x[j] · ([k = y] − p[k])        η = 2 / Σ scale²
//! ```
//!
//! - **Why this η.** ‖x‖² is at most the sum of the vectorizers' squared scales, s², and the
//!   softmax has a curvature of at most ½ (Böhning 1992), so that −ln p\[y\] curves by at most s²/2
//!   along x: 2/s² is the longest step after which it can't have risen on that text.
//! - **Bounds.** The text's logits change by η‖x‖²(e_y − p): none by more than 2, and two of them
//!   by at most 4 against each other. So does no other text's: |x·x′| ≤ s². A coefficient changes
//!   by at most 2 / s, whatever is corrected.
//! - **Models from elsewhere** may not have unit rows: then s² is ‖x‖² itself, and the bounds hold
//!   for the corrected text alone. Where each class has a sigmoid of its own, p are the sigmoids,
//!   and each class's −ln likelihood is what a step lowers (curvature at most ¼).
//! - **Biases stay.** A correction is about a headline's words, not about how common a class is:
//!   moving the bias would move every headline. A text without a known feature teaches nothing.
//! - **Growth.** A correction may bring words that the model does not know, and a label that it
//!   does not have: both are added first, without saying anything (coefficients of 0, or the mean
//!   of the other labels'), and then the step is taken, 4 times as long along the new words:
//!   nothing else has told of them yet, and no text without them notices. Such a text's logits
//!   change by up to 8. Undoing it takes them away again.
//! - **Calibration.** The coefficients are those of calibrated logits (calibration is folded into
//!   them), so p is the probability that the reader saw and disagreed with.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::classifier::{Classifier, Prediction};
use crate::error::EncodeError;
use crate::format;
use crate::provenance::DataSet;
use crate::score::Kept;
#[cfg(feature = "wasm")]
use crate::text::TextsRef;
use crate::tfidf::Vectorizer;

/// The step size η times Σ scale²; see the module's text.
const STEP_FACTOR: f64 = 2.0;

/// How many times as long the step is along a word that the correction brings.
const NEW_WORD_FACTOR: f64 = 4.0;

/// The name of the data set that counts the corrections in a corrected model's provenance.
pub const CORRECTIONS: &str = "corrections";

/// A classifier that takes corrections, and takes them back.
///
/// ```
/// use undertone::{Classifier, Learner};
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut learner = Learner::new(Classifier::open(&std::fs::read("model.bin")?)?);
/// let text = "Exchange pauses withdrawals for scheduled maintenance";
/// let labels = learner.classifier().labels();
/// let neutral = labels.iter().position(|label| label == "neutral").unwrap();
/// let before = learner.classifier().predict(text);
/// let after = learner.learn(text, neutral).unwrap();
/// assert!(after.probabilities[neutral] > before.probabilities[neutral]);
///
/// let corrected = Classifier::open(&learner.to_bytes()?)?;
/// assert_eq!(corrected.predict(text), after);
/// learner.undo();
/// assert_eq!(learner.classifier().predict(text), before);
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone)]
pub struct Learner {
    classifier: Classifier,
    corrections: Vec<Correction>,
    /// What scoring keeps between texts; emptied whenever coefficients change.
    kept: Kept,
}

/// One correction, as undoing it needs it.
#[derive(Debug, Clone)]
struct Correction {
    /// The columns whose coefficients it changed.
    columns: Vec<u32>,
    /// The coefficients before it, K for each of `columns`.
    before: Vec<f32>,
    /// The words that it brought.
    words: Vec<String>,
    /// Whether it brought its label.
    has_new_label: bool,
}

/// What a growing correction brought.
///
/// ```
/// use undertone::{Classifier, Learner};
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut learner = Learner::new(Classifier::open(&std::fs::read("model.bin")?)?);
/// let learnt = learner.learn_growing("Zorvexium airdrop is a scam", "spam").unwrap();
/// assert!(learnt.is_new_label);
/// assert_eq!(learnt.prediction.probabilities.len(), 4);
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Learnt {
    /// The prediction of the text after the correction.
    pub prediction: Prediction,
    /// The words that the model knows from now on, in byte order.
    pub words: Vec<String>,
    /// Whether the label was new.
    pub is_new_label: bool,
}

impl Learner {
    /// Makes a learner of a classifier, without corrections yet.
    pub fn new(classifier: Classifier) -> Self {
        Self { classifier, corrections: Vec::new(), kept: Kept::default() }
    }

    /// The classifier with every correction in it.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// The number of corrections in the classifier.
    pub fn corrections(&self) -> usize {
        self.corrections.len()
    }

    /// Scores a text by the corrected classifier; working memory is kept from one text to the next.
    pub fn predict(&mut self, text: &str) -> Prediction {
        self.kept.predict(&self.classifier, text)
    }

    /// Appends the K probabilities of a text by the corrected classifier.
    pub fn predict_into(&mut self, text: &str, probabilities: &mut Vec<f64>) -> f64 {
        self.kept.predict_into(&self.classifier, text, probabilities)
    }

    /// Appends the K probabilities of each text by the corrected classifier. What is kept of words
    /// is valid until the next correction.
    #[cfg(feature = "wasm")]
    pub(crate) fn predict_texts(&mut self, texts: TextsRef<'_>, probabilities: &mut Vec<f64>) {
        self.kept.predict_texts(&self.classifier, texts, probabilities);
    }

    /// Learns that `text` is of `class`, an index into [`Classifier::labels`], and predicts it
    /// anew. `None`, and nothing learnt, where there is no such class, or the model gives several
    /// labels: that a text is of one class says nothing of the others then.
    pub fn learn(&mut self, text: &str, class: usize) -> Option<Prediction> {
        if class >= self.classifier.labels().len() || self.classifier.gives_several() {
            return None;
        }
        self.step(text, class, Vec::new(), false);
        Some(self.predict(text))
    }

    /// Learns that `text` is of `label`, which may be new, together with the words of the text that
    /// the model does not know: see [`Classifier::unknown_words`]. `None`, and nothing learnt, for
    /// an empty label, or where the model gives several labels.
    ///
    /// ```
    /// use undertone::{Classifier, Learner};
    ///
    /// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut learner = Learner::new(Classifier::open(&std::fs::read("model.bin")?)?);
    /// let learnt = learner.learn_growing("Zorvexium depegs again", "negative").unwrap();
    /// assert!(learnt.words.contains(&"zorvexium".to_owned()));
    /// let label = learner.classifier().predict("Zorvexium").class;
    /// assert_eq!(learner.classifier().labels()[label], "negative");
    /// # Ok(()) }
    /// # #[cfg(not(feature = "train"))] fn main() {}
    /// ```
    pub fn learn_growing(&mut self, text: &str, label: &str) -> Option<Learnt> {
        if label.is_empty() || self.classifier.gives_several() {
            return None;
        }
        let words = self.classifier.unknown_words(text);
        self.classifier.add_words(&words);
        let labels = self.classifier.labels();
        let class = labels.iter().position(|known| known == label);
        let (class, is_new_label) = match class {
            Some(class) => (class, false),
            None => (labels.len(), true),
        };
        if is_new_label {
            self.classifier.add_label(label);
        }
        self.step(text, class, words.clone(), is_new_label);
        Some(Learnt { prediction: self.predict(text), words, is_new_label })
    }

    /// Gives a word a weight by hand: in a text of this word alone the logit of `class` rises by
    /// `strength`, −10 to 10. The word is taken in if the model does not know it. It counts as a
    /// correction, and can be undone. False, and nothing taught, for a text that is not one word,
    /// for a class or a strength that there is not, and for a model that reads no single words.
    pub fn teach(&mut self, word: &str, class: usize, strength: f64) -> bool {
        let is_possible =
            class < self.classifier.labels().len() && (-10.0..=10.0).contains(&strength);
        let Some(word) = self.classifier.single_word(word).filter(|_| is_possible) else {
            return false;
        };
        let Some(place) = self.classifier.growing_vectorizer() else { return false };
        let words = self.classifier.unknown_words(&word);
        self.classifier.add_words(&words);
        let vectorizers = self.classifier.vectorizers();
        let first: usize = vectorizers[..place].iter().map(|one| one.vocabulary().len()).sum();
        let vectorizer = &vectorizers[place];
        let Some(column) = vectorizer.vocabulary().column(&word.as_str().into()) else {
            // A sign or a number that the model does not know.
            return false;
        };
        let alone = vectorizer.value(column, 1);
        let alone = alone * vectorizer.weighting().factor(alone * alone);
        let weights = self.classifier.weights_mut(first as u32 + column);
        let columns = alloc::vec![first as u32 + column];
        let before = weights.to_vec();
        weights[class] += (strength / alone) as f32;
        self.corrections.push(Correction { columns, before, words, has_new_label: false });
        self.kept.forget();
        true
    }

    /// Takes one step for a text, and notes what undoing it needs.
    fn step(&mut self, text: &str, class: usize, words: Vec<String>, has_new_label: bool) {
        let row = self.classifier.row(text);
        let weightings = || self.classifier.vectorizers().iter().map(Vectorizer::weighting);
        let squares: f64 = if weightings().all(|weighting| weighting.unit) {
            weightings().map(|weighting| square(weighting.scale)).sum()
        } else {
            row.iter().map(|entry| square(entry.value)).sum()
        };
        let rate = STEP_FACTOR / squares;
        let mut logits = Vec::new();
        self.kept.logits_into(&self.classifier, text, &mut logits);
        let mut errors = self.classifier.link().class_probabilities(logits);
        errors[class] -= 1.0;
        let (mut columns, mut before) = (Vec::new(), Vec::new());
        for entry in row {
            let weights = self.classifier.weights_mut(entry.column);
            columns.push(entry.column);
            before.extend_from_slice(weights);
            let is_new = !words.is_empty() && weights.iter().all(|weight| *weight == 0.0);
            let step = if is_new { NEW_WORD_FACTOR * rate } else { rate };
            for (weight, error) in weights.iter_mut().zip(&errors) {
                *weight -= (step * f64::from(entry.value) * error) as f32;
            }
        }
        self.corrections.push(Correction { columns, before, words, has_new_label });
        self.kept.forget();
    }

    /// Takes the last correction back, to the last bit. False where there is none.
    pub fn undo(&mut self) -> bool {
        let Some(Correction { columns, before, words, has_new_label }) = self.corrections.pop()
        else {
            return false;
        };
        let classes = self.classifier.labels().len();
        for (column, before) in columns.into_iter().zip(before.chunks_exact(classes)) {
            self.classifier.weights_mut(column).copy_from_slice(before);
        }
        if has_new_label {
            self.classifier.remove_label();
        }
        self.classifier.remove_words(&words);
        self.kept.forget();
        true
    }

    /// Takes every correction back.
    pub fn reset(&mut self) {
        while self.undo() {}
    }

    /// The bytes of a `model.bin` with the corrections in it, coefficients as 32-bit floats. Its
    /// provenance counts them as a data set named [`CORRECTIONS`], and has no scores: those of the
    /// model before were not measured on this one.
    ///
    /// # Errors
    /// [`EncodeError::TooLong`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        if self.corrections.is_empty() {
            return format::write_exact(&self.classifier);
        }
        let mut corrected = self.classifier.clone();
        let provenance = corrected.provenance_mut();
        provenance.scores = None;
        let words: usize = self.corrections.iter().map(|correction| correction.words.len()).sum();
        provenance.grown =
            provenance.grown.saturating_add(u32::try_from(words).unwrap_or(u32::MAX));
        let documents = u32::try_from(self.corrections.len()).unwrap_or(u32::MAX);
        match provenance.data.iter_mut().find(|set| set.name == CORRECTIONS) {
            Some(set) => set.documents = set.documents.saturating_add(documents),
            None => provenance.data.push(DataSet {
                name: CORRECTIONS.to_owned(),
                sha256: String::new(),
                documents,
            }),
        }
        format::write_exact(&corrected)
    }
}

/// The square of a value, in double precision.
fn square(value: f32) -> f64 {
    f64::from(value) * f64::from(value)
}
