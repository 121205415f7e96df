//! Other programs: each command is printed before it is run.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Command, Output};

use anyhow::{Context, Result, anyhow, ensure};

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Without the variables that `cargo run` sets: build scripts would take them for a change, and
    // ring, with all that depends on it, would be recompiled whenever a person and xtask take
    // turns.
    for (name, _) in std::env::vars_os() {
        let of_a_package = ["CARGO_MANIFEST_", "CARGO_PKG_"];
        if name.to_str().is_some_and(|name| of_a_package.iter().any(|part| name.starts_with(part)))
        {
            command.env_remove(name);
        }
    }
    command
}

pub(crate) fn node() -> Command {
    Command::new("node")
}

pub(crate) fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Prints a command, runs it with its output passed on, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| not_started(command, error))?;
    ensure!(status.success(), "`{}` failed with {status}", shown(command));
    Ok(())
}

/// The output of a command, without the line end; fails when it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.output().map_err(|error| not_started(command, error))?;
    ensure!(
        status.success(),
        "`{}` failed with {status}: {}",
        shown(command),
        String::from_utf8_lossy(&stderr).trim_end()
    );
    let text = String::from_utf8(stdout)
        .with_context(|| format!("`{}` printed something other than UTF-8", shown(command)))?;
    Ok(text.trim_end().to_owned())
}

/// Whether a command starts and succeeds; it prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

pub(crate) fn not_started(command: &Command, error: std::io::Error) -> anyhow::Error {
    let program = command.get_program().to_string_lossy();
    match error.kind() {
        ErrorKind::NotFound => anyhow!("`{program}` is needed and was not found in PATH"),
        _ => anyhow!("`{program}` could not be started: {error}"),
    }
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut words = vec![program.file_stem().unwrap_or(program.as_os_str())];
    words.extend(command.get_args());
    words.join(OsStr::new(" ")).to_string_lossy().into_owned()
}
