//! The files that texts were read from: each of a repository, at a commit.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use super::table::{column, open, place};

/// A file of a repository at a commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// `owner/name`, the folder of its clone.
    repository: String,
    commit: String,
    /// The path of the file in the repository, with slashes.
    pub(super) path: String,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.repository, self.commit, self.path)
    }
}

/// Reads a table with the columns `repository`, `commit` and `path`; other columns are ignored.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Source>> {
    let mut table = open(path)?;
    let maker = "each row names a file by repository, commit and path";
    let [repository, commit, file] =
        ["repository", "commit", "path"].map(|name| column(path, &table.columns, name, maker));
    let columns = [repository?, commit?, file?];
    let mut sources = Vec::new();
    while let Some((line, row)) = table.read_row()? {
        let [repository, commit, file] =
            columns.map(|column| row.get(column).unwrap_or_default().trim().to_owned());
        let checks = [
            (is_below(&repository), "a folder below that of the clones, such as owner/name"),
            (is_hexadecimal(&commit), "a commit in hexadecimal digits"),
            (!file.is_empty(), "the path of a file"),
        ];
        for (number, (is_right, expected)) in checks.into_iter().enumerate() {
            anyhow::ensure!(
                is_right,
                "{}: expected {expected}, found {:?}; correct the cell or delete the row",
                place(path, line, columns[number]),
                row.get(columns[number]).unwrap_or_default()
            );
        }
        sources.push(Source { repository, commit, path: file });
    }
    Ok(sources)
}

/// Whether a relative path stays below the folder that it is joined to.
fn is_below(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Whether a commit is hexadecimal, so that git can't take it for an option, which begins with a
/// hyphen.
fn is_hexadecimal(commit: &str) -> bool {
    (7..=64).contains(&commit.len()) && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Source {
    /// The content of the file from its clone below the folder `clones`, whatever is checked out
    /// there; or git's reason why the file isn't there.
    pub(super) fn read(&self, clones: &Path) -> anyhow::Result<Result<Vec<u8>, String>> {
        let clone: PathBuf = clones.join(&self.repository);
        if !clone.is_dir() {
            return Ok(Err(format!("{} is no folder", clone.display())));
        }
        let output = Command::new("git")
            .arg("-C")
            .arg(&clone)
            .args(["cat-file", "blob"])
            .arg(format!("{}:{}", self.commit, self.path))
            .stdin(Stdio::null())
            .output()
            .context("git can't be started; install git, or check that it is on the PATH")?;
        if output.status.success() {
            return Ok(Ok(output.stdout));
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let reason = errors.lines().next().unwrap_or("git gave no reason");
        Ok(Err(reason.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_stays_below_the_clones_and_a_commit_is_no_option() {
        for (path, expected) in [
            ("owner/name", true),
            ("name", true),
            ("", false),
            ("../name", false),
            ("owner/../../name", false),
            ("/etc", false),
        ] {
            assert_eq!(is_below(path), expected, "{path}");
        }
        for (commit, expected) in [
            ("0123456789abcdef0123456789abcdef01234567", true),
            ("0123abc", true),
            ("--batch", false),
            ("", false),
            ("main", false),
        ] {
            assert_eq!(is_hexadecimal(commit), expected, "{commit}");
        }
    }
}
