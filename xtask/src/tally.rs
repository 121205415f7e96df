//! The tally of tests: results are read from the output of test programs and added up.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::command;

/// The numbers of tests that passed, failed, and were ignored.
#[derive(Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// The names of ignored tests, by the reason why they were.
    reasons: BTreeMap<String, Vec<String>>,
    /// The output of the last command from its final summary on, which is not printed yet.
    closing: Vec<u8>,
}

impl Tally {
    /// Runs a command and passes its output on, except its final summary: that is kept until the
    /// next command, or until `take_closing`.
    pub(crate) fn count(&mut self, command: &mut Command) -> Result<()> {
        self.count_to(command, &mut io::stdout())
    }

    pub(crate) fn count_to(&mut self, command: &mut Command, out: &mut impl Write) -> Result<()> {
        self.flush(out)?;
        writeln!(out, "$ {}", command::shown(command))?;
        // Standard output and error go into one pipe, so that their lines stay in order.
        let (from, to) = io::pipe()?;
        command.stdout(to.try_clone()?).stderr(to);
        let mut child = command.spawn().map_err(|error| command::not_started(command, error))?;
        // Otherwise the command itself would hold the pipe open.
        command.stdout(std::process::Stdio::inherit()).stderr(std::process::Stdio::inherit());
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line)? > 0 {
            if self.read(&String::from_utf8_lossy(&line)) {
                self.flush(out)?;
                self.closing.append(&mut line);
            } else if self.closing.is_empty() {
                out.write_all(&line)?;
            } else {
                self.closing.append(&mut line);
                // More tests have begun: that was not the final summary.
                if self.closing.ends_with(b" tests\n") || self.closing.ends_with(b" test\n") {
                    self.flush(out)?;
                }
            }
            line.clear();
        }
        let status = child.wait()?;
        ensure!(status.success(), "`{}` failed with {status}", command::shown(command));
        Ok(())
    }

    /// Adds the counts of another tally.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        for (reason, names) in other.reasons {
            self.reasons.entry(reason).or_default().extend(names);
        }
    }

    /// Takes the final summary of the last command, which was not printed.
    pub(crate) fn take_closing(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.closing)).into_owned()
    }

    fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&std::mem::take(&mut self.closing))
    }

    /// Reads a line of libtest, of wasm-bindgen or of Node. Returns whether it belongs to a summary
    /// of cargo.
    fn read(&mut self, line: &str) -> bool {
        let line = line.trim_end();
        if let Some((_, counts)) =
            line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        {
            for count in counts.split("; ") {
                match count
                    .split_once(' ')
                    .and_then(|(number, what)| Some((number.parse::<u64>().ok()?, what)))
                {
                    Some((number, "passed")) => self.passed += number,
                    Some((number, "failed")) => self.failed += number,
                    Some((number, "ignored")) => self.skipped += number,
                    _ => {}
                }
            }
            return true;
        }
        if let Some(test) = line.strip_prefix("test ") {
            if let Some((name, _)) = test.split_once(" ... ignored") {
                // libtest-mimic writes the kind of a test before its name; our tests write there
                // what they need.
                let (reason, name) = name
                    .strip_prefix('[')
                    .and_then(|name| name.split_once("] "))
                    .unwrap_or(("ignored", name));
                self.skip(reason, name);
            }
        } else if let Some(count) = line.strip_prefix("\u{2139} ") {
            match count
                .split_once(' ')
                .and_then(|(what, number)| Some((what, number.parse::<u64>().ok()?)))
            {
                Some(("pass", number)) => self.passed += number,
                Some(("fail", number)) => self.failed += number,
                Some(("skipped", number)) => self.skipped += number,
                _ => {}
            }
        } else if let Some(test) = line.trim_start().strip_prefix("\u{fe63} ") {
            // Node writes a time after the name, and then the reason.
            let (test, reason) = test.split_once(" # ").unwrap_or((test, "SKIP"));
            self.skip(reason, test.rsplit_once(" (").map_or(test, |(name, _)| name));
        }
        false
    }

    fn skip(&mut self, reason: &str, name: &str) {
        self.reasons.entry(reason.to_owned()).or_default().push(name.to_owned());
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed + self.failed + self.skipped == 0 {
            return Ok(());
        }
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)?;
        for (index, (reason, names)) in self.reasons.iter().enumerate() {
            let separator = if index == 0 { ": " } else { "; " };
            write!(f, "{separator}{reason} ({})", names.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::Tally;

    fn after(lines: &str) -> Tally {
        let mut tally = Tally::default();
        for line in lines.lines() {
            tally.read(line);
        }
        tally
    }

    #[test]
    fn all_three_harnesses_are_understood() {
        let tally = after(
            "test a ... ok\n\
             test [needs UNDERTONE_DATA] b ... ignored\n\
             test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s\n\
             test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 filtered out\n\
             \u{2139} tests 7\n\u{2139} pass 5\n\u{2139} fail 1\n\u{2139} skipped 1\n\
             \u{2139} duration_ms 12.5\n  \u{fe63} c (0.1ms) # needs Chromium",
        );
        assert_eq!(
            tally.to_string(),
            "9 passed, 3 failed, 2 skipped: needs Chromium (c); needs UNDERTONE_DATA (b)"
        );
        assert_eq!(after("test result: ok").to_string(), "");
    }

    #[cfg(unix)]
    #[test]
    fn the_last_summing_up_is_kept_for_the_end() {
        let (mut tally, mut out) = (Tally::default(), Vec::new());
        let said = "running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed\n\n\
                    running 2 tests\ntest result: ok. 2 passed; 0 failed\n\nall done\n";
        tally.count_to(Command::new("printf").arg(said), &mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().ends_with("; 0 failed\n\nrunning 2 tests\n"));
        assert_eq!(tally.take_closing(), "test result: ok. 2 passed; 0 failed\n\nall done\n");
        assert_eq!(tally.to_string(), "3 passed, 0 failed, 0 skipped");
        let error =
            tally.count_to(Command::new("sh").args(["-c", "exit 3"]), &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("exit status: 3"), "{error}");
    }
}
