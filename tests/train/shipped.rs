//! The committed `model.bin`: what it says of itself holds. That its recipe rebuilds it is tested in
//! `data.rs`, with the data sets.

use crate::common;

use common::{data_folder, root};
use undertone::Classifier;
use undertone::train::Recipe;

fn model() -> Vec<u8> {
    std::fs::read(root().join("model.bin")).unwrap()
}

/// The model carries the hash of the recipe that made it.
#[test]
fn the_model_is_of_the_recipe() {
    let recipe = Recipe::read(&root().join("model.toml"), &data_folder()).unwrap();
    let classifier = Classifier::open(&model()).unwrap();
    let provenance = classifier.provenance();
    assert_eq!(provenance.recipe, recipe.hash(|set| recipe.data[set].sha256.clone()));
    assert_eq!(provenance.date, recipe.date);
    let sets = provenance.data.iter().map(|set| (set.name.as_ref(), &set.sha256));
    let sources = recipe.data.iter().map(|set| (set.path.file_name().unwrap(), &set.sha256));
    assert!(sets.eq(sources.map(|(name, sha256)| (name.to_str().unwrap(), sha256))));
}

/// What cross-validation on CryptoLin said of the model when it was trained. A recipe that loses
/// more than chance does isn't shipped by accident.
#[test]
fn the_models_scores_are_what_readers_were_promised() {
    let scores = Classifier::open(&model()).unwrap().provenance().scores.unwrap();
    assert!(scores.folds >= 5, "{scores:?}");
    assert!(scores.accuracy >= 0.66, "{scores:?}");
    assert!(scores.macro_f1 >= 0.63, "{scores:?}");
    assert!(scores.calibration_error <= 0.04, "{scores:?}");
}

#[test]
fn the_model_card_says_what_the_model_is() {
    let card = std::fs::read_to_string(root().join("MODEL_CARD.md")).unwrap();
    let bytes = model();
    let classifier = Classifier::open(&bytes).unwrap();
    let thousands = |number: usize| match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    };
    let provenance = classifier.provenance();
    let scores = provenance.scores.unwrap();
    let mut facts = vec![
        format!("{} bytes", thousands(bytes.len())),
        format!("{} features", thousands(classifier.features())),
        format!("{:.3} ±", scores.accuracy),
        format!("{:.3} ±", scores.macro_f1),
    ];
    facts.extend(provenance.data.iter().map(|set| thousands(set.documents as usize)));
    for fact in facts {
        assert!(card.contains(&fact), "MODEL_CARD.md doesn't say {fact:?}");
    }
}

#[test]
fn every_recipe_can_be_read() {
    let mut recipes = 0;
    for entry in std::fs::read_dir(root().join("recipes")).unwrap() {
        Recipe::read(&entry.unwrap().path(), &data_folder()).unwrap();
        recipes += 1;
    }
    assert!(recipes > 0);
}
