//! `fit` in a warm process, on one thread: counting and fitting, the rows already in memory. Prints
//! JSON for `cargo xtask bench train`, which puts scikit-learn beside it.
//!
//! Arguments: a CSV file (latin1, columns label and text, no header), how often to fit, and a file
//! for the coefficients, so that the other side can compute the objective of both by one formula.
#![allow(clippy::expect_used, missing_docs, reason = "a benchmark stops at the first surprise")]

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use undertone::train::fit::Counted;
use undertone::train::recipe::DataSource;
use undertone::train::{Corpus, Recipe, fit};

fn main() {
    // cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [data, repeats, out] = &arguments[..] else {
        // `cargo bench` without arguments has nothing to measure.
        eprintln!("cargo bench --bench train -- FILE.csv REPEATS COEFFICIENTS.json");
        return;
    };
    let repeats: usize = repeats.parse().expect("a number of repeats");
    let source = DataSource::default()
        .path(data)
        .encoding("latin1")
        .header(false)
        .columns(["label", "text"].map(str::to_owned));
    let recipe = Recipe::default().data([source]);
    let corpus = Corpus::read(&recipe.data).expect("a readable file");
    let everything: Vec<u32> = (0..corpus.documents.len() as u32).collect();
    let once = || {
        let start = Instant::now();
        let counted = Counted::new(&corpus, &recipe).expect("a valid recipe");
        let fitted = fit(&counted, &everything).expect("features");
        (black_box(start.elapsed().as_secs_f64()), fitted)
    };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    threads.install(|| {
        once();
        let mut seconds = Vec::with_capacity(repeats);
        let mut last = None;
        for _ in 0..repeats {
            let (time, fitted) = once();
            seconds.push(time);
            last = Some(fitted);
        }
        let fitted = last.expect("at least one repeat");
        let model = json!({ "coefficients": fitted.coefficients, "bias": fitted.bias });
        std::fs::write(out, model.to_string()).expect("a writable file");
        println!("{}", json!({ "seconds": seconds, "iterations": fitted.iterations }));
    });
}
