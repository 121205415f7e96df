//! Arrow IPC: streams, and files as streams with something before and after them.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;

use super::contained::{contained, in_file};
use super::messages::Messages;
use super::{Bytes, arrow_error, read_failed};

/// What a file begins and ends with.
const MAGIC: &[u8] = b"ARROW1";
/// Everything in a file begins at a multiple of this.
const ALIGNMENT: usize = 8;

/// An opened stream or file.
pub(super) struct Arrow {
    path: PathBuf,
    /// The stream from its beginning.
    bytes: Bytes,
    is_file: bool,
}

impl Arrow {
    pub(super) fn open(path: &Path, mut bytes: Bytes) -> anyhow::Result<(SchemaRef, Self)> {
        let (start, is_file) = skip_magic(&mut bytes).map_err(|error| read_failed(path, error))?;
        // The schema is read twice: for whoever chooses columns, and with the choice made.
        let mut seen = Seen { inner: Cursor::new(start).chain(bytes), bytes: Vec::new() };
        let stream = contained(path, || {
            StreamReader::try_new(&mut seen, None)
                .map_err(|error| in_file(path, arrow_error(error)))
        })?;
        let schema = stream.schema();
        let bytes = Box::new(Cursor::new(seen.bytes).chain(seen.inner));
        Ok((schema, Self { path: path.to_owned(), bytes, is_file }))
    }

    /// The batches of these columns.
    pub(super) fn select(self, columns: Vec<usize>) -> anyhow::Result<Batches> {
        let Self { path, bytes, is_file } = self;
        let stream = contained(&path, || {
            StreamReader::try_new(Messages::new(bytes), Some(columns))
                .map_err(|error| in_file(&path, arrow_error(error)))
        })?;
        Ok(Batches { path, stream, is_file })
    }
}

pub(super) struct Batches {
    path: PathBuf,
    stream: StreamReader<Messages<Bytes>>,
    is_file: bool,
}

impl Batches {
    fn read(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        let batch = self.stream.next().transpose();
        let batch = batch.map_err(|error| in_file(&self.path, arrow_error(error)))?;
        if batch.is_none() && self.is_file {
            self.check_end()?;
        }
        Ok(batch)
    }

    /// A stream may end after any batch, but a file has a table of contents, and was cut off where
    /// that is missing.
    fn check_end(&mut self) -> anyhow::Result<()> {
        let mut rest = Vec::new();
        let read = self.stream.get_mut().read_to_end(&mut rest);
        read.map_err(|error| read_failed(&self.path, error))?;
        if rest.ends_with(MAGIC) {
            return Ok(());
        }
        Err(in_file(&self.path, anyhow::anyhow!("its end is missing")))
    }
}

impl Iterator for Batches {
    type Item = anyhow::Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let path = self.path.clone();
        contained(&path, || self.read()).transpose()
    }
}

/// Reads past a file's magic and padding, if it is a file, and returns what it has read too much.
fn skip_magic(bytes: &mut Bytes) -> std::io::Result<(Vec<u8>, bool)> {
    let mut word = next_word(bytes)?;
    let is_file = word.starts_with(MAGIC);
    if is_file {
        word = next_word(bytes)?;
        // Some writers align more coarsely.
        while word == [0; ALIGNMENT] {
            word = next_word(bytes)?;
        }
    }
    Ok((word, is_file))
}

/// Fewer bytes at the end.
fn next_word(bytes: &mut Bytes) -> std::io::Result<Vec<u8>> {
    let mut word = Vec::with_capacity(ALIGNMENT);
    bytes.by_ref().take(ALIGNMENT as u64).read_to_end(&mut word)?;
    Ok(word)
}

/// Remembers what it passes on.
struct Seen<R> {
    inner: R,
    bytes: Vec<u8>,
}

impl<R: Read> Read for Seen<R> {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(target)?;
        self.bytes.extend_from_slice(&target[..length]);
        Ok(length)
    }
}
