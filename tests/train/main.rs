//! Training by the library, and what it reads: delimited text, and the project's own data.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

#[path = "../common/mod.rs"]
mod common;

mod data;
mod delimited;
mod head_start;
mod multilabel;
mod run;
mod search;
