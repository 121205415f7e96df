//! `undertone predict --by name`: a balance for each coin and company.

use crate::common;

use assert_cmd::Command;
use common::root;
use serde_json::Value;
use tempfile::TempDir;
use undertone::Classifier;

const HEADLINES: [&str; 6] = [
    "Bitcoin surges to a record high as inflows soar",
    "Exchange halts bitcoin withdrawals as losses mount",
    "BTC plunges after hack, and bitcoin miners sell bitcoin",
    "Tesla beats profit forecasts, raises outlook",
    "Quorvex wins record order from Tesla",
    "Profit falls by a third",
];

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        place.write("headlines.txt", &HEADLINES.join("\n"));
        let mut csv = "id,title\n".to_owned();
        for (id, title) in HEADLINES.iter().enumerate() {
            csv.push_str(&format!("{id},\"{title}\"\n"));
        }
        place.write("news.csv", &csv);
        place.write("own.csv", "name,ticker\nQuorvex Holdings,Quorvex\n");
        place
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.0.path().join(name), content).unwrap();
    }

    /// Standard output and standard error of `undertone predict`.
    #[track_caller]
    fn predict(&self, line: &str) -> (String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
        let output =
            command.current_dir(&self.0).arg("predict").args(line.split(' ')).output().unwrap();
        let [out, log] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
        assert_eq!(output.status.code(), Some(0), "{line}: {log}");
        (out, log)
    }

    #[track_caller]
    fn refuse(&self, line: &str, part: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
        let output =
            command.current_dir(&self.0).arg("predict").args(line.split(' ')).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(2), &b""[..]), "{line}");
        assert!(log.contains(part), "{line}: expected {part:?}, found {log}");
    }
}

/// The balance of some headlines by the model's own labels.
fn balance(texts: &[&str]) -> f64 {
    let classifier = Classifier::open(&std::fs::read(root().join("model.bin")).unwrap()).unwrap();
    let value = |text: &&str| match &classifier.labels()[classifier.predict(text).class][..] {
        "positive" => 1.0,
        "negative" => -1.0,
        _ => 0.0,
    };
    texts.iter().map(value).sum::<f64>() / texts.len() as f64
}

#[test]
fn each_name_has_the_balance_of_the_texts_that_name_it() {
    let place = Place::new();
    let (json, log) = place.predict("--input headlines.txt --by name --format json");
    assert_eq!(
        log,
        "headlines.txt: 6 rows read, 6 scored, 0 without text, 0 refused, 1 without a name\n"
    );
    let rows: Vec<Value> = serde_json::from_str(&json).unwrap();
    let of = |row: &Value| {
        let labels: u64 =
            row["labels"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(row["headlines"].as_u64(), Some(labels));
        (row["name"].as_str().unwrap().to_owned(), labels, row["balance"].as_f64().unwrap())
    };
    let found: Vec<_> = rows.iter().map(of).collect();
    let expected = [
        ("Bitcoin".to_owned(), 3, balance(&HEADLINES[..3])),
        ("Tesla".to_owned(), 2, balance(&HEADLINES[3..5])),
    ];
    assert_eq!(found, expected);
    assert!(expected[0].2 < 0.0 && expected[1].2 > 0.0, "{expected:?}");

    // The same as lines, as CSV from a column, as a table, in a file, and by any number of threads.
    let (lines, _) = place.predict("--input headlines.txt --by name --format jsonl --threads 3");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, rows);
    let csv = "--input news.csv --text-column title --by name";
    let (table, _) = place.predict(&format!("{csv} --format csv"));
    let first: Vec<&str> = table.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(first, ["name", "Bitcoin", "Tesla"]);
    let (nothing, _) = place.predict(&format!("{csv} --output names.csv"));
    assert_eq!(nothing, "");
    assert_eq!(std::fs::read_to_string(place.0.path().join("names.csv")).unwrap(), table);
    let (chart, _) = place.predict(csv);
    assert!(
        chart.starts_with("name        headlines  negative   neutral  positive  balance\nBitcoin ")
    );
    assert!(chart.contains('█'), "{chart}");
}

#[test]
fn a_list_of_ones_own_goes_before_the_built_in_one() {
    let place = Place::new();
    let line = "--input headlines.txt --by name --format csv --names own.csv";
    let (table, log) = place.predict(line);
    assert!(table.contains("Quorvex Holdings,1,"), "{table}");
    assert!(log.ends_with(" 1 without a name\n"), "{log}");
    let (texts, log) = place.predict("--by name Quorvex");
    assert_eq!((&texts[..], &log[..]), ("no headline with a name of the list\n", ""));
}

#[test]
fn what_is_no_list_and_what_has_no_table_is_refused() {
    let place = Place::new();
    place.write("bad.csv", "Quorvex,QX\nOther,QX\n");
    for (line, part) in [
        (
            "--input news.csv --text-column title --by name --names bad.csv",
            "bad.csv: line 2: expected",
        ),
        ("--input news.csv --text-column title --by name --names gone.csv", "gone.csv"),
        ("--names own.csv Profit", "--by name"),
        ("--by name --format arrow Profit", "--format text, csv"),
        ("--by day Profit", "name"),
        ("--input news.csv --by name --keep id", "cannot be used"),
    ] {
        place.refuse(line, part);
    }
}
