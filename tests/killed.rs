//! Killed at any instant, a command leaves its old output whole, or the new one.
#![cfg(all(feature = "cli", unix))]
#![allow(clippy::unwrap_used, reason = "clippy.toml allows it in tests, but knows only #[test]")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KILLS: u32 = 200;

/// Starts a command again and again, and kills it at instants that are spread over twice the time
/// that a whole run takes, so that late ones, when files are written, are met as well. `is_new` says
/// what is left: false for the old state, true for the new one.
fn kill_at_any_instant(
    whole_run: Duration,
    mut start: impl FnMut() -> Child,
    mut is_new: impl FnMut() -> bool,
) {
    let mut random = common::Random(7);
    let (mut unfinished, mut finished) = (0, 0);
    for _ in 0..KILLS {
        let mut child = start();
        let share = random.below(2000) as f64 / 1000.0;
        std::thread::sleep(Duration::from_secs_f64(whole_run.as_secs_f64() * share));
        child.kill().unwrap();
        child.wait().unwrap();
        if is_new() { finished += 1 } else { unfinished += 1 }
    }
    // Both happened, or the instants were badly chosen.
    assert!(unfinished > KILLS / 20 && finished > KILLS / 20, "{unfinished}, {finished}");
}

fn train(model: &Path, options: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["train", "--folds=0", "--data"])
        .arg(common::fixture("headlines.csv"))
        .arg("--out")
        .arg(model)
        .args(options)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Trains over an old model and its report.
#[test]
fn training_replaces_its_outputs_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (model, report) = (folder.path().join("model.bin"), folder.path().join("report.md"));
    let options = |c| ["--c", c, "--report", report.to_str().unwrap()];
    let outputs = || (fs::read(&model).unwrap(), fs::read(&report).unwrap());

    assert!(train(&model, &options("1")).wait().unwrap().success());
    let old = outputs();
    let begun = Instant::now();
    assert!(train(&model, &options("2")).wait().unwrap().success());
    let whole_run = begun.elapsed();
    let new = outputs();
    assert!(old.0 != new.0 && old.1 != new.1);

    let start = || {
        fs::write(&model, &old.0).unwrap();
        fs::write(&report, &old.1).unwrap();
        train(&model, &options("2"))
    };
    kill_at_any_instant(whole_run, start, || {
        let (model, report) = outputs();
        assert!(model == old.0 || model == new.0, "model.bin is neither the old nor the new one");
        assert!(report == old.1 || report == new.1, "report.md is neither the old nor the new one");
        model == new.0
    });
}

#[cfg(feature = "scrape")]
mod scraping {
    use std::cell::Cell;
    use std::path::PathBuf;

    use rusqlite::Connection;

    use super::*;
    use common::site::{Site, respond};

    /// So many that writing them takes a good part of the run.
    const HEADLINES: u32 = 2000;

    fn scrape(url: &str, store: &Path) -> Child {
        let limit = format!("--limit={HEADLINES}");
        Command::new(env!("CARGO_BIN_EXE_undertone"))
            .args(["scrape", url, "--selector=h3", "--delay=0", "--quiet", &limit])
            // Takes time in the square of the headlines.
            .args(["--keep=near-duplicates", "--store"])
            .arg(store)
            .env("no_proxy", "*")
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// What a store holds after a kill: headlines of the old and of the new batch, and whether the
    /// server's answer with the new one.
    #[derive(Debug)]
    struct Found {
        old: u32,
        new: u32,
        has_answer: bool,
    }

    fn look_into(store: &Path) -> Found {
        let connection = Connection::open(store).unwrap();
        let whole: String =
            connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
        let count = |condition: &str| -> u32 {
            let query = format!("SELECT count(*) FROM {condition}");
            connection.query_row(&query, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count("headlines WHERE json_valid(probabilities)"), count("headlines"));
        Found {
            old: count("headlines WHERE title LIKE 'Old%'"),
            new: count("headlines WHERE title LIKE 'New%'"),
            has_answer: count("responses WHERE etag = '\"New\"'") == 1,
        }
    }

    fn remove(store: &Path) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut path = store.as_os_str().to_owned();
            path.push(suffix);
            let _ = fs::remove_file(PathBuf::from(path));
        }
    }

    /// Scrapes into a store with an older batch, and every second time into none.
    #[test]
    fn a_store_is_whole() {
        let site = Site::start(|seen, stream| {
            let name = match seen.path.as_str() {
                "/news?old" => "Old",
                "/news?new" => "New",
                _ => return respond(stream, "404 Not Found", "", b""),
            };
            let page: String = (0..HEADLINES)
                .map(|n| format!("<h3>{name} headline of the day, number {n}</h3>"))
                .collect();
            respond(stream, "200 OK", &format!("etag: \"{name}\"\r\n"), page.as_bytes())
        });
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("news.sqlite");
        assert!(scrape(&site.url("/news?old"), &store).wait().unwrap().success());
        let before = fs::read(&store).unwrap();
        let begun = Instant::now();
        assert!(scrape(&site.url("/news?new"), &store).wait().unwrap().success());
        let whole_run = begun.elapsed();

        let mut journal = store.as_os_str().to_owned();
        journal.push("-journal");
        let journal = PathBuf::from(journal);
        let has_old = Cell::new(false);
        let half_written = Cell::new(0);
        let start = || {
            remove(&store);
            has_old.set(!has_old.get());
            if has_old.get() {
                fs::write(&store, &before).unwrap();
            }
            scrape(&site.url("/news?new"), &store)
        };
        kill_at_any_instant(whole_run, start, || {
            if !has_old.get() && !store.exists() {
                return false;
            }
            if journal.exists() {
                half_written.set(half_written.get() + 1);
            }
            // The command itself opens it, and makes its tables where the kill came before.
            let history = Command::new(env!("CARGO_BIN_EXE_undertone"))
                .args(["history", "--format=csv", "--store"])
                .arg(&store)
                .output()
                .unwrap();
            assert!(history.status.success(), "{}", String::from_utf8_lossy(&history.stderr));
            let found = look_into(&store);
            let old = if has_old.get() { HEADLINES } else { 0 };
            assert!(found.old == old && (found.new == 0 || found.new == HEADLINES), "{found:?}");
            // "Not modified" must never stand for headlines that are not there to be scored again.
            assert!(found.new == 0 || found.has_answer, "{found:?}");
            found.new == HEADLINES
        });
        // SQLite was met in the middle of its work, or this has tried nothing.
        assert!(half_written.get() > 0);
    }
}
