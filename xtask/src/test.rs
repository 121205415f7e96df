//! `cargo xtask test`: every check, the quick ones first.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::command::{cargo, node, run as execute};
use crate::{container, module, package, page, requirements, serve, size, spark, wasm_test_runner};

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Step {
    /// rustfmt
    Format,
    /// clippy over each build, warnings are errors
    Lint,
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
    /// The packed npm package, installed, in Node and in headless Chromium
    Package,
    /// The native tests and doc tests
    Native,
    /// The Dockerfile, built and run; minutes, Linux, root, buildah, podman and runc: only if asked
    Container,
    /// A million rows through PySpark, an executor killed; minutes, Java, 400 MB of PyPI: only if asked
    Spark,
}

pub(crate) fn run(only: Option<Step>) -> Result<()> {
    // Native comes last so that cargo's own summary ends the output.
    let every: Vec<Step> =
        Step::value_variants().iter().copied().filter(|step| !step.is_only_if_asked()).collect();
    let steps = only.as_ref().map_or(&every[..], std::slice::from_ref);
    let start = Instant::now();
    for (index, step) in steps.iter().enumerate() {
        let (name, help) = step.described();
        println!(
            "\n== {}/{} {name}: {help} ({:.0} s so far)",
            index + 1,
            steps.len(),
            start.elapsed().as_secs_f64()
        );
        let begun = Instant::now();
        step.run().with_context(|| {
            format!(
                "step `{name}` failed after {:.0} s; `cargo xtask test --only {name}` repeats it",
                begun.elapsed().as_secs_f64()
            )
        })?;
    }
    Ok(())
}

impl Step {
    /// Whether it takes more time and rights than a run of every check should.
    fn is_only_if_asked(self) -> bool {
        matches!(self, Self::Container | Self::Spark)
    }

    fn described(&self) -> (String, String) {
        self.to_possible_value()
            .map(|value| {
                let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                (value.get_name().to_owned(), help)
            })
            .unwrap_or_default()
    }

    fn run(self) -> Result<()> {
        match self {
            Self::Format => {
                requirements::rust_component("rustfmt", "fmt")?;
                execute(cargo().args(["fmt", "--all", "--check"]))
            }
            Self::Lint => lint(),
            Self::Xtask => execute(cargo().args(["test", "--package=xtask", "--profile=xtask"])),
            Self::WasmNode => execute(&mut wasm_tests()?),
            Self::WasmBrowser => execute(wasm_tests()?.env(wasm_test_runner::USE_BROWSER, "1")),
            Self::Size => size::run(),
            Self::Page => {
                requirements::npm_packages()?;
                let chromium = requirements::chromium()?;
                page::build()?;
                let undertone = undertone()?;
                let (address, _server) = serve::start(0)?;
                // One after the other: some of them measure time.
                execute(
                    node()
                        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
                        .args(page::tests()?)
                        .env("CHROMIUM", chromium)
                        .env("PAGE", address)
                        .env("UNDERTONE", undertone),
                )
            }
            Self::Package => package_tests(),
            Self::Native => execute(cargo().arg("test")),
            Self::Container => container::test(),
            Self::Spark => spark::test(),
        }
    }
}

fn lint() -> Result<()> {
    requirements::rust_component("clippy", "clippy")?;
    requirements::wasm_target()?;
    let builds: [&[&str]; 7] = [
        &["--all-targets"],
        &["--lib", "--features=fuzzing"],
        &["--lib", "--no-default-features"],
        // Neither scraper nor server.
        &["--lib", "--no-default-features", "--features=cli"],
        // What the container ships, but for the page, which is built first.
        &["--bin=undertone", "--no-default-features", "--features=scrape,serve"],
        &[
            "--lib",
            "--test=web",
            "--target=wasm32-unknown-unknown",
            "--no-default-features",
            "--features=wasm",
        ],
        &["--package=xtask", "--all-targets", "--profile=xtask"],
    ];
    for build in builds {
        execute(cargo().arg("clippy").args(build).args(["--", "--deny=warnings"]))?;
    }
    Ok(())
}

fn package_tests() -> Result<()> {
    const FOLDER: &str = "tests/package";
    requirements::npm_packages()?;
    requirements::npm_packages_of(Path::new(FOLDER))?;
    let chromium = requirements::chromium()?;
    package::build()?;
    let tarball = package::pack()?;
    let undertone = undertone()?;
    let mut tests: Vec<PathBuf> =
        fs::read_dir(FOLDER)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    tests.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    tests.sort();
    execute(
        node()
            // Side by side they would measure each other's load.
            .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
            .args(tests)
            .env("CHROMIUM", chromium)
            .env("TARBALL", tarball)
            .env("UNDERTONE", undertone),
    )
}

/// The command line, built for what is tested against it.
fn undertone() -> Result<PathBuf> {
    execute(cargo().args(["build", "--bin=undertone"]))?;
    Ok(module::target_folder()?.join(format!("debug/undertone{}", env::consts::EXE_SUFFIX)))
}

/// `tests/web.rs`, run by this very executable.
fn wasm_tests() -> Result<Command> {
    requirements::wasm_target()?;
    let this = env::current_exe().context("could not find this executable's path")?;
    let runner = format!("target.wasm32-unknown-unknown.runner=[{this:?},'wasm-test-runner']");
    let mut command = cargo();
    command.args([
        "test",
        "--test=web",
        "--target=wasm32-unknown-unknown",
        "--no-default-features",
        "--features=wasm",
        "--config",
        &runner,
    ]);
    Ok(command)
}
