//! Word vectors and a base model as a head start: what they know gets into the model.

use crate::common::fixture_source;

use undertone::Classifier;
use undertone::train::recipe::{BaseRecipe, FileRecipe, ModelRecipe, Recipe, VectorsRecipe};
use undertone::train::{Corpus, HeadStart, Trained, Training};

const WORDS: &[u8] = b"falls\nquibbles\nrises\nzorvexes\n";
/// A component for each word.
const COMPONENTS: &[u8] = &[0x81, 0x85, 0x7f, 0x7b];

/// Few documents, of which none holds what the base model or the vectors know best.
fn few() -> Corpus {
    Corpus::from_documents([
        ("Token rises", "up"),
        ("Profit rises again", "up"),
        ("Token falls", "down"),
        ("Shares falls again", "down"),
    ])
}

/// A model of other labels, of many more documents.
fn base() -> Vec<u8> {
    let words = [("plummets", "bad"), ("falls", "bad"), ("jubilates", "good"), ("rises", "good")];
    let documents = (0..40).map(|number| {
        let (word, label) = words[number % 4];
        (format!("Firm {number} {word} in week {number}"), label)
    });
    let corpus = Corpus::from_documents(documents);
    let recipe = Recipe::default().folds(0);
    Training::new(&recipe).on(corpus).run(&mut ()).unwrap().to_bytes().unwrap()
}

fn train(recipe: &Recipe, head_start: HeadStart<'_>) -> Trained {
    let training = Training::new(recipe).on(few()).with_head_start(head_start);
    training.run(&mut ()).unwrap()
}

#[test]
fn words_that_no_document_has_are_known_from_vectors_and_from_the_base_model() {
    let base = base();
    let head_start = HeadStart::new(WORDS, COMPONENTS, &base);
    let recipe = head_start.add_to(Recipe::default().folds(0));
    let classifier = train(&recipe, head_start).classifier;
    assert_eq!(classifier.labels(), ["down", "up"]);
    for (text, class) in [("zorvexes", 1), ("quibbles", 0), ("jubilates", 1), ("plummets", 0)] {
        assert_eq!(classifier.predict(text).class, class, "{text}");
    }
    let plain = Recipe::default().folds(0);
    let plain = Training::new(&plain).on(few()).run(&mut ()).unwrap().classifier;
    let known = ["zorvexes", "jubilates"].map(|text| plain.predict(text).known);
    assert_eq!(known, [0.0; 2]);
}

/// What the base model says of its two labels is one number for each feature, times one number that
/// is fitted.
#[test]
fn the_features_of_the_base_model_keep_their_proportions_and_frequencies() {
    let bytes = base();
    let head_start = HeadStart::new(WORDS, COMPONENTS, &bytes);
    let recipe = head_start.add_to(Recipe::default().folds(0));
    let classifier = train(&recipe, head_start).classifier;
    let base = Classifier::open(&bytes).unwrap();
    let [_, _, kept] = classifier.vectorizers() else { panic!("expected three vectorizers") };
    let [original] = base.vectorizers() else { panic!("expected one vectorizer") };
    assert!(kept.vocabulary().features().eq(original.vocabulary().features()));
    assert_eq!(kept.documents(), original.documents());
    assert_eq!(kept.document_frequencies(), original.document_frequencies());

    let before: usize = classifier.features() - base.features();
    let apart = |row: &[f32]| f64::from(row[1]) - f64::from(row[0]);
    let ours = classifier.coefficients().chunks_exact(2).skip(before).map(apart);
    let theirs: Vec<f64> = base.coefficients().chunks_exact(2).map(apart).collect();
    let widest = theirs.iter().copied().fold(0.0, |most: f64, one| most.max(one.abs()));
    let ratios: Vec<f64> = ours
        .zip(&theirs)
        .filter(|(_, theirs)| theirs.abs() > widest / 100.0)
        .map(|(ours, theirs)| ours / theirs)
        .collect();
    assert!(ratios.len() > 10 && ratios[0] > 0.01, "{ratios:?}");
    assert!(ratios.iter().all(|ratio| (ratio / ratios[0] - 1.0).abs() < 1e-3), "{ratios:?}");
}

