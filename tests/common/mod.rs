//! What several test files need.
#![allow(dead_code, reason = "every test file compiles this, and none uses all of it")]

pub(crate) mod payload;

use std::path::{Path, PathBuf};

use undertone::train::recipe::{DataSource, Recipe};
use undertone::train::{Corpus, fit};
use undertone::{Classifier, provenance::Provenance};

/// The repository, whichever of its packages this is part of.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|folder| folder.join("model.toml").is_file()).unwrap()
}

/// A file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    root().join("tests/fixtures").join(name)
}

/// Where the data sets are.
pub(crate) fn data_folder() -> PathBuf {
    match std::env::var_os("UNDERTONE_DATA") {
        // Cargo runs tests in their package's folder; a relative path is from the repository's.
        Some(folder) => root().join(folder),
        None => root().join("../shared/data"),
    }
}

/// A fixture with a header and the columns `text` and `label`.
pub(crate) fn fixture_source(name: &str) -> DataSource {
    DataSource::default().path(fixture(name))
}

/// The classifier that a recipe gives, without cross-validation.
pub(crate) fn train(recipe: &Recipe) -> Classifier {
    let corpus = Corpus::read(&recipe.data).unwrap();
    let counted = fit::Counted::new(&corpus, recipe).unwrap();
    let everything: Vec<u32> = (0..corpus.documents.len() as u32).collect();
    let fitted = fit(&counted, &everything).unwrap();
    fitted.classifier(&counted, Provenance::default()).unwrap()
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for the same seed, everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `limit` − 1.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}
