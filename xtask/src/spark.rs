//! Undertone under Spark: `cargo xtask test --only spark` and `cargo xtask bench spark`.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::bench::python;
use crate::command::{cargo, output, run as execute, succeeds};
use crate::{measurements, module};

const FOLDER: &str = "integrations/spark";

pub(crate) fn test() -> Result<()> {
    execute(&mut script("test.py")?)
}

pub(crate) fn bench(to_be_written: bool) -> Result<()> {
    measurements::record("spark", &output(&mut script("bench.py")?)?, to_be_written)
}

/// A script with PySpark and the release build.
fn script(name: &str) -> Result<Command> {
    ensure!(cfg!(unix), "Spark's cluster of local processes needs Linux or macOS");
    ensure!(
        succeeds(Command::new("java").arg("-version")),
        "Spark needs Java 17 or newer; on Debian: `apt-get install openjdk-17-jre-headless`"
    );
    execute(cargo().args(["build", "--release", "--bin=undertone"]))?;
    let undertone = module::target_folder()?.join("release/undertone").canonicalize()?;
    let folder = Path::new(FOLDER).canonicalize().context(FOLDER)?;
    let python = env::current_dir()?.join(python("spark", &format!("{FOLDER}/requirements.txt"))?);
    // Spark leaves folders where it is started.
    let place = module::target_folder()?.join("spark");
    std::fs::create_dir_all(&place)?;
    let mut command = Command::new(python);
    command.arg(folder.join(name)).current_dir(place).env("PYTHONPATH", &folder);
    command.env("UNDERTONE", undertone).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}