#[test]
fn what_is_supplied_and_what_is_read_from_files_make_the_same_coefficients() {
    let base = base();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (name, bytes) in [("v.words", WORDS), ("v.i8", COMPONENTS), ("base.bin", &base[..])] {
        std::fs::write(path(name), bytes).unwrap();
    }
    let head_start = HeadStart::new(WORDS, COMPONENTS, &base);
    let supplied = head_start.add_to(Recipe::default().folds(2));
    let scale = supplied.vectors.as_ref().unwrap().scale;
    let vectors = VectorsRecipe::default().path(path("v.i8")).words(path("v.words")).scale(scale);
    let of_files = Recipe::default()
        .folds(2)
        .vectors(vectors)
        .base(BaseRecipe::default().path(path("base.bin")));
    let one = train(&supplied, head_start);
    let other = Training::new(&of_files).on(few()).run(&mut ()).unwrap();
    assert_eq!(one.classifier.coefficients(), other.classifier.coefficients());

    // The model says what it knows its words from, and its recipe holds them by their hashes.
    let provenance = one.classifier.provenance();
    let names: Vec<&str> = provenance.data.iter().map(|set| &set.name[..]).collect();
    assert_eq!(names, ["memory", "vectors64.i8", "vectors64.words", "model.bin"]);
    assert_eq!(other.classifier.provenance().data[3].sha256, provenance.data[3].sha256);
    let changed = HeadStart::new(WORDS, &[0x81, 0x85, 0x7f, 0x7c], &base);
    let again = train(&changed.add_to(Recipe::default().folds(2)), changed);
    assert_ne!(again.classifier.provenance().recipe, provenance.recipe);
}

#[test]
fn pruning_keeps_as_many_features_as_asked_for_and_a_listed_name_is_none() {
    let base = base();
    let names = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(names.path(), "Jubilates\nZorvexes\n").unwrap();
    let head_start = HeadStart::new(WORDS, COMPONENTS, &base);
    let recipe = head_start.add_to(Recipe::default().folds(0));
    let recipe = recipe.names(FileRecipe::default().path(names.path()));
    let whole = train(&recipe, head_start).classifier;
    for vectorizer in whole.vectorizers() {
        let named = ["jubilates", "zorvexes"];
        assert!(vectorizer.vocabulary().features().all(|feature| !named.contains(&feature)));
    }
    let recipe = recipe.model(ModelRecipe::default().features(6));
    let pruned = train(&recipe, head_start).classifier;
    assert_eq!(pruned.features(), 6);
    let last = |classifier: &Classifier| classifier.vectorizers().last().unwrap().documents();
    assert_eq!(last(&pruned), last(&whole));
}

#[test]
fn what_is_no_head_start_is_refused_in_words() {
    let base = base();
    let head_start = HeadStart::new(WORDS, COMPONENTS, &base);
    let recipe = head_start.add_to(Recipe::default().folds(0));
    let refused = |recipe: &Recipe, head_start: Option<HeadStart<'_>>| {
        let training = Training::new(recipe).on(few());
        let training = match head_start {
            Some(head_start) => training.with_head_start(head_start),
            None => training,
        };
        training.run(&mut ()).unwrap_err().to_string()
    };
    let model = fixture_source("headlines.csv").path;
    for (message, said) in [
        (refused(&recipe, None), "supplied:vectors64.i8: expected a program that supplies it"),
        (refused(&recipe, Some(HeadStart::new(b"a\n", COMPONENTS, &base))), "expected sha256"),
        (
            refused(&Recipe::default().base(BaseRecipe::default().path(&model)), None),
            "headlines.csv: ",
        ),
        (
            refused(&Recipe::default().base(BaseRecipe::default().scale(0.0)), None),
            "base.scale: expected a finite number above 0, found 0",
        ),
    ] {
        assert!(message.contains(said), "{said:?} is not in: {message}");
    }
    // Bytes that are no vectors, under a recipe that knows them.
    let ragged = HeadStart::new(WORDS, &COMPONENTS[1..], &base);
    let message = refused(&ragged.add_to(Recipe::default().folds(0)), Some(ragged));
    assert!(message.contains("vectors64.i8") && message.contains('3'), "{message}");
}
