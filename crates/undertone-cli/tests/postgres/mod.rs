//! Several scrapers with one store in PostgreSQL, they and the server killed at random instants.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use serde_json::Value;

mod watchers;

use crate::cluster::Cluster;
use crate::common::Random;
use crate::site::{Site, respond};

pub(crate) const TESTS: [(&str, fn()); 3] = [
    ("scrapers_and_postgresql_killed_at_any_instant_lose_nothing_and_double_nothing", killed),
    (
        "watchers_and_postgresql_killed_at_any_instant_lose_nothing_and_double_nothing",
        watchers::killed,
    ),
    ("a_store_moves_between_sqlite_and_postgresql", moved),
];

/// New headlines on each page.
const HEADLINES: u32 = 40;
const ROUNDS: u32 = 24;

/// A page that has the headlines of a batch, and those of the batch before.
fn site(batch: Arc<AtomicU32>) -> Site {
    Site::start(move |seen, stream| {
        if seen.path == "/robots.txt" {
            return respond(stream, "404 Not Found", "", b"");
        }
        let last = batch.load(Ordering::SeqCst);
        let page: String = (last.saturating_sub(1)..=last)
            .flat_map(|batch| (0..HEADLINES).map(move |n| (batch, n)))
            .map(|(batch, n)| format!("<h3>Bitcoin headline {n} of batch {batch}</h3>"))
            .collect();
        respond(stream, "200 OK", "", page.as_bytes())
    })
}

fn undertone(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    command.args(arguments).env("no_proxy", "*");
    command
}

fn scrape(site: &Site, store: &str) -> Command {
    let mut command = undertone(&["scrape", "--selector=h3", "--delay=0", "--quiet", "--new"]);
    command.args(["--keep=near-duplicates", "--format=jsonl", "--store", store]).arg(site.url("/"));
    command
}

fn started(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The titles that a process printed, whole lines only.
fn titles(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let titles = lines.map(|line| serde_json::from_str::<Value>(line).unwrap()["title"].clone());
    titles.map(|title| title.as_str().unwrap().to_owned()).collect()
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn killed() {
    let mut cluster = Cluster::start();
    let store = cluster.database("news");
    let batch = Arc::new(AtomicU32::new(0));
    let site = site(batch.clone());
    let mut random = Random(25);
    // How often each title was printed, and how often by processes that nothing happened to.
    let mut printed: BTreeMap<String, u32> = BTreeMap::new();
    let mut whole: BTreeMap<String, u32> = BTreeMap::new();
    let begun = Instant::now();
    succeeded(&scrape(&site, &store).output().unwrap());
    let run = begun.elapsed();
    for round in 1..=ROUNDS {
        batch.store(round, Ordering::SeqCst);
        let mut scrapers: Vec<Child> = (0..2).map(|_| started(scrape(&site, &store))).collect();
        std::thread::sleep(run.mul_f64(random.below(1500) as f64 / 1000.0));
        // In turns: a scraper, the server, both, nobody.
        let (of_scraper, of_server) = (round % 4 == 1 || round % 4 == 3, round % 4 >= 2);
        if of_scraper {
            scrapers[0].kill().unwrap();
        }
        if of_server {
            cluster.kill();
            cluster.restart();
        }
        for (place, mut scraper) in scrapers.into_iter().enumerate() {
            let mut out = Vec::new();
            scraper.stdout.take().unwrap().read_to_end(&mut out).unwrap();
            let is_whole = scraper.wait().unwrap().success();
            // Nobody prints twice what another has printed who could say so.
            let counts = is_whole && !of_server && !(of_scraper && place == 0);
            for title in titles(&out) {
                *printed.entry(title.clone()).or_default() += 1;
                *whole.entry(title).or_default() += u32::from(counts);
            }
            assert!(is_whole || of_server || of_scraper, "round {round}");
        }
        // Who comes next, with nothing in the way, prints what is left.
        let output = scrape(&site, &store).output().unwrap();
        succeeded(&output);
        for title in titles(&output.stdout) {
            *printed.entry(title.clone()).or_default() += 1;
            *whole.entry(title).or_default() += 1;
        }
        let stored = cluster.psql("news", "SELECT count(*) FROM undertone.headlines").unwrap();
        assert_eq!(stored, ((round + 1) * HEADLINES).to_string(), "round {round}");
    }
    // The first batch was printed before the kills.
    assert_eq!(printed.len() as u32, ROUNDS * HEADLINES, "each headline was printed");
    let twice: Vec<_> = whole.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "printed twice: {twice:?}");
    let unprinted = cluster.psql("news", "SELECT count(*) FROM undertone.unprinted").unwrap();
    assert_eq!(unprinted, "0");
    let checked = undertone(&["store", "check", &store]).output().unwrap();
    succeeded(&checked);
    let expected = format!("{} headlines, and all is well\n", (ROUNDS + 1) * HEADLINES);
    assert_eq!(String::from_utf8_lossy(&checked.stdout), expected);
}

fn moved() {
    let cluster = Cluster::start();
    let store = cluster.database("news");
    let site = site(Arc::new(AtomicU32::new(1)));
    // No store is there yet.
    let none = undertone(&["history", "--store", &store]).output().unwrap();
    let error = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(none.status.code() == Some(2) && error.contains("undertone scrape --store"), "{error}");
    succeeded(&scrape(&site, &store).output().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("news.sqlite");
    let file = file.to_str().unwrap();
    let exported = undertone(&["store", "export", &store]).output().unwrap();
    succeeded(&exported);
    let lines = folder.path().join("news.jsonl");
    std::fs::write(&lines, &exported.stdout).unwrap();
    succeeded(&undertone(&["store", "import", file, lines.to_str().unwrap()]).output().unwrap());
    let history = |store: &str| {
        let output = undertone(&["history", "--by=name", "--store", store]).output().unwrap();
        succeeded(&output);
        output.stdout
    };
    assert_eq!(history(file), history(&store));
    // What one has printed the other doesn't print either.
    let again = scrape(&site, file).output().unwrap();
    succeeded(&again);
    assert!(again.stdout.is_empty());
    // A version that is still to come, and a server that is not there.
    let newer = "UPDATE undertone.counters SET value = 3 WHERE name = 'version'";
    cluster.psql("news", newer).unwrap();
    let refused = scrape(&site, &store).output().unwrap();
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && error.contains("found version 3"), "{error}");
    drop(cluster);
    let gone = undertone(&["history", "--store", &store]).output().unwrap();
    let error = String::from_utf8_lossy(&gone.stderr).into_owned();
    assert!(gone.status.code() == Some(2) && error.contains("could not open the store"), "{error}");
    assert!(!error.contains("panic"), "{error}");
}
