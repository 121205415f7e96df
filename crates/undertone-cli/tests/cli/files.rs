//! `undertone predict` over files: every format in, every format out, resumed, and in little
//! memory.
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
        assert_eq!(output.status.code(), Some(0), "{line}: {errors}");
        // One line says what became of the rows, and nothing else is said.
        let is_summary = errors.ends_with(" refused\n") && errors.lines().count() == 1;
        assert!(is_summary, "{line}: {errors}");
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
        ("--input clash.jsonl", &["clash.jsonl", "\"b\"", "arrays and single values", "--keep"]),
        ("--input latin1.jsonl", &["latin1.jsonl, line 2, column 10", "0xe9", "--encoding"]),
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
    // What has columns of one type takes no other later.
    let message = place.refuse("--input late.jsonl --output new.parquet");
    assert_says(&message, &["late.jsonl, line 5001", "first 4096 lines", "n: \"x\"", "integers"]);
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

/// The most memory that a process had, in bytes, as far as it was seen: too little where this test
/// is held up.
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

/// Columns of every type that Arrow has, with nulls, and of most what their first value is in JSON
/// lines and in CSV. What a format refuses is in [`REFUSED`].
fn every_type() -> Vec<(&'static str, ArrayRef, Option<[&'static str; 2]>)> {
    use arrow_array::types::*;
    use arrow_array::*;
    use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano, NullBuffer, OffsetBuffer, i256};
    use arrow_schema::{DataType, Field, Fields, UnionFields};

    fn column<T: ArrowPrimitiveType>(value: T::Native) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::from_iter([Some(value), None]))
    }
    fn at<T: ArrowTimestampType>(value: i64, zone: &str) -> ArrayRef {
        let times = PrimitiveArray::<T>::from_iter([Some(value), None]);
        Arc::new(times.with_timezone_opt((!zone.is_empty()).then_some(zone)))
    }
    let item = |data_type| Arc::new(Field::new_list_field(data_type, true));
    let numbers = || Arc::new(Int64Array::from(vec![Some(1), None, Some(i64::MAX)])) as ArrayRef;
    let offsets = || OffsetBuffer::<i32>::from_lengths([3, 0]);
    let nulls = || Some(NullBuffer::from(vec![true, false]));
    let words: DictionaryArray<Int32Type> = [Some("a"), None, Some("b")].into_iter().collect();
    let words: ArrayRef = Arc::new(words);
    let fields: Fields =
        vec![Field::new("z", DataType::Int64, true), Field::new("a", DataType::Utf8, true)].into();
    let objects = StructArray::new(
        fields,
        vec![
            Arc::new(Int64Array::from(vec![1, 2])),
            Arc::new(StringArray::from(vec![Some(""), None])),
        ],
        None,
    );
    let mut map =
        builder::MapBuilder::new(None, builder::StringBuilder::new(), builder::Int64Builder::new());
    map.keys().append_value("k");
    map.values().append_value(7);
    map.append(true).unwrap();
    map.append(false).unwrap();
    let mut numbered =
        builder::MapBuilder::new(None, builder::Int64Builder::new(), builder::Int64Builder::new());
    numbered.keys().append_value(7);
    numbered.values().append_value(7);
    numbered.append(true).unwrap();
    numbered.append(false).unwrap();
    let runs = RunArray::<Int32Type>::try_new(
        &Int32Array::from(vec![1, 2]),
        &StringArray::from(vec![Some("a"), None]),
    );
    let union = UnionArray::try_new(
        UnionFields::try_new([0], [Field::new("i", DataType::Int64, true)]).unwrap(),
        vec![0_i8, 0].into(),
        None,
        vec![Arc::new(Int64Array::from(vec![1, 2]))],
    );
    type Half = <Float16Type as ArrowPrimitiveType>::Native;
    let same = |cell| Some([cell, cell]);
    let text = |json, csv| Some([json, csv]);
    vec![
        ("int8", column::<Int8Type>(-128), same("-128")),
        ("int16", column::<Int16Type>(-5), same("-5")),
        ("int32", column::<Int32Type>(i32::MIN), same("-2147483648")),
        ("int64", column::<Int64Type>(i64::MIN), same("-9223372036854775808")),
        ("uint8", column::<UInt8Type>(255), same("255")),
        ("uint16", column::<UInt16Type>(65_535), same("65535")),
        ("uint32", column::<UInt32Type>(u32::MAX), same("4294967295")),
        ("uint64", column::<UInt64Type>(u64::MAX), same("18446744073709551615")),
        ("float16", column::<Float16Type>(Half::from_f32(1.5)), same("1.5")),
        ("float32", column::<Float32Type>(0.1), same("0.1")),
        ("float64", column::<Float64Type>(0.1 + 0.2), same("0.30000000000000004")),
        ("nan", column::<Float64Type>(f64::NAN), text("\"NaN\"", "NaN")),
        ("infinity", column::<Float32Type>(f32::NEG_INFINITY), text("\"-Infinity\"", "-inf")),
        ("decimal", column::<Decimal128Type>(-120), same("-0.0000000120")),
        ("wide", column::<Decimal256Type>(i256::from_i128(i128::MAX)), None),
        ("bool", Arc::new(BooleanArray::from(vec![Some(false), None])), same("false")),
        ("date", column::<Date32Type>(20_636), text("\"2026-07-02\"", "2026-07-02")),
        ("date64", column::<Date64Type>(1_782_950_400_000), None),
        ("clock", column::<Time32SecondType>(3_661), text("\"01:01:01\"", "01:01:01")),
        (
            "clock64",
            column::<Time64NanosecondType>(1),
            text("\"00:00:00.000000001\"", "00:00:00.000000001"),
        ),
        (
            "naive",
            at::<TimestampSecondType>(1_782_961_445, ""),
            text("\"2026-07-02T03:04:05\"", "2026-07-02T03:04:05"),
        ),
        (
            "utc",
            at::<TimestampMillisecondType>(1_782_961_445_000, "UTC"),
            text("\"2026-07-02T03:04:05Z\"", "2026-07-02T03:04:05Z"),
        ),
        ("zulu", at::<TimestampMicrosecondType>(1_782_961_445_000_001, "Z"), None),
        (
            "offset",
            at::<TimestampNanosecondType>(1_782_961_445_000_000_001, "+05:30"),
            text("\"2026-07-02T08:34:05.000000001+05:30\"", "2026-07-02T08:34:05.000000001+05:30"),
        ),
        (
            "summer",
            at::<TimestampMicrosecondType>(1_782_961_445_000_000, "Europe/Berlin"),
            text("\"2026-07-02T05:04:05+02:00\"", "2026-07-02T05:04:05+02:00"),
        ),
        (
            "winter",
            at::<TimestampSecondType>(1_767_323_045, "Europe/Berlin"),
            text("\"2026-01-02T04:04:05+01:00\"", "2026-01-02T04:04:05+01:00"),
        ),
        (
            "far",
            at::<TimestampSecondType>(1_782_961_445, "America/St_Johns"),
            text("\"2026-07-02T00:34:05-02:30\"", "2026-07-02T00:34:05-02:30"),
        ),
        ("nowhere", at::<TimestampSecondType>(1_782_961_445, "Mars/Olympus"), None),
        ("duration", column::<DurationMillisecondType>(1_500), text("\"PT1.5S\"", "PT1.5S")),
        ("months", column::<IntervalYearMonthType>(14), None),
        ("days", column::<IntervalDayTimeType>(IntervalDayTime::new(1, 2)), None),
        ("nanos", column::<IntervalMonthDayNanoType>(IntervalMonthDayNano::new(1, 2, 3)), None),
        ("text", Arc::new(LargeStringArray::from(vec![Some("007"), None])), text("\"007\"", "007")),
        ("empty", Arc::new(StringArray::from(vec![Some(""), None])), text("\"\"", "\"\"")),
        (
            "view",
            Arc::new(StringViewArray::from(vec![Some("a,\u{e9}"), None])),
            text("\"a,\u{e9}\"", "\"a,\u{e9}\""),
        ),
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![Some(&b"\xff\0"[..]), None])),
            text("\"ff00\"", "ff00"),
        ),
        ("words", words.slice(0, 2), text("\"a\"", "a")),
        ("runs", Arc::new(runs.unwrap()), text("\"a\"", "a")),
        ("nothing", Arc::new(NullArray::new(2)), text("null", "")),
        (
            "list",
            Arc::new(ListArray::new(item(DataType::Int64), offsets(), numbers(), nulls())),
            text("[1,null,9223372036854775807]", ""),
        ),
        (
            "large list",
            Arc::new(LargeListArray::new(
                item(DataType::Int64),
                OffsetBuffer::<i64>::from_lengths([3, 0]),
                numbers(),
                nulls(),
            )),
            text("[1,null,9223372036854775807]", ""),
        ),
        (
            "list of words",
            Arc::new(ListArray::new(
                item(words.data_type().clone()),
                offsets(),
                words.clone(),
                nulls(),
            )),
            text("[\"a\",null,\"b\"]", ""),
        ),
        (
            "pairs",
            Arc::new(FixedSizeListArray::new(
                item(DataType::Int64),
                1,
                numbers().slice(0, 2),
                None,
            )),
            None,
        ),
        (
            "views",
            Arc::new(ListViewArray::new(
                item(DataType::Int64),
                vec![0, 3].into(),
                vec![3, 0].into(),
                numbers(),
                nulls(),
            )),
            text("[1,null,9223372036854775807]", ""),
        ),
        ("object", Arc::new(objects), None),
        ("map", Arc::new(map.finish()), text("{\"k\":7}", "")),
        ("numbered", Arc::new(numbered.finish()), None),
        ("union", Arc::new(union.unwrap()), None),
    ]
}

