//! `undertone watch` and what is served of a store, against sites on this machine that behave well
//! or badly in every way that sites do. The headlines are written for this test.
#![cfg(all(feature = "scrape", feature = "serve", unix))]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Answer, PATIENCE, Server};
use crate::site::{Seen, Site, respond};

/// How often sources are visited here.
const EVERY: &str = "--every=50ms";
/// No pauses, no retries, and little patience with sites.
const HURRY: [&str; 4] = [EVERY, "--delay=0", "--retries=0", "--timeout=120"];

fn command(verb: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    command.arg(verb).args(arguments).env("no_proxy", "*");
    command
}

/// Runs the command to its end, and gives its exit code and what it said of errors.
fn ran(verb: &str, arguments: &[&str]) -> (i32, String) {
    let output = command(verb, arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn watch(arguments: &[&str]) -> Server {
    Server::run(command("watch", &[&HURRY[..], arguments].concat()))
}

/// A folder for a store, and the store's path.
fn store() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("news.sqlite").to_str().unwrap().to_owned();
    (folder, path)
}

/// A feed of the headlines with these numbers; each is news of its own, by its figure.
fn feed(numbers: impl Iterator<Item = usize>) -> String {
    let items = numbers.map(|number| {
        let what = match number % 3 {
            0 => "Bitcoin rallies after upbeat report",
            1 => "Exchange halts withdrawals as losses mount",
            _ => "Council names member of panel",
        };
        format!(
            "<item><title>{what} {number}</title><link>https://news.example/{number}</link></item>"
        )
    });
    let items: String = items.collect();
    format!("<rss version=\"2.0\"><channel><title>Ledger</title>{items}</channel></rss>")
}

fn send_feed(stream: &mut TcpStream, body: &str) -> std::io::Result<()> {
    respond(stream, "200 OK", "content-type: application/rss+xml\r\n", body.as_bytes())
}

/// A site whose feed has one headline more at each visit, the latest ten of them.
fn growing() -> Site {
    let visits = AtomicUsize::new(0);
    Site::start(move |seen, stream| match seen.path.as_str() {
        "/robots.txt" => respond(stream, "404 Not Found", "", b""),
        _ => {
            let visit = visits.fetch_add(1, Ordering::Relaxed) + 1;
            send_feed(stream, &feed(visit.saturating_sub(10)..visit))
        }
    })
}

/// Fills a store with so many headlines.
fn fill(store: &str, numbers: std::ops::Range<usize>) {
    let body = feed(numbers);
    let site = Site::start(move |seen, stream| match seen.path.as_str() {
        "/robots.txt" => respond(stream, "404 Not Found", "", b""),
        _ => send_feed(stream, &body),
    });
    let url = site.url("/feed");
    let arguments = [&url, "--store", store, "--limit=5000", "--delay=0", "--quiet"];
    let (code, errors) = ran("scrape", &arguments);
    assert_eq!(code, 0, "{errors}");
}

/// A reader of the stream.
struct Reader(BufReader<TcpStream>);

/// An event: its name, id and data.
type Event = (String, i64, Value);

impl Reader {
    /// Asks for the stream, by HTTP/1.0, whose answers come in no chunks.
    fn new(server: &Server, query: &str, last_event_id: Option<i64>) -> Self {
        let id = last_event_id.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        let head = format!("GET /api/events{query} HTTP/1.0\r\nhost: test\r\n{id}\r\n");
        let mut reader = Self(BufReader::new(server.raw(head.as_bytes())));
        let mut line = String::new();
        reader.0.read_line(&mut line).unwrap();
        assert!(line.contains(" 200 "), "{line}");
        while line != "\r\n" {
            line.clear();
            reader.0.read_line(&mut line).unwrap();
        }
        reader
    }

    /// The next event, or `None` at the end of the stream.
    fn next(&mut self) -> Option<Event> {
        let (mut name, mut id, mut data) = (String::new(), 0, Value::Null);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", text)) => name = text.to_owned(),
                Some(("id", text)) => id = text.parse().unwrap(),
                Some(("data", text)) => data = serde_json::from_str(text).unwrap(),
                None if line == "\n" && !name.is_empty() => return Some((name, id, data)),
                _ => {}
            }
        }
    }

    /// The titles of the next so many headlines.
    #[track_caller]
    fn titles(&mut self, number: usize) -> Vec<String> {
        let events = (0..number).map(|_| self.next().expect("the stream has ended"));
        let titles = events.map(|(name, _, data)| {
            assert_eq!(name, "headline");
            data["title"].as_str().unwrap().to_owned()
        });
        titles.collect()
    }
}

