//! `train --vectors`: the word vectors of the command's own, or those of a file.

use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};
use undertone::files::{hex, read_file};
use undertone::train::HeadStart;
use undertone::train::recipe::{Recipe, VectorsRecipe};

/// The word vectors, and the model that the command scores with.
#[cfg(feature = "training")]
static OWN: std::sync::LazyLock<HeadStart<'static>> = std::sync::LazyLock::new(|| {
    HeadStart::new(
        include_bytes!("../../vectors64.words"),
        include_bytes!("../../vectors64.i8"),
        crate::model::BUILT_IN,
    )
});

/// The recipe with the command's own head start.
///
/// # Errors
/// Where the command was built without it.
pub(super) fn add_own(recipe: Recipe) -> anyhow::Result<Recipe> {
    let own = own().context(
        "--vectors: this build of the command, as the one in the container, has no word vectors; \
         name a file with --vectors=FILE, or take a build with the feature `training`",
    )?;
    Ok(own.add_to(recipe))
}

/// The recipe with the word vectors of a file, which it knows by its SHA-256.
pub(super) fn add_file(recipe: Recipe, path: &Path) -> anyhow::Result<Recipe> {
    let sha256 = |path: &Path| Ok::<_, anyhow::Error>(hex(&Sha256::digest(read_file(path)?)));
    let mut vectors = VectorsRecipe::default().path(path).sha256(sha256(path)?);
    let words = path.with_extension("words");
    if path.extension().is_some_and(|extension| extension == "i8") {
        vectors = vectors.words(&words).words_sha256(sha256(&words)?);
    }
    Ok(recipe.vectors(vectors))
}

/// The head start, where the command was built with it.
pub(super) fn own() -> Option<HeadStart<'static>> {
    #[cfg(feature = "training")]
    return Some(*OWN);
    #[cfg(not(feature = "training"))]
    None
}