/// What a format has no form for: of the zone database no zone is called Z or is on Mars.
const REFUSED: &[(&str, &[&str])] = &[
    ("arrow", &[]),
    ("arrows", &[]),
    ("parquet", &["nanos", "union"]),
    ("jsonl", &["nowhere", "numbered", "union", "zulu"]),
    (
        "csv",
        &[
            "large list",
            "list",
            "list of words",
            "map",
            "nowhere",
            "numbered",
            "object",
            "pairs",
            "union",
            "views",
            "zulu",
        ],
    ),
];

#[test]
fn a_column_of_any_type_is_kept_or_refused_by_name() {
    let place = Place::new();
    let titles: ArrayRef = Arc::new(StringArray::from(vec!["Profit rises", "Loss"]));
    for (format, refused) in REFUSED {
        let mut found = Vec::new();
        for (name, column, cells) in every_type() {
            let table = batch(vec![("title", titles.clone()), (name, column.clone())]);
            write_stream(&place.path("in.arrows"), &table);
            let out = place.path(&format!("out.{format}"));
            let line = format!("--input in.arrows --text-column title --output out.{format}");
            let output = place.predict(&line).output().unwrap();
            if output.status.code() == Some(2) {
                let message = String::from_utf8(output.stderr).unwrap();
                assert_says(&message, &["in.arrows", &format!("column {name:?}"), "--keep"]);
                assert!(!out.exists(), "{name}");
                found.push(name);
                continue;
            }
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            let table = match *format {
                "arrow" => read_file(&out),
                "arrows" => read_stream(&fs::read(&out).unwrap()),
                "parquet" => read_parquet(&out),
                _ => {
                    let text = fs::read_to_string(&out).unwrap();
                    if let Some([json, csv]) = cells {
                        let (start, null, end) = match *format {
                            "csv" => (format!("Profit rises,{csv},"), "\nLoss,,".to_owned(), ""),
                            _ => (
                                format!("\"Profit rises\",{name:?}:{json},"),
                                format!("\"Loss\",{name:?}:null,"),
                                "}\n",
                            ),
                        };
                        assert!(text.contains(&start) && text.contains(&null), "{name}: {text}");
                        assert!(text.ends_with(end));
                    }
                    fs::remove_file(&out).unwrap();
                    continue;
                }
            };
            fs::remove_file(&out).unwrap();
            let kept = table.column(1);
            // Dictionaries and runs are written out; all else has the type that it had.
            if !matches!(name, "words" | "runs" | "list of words") {
                assert_eq!(kept, &column, "{name} in {format}");
            }
            assert_eq!(
                kept.logical_null_count(),
                column.logical_null_count(),
                "{name} in {format}"
            );
        }
        found.sort_unstable();
        assert_eq!(found, *refused, "{format}");
    }
}

