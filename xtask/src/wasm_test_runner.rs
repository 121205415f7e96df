//! The runner that cargo calls with a wasm test binary: that of wasm-bindgen, in this executable.
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

/// The environment variable by which wasm-bindgen runs tests in a browser.
pub(crate) const USE_BROWSER: &str = "WASM_BINDGEN_USE_BROWSER";
/// The environment variable by which wasm-bindgen only serves the tests, for a person to open.
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
    let chromium = requirements::headless_chromium()?;
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
    // The server ended: there were no tests, or they could not be loaded.
    let status = server.process.wait()?;
    ensure!(status.success(), "the wasm tests could not be served: {status}");
    Ok(())
}

/// A process of this executable that serves the tests until it is dropped.
struct Server {
    process: Child,
    /// The folder of temporary files, which a server that is killed would leave behind.
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
        // The first two fail only if the server has already ended, and a folder that stays behind
        // among the system's temporary files does no harm.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.files);
    }
}
