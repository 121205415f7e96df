//! `predict_batch` on one thread, and the least that anything which looks words up must do with the
//! same texts. Prints JSON for `cargo xtask bench score`, which puts others beside it.
//!
//! Arguments: a model, a file of texts, one a line, how often to score them all, and, if it was
//! trained to the same minimum as another, a file of the probabilities that the other side found,
//! so that both are known to have done the same work.
#![allow(clippy::expect_used, missing_docs, reason = "a benchmark stops at the first surprise")]

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use undertone::Classifier;

fn main() {
    // cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [model, texts, rounds, theirs @ ..] = &arguments[..] else {
        // `cargo bench` without arguments has nothing to measure.
        eprintln!("cargo bench --bench score -- MODEL.bin TEXTS.txt ROUNDS [PROBABILITIES.json]");
        return;
    };
    let classifier =
        Classifier::open(&std::fs::read(model).expect("a readable model")).expect("a model");
    let texts = std::fs::read_to_string(texts).expect("a readable file");
    let texts: Vec<&str> = texts.lines().collect();
    let rounds: usize = rounds.parse().expect("a number of rounds");

    let mut ours = classifier.predict_batch(&texts);
    let memory = vec![1_u64; MEMORY / size_of::<u64>()];
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let [mut seconds, mut kept, mut hashed, mut read] = [const { Vec::new() }; 4];
    let mut scorer = classifier.scorer();
    scorer.predict_batch(&texts);
    for _ in 0..rounds {
        let (time, found) = timed(|| classifier.predict_batch(black_box(&texts)));
        seconds.push(time);
        // The predictions of the round before are dropped here, outside the timed section.
        ours = found;
        kept.push(timed(|| scorer.predict_batch(black_box(&texts))).0);
        hashed.push(timed(|| hash_words(black_box(&texts))).0);
    }
    // Afterwards: it leaves nothing of the model in the processor's caches.
    for _ in 0..rounds {
        let (time, _) = timed(|| black_box(&memory).iter().fold(0, |sum, &word| sum ^ word));
        read.push(time * bytes as f64 / MEMORY as f64);
    }

    let mut found = json!({
        "seconds": seconds,
        "kept": kept,
        "hashed": hashed,
        "read": read,
        "features": classifier.features(),
    });
    if let [theirs] = theirs {
        let theirs = std::fs::read_to_string(theirs).expect("a readable file");
        let theirs: Vec<Vec<f64>> = serde_json::from_str(&theirs).expect("rows of probabilities");
        assert_eq!(ours.len(), theirs.len(), "as many rows");
        let apart = ours.iter().zip(&theirs).flat_map(|(ours, theirs)| {
            ours.probabilities.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs())
        });
        found["apart"] = json!(apart.fold(0.0, f64::max));
    }
    println!("{found}");
}

/// The bytes that are read to know the speed of memory: more than any cache holds.
const MEMORY: usize = 256 << 20;

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let found = black_box(work());
    (start.elapsed().as_secs_f64(), found)
}

/// The lower bound: every word of ASCII in lower case, byte by byte, into a hash (FNV-1a), and
/// nothing looked up.
fn hash_words(texts: &[&str]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut all = 0;
    for text in texts {
        let mut hash = BASIS;
        for &byte in text.as_bytes() {
            if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
                hash = (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(PRIME);
            } else {
                all ^= hash;
                hash = BASIS;
            }
        }
        all ^= hash;
    }
    all
}
