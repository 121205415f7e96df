//! Type inference: what JSON values have in common, and the type of column that holds all of them
//! exactly.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};
use serde_json::value::RawValue;

use super::members;

/// The integer up to which a 64-bit float holds every integer.
const EXACT: u64 = 1 << 53;
/// The depth up to which nested values are looked at: every level costs stack, and another reading
/// of the text.
pub(super) const DEEPEST: usize = 64;
/// The most digits of a decimal type of Arrow.
pub(super) const DECIMAL_128: u8 = 38;
pub(super) const DECIMAL_256: u8 = 76;

/// The kind of the values of a field: what they have in common.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool,
    /// Signed integers of 64 bits.
    Int {
        has_negative: bool,
        /// Whether a 64-bit float holds each of them exactly.
        is_exact: bool,
    },
    /// Unsigned integers of 64 bits, at least one of them too large for a signed one.
    UInt,
    /// Integers of at most this many digits.
    Decimal(u8),
    /// Numbers that a 64-bit float holds exactly.
    Float,
    /// Texts, or scalar values that only text can hold together.
    Text,
    List(Box<Kind>),
    /// Objects, with their fields in the order of first occurrence.
    Object(Vec<(String, Kind)>),
    /// Values that no type holds together.
    Clash(&'static str),
}

impl Kind {
    pub(super) fn of(value: &RawValue) -> Result<Self, String> {
        Self::at_depth(value, 0)
    }

    fn at_depth(value: &RawValue, depth: usize) -> Result<Self, String> {
        if depth > DEEPEST {
            return Ok(Self::Clash("values within more than 64 others"));
        }
        let text = value.get();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Bool,
            Some(b'"') => Self::Text,
            Some(b'[') => {
                let mut kind = Self::Null;
                for item in items(text)? {
                    kind = kind.merge(Self::at_depth(item, depth + 1)?);
                }
                Self::List(Box::new(kind))
            }
            Some(b'{') => {
                let members = members(text)?.into_iter();
                let fields = members.map(|(name, value)| {
                    Ok((name.into_owned(), Self::at_depth(value, depth + 1)?))
                });
                Self::Object(fields.collect::<Result<_, String>>()?)
            }
            _ => Self::of_number(text),
        })
    }

    fn of_number(literal: &str) -> Self {
        if is_integer(literal) {
            if let Ok(number) = literal.parse::<i64>() {
                let is_exact = number.unsigned_abs() <= EXACT;
                return Self::Int { has_negative: number < 0, is_exact };
            }
            if literal.parse::<u64>().is_ok() {
                return Self::UInt;
            }
            let digits = literal.trim_start_matches('-').len();
            return match u8::try_from(digits) {
                Ok(digits) if digits <= DECIMAL_256 => Self::Decimal(digits),
                _ => Self::Text,
            };
        }
        if exact_float(literal).is_some() { Self::Float } else { Self::Text }
    }

    pub(super) fn merge(self, other: Self) -> Self {
        use Kind::{Bool, Clash, Decimal, Float, Int, List, Null, Object, Text, UInt};
        match (self, other) {
            (Null, kind) | (kind, Null) => kind,
            (one, other) if one == other => one,
            (clash @ Clash(_), _) | (_, clash @ Clash(_)) => clash,
            (
                Int { has_negative, is_exact },
                Int { has_negative: other_negative, is_exact: other_exact },
            ) => Int {
                has_negative: has_negative || other_negative,
                is_exact: is_exact && other_exact,
            },
            (Int { has_negative: false, .. }, UInt) | (UInt, Int { has_negative: false, .. }) => {
                UInt
            }
            (Int { .. } | UInt, UInt | Int { .. }) => Decimal(20),
            (Int { .. } | UInt, Decimal(digits)) | (Decimal(digits), Int { .. } | UInt) => {
                Decimal(digits.max(20))
            }
            (Decimal(one), Decimal(other)) => Decimal(one.max(other)),
            (Int { is_exact: true, .. }, Float) | (Float, Int { is_exact: true, .. }) => Float,
            (List(one), List(other)) => List(Box::new(one.merge(*other))),
            (Object(mut fields), Object(others)) => {
                for (name, kind) in others {
                    match fields.iter_mut().find(|(known, _)| *known == name) {
                        None => fields.push((name, kind)),
                        Some((_, known)) => {
                            let old = std::mem::replace(known, Null);
                            *known = old.merge(kind);
                        }
                    }
                }
                Object(fields)
            }
            (List(_), Object(_)) | (Object(_), List(_)) => Clash("arrays and objects"),
            (List(_), _) | (_, List(_)) => Clash("arrays and single values"),
            (Object(_), _) | (_, Object(_)) => Clash("objects and single values"),
            (Bool | Int { .. } | UInt | Decimal(_) | Float | Text, _) => Text,
        }
    }

    /// What no type holds together, if there is something, at any depth.
    pub(super) fn clash(&self) -> Option<&'static str> {
        match self {
            Self::Clash(what) => Some(what),
            Self::List(item) => item.clash(),
            Self::Object(fields) => fields.iter().find_map(|(_, kind)| kind.clash()),
            _ => None,
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        match self {
            // Any scalar value that may still come fits into a text.
            Self::Null | Self::Text | Self::Clash(_) => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int { .. } => DataType::Int64,
            Self::UInt => DataType::UInt64,
            Self::Decimal(digits) if *digits <= DECIMAL_128 => DataType::Decimal128(DECIMAL_128, 0),
            Self::Decimal(_) => DataType::Decimal256(DECIMAL_256, 0),
            Self::Float => DataType::Float64,
            Self::List(item) => {
                DataType::List(Arc::new(Field::new_list_field(item.data_type(), true)))
            }
            Self::Object(fields) => DataType::Struct(fields_of(fields)),
        }
    }
}

