//! Texts without other columns as input: from the command line, or one a line.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{BATCH_BYTES, BATCH_ROWS, Bytes, batch_of_texts, check_row, read_failed, read_line};
use crate::predict::TEXT;
use undertone::files::Decoder;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(TEXT, DataType::Utf8, true)]))
}

pub(super) enum Texts {
    Given(std::vec::IntoIter<String>),
    Lines { path: PathBuf, text: Box<BufReader<Decoder<Bytes>>>, line: u64, is_given: bool },
}

impl Texts {
    pub(super) fn of(texts: Vec<String>) -> Self {
        Self::Given(texts.into_iter())
    }

    /// Opens a file of one text a line; `is_given` if an option gives the format.
    pub(super) fn lines(path: &Path, text: BufReader<Decoder<Bytes>>, is_given: bool) -> Self {
        Self::Lines { path: path.to_owned(), text: Box::new(text), line: 0, is_given }
    }

    /// The next text, without its line end.
    fn read(&mut self) -> anyhow::Result<Option<String>> {
        match self {
            Self::Given(texts) => Ok(texts.next()),
            Self::Lines { path, text, line, is_given } => {
                let mut read = String::new();
                let more = read_line(text, &mut read).map_err(|error| read_failed(path, error))?;
                *line += 1;
                check_row(path, *line, read.len())?;
                if *line == 1 && !*is_given {
                    check_is_no_json(path, &read)?;
                }
                Ok(more.then_some(read))
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

/// Refuses a first line that is JSON, which should be read as such rather than scored with its
/// brackets and names.
fn check_is_no_json(path: &Path, line: &str) -> anyhow::Result<()> {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    let format = match line.trim_start().as_bytes() {
        [b'{', ..] if is_json => "jsonl",
        [b'[', ..] if is_json => "json",
        [b'{' | b'['] => "json",
        _ => return Ok(()),
    };
    anyhow::bail!(
        "{}, line 1: expected a text, found JSON; give --input-format {format}, or --input-format \
         lines to score it as it stands",
        path.display()
    )
}
