//! Bytes → SHA-256.

use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{CHUNK, FileError, read_failed};

/// The SHA-256 of `bytes`, the content of the file `path`, in hexadecimal, after comparing it with
/// `wanted`, which is empty if any will do.
///
/// # Errors
/// [`FileError::Read`] or [`FileError::OtherData`].
pub fn checked_sha256(
    path: &Path,
    mut bytes: impl Read,
    wanted: &str,
) -> Result<String, FileError> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match bytes.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => hash.update(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_failed(path, error)),
        }
    }
    let found = hex(&hash.finalize());
    if wanted.is_empty() || wanted.eq_ignore_ascii_case(&found) {
        return Ok(found);
    }
    Err(FileError::OtherData { path: path.to_owned(), expected: wanted.to_owned(), found })
}

/// Bytes in lowercase hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
