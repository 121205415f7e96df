//! What trains models, brings them from elsewhere and tells of them.
#![cfg(feature = "cli")]
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
mod import;
mod report;
mod shipped;
mod stream;
mod tune;
