//! The selection of columns: the texts, and those that are passed on.

use std::path::Path;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::arrow_error;
use undertone::files::column;

#[derive(Debug)]
pub(super) struct Selection {
    /// The columns of the input that are read, ascending.
    pub(super) columns: Vec<usize>,
    /// The column of texts, an index into `columns`.
    pub(super) text: usize,
    /// Whether the texts are passed on, too.
    pub(super) keeps_text: bool,
}

impl Selection {
    /// Selects the column named `text` of a table, and the columns named in `keep`, or all.
    ///
    /// # Errors
    /// When a name is missing or occurs twice, or the column can't hold texts.
    pub(super) fn new(
        path: &Path,
        schema: &Schema,
        text: &str,
        keep: Option<&[String]>,
    ) -> anyhow::Result<Self> {
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let text = column(path, &names, text, "--text-column")?;
        let field = schema.field(text);
        anyhow::ensure!(
            holds_texts(field.data_type()),
            "{}: expected texts in column {:?}, found {}; choose another with --text-column",
            path.display(),
            field.name(),
            field.data_type()
        );
        let kept: Vec<usize> = match keep {
            None => (0..names.len()).collect(),
            // `--keep ""` keeps no column.
            Some([nothing]) if nothing.is_empty() => Vec::new(),
            Some(keep) => {
                let kept = keep.iter().map(|name| column(path, &names, name, "--keep"));
                kept.collect::<Result<_, _>>()?
            }
        };
        let keeps_text = kept.contains(&text);
        let mut columns = kept;
        columns.push(text);
        columns.sort_unstable();
        columns.dedup();
        let text = columns.binary_search(&text).unwrap_or_default();
        Ok(Self { columns, text, keeps_text })
    }

    /// The schema of the columns that are read.
    pub(super) fn schema(&self, schema: &Schema) -> anyhow::Result<SchemaRef> {
        Ok(schema.project(&self.columns).map_err(arrow_error)?.into())
    }

    /// The columns that are passed on: indices into `columns`.
    pub(super) fn kept(&self) -> impl Iterator<Item = usize> {
        (0..self.columns.len()).filter(|&column| column != self.text || self.keeps_text)
    }
}

fn holds_texts(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => holds_texts(values),
        // A column without any value.
        DataType::Null => true,
        other => is_text(other) || is_bytes(other),
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether the values of a column are bytes, which may not be valid text.
pub(super) fn is_bytes(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_bytes(values),
        other => {
            matches!(other, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
        }
    }
}

/// A field without dictionary and run-end encoding, at any depth: an Arrow file may hold only one
/// dictionary for a column, and a stream brings another with every batch.
pub(super) fn unfolded(field: &Field) -> Field {
    field.clone().with_data_type(unfolded_type(field.data_type()))
}

fn unfolded_type(data_type: &DataType) -> DataType {
    let inner = |field: &FieldRef| Arc::new(unfolded(field));
    match data_type {
        DataType::Dictionary(_, values) => unfolded_type(values),
        DataType::RunEndEncoded(_, values) => unfolded_type(values.data_type()),
        DataType::List(item) => DataType::List(inner(item)),
        DataType::LargeList(item) => DataType::LargeList(inner(item)),
        DataType::ListView(item) => DataType::ListView(inner(item)),
        DataType::LargeListView(item) => DataType::LargeListView(inner(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(inner(item), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::Map(entries, is_sorted) => DataType::Map(inner(entries), *is_sorted),
        other => other.clone(),
    }
}
