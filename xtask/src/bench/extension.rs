//! `cargo xtask bench extension`: what the extension costs a page. There are no bars, so that no
//! machine is too slow or too busy for it.

use anyhow::Result;

use crate::command::{node, output};
use crate::{extension, measurements, requirements};

/// The number of times that each line of the table is measured.
const ROUNDS: &str = "5";
const SCRIPT: &str = "xtask/bench/extension.mjs";

pub(crate) fn run(to_be_written: bool) -> Result<()> {
    requirements::npm_packages()?;
    let chromium = requirements::chromium()?;
    extension::build()?;
    let mut script = node();
    script.args([SCRIPT, ROUNDS]).env("CHROMIUM", chromium);
    measurements::record("extension", &output(&mut script)?, to_be_written)
}
