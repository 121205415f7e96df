//! Any text under any settings: features point into the text, on character borders, and one
//! analyzer gives the same features twice.
#![no_main]

use std::num::NonZeroU32;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use undertone::text::{Analyzer, AnalyzerKind, AnalyzerSettings, Feature, Tokens};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    kind: u8,
    ngrams: (u8, u8),
    lowercase: bool,
    token_pattern: Option<&'a str>,
    stop_words: Vec<&'a str>,
    number_shapes: bool,
    changes: bool,
    buckets: Option<NonZeroU32>,
    text: &'a str,
}

fuzz_target!(|input: Input<'_>| {
    let kind = match input.kind % 4 {
        0 => AnalyzerKind::Word,
        1 => AnalyzerKind::Char,
        2 => AnalyzerKind::CharWb,
        _ => AnalyzerKind::Cue,
    };
    let mut stop_words: Vec<String> =
        input.stop_words.iter().map(|&word| word.to_owned()).collect();
    stop_words.sort();
    stop_words.dedup();
    let settings = AnalyzerSettings::default()
        .kind(kind)
        .ngrams((input.ngrams.0 % 6, input.ngrams.1 % 6))
        .lowercase(input.lowercase)
        .token_pattern(input.token_pattern.unwrap_or(r"\b\w\w+\b"))
        .stop_words(stop_words)
        .number_shapes(input.number_shapes)
        .changes(input.changes)
        .buckets(input.buckets);
    let analyzer = match Analyzer::new(settings) {
        Ok(analyzer) => analyzer,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let mut tokens = Tokens::default();
    let mut read = || {
        let mut features = Vec::new();
        let mut analysis = analyzer.analyze(input.text, &mut tokens);
        analysis.for_each(|feature| {
            assert_eq!(feature.hash(), Feature::from(feature.text()).hash());
            features.push((feature.text().to_owned(), feature.range()));
        });
        let offsets = analysis.offsets();
        for (_, range) in &features {
            let source = input.text.get(offsets.source_range(range.clone()));
            assert!(source.is_some(), "a range beside the text or inside a character");
        }
        features
    };
    let features = read();
    assert_eq!(read(), features);
});
