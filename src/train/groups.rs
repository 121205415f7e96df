//! Groups: which texts belong together, by hash.
//!
//! A headline, its near copies and its rewrites must share a fold, or cross-validation rewards
//! memorising. The texts themselves may be other people's, so the list holds hashes: a file
//! of tab-separated lines, the first of them `hash` and `group`, then the first 16 hexadecimal
//! digits of the SHA-256 of a text in UTF-8 and the number of its group. Texts that are not in the
//! list belong to no group.

use std::collections::HashMap;

use super::error::Error;
use super::recipe::FileRecipe;
use crate::files::{Place, TextHash, checked_sha256, decode, read_file};

/// The group of each text that has one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    groups: HashMap<TextHash, u32>,
}

impl Groups {
    /// Reads the list that a recipe names.
    ///
    /// # Errors
    /// When the file can't be read, is not the recipe's, or a line is not a hash, a tab and a
    /// number.
    pub(crate) fn read(recipe: &FileRecipe) -> Result<Self, Error> {
        let bytes = read_file(&recipe.path)?;
        checked_sha256(&recipe.path, &bytes[..], &recipe.sha256)?;
        let text = decode(&recipe.path, &bytes, "utf-8")?;
        let mut groups = HashMap::new();
        for (number, line) in text.lines().enumerate().skip(1) {
            let entry = line.split_once('\t').and_then(|(hash, group)| {
                // Lowercase alone, as hashes are written everywhere else.
                let is_lower = !hash.bytes().any(|byte| byte.is_ascii_uppercase());
                let hash = hash.parse().ok().filter(|_| is_lower)?;
                Some((hash, group.trim_end().parse().ok()?))
            });
            let (hash, group) = entry.ok_or_else(|| Error::GroupLine {
                place: Place { path: recipe.path.clone(), line: number as u64 + 1, column: 1 },
                found: line.to_owned(),
            })?;
            groups.insert(hash, group);
        }
        Ok(Self { groups })
    }

    /// The group of a text, if it has one.
    pub(crate) fn of(&self, text: &str) -> Option<u32> {
        self.groups.get(&TextHash::of(text)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_by_its_hash_and_a_bad_line_by_its_number() {
        let file = |content: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), content).unwrap();
            file
        };
        let read = |file: &tempfile::NamedTempFile| {
            Groups::read(&FileRecipe { path: file.path().to_owned(), ..FileRecipe::default() })
        };
        // The beginning of `printf 'Profit rose' | sha256sum`.
        let hash = "78accfb1e22a5d2c";
        assert_eq!(TextHash::of("Profit rose").to_string(), hash);
        let groups = read(&file(&format!("hash\tgroup\r\n{hash}\t7\r\n"))).unwrap();
        assert_eq!((groups.of("Profit rose"), groups.of("profit rose")), (Some(7), None));
        for line in ["", "7", "0123\t7", &format!("{hash}\tx"), &format!("{hash} 7")] {
            let error = read(&file(&format!("hash\tgroup\n{hash}\t1\n{line}\n"))).unwrap_err();
            assert!(error.to_string().contains("line 3"), "{error}");
        }
    }
}
