//! What cargo calls with a wasm test binary: wasm-bindgen's own runner, in this executable.
//!
//! For Node it does all the work. For the browser it would need a chromedriver, which neither
//! Chrome nor Playwright's Chromium comes with; so it only serves the tests, and Playwright, which
//! the page's tests need anyway, opens them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::command::node;
use crate::requirements;

/// wasm-bindgen's variables: run in a browser; and serve the tests for a person to open.
pub(crate) const USE_BROWSER: &str = "WASM_BINDGEN_USE_BROWSER";
const NO_HEADLESS: &str = "NO_HEADLESS";

pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    if env::var_os(USE_BROWSER).is_some() && env::var_os(NO_HEADLESS).is_none() {
        return in_headless_chromium(arguments);
    }
    let name = OsString::from("wasm-bindgen-test-runner");
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(
        [&name].into_iter().chain(arguments),
    )
}

fn in_headless_chromium(arguments: &[OsString]) -> Result<()> {
    requirements::npm_packages()?;
    let chromium = requirements::chromium()?;
    let mut server = Server::start(arguments)?;
    let output = server.process.stdout.take().context("the test server has no output")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        if let Some(position) = line.find("http://") {
            let status = node()
                .arg("tests/browser/run-wasm-tests.mjs")
                .arg(&line[position..])
                .env("CHROMIUM", chromium)
                .status()?;
            ensure!(status.success(), "the wasm tests failed in Chromium");
            return Ok(());
        }
        println!("{line}");
    }
    // Nothing was served: there were no tests, or they could not be loaded.
    let status = server.process.wait()?;
    ensure!(status.success(), "the wasm tests could not be served: {status}");
    Ok(())
}

/// This executable once more, serving the tests until it is dropped.
struct Server {
    process: Child,
    /// A server that is ended leaves its temporary files; they go with this folder.
    files: PathBuf,
}

impl Server {
    fn start(arguments: &[OsString]) -> Result<Self> {
        let files = env::temp_dir().join(format!("undertone-wasm-tests-{}", process::id()));
        fs::create_dir_all(&files)?;
        let process = Command::new(env::current_exe()?)
            .arg("wasm-test-runner")
            .args(arguments)
            .env(NO_HEADLESS, "1")
            .env("WASM_BINDGEN_TEST_ADDRESS", "127.0.0.1:0")
            .envs(["TMPDIR", "TMP"].map(|name| (name, &files)))
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self { process, files })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The first two fail only where the server has already ended, and a folder that stays
        // behind in the system's temporary one does no harm.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.files);
    }
}
