//! `undertone join`: hashes of texts → the texts, from clones of the repositories that hold them.

mod clean;
mod file;
mod labels;
mod sources;
mod table;

use std::collections::{BTreeMap, HashSet};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rayon::prelude::*;

use clean::Cleaner;
use undertone::files::{Replacement, TextHash};

use labels::Labels;
pub(super) use labels::{HASH, TEXT};
use sources::Source;

/// The exit code if some texts were not found.
const INCOMPLETE: u8 = 3;

/// Bring texts back by their hashes from clones of the repositories that hold them
///
/// Other people's headlines may be read, and not given away. So what is given away are their
/// labels, each with the hash of its text, and the files that the texts were read from. Whoever has
/// clones of these repositories gets the texts back: every text of every file is hashed, in several
/// forms (entities read, a wrong encoding undone, tokens put together), and kept where the hash is
/// asked for.
///
/// Exit code: 0 when every text was found, 3 when some were not, 2 for wrong usage.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  git clone https://example.org/owner/name clones/owner/name    # each repository of sources.tsv
  undertone join --labels labels.tsv --sources sources.tsv --clones clones --out headlines.csv")]
pub(super) struct Arguments {
    /// What is known of the texts: columns between tabs, one of them `hash`, the others any.
    /// `undertone hash` makes such a file
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
    /// Where the texts are: columns between tabs, among them `repository` (owner/name), `commit`
    /// and `path`. Paths end in .csv, .tsv or .txt, or hold JSON or JSON lines; with .xz, too
    #[arg(long, value_name = "FILE")]
    sources: PathBuf,
    /// The folder of the clones, each in owner/name below it
    #[arg(long, value_name = "DIR")]
    clones: PathBuf,
    /// The CSV file to write: `text`, then the other columns of the labels, in the order of the
    /// hashes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The wanted texts of a file, or the reason why it could not be read.
type Found = Result<Vec<(TextHash, String)>, String>;

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let labels = Labels::read(&arguments.labels)?;
    let sources = sources::read(&arguments.sources)?;
    let wanted = labels.hashes();
    let cleaner = Cleaner::new()?;
    let found: Vec<Found> = sources
        .par_iter()
        .map(|source| search(source, &arguments.clones, &cleaner, &wanted))
        .collect::<anyhow::Result<_>>()?;

    let mut texts: BTreeMap<TextHash, String> = BTreeMap::new();
    let mut absent = 0;
    let mut errors = std::io::stderr().lock();
    for (source, found) in sources.iter().zip(found) {
        match found {
            Ok(found) => texts.extend(found),
            Err(reason) => {
                absent += 1;
                writeln!(errors, "not there: {source} ({reason})")?;
            }
        }
    }
    let written = write(&arguments.out, &labels, &texts)?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "found {written} of {} texts in {} of {} files",
        labels.rows.len(),
        sources.len() - absent,
        sources.len()
    )?;
    writeln!(out, "wrote {}", arguments.out.display())?;
    let is_complete = written == labels.rows.len();
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

fn search(
    source: &Source,
    clones: &Path,
    cleaner: &Cleaner,
    wanted: &HashSet<TextHash>,
) -> anyhow::Result<Found> {
    let bytes = match source.read(clones)? {
        Ok(bytes) => bytes,
        Err(reason) => return Ok(Err(reason)),
    };
    let mut found = Vec::new();
    let searched = file::for_each_text(&source.path, &bytes, &mut |text: &str| {
        cleaner.for_each_form(text, |form| {
            let hash = TextHash::of(form);
            if wanted.contains(&hash) {
                found.push((hash, form.to_owned()));
            }
        });
    });
    Ok(searched.map(|()| found))
}

/// Writes the rows whose texts were found, and returns their number.
fn write(
    path: &Path,
    labels: &Labels,
    texts: &BTreeMap<TextHash, String>,
) -> anyhow::Result<usize> {
    let mut file = Replacement::beside(path)?;
    let mut table = csv::Writer::from_writer(BufWriter::new(&mut file));
    let columns = labels.columns.iter().map(String::as_str);
    table.write_record(std::iter::once(TEXT).chain(columns))?;
    let mut written = 0;
    for (hash, cells) in &labels.rows {
        let Some(text) = texts.get(hash) else { continue };
        table.write_record(std::iter::once(text).chain(cells))?;
        written += 1;
    }
    table.flush()?;
    drop(table);
    file.finish(path)?;
    Ok(written)
}
