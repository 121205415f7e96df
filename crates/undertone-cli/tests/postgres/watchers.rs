//! Several watchers of the same sources with one store in PostgreSQL, they and the server killed at
//! random instants.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{succeeded, undertone};
use crate::cluster::Cluster;
use crate::common::Random;
use crate::site::{Site, respond};

const SOURCES: [&str; 3] = ["/a", "/b", "/c"];
/// The headlines that a source has more at each visit.
const MORE: usize = 3;
/// The watchers; beside them a server of the store alone.
const WATCHERS: usize = 2;
const KILLS: usize = 12;
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something has happened.
fn wait(what: &str, log: &Path, mut has_happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !has_happened() {
        let log = || fs::read_to_string(log).unwrap_or_default();
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}: {}", log());
        sleep(Duration::from_millis(5));
    }
}

/// Sources that have more headlines at each visit, and never lose one.
#[derive(Default)]
struct News {
    visits: AtomicUsize,
    /// The headlines of each source.
    headlines: [AtomicUsize; SOURCES.len()],
    is_over: AtomicBool,
}

impl News {
    fn feed(&self, source: usize) -> String {
        let more = if self.is_over.load(Ordering::SeqCst) { 0 } else { MORE };
        let headlines = self.headlines[source].fetch_add(more, Ordering::SeqCst) + more;
        self.visits.fetch_add(1, Ordering::SeqCst);
        let items = (0..headlines).map(|n| {
            format!("<item><title>Exchange {source} lists coin number {n}</title></item>")
        });
        let items: String = items.collect();
        format!("<rss version=\"2.0\"><channel><title>{source}</title>{items}</channel></rss>")
    }

    fn all(&self) -> usize {
        self.headlines.iter().map(|one| one.load(Ordering::SeqCst)).sum()
    }
}

/// A watcher, or a server of the store alone, with its log.
struct Watcher {
    process: Child,
    log: PathBuf,
}

impl Watcher {
    /// Starts one, and waits until it serves.
    fn start(place: usize, site: &Site, store: &str, folder: &Path) -> Self {
        let log = folder.join(format!("{place}.log"));
        let mut command = undertone(&[if place < WATCHERS { "watch" } else { "serve" }]);
        command.args(["--listen=127.0.0.1:0", "--store", store]);
        if place < WATCHERS {
            // Of one that was killed within a visit, others wait for the lease to end.
            command.args(["--every=50ms", "--delay=0", "--retries=0", "--lease=1s"]);
            command.arg("--limit=5000").args(SOURCES.map(|path| site.url(path)));
        }
        let process = command.stderr(File::create(&log).unwrap()).stdout(Stdio::null());
        let mut watcher = Self { process: process.spawn().unwrap(), log };
        wait("it serves", &watcher.log.clone(), || {
            watcher.lives();
            fs::read_to_string(&watcher.log).unwrap().contains("\"listening\"")
        });
        watcher
    }

    /// How many headlines its mood is of; `None` where it can't read the store.
    fn headlines(&self) -> Option<u64> {
        let log = fs::read_to_string(&self.log).unwrap();
        let listening: Value = serde_json::from_str(log.lines().next()?).unwrap();
        let mut stream = TcpStream::connect(listening["address"].as_str()?).unwrap();
        write!(stream, "GET /api/mood HTTP/1.0\r\nhost: test\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n")?;
        serde_json::from_str::<Value>(body).unwrap()["headlines"].as_u64()
    }

    /// Ends it as an operator does.
    fn stop(mut self) {
        let id = self.process.id().to_string();
        succeeded(&Command::new("kill").args(["-TERM", &id]).output().unwrap());
        let status = self.process.wait().unwrap();
        let log = fs::read_to_string(&self.log).unwrap();
        assert!(status.success() && !log.contains("panic"), "{status}: {log}");
        assert!(!log.contains("before every visit was finished"), "{log}");
    }

    /// Nothing ends a watcher but its kill.
    fn lives(&mut self) {
        let ended = self.process.try_wait().unwrap();
        assert!(ended.is_none(), "{ended:?}: {}", fs::read_to_string(&self.log).unwrap());
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(super) fn killed() {
    let mut cluster = Cluster::start();
    let store = cluster.database("watched");
    let news = Arc::new(News::default());
    let served = news.clone();
    let site =
        Site::start(move |seen, stream| match SOURCES.iter().position(|path| *path == seen.path) {
            Some(source) => respond(
                stream,
                "200 OK",
                "content-type: application/rss+xml\r\n",
                served.feed(source).as_bytes(),
            ),
            None => respond(stream, "404 Not Found", "", b""),
        });
    let folder = tempfile::tempdir().unwrap();
    let start = |place: usize| Watcher::start(place, &site, &store, folder.path());
    let mut watchers: Vec<Watcher> = (0..=WATCHERS).map(start).collect();
    let mut random = Random(26);
    for kill in 0..KILLS {
        let visits = news.visits.load(Ordering::SeqCst) + 1 + random.below(4);
        wait("sources are visited", &watchers[0].log.clone(), || {
            watchers.iter_mut().for_each(Watcher::lives);
            news.visits.load(Ordering::SeqCst) >= visits
        });
        // Somewhere in the visit that has begun, or in the pause behind it.
        sleep(Duration::from_micros(random.below(50_000) as u64));
        // In turns: one watcher, the server, the other watcher with the server, both watchers.
        let (of_watchers, of_server) = match kill % 4 {
            0 => (&[0][..], false),
            1 => (&[][..], true),
            2 => (&[1][..], true),
            _ => (&[0, 1][..], false),
        };
        for place in of_watchers {
            watchers[*place].kill();
        }
        if of_server {
            cluster.kill();
            cluster.restart();
        }
        for place in of_watchers {
            watchers[*place] = start(*place);
        }
    }
    news.is_over.store(true, Ordering::SeqCst);
    let count = "SELECT count(*), (SELECT sum(headlines) FROM undertone.counts WHERE subject = 0),
                 (SELECT count(*) FROM undertone.unprinted) FROM undertone.headlines";
    wait("all headlines are stored", &watchers[0].log.clone(), || {
        let all = news.all();
        cluster.psql("watched", count).unwrap() == format!("{all}|{all}|0")
    });
    for watcher in watchers {
        // What was lost with the server is there again.
        wait("its mood is of all", &watcher.log.clone(), || {
            watcher.headlines() == Some(news.all() as u64)
        });
        watcher.stop();
    }
    let checked = undertone(&["store", "check", &store]).output().unwrap();
    succeeded(&checked);
    let expected = format!("{} headlines, and all is well\n", news.all());
    assert_eq!(String::from_utf8_lossy(&checked.stdout), expected);
    // It has tried something.
    assert!(news.all() > KILLS * MORE);
}
