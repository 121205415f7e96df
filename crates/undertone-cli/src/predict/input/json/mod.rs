//! JSON as input: one object a line, or one document with a list of objects. Into JSON, values are
//! passed on as they are written, to the last digit. Into formats with typed columns they are
//! converted; the types are inferred from the first rows.

mod columns;
mod document;
mod kind;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use self::columns::Column;
use self::kind::Kind;
use super::{
    BATCH_BYTES, BATCH_ROWS, Bytes, Kept, MEMBERS, arrow_error, check_row, read_failed, read_line,
    two_columns,
};
use crate::predict::selection::Selection;
use undertone::files::Decoder;

/// An opened list of objects.
pub(super) struct Json {
    path: PathBuf,
    rows: Rows,
    kept: Kept,
    /// The first rows, from which the types were inferred, until they are passed on.
    first: Option<Vec<Row>>,
    fields: Vec<(String, Kind)>,
    /// The place of each name in `fields`.
    places: HashMap<String, usize>,
    /// The columns that are read, with their kinds.
    columns: Vec<(String, Kind)>,
    text: String,
}

/// A row: the text of an object.
struct Row {
    /// The line of the row, or its place in the list, counted from 1.
    number: u64,
    text: String,
}

enum Rows {
    Lines { text: Box<BufReader<Decoder<Bytes>>>, line: u64 },
    Items(std::vec::IntoIter<Row>),
}

impl Json {
    /// Opens a file of one object a line.
    pub(super) fn lines(
        path: &Path,
        text: BufReader<Decoder<Bytes>>,
    ) -> anyhow::Result<(SchemaRef, Self)> {
        Self::open(path, Rows::Lines { text: Box::new(text), line: 0 })
    }

    /// Opens a document. `wanted` is the name of its texts, `list` the path of the list if one was
    /// given.
    pub(super) fn document(
        path: &Path,
        mut text: BufReader<Decoder<Bytes>>,
        wanted: &str,
        list: Option<&str>,
    ) -> anyhow::Result<(SchemaRef, Self)> {
        let mut document = String::new();
        text.read_to_string(&mut document).map_err(|error| read_failed(path, error))?;
        let items = document::rows(&document, wanted, list)
            .map_err(|reason| anyhow::anyhow!("{}: {reason}", path.display()))?;
        let rows = items.into_iter().enumerate();
        let rows = rows.map(|(index, text)| Row { number: index as u64 + 1, text });
        Self::open(path, Rows::Items(rows.collect::<Vec<_>>().into_iter()))
    }

    fn open(path: &Path, rows: Rows) -> anyhow::Result<(SchemaRef, Self)> {
        let mut json = Self {
            path: path.to_owned(),
            rows,
            kept: Kept::Typed,
            first: None,
            fields: Vec::new(),
            places: HashMap::new(),
            columns: Vec::new(),
            text: String::new(),
        };
        let first = json.read_rows()?;
        anyhow::ensure!(
            !first.is_empty(),
            "{}: expected at least one JSON object, found none",
            path.display()
        );
        for row in &first {
            let members = members(&row.text).map_err(|reason| json.failed(row.number, &reason))?;
            for (name, value) in members {
                let kind = Kind::of(value).map_err(|reason| json.failed(row.number, &reason))?;
                if let Some(&known) = json.places.get(&*name) {
                    let known: &mut Kind = &mut json.fields[known].1;
                    let old = std::mem::replace(known, Kind::Null);
                    *known = old.merge(kind);
                } else {
                    json.places.insert(name.to_string(), json.fields.len());
                    json.fields.push((name.into_owned(), kind));
                }
            }
        }
        json.first = Some(first);
        let schema = schema(&json.fields);
        Ok((schema, json))
    }

    /// Sets how values are kept, and returns the schema of the batches that will come. If objects
    /// are kept as they are written, their members become one column beside the texts.
    pub(super) fn prepare(
        &mut self,
        selection: &mut Selection,
        kept: Kept,
        keeps_all: bool,
    ) -> anyhow::Result<SchemaRef> {
        let columns = selection.columns.iter().map(|&column| self.fields[column].clone());
        self.columns = columns.collect();
        self.text = self.columns[selection.text].0.clone();
        let reserved = match kept {
            Kept::Members { reserved, .. } => reserved,
            kept => {
                self.check_clashes()?;
                let schema = match kept {
                    Kept::Literals => literals(&self.columns),
                    _ => schema(&self.columns),
                };
                self.kept = kept;
                return Ok(schema);
            }
        };
        let wanted: BTreeSet<String> =
            selection.kept().map(|at| self.columns[at].0.clone()).collect();
        for name in &wanted {
            anyhow::ensure!(!reserved.contains(name), two_columns(name));
        }
        self.kept = Kept::Members { reserved, wanted: (!keeps_all).then_some(wanted) };
        *selection = Selection { columns: vec![0, 1], text: 0, keeps_text: false };
        Ok(folded(&self.text))
    }

