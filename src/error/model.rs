use core::fmt;

/// Why parts do not fit together as a model.
///
/// ```
/// use undertone::ModelError;
/// use undertone::vocabulary::Vocabulary;
///
/// let error = Vocabulary::from_sorted(["rose", "fell"]).unwrap_err();
/// assert_eq!(error, ModelError::Order { place: 1 });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ModelError {
    /// There are no labels.
    NoLabels,
    /// A list of another length than it should have.
    Length {
        /// What the list holds.
        of: &'static str,
        /// The length that the other parts call for; the highest `usize` where that doesn't fit
        /// into one.
        expected: usize,
        /// The length of the list.
        found: usize,
    },
    /// A number that is not finite.
    NotFinite {
        /// What the number is one of.
        of: &'static str,
        /// The place of the number, counted from 0.
        place: usize,
    },
    /// A feature that does not come after the one before it, in byte order.
    Order {
        /// The place of the feature, counted from 0.
        place: usize,
    },
    /// A vocabulary of more than 2³² − 2 features, or longer than 4 GiB.
    TooLarge,
    /// A threshold outside 0 to 1.
    Threshold {
        /// The threshold that was found.
        found: f32,
    },
    /// A weighting out of its range.
    Weighting {
        /// What was expected.
        expected: &'static str,
        /// The value that was found.
        found: f32,
    },
}

impl ModelError {
    /// What was expected, in words that hold for every error of the same kind.
    pub(crate) fn expectation(&self) -> &'static str {
        match self {
            Self::NoLabels => "one or more labels",
            Self::Length { of: "biases", .. } => "one bias for each of one or more labels",
            Self::Length { of: "coefficients", .. } => "one coefficient for each feature and label",
            Self::Length { of: "thresholds", .. } => "no threshold, or one for each label",
            Self::Length { .. } => "a document frequency for each feature",
            Self::NotFinite { .. } => "finite coefficients",
            Self::Order { .. } => "a vocabulary of different features in ascending order",
            Self::TooLarge => "a vocabulary of fewer than 2^32 - 1 features in 4 GiB",
            Self::Threshold { .. } => "thresholds from 0 to 1",
            Self::Weighting { .. } => "weights in their ranges",
        }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLabels => f.write_str("expected one or more labels, found none"),
            Self::Length { of, expected, found } => {
                write!(f, "expected {expected} {of}, found {found}")
            }
            Self::NotFinite { of, place } => {
                write!(f, "expected finite {of}, found another number at place {place}")
            }
            Self::Order { place } => write!(
                f,
                "expected different features in ascending order of their bytes, found one at place \
                 {place} that does not come after the one before it; sort them"
            ),
            Self::TooLarge => f.write_str(
                "expected fewer than 2^32 - 1 features in less than 4 GiB, found more; leave rare \
                 ones out",
            ),
            Self::Threshold { found } => {
                write!(f, "expected a threshold from 0 to 1, found {found}")
            }
            Self::Weighting { expected, found } => write!(f, "expected {expected}, found {found}"),
        }
    }
}

impl core::error::Error for ModelError {}
