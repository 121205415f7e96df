//! `predict_batch` on one thread. Prints JSON for `cargo xtask bench score`, which puts
//! scikit-learn beside it.
//!
//! Arguments: a model, a file of texts, one a line, how often to score them all, and a file of the
//! probabilities that the other side found, so that both are known to have done the same work.
#![allow(clippy::expect_used, missing_docs, reason = "a benchmark stops at the first surprise")]

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use undertone::Classifier;

fn main() {
    // cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [model, texts, rounds, theirs] = &arguments[..] else {
        // `cargo bench` without arguments has nothing to measure.
        eprintln!("cargo bench --bench score -- MODEL.bin TEXTS.txt ROUNDS PROBABILITIES.json");
        return;
    };
    let classifier =
        Classifier::open(&std::fs::read(model).expect("a readable model")).expect("a model");
    let texts = std::fs::read_to_string(texts).expect("a readable file");
    let texts: Vec<&str> = texts.lines().collect();
    let rounds: usize = rounds.parse().expect("a number of rounds");

    let mut ours = classifier.predict_batch(&texts);
    let mut seconds = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        let found = classifier.predict_batch(black_box(&texts));
        seconds.push(start.elapsed().as_secs_f64());
        // The predictions of the round before are dropped here, outside the timed section.
        ours = found;
    }

    let theirs = std::fs::read_to_string(theirs).expect("a readable file");
    let theirs: Vec<Vec<f64>> = serde_json::from_str(&theirs).expect("rows of probabilities");
    assert_eq!(ours.len(), theirs.len(), "as many rows");
    let apart = ours.iter().zip(&theirs).flat_map(|(ours, theirs)| {
        ours.probabilities.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs())
    });
    let apart = apart.fold(0.0, f64::max);
    let features = classifier.features();
    println!("{}", json!({ "seconds": seconds, "features": features, "apart": apart }));
}