pub(super) fn fields_of(fields: &[(String, Kind)]) -> Fields {
    fields.iter().map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect()
}

/// The items of an array, each as it is written.
pub(super) fn items(text: &str) -> Result<Vec<&RawValue>, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Whether a number is an integer: without point and exponent, and not minus zero, which only a
/// float holds.
pub(super) fn is_integer(literal: &str) -> bool {
    literal != "-0" && !literal.contains(['.', 'e', 'E'])
}

/// The float that holds a number exactly, if there is one.
pub(super) fn exact_float(literal: &str) -> Option<f64> {
    let number = literal.parse::<f64>().ok().filter(|number| number.is_finite())?;
    (normal(literal)? == normal(&format!("{number:e}"))?).then_some(number)
}

/// The normal form of a number: its sign, its digits from the first to the last that is not zero,
/// and their power of ten.
fn normal(literal: &str) -> Option<(bool, String, i64)> {
    let unsigned = literal.trim_start_matches('-');
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.trim_start_matches('+').parse().ok()?),
        None => (unsigned, 0_i64),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let trimmed = digits.trim_end_matches('0');
    let power = exponent
        .checked_sub(fraction.len() as i64)?
        .checked_add((digits.len() - trimmed.len()) as i64)?;
    let digits = trimmed.trim_start_matches('0').to_owned();
    let power = if digits.is_empty() { 0 } else { power };
    Some((literal.starts_with('-'), digits, power))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[&str]) -> Kind {
        values.iter().fold(Kind::Null, |kind, value| {
            let value = RawValue::from_string((*value).to_owned()).unwrap();
            kind.merge(Kind::of(&value).unwrap())
        })
    }

    #[test]
    fn a_column_holds_every_number_exactly_or_as_text() {
        for (values, data_type) in [
            (&["1", "-2", "null"][..], DataType::Int64),
            (&["9223372036854775807"], DataType::Int64),
            (&["9223372036854775808", "1"], DataType::UInt64),
            (&["9223372036854775808", "-1"], DataType::Decimal128(38, 0)),
            (&["18446744073709551616"], DataType::Decimal128(38, 0)),
            (&["123456789012345678901234567890123456789"], DataType::Decimal256(76, 0)),
            (&["1", "1.5"], DataType::Float64),
            (&["9007199254740993", "1.5"], DataType::Utf8),
            (&["0.1", "1e3", "-0"], DataType::Float64),
            (&["0.1000000000000000055511151231257827"], DataType::Utf8),
            (&["1e999"], DataType::Utf8),
            (&["1", "\"1\""], DataType::Utf8),
            (&["true", "1"], DataType::Utf8),
            (&["true", "false"], DataType::Boolean),
        ] {
            assert_eq!(kind(values).data_type(), data_type, "{values:?}");
        }
        assert_eq!(kind(&["1", "[1]"]).clash(), Some("arrays and single values"));
        assert_eq!(
            kind(&["[{\"a\":1}]", "[{\"a\":[]}]"]).clash(),
            Some("arrays and single values")
        );
        assert_eq!(kind(&["[]", "[1.5,null]"]).clash(), None);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(kind(&[&deep]).clash(), Some("values within more than 64 others"));
    }

    #[test]
    fn a_float_is_exact_if_it_is_written_back_as_it_was() {
        for literal in ["0", "-0.0", "1.50", "1E5", "12e-3", "0.30000000000000004", "5e-324"] {
            assert!(exact_float(literal).is_some(), "{literal}");
        }
        for literal in ["9007199254740993.0", "0.1234567890123456789", "1e400", "3e-324"] {
            assert_eq!(exact_float(literal), None, "{literal}");
        }
    }
}
