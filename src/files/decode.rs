//! Decoding: bytes → text, by an encoding that the caller or a byte order mark names.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::{DecoderResult, Encoding};
use memchr::memchr2_iter;

use super::foreign::Unpacked;
use super::{CHUNK, FileError, Place, read_failed};

/// A reader that turns bytes in some encoding, packed or not, into UTF-8 without a byte order mark.
/// Unlike `encoding_rs_io`, which replaces what it can't decode, it stops there with an error.
///
/// ```
/// use std::{io::Read, path::Path};
/// use undertone::files::Decoder;
///
/// let mut decoder = Decoder::new(Path::new("news.txt"), &b"na\xefve"[..], "latin1")?;
/// let mut text = String::new();
/// decoder.read_to_string(&mut text)?;
/// assert_eq!(text, "naïve");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Decoder<R: Read> {
    path: PathBuf,
    inner: Unpacked<R>,
    encoding: Coding,
    /// The last bytes of the chunk before, then the current chunk.
    bytes: Vec<u8>,
    /// Where the current chunk ends in `bytes`.
    end: usize,
    /// Whether `inner` has no more bytes.
    ended: bool,
    /// Whether there has been any text.
    begun: bool,
    /// Whether there has been a character beyond ASCII.
    beyond_ascii: bool,
    /// The text of the current chunk.
    text: String,
    /// The length of the part of `text` that was handed out.
    at: usize,
    /// The lines of the decoded text.
    lines: Lines,
    /// The column at which the decoded text ends, in characters counted from 1.
    column: usize,
}

/// The way in which bytes are decoded.
enum Coding {
    /// ISO-8859-1 proper, which Python means by "latin1"; for WHATWG that is windows-1252.
    Latin1,
    /// An encoding of the WHATWG standard.
    Whatwg(encoding_rs::Decoder),
}

impl<R: Read> Decoder<R> {
    /// The length in bytes of the longest sequence of any encoding, with the bytes that must be
    /// read to tell that it is broken.
    const LONGEST: usize = 16;

    /// A decoder of `inner`, the content of the file `path`. A byte order mark takes precedence
    /// over the encoding that is given.
    ///
    /// # Errors
    /// [`FileError::UnknownEncoding`], or [`FileError::Foreign`] if the first bytes are not of a
    /// text.
    pub fn new(path: &Path, inner: R, encoding: &str) -> Result<Self, FileError> {
        let label = encoding.to_ascii_lowercase();
        let is_latin1 = matches!(&label[..], "latin1" | "latin-1" | "iso-8859-1");
        let named = Encoding::for_label(label.as_bytes())
            .or(is_latin1.then_some(encoding_rs::WINDOWS_1252))
            .ok_or_else(|| FileError::UnknownEncoding { name: encoding.to_owned() })?;
        let is_wide = named == encoding_rs::UTF_16LE || named == encoding_rs::UTF_16BE;
        let (inner, head) = Unpacked::text(path, inner, is_wide)?;
        let encoding = if is_latin1 && Encoding::for_bom(&head).is_none() {
            Coding::Latin1
        } else {
            Coding::Whatwg(named.new_decoder())
        };
        Ok(Self {
            path: path.to_owned(),
            inner,
            encoding,
            bytes: vec![0; Self::LONGEST + CHUNK],
            end: Self::LONGEST,
            ended: false,
            begun: false,
            beyond_ascii: false,
            text: String::new(),
            at: 0,
            lines: Lines::default(),
            column: 1,
        })
    }

