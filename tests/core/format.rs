//! `model.bin`: what is written is read, and whatever else is read is an error, never a panic.

use crate::common;

use common::Random;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

use common::payload::{Addition, Coefficients, Payload, Six, damage, integer, seal};
use undertone::format::{Precision, VERSION, write, write_levels};
use undertone::text::AnalyzerKind;
use undertone::tfidf::Vectorizer;
use undertone::train::recipe::{DocumentLimit, Recipe, VectorizerRecipe};
use undertone::train::{Corpus, Training};
use undertone::{Classifier, Link, OpenError, Thresholds};

const HEADER: usize = 20;
/// Of int8 coefficients: so many levels above zero and as many below.
const LEVELS: f64 = 127.0;

const TEXTS: &[&str] = &[
    "",
    "Profit fell and the loss widened to EUR 3 mn from EUR 1 mn",
    "Buyers take over as altcoins fly",
    "ΣΟΚ στην αγορά: İstanbul BORSASI düştü 🚀",
    "up! upon\u{a0}up\u{0}\u{1f}",
];

/// Words and characters, trained on headlines.
fn trained() -> Classifier {
    let pairs = VectorizerRecipe::default().ngrams((1, 2));
    let pieces = VectorizerRecipe::default()
        .analyzer(AnalyzerKind::CharWb)
        .ngrams((3, 4))
        .min_df(DocumentLimit::Count(2))
        .sublinear_tf(true)
        .scale(0.75);
    let data = [common::fixture_source("headlines.csv")];
    common::train(&Recipe::default().data(data).vectorizer([pairs, pieces]))
}

/// The smallest model with something in every field.
fn small() -> Vec<u8> {
    Payload::sample().seal()
}

fn shipped() -> Vec<u8> {
    std::fs::read(common::root().join("model.bin")).unwrap()
}

#[track_caller]
fn error(bytes: &[u8]) -> OpenError {
    // Not expect_err, which would print the model.
    let Err(error) = Classifier::open(bytes) else { panic!("an altered model was opened") };
    error
}

#[test]
fn float32_survives_bit_by_bit() {
    let classifier = trained();
    let bytes = write(&classifier, Precision::Float32).unwrap();
    let opened = Classifier::open(&bytes).unwrap();
    assert_eq!(opened.labels(), classifier.labels());
    assert_eq!(opened.bias(), classifier.bias());
    assert_eq!(opened.coefficients(), classifier.coefficients());
    for (opened, written) in opened.vectorizers().iter().zip(classifier.vectorizers()) {
        assert!(opened.vocabulary().features().eq(written.vocabulary().features()));
        assert_eq!(opened.document_frequencies(), written.document_frequencies());
        assert_eq!(opened.idf(), written.idf());
        assert_eq!(opened.weighting(), written.weighting());
        assert_eq!(opened.analyzer().settings(), written.analyzer().settings());
    }
    for text in TEXTS {
        assert_eq!(opened.predict(text), classifier.predict(text), "{text:?}");
        assert_eq!(opened.explain(text), classifier.explain(text), "{text:?}");
    }
    assert_eq!(write(&opened, Precision::Float32).unwrap(), bytes);
    assert_eq!(write(&trained(), Precision::Float32).unwrap(), bytes);
}

