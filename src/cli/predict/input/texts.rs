//! Texts without other columns: from the command line, or one a line.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{BATCH_BYTES, BATCH_ROWS, Bytes, batch_of_texts, check_row, read_failed};
use crate::cli::predict::TEXT;
use crate::train::stream::Decoder;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(TEXT, DataType::Utf8, true)]))
}

pub(super) enum Texts {
    Given(std::vec::IntoIter<String>),
    Lines { path: PathBuf, text: BufReader<Decoder<Bytes>>, line: u64 },
}

impl Texts {
    pub(super) fn of(texts: Vec<String>) -> Self {
        Self::Given(texts.into_iter())
    }

    pub(super) fn lines(path: &Path, text: BufReader<Decoder<Bytes>>) -> Self {
        Self::Lines { path: path.to_owned(), text, line: 0 }
    }

    /// The next text, without its line end.
    fn read(&mut self) -> anyhow::Result<Option<String>> {
        match self {
            Self::Given(texts) => Ok(texts.next()),
            Self::Lines { path, text, line } => {
                let mut read = String::new();
                text.read_line(&mut read).map_err(|error| read_failed(path, error))?;
                *line += 1;
                check_row(path, *line, read.len())?;
                if read.is_empty() {
                    return Ok(None);
                }
                if read.ends_with('\n') {
                    read.pop();
                    if read.ends_with('\r') {
                        read.pop();
                    }
                }
                Ok(Some(read))
            }
        }
    }

    fn batch(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        let mut texts = StringBuilder::new();
        let (mut rows, mut bytes) = (0, 0);
        while rows < BATCH_ROWS && bytes < BATCH_BYTES {
            let Some(text) = self.read()? else { break };
            texts.append_value(&text);
            rows += 1;
            bytes += text.len();
        }
        if rows == 0 {
            return Ok(None);
        }
        batch_of_texts(&schema(), [texts.finish()], rows).map(Some)
    }
}

impl Iterator for Texts {
    type Item = anyhow::Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}
