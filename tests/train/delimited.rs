//! Delimited text as it is read here beside the csv crate read plainly: the same rows, or an error.

use std::path::Path;

use proptest::prelude::*;
use undertone::files::{Rows, TableOptions};

type Table = Vec<Vec<String>>;

/// Names and rows, or why not.
fn read(text: &str, source: &TableOptions) -> Result<Table, String> {
    let mut rows = Rows::new(Path::new("x.csv"), text.as_bytes(), source)
        .map_err(|error| error.to_string())?;
    let mut table = vec![rows.columns.clone()];
    while let Some((_, row)) = rows.read_row().map_err(|error| error.to_string())? {
        table.push(row.iter().map(str::to_owned).collect());
    }
    Ok(table)
}

fn plainly(text: &str, delimiter: u8) -> Table {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    let mut table: Table = rows.collect();
    if let Some(names) = table.first_mut() {
        names.iter_mut().for_each(|name| *name = name.trim().to_owned());
    }
    table
}

/// Text of what matters to a reader of tables, and little else.
fn delimited() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "b c", ",", ";", "\t", "|", "\"", "\"\"", "\n", "\r\n", "\r", "\u{e9}", "text", "1",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_is_read_is_what_csv_reads_or_refused(text in delimited(), header in "(text,|text;|text\t|x\\|text,)?") {
        let text = format!("{header}{text}");
        if let Ok(table) = read(&text, &TableOptions::default()) {
            let same = b",;\t|".iter().any(|&delimiter| plainly(&text, delimiter) == table);
            prop_assert!(same, "{text:?}: {table:?}");
        }
    }

    /// No quote opens and none closes, so there is nothing to lose.
    #[test]
    fn what_has_no_quotes_is_refused_for_the_lengths_of_its_rows_alone(text in delimited()) {
        let text = format!("text\n{}", text.replace('"', ""));
        let table = plainly(&text, b',');
        let is_even = table.len() > 1 && table.iter().all(|row| row.len() == 1);
        match read(&text, &TableOptions::default()) {
            Ok(read) => prop_assert_eq!(read, table),
            Err(error) => prop_assert!(!is_even, "{text:?}: {error}"),
        }
    }

    #[test]
    fn what_csv_writes_is_read(
        rows in prop::collection::vec(prop::collection::vec("[a,;\"\r\n |]{0,4}", 2), 1..8),
        delimiter in prop::sample::select(b",;\t|".to_vec()),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["id", "text"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let read = read(&text, &TableOptions::default()).map_err(TestCaseError::fail)?;
        prop_assert_eq!(&read[1..], &rows[..]);
    }
}
