//! Claims: a process that is printing holds a lock for as long as it lives. Beside an SQLite file
//! it is that of another file; in PostgreSQL it is one of the connection.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What stands between the name of the store and the unique part of the name of a claim.
const SUFFIX: &str = "-new-";

/// The claim of this process to print what is new. However the process ends, it is unlocked, by
/// which others see that it has ended.
#[derive(Debug)]
pub(super) struct Claim {
    name: String,
    /// What has the lock, unless the connection has it.
    _file: Option<LockedFile>,
}

/// A file that is locked, and removed in the end.
#[derive(Debug)]
struct LockedFile {
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

impl Claim {
    /// A claim whose lock the connection has.
    #[cfg(feature = "postgres")]
    pub(super) fn of_connection(name: String) -> Self {
        Self { name, _file: None }
    }

    /// Makes a claim for the store at `store`. No other process may look for claims meanwhile, as
    /// the file is locked only after it was created.
    pub(super) fn beside(store: &Path) -> std::io::Result<Self> {
        let nanoseconds = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let name = format!("{}-{nanoseconds}", std::process::id());
        let path = beside(store, &name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        // Where files can't be locked (on some network file systems), a claim counts as given up: a
        // headline that is printed twice is better than one that never is.
        let _ = file.try_lock();
        Ok(Self { name, _file: Some(LockedFile { path, _file: file }) })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The names of claims whose processes live; the files of other claims are removed.
    pub(super) fn alive(store: &Path) -> BTreeSet<String> {
        let mut alive = BTreeSet::new();
        let start = beside(store, "");
        let Some(folder) = start.parent() else { return alive };
        let Some(start) = start.file_name().and_then(|name| name.to_str()) else { return alive };
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_prefix(start)) else {
                continue;
            };
            let locked = OpenOptions::new()
                .write(true)
                .open(entry.path())
                .map(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
            if locked.unwrap_or(false) {
                alive.insert(name.to_owned());
            } else {
                let _ = fs::remove_file(entry.path());
            }
        }
        alive
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        // If this fails, the unlocked file is removed by the next process.
        let _ = fs::remove_file(&self.path);
    }
}

fn beside(store: &Path, name: &str) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(SUFFIX);
    path.push(name);
    PathBuf::from(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_lives_as_long_as_its_process() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("news.sqlite");
        fs::write(&store, "").unwrap();
        fs::write(folder.path().join("news.sqlite-new-dead"), "").unwrap();
        fs::write(folder.path().join("news.sqlite-wal"), "").unwrap();
        let claim = Claim::beside(&store).unwrap();
        let name = claim.name().to_owned();
        assert_eq!(Claim::alive(&store), BTreeSet::from([name]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        drop(claim);
        assert_eq!(Claim::alive(&store), BTreeSet::new());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