    /// Refuses, before anything is scored, a field whose values no type holds together, by its
    /// name.
    fn check_clashes(&self) -> anyhow::Result<()> {
        for (name, kind) in &self.columns {
            if let Some(clash) = kind.clash() {
                anyhow::bail!(
                    "{}: expected values of one kind in {name:?}, found {clash}; choose columns with \
                     --keep, or write json or jsonl, which keep them as they are",
                    self.path.display()
                );
            }
        }
        Ok(())
    }

    fn failed(&self, number: u64, reason: &dyn std::fmt::Display) -> anyhow::Error {
        let unit = match self.rows {
            Rows::Lines { .. } => "line",
            Rows::Items(_) => "item",
        };
        anyhow::anyhow!(
            "{}, {unit} {number}: expected a JSON object with fields of the same names and types as \
             in the first {BATCH_ROWS} {unit}s, found: {reason}",
            self.path.display()
        )
    }

    fn read_rows(&mut self) -> anyhow::Result<Vec<Row>> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let row = match &mut self.rows {
                Rows::Items(items) => items.next(),
                Rows::Lines { text, line } => {
                    let mut read = String::new();
                    let more = read_line(text, &mut read);
                    if !more.map_err(|error| read_failed(&self.path, error))? {
                        break;
                    }
                    *line += 1;
                    check_row(&self.path, *line, read.len())?;
                    if read.trim().is_empty() {
                        continue;
                    }
                    Some(Row { number: *line, text: read })
                }
            };
            let Some(row) = row else { break };
            bytes += row.text.len();
            rows.push(row);
        }
        Ok(rows)
    }

    fn batch(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        let rows = match self.first.take() {
            Some(rows) => rows,
            None => self.read_rows()?,
        };
        if rows.is_empty() {
            return Ok(None);
        }
        let (schema, columns) = match &self.kept {
            Kept::Members { reserved, wanted } => self.members(&rows, reserved, wanted.as_ref())?,
            Kept::Literals => self.literals(&rows)?,
            Kept::Typed => self.typed(&rows)?,
        };
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(schema, columns, &options).map_err(arrow_error).map(Some)
    }

    /// A batch of texts, each beside the members of its object as they are written.
    fn members(
        &self,
        rows: &[Row],
        reserved: &[String],
        wanted: Option<&BTreeSet<String>>,
    ) -> anyhow::Result<(SchemaRef, Vec<ArrayRef>)> {
        let (mut texts, mut kept) = (StringBuilder::new(), StringBuilder::new());
        for row in rows {
            let failed = |reason: String| self.failed(row.number, &reason);
            let mut all = String::new();
            let mut text = None;
            for (name, value) in members(&row.text).map_err(failed)? {
                if name == self.text {
                    text = literal(value).map_err(failed)?;
                }
                if wanted.is_some_and(|wanted| !wanted.contains(&*name)) {
                    continue;
                }
                if reserved.iter().any(|reserved| *reserved == name) {
                    return Err(failed(two_columns(&name)));
                }
                if !all.is_empty() {
                    all.push(',');
                }
                all.push_str(&serde_json::to_string(&name)?);
                all.push(':');
                // Line ends in a value of a document stand between tokens, and are left out.
                all.extend(
                    value.get().chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }),
                );
            }
            texts.append_option(text);
            kept.append_value(all);
        }
        Ok((folded(&self.text), vec![Arc::new(texts.finish()), Arc::new(kept.finish())]))
    }

    /// A batch of all values as they are written, texts without their quotes.
    fn literals(&self, rows: &[Row]) -> anyhow::Result<(SchemaRef, Vec<ArrayRef>)> {
        let mut columns: Vec<StringBuilder> =
            self.columns.iter().map(|_| StringBuilder::new()).collect();
        self.each(rows, &mut columns, |column, value| {
            column.append_option(match value {
                None => None,
                Some(value) => literal(value)?,
            });
            Ok(())
        })?;
        let columns = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        Ok((literals(&self.columns), columns.collect()))
    }

    /// A batch of all values in columns of their types.
    fn typed(&self, rows: &[Row]) -> anyhow::Result<(SchemaRef, Vec<ArrayRef>)> {
        let mut columns: Vec<Column> =
            self.columns.iter().map(|(_, kind)| Column::new(kind)).collect();
        self.each(rows, &mut columns, Column::push)?;
        let columns: Result<Vec<ArrayRef>, _> = columns.into_iter().map(Column::finish).collect();
        Ok((schema(&self.columns), columns.map_err(arrow_error)?))
    }

    /// Gives every column its value of each row; `None` if the row lacks it.
    fn each<C>(
        &self,
        rows: &[Row],
        columns: &mut [C],
        mut push: impl FnMut(&mut C, Option<&RawValue>) -> Result<(), String>,
    ) -> anyhow::Result<()> {
        // The column that keeps each field.
        let mut kept = vec![None; self.fields.len()];
        for (column, (name, _)) in self.columns.iter().enumerate() {
            if let Some(&place) = self.places.get(name) {
                kept[place] = Some(column);
            }
        }
        for row in rows {
            let failed = |reason: String| self.failed(row.number, &reason);
            let mut values = vec![None; self.columns.len()];
            for (name, value) in members(&row.text).map_err(failed)? {
                // A field that did not occur in the first rows has no column.
                let Some(&place) = self.places.get(&*name) else {
                    return Err(failed(format!("another field, {name:?}")));
                };
                if let Some(column) = kept[place] {
                    values[column] = Some(value);
                }
            }
            for ((column, value), (name, _)) in columns.iter_mut().zip(values).zip(&self.columns) {
                push(column, value).map_err(|reason| failed(format!("{name}: {reason}")))?;
            }
        }
        Ok(())
    }
}

