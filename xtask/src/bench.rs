//! `cargo xtask bench train`: the trainer beside scikit-learn, held to its bars. The other
//! measurements have files of their own.

pub(crate) mod extension;
pub(crate) mod page;
pub(crate) mod peers;
pub(crate) mod score;
pub(crate) mod serve;
pub(crate) mod store;

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use serde_json::Value;

use crate::command::{cargo, output, run as execute};
use crate::measurements;
use crate::module::target_folder;

/// How many times faster than scikit-learn fitting must be.
const FIT_BAR: f64 = 5.0;
/// How many times faster than scikit-learn the whole process must be.
const PROCESS_BAR: f64 = 20.0;
/// How many times faster than fastText's training the whole process must be.
const FASTTEXT_BAR: f64 = 1.0;
/// The most seconds that model.toml may take.
const RECIPE_BAR: f64 = 60.0;
/// The most bytes of memory that streaming may take.
const STREAM_BAR: f64 = 512.0 * 1024.0 * 1024.0;
/// The share by which our objective may exceed that of scikit-learn.
const OBJECTIVE_SLACK: f64 = 1e-6;

/// The number of rounds in which both sides take turns.
const ROUNDS: usize = 5;
/// The number of warm fits in each round.
const FITS: usize = 5;
/// The factors by which the rows are repeated. The last is more than streaming may hold in memory.
const FACTORS: [usize; 4] = [1, 10, 100, 500];
/// The largest factor for L-BFGS, which holds all rows in memory.
const LARGEST_HELD: usize = 100;

const FOLDER: &str = "target/bench";
const SCRIPT: &str = "xtask/bench/train.py";
const REQUIREMENTS: &str = "tests/golden/requirements.txt";
const COLUMNS: [&str; 5] =
    ["--encoding=latin1", "--no-header", "--columns=label,text", "--folds=0", "--json"];

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Part {
    /// Fitting in a warm process
    Fit,
    /// The whole process
    Process,
    /// The whole process beside fastText's training, and the accuracy of both
    Fasttext,
    /// 1, 10, 100 and 500 times the rows
    Rows,
    /// model.toml with cross-validation
    Recipe,
}

/// How many threads numpy's BLAS may take.
#[derive(Clone, Copy, PartialEq)]
enum Threads {
    One,
    /// Every core.
    AsTheyCome,
}

/// The report of a measurement: the lines of the table, and the bars that were missed.
#[derive(Default)]
struct Report {
    lines: Vec<String>,
    missed: Vec<String>,
}

impl Report {
    fn line(&mut self, what: &str, ours: String, other: String, bar: &str, holds: Option<bool>) {
        let verdict = match holds {
            None => "",
            Some(true) => "met",
            Some(false) => "missed",
        };
        if holds == Some(false) {
            self.missed.push(what.to_owned());
        }
        self.lines.push(format!("| {what} | {ours} | {other} | {bar} | {verdict} |"));
    }

    /// Adds a line of the time that something takes us and another, as `shown` shows it, held to
    /// the factor by which we should be faster, if there is one.
    fn beside(
        &mut self,
        what: &str,
        shown: fn(f64) -> String,
        ours: f64,
        theirs: f64,
        bar: Option<f64>,
    ) {
        let ratio = theirs / ours;
        self.line(
            what,
            shown(ours),
            format!("{} ({ratio:.1}×)", shown(theirs)),
            &bar.map(|bar| format!("≥ {bar}×")).unwrap_or_default(),
            bar.map(|bar| ratio >= bar),
        );
    }

    /// Records the table of `bench` with what else is to stand below it, and fails if a bar was
    /// missed.
    fn finish(
        self,
        bench: &str,
        to_be_written: bool,
        what: &str,
        other: &str,
        below: &str,
    ) -> Result<()> {
        let heading = format!("| {what} | undertone | {other} | bar | |\n|---|---|---|---|---|");
        let table = format!("{heading}\n{}\n\n{below}", self.lines.join("\n"));
        measurements::record(bench, &table, to_be_written)?;
        ensure!(self.missed.is_empty(), "bars missed: {}", self.missed.join("; "));
        Ok(())
    }
}

struct Bench {
    python: PathBuf,
    undertone: PathBuf,
    data_folder: PathBuf,
    data: PathBuf,
    own: Own,
    report: Report,
}

