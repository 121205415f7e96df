//! Corrections: exact, bounded, undone to the bit, and kept in the file.

use crate::common;

use common::root;
use proptest::prelude::*;
use undertone::format::{Precision, write};
use undertone::learner::CORRECTIONS;
use undertone::{Classifier, Learner};

const TEXT: &str = "Halden Exchange pauses withdrawals after outage, says funds are safe";

fn learner() -> Learner {
    Learner::new(Classifier::open(&std::fs::read(root().join("model.bin")).unwrap()).unwrap())
}

fn bits(classifier: &Classifier) -> Vec<u32> {
    classifier.coefficients().iter().map(|weight| weight.to_bits()).collect()
}

/// The squared length that no row exceeds.
fn longest(classifier: &Classifier) -> f64 {
    classifier.vectorizers().iter().map(|v| f64::from(v.weighting().scale).powi(2)).sum()
}

#[test]
fn a_correction_is_the_gradient_step_that_the_formula_says() {
    let mut learner = learner();
    let before = learner.classifier().clone();
    let (logits, probabilities) = (before.logits(TEXT), before.predict(TEXT).probabilities);
    learner.learn(TEXT, 1).unwrap();
    let after = learner.classifier().logits(TEXT);
    // Δz = η‖x‖²(e_y − p): the same η‖x‖² for every class.
    let shares: Vec<f64> = (0..3)
        .map(|class| {
            let wanted = f64::from(u8::from(class == 1)) - probabilities[class];
            (after[class] - logits[class]) / wanted
        })
        .collect();
    assert!(shares[0] > 0.0 && shares[0] <= 2.0 + 1e-6, "{shares:?}");
    assert!(shares.iter().all(|share| (share - shares[0]).abs() < 1e-5), "{shares:?}");
    assert_eq!(before.bias(), learner.classifier().bias());

    // By numerical differentiation: the step is −η times the gradient of −ln p[y].
    let changed = bits(&before)
        .iter()
        .zip(bits(learner.classifier()))
        .position(|(one, other)| *one != other)
        .unwrap();
    let step = f64::from(learner.classifier().coefficients()[changed])
        - f64::from(before.coefficients()[changed]);
    let loss = |nudge: f32| {
        let mut coefficients = before.coefficients().to_vec();
        coefficients[changed] += nudge;
        let nudged = Classifier::from_parts(
            before.labels().to_vec(),
            before.vectorizers().to_vec(),
            coefficients,
            before.bias().to_vec(),
            before.provenance().clone(),
        );
        -nudged.unwrap().predict(TEXT).probabilities[1].ln()
    };
    let slope = (loss(0.03125) - loss(-0.03125)) / 0.0625;
    let rate = 2.0 / longest(&before);
    assert!((step + rate * slope).abs() < 1e-3 * step.abs(), "{step}, {}", -rate * slope);
}

#[test]
fn corrections_are_taken_back_to_the_bit() {
    let mut learner = learner();
    let untouched = bits(learner.classifier());
    assert!(!learner.undo());
    for class in [0, 2, 1, 1, 0] {
        learner.learn(TEXT, class).unwrap();
        learner.learn("Shares of Orrin Mining surge after record quarter", class).unwrap();
    }
    assert_eq!(learner.corrections(), 10);
    let halfway = bits(learner.classifier());
    learner.learn(TEXT, 2).unwrap();
    assert!(learner.undo());
    assert_eq!(bits(learner.classifier()), halfway);
    learner.reset();
    assert_eq!(learner.corrections(), 0);
    assert_eq!(bits(learner.classifier()), untouched);
}

#[test]
fn a_few_corrections_convince_it_and_leave_unrelated_headlines_alone() {
    let other = "Ministers meet in Lisbon to talk about fisheries";
    for class in 0..3 {
        let mut learner = learner();
        let before = learner.classifier().predict(other).probabilities;
        let mut last = learner.classifier().predict(TEXT).probabilities[class];
        for _ in 0..5 {
            let now = learner.learn(TEXT, class).unwrap().probabilities[class];
            assert!(now > last, "{now} after {last}");
            last = now;
        }
        assert_eq!(learner.classifier().predict(TEXT).class, class);
        let after = learner.classifier().predict(other).probabilities;
        let moved = before.iter().zip(&after).map(|(one, other)| (one - other).abs());
        assert!(moved.fold(0.0, f64::max) < 0.1, "{before:?}, {after:?}");
    }
}

