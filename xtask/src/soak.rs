//! `cargo xtask soak`: good and hostile requests for a long time. Measured are the memory and file
//! handles that the server keeps, its latency, and whether it loses requests that it has accepted.

mod case;
mod client;
mod hostile;
mod sites;
pub(crate) mod watch;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use self::case::Case;
use self::client::Client;
use crate::binary;
use crate::server::{Server, free_address};

/// The number of connections that send requests without a pause.
const STREAMS: usize = 4;
/// The number of requests in flight in each connection; every answer is waited for and compared.
const PIPELINED: usize = 16;
/// The number of such rounds after which a connection is replaced by a new one.
const ROUNDS_EACH: u64 = 2000;
/// The number of consecutive requests that a line of the table measures.
const PROBES: usize = 3000;
/// The most by which resident memory may grow over the second half.
const GROWTH_BAR: f64 = 2.0 * MEBIBYTE;
/// The time after which all that slow clients held must be free again.
const SETTLE: Duration = Duration::from_secs(15);
const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// The limits of the server, lower than the defaults, so that each is met often.
const LIMITS: [&str; 5] = [
    "--max-connections=128",
    "--header-timeout=1",
    "--body-timeout=1",
    "--write-timeout=1",
    "--log=error",
];

/// The counters that all threads share.
#[derive(Default)]
struct Counts {
    /// The number of answered requests, and of attempts of hostile clients.
    requests: AtomicU64,
    /// The numbers of requests by kind and outcome.
    outcomes: Mutex<BTreeMap<(String, String), u64>>,
    is_over: AtomicBool,
}

impl Counts {
    fn add(&self, kind: &str, outcome: &str, times: u64) {
        self.requests.fetch_add(times, Ordering::Relaxed);
        if let Ok(mut outcomes) = self.outcomes.lock() {
            *outcomes.entry((kind.to_owned(), outcome.to_owned())).or_default() += times;
        }
    }
}

/// A line of the table: a measurement at one moment.
struct Moment {
    name: &'static str,
    requests: u64,
    resident: f64,
    file_handles: usize,
    p50: Duration,
    p99: Duration,
}

pub(crate) fn run(requests: u64, minutes: f64) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "`cargo xtask soak` needs Linux, for /proc");
    ensure!(requests > 0, "--requests: expected more than 0");
    let limit = Duration::try_from_secs_f64(60.0 * minutes).context("--minutes")?;
    let undertone = binary::build(true)?;
    let address = free_address()?;
    let mut command = Command::new(undertone);
    command.args(["serve", "--listen", &address]).args(LIMITS);
    command.args(["--model", "model.bin"]);
    let server = Server::start(command, address)?;

    let cases = case::all(&server.address)?;
    let counts = Counts::default();
    for case in &cases {
        counts.add(case.name, &case.status.to_string(), 1);
    }
    let begun = Instant::now();
    let mut moments = vec![moment("before", &server, &cases, &counts)?];
    for (name, loaded, share) in [
        ("in the middle", "under load, first half", 0.5),
        ("after", "under load, second half", 1.0),
    ] {
        let wanted = (requests as f64 * share).ceil() as u64;
        let until = begun + limit.mul_f64(share);
        moments.push(load(loaded, &server, &cases, &counts, wanted, until)?);
        settle(&server)?;
        moments.push(moment(name, &server, &cases, &counts)?);
    }
    let seconds = begun.elapsed().as_secs_f64();

    println!(
        "\n| moment | requests | resident | file handles | p50 | p99 |\n|---|---|---|---|---|---|"
    );
    for moment in &moments {
        println!(
            "| {} | {} | {:.1} MiB | {} | {:.2} ms | {:.2} ms |",
            moment.name,
            moment.requests,
            moment.resident / MEBIBYTE,
            moment.file_handles,
            1e3 * moment.p50.as_secs_f64(),
            1e3 * moment.p99.as_secs_f64()
        );
    }
    println!("\n| request | answer | times |\n|---|---|---|");
    let outcomes = counts.outcomes.into_inner().unwrap_or_default();
    for ((kind, outcome), times) in &outcomes {
        println!("| {kind} | {outcome} | {times} |");
    }
    println!("\n{} requests in {seconds:.0} s", counts.requests.load(Ordering::Relaxed));

    // The count of the server must equal the number of answers: nobody else uses this route.
    let ours = outcomes.get(&(case::COUNTED.to_owned(), "200".to_owned())).copied();
    let theirs = counted(&server)?;
    ensure!(ours == Some(theirs), "the server counts {theirs} answers to /classify, we {ours:?}");
    let (first, middle, last) = (&moments[0], &moments[2], &moments[4]);
    ensure!(
        last.file_handles == first.file_handles,
        "expected {} file handles as before, found {}",
        first.file_handles,
        last.file_handles
    );
    let growth = last.resident - middle.resident;
    ensure!(growth <= GROWTH_BAR, "memory grew by {:.1} MiB", growth / MEBIBYTE);
    let status = server.stop()?;
    ensure!(status.success(), "expected that the server ends well, found {status}");
    println!("nothing lost, nothing kept");
    Ok(())
}

