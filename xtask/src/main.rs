//! The project's chores: `cargo xtask web`, `test`, `package`, `bench`, `fuzz`, `soak`, `size`.
//! Each verb has a file of its own.

mod bench;
mod binary;
mod command;
mod compiler;
mod container;
mod extension;
mod fuzz;
mod measurements;
mod module;
mod package;
mod page;
mod release;
mod requirements;
mod serve;
mod server;
mod size;
mod soak;
mod spark;
mod tally;
mod test;
mod wasm_test_runner;
mod web;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::compiler::Work;

/// Build, serve, test and measure Undertone. What a verb needs of Rust and npm it installs first.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    /// Installs system packages (Chromium, musl's compiler) with apt where they are missing; so
    /// does CI=true
    #[arg(long, global = true)]
    yes: bool,
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
    Test(test::Which),
    /// Builds the npm package and packs it
    Package,
    /// Builds the browser extension, and zips it for Chromium and for Firefox
    Extension,
    /// Measures side by side with others, in one run
    Bench {
        #[command(subcommand)]
        what: Bench,
        /// Puts what was found into docs/measurements.md
        #[arg(long, global = true)]
        write: bool,
    },
    /// Builds the command with the page inside; on Linux as a static executable
    Binary {
        /// Copies it there
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Leaves out Parquet and Arrow, for the container
        #[arg(long)]
        small: bool,
    },
    /// Makes what a release holds: executables, npm package, page, extension, bill of materials,
    /// notes, checksums
    Release {
        /// Of this tree as it is; else of a clean commit with a dated changelog, which is then
        /// tagged
        #[arg(long)]
        dry_run: bool,
    },
    /// Builds the page, shows what it weighs and fails over budget
    Size,
    /// Feeds odd input to everything that reads any
    Fuzz {
        /// How long for each target
        #[arg(long, value_name = "N", default_value_t = 15.0)]
        minutes: f64,
        /// Packs fuzz/seeds for the repository, and runs nothing
        #[arg(long)]
        pack: bool,
        /// Only these targets
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Asks the server well and badly for a long time, and shows what that leaves
    #[command(args_conflicts_with_subcommands = true)]
    Soak {
        #[command(subcommand)]
        what: Option<Soak>,
        /// Ends after so many requests
        #[arg(long, value_name = "N", default_value_t = 10_000_000)]
        requests: u64,
        /// Ends after this time, whatever it has reached
        #[arg(long, value_name = "N", default_value_t = 60.0)]
        minutes: f64,
    },
    /// Runs a wasm test binary; cargo calls this
    #[command(hide = true, disable_help_flag = true)]
    WasmTestRunner {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Subcommand)]
enum Soak {
    /// Has sources watched that misbehave, before a thousand readers who read nothing, and shows
    /// what that leaves
    Watch {
        /// Ends after this time
        #[arg(long, value_name = "N", default_value_t = 60.0)]
        minutes: f64,
        /// The command to run, in place of one that is built for it
        #[arg(long, value_name = "FILE")]
        undertone: Option<PathBuf>,
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
    /// The page in headless Chromium, beside one of nothing but the worker and the model; no bars
    Page,
    /// What the browser extension costs a page, in milliseconds a headline; no bars
    Extension,
    /// Scoring against npm's sentiment packages, scikit-learn, fastText, Vowpal Wabbit and bayes
    Score,
    /// Accuracy by bytes of the model, with fastText, bayes and lexicons on the same headlines
    Curve,
    /// Time and memory by rows, features, classes and length of texts
    Growth,
    /// Scoring a Spark DataFrame with one executor and with two
    Spark,
    /// Few labelled rows, with a head start and without, against scikit-learn and fastText
    Small,
    /// Serving against Flask and scikit-learn under gunicorn, in requests a second, and memory
    Serve,
    /// A store that has grown, in SQLite and in PostgreSQL: inserts, queries, size; no bars
    Store {
        /// How many headlines it has
        #[arg(long, value_name = "N", default_value_t = 1_000_000)]
        rows: u64,
        /// Measures this executable in place of one that is built for it
        #[arg(long, value_name = "FILE")]
        undertone: Option<PathBuf>,
        /// Leaves PostgreSQL out
        #[arg(long)]
        sqlite: bool,
    },
}

fn main() -> ExitCode {
    let result = match Work::of_this_process() {
        Some(work) => work.run(std::env::args_os().skip(1)),
        None => {
            let arguments = Arguments::parse();
            requirements::allow_system_packages(arguments.yes);
            run(arguments.verb).map(|()| ExitCode::SUCCESS)
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("\nerror: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(verb: Verb) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(&root)
        .with_context(|| format!("no repository at {}", root.display()))?;
    match verb {
        Verb::Web { port, no_serve } => web::run(port, no_serve),
        Verb::Test(which) => test::run(&which),
        Verb::Package => package::run().map(drop),
        Verb::Extension => extension::run(),
        Verb::Release { dry_run } => release::run(dry_run),
        Verb::Bench { what: Bench::Train { only }, write } => bench::train(only, write),
        Verb::Bench { what: Bench::Page, write } => bench::page::run(write),
        Verb::Bench { what: Bench::Extension, write } => bench::extension::run(write),
        Verb::Bench { what: Bench::Score, write } => bench::score::run(write),
        Verb::Bench { what: Bench::Curve, write } => bench::peers::curve(write),
        Verb::Bench { what: Bench::Growth, write } => bench::growth(write),
        Verb::Bench { what: Bench::Small, write } => bench::small(write),
        Verb::Bench { what: Bench::Serve, write } => bench::serve::run(write),
        Verb::Bench { what: Bench::Store { rows, undertone, sqlite }, write } => {
            bench::store::run(rows, undertone, sqlite, write)
        }
        Verb::Bench { what: Bench::Spark, write } => spark::bench(write),
        Verb::Binary { out, small } => binary::run(out.as_deref(), small),
        Verb::Size => size::run(),
        Verb::Fuzz { pack: true, .. } => fuzz::pack(),
        Verb::Fuzz { minutes, targets, .. } => fuzz::run(minutes, &targets),
        Verb::Soak { what: Some(Soak::Watch { minutes, undertone }), .. } => {
            soak::watch::run(minutes, undertone)
        }
        Verb::Soak { what: None, requests, minutes } => soak::run(requests, minutes),
        Verb::WasmTestRunner { arguments } => wasm_test_runner::run(&arguments),
    }
}
