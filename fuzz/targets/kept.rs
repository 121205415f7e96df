//! Rows of JSON lines → any format → JSON lines: what is only kept says what it said, or is
//! refused.
#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use undertone_cli::fuzzing::predict;

#[derive(Debug, Arbitrary)]
enum Value<'a> {
    Missing,
    Null,
    Bool(bool),
    Small(i8),
    Int(i64),
    Natural(u64),
    Wide(i128),
    Float(f64),
    Digits(u64, u64),
    Text(&'a str),
}

impl Value<'_> {
    fn written(&self) -> Option<String> {
        Some(match self {
            Self::Missing => return None,
            Self::Null => "null".to_owned(),
            Self::Bool(truth) => truth.to_string(),
            Self::Small(number) => number.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Natural(number) => number.to_string(),
            Self::Wide(number) => number.to_string(),
            Self::Float(number) if number.is_finite() => number.to_string(),
            Self::Float(_) => "null".to_owned(),
            Self::Digits(whole, fraction) => format!("{whole}.{fraction}"),
            Self::Text(text) => serde_json::to_string(text).unwrap_or_default(),
        })
    }
}

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    format: u8,
    rows: Vec<[Value<'a>; 2]>,
}

fuzz_target!(|input: Input<'_>| {
    let formats = ["jsonl", "json", "csv", "parquet", "arrow", "arrows"];
    let format = formats[usize::from(input.format) % formats.len()];
    let folder = std::env::temp_dir().join(format!("undertone-kept-{}", std::process::id()));
    let path = |name: &str| folder.join(name);
    let given: Vec<Vec<Option<String>>> =
        input.rows.iter().map(|row| row.iter().map(Value::written).collect()).collect();
    // CSV of little else than control characters is taken for binary data.
    let texts = input.rows.iter().flatten().filter_map(|value| match value {
        Value::Text(text) => Some(text.bytes().filter(u8::is_ascii_control).count()),
        _ => None,
    });
    if format == "csv" && texts.sum::<usize>() > 16 {
        return;
    }
    let names: Vec<usize> =
        (0..2).filter(|&at| given.iter().any(|row| row[at].is_some())).collect();
    let lines: String = given
        .iter()
        .map(|row| {
            let members =
                names.iter().filter_map(|&at| Some(format!(",\"c{at}\":{}", row[at].as_ref()?)));
            format!("{{\"text\":\"Loss\"{}}}\n", members.collect::<String>())
        })
        .collect();
    if fs::create_dir_all(&folder).and_then(|()| fs::write(path("in.jsonl"), lines)).is_err() {
        return;
    }
    let there = path(&format!("there.{format}"));
    let keep = names.iter().map(|at| format!(",c{at}")).collect::<String>();
    let keep = format!("--keep=text{keep}");
    if convert(&path("in.jsonl"), &there, &keep).is_err() {
        return;
    }
    convert(&there, &path("back.jsonl"), &keep).expect("what was written is read");
    let back = fs::read_to_string(path("back.jsonl")).expect("it was written");
    assert_eq!(back.lines().count(), given.len());
    for (line, row) in back.lines().zip(&given) {
        let found: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).expect(line);
        for &at in &names {
            let found = found.get(&format!("c{at}")).map(|value| value.get());
            let (given, found) = (said(row[at].as_deref()), said(found));
            // CSV has no null.
            let is_same = given == found || format == "csv" && given.is_empty() && found == "\"\"";
            assert!(is_same, "{given} in {format}: {found}");
        }
    }
});

fn convert(from: &Path, to: &PathBuf, keep: &str) -> Result<(), String> {
    let from = format!("--input={}", from.display());
    let to = format!("--output={}", to.display());
    predict(&[&from, &to, keep, "--threads=1"]).map_err(|error| format!("{error:#}"))
}

/// What a value says, whether it is written as itself or as a text, and in whatever form of its
/// number.
fn said(value: Option<&str>) -> String {
    let text = match value {
        None | Some("null") => return String::new(),
        Some(value) if value.starts_with('"') => {
            serde_json::from_str::<String>(value).expect(value)
        }
        Some(value) => value.to_owned(),
    };
    number(&text).unwrap_or_else(|| format!("{text:?}"))
}

/// A number's sign, its digits without zeros at their end, and the power of ten behind them.
fn number(text: &str) -> Option<String> {
    text.parse::<f64>().ok().filter(|_| !text.contains(|c: char| c.is_alphabetic() && c != 'e'))?;
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").replace(['-', '+'], "");
    let kept = digits.trim_end_matches('0');
    let power = exponent.parse::<i64>().ok()? - fraction.len() as i64;
    let power = power + (digits.len() - kept.len()) as i64;
    let kept = kept.trim_start_matches('0');
    let power = if kept.is_empty() { 0 } else { power };
    Some(format!("{} {kept} {power}", mantissa.starts_with('-')))
}
