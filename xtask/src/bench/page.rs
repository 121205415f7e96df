//! `cargo xtask bench page`: the times of the page, beside the least that they could be. There are
//! no bars, so that no machine is too slow or too busy for it.

use anyhow::Result;

use crate::command::{node, output};
use crate::{measurements, page, requirements, serve};

/// The number of fresh visits for each line of the table.
const VISITS: &str = "9";
const SCRIPT: &str = "xtask/bench/page.mjs";

pub(crate) fn run(to_be_written: bool) -> Result<()> {
    requirements::npm_packages()?;
    let chromium = requirements::chromium()?;
    page::build()?;
    let (address, _server) = serve::start(0)?;
    let mut script = node();
    script.args([SCRIPT, VISITS]).env("CHROMIUM", chromium).env("PAGE", address);
    measurements::record("page", &output(&mut script)?, to_be_written)
}
