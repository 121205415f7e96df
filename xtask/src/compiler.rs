//! What cargo calls in place of the compiler with our own crates, and with no other: compiled for
//! tests they need less than the profile says; and where they are only looked through, they are so
//! beside what they depend on as it is compiled for the tests, all of which `cargo clippy` and
//! `cargo doc` would check once more.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::command::not_started;

/// What is done with our own crates where cargo would compile them.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Work {
    /// Compiled and linted at once, for tests
    Compile,
    /// Linted alone
    Lint,
    /// Documented, warnings are errors
    Document,
}

/// The environment variable that names the work.
const WORK: &str = "UNDERTONE_WORK";

impl Work {
    /// The work that cargo calls this process for, if it calls it in place of the compiler: it
    /// names that first. What it has tests run by, which is this program, too, gets the variable
    /// as well.
    pub(crate) fn of_this_process() -> Option<Self> {
        let work = Self::from_str(&env::var(WORK).ok()?, false).ok()?;
        let first = env::args_os().nth(1)?;
        let is_compiler = Path::new(&first).file_stem().is_some_and(|stem| stem == "rustc");
        is_compiler.then_some(work)
    }

    /// Has cargo do this with our own crates. What is not compiled it never takes for done, as
    /// there is nothing to link then.
    pub(crate) fn asked_of(self, cargo: &mut Command) -> Result<&mut Command> {
        let this = env::current_exe().context("could not find this executable's path")?;
        let work = self.to_possible_value().context("this work has no name")?;
        // As `cargo clippy` passes on what stands after `--`. Other systems compile other lines: a
        // lint there is told, and no reason not to test.
        let lints = if cfg!(target_os = "linux") { "--deny=warnings" } else { "" };
        Ok(cargo
            .env("RUSTC_WORKSPACE_WRAPPER", this)
            .env(WORK, work.get_name())
            .env("CLIPPY_ARGS", lints))
    }

    /// Does it, with what cargo calls: the compiler's path, and its arguments.
    pub(crate) fn run(self, mut call: impl Iterator<Item = OsString>) -> Result<ExitCode> {
        let rustc = call.next().context("cargo named no compiler")?;
        let mut arguments: Vec<OsString> = call.collect();
        // Cargo asks the compiler for its version and settings, too.
        let is_crate = arguments.iter().any(|argument| argument == "--out-dir");
        if is_crate {
            match self {
                Self::Compile => arguments.extend(for_tests(&arguments)),
                Self::Lint | Self::Document => without_code(&mut arguments),
            }
        }
        let mut compiler = if self == Self::Document {
            Command::new(&rustc)
        } else {
            let mut clippy = Command::new("clippy-driver");
            clippy.arg(&rustc);
            clippy
        };
        let mut ended = status(compiler.args(&arguments))?;
        if self == Self::Document && is_crate && ended.success() {
            ended = status(Command::new("rustdoc").args(of_rustdoc(arguments)))?;
        }
        let code = ended.code().and_then(|code| u8::try_from(code).ok());
        Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
    }
}

/// What a profile can't say. Across the parts that a crate is compiled in, nothing is optimised: in
/// a profile that would hold for macros, too, if a program uses what they depend on, and these
/// would be compiled for some programs with it and for others without. Nor is what tests compile
/// themselves: for what they ask of the library it is optimised.
fn for_tests(arguments: &[OsString]) -> Vec<OsString> {
    let is_test = arguments.iter().any(|argument| argument == "--test");
    let level = is_test.then_some("-Copt-level=0");
    ["-Clto=off"].into_iter().chain(level).map(OsString::from).collect()
}

/// Leaves what others need to check their calls, and nothing to link.
fn without_code(arguments: &mut [OsString]) {
    for argument in arguments {
        if let Some(emitted) = argument.to_str().filter(|text| text.starts_with("--emit=")) {
            *argument = emitted.replace("metadata,link", "metadata").into();
        }
    }
}

/// Of the compiler's arguments those that rustdoc takes, and the folder that cargo puts its pages
/// in.
fn of_rustdoc(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut of_rustdoc = vec!["--deny=warnings".into()];
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        if argument == "--out-dir" {
            let compiled = rest.next().unwrap_or_default();
            of_rustdoc.extend([argument, Path::new(&compiled).join("../../doc").into()]);
        } else if !argument.to_string_lossy().starts_with("--emit=") {
            of_rustdoc.push(argument);
        }
    }
    of_rustdoc
}

fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().map_err(|error| not_started(command, error))
}
