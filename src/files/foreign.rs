//! File signatures: gzip and Zstandard are decompressed, and a file that is no text is refused by
//! its name, with what to do about it. Bytes of a picture or a workbook are never read as words.

use std::fs::File;
#[cfg(feature = "zstd")]
use std::io::BufReader;
use std::io::{self, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use flate2::read::MultiGzDecoder;

use super::{FileError, read_failed};

/// The number of bytes at the beginning of a file that are looked at. The signature of a tar
/// archive ends at byte 262.
const LOOKED_AT: usize = 1024;
/// The length in bytes of the longest signature of a compression.
const LONGEST_PACKING: usize = 4;

/// The bytes by which a kind of files that are no text is recognised.
struct Signature {
    /// Where the bytes stand in the file.
    at: usize,
    bytes: &'static [u8],
    /// The name of the kind.
    what: &'static str,
    /// What to do with such a file.
    remedy: &'static str,
}

/// A signature at the beginning of a file.
const fn starts(bytes: &'static [u8], what: &'static str, remedy: &'static str) -> Signature {
    Signature { at: 0, bytes, what, remedy }
}

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTANDARD: &[u8] = b"\x28\xb5\x2f\xfd";
const WIDE: &str = "UTF-16 without a byte order mark";

const SAVE_AS_CSV: &str = "open it in a spreadsheet program and save the sheet as CSV";
const COPY_TEXT: &str =
    "copy its text into a file with one headline a line, or into a column of CSV";
const UNPACK: &str = "unpack it, and give the file inside";
const AS_PARQUET: &str = "read it as Parquet";
const AS_ARROW: &str = "read it as Arrow";
const EXPORT: &str = "write its table as CSV with the program that it comes from";
const PICTURE: &str = "write its words into a file with one headline a line";
const GIVE_AS_MODEL: &str = "open it as a model";
const SCRAPE: &str = "read feeds and pages at their address; of this file, copy the headlines into one with a \
                      headline a line";

/// The signatures that are recognised. One that begins like another, but is longer, comes first.
const SIGNATURES: &[Signature] = &[
    starts(b"PK\x03\x04", "a workbook or another zip archive", SAVE_AS_CSV),
    starts(b"PK\x05\x06", "an empty zip archive", UNPACK),
    starts(b"PK\x07\x08", "a zip archive in parts", UNPACK),
    starts(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a workbook or document of an old Office",
        SAVE_AS_CSV,
    ),
    starts(b"%PDF-", "a PDF", COPY_TEXT),
    starts(b"%!PS", "PostScript", COPY_TEXT),
    starts(b"{\\rtf", "a document in RTF", COPY_TEXT),
    starts(b"PAR1\x15", "a Parquet file", AS_PARQUET),
    starts(b"ARROW1\0\0", "an Arrow file", AS_ARROW),
    starts(b"\xff\xff\xff\xff", "an Arrow stream or other binary data", AS_ARROW),
    starts(b"FEA1\0\0\0\0", "a Feather file of version 1", EXPORT),
    starts(b"Obj\x01", "an Avro file", EXPORT),
    starts(b"SQLite format 3\0", "an SQLite database", EXPORT),
    starts(b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    starts(b"\x93NUMPY", "a NumPy array", EXPORT),
    starts(b"\x80\x02", "a pickle", EXPORT),
    starts(b"\x80\x03", "a pickle", EXPORT),
    starts(b"\x80\x04\x95", "a pickle", EXPORT),
    starts(b"\x80\x05\x95", "a pickle", EXPORT),
    starts(b"undrtone", "a model", GIVE_AS_MODEL),
    starts(GZIP, "gzip", UNPACK),
    starts(ZSTANDARD, "Zstandard", UNPACK),
    starts(b"\x1f\x9d", "a file packed by compress", UNPACK),
    starts(b"BZh91AY&SY", "bzip2", UNPACK),
    starts(b"\xfd7zXZ\0", "xz", UNPACK),
    starts(b"\x04\x22\x4d\x18", "lz4", UNPACK),
    starts(b"LZIP\x01", "lzip", UNPACK),
    starts(b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    starts(b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    Signature { at: 257, bytes: b"ustar", what: "a tar archive", remedy: UNPACK },
    starts(b"\x89PNG\r\n\x1a\n", "a picture (PNG)", PICTURE),
    starts(b"\xff\xd8\xff", "a picture (JPEG)", PICTURE),
    starts(b"GIF87a", "a picture (GIF)", PICTURE),
    starts(b"GIF89a", "a picture (GIF)", PICTURE),
    starts(b"II*\0", "a picture (TIFF)", PICTURE),
    starts(b"MM\0*", "a picture (TIFF)", PICTURE),
    starts(b"\x7fELF", "a program", "give a file of text"),
    starts(b"\0asm", "a WebAssembly module", "give a file of text"),
];

/// How markup begins, in lower case, after white space and a byte order mark.
const MARKUP: &[(&[u8], &str)] = &[
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<head>", "a web page (HTML)"),
    (b"<body", "a web page (HTML)"),
    (b"<?xml", "XML"),
    (b"<rss", "a feed (RSS)"),
    (b"<feed", "a feed (Atom)"),
    (b"<rdf:rdf", "a feed (RSS 1.0)"),
    (b"<svg", "a picture (SVG)"),
];

/// The kind of a file by its first bytes, and what to do with it; `None` if it may be text.
fn named(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let is = |signature: &&Signature| {
        head.get(signature.at..).is_some_and(|head| head.starts_with(signature.bytes))
    };
    let signature = SIGNATURES.iter().find(is);
    signature
        .map(|signature| (signature.what, signature.remedy))
        .or_else(|| markup(head).map(|what| (what, SCRAPE)))
}

/// The error for a file that the reader of a format refused, if the first bytes are the signature
/// of something other than `expected`, the bytes with which the format begins.
pub fn what_is(path: &Path, expected: &[u8]) -> Option<FileError> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(LOOKED_AT as u64).read_to_end(&mut head).ok()?;
    let (what, remedy) = named(&head).filter(|_| !head.starts_with(expected))?;
    Some(FileError::Foreign {
        path: path.to_owned(),
        expected: "a table of that format",
        what,
        remedy,
    })
}

/// The kind of markup that a text begins with, if it does.
fn markup(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |start: &[u8]| {
        text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    MARKUP.iter().find(|(start, _)| begins(start)).map(|(_, what)| *what)
}

/// The byte orders of UTF-16.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ByteOrder {
    Little,
    Big,
}

/// The byte order of UTF-16 without a byte order mark, if it is that: the zero bytes of its ASCII
/// stand at every other place.
fn utf_16_of(head: &[u8]) -> Option<ByteOrder> {
    let pairs = head.len() / 2;
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // A line end alone is no evidence, and text beyond ASCII has fewer zeros.
    let is_most =
        |zeros: usize, others: usize| zeros >= 2 && 3 * zeros >= pairs && others * 8 < zeros;
    if is_most(odd, even) {
        Some(ByteOrder::Little)
    } else if is_most(even, odd) {
        Some(ByteOrder::Big)
    } else {
        None
    }
}

/// Whether bytes have too many control characters for a text: in compressed data they are a tenth,
/// in most text there are none but line ends, tabs and escapes. Valid UTF-8 may have more of them,
/// as a table with some in its cells.
fn is_binary(head: &[u8]) -> bool {
    let is_control = |b: u8| matches!(b, 0..=8 | 14..=26 | 28..=31);
    let controls = head.iter().filter(|&&b| is_control(b)).count();
    // The last sequence may be cut off.
    let is_utf8 = str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    let most = if is_utf8 { 4 } else { 20 };
    controls >= 4 && controls * most > head.len()
}

/// A reader of the bytes of a file, decompressed if they are gzip or, with the feature `zstd`,
/// Zstandard.
///
/// ```
/// use std::io::{Read, Write};
/// use undertone::files::Unpacked;
///
/// let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
/// packed.write_all(b"Profit rose")?;
/// let mut text = String::new();
/// Unpacked::any("news.gz".as_ref(), &packed.finish()?[..])?.read_to_string(&mut text)?;
/// assert_eq!(text, "Profit rose");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Unpacked<R: Read> {
    path: PathBuf,
    packing: Packing<R>,
}

/// The compression of a file, with its decompressor.
enum Packing<R: Read> {
    Plain(Peeked<R>),
    Gzip(Box<Peeked<MultiGzDecoder<Peeked<R>>>>),
    #[cfg(feature = "zstd")]
    Zstd(Box<Peeked<zstd::Decoder<'static, BufReader<Peeked<R>>>>>),
}

/// A reader whose first bytes have been looked at.
type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

impl<R: Read> Unpacked<R> {
    /// A reader of `inner`, the content of the file `path`, which should be text, and the beginning
    /// of that text. `is_wide` says that the text is in UTF-16.
    ///
    /// # Errors
    /// [`FileError::Foreign`] if the file is no text, or compressed twice, or [`FileError::Read`].
    pub(super) fn text(path: &Path, inner: R, is_wide: bool) -> Result<(Self, Vec<u8>), FileError> {
        let (unpacked, head) = Self::looked_at(path, inner, LOOKED_AT)?;
        let foreign = |what, remedy| {
            Err(FileError::Foreign { path: path.to_owned(), expected: "text", what, remedy })
        };
        if let Some((what, remedy)) = named(&head) {
            return foreign(what, remedy);
        }
        if is_wide || Encoding::for_bom(&head).is_some() {
            return Ok((unpacked, head));
        }
        match utf_16_of(&head) {
            Some(ByteOrder::Little) => foreign(WIDE, "give the encoding utf-16le"),
            Some(ByteOrder::Big) => foreign(WIDE, "give the encoding utf-16be"),
            None if is_binary(&head) => foreign("binary data", "give a file of text"),
            None => Ok((unpacked, head)),
        }
    }

    /// A reader of `inner`, the content of the file `path`, which may be of any kind. No more than
    /// the first four bytes are looked at before the first read.
    ///
    /// # Errors
    /// [`FileError::Read`] or [`FileError::Packed`].
    pub fn any(path: &Path, inner: R) -> Result<Self, FileError> {
        Self::looked_at(path, inner, LONGEST_PACKING).map(|(unpacked, _)| unpacked)
    }

    /// A reader, and the first bytes that it will give, at most `most` of them.
    fn looked_at(path: &Path, inner: R, most: usize) -> Result<(Self, Vec<u8>), FileError> {
        let failed = |error| read_failed(path, error);
        let unpacked = |packing| Self { path: path.to_owned(), packing };
        let (inner, head) = peek(inner, most).map_err(failed)?;
        if head.starts_with(GZIP) {
            let peeked = peek(MultiGzDecoder::new(inner), most);
            let (inner, head) =
                peeked.map_err(|error| damaged(path, "gzip", error)).map_err(failed)?;
            return Ok((unpacked(Packing::Gzip(Box::new(inner))), head));
        }
        #[cfg(feature = "zstd")]
        if head.starts_with(ZSTANDARD) {
            let peeked = zstd::Decoder::new(inner).and_then(|decoder| peek(decoder, most));
            let (inner, head) =
                peeked.map_err(|error| damaged(path, "Zstandard", error)).map_err(failed)?;
            return Ok((unpacked(Packing::Zstd(Box::new(inner))), head));
        }
        Ok((unpacked(Packing::Plain(inner)), head))
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let path = &self.path;
        match &mut self.packing {
            Packing::Plain(inner) => inner.read(target),
            Packing::Gzip(inner) => {
                inner.read(target).map_err(|error| damaged(path, "gzip", error))
            }
            #[cfg(feature = "zstd")]
            Packing::Zstd(inner) => {
                inner.read(target).map_err(|error| damaged(path, "Zstandard", error))
            }
        }
    }
}

/// The error for data that can't be decompressed.
fn damaged(path: &Path, what: &'static str, reason: io::Error) -> io::Error {
    io::Error::other(FileError::Packed { path: path.to_owned(), what, reason })
}

/// The first bytes of a reader, and a reader that still begins with them.
fn peek<R: Read>(mut inner: R, most: usize) -> io::Result<(Peeked<R>, Vec<u8>)> {
    let mut head = Vec::with_capacity(most);
    inner.by_ref().take(most as u64).read_to_end(&mut head)?;
    Ok((Cursor::new(head.clone()).chain(inner), head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> Option<&'static str> {
        match Unpacked::text(Path::new("x"), bytes, false) {
            Ok(_) => None,
            Err(FileError::Foreign { what, .. }) => Some(what),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\x0000");
        for (bytes, what) in [
            (&b"PK\x03\x04\x14\0"[..], "workbook"),
            (b"%PDF-1.7\n", "PDF"),
            (b"\x89PNG\r\n\x1a\n\0\0", "PNG"),
            (b"\r\n <!DOCTYPE html><html>", "HTML"),
            (b"\xef\xbb\xbf<HTML lang=en>", "HTML"),
            (b"<?xml version='1.0'?><rss>", "XML"),
            (b"SQLite format 3\0", "SQLite"),
            (b"PAR1\x15\x04", "Parquet"),
            (b"B\0a\0n\0k\0", "UTF-16"),
            (b"BZh91AY&SY\x01", "bzip2"),
            (&tar, "tar"),
            (b"\x01\x02\x03\x04\x05\x06abcdef", "binary"),
            (b"\x01\x02\x03\x04 and some letters, but \xff as well", "binary"),
        ] {
            assert!(refused(bytes).is_some_and(|found| found.contains(what)), "{what}");
        }
    }

    #[test]
    fn text_that_only_looks_odd_is_text() {
        for text in [
            &b""[..],
            b"PK wins\n",
            b"GIF89 is no format\n",
            b"<b>Bold</b> bid wins\n",
            b"Profit\0 rises, and more words than controls\n",
            b"text,cell\nProfit rises,\x02w\0\0\0\0\0\0\0\n\nLoss mounts,\xe2\x82",
            b"\x1b[31mred\x1b[0m\n",
            "Выручка выросла".as_bytes(),
            b"\xc2\xfb\xf0\xf3\xf7\xea\xe0",
            b"\xff\xfeB\0a\0n\0k\0",
            b"ORCL shares rise\n",
        ] {
            assert_eq!(refused(text), None, "{text:?}");
        }
    }

    #[test]
    fn utf_16_shows_itself_by_its_zeros() {
        assert_eq!(utf_16_of(b"B\0a\0n\0k\0"), Some(ByteOrder::Little));
        assert_eq!(utf_16_of(b"\0B\0a\0n\0k"), Some(ByteOrder::Big));
        assert_eq!(utf_16_of("Bank wins".as_bytes()), None);
        assert_eq!(utf_16_of(&[0; 64]), None);
        assert_eq!(utf_16_of(b"a\0"), None);
    }
}
