//! `cargo xtask bench page`: the times of the page, beside the least that they could be. There are
//! no bars, so that no machine is too slow or too busy for it.

use anyhow::Result;

use crate::command::{node, run as execute};
use crate::{page, requirements, serve};

/// The number of fresh visits for each line of the table.
const VISITS: &str = "9";
const SCRIPT: &str = "xtask/bench/page.mjs";

pub(crate) fn run() -> Result<()> {
    requirements::npm_packages()?;
    let chromium = requirements::chromium()?;
    page::build()?;
    let (address, _server) = serve::start(0)?;
    execute(node().args([SCRIPT, VISITS]).env("CHROMIUM", chromium).env("PAGE", address))
}
