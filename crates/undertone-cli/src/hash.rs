//! `undertone hash`: labelled texts → their hashes, with the labels.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::join::{HASH, TEXT};
use undertone::files::{self, Place, Rows, TableOptions, TextHash, replace_file};

/// Write labelled texts by their hashes, so that other people's texts need not be given away
///
/// The column of texts becomes a column `hash`, the first 16 hexadecimal digits of the SHA-256 of
/// each text in UTF-8. The other columns stay what they are. Rows are in the order of the hashes,
/// and of equal texts the first counts. `undertone join` brings the texts back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone hash headlines.csv --out labels.tsv
  undertone hash news.csv --text-column title --number source --out labels.tsv")]
pub(super) struct Arguments {
    /// The CSV file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The file to write, with tabs between its columns
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The name of the column of texts
    #[arg(long, value_name = "NAME", default_value = TEXT)]
    text_column: String,
    /// Write the values of this column as their numbers in byte order, from 1: what is left of them
    /// is which are equal
    #[arg(long, value_name = "NAME")]
    number: Option<String>,
    /// The file's encoding: utf-8, latin1, windows-1252 or another WHATWG label
    #[arg(long, default_value = "utf-8")]
    encoding: String,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let path = &arguments.file;
    let options = TableOptions::default().encoding(&arguments.encoding);
    let mut table = Rows::new(path, files::open(path)?, &options)?;
    let text_column = files::column(path, &table.columns, &arguments.text_column, "--text-column")?;
    let others: Vec<usize> =
        (0..table.columns.len()).filter(|&column| column != text_column).collect();
    let names: Vec<String> = others.iter().map(|&column| table.columns[column].clone()).collect();
    let place = |line, column| Place { path: path.clone(), line, column: column + 1 };
    // The place of the numbered column among the columns that stay.
    let numbered = match &arguments.number {
        None => None,
        Some(name) => {
            let column = files::column(path, &table.columns, name, "--number")?;
            others.iter().position(|&other| other == column)
        }
    };
    for (name, &column) in names.iter().zip(&others) {
        anyhow::ensure!(
            name != HASH && !name.contains(is_separator),
            "{}: expected a name without tabs and line ends that is not {HASH:?}, found {name:?}; \
             rename the column",
            place(1, column)
        );
    }

    // For each text the line on which it stands, and its other cells.
    let mut rows: BTreeMap<TextHash, (String, u64, Vec<String>)> = BTreeMap::new();
    let (mut read, mut differing) = (0, 0);
    while let Some((line, row)) = table.read_row()? {
        read += 1;
        let text = row.get(text_column).unwrap_or_default();
        anyhow::ensure!(
            !text.trim().is_empty(),
            "{}: expected a text, found nothing; fill the cell or delete the row",
            place(line, text_column)
        );
        let mut cells = Vec::with_capacity(others.len());
        for &column in &others {
            let cell = row.get(column).unwrap_or_default();
            anyhow::ensure!(
                !cell.contains(is_separator),
                "{}: expected a cell without tabs and line ends, found {cell:?}; replace them",
                place(line, column)
            );
            cells.push(cell.to_owned());
        }
        match rows.entry(TextHash::of(text)) {
            Entry::Vacant(entry) => {
                entry.insert((text.to_owned(), line, cells));
            }
            Entry::Occupied(entry) => {
                let (known, first, known_cells) = entry.get();
                anyhow::ensure!(
                    known == text,
                    "{}: the text has the hash of that of line {first}; delete one of the rows",
                    place(line, text_column)
                );
                differing += u64::from(*known_cells != cells);
            }
        }
    }

    if let Some(column) = numbered {
        let values: BTreeSet<String> =
            rows.values().map(|(_, _, cells)| cells[column].clone()).collect();
        let number_of: BTreeMap<String, usize> = values.into_iter().zip(1..).collect();
        for (_, _, cells) in rows.values_mut() {
            cells[column] = number_of[&cells[column]].to_string();
        }
    }
    let mut file = Vec::new();
    writeln!(file, "{}", [&[HASH.to_owned()][..], &names].concat().join("\t"))?;
    for (hash, (_, _, cells)) in &rows {
        write!(file, "{hash}")?;
        for cell in cells {
            write!(file, "\t{cell}")?;
        }
        writeln!(file)?;
    }
    replace_file(&arguments.out, &file)?;

    let mut out = std::io::stdout().lock();
    write!(out, "{} texts", rows.len())?;
    if read > rows.len() {
        let repeated = read - rows.len();
        write!(
            out,
            "; left out {repeated} rows whose text had come before, {differing} of them with "
        )?;
        write!(out, "other values")?;
    }
    writeln!(out, "\nwrote {}", arguments.out.display())?;
    Ok(())
}

/// Whether a cell of a table with tabs between its columns can't hold a character.
fn is_separator(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r')
}
