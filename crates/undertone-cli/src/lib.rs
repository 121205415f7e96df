//! The command `undertone`, with a file for each verb.

mod advice;
mod balances;
mod completions;
mod data;
mod evaluate;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod hash;
#[cfg(feature = "serve")]
mod health;
#[cfg(feature = "scrape")]
mod history;
mod import;
mod inspect;
mod join;
mod man;
mod model;
mod names;
mod predict;
mod report;
#[cfg(feature = "scrape")]
mod scrape;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "scrape")]
mod store;
mod table;
mod train;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// The exit code for wrong usage, bad input or a damaged model.
const BAD_INPUT: u8 = 2;

/// Trains headline classifiers, checks them and scores texts with them.
#[derive(Debug, Parser)]
#[command(name = "undertone", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Fit a model to labelled CSV files and write model.bin
    Train(Box<train::Arguments>),
    /// Score a model against labelled data
    Evaluate(evaluate::Arguments),
    /// Score texts
    Predict(predict::Arguments),
    /// Make a model.bin of a pipeline that was fitted with scikit-learn or Spark
    Import(import::Arguments),
    /// Write labelled texts by their hashes, so that other people's texts need not be given away
    Hash(hash::Arguments),
    /// Bring texts back by their hashes from clones of the repositories that hold them
    Join(join::Arguments),
    /// Show what a model was trained on, its sizes and its strongest features
    Inspect(inspect::Arguments),
    /// Read headlines from feeds and pages, and score them
    #[cfg(feature = "scrape")]
    Scrape(Box<scrape::Arguments>),
    /// Visit sources on a schedule, and serve what they say
    #[cfg(all(feature = "scrape", feature = "serve"))]
    Watch(Box<scrape::watch::Arguments>),
    /// Print the daily balance of the headlines in a store
    #[cfg(feature = "scrape")]
    History(history::Arguments),
    /// Check, shrink, copy and prune a store
    #[cfg(feature = "scrape")]
    Store(store::verb::Arguments),
    /// Answer over HTTP
    #[cfg(feature = "serve")]
    Serve(Box<serve::Arguments>),
    /// Ask a server whether it answers
    #[cfg(feature = "serve")]
    Health(health::Arguments),
    /// Print a shell's completions
    Completions(completions::Arguments),
    /// Write the man pages to a folder
    Man(man::Arguments),
}

/// Runs the command with the arguments of the process.
pub fn run() -> ExitCode {
    let result = match Arguments::parse().verb {
        Verb::Train(arguments) => train::run(&arguments).map(succeeded),
        Verb::Evaluate(arguments) => evaluate::run(&arguments).map(succeeded),
        Verb::Predict(arguments) => predict::run(&arguments).map(succeeded),
        Verb::Import(arguments) => import::run(&arguments).map(succeeded),
        Verb::Hash(arguments) => hash::run(&arguments).map(succeeded),
        Verb::Join(arguments) => join::run(&arguments),
        Verb::Inspect(arguments) => inspect::run(&arguments).map(succeeded),
        #[cfg(feature = "scrape")]
        Verb::Scrape(arguments) => scrape::run(&arguments),
        #[cfg(all(feature = "scrape", feature = "serve"))]
        Verb::Watch(arguments) => scrape::watch::run(&arguments).map(succeeded),
        #[cfg(feature = "scrape")]
        Verb::History(arguments) => history::run(&arguments).map(succeeded),
        #[cfg(feature = "scrape")]
        Verb::Store(arguments) => store::verb::run(&arguments).map(succeeded),
        #[cfg(feature = "serve")]
        Verb::Serve(arguments) => serve::run(&arguments).map(succeeded),
        #[cfg(feature = "serve")]
        Verb::Health(arguments) => health::run(&arguments).map(succeeded),
        Verb::Completions(arguments) => {
            completions::run(&arguments, Arguments::command()).map(succeeded)
        }
        Verb::Man(arguments) => man::run(&arguments, Arguments::command()).map(succeeded),
    };
    match result {
        Ok(code) => code,
        // The reader of the output may close it: `undertone predict … | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // An error is ignored: standard error may be closed, too.
            let mut err = std::io::stderr().lock();
            let _ = match advice::advice(&error) {
                Some(advice) => writeln!(err, "error: {error:#} ({advice})"),
                None => writeln!(err, "error: {error:#}"),
            };
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn succeeded((): ()) -> ExitCode {
    ExitCode::SUCCESS
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        // The errors of serde_json and csv don't give an I/O error inside them as their source.
        let json =
            cause.downcast_ref::<serde_json::Error>().and_then(|error| error.io_error_kind());
        let csv = match cause.downcast_ref::<csv::Error>().map(csv::Error::kind) {
            Some(csv::ErrorKind::Io(error)) => Some(error.kind()),
            _ => None,
        };
        io.or(json).or(csv) == Some(std::io::ErrorKind::BrokenPipe)
    })
}

/// Parses a duration in seconds, for clap.
#[cfg(any(feature = "scrape", feature = "serve"))]
fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds
        .map(std::time::Duration::from_secs_f64)
        .ok_or_else(|| "expected seconds from 0 to 86400, such as 2.5".to_owned())
}

/// Writes one JSON value and a line end to standard output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}