#[track_caller]
fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} until {what}");
        sleep(Duration::from_millis(10));
    }
}

fn metric(server: &Server, name: &str) -> u64 {
    let metrics = server.get("/metrics");
    let line = metrics.text().lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |value| value.trim().parse().unwrap())
}

#[test]
fn what_sources_say_is_kept_and_served_as_it_comes() {
    let (_folder, store) = store();
    let site = growing();
    let url = site.url("/feed");
    let watcher = watch(&[&url, "--store", &store]);
    let mut reader = Reader::new(&watcher, "?after=0", None);
    assert_eq!(reader.next().unwrap().0, "start");
    let first = reader.next().unwrap();
    assert_eq!((&first.0[..], first.1), ("headline", 1));
    assert_eq!(first.2["title"], "Bitcoin rallies after upbeat report 0");
    assert_eq!(first.2["coins"], serde_json::json!(["Bitcoin"]));
    assert_eq!(first.2["source"], "Ledger");
    assert_eq!(reader.titles(2)[1], "Council names member of panel 2");

    // Filters are the same everywhere.
    let mut of_coin = Reader::new(&watcher, "?after=0&coin=Bitcoin", None);
    of_coin.next();
    let titles = of_coin.titles(2);
    assert!(titles[1].ends_with("report 3"), "{titles:?}");
    let found = ok(watcher.get("/api/headlines?coin=Bitcoin&limit=1"));
    assert!(found["headlines"][0]["title"].as_str().unwrap().starts_with("Bitcoin"), "{found}");
    let before = found["before"].as_i64().unwrap();
    let older = ok(watcher.get(&format!("/api/headlines?coin=Bitcoin&limit=1&before={before}")));
    assert!(older["headlines"][0]["id"].as_i64().unwrap() < before, "{older}");
    assert_eq!(ok(watcher.get("/api/headlines?coin=Nobody"))["headlines"], serde_json::json!([]));

    // Finished when asked to stop, readers of the stream too.
    watcher.signal("TERM");
    while reader.next().is_some() {}
    let (status, log) = watcher.ended();
    assert!(status.success(), "{log}");
    assert!(log.contains("every visit is finished"), "{log}");
    assert!(!log.contains("rallies"), "a log holds no text: {log}");
    let agents = site.seen().into_iter().filter(|seen: &Seen| seen.head.contains("undertone/"));
    assert_eq!(agents.count(), site.seen().len());
    assert_eq!(site.paths()[0], "/robots.txt");
    assert_eq!(site.paths().iter().filter(|path| *path == "/robots.txt").count(), 1);
}

