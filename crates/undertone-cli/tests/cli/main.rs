//! The command as a person, a script or a client meets it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

#[path = "../../../../tests/common/mod.rs"]
mod common;
#[cfg(feature = "serve")]
mod server;
mod site;

mod cases_files;
mod cases_scrape;
mod files;
mod import;
mod join;
mod killed;
mod labels;
mod manual;
mod multilabel;
mod names;
mod readme;
mod report;
mod scrape;
mod serve;
mod shipped;
mod stream;
mod tune;
mod unsure;
mod vectors;
mod verbs;
mod watch;
