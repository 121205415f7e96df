//! JSON values → columns of Arrow. A value that does not fit exactly is refused, never rounded.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Decimal128Builder, Decimal256Builder, Float64Builder, Int64Builder,
    StringBuilder, UInt64Builder,
};
use arrow_array::types::{ArrowPrimitiveType, Decimal256Type};
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, Field};
use serde_json::value::RawValue;

use super::kind::{DECIMAL_128, DECIMAL_256, Kind, exact_float, fields_of, is_integer, items};
use super::{literal, members, text};

/// A column that is being filled.
pub(super) enum Column {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    UInt(UInt64Builder),
    Decimal128(Decimal128Builder),
    Decimal256(Decimal256Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    List { kind: Kind, lengths: Vec<usize>, is_there: Vec<bool>, items: Box<Column> },
    Object { kinds: Vec<(String, Kind)>, is_there: Vec<bool>, columns: Vec<Column> },
}

impl Column {
    pub(super) fn new(kind: &Kind) -> Self {
        match kind {
            Kind::Null | Kind::Text | Kind::Clash(_) => Self::Text(StringBuilder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::Int { .. } => Self::Int(Int64Builder::new()),
            Kind::UInt => Self::UInt(UInt64Builder::new()),
            Kind::Decimal(digits) if *digits <= DECIMAL_128 => {
                Self::Decimal128(Decimal128Builder::new())
            }
            Kind::Decimal(_) => Self::Decimal256(Decimal256Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::List(item) => Self::List {
                kind: (**item).clone(),
                lengths: Vec::new(),
                is_there: Vec::new(),
                items: Box::new(Self::new(item)),
            },
            Kind::Object(fields) => Self::Object {
                kinds: fields.clone(),
                is_there: Vec::new(),
                columns: fields.iter().map(|(_, kind)| Self::new(kind)).collect(),
            },
        }
    }

    /// Adds a value; a missing one is null.
    pub(super) fn push(&mut self, value: Option<&RawValue>) -> Result<(), String> {
        let value = value.filter(|value| value.get() != "null");
        let written = value.map(RawValue::get);
        let expected = |what: &str| {
            let found: String = written.unwrap_or_default().chars().take(60).collect();
            format!("{found} where {what} are expected")
        };
        // The value as it is written, if it is a number.
        let integer = written.filter(|text| is_integer(text));
        match self {
            Self::Bool(column) => column.append_option(match written {
                None => None,
                Some("true") => Some(true),
                Some("false") => Some(false),
                Some(_) => return Err(expected("true and false")),
            }),
            Self::Int(column) => {
                let number = integer.and_then(|text| text.parse().ok());
                check(number, written, || expected("integers of 64 bits"))?;
                column.append_option(number);
            }
            Self::UInt(column) => {
                let number = integer.and_then(|text| text.parse().ok());
                check(number, written, || expected("integers of 64 bits without sign"))?;
                column.append_option(number);
            }
            Self::Decimal128(column) => {
                let fits = |text: &&str| text.trim_start_matches('-').len() <= DECIMAL_128.into();
                let number = integer.filter(fits).and_then(|text| text.parse().ok());
                check(number, written, || expected("integers of up to 38 digits"))?;
                column.append_option(number);
            }
            Self::Decimal256(column) => {
                type Native = <Decimal256Type as ArrowPrimitiveType>::Native;
                let fits = |text: &&str| text.trim_start_matches('-').len() <= DECIMAL_256.into();
                let number = integer.filter(fits).and_then(|text| text.parse::<Native>().ok());
                check(number, written, || expected("integers of up to 76 digits"))?;
                column.append_option(number);
            }
            Self::Float(column) => {
                let number = written.and_then(exact_float);
                check(number, written, || expected("numbers that a 64-bit float holds"))?;
                column.append_option(number);
            }
            Self::Text(column) => column.append_option(match value {
                None => None,
                Some(value) if value.get().starts_with('"') => Some(text(value)?),
                Some(value) => literal(value)?.map(Into::into),
            }),
            Self::List { lengths, is_there, items: column, .. } => {
                let mut length = 0;
                if let Some(list) = written {
                    for item in items(list).map_err(|_| expected("arrays"))? {
                        column.push(Some(item))?;
                        length += 1;
                    }
                }
                lengths.push(length);
                is_there.push(written.is_some());
            }
            Self::Object { kinds, is_there, columns } => {
                let members = match written {
                    Some(text) if text.starts_with('{') => members(text)?,
                    Some(_) => return Err(expected("objects")),
                    None => Vec::new(),
                };
                let is_known = |name: &str| kinds.iter().any(|(known, _)| known == name);
                if let Some((name, _)) = members.iter().find(|(name, _)| !is_known(name)) {
                    return Err(format!("another field, {name:?}"));
                }
                for ((name, _), column) in kinds.iter().zip(columns) {
                    let value = members.iter().find(|(found, _)| found == name);
                    column
                        .push(value.map(|(_, value)| *value))
                        .map_err(|reason| format!("{name}: {reason}"))?;
                }
                is_there.push(written.is_some());
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Bool(mut column) => Arc::new(column.finish()),
            Self::Int(mut column) => Arc::new(column.finish()),
            Self::UInt(mut column) => Arc::new(column.finish()),
            Self::Decimal128(mut column) => {
                Arc::new(column.finish().with_precision_and_scale(DECIMAL_128, 0)?)
            }
            Self::Decimal256(mut column) => {
                Arc::new(column.finish().with_precision_and_scale(DECIMAL_256, 0)?)
            }
            Self::Float(mut column) => Arc::new(column.finish()),
            Self::Text(mut column) => Arc::new(column.finish()),
            Self::List { kind, lengths, is_there, items } => {
                let field = Arc::new(Field::new_list_field(kind.data_type(), true));
                let offsets = OffsetBuffer::from_lengths(lengths);
                let nulls = NullBuffer::from(is_there);
                Arc::new(ListArray::try_new(field, offsets, items.finish()?, Some(nulls))?)
            }
            Self::Object { kinds, is_there, columns } => {
                let columns: Vec<ArrayRef> =
                    columns.into_iter().map(Self::finish).collect::<Result<_, _>>()?;
                let length = is_there.len();
                let nulls = Some(NullBuffer::from(is_there));
                let fields = fields_of(&kinds);
                Arc::new(StructArray::try_new_with_length(fields, columns, nulls, length)?)
            }
        })
    }
}

/// Refuses a value that is present but could not be converted.
fn check<T>(
    found: Option<T>,
    written: Option<&str>,
    reason: impl Fn() -> String,
) -> Result<(), String> {
    if found.is_none() && written.is_some() { Err(reason()) } else { Ok(()) }
}
