//! Feeds, pages and sites of `tests/cases/`, modelled on what people report of tools that read
//! them: each gives what `tests/cases/scrape.toml` says, which also says why. All headlines are
//! invented.
#![cfg(feature = "scrape")]

use crate::common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::site::{Site, respond};
use rusqlite::{Connection, TransactionBehavior};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

/// Cases that take more than one run of their command; each has a test of its own below.
const OF_THEIR_OWN: [&str; 2] = ["store/history-beside-a-writer", "store/new-twice"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// None: the server has answers without a body alone.
    file: Option<String>,
    command: String,
    kind: u32,
    #[serde(rename = "verdict")]
    _verdict: String,
    #[serde(rename = "why")]
    _why: String,
    #[serde(rename = "guard")]
    _guard: Option<String>,
    #[serde(rename = "do")]
    _steps: Option<String>,
    expect: Expected,
    #[serde(default)]
    server: Server,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    open: Option<String>,
    #[serde(default)]
    answers: Vec<Answer>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    path: String,
    status: u16,
    #[serde(default)]
    body: String,
    coding: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    exit: Option<i32>,
    headlines: Option<Vec<String>>,
    urls: Option<Vec<String>>,
    published: Option<Vec<String>>,
    titles_never: Vec<String>,
    error_names: Vec<String>,
    stdout_names: Vec<String>,
    requests: BTreeMap<String, usize>,
    any_of: Vec<Expected>,
    /// Of cases of their own.
    runs: Option<u32>,
    headlines_of_runs: Vec<Vec<String>>,
}

/// What a run of the command gave.
#[derive(Debug)]
struct Run {
    exit: i32,
    out: String,
    log: String,
}

