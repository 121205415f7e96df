//! Any bytes as a CSV file in any encoding: rows or an error with its place, and the same whether
//! the bytes come at once or in pieces.
#![no_main]

use std::io::{self, Read};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use undertone::train::recipe::DataSource;
use undertone::train::stream::LabelledTexts;

const ENCODINGS: [&str; 8] =
    ["utf-8", "latin1", "windows-1252", "utf-16le", "shift_jis", "gb18030", "big5", "euc-kr"];

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    encoding: u8,
    header: bool,
    weighted: bool,
    piece: u8,
    bytes: &'a [u8],
}

/// Gives a few bytes at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let length = self.0.len().min(self.1).min(target.len());
        self.0.read(&mut target[..length])
    }
}

fuzz_target!(|input: Input<'_>| {
    let mut source = DataSource::default()
        .path("fuzz.csv")
        .encoding(ENCODINGS[usize::from(input.encoding) % ENCODINGS.len()])
        .header(input.header);
    if !input.header {
        source.columns = vec!["label".to_owned(), "text".to_owned()];
    }
    if input.weighted && input.header {
        source.weight_column = "weight".to_owned();
    }
    let whole = rows(&source, input.bytes);
    let pieces = rows(&source, Pieces(input.bytes, usize::from(input.piece) + 1));
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => assert_eq!(whole, pieces),
        // Reading ahead may meet a later error first.
        (Err(_), Err(_)) => {}
        (whole, pieces) => panic!("at once {whole:?}, in pieces {pieces:?}"),
    }
});

type Row = (String, String, u64, f64);

fn rows(source: &DataSource, bytes: impl Read) -> Result<Vec<Row>, String> {
    let mut rows: Vec<Row> = Vec::new();
    let mut texts = LabelledTexts::new(bytes, source).map_err(|error| error.to_string())?;
    loop {
        match texts.read_text() {
            Ok(Some(row)) => {
                assert!(row.weight.is_finite() && row.weight >= 0.0);
                let last = rows.last().map_or(0, |(_, _, line, _)| *line);
                assert!(row.line > last, "line {} after {last}", row.line);
                rows.push((row.text.to_owned(), row.label.to_owned(), row.line, row.weight));
            }
            Ok(None) => return Ok(rows),
            Err(error) => return Err(error.to_string()),
        }
    }
}
