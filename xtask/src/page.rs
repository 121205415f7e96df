//! The page's only built part: `www/pkg/`, what a browser needs of the npm package.

use std::fs;

use anyhow::{Context, Result};

use crate::package;

/// What a web server has to offer, relative to the repository.
pub(crate) const FOLDER: &str = "www";
/// The built part of it.
pub(crate) const PACKAGE: &str = "www/pkg";

/// Builds `www/pkg/`, installing what that needs.
pub(crate) fn build() -> Result<()> {
    let built = package::build()?;
    if fs::exists(PACKAGE)? {
        fs::remove_dir_all(PACKAGE).with_context(|| format!("could not empty {PACKAGE}"))?;
    }
    fs::create_dir(PACKAGE).with_context(|| format!("could not create {PACKAGE}"))?;
    for name in package::BROWSER_FILES {
        fs::copy(built.join(name), format!("{PACKAGE}/{name}"))
            .with_context(|| format!("could not copy {name} to {PACKAGE}"))?;
    }
    Ok(())
}
