//! `undertone scrape` and `history` against a server of our own, which behaves well or badly in
//! every way that servers do. The pages and feeds are written for this test.
#![cfg(feature = "scrape")]

use crate::common;

use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::site::{Site, respond};
use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than any command here takes on a busy machine, and shorter than what servers ask for
/// below.
const PATIENCE: Duration = Duration::from_secs(300);

/// The shape of https://bitcointicker.co/news/: `Title - Source` in `div`s of one style.
const TICKER: &str = r#"<!doctype html><html><head><title>News</title></head><body>
<div class="menu">Home - Charts</div>
<a href="/go/1"><div style="overflow:hidden;">Exchange halts withdrawals as losses mount - CoinDesk</div></a>
<div style="overflow:hidden;">Bitcoin rallies after upbeat inflation report &amp; rate cut - The Block</div>
<div style="overflow:hidden;">
   EXCHANGE halts withdrawals, as losses mount! - Decrypt</div>
<div style="overflow:hidden;">Exchange halts all withdrawals as losses mount - CryptoSlate</div>
<div style="overflow:hidden;">Markets wrap - CoinDesk</div>
<div style="overflow:hidden;">Please enable JavaScript to continue</div>
<div style="overflow:hidden;"></div>
</body></html>"#;
const TICKER_SELECTOR: &str = r#"div[style="overflow:hidden;"]"#;

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Ledger Times</title><link>https://ledger.example</link>
<item><title><![CDATA[Regulator fines broker over <b>missing</b> records]]></title>
<link>https://ledger.example/1</link><pubDate>Mon, 23 Nov 2026 08:30:00 GMT</pubDate></item>
<item><title>Wallet maker &amp;amp; bank agree on custody deal</title>
<link>https://ledger.example/2</link></item>
<item><description>No title here</description></item>
</channel></rss>"#;

const ATOM: &str = r#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>Block Notes</title><id>urn:a</id><updated>2026-11-22T10:00:00Z</updated>
<entry><title>Miners report record revenue in autumn</title><id>urn:b</id>
<link href="https://notes.example/b"/><updated>2026-11-22T10:00:00+02:00</updated></entry></feed>"#;

const JSON_FEED: &str = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Coin Wire",
"items": [{"id": "1", "title": "Token falls to lowest price this year",
"url": "https://wire.example/1", "date_published": "2026-11-21T09:00:00Z"}]}"#;

struct Output {
    code: i32,
    out: String,
    log: String,
}

impl Output {
    #[track_caller]
    fn json(&self) -> Vec<Value> {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}\n{}", self.out, self.log))
    }

    #[track_caller]
    fn titles(&self) -> Vec<String> {
        self.json().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
    }
}

fn undertone(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(arguments)
        .env("no_proxy", "*")
        .timeout(PATIENCE)
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    let code = output.status.code();
    Output {
        code: code.unwrap_or_else(|| {
            panic!("waited {PATIENCE:?} for `undertone {}` to end:\n{log}", arguments.join(" "))
        }),
        out: String::from_utf8(output.stdout).unwrap(),
        log,
    }
}

/// In a hurry and without pauses, unless the arguments say otherwise.
fn scrape(arguments: &[&str]) -> Output {
    let hurried = ["--delay=0", "--timeout=120", "--retries=0", "--format=json"];
    let given = |option: &str| {
        let (name, _) = option.split_once('=').unwrap();
        arguments.iter().any(|argument| argument.starts_with(name))
    };
    let hurried: Vec<&str> = hurried.into_iter().filter(|option| !given(option)).collect();
    undertone(&[&["scrape"], &hurried[..], arguments].concat())
}

/// Scrapes one document that cannot be had, and gives the reason.
#[track_caller]
fn fails(site: &Site, arguments: &[&str], reason: &str) {
    let output = scrape(&[&[site.url("/feed").as_str()], arguments].concat());
    assert_eq!(output.code, 4, "{}", output.log);
    assert_eq!(output.out, "[]\n");
    assert!(output.log.contains(reason), "expected {reason:?}, found {}", output.log);
}