#[test]
fn a_corrected_model_is_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corrected.bin");
    let mut learner = learner();
    let recipe = learner.classifier().provenance().recipe.clone();
    learner.learn(TEXT, 1).unwrap();
    learner.learn(TEXT, 1).unwrap();
    let corrected = Classifier::open(&learner.to_bytes().unwrap()).unwrap();
    for text in [TEXT, "", "Bitcoin falls", "unrelated words"] {
        assert_eq!(corrected.predict(text), learner.classifier().predict(text));
    }
    assert_eq!(corrected.provenance().recipe, recipe);
    assert_eq!(corrected.provenance().scores, None);

    // Corrected again, the corrections add up.
    let mut again = Learner::new(corrected);
    again.learn("Nothing happened", 1).unwrap();
    std::fs::write(&path, again.to_bytes().unwrap()).unwrap();
    let opened = Classifier::open(&std::fs::read(&path).unwrap()).unwrap();
    let set = opened.provenance().data.iter().find(|set| set.name == CORRECTIONS).unwrap();
    assert_eq!(set.documents, 3);
}

#[test]
fn what_teaches_nothing_changes_nothing() {
    let mut learner = learner();
    let untouched = bits(learner.classifier());
    assert_eq!(learner.learn(TEXT, 3), None);
    assert_eq!(learner.corrections(), 0);
    let before = learner.classifier().predict("");
    assert_eq!(learner.learn("", 0), Some(before));
    assert_eq!(learner.corrections(), 1);
    assert_eq!(bits(learner.classifier()), untouched);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_learnt_stays_finite_bounded_and_undoable(
        texts in proptest::collection::vec((".{0,60}", 0usize..3), 1..12),
    ) {
        let mut learner = learner();
        let untouched = bits(learner.classifier());
        let most = 2.0 / longest(learner.classifier()).sqrt() * (1.0 + 1e-6);
        for (text, class) in &texts {
            let text = format!("{text} Bitcoin rallies {text}");
            let before = learner.classifier().clone();
            let prediction = learner.learn(&text, *class).unwrap();
            prop_assert!(prediction.probabilities.iter().all(|p| p.is_finite()));
            prop_assert!(
                prediction.probabilities[*class] >= before.predict(&text).probabilities[*class] - 1e-9
            );
            let steps = before.coefficients().iter().zip(learner.classifier().coefficients());
            let longest = steps.map(|(one, other)| f64::from((one - other).abs())).fold(0.0, f64::max);
            prop_assert!(longest <= most, "{} > {}", longest, most);
            let logits = before.logits(&text).into_iter().zip(learner.classifier().logits(&text));
            for (one, other) in logits {
                prop_assert!((one - other).abs() <= 2.0 + 1e-5);
            }
        }
        learner.reset();
        prop_assert_eq!(bits(learner.classifier()), untouched);
    }
}

/// Everything that growth could change.
fn whole(classifier: &Classifier) -> Vec<u8> {
    write(classifier, Precision::Float32).unwrap()
}

#[test]
fn a_correction_may_bring_words() {
    let text = "Zorvexium depegs as Qwolp unwinds 300 kwrtz";
    let mut learner = learner();
    let before = whole(learner.classifier());
    let unknown = learner.classifier().unknown_words(text);
    assert!(["kwrtz", "qwolp", "zorvexium"].iter().all(|word| unknown.iter().any(|w| w == word)));
    let known = learner.classifier().predict(text).known;
    let learnt = learner.learn_growing(text, "negative").unwrap();
    assert_eq!((&learnt.words, learnt.is_new_label), (&unknown, false));
    assert!(learnt.prediction.known > known);
    assert!(learner.classifier().unknown_words(text).is_empty());
    let negative = |text: &str| learner.classifier().predict(text).probabilities[0];
    let (taught, other) = (negative("Zorvexium"), negative("Trelborium"));
    assert!(taught > other + 0.02, "{taught} {other}");
    // A batch, whose words are kept, says the same.
    let texts = [text, "Zorvexium", "Profit rises"];
    let each: Vec<_> = texts.iter().map(|text| learner.classifier().predict(text)).collect();
    assert_eq!(learner.classifier().predict_batch(&texts), each);

    let opened = Classifier::open(&learner.to_bytes().unwrap()).unwrap();
    assert_eq!(opened.provenance().grown as usize, unknown.len());
    assert_eq!(opened.predict(text), learner.classifier().predict(text));
    // What is opened again has its words, and grows on.
    let mut again = Learner::new(opened);
    assert_eq!(
        again.learn_growing("Zorvexium Blithquar", "positive").unwrap().words,
        ["blithquar"]
    );
    let twice = Classifier::open(&again.to_bytes().unwrap()).unwrap();
    assert_eq!(twice.provenance().grown as usize, unknown.len() + 1);

    assert!(learner.undo());
    assert_eq!(whole(learner.classifier()), before);
}

