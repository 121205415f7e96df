//! Parquet as output.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

/// The size in bytes at which a row group, which is held in memory, is written.
const ROW_GROUP_BYTES: usize = 32 << 20;

pub(super) fn writer<W: Write + Send>(
    schema: &SchemaRef,
    out: W,
) -> anyhow::Result<ArrowWriter<W>> {
    let properties = WriterProperties::builder()
        // The default of Spark and pandas, which all readers know.
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .build();
    Ok(ArrowWriter::try_new(out, schema.clone(), Some(properties))?)
}

/// Concatenates tables of one schema. Compressed columns are copied as they are.
pub(in crate::predict) fn append<W: Write + Send>(
    schema: &SchemaRef,
    parts: &[PathBuf],
    out: W,
) -> anyhow::Result<W> {
    let Some(first) = parts.first() else { return Ok(writer(schema, out)?.into_inner()?) };
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&File::open(first)?)?;
    let root = metadata.file_metadata().schema_descr().root_schema_ptr();
    // Readers restore the types of Arrow from this metadata.
    let pairs = metadata.file_metadata().key_value_metadata().cloned();
    let properties = WriterProperties::builder().set_key_value_metadata(pairs).build();
    let mut writer = SerializedFileWriter::new(out, root, Arc::new(properties))?;
    for part in parts {
        let file = File::open(part)?;
        let metadata = ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Optional)
            .parse_and_finish(&file)?;
        let page_index = metadata.page_index();
        for (row_group, group) in metadata.row_groups().iter().enumerate() {
            let mut to = writer.next_row_group()?;
            for (column, chunk) in group.columns().iter().enumerate() {
                let column_index =
                    page_index.and_then(|pages| pages.column_index(row_group, column)).cloned();
                let offset_index =
                    page_index.and_then(|pages| pages.offset_index(row_group, column)).cloned();
                let written = ColumnCloseResult {
                    bytes_written: chunk.compressed_size() as u64,
                    rows_written: group.num_rows() as u64,
                    metadata: chunk.clone(),
                    bloom_filter: None,
                    column_index,
                    offset_index,
                };
                to.append_column(&file, written)?;
            }
            to.close()?;
        }
    }
    Ok(writer.into_inner()?)
}