impl Iterator for Json {
    type Item = anyhow::Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

fn schema(fields: &[(String, Kind)]) -> SchemaRef {
    let fields = fields.iter().map(|(name, kind)| Field::new(name, kind.data_type(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The schema of texts, each beside the members of its object.
fn folded(text: &str) -> SchemaRef {
    let members = Field::new(MEMBERS, DataType::Utf8, true);
    let members = members.with_metadata([(MEMBERS.to_owned(), String::new())]);
    Arc::new(Schema::new(vec![Field::new(text, DataType::Utf8, true), members]))
}

/// The schema in which scalar values are texts. Lists and objects keep their type, by which they
/// are refused.
fn literals(fields: &[(String, Kind)]) -> SchemaRef {
    let fields = fields.iter().map(|(name, kind)| {
        let data_type = Some(kind.data_type()).filter(DataType::is_nested);
        Field::new(name, data_type.unwrap_or(DataType::Utf8), true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A scalar value as it is written, a text without its quotes; `None` for null.
fn literal(value: &RawValue) -> Result<Option<String>, String> {
    match value.get().as_bytes().first() {
        Some(b'"') => text(value).map(|text| Some(text.into_owned())),
        Some(b'n') => Ok(None),
        Some(b'[') => Err("an array where single values are expected".to_owned()),
        Some(b'{') => Err("an object where single values are expected".to_owned()),
        _ => Ok(Some(value.get().to_owned())),
    }
}

/// The text of a JSON string.
fn text(value: &RawValue) -> Result<Cow<'_, str>, String> {
    // Most strings have no escapes.
    if let Some(plain) = value.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'))
        && !plain.contains('\\')
    {
        return Ok(Cow::Borrowed(plain));
    }
    serde_json::from_str::<String>(value.get()).map(Cow::Owned).map_err(|error| error.to_string())
}

/// The members of an object, as they are written and in their order.
fn members(text: &str) -> Result<Vec<(Cow<'_, str>, &RawValue)>, String> {
    let Members(members) = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut names = HashSet::with_capacity(members.len());
    match members.iter().find(|(name, _)| !names.insert(&**name)) {
        Some((name, _)) => Err(format!("two fields named {name:?}")),
        None => Ok(members),
    }
}

struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// A name, borrowed unless it has escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Either).map(Name)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object).map(Members)
    }
}