#[test]
fn int8_keeps_what_differences_between_classes_effect_within_half_a_level() {
    let classifier = trained();
    let bytes = write(&classifier, Precision::Int8).unwrap();
    assert_eq!(write(&trained(), Precision::Int8).unwrap(), bytes);
    let opened = Classifier::open(&bytes).unwrap();
    assert_eq!(opened.bias(), classifier.bias());
    // The differences of each class to the first one times what they are worth, for each column.
    let effects = |classifier: &Classifier| -> Vec<f64> {
        let columns = classifier.vectorizers().iter().flat_map(|vectorizer| {
            let counted = vectorizer.idf().iter().zip(vectorizer.document_frequencies());
            let scale = f64::from(vectorizer.weighting().scale);
            counted.map(move |(idf, df)| scale * f64::from(*idf) * (f64::from(*df) + 0.5).sqrt())
        });
        let rows = classifier.coefficients().chunks_exact(classifier.labels().len());
        let differences = |(effect, row): (f64, &[f32])| -> Vec<f64> {
            row[1..].iter().map(|one| (f64::from(*one) - f64::from(row[0])) * effect).collect()
        };
        columns.zip(rows).flat_map(differences).collect()
    };
    let (exact, coarse) = (effects(&classifier), effects(&opened));
    let largest = exact.iter().fold(0.0, |largest: f64, effect| largest.max(effect.abs()));
    for highest in [LEVELS, 15.0] {
        let coarse = match highest {
            LEVELS => coarse.clone(),
            _ => effects(&Classifier::open(&write_levels(&classifier, 15).unwrap()).unwrap()),
        };
        assert_eq!(exact.len(), coarse.len());
        let mut levels = BTreeSet::new();
        for (exact, coarse) in exact.iter().zip(coarse) {
            // The second term is rounding in 32 bits.
            let (level, difference) = (largest / highest, (exact - coarse).abs());
            assert!(difference <= level / 2.0 + 1e-6 * largest, "{difference} of {level}");
            levels.insert((coarse / level).round() as i64);
        }
        assert!(levels.iter().all(|level| level.abs() <= highest as i64), "{levels:?}");
    }
    // As opened it has the same levels again.
    let again = Classifier::open(&write(&opened, Precision::Int8).unwrap()).unwrap();
    for (once, twice) in coarse.iter().zip(effects(&again)) {
        assert!((once - twice).abs() < 1e-5 * largest, "{once}, then {twice}");
    }
}

/// The layout of each version is written down twice, here and in `src/format.rs`.
#[test]
fn version_2_is_laid_out_as_described() {
    let sample = Payload::sample_2();
    let opened = Classifier::open(&sample.seal()).unwrap();
    assert_eq!(opened.link(), Link::OneVsRest);
    let [words, characters] = opened.vectorizers() else { panic!("not two vectorizers") };
    let weightings = [words.weighting(), characters.weighting()];
    assert_eq!(weightings.map(|weighting| weighting.binary), [false, true]);
    assert_eq!(weightings.map(|weighting| weighting.unit), [false, true]);
    let buckets = |vectorizer: &Vectorizer| vectorizer.analyzer().settings().buckets;
    assert_eq!(buckets(words).map(NonZeroU32::get), Some(1000));
    assert_eq!(buckets(characters), None);
    assert_eq!(write(&opened, Precision::Float32).unwrap(), sample.seal());

    // Nothing known: σ of the biases ⅛ and −⅛, divided by their sum, which is 1.
    let found = opened.predict("").probabilities;
    let sigmoid = 1.0 / (1.0 + (-0.125f64).exp());
    assert!((found[0] - sigmoid).abs() < 1e-15 && (found[1] + found[0] - 1.0).abs() < 1e-15);

    let refused = write(&opened, Precision::Int8).unwrap_err().to_string();
    assert!(refused.contains("32-bit floats"), "{refused}");
}

#[test]
fn version_3_is_laid_out_as_described() {
    let sample = Payload::sample_3();
    let opened = Classifier::open(&sample.seal()).unwrap();
    let [_, cues] = opened.vectorizers() else { panic!("not two vectorizers") };
    assert_eq!(cues.analyzer().settings().kind, AnalyzerKind::Cue);
    assert_eq!(opened.provenance().licence, "MIT OR Apache-2.0");
    let again = write(&opened, Precision::Float32).unwrap();
    assert_eq!(again[8], 3);
    assert_eq!(Classifier::open(&again).unwrap().provenance(), opened.provenance());

    // Each of both needs version 3.
    for (kind, licence) in [(3, ""), (2, "MIT")] {
        let mut sample = sample.clone();
        sample.vectorizers[1].kind = kind;
        sample.addition.as_mut().unwrap().licence = Some(licence);
        let opened = Classifier::open(&sample.seal()).unwrap();
        assert_eq!(write(&opened, Precision::Float32).unwrap()[8], 3, "{kind} {licence}");
    }
}

