//! Names of the choices that recipes, options and JSON spell out.

use alloc::string::String;

use core::fmt;

/// A name that is none of those expected.
///
/// ```
/// use undertone::Link;
///
/// let error = "lasso".parse::<Link>().unwrap_err();
/// let expected = "expected softmax, one-vs-rest, margins, independent, found \"lasso\"";
/// assert_eq!(error.to_string(), expected);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    pub(crate) expected: &'static [&'static str],
    pub(crate) found: String,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {:?}", self.expected.join(", "), self.found)
    }
}

impl core::error::Error for UnknownName {}

/// Spells an enum's variants: `NAMES`, `as_str`, `Display` and `FromStr`.
macro_rules! spelled {
    ($type:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every name, in the order of the variants.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl core::str::FromStr for $type {
            type Err = crate::spelling::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(crate::spelling::UnknownName {
                        expected: Self::NAMES,
                        found: alloc::string::String::from(name),
                    }),
                }
            }
        }
    };
}

pub(crate) use spelled;

#[cfg(test)]
mod tests {
    use crate::Link;
    use crate::format::Precision;
    use crate::text::AnalyzerKind;

    #[test]
    fn every_name_is_read_as_what_it_names() {
        for &name in AnalyzerKind::NAMES {
            assert_eq!(name.parse::<AnalyzerKind>().unwrap().as_str(), name);
        }
        for &name in Link::NAMES {
            assert_eq!(name.parse::<Link>().unwrap().as_str(), name);
        }
        for &name in Precision::NAMES {
            assert_eq!(name.parse::<Precision>().unwrap().as_str(), name);
        }
        let error = "softMax".parse::<Link>().unwrap_err().to_string();
        assert_eq!(error, "expected softmax, one-vs-rest, margins, independent, found \"softMax\"");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serde_spells_them_alike() {
        let spelled = |value: &dyn std::fmt::Debug, json: String, name: &str| {
            assert_eq!(json, format!("{name:?}"), "{value:?}");
        };
        for kind in AnalyzerKind::NAMES.iter().map(|name| name.parse::<AnalyzerKind>().unwrap()) {
            spelled(&kind, serde_json::to_string(&kind).unwrap(), kind.as_str());
        }
        for link in Link::NAMES.iter().map(|name| name.parse::<Link>().unwrap()) {
            spelled(&link, serde_json::to_string(&link).unwrap(), link.as_str());
        }
        for precision in Precision::NAMES.iter().map(|name| name.parse::<Precision>().unwrap()) {
            spelled(&precision, serde_json::to_string(&precision).unwrap(), precision.as_str());
        }
    }
}
