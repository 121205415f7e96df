//! `undertone predict` over files: every format in, every format out, resumed, and in little memory.
#![cfg(feature = "columnar")]

use crate::common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int64Array,
    LargeStringArray, NullArray, RecordBatch, StringArray, StringViewArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use assert_cmd::Command;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use tempfile::TempDir;
use undertone::Classifier;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn predict(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
        command.current_dir(self.0.path()).arg("predict").args(line.split(' '));
        command
    }

    #[track_caller]
    fn succeed(&self, line: &str) -> Vec<u8> {
        let output = self.predict(line).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &errors[..]), (Some(0), ""), "{line}");
        output.stdout
    }

    /// The message with which a command is refused.
    #[track_caller]
    fn refuse(&self, line: &str) -> String {
        let output = self.predict(line).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}: {message}");
        assert!(message.starts_with("error: "), "{message}");
        message
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[track_caller]
fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}

fn model() -> Classifier {
    Classifier::open(&fs::read(common::root().join("model.bin")).unwrap()).unwrap()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )
    .unwrap()
}

/// Texts with what upsets tables, and nulls; more than one batch of them.
fn titles(rows: usize) -> Vec<Option<String>> {
    let words = ["profit", "falls", "Gewinn steigt,", "\"loss\"", "a\nline", "12%", ""];
    let mut random = common::Random(11);
    (0..rows)
        .map(|row| {
            let text = |_| words[random.below(words.len())];
            (row % 13 != 5).then(|| (0..4).map(text).collect::<Vec<_>>().join(" "))
        })
        .collect()
}

fn news(rows: usize) -> RecordBatch {
    let numbers = |row: usize| (row % 7 != 1).then_some(row as i64);
    batch(vec![
        ("id", Arc::new(Int64Array::from_iter((0..rows).map(numbers)))),
        ("title", Arc::new(StringArray::from_iter(titles(rows)))),
        ("ratio", Arc::new(Float64Array::from_iter((0..rows).map(|row| Some(row as f64 / 3.0))))),
        ("ok", Arc::new(BooleanArray::from_iter((0..rows).map(|row| Some(row % 2 == 0))))),
    ])
}