#[test]
fn a_time_beyond_the_calendar_is_refused_where_it_would_be_written_as_text() {
    let place = Place::new();
    let titles: ArrayRef = Arc::new(StringArray::from(vec!["Profit rises"]));
    let times = arrow_array::TimestampSecondArray::from(vec![i64::MAX]).with_timezone("UTC");
    let table = batch(vec![("title", titles), ("at", Arc::new(times) as ArrayRef)]);
    write_stream(&place.path("in.arrows"), &table);
    for format in ["jsonl", "json", "csv"] {
        let line = format!("--input in.arrows --text-column title --output out.{format}");
        assert_says(&place.refuse(&line), &["in.arrows", "\"at\"", "--keep"]);
        assert!(!place.path(&format!("out.{format}")).exists());
    }
    place.succeed("--input in.arrows --text-column title --output out.parquet");
    assert_eq!(read_parquet(&place.path("out.parquet")).column(1), table.column(1));
}

#[test]
fn json_stays_as_it_is_written_through_every_format_that_can_hold_it() {
    let place = Place::new();
    let lines = [
        r#"{"id":14933243513335727983,"big":-340282366920938463463374607431768211457,"zip":"00501","none":null,"empty":"","n":9007199254740993,"title":"Profit rises"}"#,
        r#"{"id":1,"big":2,"zip":"00502","none":null,"empty":"x","n":-1,"title":"Loss"}"#,
    ];
    place.write("in.jsonl", lines.join("\n"));
    for format in ["jsonl", "parquet", "arrow", "arrows"] {
        let line = "--text-column title --keep id,big,zip,none,empty,n,title";
        place.succeed(&format!("--input in.jsonl {line} --output there.{format}"));
        place.succeed(&format!("--input there.{format} {line} --output back.jsonl"));
        let back = fs::read_to_string(place.path("back.jsonl")).unwrap();
        for (given, back) in lines.iter().zip(back.lines()) {
            let begin = given.strip_suffix('}').unwrap();
            assert!(back.starts_with(&format!("{begin},\"label\":")), "{format}: {back}");
        }
    }
    // What no type holds exactly is written as it is all the same.
    let odd = r#"{"n":1.10,"b":{"z":1e2,"a":[-0,0.1234567890123456789]},"title":"a \u00e9\/","x":[1,"1",null,{}]}"#;
    let other = r#"{"title":"Loss","x":{"y":[]},"later":1}"#;
    place.write("in.jsonl", format!("{odd}\n{other}\n"));
    place.succeed("--input in.jsonl --text-column title --output out.jsonl");
    let out = fs::read_to_string(place.path("out.jsonl")).unwrap();
    for (given, found) in [odd, other].iter().zip(out.lines()) {
        assert!(found.starts_with(&given[..given.len() - 1]), "{found}");
    }
    let message = place.refuse("--input in.jsonl --text-column title --output out.parquet");
    assert_says(&message, &["\"x\"", "arrays and objects", "--keep"]);
    // Neither stack nor time is spent on values within values.
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    place.write("deep.jsonl", format!("{{\"text\":\"Loss\",\"x\":{deep}}}\n"));
    place.succeed("--input deep.jsonl --output out.jsonl");
    assert!(fs::read_to_string(place.path("out.jsonl")).unwrap().contains(&deep));
    assert_says(&place.refuse("--input deep.jsonl --output out.parquet"), &["\"x\"", "--keep"]);
    place.succeed("--input in.jsonl --text-column title --output out.csv --keep n,later");
    let out = fs::read_to_string(place.path("out.csv")).unwrap();
    assert!(out.starts_with("n,later,label,") && out.contains("\n1.10,,") && out.contains("\n,1,"));
}

