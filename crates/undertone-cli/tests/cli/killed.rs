//! Killed at any instant, a command leaves its old output whole, or the new one.
#![cfg(all(feature = "columnar", unix))]

use crate::common;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KILLS: u32 = 200;
/// Where the instants were badly chosen, more are tried, up to so many.
const MOST_KILLS: u32 = 20 * KILLS;
const SIGKILL: i32 = 9;

/// What is left by a command that was killed.
enum Left {
    Old,
    /// Traces of work that was under way beside the old state.
    HalfDone,
    New,
}

/// Starts a command again and again, and kills it at instants that are spread over about twice the
/// time that a whole run takes, so that late ones, when files are written, are met as well. How
/// long that is depends on what else the machine does, and is learnt on the way: a run that
/// finished makes it shorter, one that did not longer. Goes on until each of `Left` was met,
/// half-done work only if `is_seen_at_work`.
fn kill_at_any_instant(
    is_seen_at_work: bool,
    whole_run: Duration,
    mut start: impl FnMut() -> Child,
    mut look: impl FnMut() -> Left,
) {
    let mut random = common::Random(7);
    let mut most = 2 * whole_run;
    let (mut old, mut half_done, mut new) = (0, 0, 0);
    for kill in 0..MOST_KILLS {
        let both = (old + half_done).min(new) > KILLS / 20;
        if kill >= KILLS && both && (half_done > 0 || !is_seen_at_work) {
            return;
        }
        kill_after(start(), most, &mut random);
        let (count, slower) = match look() {
            Left::Old => (&mut old, 1.05),
            Left::HalfDone => (&mut half_done, 1.05),
            Left::New => (&mut new, 0.95),
        };
        *count += 1;
        most = most.mul_f64(slower);
    }
    panic!("killed {MOST_KILLS} times: {old} old, {half_done} half done, {new} new");
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

/// Lets a command run for some part of `most`, and ends it as nothing can prevent: with SIGKILL.
/// Says whether it had succeeded before.
fn kill_after(mut child: Child, most: Duration, random: &mut common::Random) -> bool {
    std::thread::sleep(most.mul_f64(random.below(1000) as f64 / 1000.0));
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.success() || status.signal() == Some(SIGKILL), "{status}");
    status.success()
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
    kill_at_any_instant(false, whole_run, start, || {
        let (model, report) = outputs();
        assert!(model == old.0 || model == new.0, "model.bin is neither the old nor the new one");
        assert!(report == old.1 || report == new.1, "report.md is neither the old nor the new one");
        if model == new.0 { Left::New } else { Left::Old }
    });
}

#[cfg(feature = "scrape")]
mod scraping {
    use std::cell::Cell;
    use std::path::PathBuf;

    use rusqlite::Connection;

    use super::*;
    use crate::site::{Site, respond};

    /// So many that writing them takes a good part of the run.
    const HEADLINES: u32 = 500;

    fn scrape(url: &str, store: &Path) -> Child {
        let limit = format!("--limit={HEADLINES}");
        Command::new(env!("CARGO_BIN_EXE_undertone"))
            .args(["scrape", url, "--selector=h3", "--delay=0", "--timeout=120", "--quiet", &limit])
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

        // What SQLite has written and not yet moved into the store, or not yet taken back.
        let logs = ["-journal", "-wal"].map(|suffix| {
            let mut log = store.as_os_str().to_owned();
            log.push(suffix);
            PathBuf::from(log)
        });
        let has_old = Cell::new(false);
        let start = || {
            remove(&store);
            has_old.set(!has_old.get());
            if has_old.get() {
                fs::write(&store, &before).unwrap();
            }
            scrape(&site.url("/news?new"), &store)
        };
        // SQLite has to be met in the middle of its work, or this has tried nothing.
        kill_at_any_instant(true, whole_run, start, || {
            if !has_old.get() && !store.exists() {
                return Left::Old;
            }
            let is_half_written =
                logs.iter().any(|log| fs::metadata(log).is_ok_and(|log| log.len() > 0));
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
            match (found.new == HEADLINES, is_half_written) {
                (true, _) => Left::New,
                (false, true) => Left::HalfDone,
                (false, false) => Left::Old,
            }
        });
    }
}

fn predict(input: &Path, output: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["predict", "--resume", "--part-rows=1000", "--text-column=text", "--prefix=its_"])
        .arg("--input")
        .arg(input)
        .arg("--output")
        .arg(output)
        .spawn()
        .unwrap()
}

/// Scores a file, killed again and again and taken up each time, until it is done.
#[test]
fn scoring_loses_no_row_and_doubles_none() {
    const ROWS: usize = 30_000;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let own = fs::read_to_string(common::fixture("headlines.csv")).unwrap();
    let own: Vec<&str> = own.lines().skip(1).collect();
    let mut csv = String::from("text,label,id\n");
    for id in 0..ROWS {
        csv += &format!("{},{id}\n", own[id % own.len()]);
    }
    fs::write(path("in.csv"), csv).unwrap();
    let mut random = common::Random(13);
    for name in ["out.parquet", "out.csv", "out.jsonl", "out.arrow", "out.arrows"] {
        let output = path(name);
        let start = Instant::now();
        assert!(predict(&path("in.csv"), &output).wait().unwrap().success());
        // Shorter than a run, so that it takes several; longer after each, so that it ends on a
        // machine that has become slow; and shorter after each that ended, for one that has become
        // fast.
        let mut most = start.elapsed() / 2;
        let expected = fs::read(&output).unwrap();
        let (mut rounds, mut kills) = (0, 0);
        while rounds < 2 || kills < 4 {
            fs::write(&output, "old").unwrap();
            while !kill_after(predict(&path("in.csv"), &output), most, &mut random) {
                kills += 1;
                most = most.mul_f64(1.1);
                let found = fs::read(&output).unwrap();
                assert!(found == b"old" || found == expected, "{name} is neither old nor new");
            }
            rounds += 1;
            most = most.mul_f64(0.7);
            assert!(fs::read(&output).unwrap() == expected, "{name} is another than unbroken");
            assert!(!path(&format!("{name}.parts")).exists());
        }
    }
}