#[test]
fn version_5_is_laid_out_as_described() {
    let sample = Payload::sample_5();
    let opened = Classifier::open(&sample.seal()).unwrap();
    assert_eq!(opened.link(), Link::Independent);
    assert!(opened.gives_several());
    let again = write(&opened, Precision::Float32).unwrap();
    assert_eq!(again, sample.seal());
    assert!(write(&opened, Precision::Int8).is_err());

    // Nothing known: σ of the biases ⅛ and −⅛, each by itself.
    let found = opened.predict("");
    let sigmoid = 1.0 / (1.0 + (-0.125f64).exp());
    assert!((found.probabilities[0] - sigmoid).abs() < 1e-15, "{found:?}");
    assert!((found.probabilities[1] - (1.0 - sigmoid)).abs() < 1e-15, "{found:?}");
    // The first label is given from 0.75 on, the second always.
    assert!(opened.given(&found, 0.0).eq([1]));

    // Without thresholds of its own each label is given from a half on, also once it is written.
    let opened = opened.with_thresholds(Thresholds::default()).unwrap();
    assert!(opened.given(&found, 0.0).eq([0]));
    let again = Classifier::open(&write(&opened, Precision::Float32).unwrap()).unwrap();
    assert_eq!(*again.thresholds(), Thresholds::default().confidence([0.5, 0.5]));

    // The link came with this version.
    assert_eq!(error(&seal(4, &sample.encode())).code(), "content");
}

#[test]
fn version_6_is_laid_out_as_described() {
    assert_eq!(VERSION, 6);
    let sample = Payload::sample_6();
    let opened = Classifier::open(&sample.seal()).unwrap();
    assert_eq!(opened.provenance().licence, "CC0-1.0");
    assert_eq!(opened.thresholds().known, 0.25);
    let [words, characters] = opened.vectorizers() else { panic!("not two vectorizers") };
    assert!(words.vocabulary().features().eq(["fell", "felt", "profit fell", "σοκ"]));
    assert!(characters.vocabulary().features().eq(["up!", "upon"]));
    assert_eq!(words.document_frequencies(), [3, 4, 254, 299]);
    assert_eq!(characters.document_frequencies(), [1, 2]);
    // Level · scale / (idf · √(df + ½)), the mean of both labels being 0.
    let difference =
        |level: f64, df: f64| level / (((301.0 / (1.0 + df)).ln() + 1.0) * (df + 0.5).sqrt());
    let expected = [
        difference(63.5, 3.0),
        difference(-0.5, 4.0),
        difference(1.0, 254.0),
        difference(-63.5, 299.0),
        difference(4.0, 1.0),
        difference(-2.0, 2.0),
    ];
    for (row, expected) in opened.coefficients().chunks_exact(2).zip(expected) {
        let found = f64::from(row[1] - row[0]);
        assert!((found - expected).abs() < 1e-5 && row[0] + row[1] == 0.0, "{row:?}, {expected}");
    }
    // A writer makes the same but for scales, of which it has one for all that is written.
    let again = write(&opened, Precision::Int8).unwrap();
    assert_eq!(again.len(), sample.seal().len());
    assert!(again.ends_with(&sample.addition.unwrap().six.unwrap().pieces));
    let again = Classifier::open(&again).unwrap();
    assert!(again.vectorizers()[0].vocabulary().features().eq(words.vocabulary().features()));
    assert_eq!(again.thresholds(), opened.thresholds());
    assert_eq!(again.provenance(), opened.provenance());
}

/// The longest features of many tokens, characters that take several bytes, and features of which
/// one begins as the next.
#[test]
fn any_vocabulary_survives_version_6() {
    let texts = [
        ("İstanbul ΣΟΚ στην αγορά düştü 市场 🚀🚀🚁 up", "up"),
        ("a aa aaa aaaa\u{1}b aaaa\u{1} \u{10ffff}\u{10fffe}!", "up"),
        (&"donaudampfschifffahrtsgesellschaft fell ".repeat(40)[..], "down"),
        (&(0..400).map(|n| format!("w{n}x{}", n * 7)).collect::<Vec<_>>().join(" ")[..], "down"),
    ];
    let corpus = Corpus::from_documents(texts);
    let vectorizer = VectorizerRecipe::default().token_pattern(r"\S+");
    let pieces = vectorizer.clone().analyzer(AnalyzerKind::Char).ngrams((1, 9));
    let recipe = Recipe::default().folds(0);
    for vectorizers in [
        vec![vectorizer.clone().ngrams((1, 3)), vectorizer.clone()],
        vec![pieces],
        vec![vectorizer.ngrams((7, 9))],
    ] {
        let recipe = recipe.clone().vectorizer(vectorizers);
        let trained = Training::new(&recipe).on(corpus.clone()).run(&mut ()).unwrap().classifier;
        let opened = Classifier::open(&write(&trained, Precision::Int8).unwrap()).unwrap();
        for (opened, written) in opened.vectorizers().iter().zip(trained.vectorizers()) {
            assert!(opened.vocabulary().features().eq(written.vocabulary().features()));
            assert_eq!(opened.document_frequencies(), written.document_frequencies());
        }
    }
}

