//! CSV as input: every column holds texts, and an empty cell is an empty text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{BATCH_BYTES, BATCH_ROWS, Bytes, Reading, batch_of_texts, check_row};
use undertone::files::{Rows, TableOptions};

pub(super) struct Csv {
    path: PathBuf,
    rows: Rows<Bytes>,
}

impl Csv {
    pub(super) fn open(
        path: &Path,
        bytes: Bytes,
        reading: &Reading<'_>,
    ) -> anyhow::Result<(SchemaRef, Self)> {
        let options = TableOptions::default().encoding(reading.encoding).wanted(reading.text);
        let rows = Rows::new(path, bytes, &options)?;
        let schema = schema(&rows.columns);
        Ok((schema, Self { path: path.to_owned(), rows }))
    }

    /// The batches of some columns.
    pub(super) fn select(
        mut self,
        columns: Vec<usize>,
    ) -> impl Iterator<Item = anyhow::Result<RecordBatch>> + Send {
        let names: Vec<String> =
            columns.iter().map(|&column| self.rows.columns[column].clone()).collect();
        let schema = schema(&names);
        std::iter::from_fn(move || self.batch(&schema, &columns).transpose())
    }

    fn batch(
        &mut self,
        schema: &SchemaRef,
        columns: &[usize],
    ) -> anyhow::Result<Option<RecordBatch>> {
        let mut texts: Vec<StringBuilder> = columns.iter().map(|_| StringBuilder::new()).collect();
        let (mut rows, mut bytes) = (0, 0);
        while rows < BATCH_ROWS && bytes < BATCH_BYTES {
            let Some((line, row)) = self.rows.read_row()? else { break };
            check_row(&self.path, line, row.as_slice().len())?;
            for (text, &column) in texts.iter_mut().zip(columns) {
                text.append_value(row.get(column).unwrap_or_default());
            }
            rows += 1;
            bytes += row.as_slice().len();
        }
        if rows == 0 {
            return Ok(None);
        }
        let texts = texts.iter_mut().map(StringBuilder::finish);
        batch_of_texts(schema, texts, rows).map(Some)
    }
}

fn schema(names: &[String]) -> SchemaRef {
    let fields: Vec<Field> =
        names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
    Arc::new(Schema::new(fields))
}
