//! `cargo xtask test`: every check, the quick ones first.

use std::env;
use std::fmt::{self, Write};
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use clap::{Args, ValueEnum};

use crate::command::{cargo, node, run as execute};
use crate::compiler::Work;
use crate::tally::Tally;
use crate::{
    container, extension, module, package, page, requirements, serve, size, spark, wasm_test_runner,
};

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Step {
    /// rustfmt
    Format,
    /// The native tests and the command, compiled by clippy
    Compile,
    /// clippy over each build, warnings are errors
    Lint,
    /// rustdoc, warnings are errors
    Doc,
    /// The chores' own tests
    Xtask,
    /// The wasm tests in Node
    WasmNode,
    /// The wasm tests in headless Chromium
    WasmBrowser,
    /// The page and the module against their size budgets
    Size,
    /// The page in headless Chromium
    Page,
    /// The browser extension in headless Chromium, and its zips by Mozilla's linter and the budget
    Extension,
    /// The page, the package and the extension in headless Firefox, but for what only Chromium can
    /// be driven to do
    Firefox,
    // The last beside what compiles, as it uses nine tenths of the cores by itself: browsers alone,
    // three quarters.
    /// The packed npm package, installed, in Node and in headless Chromium
    Package,
    /// The native tests and doc tests
    Native,
    /// The Dockerfile, built and run; minutes, Linux, root, buildah, podman and runc: only if asked
    Container,
    /// A million rows through PySpark, an executor killed; minutes, Java, 400 MB of PyPI: only if
    /// asked
    Spark,
}

/// The steps to run, or to name.
#[derive(Args)]
pub(crate) struct Which {
    /// Names the steps and runs none
    #[arg(long)]
    list: bool,
    /// Runs this step; may be given several times
    #[arg(long, value_name = "STEP", value_enum)]
    only: Vec<Step>,
    /// Runs this step and those after it
    #[arg(long, value_name = "STEP", value_enum, conflicts_with = "only")]
    from: Option<Step>,
}

impl Which {
    /// The steps that were asked for, in the order of running.
    fn steps(&self) -> Result<Vec<Step>> {
        let every = Step::value_variants().iter().copied();
        if !self.only.is_empty() {
            return Ok(every.filter(|step| self.only.contains(step)).collect());
        }
        let usual = every.filter(|step| !step.is_only_if_asked());
        let Some(from) = self.from else { return Ok(usual.collect()) };
        let name = from.name();
        ensure!(!from.is_only_if_asked(), "`{name}` is run by `--only {name}` alone");
        Ok(usual.skip_while(|step| *step != from).collect())
    }
}

pub(crate) fn run(which: &Which) -> Result<()> {
    let steps = which.steps()?;
    if which.list {
        list(&steps);
        return Ok(());
    }
    fetch_ahead(&steps);
    let begun = Instant::now();
    let mut summary = Summary::default();
    // In parallel: browsers mostly wait, compilers mostly compute.
    let (of_the_page, others): (Vec<Step>, Vec<Step>) =
        steps.iter().partition(|step| step.is_of_the_page());
    let (steps, mut beside) = if of_the_page.is_empty() || others.is_empty() {
        (steps, None)
    } else {
        (others, Some(Beside::start(of_the_page, steps.contains(&Step::Compile))))
    };
    let mut failed = None;
    for (index, &step) in steps.iter().enumerate() {
        if failed.is_some() {
            summary.rows.push((step.name(), None, "not run"));
            continue;
        }
        println!("\n== {}/{} {}: {}", index + 1, steps.len(), step.name(), step.help());
        let begun = Instant::now();
        let result = step.run(&mut summary.tally);
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        summary.rows.push((step.name(), Some(begun.elapsed()), verdict));
        if let Some(beside) = beside.as_mut().filter(|_| step == Step::Compile) {
            beside.go_on(result.is_ok());
        }
        failed = result.err().map(|error| {
            error.context(format!(
                "step `{name}` failed; `cargo xtask test --only {name}` runs it alone",
                name = step.name()
            ))
        });
    }
    // The final summary of the last step is printed last, for readers of the end of the output
    // alone.
    let closing = summary.tally.take_closing();
    if let Some(beside) = beside {
        let error = beside.finish(&mut summary);
        failed = failed.or(error);
    }
    summary.rows.push(("together".to_owned(), Some(begun.elapsed()), ""));
    print!("{summary}\n{}\n\n{closing}", summary.tally);
    failed.map_or(Ok(()), Err)
}

