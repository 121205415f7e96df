//! Arrow IPC: streams, and files, which are streams between a magic number and a footer.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;

use super::contained::{contained, in_file};
use super::messages::Messages;
use super::{Bytes, arrow_error, read_failed};

/// The magic number at the beginning and the end of a file.
const MAGIC: &[u8] = b"ARROW1";
/// The alignment of everything in a file, in bytes.
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
        // The schema is read twice: before columns are chosen, and with the choice.
        let mut seen = Seen { inner: Cursor::new(start).chain(bytes), bytes: Vec::new() };
        let stream = contained(path, || {
            StreamReader::try_new(&mut seen, None)
                .map_err(|error| in_file(path, arrow_error(error)))
        })?;
        let schema = stream.schema();
        let bytes = Box::new(Cursor::new(seen.bytes).chain(seen.inner));
        Ok((schema, Self { path: path.to_owned(), bytes, is_file }))
    }

    /// The batches of some columns.
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

    /// Checks that a file has its footer, without which it was cut off. A stream may end after any
    /// batch.
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

/// Skips the magic number and padding at the beginning of a file. Returns the bytes that were read
/// beyond them, and whether it is a file.
fn skip_magic(bytes: &mut Bytes) -> std::io::Result<(Vec<u8>, bool)> {
    let mut word = next_word(bytes)?;
    let is_file = word.starts_with(MAGIC);
    if is_file {
        word = next_word(bytes)?;
        // Some writers align to larger multiples.
        while word == [0; ALIGNMENT] {
            word = next_word(bytes)?;
        }
    }
    Ok((word, is_file))
}

/// Reads the next [`ALIGNMENT`] bytes, or fewer at the end.
fn next_word(bytes: &mut Bytes) -> std::io::Result<Vec<u8>> {
    let mut word = Vec::with_capacity(ALIGNMENT);
    bytes.by_ref().take(ALIGNMENT as u64).read_to_end(&mut word)?;
    Ok(word)
}

/// A reader that remembers what it passes on.
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
