//! CSV, null as an empty cell.

use arrow_array::RecordBatch;
use arrow_csv::WriterBuilder;
use arrow_schema::SchemaRef;

use crate::cli::predict::arrow_error;

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
    let mut header = Vec::new();
    let mut writer = csv::Writer::from_writer(&mut header);
    writer.write_record(schema.fields().iter().map(|field| field.name()))?;
    writer.flush()?;
    drop(writer);
    Ok(header)
}

pub(super) fn encode(batch: &RecordBatch) -> anyhow::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().with_header(false).build(Vec::new());
    writer.write(batch).map_err(arrow_error)?;
    Ok(writer.into_inner())
}
