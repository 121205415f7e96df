//! `cargo xtask bench serve`: the server beside Flask, scikit-learn and gunicorn with the same
//! model, under wrk on loopback. Servers have one half of the processors and wrk the other.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{FOLDER, Report, json, median, number, one_thread, phrasebank, python};
use crate::command::{output, run as execute};
use crate::server::{Server, free_address};
use crate::{binary, requirements};

/// How many times the requests a second of the twin the server must answer.
const RATE_BAR: f64 = 20.0;
/// The highest latency at half of the peak: 99 % of the answers must come within it.
const P99_BAR_MS: f64 = 10.0;
/// The most bytes by which resident memory may grow from the first tenth of the requests to the
/// last.
const GROWTH_BAR: f64 = 2.0 * 1024.0 * 1024.0;
/// The number of requests over which memory is watched.
const WATCHED: f64 = 1e6;
/// The most by which the probabilities of the models may differ: ours has 8-bit coefficients.
const ALIKE: f64 = 0.02;

/// The number of rounds in which both sides take turns.
const ROUNDS: usize = 3;
/// The seconds of load in each round.
const SECONDS: u64 = 8;
/// The number of connections at the peak.
const CONNECTIONS: usize = 32;
/// The number of connections at half of the peak, where each waits between requests.
const PATIENT_CONNECTIONS: usize = 200;
/// The number of workers of gunicorn for each processor: it recommends 2, and one more in all.
const WORKERS_EACH: usize = 2;

const SCRIPT: &str = "xtask/bench/serve.py";
const LOAD: &str = "xtask/bench/serve.lua";
const REQUIREMENTS: &str = "xtask/bench/serve-requirements.txt";
const TEXTS: [&str; 4] = [
    "Exchange halts withdrawals as losses mount",
    "Operating profit rose to EUR 13.1 mn from EUR 8.7 mn",
    "The company will publish its report in May",
    "",
];

/// The two halves of the processors, as lists for taskset: for servers and for wrk.
struct Halves {
    count: usize,
    servers: String,
    load: String,
}

/// A measurement of wrk.
struct Load {
    /// Requests a second.
    rate: f64,
    errors: f64,
    p50: f64,
    p99: f64,
    requests: f64,
}

pub(crate) fn run(to_be_written: bool) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "`cargo xtask bench serve` needs Linux");
    requirements::debian_package("wrk", "wrk")?;
    let halves = Halves::new()?;
    let (_, data) = phrasebank()?;
    fs::create_dir_all(FOLDER)?;
    // The build that the container ships.
    let undertone = binary::build(true)?;
    let python = python("python-serve", REQUIREMENTS)?;

    let (ours, theirs) =
        (Path::new(FOLDER).join("serve.bin"), Path::new(FOLDER).join("serve.pickle"));
    execute(
        Command::new(&undertone)
            .args(["train", "--data"])
            .arg(&data)
            .args(super::COLUMNS)
            .arg("--out")
            .arg(&ours),
    )?;
    execute(Command::new(&python).args([SCRIPT, "fit"]).arg(&data).arg(&theirs))?;

    let start_ours = || halves.undertone(&undertone, &ours);
    let start_theirs = |kind: &str| halves.twin(&python, &theirs, kind);
    check_alike(&start_ours()?, &start_theirs("sync")?)?;

    let mut report = Report::default();
    let (mut our_rates, mut their_rates, mut errors) = (Vec::new(), Vec::new(), 0.0);
    for round in 1..=ROUNDS {
        let load = halves.load(&start_ours()?, CONNECTIONS, Duration::ZERO, SECONDS)?;
        println!("round {round}: undertone {:.0}/s, p50 {:.2} ms", load.rate, load.p50);
        errors += load.errors;
        our_rates.push(load.rate);
        // The faster of two kinds of workers of gunicorn counts.
        let mut best: f64 = 0.0;
        for kind in ["sync", "gthread"] {
            let load = halves.load(&start_theirs(kind)?, CONNECTIONS, Duration::ZERO, SECONDS)?;
            println!("round {round}: twin, {kind} workers {:.0}/s", load.rate);
            best = best.max(load.rate);
        }
        their_rates.push(best);
    }
    let (peak, theirs) = (median(our_rates), median(their_rates));
    report.line(
        &format!("requests a second, {CONNECTIONS} connections, {} processor(s)", halves.count),
        format!("{peak:.0}"),
        format!("{theirs:.0} ({:.1}×)", peak / theirs),
        &format!("≥ {RATE_BAR}×"),
        Some(peak / theirs >= RATE_BAR),
    );

    let server = start_ours()?;
    let pause = Duration::from_secs_f64(PATIENT_CONNECTIONS as f64 / (peak / 2.0));
    let half = halves.load(&server, PATIENT_CONNECTIONS, pause, SECONDS)?;
    errors += half.errors;
    report.line(
        &format!(
            "p99 at {:.0} requests a second, {:.0} % of the peak",
            half.rate,
            100.0 * half.rate / peak
        ),
        format!("{:.2} ms (p50 {:.2} ms)", half.p99, half.p50),
        String::new(),
        &format!("< {P99_BAR_MS} ms at 50 %"),
        Some(half.p99 < P99_BAR_MS && half.rate >= 0.4 * peak),
    );
    drop(server);

    let server = start_ours()?;
    let (mut requests, mut early) = (0.0, None);
    let mut late = 0.0;
    while requests < WATCHED {
        let load = halves.load(&server, CONNECTIONS, Duration::ZERO, 3)?;
        requests += load.requests;
        errors += load.errors;
        late = server.resident()?;
        if early.is_none() && requests >= WATCHED / 10.0 {
            early = Some(late);
        }
    }
    let early = early.unwrap_or(late);
    let mebibytes = |bytes: f64| bytes / f64::from(1 << 20);
    report.line(
        &format!("resident memory after {requests:.0} requests"),
        format!("{:.1} MiB, {:.1} MiB at first", mebibytes(late), mebibytes(early)),
        String::new(),
        &format!("+ ≤ {:.0} MiB", mebibytes(GROWTH_BAR)),
        Some(late - early <= GROWTH_BAR),
    );
    report.line("errors", format!("{errors:.0}"), String::new(), "0", Some(errors == 0.0));
    report.finish("serve", to_be_written, "POST /predict, one headline", "Flask + scikit-learn", "")
}

