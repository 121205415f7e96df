//! `cargo xtask bench page`: the times of the page, beside the least that they could be. There are
//! no bars, so that no machine is too slow or too busy for it.

use std::path::Path;
use std::process::Stdio;

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
    let script = |what, variable, browser: &Path| {
        let mut script = node();
        script.args([SCRIPT, what, VISITS]).env(variable, browser).env("PAGE", &address);
        // Where it is, for who watches.
        script.stderr(Stdio::inherit());
        output(&mut script)
    };
    let tables = [
        script("visits", "CHROMIUM", &chromium)?,
        script("again", "CHROMIUM", &chromium)?,
        script("again", "FIREFOX", &requirements::firefox()?)?,
    ];
    measurements::record("page", &tables.join("\n\n"), to_be_written)
}