#[test]
fn a_store_alone_is_served_with_its_mood() {
    let (_folder, store) = store();
    fill(&store, 0..90);
    let server = Server::start(&["--store", &store]);
    let mood = ok(server.get("/api/mood"));
    assert_eq!((&mood["headlines"], &mood["hours"]), (&90.into(), &24.into()), "{mood}");
    let label = |name: &str| mood["labels"][name].as_f64().unwrap();
    let balance = 100.0 * (label("positive") - label("negative")) / 90.0;
    assert!((mood["mood"].as_f64().unwrap() - balance).abs() < 0.006, "{mood}");
    assert!(mood["standard_error"].as_f64().unwrap() > 0.0, "{mood}");
    let hours = mood["by_hour"].as_array().unwrap();
    let sum: u64 = hours.iter().map(|hour| hour["headlines"].as_u64().unwrap()).sum();
    assert_eq!((hours.len(), sum), (24, 90));
    assert_eq!(hours[0]["mood"], Value::Null);
    assert_eq!(
        (&mood["by_source"][0]["of"], &mood["by_coin"][0]["headlines"]),
        (&"Ledger".into(), &30.into())
    );
    let strongest = mood["top"]["negative"].as_array().unwrap();
    assert_eq!(strongest.len(), 5);
    assert!(strongest.iter().all(|one| one["label"] == "negative"), "{strongest:?}");
    let of_coin = ok(server.get("/api/mood?coin=Bitcoin"));
    let strongest = of_coin["top"]["positive"].as_array().unwrap();
    assert_eq!((strongest.len(), &of_coin["top"]["negative"]), (5, &serde_json::json!([])));
    assert!(strongest.iter().all(|one| one["coins"][0] == "Bitcoin"), "{strongest:?}");
    let daily = ok(server.get("/api/mood/daily?days=7&coin=Bitcoin"));
    assert_eq!(
        (daily["days"].as_array().unwrap().len(), &daily["days"][6]["headlines"]),
        (7, &30.into())
    );

    // Whoever has the answer already is told so.
    for path in ["/api/mood/daily", "/api/headlines?limit=2", "/feed.atom?label=negative", "/live"]
    {
        let answer = server.get(path);
        let etag = answer.header("etag").expect(path).to_owned();
        let again = server.send("GET", path, &[("if-none-match", &etag)], b"");
        // The page tells the minute.
        assert!(again.status == 304 && again.body.is_empty() || path == "/live", "{path}");
    }
    let feed = server.get("/feed.atom?label=negative&limit=3");
    assert_eq!(feed.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    assert_eq!(feed.text().matches("<entry>").count(), 3);

    for (path, code) in [
        ("/api/mood?hours=0", "invalid_query"),
        ("/api/mood?hours=9999", "invalid_query"),
        ("/api/mood?coin=Bitcoin&source=Ledger", "invalid_query"),
        ("/api/mood?label=positive", "invalid_query"),
        ("/api/mood/daily?days=x", "invalid_query"),
        ("/api/headlines?limit=501", "invalid_query"),
        ("/api/headlines?before=x", "invalid_query"),
        ("/api/events?after=x", "invalid_query"),
        ("/live?hours=-1", "invalid_query"),
    ] {
        server.get(path).refused(400, code);
    }
    server.get(&format!("/api/headlines?coin={}", "a".repeat(300))).refused(400, "invalid_query");
    server.send("POST", "/api/mood", &[], b"").refused(405, "method_not_allowed");
    let described = ok(server.get("/openapi.json"));
    for path in ["/api/mood", "/api/mood/daily", "/api/headlines", "/feed.atom", "/api/events"] {
        assert!(described["paths"][path]["get"].is_object(), "{path}");
    }
    // A server without a store has none of it.
    let without = Server::start(&[]);
    without.get("/api/mood").refused(404, "not_found");
    assert!(ok(without.get("/openapi.json"))["paths"]["/api/mood"].is_null());
}

#[test]
fn the_page_is_whole_without_its_script() {
    let (_folder, store) = store();
    fill(&store, 0..60);
    let server = Server::start(&["--store", &store]);
    let answer = server.get("/live?coin=Bitcoin&hours=72");
    let page = answer.text();
    for part in [
        "<html lang=\"en\">",
        "Mood of Bitcoin, last 72 hours",
        "Bitcoin rallies after upbeat report 57",
        "<option value=\"Bitcoin\" selected>",
        "href=\"/feed.atom?coin=Bitcoin\"",
        "href=\"https://news.example/57\"",
        "20 headlines",
        "Nothing you read or write is sent",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("Council"), "{page}");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"),
        "{policy}"
    );
    assert!(!page.contains("style=\"") && !page.contains("onclick"), "{page}");
    // The list goes on page by page.
    let first = server.get("/live");
    let next =
        first.text().split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let second = server.get(&next.replace("&amp;", "&"));
    assert!(second.text().contains("Earlier headlines"));
    assert!(second.text().contains("report 0<"), "{}", second.text());
    for (path, kind) in [("/live.css", "text/css"), ("/live.js", "text/javascript")] {
        assert!(server.get(path).header("content-type").unwrap().starts_with(kind));
    }
}

