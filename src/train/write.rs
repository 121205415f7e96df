//! Outputs that are whole or not there.

use std::io::Write;
use std::path::Path;

use super::Error;

/// Writes `bytes` to a temporary file beside `path` and renames it over it, so that whoever reads
/// `path` sees the old content or the new, at any instant, also after a power cut.
///
/// # Errors
/// [`Error::Write`]; the old file is then untouched.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // By its kind alone: the error itself names the temporary file.
    let failed =
        |error: std::io::Error| Error::Write { path: path.to_owned(), reason: error.kind().into() };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // A temporary file is private; the output gets what any new file would get.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix(".undertone-").tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
