//! Any text as a CSV file: the rows that the csv crate reads plainly, or an error. That crate takes
//! a quote that never closes for one that reaches to the end.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use undertone::files::{Rows, TableOptions};

type Table = Vec<Vec<String>>;

fuzz_target!(|text: &str| {
    // What is left out here on purpose stays in there: spaces between delimiter and quote, and a
    // line that names the delimiter.
    let begin = text.trim_start_matches(['\u{feff}', '"']).get(..4).unwrap_or_default();
    if text.contains(" \"") || text.contains("\" ") || begin.eq_ignore_ascii_case("sep=") {
        return;
    }
    let Some(table) = read(text) else { return };
    let is_same = b",;\t|".iter().any(|&delimiter| plainly(text, delimiter) == table);
    assert!(is_same, "{table:?}");
});

fn read(text: &str) -> Option<Table> {
    let mut rows =
        Rows::new(Path::new("fuzz.csv"), text.as_bytes(), &TableOptions::default()).ok()?;
    let mut table = vec![rows.columns.clone()];
    while let Some((_, row)) = rows.read_row().ok()? {
        table.push(row.iter().map(str::to_owned).collect());
    }
    Some(table)
}

fn plainly(text: &str, delimiter: u8) -> Table {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().flatten();
    let mut table: Table = rows.map(|row| row.iter().map(str::to_owned).collect()).collect();
    if let Some(names) = table.first_mut() {
        names.iter_mut().for_each(|name| *name = name.trim().to_owned());
    }
    table
}
