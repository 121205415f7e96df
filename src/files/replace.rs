//! Atomic replacement: outputs that are complete or absent.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::FileError;

/// Replaces the content of the file `path` by `bytes` atomically: through a temporary file beside
/// it, which is renamed. At any instant, and after a power cut, `path` has the old content or the
/// new.
///
/// # Errors
/// [`FileError::Write`]; the old file is then untouched.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = Replacement::beside(path)?;
    file.write_all(bytes).map_err(|error| failed(path, &error))?;
    file.finish(path)
}

/// An output that need not fit into memory: a temporary file that becomes the output when it is
/// [finished](Self::finish), and is deleted if it is dropped before.
///
/// ```
/// use std::io::Write;
/// use undertone::files::Replacement;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("scores.csv");
/// let mut file = Replacement::beside(&path)?;
/// file.write_all(b"label")?;
/// assert!(!path.exists());
/// file.finish(&path)?;
/// assert_eq!(std::fs::read(&path)?, b"label");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Replacement(NamedTempFile);

impl Replacement {
    /// Creates a temporary file for the new content of the file `path`.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn beside(path: &Path) -> Result<Self, FileError> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        Self::new(folder).map_err(|error| failed(path, &error))
    }

    /// Creates a temporary file in `folder`, for an output that has no name yet.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn in_folder(folder: &Path) -> Result<Self, FileError> {
        Self::new(folder).map_err(|error| failed(folder, &error))
    }

    /// Creates a temporary file.
    fn new(folder: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            // A temporary file is private; the output gets what any new file would get.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        builder.prefix(".undertone-").tempfile_in(folder).map(Self)
    }

    /// Syncs the temporary file and renames it to `path`, which is in the same folder.
    ///
    /// # Errors
    /// [`FileError::Write`]; the old file is then untouched.
    pub fn finish(self, path: &Path) -> Result<(), FileError> {
        self.0.as_file().sync_all().map_err(|error| failed(path, &error))?;
        self.0.persist(path).map_err(|error| failed(path, &error.error))?;
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The error of writing the file `path`.
fn failed(path: &Path, error: &io::Error) -> FileError {
    // The kind of the error alone: its message names the temporary file.
    FileError::Write { path: path.to_owned(), reason: error.kind().into() }
}