#[test]
fn a_reader_of_the_stream_resumes_where_it_was() {
    let (_folder, store) = store();
    fill(&store, 0..130);
    let server = Server::start(&["--store", &store]);
    // More than one page of the store, in order, each once.
    let mut reader = Reader::new(&server, "?after=3", Some(5));
    let (name, id, _) = reader.next().unwrap();
    assert_eq!((&name[..], id), ("start", 5));
    let ids: Vec<i64> = (6..=130).map(|_| reader.next().unwrap().1).collect();
    assert_eq!(ids, (6..=130).collect::<Vec<i64>>());
    // What another process writes comes, too.
    let mut new = Reader::new(&server, "", None);
    assert_eq!(new.next().unwrap().1, 130);
    fill(&store, 130..133);
    assert_eq!(reader.titles(3), new.titles(3));

    // Who has missed more than is given again is told to ask for the list.
    fill(&store, 133..1200);
    let mut late = Reader::new(&server, "", Some(7));
    let (name, id, _) = late.next().unwrap();
    assert_eq!((&name[..], id), ("reset", 1200));
    // An id of another store is as good as none.
    assert_eq!(Reader::new(&server, "", Some(99_999)).next().unwrap().1, 1200);
    assert_eq!(Reader::new(&server, "?after=-5", None).next().unwrap().0, "reset");
}

#[test]
fn readers_who_read_nothing_hold_up_nobody() {
    const MOST: usize = 200;
    let (_folder, store) = store();
    fill(&store, 0..3);
    let server = Server::start(&["--store", &store, "--max-readers=200", "--max-connections=220"]);
    let asked = b"GET /api/events?after=0 HTTP/1.1\r\nhost: test\r\n\r\n";
    let slow: Vec<TcpStream> = (0..MOST).map(|_| server.raw(asked)).collect();
    wait_until("all have a place", || metric(&server, "undertone_event_readers ") == MOST as u64);
    server.get("/api/events").refused(503, "too_many_readers");
    assert_eq!(metric(&server, "undertone_refused_event_readers_total "), 1);
    fill(&store, 3..6);
    wait_until("all were told", || metric(&server, "undertone_events_total ") == 6 * MOST as u64);
    assert_eq!(server.get("/health").status, 200);
    // And they keep nobody from stopping.
    server.signal("TERM");
    let (status, log) = server.ended();
    assert!(status.success() && !log.contains("took too long"), "{log}");
    drop(slow);
}

/// What a site does wrong, and what is said of it.
fn misbehave(path: &str, stream: &mut TcpStream, visit: usize) -> std::io::Result<()> {
    let redirect = |stream: &mut TcpStream, to: &str| {
        respond(stream, "302 Found", &format!("location: {to}\r\n"), b"")
    };
    match path {
        "/hangs" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            // Until the client has had enough.
            stream.read(&mut [0; 1]).map(drop)
        }
        "/lies" => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n{"),
        "/circles" => redirect(stream, "/circles"),
        "/wanders" => redirect(stream, &format!("http://127.0.0.1:1/{visit}")),
        "/floods" => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";
            stream.write_all(head.as_bytes())?;
            (0..100).try_for_each(|_| stream.write_all(&[b' '; 1 << 20]))
        }
        // Declared as UTF-8, and windows-1252 from the second title on.
        "/changes" => {
            let body = feed(0..2).replace("Exchange halts", "Caf\u{e9} caf\u{e9} halts");
            let bytes: Vec<u8> =
                body.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            let head = "content-type: application/rss+xml; charset=utf-8\r\n";
            respond(stream, "200 OK", head, &bytes)
        }
        "/yesterday" => {
            let old = "<pubDate>Mon, 02 Mar 2026 08:30:00 GMT</pubDate></item>";
            send_feed(
                stream,
                &feed(500..503).replace("</item>", old).replace("Ledger", "Yesterday"),
            )
        }
        _ => respond(stream, "500 Internal Server Error", "", b""),
    }
}

