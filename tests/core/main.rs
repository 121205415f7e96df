//! The library: its file format, its results against others', its invariants. One executable, since
//! each is linked with everything; a test of one file is run by `cargo test --test core format::`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

#[path = "../common/mod.rs"]
mod common;

mod format;
mod golden;
mod house;
mod learner;
mod licences;
mod mentions;
mod properties;