#[test]
fn version_4_is_laid_out_as_described() {
    let sample = Payload::sample_4();
    let opened = Classifier::open(&sample.seal()).unwrap();
    let thresholds = Thresholds::default().known(0.25).confidence([0.75, 0.0]);
    assert_eq!(*opened.thresholds(), thresholds);
    assert_eq!(opened.provenance().grown, 7);
    let again = write(&opened, Precision::Float32).unwrap();
    assert_eq!(again[8], 4);
    assert_eq!(*Classifier::open(&again).unwrap().thresholds(), thresholds);

    // What is known alone is written with a 0 for each label, and without both it is version 3.
    let opened = opened.with_thresholds(Thresholds::default().known(0.5)).unwrap();
    let again = Classifier::open(&write(&opened, Precision::Float32).unwrap()).unwrap();
    assert_eq!(*again.thresholds(), Thresholds::default().known(0.5).confidence([0.0, 0.0]));
    let opened = opened.with_thresholds(Thresholds::default()).unwrap();
    let again = write(&opened, Precision::Float32).unwrap();
    assert_eq!(again[8], 4, "words were added");
    assert_eq!(Classifier::open(&again).unwrap().provenance().grown, 7);

    let mut sample = sample;
    sample.addition.as_mut().unwrap().grown = 0;
    sample.addition.as_mut().unwrap().thresholds = Some(vec![0.0; 3]);
    let opened = Classifier::open(&sample.seal()).unwrap();
    let opened = opened.with_thresholds(Thresholds::default()).unwrap();
    assert_eq!(write(&opened, Precision::Float32).unwrap()[8], 3);
}

#[test]
fn what_version_1_can_say_is_written_in_version_1() {
    let mut plain = Payload::sample_2();
    plain.addition = Some(Addition::new(0, vec![(0, 0); 2]));
    let opened = Classifier::open(&plain.seal()).unwrap();
    plain.addition = None;
    assert_eq!(write(&opened, Precision::Float32).unwrap(), plain.seal());
}

#[test]
fn logits_of_any_size_have_probabilities() {
    for link in [0, 1, 2, 3] {
        for bias in [[-1e300, -1e300], [1e300, -1e300], [-800.0, -801.0], [0.0, 40.0]] {
            let mut payload = Payload::sample_2();
            payload.bias = bias.into();
            payload.addition.as_mut().unwrap().link = link;
            if link == 3 {
                payload.addition.as_mut().unwrap().licence = Some("");
                payload.addition.as_mut().unwrap().thresholds = Some(vec![0.0; 3]);
            }
            let found = Classifier::open(&payload.seal()).unwrap().predict("");
            if link == 3 {
                assert!(found.probabilities.iter().all(|one| (0.0..=1.0).contains(one)));
            } else {
                let sum = found.probabilities.iter().sum::<f64>();
                assert!((sum - 1.0).abs() < 1e-12, "{found:?}");
            }
            assert_eq!(found.class, usize::from(bias[1] > bias[0]), "{link} {bias:?}");
        }
    }
}

#[test]
fn version_1_is_laid_out_as_described() {
    let sample = Payload::sample();
    let opened = Classifier::open(&sample.seal()).unwrap();
    assert_eq!(opened.labels(), ["falling", "rising"]);
    assert_eq!(opened.bias(), [0.125, -0.125]);
    let provenance = opened.provenance();
    assert_eq!(
        (&provenance.version[..], &provenance.recipe[..], &provenance.date[..]),
        ("0.1.0", "5eed", "2026-11-23")
    );
    assert_eq!(
        (&provenance.data[0].name[..], provenance.data[0].documents),
        ("headlines.csv", 300)
    );
    assert_eq!(provenance.scores.map(|scores| (scores.folds, scores.log_loss)), Some((5, 0.625)));
    let [words, characters] = opened.vectorizers() else { panic!("not two vectorizers") };
    assert!(words.vocabulary().features().eq(["fell", "felt", "profit fell", "σοκ"]));
    assert!(characters.vocabulary().features().eq(["up!", "upon"]));
    assert_eq!(words.document_frequencies(), [3, 4, 254, 299]);
    assert_eq!(characters.weighting().unknown, 20.0);
    // Class after class becomes feature after feature; int8 levels 4 and −2 of 0.25 are the
    // differences to the first class, at mean 0.
    assert_eq!(
        opened.coefficients(),
        [-1.0, 1.0, 0.5, -0.5, -2.0, 2.0, 3.0, -3.0, -0.5, 0.5, 0.25, -0.25]
    );

    let mut floats = sample;
    floats.vectorizers.truncate(1);
    let opened = Classifier::open(&floats.seal()).unwrap();
    assert_eq!(write(&opened, Precision::Float32).unwrap(), floats.seal());
}