impl Run {
    fn of(child: Child) -> Self {
        let output = child.wait_with_output().unwrap();
        Self {
            // None: a signal ended it.
            exit: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            log: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A field of every headline that was printed; "": it has none.
    fn fields(&self, name: &str) -> Vec<String> {
        let lines = self.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line[name].as_str().unwrap_or_default().to_owned()).collect()
    }
}

fn folder() -> PathBuf {
    common::root().join("tests/cases")
}

fn cases() -> BTreeMap<String, Case> {
    let text = std::fs::read_to_string(folder().join("scrape.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// The server that a case is about, and the path that it is opened at.
fn serve(case: &Case) -> (Site, String) {
    let own = case.file.as_ref().map(|file| format!("/{}", file.rsplit('/').next().unwrap()));
    let content = |name: &str| std::fs::read(folder().join(name)).unwrap();
    let mut answers: BTreeMap<String, (Answer, Vec<u8>)> = BTreeMap::new();
    if let (Some(file), Some(path)) = (&case.file, &own) {
        let kind = if file.ends_with(".html") { "text/html" } else { "application/xml" };
        let headers = BTreeMap::from([("Content-Type".to_owned(), kind.to_owned())]);
        let body = "{file}".to_owned();
        let answer = Answer { path: path.clone(), status: 200, body, coding: None, headers };
        answers.insert(path.clone(), (answer, content(file)));
    }
    for answer in &case.server.answers {
        let mut body = match (&answer.body[..], &case.file) {
            ("{file}", Some(file)) => content(file),
            (name, _) if !name.is_empty() && folder().join(name).is_file() => content(name),
            (text, _) => text.as_bytes().to_vec(),
        };
        if let Some(coding) = &answer.coding {
            assert_eq!(coding, "gzip");
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            packer.write_all(&body).unwrap();
            body = packer.finish().unwrap();
        }
        answers.insert(answer.path.clone(), (answer.clone(), body));
    }
    // What else the server answers is asked for by what it answers.
    let documents: Vec<&Answer> =
        case.server.answers.iter().filter(|answer| answer.path != "/robots.txt").collect();
    let only = match &documents[..] {
        [only] if Some(&only.path) != own.as_ref() => Some(only.path.clone()),
        _ => None,
    };
    let path = case.server.open.clone().or(only).or(own).unwrap();
    let site = Site::start(move |seen, stream| {
        let Some((answer, body)) = answers.get(&seen.path) else {
            return respond(stream, "404 Not Found", "", b"");
        };
        let host = seen.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let headers = answer.headers.iter().map(|(name, value)| {
            format!("{name}: {}\r\n", value.replace("{site}", &format!("http://{host}")))
        });
        let status = format!("{} Status", answer.status);
        respond(stream, &status, &headers.collect::<String>(), body)
    });
    (site, path)
}

/// Starts the command of a case.
fn start(case: &Case, site: &Site, path: &str, out: &str) -> Child {
    let mut arguments = Vec::new();
    // One of them is in quotes, with a space.
    for (part, text) in case.command.split('\'').enumerate() {
        let text = text
            .replace("{url}", &site.url(path))
            .replace("{site}", &site.address)
            .replace("{out}", out);
        if part % 2 == 1 {
            arguments.push(text);
        } else {
            arguments.extend(text.split_whitespace().map(str::to_owned));
        }
    }
    assert_eq!(arguments.remove(0), "undertone");
    Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(arguments)
        .env("no_proxy", "*")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What differs from what is expected.
fn differences(expected: &Expected, run: &Run, site: &Site) -> Vec<String> {
    let mut differences = Vec::new();
    let mut differs = |what: &str, found: &dyn std::fmt::Debug| {
        differences.push(format!("{what}: found {found:?}"));
    };
    if expected.exit.is_some_and(|exit| exit != run.exit) {
        differs("exit", &(run.exit, &run.log));
    }
    for (name, fields) in [
        ("title", &expected.headlines),
        ("url", &expected.urls),
        ("published", &expected.published),
    ] {
        let Some(fields) = fields else { continue };
        let found = run.fields(name);
        let fields: Vec<String> =
            fields.iter().map(|field| field.replace("{site}", &site.address)).collect();
        if found != fields {
            differs(name, &found);
        }
    }
    for never in &expected.titles_never {
        let titles = run.fields("title");
        if titles.iter().any(|title| title.contains(never)) {
            differs("a title that is none", &titles);
        }
    }
    for (what, text, parts) in [
        ("standard error", &run.log, &expected.error_names),
        ("standard output", &run.out, &expected.stdout_names),
    ] {
        for part in parts {
            let part = part.replace("{site}", &site.address).to_lowercase();
            if !text.to_lowercase().contains(&part) {
                differs(&format!("no {part:?} in {what}"), text);
            }
        }
    }
    for (path, times) in &expected.requests {
        let found = site.paths().iter().filter(|seen| *seen == path).count();
        if found != *times {
            differs(&format!("requests for {path}"), &found);
        }
    }
    differences
}

/// Runs every case of a kind.
#[track_caller]
fn run_kind(kind: u32) {
    let mut failed = Vec::new();
    let mut count = 0;
    for (name, case) in cases() {
        if case.kind != kind || OF_THEIR_OWN.contains(&&name[..]) {
            continue;
        }
        count += 1;
        let (site, path) = serve(&case);
        let run = Run::of(start(&case, &site, &path, "no-store"));
        let mut found = differences(&case.expect, &run, &site);
        let others = case.expect.any_of.iter().map(|one| differences(one, &run, &site));
        found.extend(others.min_by_key(Vec::len).unwrap_or_default());
        if !found.is_empty() {
            failed.push(format!("{name}: {}", found.join("; ")));
        }
    }
    assert!(count > 0);
    assert!(failed.is_empty(), "{} of {count}:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn feeds_that_others_read_are_read() {
    run_kind(1);
}

#[test]
fn one_bad_item_costs_one_item() {
    run_kind(2);
}

#[test]
fn a_title_is_what_a_reader_sees() {
    run_kind(3);
}

#[test]
fn addresses_lead_to_the_article() {
    run_kind(4);
}

#[test]
fn bytes_are_read_as_the_standards_say() {
    run_kind(5);
}

#[test]
fn what_a_site_asks_of_its_guests_is_done() {
    run_kind(6);
}

#[test]
fn dates_with_one_reading_are_read() {
    run_kind(7);
}

#[test]
fn every_file_belongs_to_a_case() {
    let cases = cases();
    let mut named: BTreeSet<String> = BTreeSet::new();
    for case in cases.values() {
        named.extend(case.file.clone());
        named.extend(case.server.answers.iter().map(|answer| answer.body.clone()));
    }
    for section in ["feeds", "http", "pages", "store"] {
        for file in std::fs::read_dir(folder().join(section)).unwrap() {
            let name = format!("{section}/{}", file.unwrap().file_name().to_str().unwrap());
            assert!(named.contains(&name), "{name}");
        }
    }
    let mut alone = cases.iter().filter(|(_, case)| case.kind == 8).map(|(name, _)| &name[..]);
    assert!(alone.all(|name| OF_THEIR_OWN.contains(&name)));
}

#[test]
fn what_was_printed_as_new_is_not_new_again() {
    let case = &cases()["store/new-twice"];
    let folder = TempDir::new().unwrap();
    assert_eq!(case.expect.runs, Some(2));
    // Within one second of the clock, at one attempt or another.
    for attempt in 0..3 {
        let store = folder.path().join(format!("{attempt}.sqlite"));
        let (site, path) = serve(case);
        for headlines in &case.expect.headlines_of_runs {
            let run = Run::of(start(case, &site, &path, store.to_str().unwrap()));
            assert_eq!(Some(run.exit), case.expect.exit, "{}", run.log);
            assert_eq!(run.fields("title"), *headlines);
        }
    }
}

#[test]
fn who_only_reads_a_store_is_not_stopped_by_who_writes() {
    let case = &cases()["store/history-beside-a-writer"];
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("news.sqlite");
    let (site, path) = serve(case);
    let fill = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["scrape", "--delay=0", &site.url(&path), "--store"])
        .arg(&store)
        .env("no_proxy", "*")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let fill = Run::of(fill.unwrap());
    assert_eq!(fill.exit, 0, "{}", fill.log);
    // Each lock that a writer may have.
    for behavior in [TransactionBehavior::Immediate, TransactionBehavior::Exclusive] {
        let mut writer = Connection::open(&store).unwrap();
        let transaction = writer.transaction_with_behavior(behavior).unwrap();
        transaction.execute("UPDATE terms SET term = 'other' WHERE kind = 'label'", []).unwrap();
        let run = Run::of(start(case, &site, &path, store.to_str().unwrap()));
        let differences = differences(&case.expect, &run, &site);
        assert!(differences.is_empty(), "{differences:?}");
        assert!(!run.out.contains("other"), "{}", run.out);
    }
}

/// A site with so many headlines that a run takes its time.
fn large_site(headlines: usize) -> Site {
    let page: String = (0..headlines)
        .map(|n| format!("<h3>Exchange of number {n} wins its licence</h3>"))
        .collect();
    Site::start(move |seen, stream| match seen.path.as_str() {
        "/robots.txt" => respond(stream, "404 Not Found", "", b""),
        _ => respond(stream, "200 OK", "content-type: text/html\r\n", page.as_bytes()),
    })
}

fn start_new(site: &Site, store: &std::path::Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["scrape", &site.url("/news"), "--selector=h3", "--delay=0", "--quiet", "--new"])
        .args(["--limit=100000", "--keep=near-duplicates", "--format=jsonl", "--store"])
        .arg(store)
        .env("no_proxy", "*")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn of_several_processes_one_prints_what_is_new() {
    const HEADLINES: usize = 300;
    let site = large_site(HEADLINES);
    let folder = TempDir::new().unwrap();
    // Into a store that none of them finds, and that all of them make.
    let store = folder.path().join("news.sqlite");
    let runs: Vec<Child> = (0..6).map(|_| start_new(&site, &store)).collect();
    let mut printed = Vec::new();
    for run in runs.into_iter().map(Run::of) {
        assert_eq!(run.exit, 0, "{}", run.log);
        printed.extend(run.fields("title"));
    }
    assert_eq!(printed.len(), HEADLINES);
    assert_eq!(printed.iter().collect::<BTreeSet<_>>().len(), HEADLINES);
}

/// Whoever printed nothing has kept nothing, and nobody else finds it old.
#[test]
fn what_was_not_printed_is_new_the_next_time() {
    const HEADLINES: usize = 2000;
    let site = large_site(HEADLINES);
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("news.sqlite");
    // Nobody takes the output, which is more than a pipe holds, so that it is killed while it
    // prints.
    let mut stuck = start_new(&site, &store);
    let mut first = [0];
    std::io::Read::read_exact(stuck.stdout.as_mut().unwrap(), &mut first).unwrap();
    assert_eq!(&first, b"{");
    stuck.kill().unwrap();
    stuck.wait().unwrap();
    // Nobody takes the output, and says so.
    let mut closed = start_new(&site, &store);
    drop(closed.stdout.take());
    assert!(closed.wait().unwrap().code().is_some());
    let run = Run::of(start_new(&site, &store));
    assert_eq!(run.exit, 0, "{}", run.log);
    assert_eq!(run.fields("title").len(), HEADLINES);
    let run = Run::of(start_new(&site, &store));
    assert_eq!((run.exit, &run.out[..]), (0, ""), "{}", run.log);
}

/// A second visit that is answered with "not modified" reads the same addresses.
#[test]
fn addresses_are_the_same_when_nothing_was_modified() {
    let feed = std::fs::read(folder().join("feeds/redirected.xml")).unwrap();
    let site = Site::start(move |seen, stream| match seen.path.as_str() {
        "/old" => respond(stream, "301 Moved", "location: /new/section/feed.xml\r\n", b""),
        "/new/section/feed.xml" if seen.head.contains("if-none-match: \"a\"") => {
            stream.write_all(b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n")
        }
        "/new/section/feed.xml" => respond(stream, "200 OK", "etag: \"a\"\r\n", &feed),
        _ => respond(stream, "404 Not Found", "", b""),
    });
    let folder = TempDir::new().unwrap();
    for visit in 0..2 {
        let child = Command::new(env!("CARGO_BIN_EXE_undertone"))
            .args(["scrape", "--delay=0", "--format=jsonl", &site.url("/old"), "--store"])
            .arg(folder.path().join("news.sqlite"))
            .env("no_proxy", "*")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let run = Run::of(child.unwrap());
        assert_eq!(run.fields("url"), [site.url("/new/section/story-1")], "{}", run.log);
        assert_eq!(run.log.contains("unchanged"), visit == 1, "{}", run.log);
    }
}
