//! The cases of tests/cases/files.toml on the command line: files that are broken, of another
//! dialect or something else, columns that are only kept, and pipelines of other libraries.
#![cfg(feature = "columnar")]

use crate::common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use common::root;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
struct Case {
    file: String,
    /// None of those for the server.
    command: Option<String>,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Debug, Deserialize)]
struct Expected {
    exit: Option<i32>,
    texts: Option<Vec<String>>,
    kept: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    names: Vec<String>,
    stdout_json: Option<BTreeMap<String, Value>>,
}

fn cases() -> BTreeMap<String, Case> {
    let text = fs::read_to_string(root().join("tests/cases/files.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

#[test]
fn every_file_is_read_as_it_is_or_refused_in_words() {
    let mut wrong = Vec::new();
    let mut run = 0;
    for (name, case) in cases() {
        let Some(command) = &case.command else { continue };
        run += 1;
        let folder = tempfile::tempdir().unwrap();
        let file = root().join("tests/cases").join(&case.file);
        let out = folder.path().join("out");
        let arguments = command.split(' ').map(|argument| {
            argument
                .replace("{file}", file.to_str().unwrap())
                .replace("{out}", out.to_str().unwrap())
                .replace("{model}", root().join("model.bin").to_str().unwrap())
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
        let output = command.args(arguments).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let mut check = |is_right: bool, what: String| {
            if !is_right {
                wrong.push(format!("{name}: {what}\n  {errors}"));
            }
        };
        let expected = &case.expected;
        check(output.status.code() == expected.exit, format!("exit {:?}", output.status.code()));
        for word in &expected.names {
            let said = errors.to_lowercase().replace(&case.file.to_lowercase(), "");
            check(said.contains(&word.to_lowercase()), format!("{word:?} is not said"));
        }
        if let Some(expected) = &expected.texts {
            let found: Vec<String> = printed.lines().map(text).collect();
            check(found == *expected, format!("texts {found:?}"));
        }
        for (column, expected) in expected.kept.iter().flatten() {
            let found = kept(folder.path(), column);
            check(found == *expected, format!("{column} {found:?}"));
        }
        if let Some(expected) = &expected.stdout_json {
            let found: Value = serde_json::from_str(&printed).unwrap_or_default();
            for (key, value) in expected {
                check(found[key] == *value, format!("{key} {}", found[key]));
            }
        }
        let left = fs::read_dir(folder.path()).unwrap().count();
        check(expected.exit == Some(0) || left == 0, format!("{left} files are left"));
    }
    assert!(run > 20, "{run}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn text(line: &str) -> String {
    let object: Value = serde_json::from_str(line).unwrap_or_default();
    object["text"].as_str().unwrap_or_default().to_owned()
}

/// A column of the output: of JSON lines each value as it is written, of CSV each cell.
fn kept(folder: &Path, column: &str) -> Vec<String> {
    let Some(path) = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).next() else {
        return Vec::new();
    };
    let bytes = fs::read(&path).unwrap();
    if path.extension().is_some_and(|extension| extension == "csv") {
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let index = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
        return reader.records().map(|row| row.unwrap()[index].to_owned()).collect();
    }
    let lines = std::str::from_utf8(&bytes).unwrap().lines();
    lines
        .map(|line| {
            let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).unwrap();
            object.get(column).map_or("null", |value| value.get()).to_owned()
        })
        .collect()
}