fn write_parquet(path: &Path, batch: &RecordBatch) {
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn write_stream(path: &Path, batch: &RecordBatch) {
    let mut writer = StreamWriter::try_new(File::create(path).unwrap(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
}

fn write_file(path: &Path, batch: &RecordBatch, compression: Option<CompressionType>) {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let file = File::create(path).unwrap();
    let mut writer = FileWriter::try_new_with_options(file, &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
}

fn joined(batches: impl Iterator<Item = RecordBatch>) -> RecordBatch {
    let batches: Vec<RecordBatch> = batches.collect();
    let schema = batches[0].schema();
    let columns = (0..schema.fields().len()).map(|column| {
        let parts: Vec<&dyn Array> =
            batches.iter().map(|batch| batch.column(column).as_ref()).collect();
        arrow_select::concat::concat(&parts).unwrap()
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).unwrap()
}

fn read_parquet(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    joined(reader.build().unwrap().map(Result::unwrap))
}

fn read_file(path: &Path) -> RecordBatch {
    joined(FileReader::try_new(File::open(path).unwrap(), None).unwrap().map(Result::unwrap))
}

fn read_stream(bytes: &[u8]) -> RecordBatch {
    joined(StreamReader::try_new(bytes, None).unwrap().map(Result::unwrap))
}

/// The answers' columns of `table` are the model's for `titles`.
#[track_caller]
fn assert_scored(table: &RecordBatch, titles: &[Option<String>]) {
    let classifier = model();
    assert_eq!(table.num_rows(), titles.len());
    let column = |name: &str| table.column_by_name(name).unwrap_or_else(|| panic!("no {name}"));
    let number = |name: &str| column(name).as_primitive::<Float64Type>();
    for (row, title) in titles.iter().enumerate() {
        let expected = title.as_ref().map(|title| classifier.predict(title));
        let label = column("label").as_string::<i32>();
        let found = label.is_valid(row).then(|| label.value(row));
        let expected_label = expected.as_ref().map(|found| &classifier.labels()[found.class][..]);
        assert_eq!(found, expected_label, "row {row}");
        for (class, name) in classifier.labels().iter().enumerate() {
            let numbers = number(name);
            let found = numbers.is_valid(row).then(|| numbers.value(row));
            assert_eq!(found, expected.as_ref().map(|found| found.probabilities[class]));
        }
        let confidences = number("confidence");
        let found = confidences.is_valid(row).then(|| confidences.value(row));
        assert_eq!(found, expected.map(|found| found.confidence()));
    }
}

#[test]
fn every_binary_format_keeps_rows_types_nulls_and_order() {
    let place = Place::new();
    let rows = 10_000;
    let (given, titles) = (news(rows), titles(rows));
    write_parquet(&place.path("in.parquet"), &given);
    write_stream(&place.path("in.arrows"), &given);
    let lz4 = Some(CompressionType::LZ4_FRAME);
    write_file(&place.path("in.arrow"), &given, lz4);
    for input in ["in.parquet", "in.arrows", "in.arrow"] {
        let line = format!("--input {input} --text-column title --output");
        place.succeed(&format!("{line} out.parquet"));
        place.succeed(&format!("{line} out.arrow --threads 3"));
        place.succeed(&format!("{line} out.arrows --threads 1"));
        let tables = [
            read_parquet(&place.path("out.parquet")),
            read_file(&place.path("out.arrow")),
            read_stream(&fs::read(place.path("out.arrows")).unwrap()),
        ];
        for table in tables {
            let names: Vec<String> =
                table.schema().fields().iter().map(|field| field.name().clone()).collect();
            let expected = "id title ratio ok label confidence negative neutral positive";
            assert_eq!(names.join(" "), expected);
            for (name, column) in ["id", "title", "ratio", "ok"].into_iter().zip(given.columns()) {
                assert_eq!(table.column_by_name(name).unwrap(), column, "{input}, {name}");
            }
            assert_scored(&table, &titles);
        }
    }
    // A pipe, as other programs use it.
    let mut piped = place
        .predict("--input - --input-format arrow --text-column title --format arrow --keep id");
    let output = piped.write_stdin(fs::read(place.path("in.arrows")).unwrap()).output().unwrap();
    assert!(output.status.success());
    let table = read_stream(&output.stdout);
    assert_eq!(table.column(0), given.column(0));
    assert_eq!(table.num_columns(), 6);
    assert_scored(&table, &titles);
}

#[test]
fn texts_of_every_type_are_scored() {
    let place = Place::new();
    let titles: Vec<Option<String>> =
        [Some("profit rises"), None, Some("Verlust €"), Some("profit rises"), Some("")]
            .map(|title| title.map(str::to_owned))
            .to_vec();
    let given = || titles.iter().map(|title| title.as_deref());
    let dictionary: DictionaryArray<Int32Type> = given().collect();
    let columns: [(&str, ArrayRef); 5] = [
        ("large", Arc::new(LargeStringArray::from_iter(given()))),
        ("view", Arc::new(StringViewArray::from_iter(given()))),
        ("dictionary", Arc::new(dictionary)),
        ("bytes", Arc::new(BinaryArray::from_iter(given().map(|text| text.map(str::as_bytes))))),
        ("nothing", Arc::new(NullArray::new(titles.len()))),
    ];
    let table = batch(columns.to_vec());
    write_stream(&place.path("in.arrows"), &table);
    for (name, _) in &columns {
        place.succeed(&format!("--input in.arrows --text-column {name} --output out.arrow"));
        let found = read_file(&place.path("out.arrow"));
        let nothing = vec![None; titles.len()];
        assert_scored(&found, if *name == "nothing" { &nothing } else { &titles });
        // Texts of a dictionary are written out, all others as they came.
        assert_eq!(found.column(0), table.column(0));
        assert_eq!(found.column(2).len(), titles.len());
    }
}

#[test]
fn bytes_that_are_no_text_have_their_reason_in_their_row() {
    let place = Place::new();
    let texts: [Option<&[u8]>; 4] = [Some(b"profit"), Some(b"caf\xe9"), None, Some(b"loss")];
    let table = batch(vec![("title", Arc::new(BinaryArray::from_iter(texts)))]);
    write_stream(&place.path("in.arrows"), &table);
    place.succeed("--input in.arrows --text-column title --keep= --output out.jsonl");
    let lines = fs::read_to_string(place.path("out.jsonl")).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (line, text) in lines.iter().zip(texts) {
        let is_text = text.is_some_and(|text| text.is_ascii());
        assert_eq!(line["label"].is_string(), is_text);
        assert_eq!(line["probabilities"].is_object(), is_text);
        assert_eq!(line["error"].is_string(), text == texts[1]);
    }
    assert_says(lines[1]["error"].as_str().unwrap(), &["expected UTF-8", "at 3"]);
}

#[test]
fn json_lines_keep_what_they_hold() {
    let place = Place::new();
    let lines = [
        r#"{"id":1,"title":"profit rises","tags":["a",null],"place":{"x":0.1,"y":2},"n":1}"#,
        r#"{"id":2,"title":null,"tags":[],"place":null,"n":0.30000000000000004}"#,
        r#"{"title":"a \"b\"\n\u0007 ü","id":9007199254740993}"#,
    ];
    place.write("in.jsonl", format!("{}\n\n{}\n{}", lines[0], lines[1], lines[2]));
    place.succeed("--input in.jsonl --text-column title --output out.jsonl --prefix u_");
    let output = fs::read_to_string(place.path("out.jsonl")).unwrap();
    let found: Vec<Value> =
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), lines.len());
    for (found, line) in found.iter().zip(lines) {
        let given: Value = serde_json::from_str(line).unwrap();
        for key in ["id", "title", "tags", "place"] {
            assert_eq!(found[key], given[key], "{key}");
        }
        assert_eq!(found["u_label"].is_null(), given["title"].is_null());
    }
    assert!(output.contains("\"n\":0.30000000000000004") && output.contains("9007199254740993"));
    assert!(found[0]["u_probabilities"]["negative"].is_number());
    place.succeed("--input in.jsonl --text-column title --output out.parquet");
    assert_eq!(read_parquet(&place.path("out.parquet")).num_rows(), 3);
    assert_says(
        &place.refuse("--input in.jsonl --text-column title --output out.csv"),
        &["\"tags\"", "--keep"],
    );
    place.succeed("--input in.jsonl --text-column title --output out.csv --keep id,n");
    let table = fs::read_to_string(place.path("out.csv")).unwrap();
    assert!(table.starts_with("id,n,label,confidence,negative,neutral,positive\n1,1"), "{table}");
    assert!(table.contains("\n2,0.30000000000000004,,,,,\n"), "{table}");
}

#[test]
fn csv_keeps_its_columns_in_files_and_shows_texts_in_print() {
    let place = Place::new();
    place.write("in.csv", "when,title,label\n1,\"up, up\",x\n2,,y\n");
    let line = "--input in.csv --text-column title";
    assert_says(
        &place.refuse(&format!("{line} --output out.csv")),
        &["in.csv", "\"label\"", "--keep", "--prefix"],
    );
    assert_eq!(place.files(), ["in.csv"]);
    place.succeed(&format!("{line} --output out.csv --prefix is_"));
    let table = fs::read_to_string(place.path("out.csv")).unwrap();
    let header = "when,title,label,is_label,is_confidence,is_negative,is_neutral,is_positive\n";
    assert!(table.starts_with(header) && table.contains("\n1,\"up, up\",x,"), "{table}");
    let printed = String::from_utf8(place.succeed(&format!("{line} --format csv"))).unwrap();
    assert!(printed.starts_with("text,label,confidence,negative,neutral,positive\n\"up, up\","));
    let kept = format!("{line} --format csv --keep when");
    let printed = String::from_utf8(place.succeed(&kept)).unwrap();
    assert!(printed.starts_with("when,label,confidence,negative,neutral,positive\n1,"));
    let shown = String::from_utf8(place.succeed(line)).unwrap();
    assert!(shown.lines().next().unwrap().ends_with("%  up, up"), "{shown}");
}

#[test]
fn nothing_in_is_a_table_without_rows_out() {
    let place = Place::new();
    write_parquet(&place.path("in.parquet"), &news(0));
    for resume in ["", " --resume"] {
        for name in ["out.csv", "out.jsonl", "out.parquet", "out.arrow", "out.arrows"] {
            let line = format!("--input in.parquet --text-column title --output {name}{resume}");
            place.succeed(&line);
        }
        let reader = |name| File::open(place.path(name)).unwrap();
        let table = ParquetRecordBatchReaderBuilder::try_new(reader("out.parquet")).unwrap();
        assert_eq!(table.schema().fields().len(), 9);
        assert_eq!(FileReader::try_new(reader("out.arrow"), None).unwrap().count(), 0);
        assert_eq!(StreamReader::try_new(reader("out.arrows"), None).unwrap().count(), 0);
        assert_eq!(fs::read_to_string(place.path("out.csv")).unwrap().lines().count(), 1);
        assert_eq!(fs::read(place.path("out.jsonl")).unwrap(), b"");
    }
    let none = place.succeed("--input in.parquet --text-column title --format json");
    assert_eq!(serde_json::from_slice::<Value>(&none).unwrap(), serde_json::json!([]));
}

#[test]
fn what_is_wrong_is_refused_with_its_place_and_leaves_the_old_output() {
    let place = Place::new();
    let parquet = place.path("news.parquet");
    write_parquet(&parquet, &news(100));
    let whole = fs::read(&parquet).unwrap();
    write_stream(&place.path("news.arrows"), &news(100));
    let stream = fs::read(place.path("news.arrows")).unwrap();
    place.write("cut.parquet", &whole[..whole.len() / 2]);
    place.write("cut.arrows", &stream[..stream.len() / 2]);
    place.write("noise.arrow", [7; 100]);
    place.write("empty.jsonl", "\n");
    place.write("broken.jsonl", "{\"text\":\"a\"}\n\n{\"text\":\n");
    place.write("list.jsonl", "{\"text\":\"a\"}\n[1]\n");
    place.write("clash.jsonl", "{\"text\":\"a\",\"b\":1}\n{\"text\":\"a\",\"b\":[1]}\n");
    place.write("latin1.jsonl", b"{\"text\":\"a\"}\n{\"text\":\"\xe9\"}\n");
    let many = "{\"text\":\"a\",\"n\":1}\n".repeat(5000);
    place.write("late.jsonl", format!("{many}{{\"text\":\"a\",\"n\":\"x\"}}\n"));
    place.write("new.jsonl", format!("{many}{{\"text\":\"a\",\"m\":1}}\n"));
    place.write("old.csv", "old");
    let cases: &[(&str, &[&str])] = &[
        ("--input gone.parquet", &["gone.parquet", "No such file", "check the path"]),
        ("--input cut.parquet", &["cut.parquet", "expected a whole table"]),
        ("--input cut.arrows --text-column title", &["cut.arrows", "expected a whole table"]),
        ("--input noise.arrow", &["noise.arrow", "expected a whole table"]),
        ("--input news.parquet", &["\"text\"", "id, title, ratio, ok", "--text-column"]),
        ("--input news.parquet --text-column id", &["expected texts", "\"id\"", "Int64"]),
        ("--input news.parquet --text-column title --keep nope", &["\"nope\"", "--keep"]),
        ("--input empty.jsonl", &["empty.jsonl", "at least one JSON object"]),
        ("--input broken.jsonl", &["broken.jsonl, line 3", "JSON object"]),
        ("--input list.jsonl", &["list.jsonl, line 2", "JSON object"]),
        ("--input clash.jsonl", &["clash.jsonl, line 2", "b: an array after a single value"]),
        ("--input latin1.jsonl", &["latin1.jsonl, line 2, column 10", "0xe9", "--encoding"]),
        ("--input late.jsonl", &["late.jsonl, line 5001", "first 4096 lines"]),
        ("--input new.jsonl", &["new.jsonl, line 5001", "first 4096 lines"]),
        ("--input - --input-format parquet", &["Parquet", "standard input", "--input"]),
        ("--input - --resume", &["--resume", "standard input"]),
        ("--input news.parquet --text-column title --resume --format json", &["--format csv"]),
        ("--input news.parquet --text-column title --format text --keep id", &["--keep", "text"]),
    ];
    for (line, words) in cases {
        let message = place.refuse(&format!("{line} --output old.csv"));
        assert_says(&message, words);
        assert_eq!(fs::read(place.path("old.csv")).unwrap(), b"old", "{line}");
    }
    assert!(!place.files().iter().any(|name| name.starts_with(".undertone")));
}

#[test]
fn damaged_tables_are_refused_without_a_panic() {
    let place = Place::new();
    let given = news(200);
    write_parquet(&place.path("in.parquet"), &given);
    write_stream(&place.path("in.arrows"), &given);
    write_file(&place.path("in.arrow"), &given, None);
    write_file(&place.path("lz4.arrow"), &given, Some(CompressionType::LZ4_FRAME));
    write_file(&place.path("zstd.arrow"), &given, Some(CompressionType::ZSTD));
    let mut random = common::Random(5);
    let mut refused = 0;
    for name in ["in.parquet", "in.arrows", "in.arrow", "lz4.arrow", "zstd.arrow"] {
        let format = name.split_once('.').unwrap().1;
        let whole = fs::read(place.path(name)).unwrap();
        for _ in 0..100 {
            let mut bytes = whole.clone();
            // What describes the data stands at the beginning and at the end.
            let near = random.below(1500.min(bytes.len()));
            let at = if random.below(2) == 0 { near } else { bytes.len() - 1 - near };
            match random.below(3) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = 255,
                _ => bytes.truncate(at),
            }
            place.write(&format!("damaged.{format}"), bytes);
            let line = format!("--input damaged.{format} --text-column title --format arrow");
            let output = place.predict(&line).output().unwrap();
            let message = String::from_utf8_lossy(&output.stderr);
            // Not every byte matters.
            assert!(matches!(output.status.code(), Some(0 | 2)), "{message}");
            assert!(!message.contains("panicked"), "{message}");
            refused += u32::from(output.status.code() == Some(2));
        }
    }
    assert!(refused > 100, "{refused}");
    // A file that ends early between two batches is no whole file.
    let whole = fs::read(place.path("in.arrow")).unwrap();
    let footer = u32::from_le_bytes(whole[whole.len() - 10..whole.len() - 6].try_into().unwrap());
    place.write("damaged.arrow", &whole[..whole.len() - 10 - footer as usize]);
    let line = "--input damaged.arrow --text-column title --format arrow";
    assert_says(&place.refuse(line), &["damaged.arrow", "its end is missing"]);
}

/// arrow-ipc would set aside what a compressed buffer says that it has when it is unpacked.
#[test]
fn lengths_that_lie_are_refused_before_there_is_room_for_them() {
    let place = Place::new();
    for (compression, magic) in [
        (CompressionType::LZ4_FRAME, [0x04, 0x22, 0x4d, 0x18]),
        (CompressionType::ZSTD, [0x28, 0xb5, 0x2f, 0xfd]),
    ] {
        write_file(&place.path("in.arrow"), &news(2000), Some(compression));
        let whole = fs::read(place.path("in.arrow")).unwrap();
        let frame = whole.windows(4).position(|bytes| bytes == magic).unwrap();
        for (length, reason) in [
            (i64::MAX, "expected at most 2147483648 bytes"),
            (1 << 44, "expected at most 2147483648 bytes"),
            (1 << 24, "length"),
            (1, "expected a whole table"),
        ] {
            let mut bytes = whole.clone();
            bytes[frame - 8..frame].copy_from_slice(&length.to_le_bytes());
            place.write("lie.arrow", bytes);
            let line = "--input lie.arrow --text-column title --format arrow";
            assert_says(&place.refuse(line), &["lie.arrow", "expected a whole table", reason]);
        }
    }
}

#[test]
fn a_job_is_taken_up_only_by_the_same_job() {
    let place = Place::new();
    let (given, titles) = (news(1000), titles(1000));
    write_parquet(&place.path("in.parquet"), &given);
    let line =
        "--input in.parquet --text-column title --output out.parquet --resume --part-rows 64";
    let parts = place.path("out.parquet.parts");
    // Another job's parts are neither used nor thrown away.
    fs::create_dir(&parts).unwrap();
    fs::write(parts.join("job.json"), "{\"model\": \"another\"}").unwrap();
    fs::write(parts.join("000000-64"), "another's").unwrap();
    assert_says(&place.refuse(line), &["out.parquet.parts", "another", "delete the folder"]);
    assert_eq!(fs::read(parts.join("000000-64")).unwrap(), b"another's");
    // Parts that nobody vouches for are thrown away.
    fs::remove_file(parts.join("job.json")).unwrap();
    fs::write(parts.join(".undertone-abc"), "unfinished").unwrap();
    place.succeed(line);
    assert!(!parts.exists());
    let table = read_parquet(&place.path("out.parquet"));
    assert_eq!(table.column_by_name("id").unwrap(), given.column(0));
    assert_scored(&table, &titles);

    // One process at a time.
    fs::create_dir(&parts).unwrap();
    let lock = File::create(parts.join("lock")).unwrap();
    lock.lock().unwrap();
    assert_says(&place.refuse(line), &["out.parquet.parts", "another --output"]);
}

/// The most memory that a process had, in bytes, as far as it was seen: too little where this test is
/// held up.
#[cfg(target_os = "linux")]
fn peak(command: &mut std::process::Command) -> u64 {
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(status) = fs::read_to_string(&status) {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak = peak.max(1024 * kilobytes.unwrap_or(0));
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return peak;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Ten times the rows, the same memory.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_input() {
    const MOST: u64 = 96 << 20;
    const GROWTH: u64 = 12 << 20;
    const TRIES: usize = 20;
    let place = Place::new();
    let line = "\"Profit rises, said Kestrel of the third quarter\",2026-01-01,0.5\n";
    let csv = |rows: usize| format!("title,day,ratio\n{}", line.repeat(rows));
    let (few, many) = (30_000, 300_000);
    place.write("few.csv", csv(few));
    place.write("many.csv", csv(many));
    let measure = |size: &str, input: &str, output: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_undertone"));
        command.current_dir(place.0.path()).args(["predict", "--threads=2", "--text-column=title"]);
        command.args(["--input", &format!("{size}.{input}"), "--prefix", &format!("{output}_")]);
        peak(command.args(["--output", &format!("{size}.{output}")]))
    };
    // Each reads what the one before has written.
    for (input, output) in [("csv", "arrow"), ("arrow", "parquet"), ("parquet", "jsonl")] {
        let many = measure("many", input, output);
        assert!(many < MOST, "{input} to {output}: {many} bytes");
        // A Parquet row group is held, and a few rows don't fill one.
        let growth = if output == "parquet" { MOST } else { GROWTH };
        // A few rows are gone in a moment, and their peak may be missed.
        let mut few = (0..TRIES).map(|_| measure("few", input, output));
        let most = few.by_ref().find(|few| many < few + growth);
        assert!(
            most.is_some(),
            "{input} to {output}: {many} bytes, {growth} more than for few rows"
        );
    }
}
