use core::fmt;

use super::ModelError;

/// Why bytes are not a model that this version opens.
///
/// ```
/// use undertone::{Classifier, OpenError};
///
/// let error = Classifier::open(b"label,text\n1,Profit rose").unwrap_err();
/// assert_eq!(error, OpenError::NotAModel);
/// assert_eq!(error.code(), "not-a-model");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The first bytes are not those of a model.
    NotAModel,
    /// The format of the model is of a version that this build doesn't read.
    Version {
        /// The version in the file.
        found: u32,
        /// The newest version that this build reads; the oldest is 1.
        expected: u32,
    },
    /// The bytes end before the model does.
    Truncated {
        /// The number of bytes.
        found: usize,
        /// The number of bytes that the header announces, header included; or the length of a
        /// header.
        expected: usize,
    },
    /// Bytes follow the end of the model.
    TrailingBytes {
        /// The number of bytes.
        found: usize,
        /// The number of bytes that the header announces, header included.
        expected: usize,
    },
    /// The checksum is not that of the content.
    Checksum {
        /// The checksum of the content.
        found: u32,
        /// The checksum in the header.
        expected: u32,
    },
    /// The checksum is right, but the content contradicts itself.
    Content(
        /// What was expected.
        &'static str,
    ),
}

impl OpenError {
    /// The code of the error: a short, stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAModel => "not-a-model",
            Self::Version { .. } => "version",
            Self::Truncated { .. } => "truncated",
            Self::TrailingBytes { .. } => "trailing-bytes",
            Self::Checksum { .. } => "checksum",
            Self::Content(_) => "content",
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAModel => f.write_str(
                "not an Undertone model: expected the first eight bytes to be \"undrtone\"; \
                 give a model.bin",
            ),
            Self::Version { found, expected } => {
                let remedy =
                    if found > expected { "update Undertone" } else { "train the model again" };
                write!(f, "model format version {found}, expected 1 to {expected}: {remedy}")
            }
            Self::Truncated { found, expected } => write!(
                f,
                "the model is cut short: expected {expected} bytes, found {found}; copy or \
                 download it again"
            ),
            Self::TrailingBytes { found, expected } => write!(
                f,
                "the model is too long: expected {expected} bytes, found {found}; copy or \
                 download it again"
            ),
            Self::Checksum { found, expected } => write!(
                f,
                "the model is damaged: expected checksum {expected:08x}, found {found:08x}; copy \
                 or download it again"
            ),
            Self::Content(expected) => {
                write!(f, "the model contradicts itself: expected {expected}; train it again")
            }
        }
    }
}

impl core::error::Error for OpenError {}

/// The error for bytes whose parts do not fit together.
impl From<ModelError> for OpenError {
    fn from(error: ModelError) -> Self {
        Self::Content(error.expectation())
    }
}
