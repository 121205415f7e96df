//! Any text under the shipped model: probabilities are probabilities, explanations add up and point
//! into the text, a batch is its texts, and a correction is taken back to the bit.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use undertone::provenance::Provenance;
use undertone::text::{Analyzer, AnalyzerKind, AnalyzerSettings};
use undertone::tfidf::{Vectorizer, Weighting};
use undertone::vocabulary::Vocabulary;
use undertone::{Classifier, Learner};

static MODEL: LazyLock<Classifier> = LazyLock::new(|| {
    Classifier::open(include_bytes!("../../model.bin")).expect("the shipped model")
});

/// What the shipped model lacks: n-grams of characters, which a batch looks up once for each word.
static CHARACTERS: LazyLock<Classifier> = LazyLock::new(|| {
    let features: Vec<String> = (' '..='~').chain("éΣς’日".chars()).map(String::from).collect();
    let settings = AnalyzerSettings::default().kind(AnalyzerKind::CharWb).ngrams((1, 2));
    let frequencies = (1..=features.len() as u32).collect();
    let weights: Vec<f32> = (0..2 * features.len()).map(|place| place as f32).collect();
    let weighting = Weighting::default().unknown(1.0);
    let vocabulary = Vocabulary::from_sorted(features.iter().map(String::as_str));
    let analyzer = Analyzer::new(settings).expect("settings in range");
    let vectorizer = Vectorizer::new(
        analyzer,
        weighting,
        vocabulary.expect("features in order"),
        1000,
        frequencies,
    );
    let labels = ["down", "up"].map(str::to_owned).to_vec();
    let vectorizers = vec![vectorizer.expect("a frequency for each")];
    Classifier::from_parts(labels, vectorizers, weights, vec![0.0; 2], Provenance::default())
        .expect("shapes that agree")
});

fuzz_target!(|text: &str| {
    let prediction = MODEL.predict(text);
    let sum: f64 = prediction.probabilities.iter().sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    assert!(prediction.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
    let (beginning, end) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let batch = [beginning, "", text, end, text];
    for model in [&*MODEL, &*CHARACTERS] {
        let one_by_one = batch.map(|text| model.predict(text));
        assert_eq!(model.predict_batch(&batch), one_by_one);
    }

    let explanation = MODEL.explain(text);
    assert_eq!(explanation.prediction, prediction);
    let units = text.encode_utf16().count();
    for class in 0..MODEL.labels().len() {
        let parts = explanation.contributions.iter().map(|part| part.weights[class]);
        let sum = explanation.bias[class] + parts.sum::<f64>();
        assert!((sum - explanation.logits[class]).abs() < 1e-4, "{sum}");
    }
    for part in &explanation.contributions {
        assert!(text.get(part.bytes.clone()).is_some());
        assert!(part.utf16.start <= part.utf16.end && part.utf16.end <= units);
    }

    if text.len() < 200 {
        let mut learner = Learner::new(MODEL.clone());
        for class in 0..3 {
            let taught = learner.learn(text, class).expect("a class there is");
            assert!(taught.probabilities.iter().all(|p| p.is_finite()));
        }
        learner.reset();
        assert_eq!(learner.classifier().coefficients(), MODEL.coefficients());
    }
});