/// Files that each released version wrote, with what it said of a few texts:
/// `tests/fixtures/models`.
#[test]
fn models_of_every_version_open_and_say_what_they_said() {
    let folder = common::fixture("models");
    let said = std::fs::read_to_string(folder.join("predictions.json")).unwrap();
    let said: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&said).unwrap();
    let mut versions = BTreeSet::new();
    for (name, texts) in &said {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        versions.insert(u32::from_le_bytes(bytes[8..12].try_into().unwrap()));
        let classifier = Classifier::open(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        for said in texts.as_array().unwrap() {
            let found = classifier.predict(said["text"].as_str().unwrap()).probabilities;
            let expected: Vec<f64> = serde_json::from_value(said["probabilities"].clone()).unwrap();
            assert_eq!(found.len(), expected.len(), "{name}");
            // Rows were rounded to 32 bits when these were written.
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-7, "{name}: {found}, expected {expected}");
            }
        }
    }
    assert!(versions.into_iter().eq(1..=VERSION), "a version without a model in {said:?}");
}

#[test]
fn every_truncation_is_an_error() {
    let check = |bytes: &[u8], length: usize| {
        let expected = match length {
            0 => OpenError::NotAModel,
            1..HEADER => OpenError::Truncated { found: length, expected: HEADER },
            _ => OpenError::Truncated { found: length, expected: bytes.len() },
        };
        assert_eq!(error(&bytes[..length]), expected, "{length} bytes");
    };
    let small = small();
    (0..small.len()).for_each(|length| check(&small, length));
    let shipped = shipped();
    (0..shipped.len()).for_each(|length| check(&shipped, length));
}

#[test]
fn every_altered_byte_is_an_error() {
    let check = |bytes: &mut [u8], at: usize, mask: u8| {
        bytes[at] ^= mask;
        let code = error(bytes).code();
        bytes[at] ^= mask;
        let expected: &[&str] = match at {
            0..8 => &["not-a-model"],
            // Another version that is read: the checksum covers the header, too.
            8 if matches!(bytes[at] ^ mask, 1..=6) => &["checksum"],
            8..12 => &["version"],
            12..16 => &["truncated", "trailing-bytes"],
            _ => &["checksum"],
        };
        assert!(expected.contains(&code), "byte {at} xor {mask:#04x}: {code}");
    };
    let mut small = small();
    for at in 0..small.len() {
        (1..=255).for_each(|mask| check(&mut small, at, mask));
    }
    // Bytes of all parts of the shipped model: a checksum of 32 bits notices whatever happens to
    // one, and is of all of them each time.
    let mut shipped = shipped();
    for at in (0..shipped.len()).step_by(61) {
        check(&mut shipped, at, (at % 255) as u8 + 1);
    }
}

#[test]
fn errors_say_what_was_expected_and_found_and_what_to_do() {
    let altered = |alter: fn(&mut Vec<u8>)| {
        let mut bytes = small();
        alter(&mut bytes);
        error(&bytes)
    };
    let length = small().len();
    for (error, code, words) in [
        (error(b"PK\x03\x04"), "not-a-model", vec!["expected", "\"undrtone\"", "give a model.bin"]),
        (
            altered(|bytes| bytes[8] = 7),
            "version",
            vec!["version 7", "expected 1 to 6", "update Undertone"],
        ),
        (
            altered(|bytes| bytes[8] = 0),
            "version",
            vec!["version 0", "expected 1 to 6", "train the model again"],
        ),
        (
            altered(|bytes| bytes.truncate(100)),
            "truncated",
            vec!["expected", "bytes, found 100", "download it again"],
        ),
        (
            altered(|bytes| bytes.extend(b"abc")),
            "trailing-bytes",
            vec!["expected", "found", "download it again"],
        ),
        (
            altered(|bytes| bytes[HEADER] ^= 1),
            "checksum",
            vec!["expected checksum", "found", "download it again"],
        ),
        (error(&seal(1, &[0; 40])), "content", vec!["expected", "train it again"]),
        // Of undertone/small alone.
        (OpenError::Derived, "derived", vec!["expected", "found", "open it with `undertone`"]),
    ] {
        let message = error.to_string();
        assert_eq!(error.code(), code, "{message}");
        for word in words {
            assert!(message.contains(word), "{word:?} is not in: {message}");
        }
    }
    let message = altered(|bytes| bytes.truncate(100)).to_string();
    assert!(message.contains(&format!("expected {length} bytes")), "{message}");
}

