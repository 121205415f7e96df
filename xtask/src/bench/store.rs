//! `cargo xtask bench store`: how long a store takes that has grown, in SQLite and in PostgreSQL.

use std::env;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{FOLDER, json, undertone};
use crate::command::{output, run as execute};
use crate::{measurements, requirements};

/// The headlines are spread over so many days.
const DAYS: u64 = 400;
/// 2026-11-23, 00:00 UTC: when they end.
const END: u64 = 1_795_392_000;
const SOURCES: u64 = 300;
const NAMES: u64 = 200;

/// Fills a store of each kind with headlines that nobody wrote, and measures it.
pub(crate) fn run(
    rows: u64,
    executable: Option<PathBuf>,
    only_sqlite: bool,
    to_be_written: bool,
) -> Result<()> {
    ensure!(rows >= 1000, "expected 1000 rows or more, found {rows}");
    let undertone = match executable {
        Some(executable) => executable,
        None => undertone()?,
    };
    let folder = Path::new(FOLDER).join("store");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let file = folder.join("news.sqlite");
    let sqlite = measure(&undertone, file.to_str().context("a path is no UTF-8")?, rows, || {
        Ok(fs::metadata(&file)?.len())
    })?;
    fs::remove_file(&file)?;
    fs::remove_dir_all(&folder)?;
    let mut stores = vec![("SQLite", sqlite)];
    if !only_sqlite {
        requirements::postgresql();
        let server = Server::start()?;
        let measured = measure(&undertone, &server.address(), rows, || server.size())?;
        stores.push(("PostgreSQL", measured));
    }

    let row = |what: &str, cell: &dyn Fn(&Measured) -> String| {
        let cells: String = stores.iter().map(|(_, one)| format!(" {} |", cell(one))).collect();
        format!("| {what} |{cells}")
    };
    let heading: String = stores.iter().map(|(name, _)| format!(" {name} |")).collect();
    let mut lines = vec![
        format!("| {rows} headlines |{heading}"),
        format!("|---|{}", "---|".repeat(stores.len())),
        row("inserted, headlines a second", &|one| format!("{:.0}", rows as f64 / one.seconds)),
        row("size, MB", &|one| format!("{:.0}", one.bytes as f64 / 1e6)),
        row("200 new, and again, ms: p50, most", &|one| shown(&one.answer["batch"])),
    ];
    let queries = stores.first().and_then(|(_, one)| one.answer["queries"].as_object());
    for query in queries.context("expected queries")?.keys() {
        let what = format!("{query}, ms: p50, p99");
        lines.push(row(&what, &|one| shown(&one.answer["queries"][query])));
    }
    measurements::record("store", &lines.join("\n"), to_be_written)
}

/// What was measured of one store.
struct Measured {
    /// To insert all headlines
    seconds: f64,
    bytes: u64,
    answer: Value,
}

fn shown(times: &Value) -> String {
    let number = |key: &str| times[key].as_f64().unwrap_or(f64::NAN);
    format!("{:.2}, {:.2}", number("p50"), number("p99"))
}

fn measure(
    undertone: &Path,
    store: &str,
    rows: u64,
    size: impl Fn() -> Result<u64>,
) -> Result<Measured> {
    let begun = Instant::now();
    let mut import = Command::new(undertone)
        .args(["store", "import", store, "-"])
        .stdin(Stdio::piped())
        .spawn()?;
    let lines = import.stdin.take().context("expected a pipe")?;
    // An error is told of by the other end.
    let _ = write_headlines(BufWriter::new(lines), rows);
    ensure!(import.wait()?.success(), "undertone store import failed");
    let seconds = begun.elapsed().as_secs_f64();
    execute(Command::new(undertone).args(["store", "vacuum", store]))?;
    let bytes = size()?;
    let answer = json(Command::new(undertone).args(["store", "measure", store]))?;
    Ok(Measured { seconds, bytes, answer })
}

