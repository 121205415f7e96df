//! Content codings of response bodies, decoded or refused by name.

use std::io::Read;

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// The signature of a gzip stream.
const GZIP: &[u8] = b"\x1f\x8b\x08";
/// The most layers of compression: a server may compress a file that is compressed already, but
/// more layers are no accident.
const MOST_LAYERS: usize = 3;
/// The signatures of what is no text, with their names.
const OTHERS: [(&[u8], &str); 7] = [
    (b"\x28\xb5\x2f\xfd", "data packed with zstd"),
    (b"BZh", "data packed with bzip2"),
    (b"\xfd7zXZ\0", "data packed with xz"),
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
];

/// Decodes a body by `codings`, the header `Content-Encoding`, to at most `most` bytes.
pub(super) fn unpack(mut body: Vec<u8>, codings: &str, most: usize) -> Result<Vec<u8>, String> {
    let codings: Vec<String> =
        codings.split(',').map(|coding| coding.trim().to_ascii_lowercase()).collect();
    if codings.len() > MOST_LAYERS {
        return Err(format!("expected at most {MOST_LAYERS} codings, found {}", codings.len()));
    }
    // The last coding was applied last.
    for coding in codings.iter().rev() {
        body = match &coding[..] {
            "" | "identity" => body,
            _ if body.is_empty() => body,
            "gzip" | "x-gzip" => gunzip(&body, most)?,
            "deflate" => inflate(&body, most)?,
            other => {
                return Err(format!(
                    "expected a body that is packed with gzip, deflate or not at all, found {other}"
                ));
            }
        };
    }
    // A compressed file may be served as it is.
    for _ in 0..MOST_LAYERS {
        if !body.starts_with(GZIP) {
            break;
        }
        body = gunzip(&body, most)?;
    }
    match OTHERS.iter().find(|(start, _)| body.starts_with(start)) {
        Some((_, what)) => Err(format!("expected text, found {what}")),
        None => Ok(body),
    }
}

/// Decompresses all members of a gzip stream; zeros and other padding after them are ignored.
fn gunzip(packed: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    let mut rest = packed;
    loop {
        let mut decoder = GzDecoder::new(rest);
        read(&mut decoder, &mut unpacked, most).map_err(|error| error.shown("gzip"))?;
        rest = decoder.into_inner();
        if !rest.starts_with(GZIP) {
            return Ok(unpacked);
        }
    }
}

/// Decompresses `deflate`, which means the zlib format; some servers send the raw stream inside it.
fn inflate(packed: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    match read(&mut ZlibDecoder::new(packed), &mut unpacked, most) {
        Err(Failed::Damaged) => {
            unpacked.clear();
            read(&mut DeflateDecoder::new(packed), &mut unpacked, most)
        }
        decided => decided,
    }
    .map_err(|error| error.shown("deflate"))?;
    Ok(unpacked)
}

enum Failed {
    TooLarge(usize),
    Damaged,
}

impl Failed {
    fn shown(&self, coding: &str) -> String {
        match self {
            Self::TooLarge(most) => format!("expected at most {most} bytes, found more"),
            Self::Damaged => format!("its {coding} data is damaged"),
        }
    }
}

fn read(decoder: &mut impl Read, unpacked: &mut Vec<u8>, most: usize) -> Result<(), Failed> {
    let room = most.saturating_sub(unpacked.len()) as u64;
    let read = decoder.take(room + 1).read_to_end(unpacked);
    if unpacked.len() > most {
        return Err(Failed::TooLarge(most));
    }
    read.map(drop).map_err(|_| Failed::Damaged)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn codings_are_undone() {
        let text = b"<rss>";
        for (body, codings) in [
            (text.to_vec(), ""),
            (text.to_vec(), "identity"),
            (gzip(text), "gzip"),
            (gzip(text), "X-GZIP"),
            (gzip(text), " gzip , identity"),
            (gzip(text), ""),
            (zlib(text), "deflate"),
            (raw(text), "deflate"),
            (gzip(&zlib(text)), "deflate, gzip"),
            (gzip(&gzip(text)), "gzip"),
            (gzip(&gzip(text)), "gzip, gzip"),
            ([gzip(b"<r"), gzip(b"ss>")].concat(), "gzip"),
            ([gzip(text), vec![0; 20]].concat(), "gzip"),
        ] {
            assert_eq!(unpack(body, codings, 100).as_deref(), Ok(&text[..]), "{codings}");
        }
        assert_eq!(unpack(Vec::new(), "gzip", 100), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_undone_is_refused_by_name() {
        for (body, codings, part) in [
            (b"<rss>".to_vec(), "br", "br"),
            (b"<rss>".to_vec(), "zstd", "zstd"),
            (b"<rss>".to_vec(), "compress", "compress"),
            (b"<rss>".to_vec(), "gzip", "gzip"),
            (b"<rss>".to_vec(), "deflate", "deflate"),
            (gzip(b"<rss>")[..12].to_vec(), "gzip", "gzip"),
            (b"PK\x03\x04".to_vec(), "", "zip"),
            (b"\x28\xb5\x2f\xfd".to_vec(), "", "zstd"),
            (gzip(&[b' '; 101]), "gzip", "at most 100 bytes"),
            (gzip(&[b' '; 101]), "", "at most 100 bytes"),
            (gzip(&zlib(&[b' '; 101])), "deflate, gzip", "at most 100 bytes"),
            ([gzip(&[b' '; 99]), gzip(b"  ")].concat(), "gzip", "at most 100 bytes"),
            (gzip(b"a"), "gzip, gzip, gzip, gzip", "codings"),
        ] {
            let refused = unpack(body, codings, 100).unwrap_err();
            assert!(refused.contains(part), "expected {part:?}, found {refused:?}");
        }
    }
}
