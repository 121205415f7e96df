//! Opening a model allocates no more than a small multiple of its file, whatever the file says.
//! Alone in its file, and one test: the peak is that of the whole process.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

mod common;

use common::Random;
use common::payload::{Coefficients, Payload, damage, integer, seal};
use peak_alloc::PeakAlloc;
use undertone::Classifier;
use undertone::format::{Precision, write};
use undertone::provenance::Provenance;
use undertone::text::{Analyzer, AnalyzerSettings};
use undertone::tfidf::{Vectorizer, Weighting};
use undertone::vocabulary::Vocabulary;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes allocated at once for each byte of a file, whatever is in it.
const TIMES: usize = 21;
/// What even the smallest model takes, its token patterns above all.
const CONSTANT: usize = 16 << 10;

/// The most that was allocated at once while `bytes` were opened.
fn peak(bytes: &[u8]) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let opened = Classifier::open(bytes);
    let peak = ALLOCATOR.peak_usage() - before;
    drop(opened);
    peak
}

#[track_caller]
fn assert_peak(what: &str, bytes: &[u8]) {
    let (peak, most) = (peak(bytes), TIMES * bytes.len() + CONSTANT);
    assert!(peak <= most, "{what}, {} bytes: {peak} allocated, expected {most}", bytes.len());
}

/// A classifier of words, all coefficients different from 0.
fn classifier(features: &[String], labels: usize) -> Classifier {
    let vectorizer = Vectorizer::new(
        Analyzer::new(AnalyzerSettings::default()).unwrap(),
        Weighting::default(),
        Vocabulary::from_sorted(features.iter().map(String::as_str)).unwrap(),
        300,
        vec![3; features.len()],
    );
    Classifier::from_parts(
        (0..labels).map(|label| label.to_string()).collect(),
        vec![vectorizer.unwrap()],
        (0..features.len() * labels).map(|number| number as f32 + 1.0).collect(),
        vec![0.0; labels],
        Provenance::default(),
    )
    .unwrap()
}