/// The project's own headlines in the form of the PhraseBank, and a fifth of them kept aside.
struct Own {
    all: PathBuf,
    training: PathBuf,
    tested: PathBuf,
}

pub(crate) fn train(only: Option<Part>, to_be_written: bool) -> Result<()> {
    ensure!(
        only.is_none() || !to_be_written,
        "expected the whole table with --write: leave --only out"
    );
    fs::create_dir_all(FOLDER).context("could not make target/bench")?;
    let (data_folder, data) = phrasebank()?;
    let file = |name: &str| Path::new(FOLDER).join(name);
    let mut bench = Bench {
        python: python("python", REQUIREMENTS)?,
        own: Own {
            all: file("own.csv"),
            training: file("own-training.csv"),
            tested: file("own-tested.csv"),
        },
        undertone: undertone()?,
        data_folder,
        data,
        report: Report::default(),
    };
    let asked = |part| only.is_none_or(|only| only == part);
    let Own { all, training, tested } = &bench.own;
    bench.python([OsStr::new("own"), all.as_ref(), training.as_ref(), tested.as_ref()])?;
    let sets =
        [("all-data.csv", bench.data.clone()), ("data/headlines.csv", bench.own.all.clone())];
    if asked(Part::Fit) {
        sets.iter().try_for_each(|(name, data)| bench.fit(name, data))?;
    }
    if asked(Part::Process) {
        sets.iter().try_for_each(|(name, data)| bench.process(name, data))?;
    }
    if asked(Part::Fasttext) {
        bench.fasttext()?;
    }
    if asked(Part::Rows) {
        bench.rows()?;
    }
    if asked(Part::Recipe) {
        bench.recipe()?;
    }
    bench.report.finish("train", to_be_written, "medians", "other", "")
}

/// Measures accuracy where rows are few, which has no bar: the script says what beside what.
pub(crate) fn small(to_be_written: bool) -> Result<()> {
    fs::create_dir_all(FOLDER).context("could not make target/bench")?;
    let (data_folder, _) = phrasebank()?;
    let python = python("small-python", "xtask/bench/small-requirements.txt")?;
    let mut command = Command::new(python);
    command.arg("xtask/bench/small.py").arg(undertone()?).arg(data_folder);
    command.arg(Path::new(FOLDER).join("small"));
    measurements::record("small", &output(one_thread(&mut command))?, to_be_written)
}

/// Measures how time and memory grow, and draws it; no bars.
pub(crate) fn growth(to_be_written: bool) -> Result<()> {
    let folder = Path::new(FOLDER).join("growth");
    fs::create_dir_all(&folder).context("could not make target/bench/growth")?;
    let picture =
        if to_be_written { PathBuf::from("docs/growth.svg") } else { folder.join("growth.svg") };
    let mut command = Command::new(peers::peers_python()?);
    command.arg("xtask/bench/growth.py").arg(undertone()?).arg(&folder).arg(&picture);
    let table = output(&mut command)?;
    println!("drawn in {}", picture.display());
    measurements::record("growth", &table, to_be_written)
}

/// The folder of the data sets, and the PhraseBank in it.
fn phrasebank() -> Result<(PathBuf, PathBuf)> {
    let folder = env::var_os("UNDERTONE_DATA")
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let data = folder.join("all-data.csv");
    ensure!(
        data.is_file(),
        "expected the PhraseBank at {}; name its folder with UNDERTONE_DATA",
        data.display()
    );
    Ok((folder, data))
}

impl Bench {
    fn fit(&mut self, name: &str, data: &Path) -> Result<()> {
        let coefficients = Path::new(FOLDER).join("coefficients.json");
        let fits = FITS.to_string();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut objectives = (f64::NAN, f64::NAN);
        for _ in 0..ROUNDS {
            let mut command = cargo();
            command.args([
                "bench",
                "--quiet",
                "--package=undertone",
                "--features=train",
                "--bench=train",
                "--",
            ]);
            let fit = json(command.arg(data).arg(&fits).arg(&coefficients))?;
            ours.extend(numbers(&fit["seconds"]));
            let fit = self.python([
                OsStr::new("fit"),
                data.as_ref(),
                fits.as_ref(),
                coefficients.as_ref(),
            ])?;
            theirs.extend(numbers(&fit["seconds"]));
            objectives = (number(&fit["our_objective"])?, number(&fit["objective"])?);
        }
        let what = format!("{name}: fit, one thread, {} warm fits each", ROUNDS * FITS);
        self.report.beside(&what, milliseconds, median(ours), median(theirs), Some(FIT_BAR));
        let (ours, theirs) = objectives;
        self.report.line(
            &format!("{name}: objective reached"),
            format!("{ours:.4}"),
            format!("{theirs:.4}"),
            &format!("≤ 1 + {OBJECTIVE_SLACK:e}"),
            Some(ours <= theirs * (1.0 + OBJECTIVE_SLACK)),
        );
        Ok(())
    }