/// Steps that other processes of this program run at the same time. Their output is kept until they
/// end.
struct Beside {
    steps: Vec<Step>,
    /// Whether the command is compiled, which those steps that need it wait for.
    compiled: Option<Sender<bool>>,
    run: JoinHandle<(Result<()>, Tally, Vec<u8>, Duration)>,
}

impl Beside {
    /// Starts the steps; if the command is being compiled, those that need it begin when it is.
    /// Cargo would let them wait, too, and afterwards for each other command that compiles.
    fn start(steps: Vec<Step>, is_compiling: bool) -> Self {
        println!("\n== at the same time, told of at the end: {}", only(&steps).join(" "));
        let (compiled, is_compiled) = mpsc::channel();
        let (with_command, without): (Vec<Step>, Vec<Step>) =
            steps.iter().partition(|step| is_compiling && step.needs_the_command());
        let run = thread::spawn(move || {
            let begun = Instant::now();
            let (mut tally, mut said) = (Tally::default(), Vec::new());
            let mut result = beside(&without, false, &mut tally, &mut said);
            if result.is_ok() && !with_command.is_empty() {
                result = match is_compiled.recv() {
                    Ok(true) => beside(&with_command, true, &mut tally, &mut said),
                    _ => Err(anyhow!(
                        "not run without the command: {}",
                        only(&with_command).join(" ")
                    )),
                };
            }
            (result, tally, said, begun.elapsed())
        });
        Self { steps, compiled: Some(compiled), run }
    }

    /// Lets the steps begin that need the command, if it is compiled.
    fn go_on(&mut self, is_compiled: bool) {
        if let Some(compiled) = self.compiled.take() {
            // Nobody listens where the first steps failed.
            let _ = compiled.send(is_compiled);
        }
    }

    /// Waits for the process, and passes its output on. Returns its error, if it failed.
    fn finish(mut self, summary: &mut Summary) -> Option<anyhow::Error> {
        self.go_on(false);
        let Ok((result, mut tally, said, time)) = self.run.join() else {
            return Some(anyhow!("the thread of the browsers' steps ended by itself"));
        };
        print!("{}{}", String::from_utf8_lossy(&said), tally.take_closing());
        summary.tally.add(tally);
        let names: Vec<String> = self.steps.into_iter().map(Step::name).collect();
        let verdict = if result.is_ok() { "passed, at the same time" } else { "FAILED" };
        summary.rows.push((names.join(", "), Some(time), verdict));
        result.err().map(|error| error.context("a step in a browser failed; see above which"))
    }
}

/// Runs steps in another process.
fn beside(steps: &[Step], is_compiled: bool, tally: &mut Tally, said: &mut Vec<u8>) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let program = env::current_exe().context("could not find this executable's path")?;
    let mut command = Command::new(program);
    command.arg("test").args(only(steps)).args(requirements::system_packages());
    if is_compiled {
        command.env(COMPILED, "1");
    }
    tally.count_to(&mut command, said)
}

fn only(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| format!("--only={}", step.name())).collect()
}

fn list(steps: &[Step]) {
    let usual = |step: &&Step| !step.is_only_if_asked();
    let optional = Step::value_variants().iter().filter(|step| step.is_only_if_asked());
    for step in steps.iter().filter(usual).chain(optional) {
        println!("{:<14}{}", step.name(), step.help());
    }
}