#[test]
fn opening_takes_a_small_multiple_of_the_file() {
    // The measure itself: a list of a million bytes is seen.
    let before = ALLOCATOR.current_usage();
    let list = vec![1u8; 1_000_000];
    assert!(ALLOCATOR.current_usage() - before >= list.len());
    drop(list);

    let shipped = std::fs::read(common::root().join("model.bin")).unwrap();
    assert_peak("the shipped model", &shipped);
    assert_peak("a small model", &Payload::sample().seal());

    // One more than a power of two: a list that grows by doubling has just doubled.
    const MANY: usize = (1 << 16) + 1;
    type Lie = fn(&mut Payload);
    let lies: &[(&str, Lie)] = &[
        ("labels", |p| p.labels = vec![String::new(); MANY]),
        ("labels that differ", |p| p.labels = (0..MANY).map(|label| label.to_string()).collect()),
        ("biases", |p| p.bias = vec![0.0; MANY]),
        ("data sets", |p| p.data = vec![("", "", 0); MANY]),
        ("stop words", |p| p.vectorizers[0].stop_words = vec![String::new(); MANY]),
        ("alternatives", |p| p.vectorizers[0].token_pattern = "é|".repeat(MANY) + "é"),
        ("ranges", |p| p.vectorizers[0].token_pattern = format!("[{}]", "é".repeat(MANY))),
        ("document frequencies", |p| p.vectorizers[0].document_frequencies = vec![1; MANY]),
        ("empty vectorizers", |p| {
            let vectorizer = &mut p.vectorizers[0];
            vectorizer.token_pattern = "a".to_owned();
            vectorizer.stop_words.clear();
            vectorizer.shared.clear();
            vectorizer.own.clear();
            vectorizer.suffixes.clear();
            vectorizer.document_frequencies.clear();
            vectorizer.coefficients = Coefficients::Float32(Vec::new());
            p.vectorizers = vec![vectorizer.clone(); MANY];
        }),
        // a, aa, aaa and so on, which front coding writes in a few bytes each.
        ("a vocabulary that unfolds", |p| {
            let vectorizer = &mut p.vectorizers[0];
            vectorizer.shared = (0..MANY as u32).collect();
            vectorizer.own = vec![1; MANY];
            vectorizer.suffixes = vec![b'a'; MANY];
            vectorizer.document_frequencies = vec![1; MANY];
            vectorizer.coefficients = Coefficients::Float32(vec![0.0; 2 * MANY]);
        }),
        // The most pieces that a byte can hold, and features that are all of them one.
        ("empty pieces", |p| {
            *p = Payload::sample_6();
            let six = p.addition.as_mut().unwrap().six.as_mut().unwrap();
            six.pieces = vec![0xa0; MANY];
            p.vectorizers[0].shared = vec![0; MANY];
            p.vectorizers[0].own = vec![0; MANY];
        }),
        ("pieces that unfold", |p| {
            *p = Payload::sample_6();
            let six = p.addition.as_mut().unwrap().six.as_mut().unwrap();
            six.pieces = [&[0x80][..], &[b'a'; 31], &b"\xbfa".repeat(MANY)].concat();
        }),
        // The most features that a byte can hold, and coefficients for one label: none.
        ("short features", |p| {
            p.labels.truncate(1);
            p.bias.truncate(1);
            let vectorizer = &mut p.vectorizers[0];
            let first = |number: usize| number.is_multiple_of(64);
            vectorizer.shared = (0..MANY).map(|n| if first(n) { 0 } else { 3 }).collect();
            vectorizer.own = (0..MANY).map(|n| if first(n) { 4 } else { 1 }).collect();
            vectorizer.suffixes.clear();
            for (number, c) in ('\u{10000}'..).take(MANY).enumerate() {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes);
                vectorizer.suffixes.extend(&bytes[if first(number) { 0 } else { 3 }..]);
            }
            vectorizer.document_frequencies = vec![1; MANY];
            vectorizer.coefficients = Coefficients::Int8 { scales: vec![], levels: vec![] };
            p.vectorizers.truncate(1);
        }),
    ];
    for (what, lie) in lies {
        let mut payload = Payload::sample();
        lie(&mut payload);
        assert_peak(what, &payload.seal());
    }

    // What training or an import may write, as awkward as it gets: it opens, and within the bound.
    let long = |number: usize| format!("{}{number:05}", "prefix".repeat(8));
    let short = |number: usize| char::from_u32(0x4e00 + number as u32).unwrap().to_string();
    let awkward: &[(&str, &dyn Fn(usize) -> String)] = &[
        ("what front coding folds to an eighth", &long),
        ("one character each", &short),
        ("a, aa, aaa and so on", &|number| "a".repeat(1 + number % 2000)),
    ];
    for (what, feature) in awkward {
        for (labels, precision) in
            [(2, Precision::Int8), (2, Precision::Float32), (9, Precision::Int8)]
        {
            // Just beyond half a power of two, where the index is largest.
            let mut features: Vec<String> = (0..(1 << 14) + 1).map(feature).collect();
            features.sort_unstable();
            features.dedup();
            let bytes = write(&classifier(&features, labels), precision).unwrap();
            if let Err(error) = Classifier::open(&bytes) {
                panic!("{what}, {labels} labels, {} bytes: {error}", bytes.len());
            }
            assert_peak(what, &bytes);
        }
    }

    // Lengths that lie: of a string, and of the list of data sets after three strings.
    for before in [0, 3] {
        for claimed in [MANY as u64, u64::from(u32::MAX), u64::MAX / 64, u64::MAX] {
            let mut payload = vec![0; before];
            integer(&mut payload, claimed);
            payload.extend([0; MANY]);
            assert_peak("a length that lies", &seal(1, &payload));
        }
    }

    let mut random = Random(2);
    for sample in [Payload::sample(), Payload::sample_2(), Payload::sample_6()] {
        let (version, sample) = (sample.version(), sample.encode());
        for _ in 0..10_000 {
            assert_peak("damage", &seal(version, &damage(&sample, &mut random)));
        }
    }
}
