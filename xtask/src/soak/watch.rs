//! `cargo xtask soak watch`: sources that misbehave in every way, watched for a long time before a
//! thousand readers who read nothing. Measured are memory, file handles and threads, and whether
//! the counts of sites, store, metrics and readers add up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::client::Client;
use super::sites::{self, Site};
use super::{GROWTH_BAR, MEBIBYTE, case, metric};
use crate::server::{Server, free_address};
use crate::{binary, module};

/// The number of readers who ask for the stream and read nothing of it.
const SLOW: usize = 1000;
/// The number of readers who read everything, and now and then lose their connection.
const GOOD: usize = 8;
/// The number of events after which a good reader loses its connection.
const EVENTS_EACH: usize = 500;
/// The pause between two requests for the mood and the page.
const PAUSE: Duration = Duration::from_millis(500);
/// The time in which what has begun must be done: the pauses after failures, and the timeouts.
const SETTLE: Duration = Duration::from_secs(120);

/// A line of the table.
struct Moment {
    minutes: f64,
    headlines: u64,
    resident: f64,
    file_handles: usize,
    threads: usize,
}

pub(crate) fn run(minutes: f64, undertone: Option<PathBuf>) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "`cargo xtask soak watch` needs Linux, for /proc");
    let limit = Duration::try_from_secs_f64(60.0 * minutes).context("--minutes")?;
    let undertone = match undertone {
        Some(undertone) => undertone,
        None => binary::build(true)?,
    };
    let is_over = Arc::new(AtomicBool::new(false));
    let sites = sites::ALL.map(|fault| Site::start(fault, is_over.clone()));
    let sites: Vec<Site> = sites.into_iter().collect::<Result<_>>()?;
    let folder = module::target_folder()?.join("soak-watch");
    // Of an earlier run.
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder)?;
    let list = folder.join("sources.toml");
    let entries = sites
        .iter()
        .map(|site| format!("[[source]]\nname = \"{}\"\nurl = \"{}\"\n", site.name, site.url));
    fs::write(&list, entries.collect::<String>())?;
    let address = free_address()?;
    let mut command = Command::new(undertone);
    command.args(["watch", "--listen", &address, "--sources"]).arg(&list);
    command.arg("--store").arg(folder.join("news.sqlite"));
    command.args(["--every=1s", "--delay=0", "--retries=0", "--timeout=2", "--max-size=1000000"]);
    command.args(["--max-connections=1100", "--max-readers=1050", "--log=error", "--keep=400d"]);
    command.env("no_proxy", "*");
    let server = Server::start(command, address)?;

    let begun = Instant::now();
    let (mut moments, sums) = thread::scope(|scope| -> Result<_> {
        let stop = StopWhenDropped(&is_over);
        let slow = scope.spawn(|| slow_readers(&server.address, &is_over));
        let good: Vec<_> =
            (0..GOOD).map(|_| scope.spawn(|| good_reader(&server.address, &is_over))).collect();
        let asked = scope.spawn(|| ask(&server.address, &is_over));
        let mut moments = Vec::new();
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let until = begun + limit.mul_f64(share);
            while Instant::now() < until {
                ensure!(!asked.is_finished(), "the requests have ended");
                thread::sleep(PAUSE);
            }
            moments.push(moment(begun, &server)?);
        }
        drop(stop);
        let mut sums = BTreeSet::new();
        for reader in good {
            sums.insert(reader.join().map_err(|_| anyhow::anyhow!("a reader panicked"))??);
        }
        asked.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        let reopened = slow.join().map_err(|_| anyhow::anyhow!("a reader panicked"))??;
        println!("{SLOW} readers who read nothing, of whom {reopened} came again");
        Ok((moments, sums))
    })?;

    let kept = settle(&server, &sites)?;
    moments.push(moment(begun, &server)?);
    println!(
        "\n| minutes | headlines | resident | file handles | threads |\n|---|---|---|---|---|"
    );
    for moment in &moments {
        println!(
            "| {:.1} | {} | {:.1} MiB | {} | {} |",
            moment.minutes,
            moment.headlines,
            moment.resident / MEBIBYTE,
            moment.file_handles,
            moment.threads
        );
    }
    println!("\n| site | visits | headlines shown |\n|---|---|---|");
    for site in &sites {
        println!("| {} | {} | {} |", site.name, site.visits(), site.shown.load(Ordering::Relaxed));
    }
    let outcomes = ["read", "unchanged", "failed", "elsewhere"];
    let outcomes = outcomes.map(|outcome| {
        let name = format!("undertone_visits_total{{outcome=\"{outcome}\"}} ");
        (outcome, metric(&server, &name).unwrap_or(0))
    });
    println!("\nvisits: {outcomes:?}; {kept} headlines in the store");
    let new = metric(&server, "undertone_headlines_total{outcome=\"new\"} ")?;
    ensure!(new == kept, "{new} headlines were counted as new, {kept} are in the store");
    println!("good readers got {sums:?} headlines each until the end, each once and in order");
    let growth = moments[4].resident - moments[2].resident;
    println!("memory over the second half: {:+.1} MiB", growth / MEBIBYTE);
    ensure!(growth <= GROWTH_BAR, "memory grew by {:.1} MiB", growth / MEBIBYTE);
    let status = server.stop()?;
    ensure!(status.success(), "expected that the watcher ends well, found {status}");
    println!("the counts add up");
    Ok(())
}

