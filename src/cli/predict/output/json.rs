//! JSON objects, with the names that the page, the package and the API use: `label`, `confidence`,
//! and `probabilities` as an object of their own.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;
use arrow_schema::{DataType, Field, Fields, Schema};

use crate::cli::predict::arrow_error;

/// One object a line, null where there is no value.
pub(super) fn encode(batch: &RecordBatch, kept: usize, classes: usize) -> anyhow::Result<Vec<u8>> {
    let builder = WriterBuilder::new().with_explicit_nulls(true);
    let mut writer = builder.build::<_, LineDelimited>(Vec::new());
    writer.write(&nested(batch, kept, classes)?).map_err(arrow_error)?;
    Ok(writer.into_inner())
}

/// The columns of probabilities as one column.
fn nested(batch: &RecordBatch, kept: usize, classes: usize) -> anyhow::Result<RecordBatch> {
    // After the label and its confidence.
    let probabilities = kept + 2..kept + 2 + classes;
    let schema = batch.schema();
    // What the label's column is called without "label" is what stands before all of them.
    let prefix = schema.field(kept).name().strip_suffix("label").unwrap_or_default().to_owned();
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
    let answered = batch.column(kept).nulls().cloned();
    let object = StructArray::try_new(inside, values, answered).map_err(arrow_error)?;
    let field = Field::new(format!("{prefix}probabilities"), object.data_type().clone(), true);
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
    // A line end inside a text is written as \n.
    for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        out.write_all(if is_first { b"\n" } else { b",\n" })?;
        out.write_all(line)?;
        is_first = false;
    }
    Ok(())
}