    fn process(&mut self, name: &str, data: &Path) -> Result<()> {
        let pickle = Path::new(FOLDER).join("model.pickle");
        let script: [&OsStr; 5] = [
            self.python.as_ref(),
            SCRIPT.as_ref(),
            "process".as_ref(),
            data.as_ref(),
            pickle.as_ref(),
        ];
        for (threads, option) in [(Threads::One, &["--threads=1"][..]), (Threads::AsTheyCome, &[])]
        {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(self.undertone(data, option)?.0);
                theirs.push(self.measure(threads, script)?.0);
            }
            let threads = match threads {
                Threads::One => "one thread",
                Threads::AsTheyCome => "threads as they come",
            };
            let what = format!("{name}: whole process, {threads}, {ROUNDS} runs each");
            let (ours, theirs) = (median(ours), median(theirs));
            self.report.beside(&what, milliseconds, ours, theirs, Some(PROCESS_BAR));
        }
        Ok(())
    }

    /// The project's own headlines. fastText's time is that of `train_supervised` alone.
    fn fasttext(&mut self) -> Result<()> {
        let python = peers::peers_python()?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut accuracy = f64::NAN;
        for _ in 0..ROUNDS {
            ours.push(self.undertone(&self.own.training, &["--threads=1"])?.0);
            let mut command = Command::new(&python);
            command.args([SCRIPT, "fasttext"]).args([&self.own.training, &self.own.tested]);
            let found = json(&mut command)?;
            theirs.push(number(&found["seconds"])?);
            accuracy = number(&found["accuracy"])?;
        }
        let what = "data/headlines.csv but a fifth: whole process beside fastText's training";
        let (ours, theirs) = (median(ours), median(theirs));
        self.report.beside(what, milliseconds, ours, theirs, Some(FASTTEXT_BAR));
        let scores = json(
            Command::new(&self.undertone)
                .args(["evaluate", "--json", "--encoding=latin1", "--no-header"])
                .args(["--columns=label,text", "--model"])
                .arg(Path::new(FOLDER).join("model.bin"))
                .arg("--data")
                .arg(&self.own.tested),
        )?;
        let ours = number(&scores["accuracy"])?;
        self.report.line(
            "the same: accuracy on that fifth",
            format!("{ours:.3}"),
            format!("{accuracy:.3}"),
            "≥",
            Some(ours >= accuracy),
        );
        Ok(())
    }

    fn rows(&mut self) -> Result<()> {
        for factor in FACTORS {
            let grown = Path::new(FOLDER).join(format!("rows-{factor}.csv"));
            self.python([
                OsStr::new("grow"),
                self.data.as_ref(),
                factor.to_string().as_ref(),
                grown.as_ref(),
            ])?;
            let megabytes = fs::metadata(&grown)?.len() as f64 / 1e6;
            for (solver, largest) in [("lbfgs", LARGEST_HELD), ("sgd", usize::MAX)] {
                if factor > largest {
                    continue;
                }
                let rounds = if factor < LARGEST_HELD { 3 } else { 1 };
                let mut runs = Vec::new();
                for _ in 0..rounds {
                    runs.push(self.undertone(&grown, &["--solver", solver])?);
                }
                let peak = runs.iter().map(|run| run.1).fold(0.0, f64::max);
                let seconds = median(runs.into_iter().map(|run| run.0).collect());
                let bounded = solver == "sgd";
                self.report.line(
                    &format!("{factor}× rows ({megabytes:.1} MB), {solver}"),
                    format!(
                        "{seconds:.2} s, {:.0} ms a 1×, {:.0} MiB",
                        1e3 * seconds / factor as f64,
                        peak / f64::from(1 << 20)
                    ),
                    String::new(),
                    if bounded { "< 512 MiB" } else { "" },
                    bounded.then_some(peak < STREAM_BAR),
                );
            }
            fs::remove_file(&grown)?;
        }
        Ok(())
    }

    fn recipe(&mut self) -> Result<()> {
        let out = Path::new(FOLDER).join("model.bin");
        let arguments: [&OsStr; 9] = [
            self.undertone.as_ref(),
            "train".as_ref(),
            "--recipe=model.toml".as_ref(),
            "--data-folder".as_ref(),
            self.data_folder.as_ref(),
            "--threads=2".as_ref(),
            "--json".as_ref(),
            "--out".as_ref(),
            out.as_ref(),
        ];
        let (seconds, peak) = self.measure(Threads::One, arguments)?;
        self.report.line(
            "model.toml with cross-validation, two threads",
            format!("{seconds:.1} s, {:.0} MiB", peak / f64::from(1 << 20)),
            String::new(),
            "< 60 s",
            Some(seconds < RECIPE_BAR),
        );
        Ok(())
    }

    /// Runs `undertone train` without cross-validation. Returns seconds and peak bytes.
    fn undertone(&self, data: &Path, options: &[&str]) -> Result<(f64, f64)> {
        let out = Path::new(FOLDER).join("model.bin");
        let arguments: [&OsStr; 6] = [
            self.undertone.as_ref(),
            "train".as_ref(),
            "--data".as_ref(),
            data.as_ref(),
            "--out".as_ref(),
            out.as_ref(),
        ];
        let options = COLUMNS.iter().chain(options).map(OsStr::new);
        self.measure(Threads::One, arguments.into_iter().chain(options))
    }

    fn measure<'a>(
        &self,
        threads: Threads,
        command: impl IntoIterator<Item = &'a OsStr>,
    ) -> Result<(f64, f64)> {
        let mut measured = self.script(threads);
        let measured = json(measured.arg("measure").args(command))?;
        Ok((number(&measured["seconds"])?, number(&measured["peak"])?))
    }

    fn python<'a>(&self, arguments: impl IntoIterator<Item = &'a OsStr>) -> Result<Value> {
        json(self.script(Threads::One).args(arguments))
    }

    fn script(&self, threads: Threads) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(SCRIPT);
        if threads == Threads::One {
            one_thread(&mut command);
        }
        command
    }
}

