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
    /// The model has cues or changes, and this is the browser module that reads words alone,
    /// `undertone/small`, the only build that says so.
    Derived,
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
            Self::Derived => "derived",
            Self::Content(_) => "content",
        }
    }
}

/// A part of the message of an [`OpenError`].
pub(crate) enum Part {
    Text(&'static str),
    Number(usize),
    Checksum(u32),
}

impl OpenError {
    /// The message, part by part: what formats numbers, and whatever else core can format, would be
    /// a thirtieth of the module that scores alone.
    pub(crate) fn message(&self) -> [Part; 5] {
        use Part::{Checksum, Number, Text};
        const NOTHING: Part = Text("");
        let again = Text("; copy or download it again");
        match *self {
            Self::NotAModel => {
                let message = "not an Undertone model: expected the first eight bytes to be \
                               \"undrtone\"; give a model.bin";
                [Text(message), NOTHING, NOTHING, NOTHING, NOTHING]
            }
            Self::Version { found, expected } => {
                let is_newer = found > expected;
                let remedy =
                    if is_newer { ": update Undertone" } else { ": train the model again" };
                let (found, expected) = (Number(found as usize), Number(expected as usize));
                [
                    Text("model format version "),
                    found,
                    Text(", expected 1 to "),
                    expected,
                    Text(remedy),
                ]
            }
            Self::Truncated { found, expected } => {
                let start = Text("the model is cut short: expected ");
                [start, Number(expected), Text(" bytes, found "), Number(found), again]
            }
            Self::TrailingBytes { found, expected } => {
                let start = Text("the model is too long: expected ");
                [start, Number(expected), Text(" bytes, found "), Number(found), again]
            }
            Self::Checksum { found, expected } => {
                let start = Text("the model is damaged: expected checksum ");
                [start, Checksum(expected), Text(", found "), Checksum(found), again]
            }
            Self::Derived => {
                let message = "expected a model of words or characters, found one with cues or \
                               changes; open it with `undertone` in place of `undertone/small`";
                [Text(message), NOTHING, NOTHING, NOTHING, NOTHING]
            }
            Self::Content(expected) => {
                let start = Text("the model contradicts itself: expected ");
                [start, Text(expected), Text("; train it again"), NOTHING, NOTHING]
            }
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Number(number) => write!(f, "{number}"),
            Part::Checksum(sum) => write!(f, "{sum:08x}"),
        })
    }
}

impl core::error::Error for OpenError {}

/// The error for bytes whose parts do not fit together.
impl From<ModelError> for OpenError {
    fn from(error: ModelError) -> Self {
        Self::Content(error.expectation())
    }
}
