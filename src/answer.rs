//! Predictions and explanations as the outside sees them: the same names in JSON, in CSV headings
//! and in JavaScript objects.

use alloc::string::String;
use alloc::vec::Vec;

use crate::classifier::{Classifier, Prediction};
use crate::explain::Explanation;
use crate::provenance::Provenance;

/// A prediction with its labels: `{ label, confidence, probabilities: { label: number },
/// known, foreign }`.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let answer = classifier.answer(classifier.predict("Shares plunge on fraud charges"));
/// assert_eq!(answer.label, "negative");
/// assert!(answer.confidence > 0.5);
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Answer<'a> {
    /// The most probable label.
    pub label: &'a str,
    /// The labels that the text has, in the model's order, by the model's thresholds; `None` of a
    /// model that gives one label.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub labels: Option<Vec<&'a str>>,
    /// The probability of the most probable label.
    pub confidence: f64,
    /// The probability of every label, in the model's order.
    pub probabilities: ByLabel<'a>,
    /// The share of the text that the model knows: [`Prediction::known`].
    pub known: f64,
    /// Whether that is so little that the text is [foreign](Classifier::is_foreign) to the model.
    pub foreign: bool,
}

/// An explanation with its labels.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let text = "Shares plunge on fraud charges";
/// let explained = classifier.explained_answer(text, classifier.explain(text));
/// assert_eq!(explained.answer.label, "negative");
/// assert!(explained.contributions.iter().any(|part| part.text == "plunge"));
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ExplainedAnswer<'a> {
    /// What [`Classifier::predict`] says.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub answer: Answer<'a>,
    /// The logit of every label for a text without known features.
    pub bias: ByLabel<'a>,
    /// The logit of every label.
    pub logits: ByLabel<'a>,
    /// What each stretch of the text adds to the logits.
    pub contributions: Vec<LabelledContribution<'a>>,
}

/// A stretch of the text and what it adds to each logit.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let text = "Shares plunge";
/// let explained = classifier.explained_answer(text, classifier.explain(text));
/// let plunge = explained.contributions.iter().find(|part| part.text == "plunge").unwrap();
/// assert_eq!((plunge.start, plunge.end), (7, 13));
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LabelledContribution<'a> {
    /// The stretch itself.
    pub text: &'a str,
    /// Where it begins, in UTF-16 code units.
    pub start: usize,
    /// Where it ends, in UTF-16 code units.
    pub end: usize,
    /// What it adds.
    pub weights: ByLabel<'a>,
}

/// Numbers keyed by label.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let answer = classifier.answer(classifier.predict("Shares plunge on fraud charges"));
/// let probabilities = &answer.probabilities;
/// assert_eq!(probabilities.labels(), classifier.labels());
/// assert!((probabilities.values().iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone)]
pub struct ByLabel<'a> {
    labels: &'a [String],
    values: Vec<f64>,
}

impl ByLabel<'_> {
    /// The labels, in the model's order.
    pub fn labels(&self) -> &[String] {
        self.labels
    }

    /// The numbers, in the order of the model's labels.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for ByLabel<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(self.labels.len()))?;
        for (label, value) in self.labels.iter().zip(&self.values) {
            map.serialize_entry(label, value)?;
        }
        map.end()
    }
}

/// What a model is: `info` in JavaScript, `undertone inspect --json`.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let info = classifier.info();
/// assert_eq!(info.labels, ["negative", "neutral", "positive"]);
/// assert_eq!(info.link, "softmax");
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Info<'a> {
    /// The class names.
    pub labels: &'a [String],
    /// The number of features over all vectorizers.
    pub features: usize,
    /// How logits become probabilities: [`Link::as_str`](crate::Link::as_str).
    pub link: &'static str,
    /// Below what the model rather says nothing.
    pub thresholds: InfoThresholds<'a>,
    /// Where the model comes from.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub provenance: &'a Provenance,
}

/// A model's [`Thresholds`](crate::Thresholds) with its labels.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let thresholds = classifier.info().thresholds;
/// assert_eq!(thresholds.confidence.values(), [0.0; 3]);
/// assert!(thresholds.known > 0.0);
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct InfoThresholds<'a> {
    /// The least probability at which each label is given; 0 for always.
    pub confidence: ByLabel<'a>,
    /// The share that the model knows of every text that is not foreign to it; 0 for any.
    pub known: f64,
}

impl Classifier {
    /// Names the classes of a prediction.
    pub fn answer(&self, prediction: Prediction) -> Answer<'_> {
        let given = || self.given(&prediction, 0.0).map(|class| self.labels()[class].as_str());
        Answer {
            labels: self.gives_several().then(|| given().collect()),
            known: prediction.known,
            foreign: self.is_foreign(&prediction),
            label: self.labels().get(prediction.class).map_or("", String::as_str),
            confidence: prediction.confidence(),
            probabilities: self.by_label(prediction.probabilities),
        }
    }

    /// Names the classes of an explanation of `text`.
    pub fn explained_answer<'a>(
        &'a self,
        text: &'a str,
        explanation: Explanation,
    ) -> ExplainedAnswer<'a> {
        ExplainedAnswer {
            answer: self.answer(explanation.prediction),
            bias: self.by_label(explanation.bias),
            logits: self.by_label(explanation.logits),
            contributions: explanation
                .contributions
                .into_iter()
                .map(|contribution| LabelledContribution {
                    text: text.get(contribution.bytes).unwrap_or_default(),
                    start: contribution.utf16.start,
                    end: contribution.utf16.end,
                    weights: self.by_label(contribution.weights),
                })
                .collect(),
        }
    }

    /// What the model says of itself.
    pub fn info(&self) -> Info<'_> {
        Info {
            labels: self.labels(),
            features: self.features(),
            link: self.link().as_str(),
            thresholds: self.info_thresholds(),
            provenance: self.provenance(),
        }
    }

    fn info_thresholds(&self) -> InfoThresholds<'_> {
        let confidence = (0..self.labels().len()).map(|class| self.threshold(class)).collect();
        let known = self.thresholds().known.into();
        InfoThresholds { confidence: self.by_label(confidence), known }
    }

    fn by_label(&self, values: Vec<f64>) -> ByLabel<'_> {
        ByLabel { labels: self.labels(), values }
    }
}
