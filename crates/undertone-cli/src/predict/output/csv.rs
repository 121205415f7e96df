//! CSV as output: null is nothing between the commas, an empty text two quotes, so that readers can
//! tell them apart.

use std::fmt::Write;

use arrow_array::{Array, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, SchemaRef};

use crate::predict::arrow_error;

pub(super) fn header(schema: &SchemaRef) -> anyhow::Result<Vec<u8>> {
    for field in schema.fields() {
        anyhow::ensure!(
            !field.data_type().is_nested(),
            "expected columns of single values for CSV, found {} in column {:?}; choose columns \
             with --keep, or another --format",
            field.data_type(),
            field.name()
        );
    }
    let mut header = String::new();
    for (column, field) in schema.fields().iter().enumerate() {
        if column > 0 {
            header.push(',');
        }
        write_cell(&mut header, field.name(), false);
    }
    header.push('\n');
    Ok(header.into_bytes())
}

/// Encodes the rows of a batch. `is_csv` says that the first `kept` columns come from CSV, which
/// has no nulls: there an empty cell stays empty.
pub(super) fn encode(batch: &RecordBatch, kept: usize, is_csv: bool) -> anyhow::Result<Vec<u8>> {
    let options = FormatOptions::new();
    let formatters = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
    let formatters: Vec<_> = formatters.collect::<Result<_, _>>().map_err(arrow_error)?;
    let schema = batch.schema();
    let (mut out, mut cell) = (String::new(), String::new());
    for row in 0..batch.num_rows() {
        for (column, (array, formatter)) in batch.columns().iter().zip(&formatters).enumerate() {
            if column > 0 {
                out.push(',');
            }
            if array.is_null(row) || *array.data_type() == DataType::Null {
                continue;
            }
            cell.clear();
            formatter.value(row).write(&mut cell).map_err(|error| {
                anyhow::anyhow!(
                    "column {:?}: expected a value that can be written, found: {error}; keep other \
                     columns with --keep, or write Arrow or Parquet",
                    schema.field(column).name()
                )
            })?;
            write_cell(&mut out, &cell, is_csv && column < kept);
        }
        out.push('\n');
    }
    Ok(out.into_bytes())
}

fn write_cell(out: &mut String, cell: &str, may_be_bare: bool) {
    if cell.contains(['"', ',', '\r', '\n']) || cell.is_empty() && !may_be_bare {
        // Writing to a String can't fail.
        let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
    } else {
        out.push_str(cell);
    }
}
