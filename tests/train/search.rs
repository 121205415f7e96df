//! The search for a recipe.

use undertone::format;
use undertone::train::recipe::{DocumentLimit, Recipe, SolverName, SolverRecipe, VectorizerRecipe};
use undertone::train::tune::Criterion;
use undertone::train::{Corpus, Found, HeadStart, Search, Training};

fn corpus() -> Corpus {
    let words = [["rises", "up"], ["falls", "down"], ["holds", "flat"], ["jumps", "up"]];
    let documents = (0..48).map(|number| {
        let [word, label] = words[number % 4];
        (format!("Firm {} {word} {}% in week {number}", number % 7, number % 5), label)
    });
    Corpus::from_documents(documents)
}

fn start() -> Recipe {
    Recipe::default().folds(3)
}

fn search(start: &Recipe, trials: u32) -> Found {
    Search::new(start, Criterion::LogLoss).trials(trials).run(&corpus(), |_| true).unwrap()
}

#[test]
fn the_same_number_of_trials_finds_the_same_recipe_with_any_number_of_threads() {
    let start = start();
    let found = search(&start, 9);
    assert_eq!((found.tried, found.trials.len()), (9, 9));
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| search(&start, 9)), found);
    }
    // A shorter search is the beginning of a longer one; another seed makes another.
    assert_eq!(search(&start, 5).trials, found.trials[..5]);
    let other = start.clone().seed(2);
    let settings = |found: &Found| -> Vec<String> {
        found.trials.iter().map(|trial| trial.settings.clone()).collect()
    };
    assert_ne!(settings(&search(&other, 9)), settings(&found));
    // No trial is made twice.
    let mut tried = settings(&found);
    tried.sort();
    tried.dedup();
    assert_eq!(tried.len(), 9);
}

#[test]
fn the_best_trial_is_the_first_with_the_best_score_and_its_recipe_trains() {
    let start = start();
    let found = search(&start, 6);
    let losses: Vec<f64> = found.trials.iter().map(|trial| trial.scores.log_loss.mean).collect();
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses.iter().position(|loss| *loss == least), Some(found.best));
    let trained = Training::new(&found.recipe).on(corpus()).run(&mut ()).unwrap();
    let scores = trained.classifier.provenance().scores.unwrap();
    assert_eq!(scores.folds, 3);
    // What was said of the trial holds of its recipe, but for where a warm start ends.
    assert!((scores.log_loss - least).abs() < 2e-3, "{} {least}", scores.log_loss);
}

#[test]
fn a_size_is_kept_to_and_filled() {
    let start = start();
    let of = |bytes: &[u8]| bytes.len();
    let within = |most: usize| {
        let search = Search::new(&start, Criterion::MacroF1).trials(1).within(most, &of);
        search.run(&corpus(), |_| true)
    };
    // All that there are, where all fit.
    let found = within(1_000_000).unwrap();
    let whole = found.trials[0].within.unwrap();
    let trained = Training::new(&found.recipe).on(corpus()).run(&mut ()).unwrap();
    assert_eq!(found.recipe.model.precision, format::Precision::Int8);
    assert_eq!(
        (whole.features, whole.bytes),
        (trained.classifier.features(), trained.to_bytes().unwrap().len())
    );
    let mut last = 1;
    for missing in [100, 60, 1] {
        let most = whole.bytes - missing;
        let found = within(most).unwrap();
        let in_size = found.trials[0].within.unwrap();
        assert!(in_size.bytes <= most && in_size.bytes > most - 30, "{most}: {in_size:?}");
        assert!((last..whole.features).contains(&in_size.features), "{in_size:?}");
        last = in_size.features;
        assert_eq!(found.recipe.model.features, last);
    }
    let error = within(50).unwrap_err().to_string();
    assert!(error.starts_with("max-size: expected more bytes than"), "{error}");
}

#[test]
fn a_head_start_is_tried_where_there_is_one() {
    let start = start();
    let base = Training::new(&start).on(corpus()).run(&mut ()).unwrap().to_bytes().unwrap();
    let own = HeadStart::new(b"falls\nplunges\nrises\n", &[0x81, 0x85, 0x7f], &base);
    let search = Search::new(&start, Criterion::Accuracy).trials(3);
    let found = search.clone().with_head_start(own).run(&corpus(), |_| true).unwrap();
    assert!(found.trials[2].settings.ends_with("; vectors × 0.5"), "{:?}", found.trials[2]);
    let without = search.run(&corpus(), |_| true).unwrap();
    assert!(without.trials.iter().all(|trial| !trial.settings.contains("vectors")));
}

#[test]
fn what_cannot_be_searched_is_refused_in_words() {
    let refused = |start: &Recipe, criterion: &str, trials: u32| {
        let search = Search::new(start, criterion.parse().unwrap()).trials(trials);
        search.run(&corpus(), |_| true).unwrap_err().to_string()
    };
    let sgd = start().folds(0).solver(SolverRecipe::default().name(SolverName::Sgd));
    let rare = VectorizerRecipe::default().min_df(DocumentLimit::Count(1000));
    for (message, said) in [
        (refused(&start(), "f1:sideways", 2), "labels (down, flat, up), found \"sideways\""),
        (refused(&start(), "accuracy", 0), "trials: expected at least 1, found 0"),
        (refused(&sgd, "accuracy", 1), "expected lbfgs for a search, found sgd"),
        (refused(&start().folds(0), "accuracy", 1), "folds: expected 2 or more to choose C by"),
        (refused(&start().vectorizer([rare]), "accuracy", 1), "no feature is left"),
    ] {
        assert!(message.contains(said), "{said:?} is not in: {message}");
    }
}

#[test]
fn words_alone_are_neither_cues_nor_changes_nor_a_head_start() {
    let start = start();
    let base = Training::new(&start).on(corpus()).run(&mut ()).unwrap().to_bytes().unwrap();
    let all = Search::new(&start, Criterion::LogLoss).trials(12).with_head_start(HeadStart::new(
        b"falls\nrises\n",
        &[0x81, 0x7f],
        &base,
    ));
    let tried = |search: &Search<'_>| -> String {
        let found = search.run(&corpus(), |_| true).unwrap();
        found.trials.iter().map(|trial| format!("{}\n", trial.settings)).collect()
    };
    let (tried, alone) = (tried(&all), tried(&all.clone().words_alone()));
    // These texts have no cues.
    for (more, expected) in [("changes", true), ("vectors", true), ("cues", false)] {
        assert_eq!(tried.contains(more), expected, "{more}: {tried}");
        assert!(!alone.contains(more), "{more}: {alone}");
    }
    assert_eq!(alone.lines().count(), 12);

    let more = VectorizerRecipe::default().changes(true);
    let start = start.vectorizer([more]);
    let search = Search::new(&start, Criterion::LogLoss).words_alone();
    let error = search.run(&corpus(), |_| true).unwrap_err().to_string();
    assert!(error.starts_with("words-alone: expected a recipe of words and characters"), "{error}");
}