#[test]
fn sites_that_misbehave_are_named_and_survived() {
    let (folder, store) = store();
    let reasons = [
        ("hangs", "it took too long"),
        ("lies", "the connection failed"),
        ("circles", "at most 5 redirects"),
        ("wanders", "robots.txt could not be read"),
        ("floods", "expected at most 100000 bytes"),
        ("fails", "status 500"),
    ];
    // Each is a site of its own, so that none waits for another.
    let mut list = String::new();
    let mut sites = vec![growing()];
    let mut add = |name: &str, site: &Site| {
        let url = site.url(&format!("/{name}"));
        list += &format!("[[source]]\nname = \"{name}\"\nurl = \"{url}\"\nevery = \"50ms\"\n");
    };
    add("good", &sites[0]);
    for name in reasons.iter().map(|(name, _)| *name).chain(["changes", "yesterday"]) {
        let visits = AtomicUsize::new(0);
        let site = Site::start(move |seen, stream| match seen.path.as_str() {
            "/robots.txt" => respond(stream, "404 Not Found", "", b""),
            path => misbehave(path, stream, visits.fetch_add(1, Ordering::Relaxed)),
        });
        add(name, &site);
        sites.push(site);
    }
    let sources: PathBuf = folder.path().join("sources.toml");
    std::fs::write(&sources, list).unwrap();
    let sources = sources.to_str().unwrap();
    let watcher = Server::run(command(
        "watch",
        &[
            "--sources",
            sources,
            "--store",
            &store,
            "--delay=0",
            "--retries=0",
            "--timeout=1",
            "--max-size=100000",
        ],
    ));
    for (name, reason) in reasons {
        wait_until(&format!("{name} is named"), || {
            let log = watcher.log();
            let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            lines.filter(|line| line["source"] == name).any(|line| {
                line["message"] == "not read" && line["reason"].as_str().unwrap().contains(reason)
            })
        });
    }
    // The good one has been visited all the while.
    wait_until("the good one is read", || {
        ok(watcher.get("/api/headlines?source=good"))["headlines"].as_array().unwrap().len() > 5
    });
    // Old headlines are no news of today.
    wait_until("the old ones are there", || {
        ok(watcher.get("/api/headlines?source=yesterday"))["headlines"].as_array().unwrap().len()
            == 3
    });
    let old = ok(watcher.get("/api/mood?source=yesterday&hours=744"));
    assert_eq!(old["headlines"], 0, "{old}");
    // The counts add up: what came is new, known or left out.
    watcher.signal("TERM");
    let (status, log) = watcher.ended();
    assert!(status.success(), "{log}");
    assert!(log.contains("every visit is finished"), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn watchers_share_a_store_and_one_goes_on_when_another_is_killed() {
    let (_folder, store) = store();
    let site = growing();
    let url = site.url("/feed");
    let one = watch(&[&url, "--store", &store, "--lease=1s"]);
    let other = watch(&[&url, "--store", &store, "--lease=1s"]);
    let visits = |server: &Server, outcome: &str| {
        metric(server, &format!("undertone_visits_total{{outcome=\"{outcome}\"}} "))
    };
    wait_until("one has visited, and one left it to the other", || {
        visits(&one, "elsewhere") + visits(&other, "elsewhere") > 0 && visits(&one, "read") > 0
    });
    // Each headline is new to one of them.
    one.signal("KILL");
    let killed = one.ended();
    assert!(!killed.0.success());
    let before = site.paths().len();
    wait_until("the other goes on", || site.paths().len() > before + 3);
    let found = ok(other.get("/api/headlines?limit=500"));
    let ids: Vec<i64> = found["headlines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_i64().unwrap())
        .collect();
    let titles: std::collections::BTreeSet<&str> = found["headlines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles.len(), ids.len());
}

#[test]
fn old_headlines_are_forgotten() {
    let (_folder, store) = store();
    let site = growing();
    let url = site.url("/feed");
    let old = Site::start(|seen, stream| match seen.path.as_str() {
        "/robots.txt" => respond(stream, "404 Not Found", "", b""),
        path => misbehave(path, stream, 0),
    });
    let (code, errors) = ran("scrape", &[&old.url("/yesterday"), "--store", &store, "--delay=0"]);
    assert_eq!(code, 0, "{errors}");
    let past = rusqlite::Connection::open(&store).unwrap();
    past.execute_batch("UPDATE headlines SET last_seen = last_seen - 2 * 86400").unwrap();
    drop(past);
    let watcher = watch(&[&url, "--store", &store, "--keep=1d"]);
    watcher.wait_for_log("forgot old headlines");
    assert!(ran("watch", &["--store", &store, "--keep=never"]).1.contains("such as 15m or 400d"));
}

/// A limit of the size of files, beyond which writing fails as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_once_and_waited_out() {
    let (_folder, store) = store();
    fill(&store, 0..3);
    let site = growing();
    let mut shell = Command::new("sh");
    // Beyond the limit a signal would end the process that does not ignore it.
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_undertone")]);
    shell.arg("watch").args(HURRY).args([&site.url("/feed"), "--store", &store]);
    let watcher = Server::run(shell);
    let limit = |bytes: &str| {
        let id = watcher.process.id().to_string();
        let limit = format!("--fsize={bytes}");
        assert!(Command::new("prlimit").args([&limit, "--pid", &id]).status().unwrap().success());
    };
    limit("0:unlimited");
    let errors = || metric(&watcher, "undertone_store_errors_total{operation=\"write\"} ");
    wait_until("it was tried twice", || errors() > 1);
    // What was kept is still served.
    let kept = ok(watcher.get("/api/headlines"));
    assert!(kept["headlines"].as_array().unwrap().len() >= 3, "{kept}");
    limit("unlimited:unlimited");
    watcher.wait_for_log("the store can be used again");
    let log = watcher.log();
    assert_eq!(log.matches("the store could not be used").count(), 1, "{log}");
    let new = || metric(&watcher, "undertone_headlines_total{outcome=\"new\"} ");
    let before = new();
    wait_until("headlines come again", || new() > before);
}

#[test]
fn a_store_that_is_locked_is_waited_for() {
    let (_folder, store) = store();
    fill(&store, 0..3);
    let lock = rusqlite::Connection::open(&store).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let site = growing();
    let watcher = watch(&[&site.url("/feed"), "--store", &store]);
    // Who reads is held up by nobody.
    assert_eq!(ok(watcher.get("/api/headlines"))["headlines"].as_array().unwrap().len(), 3);
    lock.execute_batch("COMMIT").unwrap();
    wait_until("headlines are kept", || {
        metric(&watcher, "undertone_headlines_total{outcome=\"new\"} ") > 0
    });
}

#[test]
fn a_store_that_is_none_or_newer_is_refused_at_once() {
    let (folder, store) = store();
    let (code, errors) = ran("serve", &["--store", &store, "--listen=127.0.0.1:0"]);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("expected a store at"), "{errors}");
    fill(&store, 0..3);
    let newer = rusqlite::Connection::open(&store).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    for verb in ["serve", "watch"] {
        let (code, errors) = ran(verb, &["--store", &store, "--listen=127.0.0.1:0"]);
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains("99"), "{errors}");
    }
    let other = folder.path().join("other.sqlite");
    std::fs::write(&other, "no store").unwrap();
    let (code, errors) = ran("watch", &["--store", other.to_str().unwrap()]);
    assert_eq!(code, 2, "{errors}");
    assert_eq!(ran("watch", &[]).0, 2);
}