/// Installs the npm packages and a browser while the first steps compile. If that fails, the step
/// that needs them tries again, and reports the error.
fn fetch_ahead(steps: &[Step]) {
    let needed = |of: &[Step]| of.iter().any(|step| steps.contains(step));
    let mut folders = Vec::new();
    let of_browsers =
        [Step::WasmBrowser, Step::Size, Step::Page, Step::Package, Step::Extension, Step::Firefox];
    if needed(&of_browsers) {
        folders.push(".");
    }
    if needed(&[Step::Package, Step::Extension, Step::Firefox]) {
        folders.push(PACKAGE_TESTS);
    }
    let is_headless = needed(&[Step::WasmBrowser, Step::Page, Step::Package]);
    thread::spawn(move || {
        for folder in folders {
            let _ = requirements::npm_packages_of(Path::new(folder));
        }
        if is_headless {
            let _ = requirements::headless_chromium();
        }
    });
}

/// The summary: the steps that were run, their times and results.
#[derive(Default)]
struct Summary {
    rows: Vec<(String, Option<Duration>, &'static str)>,
    tally: Tally,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<14}{:>8}", "step", "seconds")?;
        for (name, time, verdict) in &self.rows {
            let seconds =
                time.map_or_else(String::new, |time| format!("{:.0}", time.as_secs_f64()));
            writeln!(f, "{name:<14}{seconds:>8}  {verdict}")?;
        }
        Ok(())
    }
}

impl Step {
    /// Whether the step builds the page, which only one process at a time may do. Nearly all of
    /// these steps open it in a browser.
    fn is_of_the_page(self) -> bool {
        matches!(self, Self::Size | Self::Page | Self::Package | Self::Extension | Self::Firefox)
    }

    /// Whether the tests of the step compare with what the command says.
    fn needs_the_command(self) -> bool {
        matches!(self, Self::Page | Self::Package | Self::Firefox)
    }

