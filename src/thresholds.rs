//! When a model rather says nothing: it is not sure enough, or the text is foreign to it.

use alloc::vec::Vec;

use crate::classifier::{Classifier, Prediction};
use crate::error::ModelError;
use crate::link::Link;

/// Below what a model rather says nothing. Both are chosen in training, from texts that the model
/// had not seen.
///
/// ```
/// use undertone::Thresholds;
/// // Negative from 0.6 on, neutral always, positive from 0.8 on.
/// let thresholds = Thresholds::default().confidence([0.6, 0.0, 0.8]).known(0.2);
/// assert_eq!(thresholds.known, 0.2);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Thresholds {
    /// For each class, the least probability at which its label is given, 0 to 1; K, or empty where
    /// every label is given, or with [`Link::Independent`] each from 0.5 on.
    pub confidence: Vec<f32>,
    /// A text of whose features the model knows a smaller share is foreign to it; 0 to 1, and no
    /// text is foreign at 0. See [`Prediction::known`].
    pub known: f32,
}

crate::setters::setters!(Thresholds {
    confidence: @into Vec<f32>,
    known: f32,
});

impl Thresholds {
    /// Checks them for a model of `classes`.
    fn check(&self, classes: usize) -> Result<(), ModelError> {
        if !self.confidence.is_empty() && self.confidence.len() != classes {
            return Err(ModelError::Length {
                of: "thresholds",
                expected: classes,
                found: self.confidence.len(),
            });
        }
        let mut all = self.confidence.iter().chain([&self.known]);
        match all.find(|share| !(0.0..=1.0).contains(*share)) {
            Some(&found) => Err(ModelError::Threshold { found }),
            None => Ok(()),
        }
    }
}

impl Classifier {
    /// This classifier with other thresholds.
    ///
    /// # Errors
    /// [`ModelError::Length`] unless there is none or one for each class, and
    /// [`ModelError::Threshold`] for one that is not in 0 to 1.
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Result<Self, ModelError> {
        thresholds.check(self.labels().len())?;
        self.thresholds = thresholds;
        Ok(self)
    }

    /// Below what the model rather says nothing.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// Whether a text may have several labels, or none: whether its link is
    /// [`Link::Independent`].
    pub fn gives_several(&self) -> bool {
        self.link() == Link::Independent
    }

    /// The least probability at which the label of a class is given.
    pub(crate) fn threshold(&self, class: usize) -> f64 {
        let none = if self.gives_several() { 0.5 } else { 0.0 };
        self.thresholds.confidence.get(class).map_or(none, |&own| own.into())
    }

    /// The classes whose labels a text is given, ascending: of a model that gives several, all that
    /// are at least as probable as `min_confidence` and the threshold of their label ask; of
    /// others, the most probable one, or none.
    pub fn given(
        &self,
        prediction: &Prediction,
        min_confidence: f64,
    ) -> impl Iterator<Item = usize> {
        let probabilities = prediction.probabilities.iter().copied().enumerate();
        let given = probabilities.filter(move |&(class, probability)| {
            (self.gives_several() || class == prediction.class)
                && probability >= f64::max(min_confidence, self.threshold(class))
        });
        given.map(|(class, _)| class)
    }

    /// Whether a prediction is as probable as its label has to be: at least `min_confidence`, and
    /// the threshold of the model. Of a model that gives several labels, whether a text has any.
    pub fn is_sure(&self, prediction: &Prediction, min_confidence: f64) -> bool {
        self.given(prediction, min_confidence).next().is_some()
    }

    /// Whether a text is foreign to the model: in another language, or about something else. Its
    /// prediction then follows from the little that is known of it.
    pub fn is_foreign(&self, prediction: &Prediction) -> bool {
        prediction.known < self.thresholds.known.into()
    }
}