#[test]
fn names_that_the_answer_has_are_refused_in_json_too() {
    let place = Place::new();
    place.write("in.jsonl", "{\"text\":\"a\",\"probabilities\":1}\n");
    let line = "--input in.jsonl --output out.jsonl";
    assert_says(&place.refuse(line), &["\"probabilities\"", "--prefix"]);
    place.succeed(&format!("{line} --prefix is_"));
    let many = "{\"text\":\"a\"}\n".repeat(5000);
    place.write("in.jsonl", format!("{many}{{\"text\":\"a\",\"label\":1}}\n"));
    assert_says(&place.refuse(line), &["line 5001", "\"label\"", "--prefix"]);
    place.write("in.jsonl", "{\"text\":\"a\",\"n\":1,\"n\":2}\n");
    assert_says(&place.refuse(line), &["line 1", "two fields named \"n\""]);
}

#[test]
fn csv_tells_null_from_an_empty_text() {
    let place = Place::new();
    place.write("in.jsonl", "{\"title\":\"\",\"a\":null,\"b\":\"\"}\n{\"title\":null}\n");
    place.succeed("--input in.jsonl --text-column title --output out.csv");
    let out = fs::read_to_string(place.path("out.csv")).unwrap();
    let rows: Vec<&str> = out.lines().collect();
    assert!(rows[1].starts_with("\"\",,\"\",neutral,") && rows[2] == ",,,,,,,", "{out}");
    // CSV has no null, and its empty cells stay as they are.
    place.write("in.csv", "title,a\nProfit,\n");
    place.succeed("--input in.csv --text-column title --output again.csv");
    assert!(fs::read_to_string(place.path("again.csv")).unwrap().contains("\nProfit,,"));
}

