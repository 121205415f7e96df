//! The project's own data: what its card says of it, and what may not be in it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::common::root;
use undertone::files::TextHash;

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join("data").join(name)).unwrap()
}

fn rows(name: &str) -> Vec<BTreeMap<String, String>> {
    let file = read(name);
    csv::Reader::from_reader(file.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// Lines that are neither empty nor comments.
fn names(name: &str) -> Vec<String> {
    let file = read(name);
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

fn headlines() -> Vec<String> {
    let rows = rows("headlines.csv").into_iter().chain(rows("pairs.csv"));
    rows.map(|mut row| row.remove("text").unwrap()).collect()
}

fn thousands(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}

/// Lowercase words with one space between them.
fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_card_counts_right() {
    let card = read("README.md");
    let below_heading = |name: &str| read(name).lines().count() - 1;
    for (file, rows) in [
        ("headlines.csv", rows("headlines.csv").len()),
        ("pairs.csv", rows("pairs.csv").len()),
        ("behaviour.csv", rows("behaviour.csv").len()),
        ("labels-read.tsv", below_heading("labels-read.tsv")),
        ("labels-pool.tsv", below_heading("labels-pool.tsv")),
        ("sources.tsv", below_heading("sources.tsv")),
        ("groups.tsv", below_heading("groups.tsv")),
        ("names.txt", names("names.txt").len()),
        ("persons.txt", names("persons.txt").len()),
        ("vectors/", read("vectors/vectors64.words").lines().count()),
    ] {
        let row = format!("| `{file}` | {} |", thousands(rows));
        assert!(card.contains(&row), "data/README.md doesn't say {row:?}");
    }
    for origin in ["written", "rewritten"] {
        let count = rows("headlines.csv").iter().filter(|row| row["origin"] == origin).count();
        let fact = format!("`{origin}` ({})", thousands(count));
        assert!(card.contains(&fact), "data/README.md doesn't say {fact:?}");
    }
    let pairs: BTreeSet<String> =
        rows("pairs.csv").into_iter().map(|mut row| row.remove("pair").unwrap()).collect();
    assert!(card.contains(&format!("in {} minimal pairs", thousands(pairs.len()))));
}

#[test]
fn every_headline_is_there_once_and_has_a_label() {
    let mut seen = HashSet::new();
    for text in headlines() {
        assert!(seen.insert(words(&text)), "twice: {text}");
    }
    for row in rows("headlines.csv").iter().chain(&rows("pairs.csv")) {
        let label = &row["label"];
        assert!(["negative", "neutral", "positive"].contains(&&label[..]), "{label}: {row:?}");
    }
}

/// Other people's texts are known here by their hashes.
#[test]
fn no_headline_is_somebody_elses() {
    let hashes: HashSet<String> = ["labels-read.tsv", "labels-pool.tsv"]
        .into_iter()
        .flat_map(|name| {
            let file = read(name);
            let hashes =
                file.lines().skip(1).map(|line| line.split('\t').next().unwrap().to_owned());
            hashes.collect::<Vec<_>>()
        })
        .collect();
    assert!(hashes.len() > 100_000);
    for text in headlines() {
        assert!(!hashes.contains(&TextHash::of(&text).to_string()), "{text}");
    }
}

#[test]
fn no_headline_names_a_listed_person() {
    let persons: HashSet<String> = names("persons.txt").iter().map(|name| words(name)).collect();
    let longest = persons.iter().map(|name| name.split(' ').count()).max().unwrap();
    for text in headlines() {
        let text_words = words(&text);
        let words: Vec<&str> = text_words.split(' ').collect();
        for length in 1..=longest {
            let named = words.windows(length).find(|name| persons.contains(&name.join(" ")));
            assert!(named.is_none(), "{named:?} in {text:?}");
        }
    }
}

/// Pairs and what belongs to a read headline share a fold.
#[test]
fn the_headlines_of_a_pair_are_of_one_group() {
    let groups = read("groups.tsv");
    let groups: BTreeMap<&str, &str> =
        groups.lines().skip(1).map(|line| line.split_once('\t').unwrap()).collect();
    let mut of_pair: BTreeMap<String, BTreeSet<Option<&str>>> = BTreeMap::new();
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows("pairs.csv") {
        let group = groups.get(&TextHash::of(&row["text"]).to_string()[..]).copied();
        of_pair.entry(row["pair"].clone()).or_default().insert(group);
        *sizes.entry(row["pair"].clone()).or_default() += 1;
    }
    for (pair, groups) in of_pair {
        assert_eq!(groups.len(), 1, "{pair}");
        assert!(sizes[&pair] == 1 || groups.iter().all(Option::is_some), "{pair}");
    }
}
