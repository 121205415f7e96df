//! Arrow IPC: streams, and files as streams with something before and after them.

use std::io::{Cursor, Read};
use std::path::Path;

use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;

use super::{Batches, Bytes, arrow_error, in_file, read_failed};

/// What a file begins with.
const MAGIC: &[u8] = b"ARROW1";
/// Everything in a file begins at a multiple of this.
const ALIGNMENT: usize = 8;

/// The schema, and the stream from its beginning.
pub(super) fn open(path: &Path, mut bytes: Bytes) -> anyhow::Result<(SchemaRef, Bytes)> {
    let start = skip_magic(&mut bytes).map_err(|error| read_failed(path, error))?;
    // The schema is read twice: once for whoever chooses columns, and once with the choice made.
    let mut seen = Seen { inner: Cursor::new(start).chain(bytes), bytes: Vec::new() };
    let schema = StreamReader::try_new(&mut seen, None)
        .map_err(|error| in_file(path, arrow_error(error)))?
        .schema();
    Ok((schema, Box::new(Cursor::new(seen.bytes).chain(seen.inner))))
}

pub(super) fn batches(path: &Path, bytes: Bytes, columns: Vec<usize>) -> anyhow::Result<Batches> {
    let failed = {
        let path = path.to_owned();
        move |error| in_file(&path, arrow_error(error))
    };
    let stream = StreamReader::try_new_buffered(bytes, Some(columns)).map_err(&failed)?;
    Ok(Box::new(stream.map(move |batch| batch.map_err(&failed))))
}

/// Reads past a file's magic and padding, if it is a file, and returns what it has read too much.
fn skip_magic(bytes: &mut Bytes) -> std::io::Result<Vec<u8>> {
    let mut word = next_word(bytes)?;
    if word.starts_with(MAGIC) {
        word = next_word(bytes)?;
        // Some writers align more coarsely.
        while word == [0; ALIGNMENT] {
            word = next_word(bytes)?;
        }
    }
    Ok(word)
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
