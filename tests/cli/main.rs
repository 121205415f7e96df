//! The command as a person, a script or a client meets it.
#![cfg(feature = "cli")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

#[path = "../common/mod.rs"]
mod common;

mod cases_files;
mod cases_scrape;
mod files;
mod join;
mod killed;
mod manual;
mod readme;
mod scrape;
mod serve;
mod verbs;