/// Runs everything at once until a number of requests are answered or the time is over. Returns a
/// measurement halfway through.
fn load(
    name: &'static str,
    server: &Server,
    cases: &[Case],
    counts: &Counts,
    wanted: u64,
    until: Instant,
) -> Result<Moment> {
    counts.is_over.store(false, Ordering::Relaxed);
    let before = counts.requests.load(Ordering::Relaxed);
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for number in 0..STREAMS {
            threads.push(scope.spawn(move || stream(number, server, cases, counts)));
        }
        for attack in hostile::ALL {
            threads.push(scope.spawn(move || {
                while !counts.is_over.load(Ordering::Relaxed) {
                    hostile::run(attack, &server.address, counts)?;
                }
                Ok(())
            }));
        }
        let mut measured = None;
        let is_broken = |threads: &[thread::ScopedJoinHandle<'_, Result<()>>]| {
            threads.iter().any(thread::ScopedJoinHandle::is_finished)
        };
        while !is_broken(&threads) {
            let done = counts.requests.load(Ordering::Relaxed);
            if done >= wanted || Instant::now() >= until {
                break;
            }
            if measured.is_none() && done >= before + (wanted - before) / 2 {
                measured = Some(moment(name, server, cases, counts));
            }
            thread::sleep(Duration::from_millis(20));
        }
        // The time was over before half of the requests were answered.
        let measured = match measured {
            None if !is_broken(&threads) => Some(moment(name, server, cases, counts)),
            measured => measured,
        };
        counts.is_over.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        measured.context("nothing was measured")?
    })
}

/// Sends every case again and again, and waits for every answer, which must be the same as at
/// first.
fn stream(number: usize, server: &Server, cases: &[Case], counts: &Counts) -> Result<()> {
    let mut next = number * cases.len() / STREAMS;
    loop {
        let mut client = Client::connect_patiently(&server.address)?;
        let mut times = vec![0; cases.len()];
        let mut rounds = 0;
        while rounds < ROUNDS_EACH && !counts.is_over.load(Ordering::Relaxed) {
            let round: Vec<usize> = (next..next + PIPELINED).map(|n| n % cases.len()).collect();
            next = (next + PIPELINED) % cases.len();
            client.send(round.iter().flat_map(|&case| &cases[case].request[..]).copied())?;
            for case in round {
                let answer = client.receive();
                let answer = answer.with_context(|| format!("lost: {}", cases[case].name))?;
                cases[case].check(&answer)?;
                times[case] += 1;
            }
            rounds += 1;
            counts.requests.fetch_add(PIPELINED as u64, Ordering::Relaxed);
        }
        if let Ok(mut outcomes) = counts.outcomes.lock() {
            for (case, times) in cases.iter().zip(times) {
                let key = (case.name.to_owned(), case.status.to_string());
                *outcomes.entry(key).or_default() += times;
            }
        }
        if counts.is_over.load(Ordering::Relaxed) {
            return Ok(());
        }
    }
}

/// Waits until the server has dropped all slow clients.
fn settle(server: &Server) -> Result<()> {
    let begun = Instant::now();
    loop {
        // The one connection is this request.
        if metric(server, "undertone_connections ")? == 1 {
            return Ok(());
        }
        ensure!(begun.elapsed() < SETTLE, "connections stay open");
        thread::sleep(Duration::from_millis(100));
    }
}

/// The number of answers to `/classify`, as counted by the server.
fn counted(server: &Server) -> Result<u64> {
    metric(server, "undertone_requests_total{route=\"/classify\",status=\"200\"} ")
}

fn metric(server: &Server, name: &str) -> Result<u64> {
    let mut client = Client::connect_patiently(&server.address)?;
    client.send(case::get("/metrics"))?;
    let answer = client.receive()?;
    let text = std::str::from_utf8(answer.body)?;
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    Ok(value.with_context(|| format!("no {name}in the metrics"))?.parse()?)
}

/// Measures memory, file handles and latency.
fn moment(name: &'static str, server: &Server, cases: &[Case], counts: &Counts) -> Result<Moment> {
    let case = cases.first().context("no requests")?;
    let mut client = Client::connect_patiently(&server.address)?;
    let mut times = Vec::with_capacity(PROBES);
    for _ in 0..PROBES {
        let begun = Instant::now();
        client.send(case.request.iter().copied())?;
        let answer = client.receive()?;
        times.push(begun.elapsed());
        case.check(&answer)?;
    }
    times.sort();
    counts.add(case.name, &case.status.to_string(), PROBES as u64);
    let moment = Moment {
        name,
        requests: counts.requests.load(Ordering::Relaxed),
        resident: server.resident()?,
        file_handles: server.file_handles()?,
        p50: times[PROBES / 2],
        p99: times[PROBES * 99 / 100],
    };
    println!("{name}: {} requests, {:.1} MiB", moment.requests, moment.resident / MEBIBYTE);
    Ok(moment)
}