/// The sample of version 6, with a lie in it.
fn six(payload: &mut Payload, lie: fn(&mut Payload)) {
    *payload = Payload::sample_6();
    lie(payload);
}

fn pieces(payload: &mut Payload) -> &mut Vec<u8> {
    let Some(Addition { six: Some(Six { pieces, .. }), .. }) = &mut payload.addition else {
        panic!("another version")
    };
    pieces
}

/// Files with the right checksum and a lie inside.
#[test]
fn contradictions_are_errors() {
    type Lie = fn(&mut Payload);
    let lies: &[(&str, Lie)] = &[
        ("labels", |p| p.labels[1] = "falling".to_owned()),
        ("label", |p| p.labels.clear()),
        ("label", |p| p.labels.push("still".to_owned())),
        ("bias", |p| p.bias.clear()),
        ("bias", |p| p.bias.push(0.0)),
        ("finite", |p| p.bias[0] = f64::NAN),
        ("n-gram", |p| p.vectorizers[0].ngrams = (0, 1)),
        ("n-gram", |p| p.vectorizers[0].ngrams = (2, 1)),
        ("n-gram", |p| p.vectorizers[0].ngrams = (1, 17)),
        ("token pattern", |p| p.vectorizers[0].token_pattern = "(a".to_owned()),
        ("token pattern", |p| p.vectorizers[0].token_pattern = format!("aa{{{},}}", usize::MAX)),
        ("token pattern", |p| p.vectorizers[0].token_pattern = format!("a{}", "|a".repeat(32))),
        ("in memory", |p| p.vectorizers[0].token_pattern = format!("a{}", "|a".repeat(9999))),
        ("weights in their ranges", |p| p.vectorizers[0].scale = 0.0),
        ("weights in their ranges", |p| p.vectorizers[0].scale = f32::NAN),
        ("weights in their ranges", |p| p.vectorizers[0].scale = f32::INFINITY),
        ("weights in their ranges", |p| p.vectorizers[0].unknown = -1.0),
        ("weights in their ranges", |p| p.vectorizers[0].unknown = f32::INFINITY),
        ("document frequency", |p| p.vectorizers[0].document_frequencies.push(1)),
        ("document frequency", |p| p.vectorizers[0].document_frequencies.truncate(1)),
        // The first feature has nothing before it, the second only four bytes.
        ("vocabulary", |p| p.vectorizers[0].shared[0] = 1),
        ("vocabulary", |p| p.vectorizers[0].shared[1] = 5),
        ("in memory", |p| p.vectorizers[0].shared[1] = u32::MAX),
        ("vocabulary", |p| p.vectorizers[0].shared.truncate(3)),
        ("vocabulary", |p| p.vectorizers[0].shared.push(0)),
        ("vocabulary", |p| p.vectorizers[0].own[3] = 7),
        ("in memory", |p| p.vectorizers[0].own[3] = u32::MAX),
        ("vocabulary", |p| p.vectorizers[0].suffixes.push(b'x')),
        ("vocabulary", |p| p.vectorizers[0].suffixes[0] = b'x'),
        ("vocabulary", |p| p.vectorizers[0].suffixes[4] = b'l'),
        ("vocabulary", |p| p.vectorizers[0].suffixes[0] = 0xff),
        // "σοκ" cut inside a character, the halves being features of their own.
        ("vocabulary", |p| {
            let words = &mut p.vectorizers[0];
            words.own = vec![4, 1, 11, 3, 3];
            words.shared.push(0);
            words.document_frequencies.push(1);
            words.coefficients = Coefficients::Float32(vec![0.0; 10]);
        }),
        // 34 KB that would unfold to 20 MB: aa…a, aa…aa, aa…aaa and so on.
        ("in memory", |p| {
            let words = &mut p.vectorizers[0];
            words.shared = std::iter::once(0).chain(20_000..20_999).collect();
            words.own = vec![1; 1000];
            words.own[0] = 20_000;
            words.suffixes = vec![b'a'; 20_999];
            words.document_frequencies = vec![1; 1000];
            words.coefficients = Coefficients::Float32(vec![0.0; 2000]);
        }),
        ("coefficient", |p| {
            p.vectorizers[0].coefficients = Coefficients::Float32(vec![0.0; 7]);
        }),
        ("coefficient", |p| {
            p.vectorizers[1].coefficients =
                Coefficients::Int8 { scales: vec![], levels: vec![1, 1] };
        }),
        ("coefficient", |p| {
            p.vectorizers[1].coefficients =
                Coefficients::Int8 { scales: vec![1.0], levels: vec![1] };
        }),
        ("finite", |p| {
            p.vectorizers[0].coefficients = Coefficients::Float32(vec![f32::NAN; 8]);
        }),
        ("finite", |p| {
            let scales = vec![f32::MAX];
            p.vectorizers[1].coefficients = Coefficients::Int8 { scales, levels: vec![127, 127] };
        }),
        ("laid out", |p| p.vectorizers[0].kind = 3),
        ("laid out", |p| p.vectorizers[0].kind = u32::MAX),
        ("laid out", |p| p.vectorizers[0].lowercase = 2),
        ("laid out", |p| p.addition = Some(Addition::new(3, vec![(0, 0); 2]))),
        ("laid out", |p| p.addition = Some(Addition::new(0, vec![(4, 0); 2]))),
        ("laid out", |p| p.addition = Some(Addition::new(0, vec![(0, 0)]))),
        ("no bytes after", |p| p.addition = Some(Addition::new(0, vec![(0, 0); 3]))),
        // Version 3 knows neither this flag nor this vectorizer.
        ("laid out", |p| {
            p.addition = Some(Addition { licence: Some(""), ..Addition::new(0, vec![(4, 0); 2]) })
        }),
        ("laid out", |p| {
            *p = Payload::sample_3();
            p.vectorizers[1].kind = 4;
        }),
        ("laid out", |p| {
            *p = Payload::sample_4();
            p.addition.as_mut().unwrap().thresholds = Some(vec![0.25; 1]);
        }),
        ("no bytes after", |p| {
            *p = Payload::sample_4();
            p.addition.as_mut().unwrap().thresholds = Some(vec![0.25; 4]);
        }),
        ("thresholds from 0 to 1", |p| {
            *p = Payload::sample_4();
            p.addition.as_mut().unwrap().thresholds = Some(vec![0.25, 1.5, 0.0]);
        }),
        ("thresholds from 0 to 1", |p| {
            *p = Payload::sample_4();
            p.addition.as_mut().unwrap().thresholds = Some(vec![f32::NAN, 0.5, 0.0]);
        }),
        // Only version 3 knows these.
        ("laid out", |p| {
            *p = Payload::sample_3();
            p.addition.as_mut().unwrap().licence = None;
        }),
        // Version 6: no piece of this number, none that may follow, half a place, a place too many.
        ("vocabulary", |p| six(p, |p| p.vectorizers[0].shared[3] = 4)),
        ("vocabulary", |p| six(p, |p| p.vectorizers[0].shared[0] = u32::MAX)),
        ("vocabulary", |p| six(p, |p| p.vectorizers[0].suffixes[1] = 1)),
        ("vocabulary", |p| six(p, |p| p.vectorizers[0].suffixes.push(0))),
        ("vocabulary", |p| six(p, |p| p.vectorizers[0].suffixes.extend([0, 0]))),
        ("vocabulary", |p| six(p, |p| p.vectorizers[0].own[2] = u32::MAX)),
        ("vocabulary", |p| six(p, |p| p.vectorizers[0].own.truncate(3))),
        // The same feature twice, and another order.
        ("vocabulary", |p| six(p, |p| p.vectorizers[0].shared[1] = 0)),
        ("vocabulary", |p| six(p, |p| p.vectorizers[1].shared = vec![4, u32::MAX])),
        ("laid out", |p| six(p, |p| p.vectorizers[0].document_frequencies[0] = 6)),
        ("document frequency", |p| six(p, |p| p.vectorizers[0].document_frequencies.push(1))),
        ("laid out", |p| six(p, |p| pieces(p)[0] = b'f')),
        ("laid out", |p| six(p, |p| pieces(p)[0] = 0xa1)),
        ("laid out", |p| six(p, |p| pieces(p)[5] = 0x85)),
        // No character, and half of one.
        ("vocabulary", |p| six(p, |p| pieces(p)[1] = 0xff)),
        ("vocabulary", |p| six(p, |p| pieces(p).truncate(25))),
        ("coefficient", |p| {
            six(p, |p| {
                p.vectorizers[1].coefficients =
                    Coefficients::Int8 { scales: vec![1.0], levels: vec![1] };
            });
        }),
        // 16 KB that would unfold to 30 MB: a long piece, which follows itself thousands of times.
        ("in memory", |p| {
            six(p, |p| {
                p.vectorizers.truncate(1);
                p.addition.as_mut().unwrap().vectorizers.truncate(1);
                let words = &mut p.vectorizers[0];
                (words.shared, words.own, words.suffixes) = (vec![0], vec![3999], vec![0; 7998]);
                words.document_frequencies = vec![0];
                words.coefficients = Coefficients::Int8 { scales: vec![1.0], levels: vec![1] };
                *pieces(p) = [&[0xa0][..], &[b'a'; 8000]].concat();
            });
        }),
        ("32-bit floats", |p| {
            p.addition = Some(Addition::new(1, vec![(0, 0); 2]));
        }),
        // The second vectorizer has a scale, and rows that are left as they are have none.
        ("weights in their ranges", |p| {
            p.addition = Some(Addition::new(0, vec![(2, 0); 2]));
        }),
    ];
    for (number, (expected, lie)) in lies.iter().enumerate() {
        let mut payload = Payload::sample();
        lie(&mut payload);
        let found = Classifier::open(&payload.seal()).err();
        let Some(OpenError::Content(found)) = found else { panic!("lie {number}: {found:?}") };
        assert!(found.contains(expected), "lie {number}, {expected}: {found}");
    }
}

