//! `undertone man`: the man pages.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use clap_mangen::Man;

use undertone::files::replace_file;

/// Write the man pages to a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone man ~/.local/share/man/man1
  man undertone-serve")]
pub(super) struct Arguments {
    /// The folder; made where it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments, command: clap::Command) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))?;
    // Gives every verb its full name, such as `undertone serve`, and the options of all verbs.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    write(&command, "undertone", folder)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        write(verb, &format!("undertone-{}", verb.get_name()), folder)?;
    }
    Ok(())
}

fn write(command: &clap::Command, name: &str, folder: &Path) -> anyhow::Result<()> {
    let mut page = Vec::new();
    Man::new(command.clone().display_name(name)).title(name.to_owned()).render(&mut page)?;
    replace_file(&folder.join(format!("{name}.1")), &page)?;
    Ok(())
}
