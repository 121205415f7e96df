//! JSON as output: objects with the names that the page, the package and the API use: `label`,
//! `confidence`, and `probabilities`, an object.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float16Type, Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_json::writer::{Encoder, EncoderFactory, EncoderOptions, LineDelimited, make_encoder};
use arrow_json::writer::{NullableEncoder, WriterBuilder};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema};

use crate::predict::answers::{LABELS, PROBABILITIES};
use crate::predict::arrow_error;
use crate::predict::input::is_members;

/// Encodes rows with answers as one object a line, with null for missing values.
pub(super) fn encode(batch: &RecordBatch, kept: usize, classes: usize) -> anyhow::Result<Vec<u8>> {
    let schema = batch.schema();
    let members = (kept == 1).then(|| schema.field(0)).is_some_and(is_members);
    if !members {
        return lines(&nested(batch, kept, classes)?);
    }
    let answers: Vec<usize> = (1..batch.num_columns()).collect();
    let answers = batch.project(&answers).map_err(arrow_error)?;
    let answers = lines(&nested(&answers, 0, classes)?)?;
    let mut out = Vec::with_capacity(2 * answers.len());
    let members = batch.column(0).as_string::<i32>().iter().map(Option::unwrap_or_default);
    for (members, answer) in members.zip(answers.split_inclusive(|&byte| byte == b'\n')) {
        out.push(b'{');
        out.extend_from_slice(members.as_bytes());
        if !members.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(answer.strip_prefix(b"{").unwrap_or(answer));
    }
    Ok(out)
}

/// Encodes every row as a JSON object on a line.
pub(super) fn lines(batch: &RecordBatch) -> anyhow::Result<Vec<u8>> {
    let exact = Exact::default();
    let failure = Arc::clone(&exact.failure);
    let builder = WriterBuilder::new().with_explicit_nulls(true);
    let builder = builder.with_encoder_factory(Arc::new(exact));
    let mut writer = builder.build::<_, LineDelimited>(Vec::new());
    writer.write(batch).map_err(arrow_error)?;
    match failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(reason) => Err(anyhow::anyhow!(reason)),
        None => Ok(writer.into_inner()),
    }
}

/// Encoders for values that arrow_json would write as something else: NaN and infinities as null,
/// times beyond its calendar as the text of an error.
#[derive(Debug, Default)]
struct Exact {
    failure: Arc<Mutex<Option<String>>>,
}

impl EncoderFactory for Exact {
    fn make_default_encoder<'a>(
        &self,
        field: &'a FieldRef,
        array: &'a dyn Array,
        _: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        static PLAIN: LazyLock<EncoderOptions> = LazyLock::new(EncoderOptions::default);
        let number: Box<dyn Fn(usize) -> f64 + 'a> = match array.data_type() {
            DataType::Float16 => {
                let numbers = array.as_primitive::<Float16Type>();
                Box::new(|row| f64::from(numbers.value(row)))
            }
            DataType::Float32 => {
                let numbers = array.as_primitive::<Float32Type>();
                Box::new(|row| f64::from(numbers.value(row)))
            }
            DataType::Float64 => {
                let numbers = array.as_primitive::<Float64Type>();
                Box::new(|row| numbers.value(row))
            }
            other if other.is_temporal() => {
                let formatter = ArrayFormatter::try_new(array, &FormatOptions::new())?;
                let failure = Arc::clone(&self.failure);
                let times = Times { name: field.name(), formatter, failure };
                return Ok(Some(NullableEncoder::new(Box::new(times), array.nulls().cloned())));
            }
            _ => return Ok(None),
        };
        let plain = make_encoder(field, array, &PLAIN)?;
        let floats = Floats { number, plain };
        Ok(Some(NullableEncoder::new(Box::new(floats), array.nulls().cloned())))
    }
}

/// An encoder of floats, with NaN and infinities as names: as in the JSON of protocol buffers.
struct Floats<'a> {
    number: Box<dyn Fn(usize) -> f64 + 'a>,
    plain: NullableEncoder<'a>,
}

impl Encoder for Floats<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        match (self.number)(row) {
            number if number.is_finite() => self.plain.encode(row, out),
            number if number.is_nan() => out.extend_from_slice(b"\"NaN\""),
            number if number > 0.0 => out.extend_from_slice(b"\"Infinity\""),
            _ => out.extend_from_slice(b"\"-Infinity\""),
        }
    }
}

/// An encoder of times as texts.
struct Times<'a> {
    name: &'a str,
    formatter: ArrayFormatter<'a>,
    failure: Arc<Mutex<Option<String>>>,
}

impl Encoder for Times<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        match self.formatter.value(row).try_to_string() {
            Ok(text) => {
                out.push(b'"');
                out.extend_from_slice(text.as_bytes());
                out.push(b'"');
            }
            Err(error) => {
                let reason = format!(
                    "column {:?}: expected a time that can be written, found: {error}; keep other \
                     columns with --keep, or write Arrow or Parquet",
                    self.name
                );
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(reason);
                out.extend_from_slice(b"null");
            }
        }
    }
}

/// A batch with the columns of probabilities nested into one column.
fn nested(batch: &RecordBatch, kept: usize, classes: usize) -> anyhow::Result<RecordBatch> {
    // The columns after the label and its confidence.
    let probabilities = kept + 2..kept + 2 + classes;
    let schema = batch.schema();
    // The prefix of all columns of the answer stands before "label" or "labels".
    let first = schema.field(kept).name();
    let prefix = first.strip_suffix(LABELS).or_else(|| first.strip_suffix("label"));
    let prefix = prefix.unwrap_or_default().to_owned();
    let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for column in (0..probabilities.start).chain(probabilities.end..batch.num_columns()) {
        fields.push(schema.field(column).clone());
        columns.push(Arc::clone(batch.column(column)));
    }
    let inside: Fields = schema.fields()[probabilities.clone()]
        .iter()
        .map(|field| {
            let name = field.name().strip_prefix(&prefix).unwrap_or(field.name());
            Field::new(name, DataType::Float64, true)
        })
        .collect();
    let values = batch.columns()[probabilities.clone()].to_vec();
    // An answer may be without a label, and never without its confidence.
    let answered = batch.column(kept + 1).nulls().cloned();
    let object = StructArray::try_new(inside, values, answered).map_err(arrow_error)?;
    let field = Field::new(format!("{prefix}{PROBABILITIES}"), object.data_type().clone(), true);
    fields.insert(probabilities.start, field);
    columns.insert(probabilities.start, Arc::new(object));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(arrow_error)
}

/// Writes lines as items of an array.
pub(super) fn write_items(
    out: &mut impl Write,
    lines: &[u8],
    mut is_first: bool,
) -> std::io::Result<()> {
    // Line ends inside texts are escaped.
    for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        out.write_all(if is_first { b"\n" } else { b",\n" })?;
        out.write_all(line)?;
        is_first = false;
    }
    Ok(())
}