    /// Decodes the next chunk. A [`FileError`] is wrapped in the [`io::Error`].
    fn decode_chunk(&mut self) -> io::Result<()> {
        self.bytes.copy_within(self.end - Self::LONGEST..self.end, 0);
        let read = self.inner.read(&mut self.bytes[Self::LONGEST..])?;
        self.end = Self::LONGEST + read;
        self.ended = read == 0;
        self.text.clear();
        self.at = 0;
        let chunk = &self.bytes[Self::LONGEST..self.end];
        let broken = match &mut self.encoding {
            Coding::Latin1 => {
                self.text.push_str(&encoding_rs::mem::decode_latin1(chunk));
                None
            }
            Coding::Whatwg(decoder) => {
                let most = decoder.max_utf8_buffer_length_without_replacement(chunk.len());
                self.text.reserve(most.unwrap_or(4 * CHUNK));
                let (result, read) =
                    decoder.decode_to_string_without_replacement(chunk, &mut self.text, self.ended);
                match result {
                    DecoderResult::Malformed(length, after) => Some((
                        decoder.encoding(),
                        (Self::LONGEST + read)
                            .saturating_sub(usize::from(length) + usize::from(after)),
                        &chunk[read..],
                    )),
                    // Enough memory is reserved for the whole chunk.
                    DecoderResult::InputEmpty | DecoderResult::OutputFull => None,
                }
            }
        };
        if !self.begun {
            // A program that writes a mark before a text that has one leaves two of them. The csv
            // crate would drop the second, or take it for the end of the file if it comes alone.
            self.at = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
            self.begun = self.at < self.text.len();
        }
        self.beyond_ascii |= !self.text[self.at..].is_ascii();
        self.lines.pass(self.text.as_bytes());
        let tail = match self.text.rfind(['\r', '\n']) {
            None => &self.text[..],
            Some(at) => {
                self.column = 1;
                &self.text[at + 1..]
            }
        };
        self.column += tail.chars().count();
        match broken {
            None => Ok(()),
            Some((encoding, at, after)) => Err(io::Error::other(FileError::Encoding {
                place: Place {
                    path: self.path.clone(),
                    line: self.lines.line(),
                    column: self.column,
                },
                encoding: encoding.name().to_owned(),
                byte: self.bytes[at],
                mixed: encoding == encoding_rs::UTF_8 && (self.beyond_ascii || is_utf8(after)),
            })),
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.ended {
            self.decode_chunk()?;
        }
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.len().min(target.len());
        target[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

/// Whether bytes hold a character beyond ASCII in UTF-8, as hardly any text of another encoding
/// does.
fn is_utf8(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

/// Decodes the whole content of the file `path`, without its byte order mark.
///
/// # Errors
/// [`FileError::UnknownEncoding`], or [`FileError::Encoding`] for the first byte that doesn't
/// belong.
pub fn decode(path: &Path, bytes: &[u8], encoding: &str) -> Result<String, FileError> {
    let mut text = String::with_capacity(bytes.len());
    let mut decoder = Decoder::new(path, bytes, encoding)?;
    decoder.read_to_string(&mut text).map_err(|error| read_failed(path, error))?;
    Ok(text)
}

/// A counter of lines. They end with `\n`, `\r\n` or, as on old Macs, with `\r`, which the csv
/// crate reads, too.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The number of lines that have ended.
    ended: u64,
    /// Whether the last byte was `\r`, so that a `\n` after it ends no further line.
    after_return: bool,
}

impl Lines {
    /// Counts the lines of a text.
    pub(crate) fn pass(&mut self, text: &[u8]) {
        for at in memchr2_iter(b'\r', b'\n', text) {
            let before = at.checked_sub(1).map(|at| text[at]);
            let after_return = before.map_or(self.after_return, |byte| byte == b'\r');
            self.ended += u64::from(text[at] == b'\r' || !after_return);
        }
        if let Some(last) = text.last() {
            self.after_return = *last == b'\r';
        }
    }

    /// The line of the next byte, counted from 1.
    pub(crate) fn line(&self) -> u64 {
        self.ended + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader of one byte at a time, which breaks every sequence up.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(1);
            self.0.read(&mut target[..length])
        }
    }

    #[test]
    fn chunks_do_not_show_in_what_is_decoded() {
        let path = Path::new("x.csv");
        let long = "Größe, 市场\r\n".repeat(2 * CHUNK / 10);
        for (encoding, bytes, expected) in [
            ("utf-8", b"\xef\xbb\xbfna\xc3\xafve".to_vec(), "naïve"),
            ("utf-8", b"\xef\xbb\xbf\xef\xbb\xbfa\xef\xbb\xbf".to_vec(), "a\u{feff}"),
            ("latin1", b"\x80\xe9".to_vec(), "\u{80}é"),
            ("windows-1252", b"\x80\xe9".to_vec(), "€é"),
            ("utf-16le", b"\xff\xfea\0\x3c\xd8\xf0\xdf".to_vec(), "a🏰"),
            ("utf-8", long.clone().into_bytes(), &long),
        ] {
            assert_eq!(decode(path, &bytes, encoding).unwrap(), expected);
            let mut slow = String::new();
            let mut decoder = Decoder::new(path, Slow(&bytes), encoding).unwrap();
            decoder.read_to_string(&mut slow).unwrap();
            assert_eq!(slow, expected);
        }
    }

    #[test]
    fn a_file_of_two_encodings_is_told_from_one_of_another() {
        for (bytes, expected) in [
            (&b"caf\xc3\xa9\ncaf\xe9\n"[..], true),
            (b"caf\xe9\ncaf\xc3\xa9\n", true),
            (b"caf\xe9\nna\xefve\n", false),
        ] {
            match decode(Path::new("x.csv"), bytes, "utf-8").unwrap_err() {
                FileError::Encoding { mixed, .. } => assert_eq!(mixed, expected, "{bytes:?}"),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn a_broken_byte_is_named_with_its_place() {
        let path = Path::new("x.csv");
        for (encoding, bytes, line, column, byte) in [
            ("utf-8", &b"a\nb\xc3\xa9\xffc"[..], 2, 3, 0xff),
            ("utf-8", b"ab\xe2\x82", 1, 3, 0xe2),
            ("utf-8", b"ab\xe2\x82\n", 1, 3, 0xe2),
            ("shift_jis", b"\x82\xa0\n\x82\xa0\xfd", 2, 2, 0xfd),
            ("utf-8", b"a\rb\r\nc\r\r\xff", 5, 1, 0xff),
        ] {
            for slow in [false, true] {
                let inner: Box<dyn Read> =
                    if slow { Box::new(Slow(bytes)) } else { Box::new(bytes) };
                let mut decoder = Decoder::new(path, inner, encoding).unwrap();
                let error = decoder.read_to_string(&mut String::new()).unwrap_err();
                match read_failed(path, error) {
                    FileError::Encoding { place, byte: found, .. } => {
                        assert_eq!((place.line, place.column, found), (line, column, byte));
                    }
                    other => panic!("{other}"),
                }
            }
        }
    }
}
