//! `cargo xtask web`: the page, built and served.

use anyhow::{Result, anyhow};

use crate::{page, serve};

const USUAL_PORT: u16 = 8080;

pub(crate) fn run(port: Option<u16>, no_serve: bool) -> Result<()> {
    page::build()?;
    if no_serve {
        println!("Built. Any static file server can serve {}/", page::FOLDER);
        return Ok(());
    }
    let (address, server) = match port {
        Some(port) => serve::start(port)?,
        None => serve::start(USUAL_PORT).or_else(|_| serve::start(0))?,
    };
    println!("\nUndertone is at {address} (Ctrl-C stops it)");
    server.join().map_err(|_| anyhow!("the server stopped"))
}