#[test]
fn one_line_says_what_became_of_the_rows() {
    let place = Place::new();
    let texts: [Option<&[u8]>; 4] = [Some(b"profit"), Some(b"caf\xe9"), None, Some(b"loss")];
    write_stream(
        &place.path("in.arrows"),
        &batch(vec![("text", Arc::new(BinaryArray::from_iter(texts)))]),
    );
    let said =
        |line: &str| String::from_utf8(place.predict(line).output().unwrap().stderr).unwrap();
    assert_eq!(
        said("--input in.arrows --format jsonl"),
        "in.arrows: 4 rows read, 2 scored, 1 without text, 1 refused\n"
    );
    place.write("one.txt", "Profit\n");
    assert_eq!(
        said("--input one.txt"),
        "one.txt: 1 row read, 1 scored, 0 without text, 0 refused\n"
    );
    assert_eq!(said("Profit"), "");
}

#[test]
fn packed_tables_are_unpacked_and_others_named() {
    let place = Place::new();
    let gzip = |bytes: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packer, bytes).unwrap();
        packer.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    let csv = b"id;text\n1;Profit, at last\n";
    place.write("a.csv.gz", gzip(csv));
    // Two members, as `cat` joins them.
    place.write("b.csv.gz", [gzip(&csv[..9]), gzip(&csv[9..])].concat());
    place.write("c.csv.zst", zstd(csv));
    place.write("d.jsonl.gz", gzip(b"{\"text\":\"Profit, at last\"}\n"));
    place.write("e.json.zst", zstd(b"[\"Profit, at last\"]"));
    place.write("f.txt.gz", gzip(b"Profit, at last\n"));
    write_stream(
        &place.path("in.arrows"),
        &batch(vec![("text", Arc::new(StringArray::from(vec!["Profit, at last"])))]),
    );
    place.write("g.arrows.gz", gzip(&fs::read(place.path("in.arrows")).unwrap()));
    for name in
        ["a.csv.gz", "b.csv.gz", "c.csv.zst", "d.jsonl.gz", "e.json.zst", "f.txt.gz", "g.arrows.gz"]
    {
        let printed = String::from_utf8(place.succeed(&format!("--input {name}"))).unwrap();
        assert!(printed.ends_with("%  Profit, at last\n"), "{name}: {printed}");
    }
    place.write("h.csv.gz", &gzip(csv)[..20]);
    place.write("i.gz", gzip(csv));
    place.write("j.csv.gz", gzip(&gzip(csv)));
    place.write("k.parquet.gz", gzip(b"PAR1"));
    place.write("l.csv", b"PK\x03\x04\x14\0");
    place.write("m.tsv", b"\x04\x22\x4d\x18\x64\x40");
    place.write("n.jsonl", b"SQLite format 3\0");
    place.write("o.txt", b"\xff\xd8\xff\xe0\0\x10JFIF");
    place.write("p.txt", b"P\0r\0o\0f\0i\0t\0");
    place.write("q", b"<?xml version=\"1.0\"?><rss/>");
    place.write("r.txt", b"[\n\"Profit\"]");
    place.write("s.csv", b"id^text\n1^a\n");
    place.write("t.csv", b"[{\"title\": \"Profit\"}]\n");
    for (name, words) in [
        ("h.csv.gz", &["whole gzip data"][..]),
        ("i.gz", &["news.csv.gz", "--input-format"]),
        ("j.csv.gz", &["found gzip", "unpack"]),
        ("k.parquet.gz", &["found gzip", "unpack"]),
        ("l.csv", &["workbook", "CSV"]),
        ("m.tsv", &["lz4", "unpack"]),
        ("n.jsonl", &["SQLite", "CSV"]),
        ("o.txt", &["JPEG"]),
        ("p.txt", &["UTF-16", "--encoding utf-16le"]),
        ("q", &["XML", "undertone scrape"]),
        ("r.txt", &["line 1", "--input-format json"]),
        ("s.csv", &["id^text", "sep=^"]),
        ("t.csv", &["expected CSV, found JSON", "--input-format"]),
    ] {
        assert_says(&place.refuse(&format!("--input {name}")), words);
    }
}

