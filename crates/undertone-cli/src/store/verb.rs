//! `undertone store`: looking after a store.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{TimeDelta, Utc};
use clap::{Args, Subcommand};

use super::measure::measure;
use super::{Address, Store};
use crate::print_json;

/// Check, shrink, copy and prune a store
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone store check news.sqlite
  undertone store export news.sqlite > news.jsonl
  undertone store import postgres://me@localhost/news news.jsonl

A store is the path of an SQLite file, or the address of a PostgreSQL database.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check that a store is whole, and that its tables say the same
    Check {
        /// The store
        #[arg(value_name = "STORE")]
        store: Address,
    },
    /// Give the room of what was deleted back to the disk
    Vacuum {
        /// The store
        #[arg(value_name = "STORE")]
        store: Address,
    },
    /// Forget headlines that no source has had for a time
    Prune {
        /// The store
        #[arg(value_name = "STORE")]
        store: Address,
        /// Keep what was seen within so many days (400d), hours (48h) or weeks (52w)
        #[arg(long, value_name = "TIME", value_parser = age)]
        keep: TimeDelta,
    },
    /// Write the headlines of a store as JSON lines to standard output
    ///
    /// With their ids, times, scores and names. What servers said and when sources are due is left
    /// out: it is asked again.
    Export {
        /// The store
        #[arg(value_name = "STORE")]
        store: Address,
    },
    /// Fill an empty or new store with what `export` wrote
    Import {
        /// The store
        #[arg(value_name = "STORE")]
        store: Address,
        /// The file; - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Time queries and the storing of headlines, for `cargo xtask bench store`
    #[command(hide = true)]
    Measure {
        /// A store of the measurement's own: headlines are added
        #[arg(value_name = "STORE")]
        store: Address,
    },
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.verb {
        Verb::Check { store } => check(store),
        Verb::Vacuum { store } => Store::open(store)?.vacuum(),
        Verb::Prune { store, keep } => {
            let pruned = Store::open(store)?.prune(Utc::now() - *keep)?;
            say(&format!("{pruned} headlines forgotten"))
        }
        Verb::Export { store } => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            let exported = Store::open(store)?.export(&mut out)?;
            say(&format!("{exported} headlines exported"))
        }
        Verb::Import { store, file } => {
            let imported = if file == Path::new("-") {
                Store::open_or_create(store)?.import(std::io::stdin().lock())
            } else {
                let opened = File::open(file).with_context(|| file.display().to_string())?;
                Store::open_or_create(store)?.import(BufReader::new(opened))
            };
            let imported = imported.with_context(|| file.display().to_string())?;
            say(&format!("{imported} headlines imported"))
        }
        Verb::Measure { store } => print_json(&measure(&mut Store::open(store)?)?),
    }
}

fn check(store: &Address) -> anyhow::Result<()> {
    let checked = Store::open(store)?.check()?;
    if checked.faults.is_empty() {
        writeln!(std::io::stdout(), "{} headlines, and all is well", checked.headlines)?;
        return Ok(());
    }
    for fault in &checked.faults {
        writeln!(std::io::stdout(), "{fault}")?;
    }
    bail!(
        "expected a sound store, found {} faults; restore a back-up, or export what can be read \
         and import it into a new store",
        checked.faults.len()
    )
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stderr(), "{line}")?;
    Ok(())
}

/// Parses a time to keep headlines, such as `400d`, for clap.
pub(crate) fn age(text: &str) -> Result<TimeDelta, String> {
    let expected = || format!("expected a time such as 400d, 48h or 52w, found {text:?}");
    let unit = text.chars().last().ok_or_else(expected)?;
    let number = text.strip_suffix(unit).and_then(|number| number.parse::<u32>().ok());
    let number = i64::from(number.filter(|&number| number > 0).ok_or_else(expected)?);
    let age = match unit {
        'h' => TimeDelta::try_hours(number),
        'd' => TimeDelta::try_days(number),
        'w' => TimeDelta::try_weeks(number),
        _ => None,
    };
    // No store is older than that.
    age.filter(|age| *age <= TimeDelta::days(100 * 365)).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        for (text, hours) in [("400d", 9600), ("48h", 48), ("1w", 168)] {
            assert_eq!(age(text).unwrap().num_hours(), hours);
        }
        for text in ["", "d", "0d", "-1d", "400", "400y", "4294967296h", "99999d", "1.5d", "日"] {
            assert!(age(text).unwrap_err().contains("400d"), "{text}");
        }
    }
}