/// A Python command on one thread, as numpy's BLAS would take every core.
fn one_thread(command: &mut Command) -> &mut Command {
    command.env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1")
}

/// Builds the command as it is shipped, but for what nothing here measures: scraping, serving, and
/// Parquet, which are most of the compile time.
fn undertone() -> Result<PathBuf> {
    execute(cargo().args([
        "build",
        "--profile=dist",
        "--package=undertone-cli",
        "--no-default-features",
        "--features=training",
    ]))?;
    Ok(target_folder()?.join("dist").join(format!("undertone{}", env::consts::EXE_SUFFIX)))
}

/// The Python of a virtual environment with the packages of a requirements file. It is made if it
/// is missing or has other versions.
pub(crate) fn python(name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = Path::new(FOLDER).join(name);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = programs.join(format!("python{}", env::consts::EXE_SUFFIX));
    let marker = folder.join("installed.txt");
    let wanted = fs::read_to_string(requirements).with_context(|| requirements.to_owned())?;
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let system = if cfg!(windows) { "python" } else { "python3" };
    execute(Command::new(system).args(["-m", "venv", "--clear"]).arg(&folder))
        .context("Python 3.11 or newer with its venv module is needed")?;
    execute(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--requirement",
        requirements,
    ]))?;
    // Written last, so that a broken installation leaves no marker.
    fs::write(marker, wanted)?;
    Ok(python)
}

fn json(command: &mut Command) -> Result<Value> {
    let text = output(command)?;
    serde_json::from_str(&text).with_context(|| format!("expected JSON, found {text:?}"))
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().with_context(|| format!("expected a number, found {value}"))
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// The median, the lower of two middle values; NaN of no values, which reaches no bar.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.1} ms", 1e3 * seconds)
}

#[cfg(test)]
mod tests {
    use super::{Report, median};

    #[test]
    fn a_missed_bar_is_reported_and_nothing_meets_none() {
        let mut report = Report::default();
        let mut line = |what, holds| report.line(what, String::new(), String::new(), "", holds);
        line("kept", Some(true));
        line("free", None);
        line("empty", Some(median(Vec::new()) >= 0.0));
        assert_eq!(report.missed, ["empty"]);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
