//! `undertone completions`: a script that completes the command line in a shell.

use std::io::Write;

use clap::Args;
use clap_complete::Shell;

/// Print a shell's completions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone completions bash > ~/.local/share/bash-completion/completions/undertone
  undertone completions zsh > ~/.zfunc/_undertone
  undertone completions fish > ~/.config/fish/completions/undertone.fish")]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, mut command: clap::Command) -> anyhow::Result<()> {
    // Into memory first: clap_complete panics when it can't write, as in `… | head`.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "undertone", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(())
}
