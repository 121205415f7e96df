//! Checks of Arrow's messages before arrow-ipc decodes them: it allocates whatever length a
//! compressed buffer announces, so that a damaged one would abort the process.

use std::io::{self, BufReader, Read};

use arrow_ipc::{RecordBatch, root_as_message};

/// The most bytes of a message when it is decompressed: more than a column of texts can have, whose
/// offsets have 31 bits.
const MOST_UNPACKED: u64 = 1 << 31;
/// The size of a length in bytes, and of the continuation marker before it.
const WORD: u64 = 4;
const CONTINUATION: [u8; WORD as usize] = [0xff; WORD as usize];

/// A reader that checks a stream message by message, and passes it on. All other errors are left to
/// the decoder.
pub(super) struct Messages<R> {
    inner: BufReader<R>,
    /// The current message, and how much of it has been passed on.
    message: Vec<u8>,
    passed: usize,
    /// Whether no messages follow: the stream has ended, or is none.
    is_over: bool,
}

impl<R: Read> Messages<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner: BufReader::new(inner), message: Vec::new(), passed: 0, is_over: false }
    }

    /// Reads the next message. Memory grows with what arrives, not with what is announced.
    fn advance(&mut self) -> io::Result<()> {
        self.message.clear();
        self.passed = 0;
        let mut length = self.take(WORD)?;
        if length == CONTINUATION {
            length = self.take(WORD)?;
        }
        let metadata = length.try_into().map_or(0, u32::from_le_bytes);
        let start = self.message.len();
        self.take(metadata.into())?;
        let body = self.message.len();
        let Ok(message) = root_as_message(&self.message[start..]) else {
            self.is_over = true;
            return Ok(());
        };
        let length = u64::try_from(message.bodyLength()).unwrap_or(0);
        self.take(length)?;
        check(&self.message[start..body], &self.message[body..])
    }

    /// The part of the message that has not been passed on.
    fn rest(&self) -> &[u8] {
        &self.message[self.passed..]
    }

    /// Reads `count` bytes, or fewer at the end, appends them to the message, and returns them.
    fn take(&mut self, count: u64) -> io::Result<&[u8]> {
        let start = self.message.len();
        self.inner.by_ref().take(count).read_to_end(&mut self.message)?;
        Ok(&self.message[start..])
    }
}

impl<R: Read> Read for Messages<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.rest().is_empty() && !self.is_over {
            self.advance()?;
        }
        if self.rest().is_empty() {
            return self.inner.read(target);
        }
        let length = self.rest().read(target)?;
        self.passed += length;
        Ok(length)
    }
}

/// Checks the buffers that a message announces.
///
/// # Errors
/// When the message would be longer than allowed, or than there is memory.
fn check(metadata: &[u8], body: &[u8]) -> io::Result<()> {
    let Ok(message) = root_as_message(metadata) else { return Ok(()) };
    let dictionary = message.header_as_dictionary_batch().and_then(|batch| batch.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return Ok(()) };
    let unpacked = unpacked(&batch, body);
    let refused = |limit: &str| {
        let message = format!(
            "expected at most {limit} in an unpacked batch, found a batch that says it has \
             {unpacked}; write it again, in batches of fewer rows"
        );
        Err(io::Error::new(io::ErrorKind::InvalidData, message))
    };
    if unpacked > MOST_UNPACKED {
        return refused(&format!("{MOST_UNPACKED} bytes"));
    }
    let mut probe = Vec::<u8>::new();
    let is_there = usize::try_from(unpacked).is_ok_and(|n| probe.try_reserve_exact(n).is_ok());
    if is_there { Ok(()) } else { refused("the memory that there is") }
}

/// The length of all buffers when they are decompressed. Each has its own in its first eight bytes,
/// an i64; −1 says that it is not compressed.
fn unpacked(batch: &RecordBatch<'_>, body: &[u8]) -> u64 {
    let buffers = batch.compression().and(batch.buffers());
    let lengths = buffers.iter().flatten().filter_map(|buffer| {
        let start = usize::try_from(buffer.offset()).ok()?;
        let length = body.get(start..)?.first_chunk()?;
        u64::try_from(i64::from_le_bytes(*length)).ok()
    });
    lengths.fold(0, u64::saturating_add)
}
