use core::fmt;

/// Why a model does not fit the format of `model.bin`.
///
/// ```
/// use undertone::EncodeError;
///
/// let error = EncodeError::LongLicence { found: 70_000 };
/// assert!(error.to_string().contains("found 70000 bytes"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The model is longer than its length, a number of 32 bits, can say.
    TooLong,
    /// The licence is longer than its length, a number of 16 bits, can say.
    LongLicence {
        /// The length of the licence in bytes.
        found: usize,
    },
    /// 8-bit coefficients were asked for, but the link is not the softmax.
    OnlySoftmax,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str(
                "expected a model shorter than 4 GiB, found a longer one; keep fewer features",
            ),
            Self::LongLicence { found } => {
                write!(f, "expected a licence shorter than 64 KiB, found {found} bytes; shorten it")
            }
            Self::OnlySoftmax => f.write_str(
                "expected coefficients as 32-bit floats with a link that is not the softmax, found \
                 8-bit integers; store them as 32-bit floats",
            ),
        }
    }
}

impl core::error::Error for EncodeError {}
