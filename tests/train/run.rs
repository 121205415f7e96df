//! A training by the library alone.

use crate::common::fixture_source;

use std::collections::BTreeMap;

use undertone::Classifier;
use undertone::format::Precision;
use undertone::train::recipe::{ModelRecipe, Recipe, SolverName, SolverRecipe, VectorizerRecipe};
use undertone::train::run::Solved;
use undertone::train::tune::Criterion;
use undertone::train::{Corpus, Observer, Step, Training, run};

#[derive(Default)]
struct Heard(Vec<(Step, u32, u32)>);

impl Observer for Heard {
    fn on(&mut self, step: Step, done: u32, of: u32) {
        self.0.push((step, done, of));
    }
}

fn recipe() -> Recipe {
    Recipe::default().folds(2).data([fixture_source("headlines.csv")])
}

#[test]
fn an_observer_hears_of_every_step_in_order() {
    let mut heard = Heard::default();
    let recipe = recipe();
    let training = Training::new(&recipe).tune(&[0.5, 1.0], Criterion::LogLoss);
    training.with_learning_curve().run(&mut heard).unwrap();
    let begun: Vec<Step> =
        heard.0.iter().filter(|(_, done, _)| *done == 0).map(|one| one.0).collect();
    let steps = [Step::Read, Step::Tune, Step::CrossValidate, Step::Fit, Step::LearningCurve];
    assert_eq!(begun, steps);
    for step in steps {
        let of_step: Vec<_> = heard.0.iter().filter(|one| one.0 == step).collect();
        assert!(of_step.is_sorted_by_key(|one| one.1), "{of_step:?}");
        assert!(of_step.iter().all(|(_, done, of)| done <= of));
    }
}

#[test]
fn documents_in_memory_make_the_same_coefficients_as_a_file_of_them() {
    let recipe = recipe();
    let from_file = run(&recipe, &mut ()).unwrap();
    let Solved::Lbfgs(lbfgs) = &from_file.solved else { panic!("another solver") };
    let corpus = &lbfgs.corpus;
    let documents = corpus
        .documents
        .iter()
        .map(|document| (document.text.clone(), corpus.labels[document.label].clone()));
    let in_memory = recipe.data([]);
    let training = Training::new(&in_memory).on(Corpus::from_documents(documents));
    let trained = training.run(&mut ()).unwrap();
    assert_eq!(trained.classifier.coefficients(), from_file.classifier.coefficients());
    assert_eq!(trained.label_counts, from_file.label_counts);
    let again = Classifier::open(&trained.to_bytes().unwrap()).unwrap();
    assert_eq!(again.predict("Profit rose"), trained.classifier.predict("Profit rose"));
}

#[test]
fn what_a_solver_cannot_do_is_refused_before_anything_is_read() {
    let recipe = recipe().folds(0).solver(SolverRecipe::default().name(SolverName::Sgd));
    let corpus = Corpus::from_documents([("a b", "x"), ("c d", "y")]);
    for training in [
        Training::new(&recipe).on(corpus),
        Training::new(&recipe).tune(&[], Criterion::Accuracy),
        Training::new(&recipe).with_learning_curve(),
    ] {
        let error = training.run(&mut ()).unwrap_err().to_string();
        assert!(error.starts_with("solver.name: expected lbfgs"), "{error}");
    }
    assert!(matches!(run(&recipe, &mut ()).unwrap().solved, Solved::Sgd(_)));
    let nothing = Recipe::default();
    let error = run(&nothing, &mut ()).unwrap_err().to_string();
    assert!(error.starts_with("data: expected at least one data set"), "{error}");
}

#[test]
fn frequencies_are_rounded_to_powers_before_the_fit() {
    let of_step = |step: f64| {
        let vectorizer = VectorizerRecipe::default().ngrams((1, 2)).df_step(step);
        run(&recipe().vectorizer([vectorizer]), &mut ()).unwrap().classifier
    };
    let (counted, rounded) = (of_step(1.0), of_step(3.0));
    let frequencies = |one: &Classifier| one.vectorizers()[0].document_frequencies().to_vec();
    let pairs = frequencies(&counted).into_iter().zip(frequencies(&rounded));
    let powers: BTreeMap<u32, u32> = pairs.collect();
    // √3, √27 and √243 are the borders.
    assert!(powers.iter().all(|(&df, &power)| match df {
        1 => power == 1,
        2..=5 => power == 3,
        6..=15 => power == 9,
        16..=46 => power == 27,
        _ => power == 81,
    }));
    assert!(powers.len() > 10, "{powers:?}");
    assert_ne!(counted.coefficients(), rounded.coefficients());
}

#[test]
fn fewer_levels_are_fewer_different_coefficients() {
    let of_levels = |levels: u8| {
        let model = ModelRecipe::default().precision(Precision::Int8).levels(levels);
        let trained = run(&recipe().model(model), &mut ()).unwrap();
        let Solved::Lbfgs(report) = &trained.solved else { panic!("another solver") };
        let loss = report.validation.as_ref().unwrap().shipped.scores().log_loss;
        let fitted = trained.classifier.predict("Profit rose");
        let stored = Classifier::open(&trained.to_bytes().unwrap()).unwrap().predict("Profit rose");
        let pairs = fitted.probabilities.iter().zip(&stored.probabilities);
        (loss, pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max))
    };
    let (fine, coarse) = (of_levels(127), of_levels(1));
    assert!(fine.1 < 0.01 && coarse.1 > fine.1, "{fine:?}, {coarse:?}");
    // The models of cross-validation are stored in the same way.
    assert_ne!(fine.0, coarse.0);
}

#[test]
fn settings_of_what_is_stored_are_checked() {
    let refused = |recipe: Recipe| run(&recipe, &mut ()).unwrap_err().to_string();
    let found = refused(recipe().model(ModelRecipe::default().levels(0)));
    assert!(found.contains("model.levels") && found.contains("1 to 127"), "{found}");
    for step in [0.5, 1.01, f64::NAN] {
        let found = refused(recipe().vectorizer([VectorizerRecipe::default().df_step(step)]));
        assert!(found.contains("vectorizer.df_step"), "{found}");
    }
}