impl Halves {
    fn new() -> Result<Self> {
        let processors = thread::available_parallelism()?.get();
        ensure!(processors >= 2, "expected 2 processors, one for the servers and one for wrk");
        let count = processors / 2;
        let load = format!("{count}-{}", processors - 1);
        Ok(Self { count, servers: format!("0-{}", count - 1), load })
    }

    fn undertone(&self, undertone: &Path, model: &Path) -> Result<Server> {
        let address = free_address()?;
        let mut command = Command::new("taskset");
        // Requests are not logged, as by gunicorn by default. taskset replaces itself by the
        // server.
        command.args(["-c", &self.servers]).arg(undertone).args(["serve", "--log=warn"]);
        command.arg("--model").arg(model).args(["--listen", &address]);
        command.args(["--threads", &self.count.to_string()]);
        Server::start(command, address)
    }

    fn twin(&self, python: &Path, model: &Path, kind: &str) -> Result<Server> {
        let address = free_address()?;
        let mut command = Command::new("taskset");
        command.args(["-c", &self.servers]).arg(python).args(["-m", "gunicorn", "serve:app"]);
        command.args(["--chdir", "xtask/bench", "--bind", &address, "--preload"]);
        command.args(["--workers", &(WORKERS_EACH * self.count + 1).to_string()]);
        command.args(["--worker-class", kind, "--log-level", "error"]);
        if kind == "gthread" {
            command.args(["--threads", "4", "--keep-alive", "60"]);
        }
        // Each of the workers.
        one_thread(&mut command);
        command.env("TWIN", fs::canonicalize(model)?);
        Server::start(command, address)
    }

    fn load(
        &self,
        server: &Server,
        connections: usize,
        pause: Duration,
        seconds: u64,
    ) -> Result<Load> {
        let threads = self.count.min(connections);
        let text = output(
            Command::new("taskset")
                .args(["-c", &self.load, "wrk", "--script", LOAD])
                .args(["--connections", &connections.to_string()])
                .args(["--threads", &threads.to_string()])
                .args(["--duration", &format!("{seconds}s"), "--timeout", "10s"])
                .arg(format!("http://{}", server.address))
                .env("DELAY_MS", pause.as_millis().to_string()),
        )?;
        let result = text.lines().find_map(|line| line.strip_prefix("RESULT "));
        let result = result.with_context(|| format!("expected wrk's result, found {text}"))?;
        let result: Value = serde_json::from_str(result)?;
        let requests = number(&result["requests"])?;
        Ok(Load {
            rate: requests / number(&result["seconds"])?,
            errors: number(&result["errors"])?,
            p50: number(&result["p50_ms"])?,
            p99: number(&result["p99_ms"])?,
            requests,
        })
    }
}

fn predict(server: &Server, text: &str) -> Result<Value> {
    let body = serde_json::json!({ "text": text }).to_string();
    let url = format!("http://{}/predict", server.address);
    json(Command::new("curl").args([
        "--silent",
        "--fail",
        "--header",
        "Content-Type: application/json",
        "--data",
        &body,
        &url,
    ]))
}

/// Checks that both servers give the same probabilities: a comparison of different models would
/// mean nothing.
fn check_alike(ours: &Server, theirs: &Server) -> Result<()> {
    for text in TEXTS {
        let (ours, theirs) = (predict(ours, text)?, predict(theirs, text)?);
        let labels = theirs["probabilities"].as_object().context("the twin gave no labels")?;
        for (label, probability) in labels {
            let difference = number(&ours["probabilities"][label])? - number(probability)?;
            ensure!(
                difference.abs() <= ALIKE,
                "expected twins, found {label} {difference:+} apart for {text:?}"
            );
        }
    }
    Ok(())
}
