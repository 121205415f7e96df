//! The command line: one file a verb.

mod data;
mod evaluate;
mod inspect;
mod model;
mod predict;
mod report;
mod table;
mod train;
mod train_stream;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Wrong usage, bad input, damaged model.
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
    /// Show what a model was trained on, its sizes and its strongest features
    Inspect(inspect::Arguments),
}

/// Runs the command with the process's arguments.
pub fn run() -> ExitCode {
    let result = match Arguments::parse().verb {
        Verb::Train(arguments) => train::run(&arguments),
        Verb::Evaluate(arguments) => evaluate::run(&arguments),
        Verb::Predict(arguments) => predict::run(&arguments),
        Verb::Inspect(arguments) => inspect::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output may stop reading: `undertone predict … | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if standard error is closed too.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        // Neither serde_json nor csv gives its I/O error as a cause.
        let json =
            cause.downcast_ref::<serde_json::Error>().and_then(|error| error.io_error_kind());
        let csv = match cause.downcast_ref::<csv::Error>().map(csv::Error::kind) {
            Some(csv::ErrorKind::Io(error)) => Some(error.kind()),
            _ => None,
        };
        io.or(json).or(csv) == Some(std::io::ErrorKind::BrokenPipe)
    })
}

/// Writes one JSON value and a line end to standard output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}