#[test]
fn a_page_in_the_shape_of_bitcoin_ticker() {
    let site = Site::of("text/html; charset=utf-8", TICKER.as_bytes());
    let url = site.url("/news/");
    let options = [&url, "--selector", TICKER_SELECTOR, "--separator", " - "];
    let output = scrape(&options);
    assert_eq!(output.code, 0, "{}", output.log);
    let headlines = output.json();
    assert_eq!(
        output.titles(),
        [
            "Exchange halts withdrawals as losses mount",
            "Bitcoin rallies after upbeat inflation report & rate cut"
        ]
    );
    assert_eq!(headlines[0]["source"], "CoinDesk");
    assert_eq!(headlines[0]["url"], site.url("/go/1"));
    assert_eq!(headlines[0]["label"], "negative");
    assert_eq!(headlines[1]["source"], "The Block");
    assert_eq!(headlines[1]["url"], Value::Null);
    assert_eq!(headlines[1]["label"], "positive");
    let sum: f64 =
        headlines[0]["probabilities"].as_object().unwrap().values().filter_map(Value::as_f64).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    assert!(
        output.log.contains(
            "2 of 6 headlines; left out: 1 placeholders, 1 short, 1 duplicates, 1 near-duplicates"
        ),
        "{}",
        output.log
    );
    let all = ["placeholders", "short", "duplicates", "near-duplicates"];
    let all: Vec<String> = all.iter().map(|filter| format!("--keep={filter}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let output = scrape(&[&options[..], &all].concat());
    assert_eq!(output.titles().len(), 6);
    // Who was seen asking.
    let seen = site.seen();
    assert!(seen.iter().all(|seen| seen.head.contains("user-agent: undertone/")), "{seen:?}");
    assert_eq!(seen[0].path, "/robots.txt");
}

#[test]
fn feeds_of_every_kind() {
    let site = Site::start(|seen, stream| match seen.path.as_str() {
        "/rss" => {
            respond(stream, "200 OK", "content-type: application/rss+xml\r\n", RSS.as_bytes())
        }
        "/atom" => respond(stream, "200 OK", "", ATOM.as_bytes()),
        "/json" => respond(stream, "200 OK", "content-type: text/plain\r\n", JSON_FEED.as_bytes()),
        _ => respond(stream, "404 Not Found", "", b""),
    });
    let output = scrape(&[&site.url("/rss"), &site.url("/atom"), &site.url("/json")]);
    assert_eq!(output.code, 0, "{}", output.log);
    let found: Vec<Value> = output
        .json()
        .iter()
        .map(|one| json!([one["title"], one["source"], one["url"], one["published"]]))
        .collect();
    assert_eq!(
        found,
        [
            json!([
                "Regulator fines broker over missing records",
                "Ledger Times",
                "https://ledger.example/1",
                "2026-11-23T08:30:00Z"
            ]),
            json!([
                "Wallet maker & bank agree on custody deal",
                "Ledger Times",
                "https://ledger.example/2",
                null
            ]),
            json!([
                "Miners report record revenue in autumn",
                "Block Notes",
                "https://notes.example/b",
                "2026-11-22T08:00:00Z"
            ]),
            json!([
                "Token falls to lowest price this year",
                "Coin Wire",
                "https://wire.example/1",
                "2026-11-21T09:00:00Z"
            ]),
        ]
    );
    // One robots.txt for the site, however many sources.
    assert_eq!(site.paths(), ["/robots.txt", "/rss", "/atom", "/json"]);

    let table = undertone(&["scrape", "--delay=0", "--quiet", &site.url("/json")]);
    let (heading, row) = table.out.split_once('\n').unwrap();
    let columns: Vec<&str> = heading.split_whitespace().collect();
    let expected = ["label", "negative", "neutral", "positive", "time", "source", "headline"];
    assert_eq!(columns, expected);
    assert!(row.starts_with("negative  "), "{row}");
    let probabilities = row.split_whitespace().filter_map(|word| word.strip_suffix('%'));
    let sum: u32 = probabilities.map(|percent| percent.parse::<u32>().unwrap()).sum();
    assert!((99..=101).contains(&sum), "{row}");
    assert!(row.contains("%  2026-11-21 09:00  Coin Wire  Token falls"), "{row}");
    assert_eq!(heading.find("headline"), row.find("Token falls"), "{}", table.out);
    assert_eq!(table.log, "");
    let csv = scrape(&["--format=csv", &site.url("/json")]);
    let lines: Vec<&str> = csv.out.lines().collect();
    assert_eq!(
        lines[0],
        "title,source,url,published,first_seen,label,confidence,negative,neutral,positive"
    );
    assert!(lines[1].starts_with("Token falls to lowest price this year,Coin Wire,https://wire"));
    let lines = scrape(&["--format=jsonl", "--limit=1", &site.url("/rss")]);
    assert_eq!(lines.out.lines().count(), 1);
    serde_json::from_str::<Value>(&lines.out).unwrap();
}

#[test]
fn a_list_of_sources() {
    let site = Site::start(|seen, stream| match seen.path.as_str() {
        "/news" => respond(stream, "200 OK", "", TICKER.as_bytes()),
        "/json" => respond(stream, "200 OK", "", JSON_FEED.as_bytes()),
        _ => respond(stream, "404 Not Found", "", b""),
    });
    let folder = TempDir::new().unwrap();
    let list = folder.path().join("sources.toml");
    let text = format!(
        "[[source]]\nname = \"Ticker\"\nurl = \"{0}/news\"\nselector = '{TICKER_SELECTOR}'\n\
         separator = \" - \"\n\n[[source]]\nname = \"Wire\"\nurl = \"{0}/json\"\n",
        site.address
    );
    std::fs::write(&list, text).unwrap();
    let output = scrape(&["--sources", list.to_str().unwrap()]);
    assert_eq!(output.code, 0, "{}", output.log);
    let sources: Vec<Value> = output.json().iter().map(|one| one["source"].clone()).collect();
    assert_eq!(sources, ["CoinDesk", "The Block", "Wire"]);
    std::fs::write(&list, "[[source]]\nname = 'a'\nurl = 'file:///etc/passwd'\n").unwrap();
    let output = scrape(&["--sources", list.to_str().unwrap()]);
    assert_eq!(output.code, 2);
    assert!(output.log.contains("sources.toml") && output.log.contains("http"), "{}", output.log);
}

#[test]
fn one_broken_source_loses_nothing_of_the_others() {
    let good = Site::of("application/feed+json", JSON_FEED.as_bytes());
    let bad = Site::of("text/html", b"<p>no feed");
    let output = scrape(&[&bad.url("/"), &good.url("/"), "http://127.0.0.1:1/feed"]);
    assert_eq!(output.code, 3, "{}", output.log);
    assert_eq!(output.titles().len(), 1);
    assert!(output.log.contains("give the headlines' --selector"), "{}", output.log);
    assert!(output.log.contains("127.0.0.1: 1 headlines in"), "{}", output.log);
    let output = scrape(&[&bad.url("/"), "http://127.0.0.1:1/feed"]);
    assert_eq!(output.code, 4, "{}", output.log);
}

#[test]
fn robots_txt_decides() {
    let with_robots = |status: &'static str, robots: &'static str| {
        Site::start(move |seen, stream| match seen.path.as_str() {
            "/robots.txt" => respond(stream, status, "", robots.as_bytes()),
            _ => respond(stream, "200 OK", "", JSON_FEED.as_bytes()),
        })
    };
    for (status, robots) in [
        ("200 OK", "User-agent: *\nDisallow: /\n"),
        ("200 OK", "User-agent: undertone\nDisallow: /feed\n\nUser-agent: *\nAllow: /\n"),
        ("500 Internal Server Error", ""),
        ("429 Too Many Requests", ""),
    ] {
        let site = with_robots(status, robots);
        fails(&site, &[], "robots.txt");
        assert_eq!(site.paths(), ["/robots.txt"], "{robots:?} {status}");
    }
    for (status, robots) in [
        ("200 OK", "User-agent: *\nDisallow: /private\n"),
        ("200 OK", "User-agent: *\nDisallow: /\n\nUser-agent: undertone\nAllow: /\n"),
        ("200 OK", "<html>no robots here</html>"),
        ("200 OK", ""),
        ("403 Forbidden", ""),
        ("410 Gone", ""),
    ] {
        let output = scrape(&[&with_robots(status, robots).url("/feed")]);
        assert_eq!(output.code, 0, "{robots:?} {status}: {}", output.log);
    }
}

#[test]
fn pauses_as_long_as_asked() {
    let site = Site::start(|seen, stream| match seen.path.as_str() {
        "/robots.txt" => {
            respond(stream, "200 OK", "", b"User-agent: *\nCrawl-delay: 0.4\nDisallow: /x\n")
        }
        _ => respond(stream, "200 OK", "", JSON_FEED.as_bytes()),
    });
    // From the start, before which no request can have begun, to the last of three: a site that is
    // slow to note one shortens nothing.
    let whole = |options: &[&str]| {
        site.seen.lock().unwrap().clear();
        let begun = Instant::now();
        let urls = [site.url("/1"), site.url("/2")];
        let output = scrape(&[&[urls[0].as_str(), &urls[1]], options].concat());
        assert_eq!(output.code, 0, "{}", output.log);
        let seen = site.seen();
        assert_eq!(seen.len(), 3);
        seen[2].at - begun
    };
    // robots.txt says how long to pause after it has been read.
    let asked = whole(&[]);
    assert!(asked >= Duration::from_millis(400), "{asked:?}");
    let longer = whole(&["--delay=0.6"]);
    assert!(longer >= Duration::from_millis(2 * 600), "{longer:?}");
}

#[test]
fn asks_only_for_what_is_new() {
    let site = Site::start(|seen, stream| match seen.path.as_str() {
        "/robots.txt" => respond(stream, "404 Not Found", "", b""),
        "/etag" if seen.head.contains("if-none-match: \"one\"") => {
            stream.write_all(b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n")
        }
        "/dated" if seen.head.contains("if-modified-since: mon, 23 nov 2026 08:00:00 gmt") => {
            stream.write_all(b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n")
        }
        "/etag" => respond(stream, "200 OK", "etag: \"one\"\r\n", JSON_FEED.as_bytes()),
        "/dated" => {
            let dated = "last-modified: Mon, 23 Nov 2026 08:00:00 GMT\r\n";
            respond(stream, "200 OK", dated, ATOM.as_bytes())
        }
        _ => stream.write_all(b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n"),
    });
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("news.sqlite");
    let options = [&site.url("/etag"), &site.url("/dated"), "--store", store.to_str().unwrap()];
    let first = scrape(&options);
    assert_eq!((first.code, first.titles().len()), (0, 2), "{}", first.log);
    assert!(!first.log.contains("unchanged"), "{}", first.log);
    let second = scrape(&options);
    assert_eq!((second.code, second.titles().len()), (0, 2), "{}", second.log);
    assert_eq!(second.log.matches("unchanged").count(), 2, "{}", second.log);
    assert_eq!(first.json()[0]["first_seen"], second.json()[0]["first_seen"]);
    // Without a store nothing is known, so nothing is asked.
    let third = scrape(&options[..2]);
    assert!(!third.log.contains("unchanged"), "{}", third.log);
    // Who says "not modified" unasked has sent nothing.
    let output = scrape(&[&site.url("/unasked")]);
    assert_eq!(output.code, 4);
    assert!(output.log.contains("sent nothing"), "{}", output.log);
}

#[test]
fn retries_what_passes_and_nothing_else() {
    let failing = |status: &'static str, times: usize| {
        let count = Mutex::new(0);
        Site::start(move |seen, stream| {
            if seen.path == "/robots.txt" {
                return respond(stream, "404 Not Found", "", b"");
            }
            let mut count = count.lock().unwrap();
            *count += 1;
            if *count > times {
                return respond(stream, "200 OK", "", JSON_FEED.as_bytes());
            }
            match status {
                // Hangs up without a word.
                "" => Ok(()),
                // Hangs up in the middle.
                "half" => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
                status => respond(stream, status, "", b""),
            }
        })
    };
    for status in ["503 Service Unavailable", "429 Too Many Requests", "", "half"] {
        let site = failing(status, 1);
        let output = scrape(&[&site.url("/feed"), "--retries=1"]);
        assert_eq!(output.code, 0, "{status:?}: {}", output.log);
        let seen = site.seen();
        assert_eq!(seen.len(), 3, "{status:?}");
        assert!(seen[2].at - seen[1].at >= Duration::from_millis(480), "no backoff: {status:?}");
    }
    let site = failing("503 Service Unavailable", 9);
    fails(&site, &["--retries=1"], "status 503");
    assert_eq!(site.paths().len(), 3);
    let site = failing("403 Forbidden", 9);
    fails(&site, &["--retries=3"], "status 403");
    assert_eq!(site.paths().len(), 2);
}

/// What is whole of a feed is read, but of a page nobody knows what is; and none of it is kept.
#[test]
fn what_came_before_a_connection_broke_is_of_use() {
    let broken = |body: String| {
        Site::start(move |seen, stream| match seen.path.as_str() {
            "/robots.txt" => respond(stream, "404 Not Found", "", b""),
            _ => write!(
                stream,
                "HTTP/1.1 200 OK\r\netag: \"a\"\r\ncontent-length: 9999\r\n\r\n{body}"
            ),
        })
    };
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("news.sqlite");
    let end = RSS.find(" maker").unwrap();
    let site = broken(RSS[..end].to_owned());
    for _ in 0..2 {
        let output = scrape(&[&site.url("/feed"), "--store", store.to_str().unwrap()]);
        assert_eq!(output.code, 0, "{}", output.log);
        assert_eq!(output.titles(), ["Regulator fines broker over missing records"]);
        assert!(output.log.contains("the connection failed"), "{}", output.log);
        assert!(output.log.contains("1 damaged"), "{}", output.log);
    }
    assert!(site.seen().iter().all(|seen| !seen.head.contains("if-none-match")));
    fails(&broken("<rss><channel><item><title>Walle".to_owned()), &[], "the connection failed");
    fails(&broken(TICKER.to_owned()), &["--selector=div"], "the connection failed");
}

#[test]
fn waits_as_long_as_a_busy_server_asks() {
    let busy = |seconds: &'static str| {
        let count = Mutex::new(0);
        Site::start(move |seen, stream| {
            let mut count = count.lock().unwrap();
            *count += 1;
            if seen.path == "/robots.txt" {
                respond(stream, "404 Not Found", "", b"")
            } else if *count == 2 {
                let header = format!("retry-after: {seconds}\r\n");
                respond(stream, "503 Service Unavailable", &header, b"")
            } else {
                respond(stream, "200 OK", "", JSON_FEED.as_bytes())
            }
        })
    };
    let site = busy("1");
    assert_eq!(scrape(&[&site.url("/feed"), "--retries=1"]).code, 0);
    let seen = site.seen();
    assert!(seen[2].at - seen[1].at >= Duration::from_millis(980));
    // But not for an hour.
    let site = busy("3600");
    fails(&site, &["--retries=1"], "status 503");
}

#[test]
fn slow_and_silent_servers_are_left() {
    let silent = Site::start(|_, _| {
        std::thread::sleep(2 * PATIENCE);
        Ok(())
    });
    fails(&silent, &["--timeout=0.5"], "took too long");
    // A byte now and then does not help.
    let dripping = Site::start(|seen, stream| {
        if seen.path == "/robots.txt" {
            return respond(stream, "404 Not Found", "", b"");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
        loop {
            stream.write_all(b" ")?;
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    fails(&dripping, &["--timeout=0.5"], "took too long");
}

#[test]
fn redirects_are_followed_a_few_times_and_checked() {
    let site = Site::start(|seen, stream| {
        let redirect = |stream: &mut TcpStream, to: &str| {
            respond(stream, "302 Found", &format!("location: {to}\r\n"), b"")
        };
        match seen.path.as_str() {
            "/robots.txt" => respond(stream, "200 OK", "", b"User-agent: *\nDisallow: /private\n"),
            "/start" => redirect(stream, "/next"),
            "/next" => redirect(stream, "./end"),
            "/end" => respond(stream, "200 OK", "", JSON_FEED.as_bytes()),
            "/to-private" => redirect(stream, "/private"),
            "/to-file" => redirect(stream, "file:///etc/passwd"),
            "/to-nowhere" => respond(stream, "302 Found", "", b""),
            path => redirect(stream, path),
        }
    });
    assert_eq!(scrape(&[&site.url("/start")]).code, 0);
    for (path, reason) in [
        ("/loop", "at most 5 redirects"),
        ("/to-private", "robots.txt does not allow it"),
        ("/to-file", "not on the web"),
        ("/to-nowhere", "redirects to nowhere"),
    ] {
        let output = scrape(&[&site.url(path)]);
        assert_eq!(output.code, 4, "{path}");
        assert!(output.log.contains(reason), "{path}: {}", output.log);
    }
    assert!(!site.paths().contains(&"/private".to_owned()));
    assert_eq!(site.paths().iter().filter(|path| *path == "/loop").count(), 6);
}

#[test]
fn large_answers_are_refused() {
    let endless = Site::start(|seen, stream| {
        if seen.path == "/robots.txt" {
            return respond(stream, "404 Not Found", "", b"");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
        let chunk = [b"2000\r\n", &[b' '; 0x2000][..], b"\r\n"].concat();
        loop {
            stream.write_all(&chunk)?;
        }
    });
    fails(&endless, &["--max-size=100000"], "at most 100000 bytes");
    // 100 MB of spaces in 100 kB.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        bomb.write_all(&vec![b' '; 1_000_000]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 200_000);
    let gzip = |bytes: Vec<u8>| {
        Site::start(move |seen, stream| match seen.path.as_str() {
            "/robots.txt" => respond(stream, "404 Not Found", "", b""),
            _ => respond(stream, "200 OK", "content-encoding: gzip\r\n", &bytes),
        })
    };
    let site = gzip(bomb);
    fails(&site, &[], "bytes, found more");
    assert!(site.seen()[1].head.contains("accept-encoding: gzip"));
    let mut small = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    small.write_all(JSON_FEED.as_bytes()).unwrap();
    let small = small.finish().unwrap();
    assert_eq!(scrape(&[&gzip(small.clone()).url("/feed")]).code, 0);
    let mut damaged = small;
    damaged[15] ^= 0xff;
    fails(&gzip(damaged), &[], "");
    // A robots.txt without end is none that can be read.
    let robots = Site::start(|seen, stream| match seen.path.as_str() {
        "/robots.txt" => respond(stream, "200 OK", "", &b"a: b\n".repeat(200_000)),
        _ => respond(stream, "200 OK", "", JSON_FEED.as_bytes()),
    });
    fails(&robots, &[], "robots.txt could not be read");
}

#[test]
fn nonsense_is_an_error_and_no_crash() {
    for (body, reason) in [
        (&b""[..], "expected a feed"),
        (b"<rss", ""),
        (b"<rss version='2.0'><channel><item><title>a</rss>", ""),
        (b"{\"version\": 1}", ""),
        (b"{", ""),
        (b"\xff\xfe\x00", "expected a feed"),
    ] {
        fails(&Site::of("", body), &[], reason);
    }
    let nested = |open: &str| -> &'static [u8] {
        format!("<rss version='2.0'><channel>{}", open.repeat(200_000)).into_bytes().leak()
    };
    fails(&Site::of("", nested("<item>")), &[], "");
    let deep: &'static [u8] = "<div>".repeat(100_000).into_bytes().leak();
    let site = Site::of("text/html", deep);
    let output = scrape(&[&site.url("/feed"), "--selector=h1"]);
    assert_eq!(output.code, 4, "{}", output.log);
    assert!(output.log.contains("expected elements at most 512 deep"), "{}", output.log);
    let bomb: &[u8] = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>\
        <!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]>\
        <rss version='2.0'><channel><item><title>&c;&c;&c;&c;&c;&c;</title></item></channel></rss>";
    let output = scrape(&[&Site::of("", bomb).url("/"), "--keep=short"]);
    assert!(output.out.len() < 2000, "{}", output.out);
    for garbage in [
        "no HTTP at all\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    ] {
        let site = Site::start(move |_, stream| stream.write_all(garbage.as_bytes()));
        fails(&site, &[], "");
    }
}

#[test]
fn the_page_that_names_its_feed() {
    let page = b"<link rel=alternate type='application/rss+xml' href='/rss.xml'><p>news";
    let site = Site::of("text/html", page);
    fails(&site, &[], &format!("it names {} as its feed", site.url("/rss.xml")));
}

#[test]
fn texts_are_read_in_their_encoding() {
    for (content_type, bytes) in [
        ("text/html; charset=windows-1251", &b"<h3>\xc1\xe8\xf2\xea\xee\xe8\xed \xf0\xe0\xf1\xf2\xe5\xf2 \xe8 \xef\xe0\xe4\xe0\xe5\xf2</h3>"[..]),
        ("text/html", b"<meta charset=windows-1251><h3>\xc1\xe8\xf2\xea\xee\xe8\xed \xf0\xe0\xf1\xf2\xe5\xf2 \xe8 \xef\xe0\xe4\xe0\xe5\xf2</h3>"),
        ("text/html; charset=windows-1251", "\u{feff}<h3>Биткоин растет и падает</h3>".as_bytes()),
    ] {
        let output = scrape(&[&Site::of(content_type, bytes).url("/"), "--selector=h3"]);
        assert_eq!(output.titles(), ["Биткоин растет и падает"], "{content_type}");
    }
    let feed = b"<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0'><channel>\
        <title>caf\xe9</title><item><title>Le caf\xe9 co\xfbte plus cher</title></item></channel></rss>";
    let output = scrape(&[&Site::of("application/rss+xml", feed).url("/")]);
    assert_eq!(output.titles(), ["Le café coûte plus cher"]);
    assert_eq!(output.json()[0]["source"], "café");
}

#[test]
fn a_headline_cannot_move_the_cursor() {
    let page = b"<h3>Bitcoin \x1b[31m falls\r\n  once \x07 more</h3>";
    let output =
        scrape(&[&Site::of("text/html", page).url("/"), "--selector=h3", "--format=table"]);
    // The heading and one line.
    let line = output.out.split_once('\n').unwrap().1.strip_suffix('\n').unwrap();
    assert!(!line.contains(char::is_control), "{line:?}");
}

/// A store that was filled from the ticker's page.
fn filled_store(folder: &TempDir, site: &Site) -> PathBuf {
    let store = folder.path().join("news.sqlite");
    let output = scrape(&[
        &site.url("/"),
        "--selector",
        TICKER_SELECTOR,
        "--separator= - ",
        "--store",
        store.to_str().unwrap(),
    ]);
    assert_eq!(output.code, 0, "{}", output.log);
    store
}

/// A store as earlier versions of the command wrote it, whose rows are easily written.
fn store_of_version_1(folder: &TempDir) -> (PathBuf, rusqlite::Connection) {
    let store = folder.path().join("news.sqlite");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let dump = std::fs::read_to_string(common::fixture("stores/1.sql")).unwrap();
    connection.execute_batch(&dump).unwrap();
    (store, connection)
}

#[test]
fn a_store_holds_a_headline_once_with_its_last_score() {
    let folder = TempDir::new().unwrap();
    let site = Site::of("text/html", TICKER.as_bytes());
    let store = filled_store(&folder, &site);
    let rows = || -> Vec<(String, String, String, String, String)> {
        let store = rusqlite::Connection::open(&store).unwrap();
        let mut query = store
            .prepare(
                "SELECT title, CAST(first_seen AS TEXT), CAST(last_seen AS TEXT), \
                 CAST(label AS TEXT), CAST(model AS TEXT) FROM headlines ORDER BY 1",
            )
            .unwrap();
        let rows = query.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        });
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    };
    let first = rows();
    assert_eq!(first.len(), 2);
    let again = scrape(&[
        &site.url("/"),
        "--selector",
        TICKER_SELECTOR,
        "--separator= - ",
        "--new",
        "--store",
        store.to_str().unwrap(),
    ]);
    assert_eq!(again.titles().len(), 0);

    // Another model: the score is its own, the first sight stays.
    let model = folder.path().join("two.bin");
    let trained = undertone(&[
        "train",
        "--folds=0",
        "--data",
        common::fixture("two.csv").to_str().unwrap(),
        "--out",
        model.to_str().unwrap(),
    ]);
    assert_eq!(trained.code, 0, "{}", trained.log);
    std::thread::sleep(Duration::from_millis(1100));
    let output = scrape(&[
        &site.url("/"),
        "--selector",
        TICKER_SELECTOR,
        "--separator= - ",
        "--model",
        model.to_str().unwrap(),
        "--new",
        "--store",
        store.to_str().unwrap(),
    ]);
    assert_eq!((output.code, &output.out[..]), (0, "[]\n"), "{}", output.log);
    for (old, new) in first.iter().zip(rows()) {
        assert_eq!((&old.0, &old.1), (&new.0, &new.1));
        assert!(old.2 < new.2, "last seen {} and {}", old.2, new.2);
        assert_ne!(old.4, new.4, "the model's hash");
    }
}

/// Files that may not grow any more are what a full disk is to a process.
#[test]
#[cfg(unix)]
fn a_disk_that_is_full_leaves_the_store_as_it_was() {
    let folder = TempDir::new().unwrap();
    let site = Site::start(|seen, stream| {
        let page: String = match seen.path.as_str() {
            "/news" => (0..4000).map(|n| format!("<h3>Bitcoin falls on day {n}</h3>")).collect(),
            _ => return respond(stream, "404 Not Found", "", b""),
        };
        respond(stream, "200 OK", "", page.as_bytes())
    });
    let store = folder.path().join("news.sqlite");
    let store = store.to_str().unwrap();
    let news = site.url("/news");
    let scrape = |limit: &str, blocks: &str| {
        // In blocks of 512 or 1024 bytes, by the shell; a write beyond them fails.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        std::process::Command::new("sh")
            .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_undertone"), "scrape", &news])
            .args(["--selector=h3", "--delay=0", "--keep=near-duplicates", "--format=jsonl"])
            .args(["--new", "--store", store, "--limit", limit])
            .env("no_proxy", "*")
            .output()
            .unwrap()
    };
    assert!(scrape("3", "unlimited").status.success());
    let history = || undertone(&["history", "--store", store]).out;
    let before = history();
    let full = scrape("4000", "800");
    let log = String::from_utf8_lossy(&full.stderr).into_owned();
    assert_eq!((full.status.code(), &full.stdout[..]), (Some(2), &b""[..]), "{log}");
    assert!(log.contains("could not write to the store, which is as it was"), "{log}");
    assert_eq!(history(), before);
    let check = undertone(&["store", "check", store]);
    assert_eq!((check.code, &check.out[..]), (0, "3 headlines, and all is well\n"));
    // With room again, all that is left is new.
    let again = scrape("4000", "unlimited");
    assert_eq!(String::from_utf8(again.stdout).unwrap().lines().count(), 3997);
}

#[test]
fn history_is_the_balance_of_each_day() {
    let folder = TempDir::new().unwrap();
    let (store, connection) = store_of_version_1(&folder);
    connection
        .execute_batch(
            "DELETE FROM headlines;
             INSERT INTO headlines VALUES
             ('a', 's', NULL, '2026-11-20T23:59:59Z', '2026-11-21T08:00:00Z', '', 'negative', '{}', ''),
             ('b', 's', NULL, NULL, '2026-11-21T08:00:00Z', '', 'positive', '{}', ''),
             ('c', 's', NULL, NULL, '2026-11-21T08:00:00Z', '', 'positive', '{}', ''),
             ('d', 's', NULL, NULL, '2026-11-21T08:00:00Z', '', 'neutral', '{}', ''),
             ('e', 's', NULL, '2099-01-01T00:00:00Z', '2026-11-21T09:00:00Z', '', 'negative', '{}', '');",
        )
        .unwrap();
    drop(connection);
    let history = |options: &[&str]| {
        let output =
            undertone(&[&["history", "--store", store.to_str().unwrap()], options].concat());
        assert_eq!((output.code, &output.log[..]), (0, ""));
        output.out
    };
    assert_eq!(
        history(&[]),
        "\
day         headlines  negative   neutral  positive  balance
2026-11-20          1         1         0         0    -1.00  ████████████████████│
2026-11-21          4         1         1         2    +0.25                      │█████
"
    );
    let days: Value = serde_json::from_str(&history(&["--format=json", "--days=1"])).unwrap();
    assert_eq!(
        days,
        json!([{ "day": "2026-11-21", "headlines": 4, "balance": 0.25,
                 "labels": { "negative": 1, "neutral": 1, "positive": 2 } }])
    );
    assert_eq!(history(&["--format=jsonl"]).lines().count(), 2);
    assert_eq!(
        history(&["--format=csv"]),
        "day,headlines,negative,neutral,positive,balance\n2026-11-20,1,1,0,0,-1\n\
         2026-11-21,4,1,1,2,0.25\n"
    );
}

#[test]
fn history_has_a_balance_for_each_name_and_the_days_of_one() {
    let folder = TempDir::new().unwrap();
    let (store, connection) = store_of_version_1(&folder);
    connection.execute("DELETE FROM headlines", []).unwrap();
    for (title, day, label) in [
        ("Bitcoin falls", "2026-11-20", "negative"),
        ("BTC miners sell bitcoin", "2026-11-20", "negative"),
        ("Tesla sells its bitcoin", "2026-11-21", "neutral"),
        ("$BTC rallies", "2026-11-22", "positive"),
        ("Quorvex gains on Tesla", "2026-11-22", "positive"),
        ("Profit rose", "2026-11-22", "positive"),
    ] {
        let row = "INSERT INTO headlines VALUES (?1, 's', NULL, NULL, ?2 || 'T08:00:00Z', '', ?3, '{}', '')";
        connection.execute(row, [title, day, label]).unwrap();
    }
    drop(connection);
    let path = store.to_str().unwrap();
    let history = |options: &[&str]| {
        let output = undertone(&[&["history", "--store", path], options].concat());
        assert_eq!((output.code, &output.log[..]), (0, ""));
        output.out
    };
    assert_eq!(
        history(&["--by=name", "--format=csv"]),
        "name,headlines,negative,neutral,positive,balance\nBitcoin,4,2,1,1,-0.25\n\
         Tesla,2,0,1,1,0.5\n"
    );
    // The last day alone, with a name of one's own.
    let own = folder.path().join("own.txt");
    std::fs::write(&own, "Quorvex\n").unwrap();
    let names = ["--by=name", "--days=1", "--names", own.to_str().unwrap(), "--format=json"];
    let names: Value = serde_json::from_str(&history(&names)).unwrap();
    let row = |name: &str| json!({ "name": name, "headlines": 1, "balance": 1.0, "labels": { "positive": 1 } });
    assert_eq!(names, json!([row("Bitcoin"), row("Quorvex"), row("Tesla")]));
    let bitcoin = history(&["--name=btc", "--days=2"]);
    assert_eq!(
        bitcoin,
        "\
day         headlines  negative   neutral  positive  balance
2026-11-21          1         0         1         0    +0.00                      │
2026-11-22          1         0         0         1    +1.00                      │████████████████████
"
    );
    assert_eq!(history(&["--name", "Ferrari"]), "no headlines yet\n");
    assert_eq!(
        history(&["--by=name"]).lines().next().unwrap(),
        "name        headlines  negative   neutral  positive  balance"
    );
    for (options, part) in [
        (&["--name=Nobody Inc"][..], "expected a coin or company"),
        (&["--name=BTC", "--by=name"], "cannot be used"),
        (&["--names=own.txt"], "--by name or --name"),
        (&["--by=name", "--names=no/such/file"], "no/such/file"),
    ] {
        let output = undertone(&[&["history", "--store", path], options].concat());
        assert_eq!((output.code, &output.out[..]), (2, ""), "{options:?}");
        assert!(output.log.contains(part), "{options:?}: {}", output.log);
    }
}

#[test]
fn files_that_are_no_store_are_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    let site = Site::of("", JSON_FEED.as_bytes());
    let history = || undertone(&["history", "--store", path.to_str().unwrap()]);
    let missing = history();
    assert_eq!(missing.code, 2);
    assert!(missing.log.contains("undertone scrape --store"), "{}", missing.log);
    assert!(!path.exists());

    let refused = |part: &str| {
        let before = std::fs::read(&path).unwrap();
        let scraped = scrape(&[&site.url("/"), "--store", path.to_str().unwrap()]);
        for output in [history(), scraped] {
            assert_eq!(output.code, 2, "{}", output.log);
            assert!(output.log.contains(part), "expected {part:?}, found {}", output.log);
        }
        assert!(std::fs::read(&path).unwrap() == before);
    };
    std::fs::write(&path, "title,label\n".repeat(100)).unwrap();
    refused("not a database");
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    refused("another SQLite file");
    std::fs::remove_file(&path).unwrap();
    let output = scrape(&[&site.url("/"), "--store", path.to_str().unwrap()]);
    assert_eq!(output.code, 0);
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 3").unwrap();
    refused("found version 3");
}

#[test]
fn refuses_wrong_usage() {
    for (arguments, part) in [
        (&["scrape", "news"][..], "http"),
        (&["scrape", "file:///etc/passwd"], "http"),
        (&["scrape", "http://127.0.0.1", "--selector=a["], "CSS selector"),
        (&["scrape", "--selector=a"], "URL"),
        (&["scrape", "--new"], "--store"),
        (&["scrape", "--all", "http://127.0.0.1"], "cannot be used"),
        (&["scrape", "--user-agent=\n"], "ASCII"),
        (&["scrape", "--store=no/such/folder/file"], "no/such/folder"),
        (&["history"], "--store"),
    ] {
        let output = undertone(arguments);
        assert_eq!((output.code, &output.out[..]), (2, ""), "{arguments:?}: {}", output.log);
        assert!(output.log.contains(part), "{arguments:?}: {}", output.log);
    }
}