/// Writes headlines as `undertone store export` does, one from the other by a fixed rule.
fn write_headlines(mut out: impl Write, rows: u64) -> std::io::Result<()> {
    writeln!(out, "{{\"undertone_store\":2,\"last_id\":{rows}}}")?;
    let mut state = 25_u64;
    // Knuth's MMIX generator; its high bits are the good ones.
    let mut below = |n: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for id in 1..=rows {
        let seen = END - DAYS * 86_400 + id * DAYS * 86_400 / rows;
        // Of small numbers there are many, as of the names of coins and of sources.
        let mut low = |n: u64| below(n) * below(n) / n;
        let (source, name) = (low(SOURCES), low(NAMES));
        let negative = below(1000);
        let positive = below(1001 - negative);
        let neutral = 1000 - negative - positive;
        let most = negative.max(neutral).max(positive);
        let label = if most == neutral {
            "neutral"
        } else if most == positive {
            "positive"
        } else {
            "negative"
        };
        // Every second headline names somebody.
        let (names, whom) = if id % 2 == 0 {
            (format!("[\"Coin {name}\"]"), format!("Coin {name}"))
        } else {
            ("[]".to_owned(), "The market".to_owned())
        };
        writeln!(
            out,
            "{{\"id\":{id},\"title\":\"{whom} moves after exchange says that report number {id} of \
             the week is late\",\"source\":\"Publisher {source}\",\
             \"url\":\"https://news{source}.example.org/markets/2026/report-{id}.html\",\
             \"published\":{},\"first_seen\":{seen},\"last_seen\":{},\"label\":\"{label}\",\
             \"confidence\":{},\"probabilities\":{{\"negative\":{},\
             \"neutral\":{},\"positive\":{}}},\"model\":\"{}\",\"names\":{names}}}",
            seen - below(3600),
            seen + below(86_400),
            most as f64 / 1000.0,
            negative as f64 / 1000.0,
            neutral as f64 / 1000.0,
            positive as f64 / 1000.0,
            "0123456789abcdef".repeat(4),
        )?;
    }
    writeln!(out, "{{\"headlines\":{rows}}}")?;
    out.flush()
}

/// A PostgreSQL server of the measurement's own, as Debian configures one.
struct Server {
    folder: PathBuf,
    process: Child,
}

impl Server {
    fn start() -> Result<Self> {
        let found = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let programs = found.map(|entry| entry.path().join("bin")).max();
        let programs =
            programs.context("expected PostgreSQL in /usr/lib/postgresql, found none")?;
        // Outside of the repository, into which its user may not look.
        let folder = env::temp_dir().join(format!("undertone-bench-{}", std::process::id()));
        fs::create_dir(&folder)?;
        let program = |name: &str| {
            let program = programs.join(name);
            if !requirements::is_root() {
                return Command::new(program);
            }
            let mut command = Command::new("setpriv");
            command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
            command
        };
        if requirements::is_root() {
            execute(Command::new("chown").args(["-R", "nobody:nogroup"]).arg(&folder))?;
        }
        output(
            program("initdb")
                .args(["--auth=trust", "--username=undertone", "--encoding=UTF8"])
                .args(["--locale=C.UTF-8", "--pgdata"])
                .arg(folder.join("data"))
                .current_dir(&folder),
        )?;
        let process = program("postgres")
            .arg("-D")
            .arg(folder.join("data"))
            .args(["-c", "listen_addresses=", "-c"])
            .arg(format!("unix_socket_directories={}", folder.display()))
            .current_dir(&folder)
            .stderr(fs::File::create(folder.join("log"))?)
            .spawn()?;
        let server = Self { folder, process };
        let begun = Instant::now();
        while server.psql("SELECT 1").is_err() {
            ensure!(begun.elapsed().as_secs() < 60, "PostgreSQL does not answer");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Ok(server)
    }

    fn psql(&self, statement: &str) -> Result<String> {
        let mut command = Command::new("psql");
        command.args(["--username=undertone", "--dbname=postgres", "--tuples-only", "--no-align"]);
        command.arg("--host").arg(&self.folder).args(["--command", statement]);
        output(command.stderr(Stdio::null()))
    }

    fn address(&self) -> String {
        format!("postgres:///postgres?user=undertone&host={}", self.folder.display())
    }

    fn size(&self) -> Result<u64> {
        let size = self.psql("SELECT pg_database_size('postgres')")?;
        size.trim().parse().with_context(|| format!("expected a size, found {size:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