    /// Whether the step takes more time or rights than a run of all checks should.
    fn is_only_if_asked(self) -> bool {
        matches!(self, Self::Container | Self::Spark)
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn help(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    fn run(self, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Format => {
                requirements::rust_component("rustfmt", "fmt")?;
                execute(cargo().args(["fmt", "--all", "--check"]))
            }
            Self::Compile => compile(),
            Self::Lint => lint(),
            Self::Doc => doc(),
            Self::Xtask => tally.count(&mut xtask_tests()?),
            Self::WasmNode => tally.count(&mut wasm_tests()?),
            Self::WasmBrowser => {
                requirements::npm_packages()?;
                let chromium = requirements::headless_chromium()?;
                let mut tests = wasm_tests()?;
                tally.count(tests.env(wasm_test_runner::USE_BROWSER, "1").env("CHROMIUM", chromium))
            }
            Self::Size => size::run(),
            Self::Page => {
                requirements::npm_packages()?;
                let chromium = requirements::headless_chromium()?;
                page::build()?;
                let undertone = undertone()?;
                let (address, _server) = serve::start(0)?;
                tally.count(
                    node_tests()
                        .args(in_few_processes(page::tests()?, 2 * cores(), "page")?)
                        .env("CHROMIUM", chromium)
                        .env("PAGE", address)
                        .env("UNDERTONE", undertone),
                )
            }
            Self::Firefox => firefox_tests(tally),
            Self::Package => package_tests(tally),
            Self::Extension => extension_tests(tally),
            Self::Native => {
                requirements::postgresql();
                // By itself, so that a terminal shows the progress of the compiler.
                compile()?;
                let mut tests = cargo();
                tests.args(["test", "--no-fail-fast", TESTED]);
                tally.count(Work::Compile.asked_of(&mut tests)?)
            }
            Self::Container => container::test(),
            Self::Spark => spark::test(),
        }
    }
}

fn lint() -> Result<()> {
    const BARE: &str = "thumbv7em-none-eabihf";
    compile()?;
    execute(wasm_tests()?.arg("--no-run"))?;
    execute(xtask_tests()?.arg("--no-run"))?;
    let builds: [&[&str]; 3] = [
        &["--package=undertone", UNIFIED],
        // Without scraper and server, but for a feature of Arrow's that the tests have.
        &[
            "--package=undertone-cli",
            UNIFIED,
            "--no-default-features",
            "--features=arrow-array/chrono-tz",
        ],
        // The features that the container ships, without the page, which would have to be built
        // first.
        &[
            "--package=undertone-cli",
            UNIFIED,
            "--no-default-features",
            "--features=arrow-array/chrono-tz,undertone-cli/scrape,undertone-cli/serve",
        ],
    ];
    for build in builds {
        execute(Work::Lint.asked_of(cargo().args(["build", "--lib"]).args(build))?)?;
    }
    module::lint()?;
    // The core needs no operating system: this target has none.
    requirements::rust_target(BARE)?;
    execute(cargo().args(["check", "--package=undertone", "--lib", "--target", BARE]))
}

/// Selected with others, it has all that they depend on take the features that it has in the tests,
/// and nothing is compiled once more for a feature that is on here and off there.
const UNIFIED: &str = "--package=workspace-hack";

/// With what the fuzz targets call, which is linted so: by itself, all that it depends on would be
/// gone through once more. As it ships, without it, the command is among the builds of `lint`.
const TESTED: &str = "--features=undertone-cli/_fuzzing";

/// Compiles the native tests, the benchmarks and the command, together: apart, cargo would give
/// some crates other features, and compile these and all that depends on them twice. Clippy does
/// that, so that nothing is gone through once more to be linted.
fn compile() -> Result<()> {
    requirements::rust_component("clippy", "clippy")?;
    execute(Work::Compile.asked_of(cargo().args(["test", "--all-targets", "--no-run", TESTED]))?)
}

/// The chores' own tests.
fn xtask_tests() -> Result<Command> {
    requirements::rust_component("clippy", "clippy")?;
    let mut command = cargo();
    Work::Compile.asked_of(command.args(["test", "--package=xtask"]))?;
    Ok(command)
}

/// As docs.rs does, but for the features of both packages together.
fn doc() -> Result<()> {
    const BOTH: [&str; 2] = ["--package=undertone", "--package=undertone-cli"];
    execute(Work::Document.asked_of(cargo().args(["build", "--lib", UNIFIED]).args(BOTH))?)
}

const PACKAGE_TESTS: &str = "tests/package";

fn package_tests(tally: &mut Tally) -> Result<()> {
    requirements::npm_packages()?;
    requirements::npm_packages_of(Path::new(PACKAGE_TESTS))?;
    let chromium = requirements::headless_chromium()?;
    package::build()?;
    let tarball = package::pack()?;
    let undertone = undertone()?;
    let mut tests: Vec<PathBuf> =
        fs::read_dir(PACKAGE_TESTS)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    tests.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    tests.sort();
    tally.count(
        node_tests()
            .args(tests)
            .env("CHROMIUM", chromium)
            .env("TARBALL", tarball)
            .env("UNDERTONE", undertone),
    )
}

fn extension_tests(tally: &mut Tally) -> Result<()> {
    requirements::npm_packages()?;
    requirements::npm_packages_of(Path::new(PACKAGE_TESTS))?;
    let chromium = requirements::chromium()?;
    extension::build()?;
    tally.count(node_tests().args(extension::TESTS).env("CHROMIUM", chromium))
}

fn firefox_tests(tally: &mut Tally) -> Result<()> {
    const OF_THE_PACKAGE: [&str; 3] =
        ["browser.test.mjs", "element.test.mjs", "same-answers.test.mjs"];
    requirements::npm_packages()?;
    requirements::npm_packages_of(Path::new(PACKAGE_TESTS))?;
    let firefox = requirements::firefox()?;
    page::build()?;
    let tarball = package::pack()?;
    extension::of_package()?;
    let undertone = undertone()?;
    let (address, _server) = serve::start(0)?;
    let mut tests = page::tests_for_any_browser()?;
    tests.extend(OF_THE_PACKAGE.map(|name| Path::new(PACKAGE_TESTS).join(name)));
    tally.count(
        node_tests()
            .args(in_few_processes(tests, cores(), "firefox")?)
            .arg(extension::TESTS[0])
            .env("FIREFOX", firefox)
            .env("PAGE", address)
            .env("TARBALL", tarball)
            .env("UNDERTONE", undertone),
    )
}

/// Node's test runner, with a file on each core.
fn node_tests() -> Command {
    let mut command = node();
    command.args(["--test", "--test-reporter=spec", &format!("--test-concurrency={}", cores())]);
    command
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Files that import these tests. Node's test runner gives each file a process of its own, and with
/// it a browser, whose start takes Firefox as long as ten visits. Where a start takes less, two for
/// each core leave none idle for long while another has the longer ones.
fn in_few_processes(tests: Vec<PathBuf>, processes: usize, step: &str) -> Result<Vec<PathBuf>> {
    let folder = module::target_folder()?.join("tests");
    fs::create_dir_all(&folder)
        .with_context(|| format!("could not create {}", folder.display()))?;
    let here = env::current_dir().context("could not find the folder this is run in")?;
    let mut shares = vec![(0, String::new()); processes];
    // What a file holds is a guess at how long its tests take.
    let bytes = |test: PathBuf| Ok((fs::metadata(&test)?.len(), test));
    let mut tests: Vec<_> = tests.into_iter().map(bytes).collect::<Result<_>>()?;
    tests.sort_by(|one, other| other.cmp(one));
    for (bytes, test) in tests {
        let Some((taken, imports)) = shares.iter_mut().min_by_key(|(taken, _)| *taken) else {
            break;
        };
        *taken += bytes;
        // In quotes and with its backslashes escaped, as JavaScript's strings are; by its address,
        // as drive letters would be taken for a protocol.
        let path = here.join(test).to_string_lossy().replace('\\', "/");
        writeln!(imports, "import {:?};", format!("file:///{}", path.trim_start_matches('/')))?;
    }
    let filled = shares.into_iter().filter(|(taken, _)| *taken > 0);
    filled
        .enumerate()
        .map(|(index, (_, imports))| {
            let file = folder.join(format!("{step}-{}.test.mjs", index + 1));
            fs::write(&file, imports)
                .with_context(|| format!("could not write {}", file.display()))?;
            Ok(file)
        })
        .collect()
}

/// Set where the command is compiled already.
const COMPILED: &str = "UNDERTONE_COMPILED";

/// The command, for tests that run it.
fn undertone() -> Result<PathBuf> {
    if env::var_os(COMPILED).is_none() {
        compile()?;
    }
    Ok(module::target_folder()?.join(format!("debug/undertone{}", env::consts::EXE_SUFFIX)))
}

/// `tests/web.rs`, run by this very executable.
fn wasm_tests() -> Result<Command> {
    requirements::rust_component("clippy", "clippy")?;
    requirements::wasm_target()?;
    let this = env::current_exe().context("could not find this executable's path")?;
    let runner = format!("target.wasm32-unknown-unknown.runner=[{this:?},'wasm-test-runner']");
    let mut command = cargo();
    command.args([
        "test",
        "--package=undertone",
        "--test=web",
        "--target=wasm32-unknown-unknown",
        "--features=wasm,wasm-names",
        "--config",
        &runner,
    ]);
    Work::Compile.asked_of(&mut command)?;
    Ok(command)
}
