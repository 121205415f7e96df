//! The interface of the command for fuzz targets. Not a public API.

use clap::Parser;

use super::{Arguments, Verb};

pub use super::scrape::fuzzing::{FoundHeadline, headlines, robots};
pub use super::serve::fuzzing::Server;

/// The server of `undertone serve` with these options, without sockets.
pub fn server(options: &[&str]) -> anyhow::Result<Server> {
    let arguments = ["undertone", "serve"].iter().chain(options);
    match Arguments::try_parse_from(arguments)?.verb {
        Verb::Serve(arguments) => Server::new(&arguments),
        _ => anyhow::bail!("expected the verb `serve`"),
    }
}

/// Runs `undertone predict` with these options, which name the files.
pub fn predict(options: &[&str]) -> anyhow::Result<()> {
    let arguments = ["undertone", "predict"].iter().chain(options);
    match Arguments::try_parse_from(arguments)?.verb {
        Verb::Predict(arguments) => super::predict::score(&arguments).map(drop),
        _ => anyhow::bail!("expected the verb `predict`"),
    }
}
