//! `docs/measurements.md`, as far as `cargo xtask bench … --write` writes it: between two comments
//! that name the benchmark stands what it last found, with the day, the commit, the machine and the
//! command.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, ensure};

use crate::command::output;

const PATH: &str = "docs/measurements.md";

/// Prints `text`, and puts it in the place of what `bench` found the last time if it is
/// `to_be_written`.
pub(crate) fn record(bench: &str, text: &str, to_be_written: bool) -> Result<()> {
    println!("\n{text}\n");
    if !to_be_written {
        return Ok(());
    }
    let measured = format!("{}\n\n{}", circumstances(bench)?, text.trim());
    let page = fs::read_to_string(PATH).with_context(|| format!("could not read {PATH}"))?;
    fs::write(PATH, replaced(&page, bench, &measured)?)
        .with_context(|| format!("could not write {PATH}"))
}

/// The page with `text` as what `bench` found.
fn replaced(page: &str, bench: &str, text: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- bench {bench} -->\n"), "<!-- end of bench -->\n");
    let parts =
        page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let Some((before, after)) = parts else {
        anyhow::bail!(
            "{PATH}: expected `{}` and then `{}`, each a line, where the table belongs; write them there",
            begin.trim(),
            end.trim()
        )
    };
    ensure!(!after.contains(&begin), "{PATH}: expected `{}` once, found it again", begin.trim());
    Ok(format!("{before}{begin}\n{text}\n\n{end}{after}"))
}

/// When, of which commit, on which kind of machine and how, in one line.
fn circumstances(bench: &str) -> Result<String> {
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments));
    let commit = git(&["rev-parse", "--short=7", "HEAD"])?;
    // What was measured is what is there, not what was committed.
    let changed = if git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty() {
        ""
    } else {
        " with changes"
    };
    let day = output(Command::new("date").args(["-u", "+%-d %B %Y"]))?;
    let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(format!(
        "{day}, commit `{commit}`{changed}, {processors} × {}, {} on {}: `cargo xtask bench {bench}`.",
        processor(),
        std::env::consts::OS,
        std::env::consts::ARCH,
    ))
}

/// What the processor calls itself, where the system tells.
fn processor() -> String {
    let told = fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let name = told
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map(|(_, name)| name.trim().to_owned());
    name.unwrap_or_else(|| "a processor that does not say its name".to_owned())
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn what_was_found_before_is_replaced_and_the_rest_stays() {
        let page = "# A\n<!-- bench score -->\nold\n<!-- end of bench -->\nrest\n\
                    <!-- bench serve -->\n<!-- end of bench -->\n";
        let once = replaced(page, "score", "| new |").unwrap();
        assert_eq!(
            once,
            "# A\n<!-- bench score -->\n\n| new |\n\n<!-- end of bench -->\nrest\n\
             <!-- bench serve -->\n<!-- end of bench -->\n"
        );
        assert_eq!(replaced(&once, "score", "| new |").unwrap(), once);
        let error = replaced(page, "spark", "| new |").unwrap_err().to_string();
        assert!(error.contains("<!-- bench spark -->"), "{error}");
    }
}