#[test]
fn payloads_of_another_length_than_their_content_are_errors() {
    let payload = Payload::sample().encode();
    for length in 0..payload.len() {
        assert_eq!(error(&seal(1, &payload[..length])).code(), "content", "{length} bytes");
    }
    // In version 6 pieces are all that is left: a shorter last one is another one.
    let six = Payload::sample_6().encode();
    for length in 0..six.len() - "σοκ".len() {
        assert_eq!(error(&seal(6, &six[..length])).code(), "content", "{length} bytes");
    }
    let found = error(&seal(1, &[&payload[..], &[0]].concat())).to_string();
    assert!(found.contains("no bytes after"), "{found}");
}

#[test]
fn lists_and_strings_longer_than_the_file_are_errors() {
    for claimed in [1 << 16, u64::from(u32::MAX), u64::MAX / 64, u64::MAX] {
        // The first string; the list of data sets after three empty strings.
        for before in [0, 3] {
            let mut payload = vec![0; before];
            integer(&mut payload, claimed);
            payload.extend([0; 100]);
            assert_eq!(error(&seal(1, &payload)).code(), "content", "{claimed} after {before}");
        }
    }
}

/// Random damage under a right checksum: an error, or a model that works as any other.
#[test]
fn damage_is_an_error_or_a_model() {
    let mut random = Random(1);
    let mut opened = 0;
    const DAMAGED: u32 = 20_000;
    let samples =
        [Payload::sample(), Payload::sample_2(), Payload::sample_3(), Payload::sample_6()]
            .map(|sample| (sample.version(), sample.encode()));
    for number in 0..DAMAGED {
        let (version, sample) = &samples[number as usize % samples.len()];
        let damaged = seal(*version, &damage(sample, &mut random));
        let Ok(classifier) = Classifier::open(&damaged) else { continue };
        opened += 1;
        for text in TEXTS {
            let prediction = classifier.predict(text);
            let sum: f64 = prediction.probabilities.iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "probabilities {:?}", prediction.probabilities);
            assert_eq!(classifier.explain(text).prediction, prediction);
        }
        let again = write(&classifier, Precision::Float32).unwrap();
        assert!(Classifier::open(&again).is_ok());
    }
    // Neither everything nor nothing: both ways were taken.
    assert!((DAMAGED / 100..DAMAGED / 2).contains(&opened), "{opened} of {DAMAGED} opened");
}