/// A value as JSON writes it, of any kind that loses something where it is read as another.
fn any_value() -> impl proptest::strategy::Strategy<Value = Option<String>> {
    use proptest::prelude::*;
    prop_oneof![
        Just(None),
        Just(Some("null".to_owned())),
        any::<i64>().prop_map(|number| Some(number.to_string())),
        any::<u64>().prop_map(|number| Some(number.to_string())),
        "-?[1-9][0-9]{18,80}".prop_map(Some),
        "-?(0|[1-9][0-9]{0,20})\\.[0-9]{1,25}(e-?[0-9]{1,2})?".prop_map(Some),
        any::<bool>().prop_map(|truth| Some(truth.to_string())),
        "[a-z0\\\\\"\u{e9}, \n]{0,6}".prop_map(|text| Some(serde_json::to_string(&text).unwrap())),
    ]
}

/// A number as its digits without zeros at their end, and the power of ten behind them.
fn normal(number: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let unsigned = mantissa.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    let power = exponent.parse::<i64>().unwrap() - fraction.len() as i64;
    let power = power + (digits.len() - kept.len()) as i64;
    let kept = kept.trim_start_matches('0');
    (mantissa.starts_with('-'), kept.to_owned(), if kept.is_empty() { 0 } else { power })
}

/// What a value says, whether it is written as itself or as a text, and in whatever form of its
/// number.
fn said(value: Option<&str>) -> String {
    let text = match value {
        None | Some("null") => return "nothing".to_owned(),
        Some(value) if value.starts_with('"') => serde_json::from_str::<String>(value).unwrap(),
        Some(value) => value.to_owned(),
    };
    let is_number = text.parse::<f64>().is_ok()
        && !text.contains(|c: char| c.is_ascii_alphabetic() && c != 'e');
    if is_number { format!("{:?}", normal(&text)) } else { format!("{text:?}") }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    #[test]
    fn what_is_kept_comes_back_through_every_format(
        rows in proptest::collection::vec(proptest::collection::vec(any_value(), 3), 1..6),
    ) {
        let place = Place::new();
        let lines = rows.iter().map(|row| {
            let members = row.iter().enumerate();
            let members = members.filter_map(|(at, value)| Some(format!(",\"c{at}\":{}", value.as_ref()?)));
            format!("{{\"text\":\"Loss\"{}}}\n", members.collect::<String>())
        });
        place.write("in.jsonl", lines.collect::<String>());
        let all = "text,c0,c1,c2";
        let keep = |there: &str| {
            let header = there.lines().next().unwrap_or_default().to_owned();
            let has = |name: &&str| header.contains(name) || *name == "text";
            all.split(',').filter(has).collect::<Vec<_>>().join(",")
        };
        let names = keep(&fs::read_to_string(place.path("in.jsonl")).unwrap().replace('\n', " "));
        for format in ["jsonl", "parquet", "arrow", "csv"] {
            place.succeed(&format!("--input in.jsonl --keep {names} --output there.{format}"));
            place.succeed(&format!("--input there.{format} --keep {names} --output back.jsonl"));
            let back = fs::read_to_string(place.path("back.jsonl")).unwrap();
            let back: Vec<std::collections::BTreeMap<String, Box<serde_json::value::RawValue>>> =
                back.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            proptest::prop_assert_eq!(back.len(), rows.len());
            for (given, found) in rows.iter().zip(&back) {
                for (at, value) in given.iter().enumerate() {
                    let found = found.get(&format!("c{at}")).map(|value| value.get());
                    let is_csv_null = format == "csv" && found == Some("\"\"");
                    let (given, found) = (said(value.as_deref()), said(found));
                    let is_same = given == found || is_csv_null && (given == "nothing" || given == "\"\"");
                    proptest::prop_assert!(is_same, "{} in {}: {}", given, format, found);
                }
            }
        }
    }
}
