//! JSON lines. The types of the fields are those of the first rows.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_json::ReaderBuilder;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};
use serde_json::{Map, Value};

use super::{BATCH_BYTES, BATCH_ROWS, Bytes, arrow_error, check_row, read_failed};
use crate::train::stream::Decoder;

pub(super) struct Jsonl {
    path: PathBuf,
    text: BufReader<Decoder<Bytes>>,
    schema: SchemaRef,
    /// The lines that the schema was read off, until they are passed on.
    first: Option<Lines>,
    /// Lines read.
    line: u64,
}

/// Lines that are not blank.
#[derive(Default)]
struct Lines {
    text: String,
    /// For each, its number in the file, from 1, and where it ends in `text`.
    ends: Vec<(u64, usize)>,
}

impl Jsonl {
    pub(super) fn open(
        path: &Path,
        text: BufReader<Decoder<Bytes>>,
    ) -> anyhow::Result<(SchemaRef, Self)> {
        let mut jsonl = Self {
            path: path.to_owned(),
            text,
            schema: Arc::new(Schema::empty()),
            first: None,
            line: 0,
        };
        let lines = jsonl.read_lines()?;
        anyhow::ensure!(
            !lines.ends.is_empty(),
            "{}: expected at least one JSON object, found none",
            path.display()
        );
        jsonl.schema = jsonl.infer(&lines)?;
        jsonl.first = Some(lines);
        Ok((jsonl.schema.clone(), jsonl))
    }

    fn read_lines(&mut self) -> anyhow::Result<Lines> {
        let mut lines = Lines::default();
        while lines.ends.len() < BATCH_ROWS && lines.text.len() < BATCH_BYTES {
            let start = lines.text.len();
            let read = self.text.read_line(&mut lines.text);
            if read.map_err(|error| read_failed(&self.path, error))? == 0 {
                break;
            }
            self.line += 1;
            check_row(&self.path, self.line, lines.text.len() - start)?;
            if lines.text[start..].trim().is_empty() {
                lines.text.truncate(start);
            } else {
                lines.ends.push((self.line, lines.text.len()));
            }
        }
        Ok(lines)
    }

    fn infer(&self, lines: &Lines) -> anyhow::Result<SchemaRef> {
        let mut kind = Kind::Object(Vec::new());
        for (line, text) in lines.iter() {
            let found = serde_json::from_str::<Map<String, Value>>(text)
                .map_err(|error| self.failed(line, &error))?;
            kind =
                kind.merge(Kind::of_object(&found)).map_err(|clash| self.failed(line, &clash))?;
        }
        let Kind::Object(fields) = kind else { return Ok(Arc::new(Schema::empty())) };
        Ok(Arc::new(Schema::new(fields_of(fields))))
    }

    fn failed(&self, line: u64, reason: &dyn std::fmt::Display) -> anyhow::Error {
        anyhow::anyhow!(
            "{}, line {line}: expected a JSON object with fields of the same names and types as in \
             the first {BATCH_ROWS} lines, found: {reason}",
            self.path.display()
        )
    }

    fn decode(&self, text: &str, rows: usize) -> Result<Option<RecordBatch>, ArrowError> {
        let mut decoder = ReaderBuilder::new(self.schema.clone())
            .with_batch_size(rows)
            // A number is a text where texts are expected.
            .with_coerce_primitive(true)
            // A field that is new in the middle is refused, or its values would be lost.
            .with_strict_mode(true)
            .build_decoder()?;
        decoder.decode(text.as_bytes())?;
        decoder.flush()
    }

    fn batch(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        let lines = match self.first.take() {
            Some(lines) => lines,
            None => self.read_lines()?,
        };
        if lines.ends.is_empty() {
            return Ok(None);
        }
        let rows = lines.ends.len();
        match self.decode(&lines.text, rows) {
            Ok(Some(batch)) if batch.num_rows() == rows => Ok(Some(batch)),
            // arrow_json does not say where. Alone, a wrong line is still wrong.
            found => {
                for (line, text) in lines.iter() {
                    match self.decode(text, 1) {
                        Ok(Some(batch)) if batch.num_rows() == 1 => {}
                        Ok(_) => return Err(self.failed(line, &"no object")),
                        Err(error) => return Err(self.failed(line, &error)),
                    }
                }
                let line = lines.ends.first().map_or(0, |(line, _)| *line);
                Err(found.map_or_else(arrow_error, |_| self.failed(line, &"an unfinished object")))
            }
        }
    }
}

impl Iterator for Jsonl {
    type Item = anyhow::Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

impl Lines {
    /// Each line with its number.
    fn iter(&self) -> impl Iterator<Item = (u64, &str)> {
        self.ends.iter().scan(0, move |start, &(line, end)| {
            let text = &self.text[*start..end];
            *start = end;
            Some((line, text))
        })
    }
}

/// What values of a field have in common. `arrow_json`'s own inference goes through hash maps, and
/// puts the columns into another order every time.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Text,
    List(Box<Kind>),
    /// Fields in the order in which they were first met.
    Object(Vec<(String, Kind)>),
}

impl Kind {
    fn of(value: &Value) -> Result<Self, String> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_i64() => Self::Int,
            Value::Number(_) => Self::Float,
            Value::String(_) => Self::Text,
            Value::Array(items) => {
                let item =
                    items.iter().try_fold(Self::Null, |kind, item| kind.merge(Self::of(item)));
                Self::List(Box::new(item?))
            }
            Value::Object(map) => return Self::of_object(map),
        })
    }

    fn of_object(map: &Map<String, Value>) -> Result<Self, String> {
        let fields = map.iter().map(|(name, value)| Ok((name.clone(), Self::of(value)?)));
        Ok(Self::Object(fields.collect::<Result<_, String>>()?))
    }

    fn merge(self, other: Result<Self, String>) -> Result<Self, String> {
        Ok(match (self, other?) {
            (Self::Null, kind) | (kind, Self::Null) => kind,
            (one, other) if one == other => one,
            (Self::Int, Self::Float) | (Self::Float, Self::Int) => Self::Float,
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.merge(Ok(*other))?)),
            (Self::Object(mut fields), Self::Object(others)) => {
                for (name, kind) in others {
                    match fields.iter_mut().find(|(known, _)| *known == name) {
                        None => fields.push((name, kind)),
                        Some((_, known)) => {
                            let old = std::mem::replace(known, Self::Null);
                            *known =
                                old.merge(Ok(kind)).map_err(|clash| format!("{name}: {clash}"))?;
                        }
                    }
                }
                Self::Object(fields)
            }
            (one, other) if one.is_scalar() && other.is_scalar() => Self::Text,
            (one, other) => {
                return Err(format!("{} after {}", other.name(), one.name()));
            }
        })
    }

    fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
            _ => "a single value",
        }
    }

    fn data_type(self) -> DataType {
        match self {
            // Whatever single value may still come fits into a text.
            Self::Null | Self::Text => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::List(item) => {
                DataType::List(Arc::new(Field::new_list_field(item.data_type(), true)))
            }
            Self::Object(fields) => DataType::Struct(fields_of(fields)),
        }
    }
}

fn fields_of(fields: Vec<(String, Kind)>) -> Fields {
    fields.into_iter().map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect()
}