#[test]
fn a_correction_may_bring_a_label() {
    let mut learner = learner();
    let before = whole(learner.classifier());
    let prior = learner.classifier().predict("").probabilities;
    let learnt = learner.learn_growing("Zorvexium mints commemorative tokens", "spam").unwrap();
    assert!(learnt.is_new_label);
    assert_eq!(learner.classifier().labels(), ["negative", "neutral", "positive", "spam"]);
    // The new one has its small share of what nothing is known of, and the others the rest as
    // before.
    let empty = learner.classifier().predict("").probabilities;
    assert!((empty[3] - 0.05).abs() < 1e-9, "{empty:?}");
    for (found, prior) in empty.iter().zip(&prior) {
        assert!((found - 0.95 * prior).abs() < 1e-9, "{empty:?}");
    }
    for _ in 0..4 {
        learner.learn_growing("Zorvexium mints commemorative tokens", "spam").unwrap();
    }
    assert_eq!(learner.classifier().predict("Zorvexium mints commemorative tokens").class, 3);
    let opened = Classifier::open(&learner.to_bytes().unwrap()).unwrap();
    assert_eq!(opened.labels(), learner.classifier().labels());
    assert!(learner.learn_growing("Zorvexium", "").is_none());
    learner.reset();
    assert_eq!(whole(learner.classifier()), before);
}

#[test]
fn a_word_is_taught_by_hand() {
    let mut learner = learner();
    let before = whole(learner.classifier());
    for (word, strength) in [("Zorvexium", 2.0), ("profit", -1.5)] {
        let logits = learner.classifier().logits(word);
        assert!(learner.teach(word, 2, strength));
        let after = learner.classifier().logits(word);
        // The row of a word that was unknown before is another row than that of nothing.
        let of_the_others = after[0] - after[1];
        assert!((after[2] - logits[2] - strength).abs() < 1e-5, "{word}: {logits:?} {after:?}");
        assert!((of_the_others - (logits[0] - logits[1])).abs() < 1e-9, "{word}");
    }
    assert_eq!(learner.corrections(), 2);
    for (text, class, strength) in [
        ("two words", 2, 1.0),
        ("", 2, 1.0),
        ("word", 3, 1.0),
        ("word", 0, f64::NAN),
        ("word", 0, 11.0),
        (&"w".repeat(100), 0, 1.0),
        ("…", 0, 1.0),
    ] {
        assert!(!learner.teach(text, class, strength), "{text:?} {class} {strength}");
    }
    learner.reset();
    assert_eq!(whole(learner.classifier()), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_grew_shrinks_to_the_bit(
        texts in prop::collection::vec(("[a-zäß0-9$%. 📉]{0,40}", 0..5usize, any::<bool>()), 1..6),
    ) {
        let mut learner = learner();
        let before = whole(learner.classifier());
        let mut states = vec![before];
        for (text, label, grow) in &texts {
            let labels = ["negative", "neutral", "positive", "new", "newer"];
            if *grow {
                learner.learn_growing(text, labels[*label]).unwrap();
            } else if learner.learn(text, *label).is_none() {
                continue;
            }
            let bytes = whole(learner.classifier());
            prop_assert!(Classifier::open(&bytes).is_ok());
            states.push(bytes);
        }
        while let Some(state) = states.pop() {
            prop_assert!(whole(learner.classifier()) == state);
            prop_assert_eq!(learner.undo(), !states.is_empty());
        }
    }
}