/// Ends the load, also when something went wrong, or the other threads would go on for ever.
struct StopWhenDropped<'a>(&'a AtomicBool);

impl Drop for StopWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn moment(begun: Instant, server: &Server) -> Result<Moment> {
    let moment = Moment {
        minutes: begun.elapsed().as_secs_f64() / 60.0,
        headlines: metric(server, "undertone_headlines_total{outcome=\"new\"} ").unwrap_or(0),
        resident: server.resident()?,
        file_handles: server.file_handles()?,
        threads: server.threads()?,
    };
    println!("{:.1} min: {:.1} MiB", moment.minutes, moment.resident / MEBIBYTE);
    Ok(moment)
}

/// Waits until every site has been visited since the end, and everything that it has shown is in
/// the store, once. Returns the number of headlines of the store.
fn settle(server: &Server, sites: &[Site]) -> Result<u64> {
    let begun = Instant::now();
    loop {
        let titles = titles(&server.address)?;
        let missing = sites.iter().find(|site| {
            let shown = site.shown.load(Ordering::Relaxed);
            let of_site = titles.get(&site.name);
            (0..shown).any(|number| !of_site.is_some_and(|found| found.contains(&number)))
        });
        let Some(missing) = missing else {
            return Ok(titles.values().map(|numbers| numbers.len() as u64).sum());
        };
        let name = &missing.name;
        ensure!(begun.elapsed() < SETTLE, "{name}: not every headline is in the store");
        thread::sleep(Duration::from_secs(1));
    }
}

/// The numbers of the headlines in the store, by their site.
///
/// # Errors
/// When a headline is there twice.
fn titles(address: &str) -> Result<BTreeMap<String, BTreeSet<u64>>> {
    let mut found: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let mut before = String::new();
    loop {
        let page = get(address, &format!("/api/headlines?limit=500{before}"))?;
        for headline in page["headlines"].as_array().context("no headlines")? {
            let title = headline["title"].as_str().context("no title")?;
            let word = title.rsplit(' ').next().unwrap_or_default();
            let site = word.trim_end_matches(|c: char| c.is_ascii_digit());
            let number = word[site.len()..].parse().context("no number")?;
            let is_first = found.entry(site.to_owned()).or_default().insert(number);
            ensure!(is_first, "{title:?} is in the store twice");
        }
        let Some(next) = page["before"].as_i64() else { return Ok(found) };
        before = format!("&before={next}");
    }
}

fn get(address: &str, path: &str) -> Result<Value> {
    let mut client = Client::connect_patiently(address)?;
    client.send(case::get(path))?;
    let answer = client.receive()?;
    ensure!(answer.status == 200, "{path}: found {}", answer.status);
    Ok(serde_json::from_slice(answer.body)?)
}

/// Asks for what the page asks for, again and again.
fn ask(address: &str, is_over: &AtomicBool) -> Result<()> {
    let mut client = Client::connect_patiently(address)?;
    while !is_over.load(Ordering::Relaxed) {
        for path in ["/api/mood", "/api/mood/daily", "/live?coin=Bitcoin", "/feed.atom"] {
            client.send(case::get(path))?;
            let status = client.receive()?.status;
            ensure!(status == 200, "{path}: expected 200, found {status}");
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Begins to read the stream behind an event, by HTTP/1.0, whose answers come in no chunks.
fn stream(address: &str, last: u64) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    let head = "GET /api/events HTTP/1.0\r\nhost: soak\r\n";
    write!(stream, "{head}last-event-id: {last}\r\n\r\n")?;
    Ok(stream)
}

/// Holds connections that ask for the stream and read nothing; whoever the server closes comes
/// again. Returns how often.
fn slow_readers(address: &str, is_over: &AtomicBool) -> Result<u64> {
    let mut readers: Vec<TcpStream> =
        (0..SLOW).map(|_| stream(address, 0)).collect::<Result<_>>()?;
    let mut reopened = 0;
    while !is_over.load(Ordering::Relaxed) {
        for reader in &mut readers {
            reader.set_nonblocking(true)?;
            // Writing to a connection that the other side has closed fails, at the second time.
            if reader.write_all(b"\r\n").is_err() {
                *reader = stream(address, 0)?;
                reopened += 1;
            }
        }
        thread::sleep(Duration::from_secs(5));
    }
    Ok(reopened)
}

/// Reads the stream to the end, resuming now and then. Returns the number of headlines.
///
/// # Errors
/// When a headline is missed, comes twice or out of order.
fn good_reader(address: &str, is_over: &AtomicBool) -> Result<u64> {
    let mut last = 0;
    while !is_over.load(Ordering::Relaxed) {
        let stream = stream(address, last)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut lines = BufReader::new(stream).lines();
        let mut events = 0;
        let mut is_headline = false;
        while events < EVENTS_EACH && !is_over.load(Ordering::Relaxed) {
            let Some(line) = lines.next() else { break };
            let line = line?;
            ensure!(line != "event: reset", "a reader missed too much");
            is_headline = line == "event: headline" || is_headline && !line.is_empty();
            if let Some(id) = line.strip_prefix("id: ").filter(|_| is_headline) {
                let id: u64 = id.parse()?;
                ensure!(id == last + 1, "expected the headline {}, found {id}", last + 1);
                last = id;
                events += 1;
            }
        }
    }
    Ok(last)
}
