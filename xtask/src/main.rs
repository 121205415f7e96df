//! The project's chores: `cargo xtask web`, `test`, `package`, `bench`, `size`. Each verb has a file of its own.

mod bench;
mod command;
mod module;
mod package;
mod page;
mod requirements;
mod serve;
mod size;
mod test;
mod wasm_test_runner;
mod web;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Build, serve, test and measure Undertone. What a verb needs it installs first.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Builds the page and serves it
    Web {
        /// Port to serve at [default: 8080, or a free one when that is taken]
        #[arg(long, value_name = "N")]
        port: Option<u16>,
        /// Only builds
        #[arg(long)]
        no_serve: bool,
    },
    /// Runs every check
    Test {
        /// Runs one step
        #[arg(long, value_name = "STEP", value_enum)]
        only: Option<test::Step>,
    },
    /// Builds the npm package and packs it
    Package,
    /// Measures side by side with others, in one run
    Bench {
        #[command(subcommand)]
        what: Bench,
    },
    /// Builds the page, shows what it weighs and fails over budget
    Size,
    /// Runs a wasm test binary; cargo calls this
    #[command(hide = true, disable_help_flag = true)]
    WasmTestRunner {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Training against scikit-learn, in time, memory and objective
    Train {
        /// Measures one part
        #[arg(long, value_name = "PART", value_enum)]
        only: Option<bench::Part>,
    },
    /// Scoring against npm's sentiment packages and against scikit-learn
    Score,
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(&root)
        .with_context(|| format!("no repository at {}", root.display()))?;
    match verb {
        Verb::Web { port, no_serve } => web::run(port, no_serve),
        Verb::Test { only } => test::run(only),
        Verb::Package => package::run(),
        Verb::Bench { what: Bench::Train { only } } => bench::train(only),
        Verb::Bench { what: Bench::Score } => bench::score::run(),
        Verb::Size => size::run(),
        Verb::WasmTestRunner { arguments } => wasm_test_runner::run(&arguments),
    }
}
