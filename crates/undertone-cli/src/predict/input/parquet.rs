//! Parquet as input: only the selected columns are read, from the first row that is wanted.

use std::fs::File;
use std::path::Path;

use arrow_schema::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::contained::{contained, in_file};
use super::{BATCH_ROWS, Batches, arrow_error};
use undertone::files::what_is;

/// The magic number at the beginning and the end of a file.
const MAGIC: &[u8] = b"PAR1";

pub(super) struct Parquet(ParquetRecordBatchReaderBuilder<File>);

impl Parquet {
    pub(super) fn open(path: &Path, file: File) -> anyhow::Result<(SchemaRef, Self)> {
        let builder = contained(path, || {
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| {
                match what_is(path, MAGIC) {
                    Some(foreign) => foreign.into(),
                    None => in_file(path, error.into()),
                }
            })
        })?;
        Ok((builder.schema().clone(), Self(builder)))
    }

    pub(super) fn batches(
        self,
        path: &Path,
        columns: &[usize],
        skip: u64,
    ) -> anyhow::Result<Batches> {
        let mask = ProjectionMask::roots(self.0.parquet_schema(), columns.iter().copied());
        let skip = usize::try_from(skip)?;
        let builder = self.0.with_projection(mask).with_batch_size(BATCH_ROWS).with_offset(skip);
        let mut rows =
            contained(path, || builder.build().map_err(|error| in_file(path, error.into())))?;
        let path = path.to_owned();
        Ok(Box::new(std::iter::from_fn(move || {
            contained(&path, || {
                rows.next().transpose().map_err(|error| in_file(&path, arrow_error(error)))
            })
            .transpose()
        })))
    }
}
