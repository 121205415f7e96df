//! What the command says of itself: `--help`, completions and man pages.

use std::process::{Command, Stdio};

use tempfile::TempDir;

fn undertone(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(arguments)
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The verbs that `undertone --help` names.
fn verbs() -> Vec<String> {
    let help = undertone(&["--help"]);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let names = commands.lines().filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| name.to_owned())
    });
    names.collect()
}

#[test]
fn every_verb_teaches_by_examples() {
    let verbs = verbs();
    assert!(verbs.len() >= 6, "{verbs:?}");
    for verb in &verbs {
        let help = undertone(&[verb, "--help"]);
        let (usage, examples) = help.split_once("Examples:\n").expect(verb);
        assert!(examples.contains(&format!("undertone {verb}")), "{verb}: {examples}");
        // What an example names exists: each of its options is one of the verb's.
        for line in examples.lines().filter(|line| line.contains(&format!("undertone {verb} "))) {
            let line = line.split('#').next().unwrap();
            for option in line.split_whitespace().filter(|word| word.starts_with("--")) {
                let option = option.split('=').next().unwrap();
                let is_there = usage.split_whitespace().any(|word| word == option);
                assert!(is_there, "{verb} has no {option}");
            }
        }
    }
}

#[test]
fn completions_name_every_verb() {
    for shell in ["bash", "zsh", "fish"] {
        let script = undertone(&["completions", shell]);
        for verb in verbs() {
            assert!(script.contains(&verb), "{shell}: {verb}");
        }
        // Where the shell is there, it finds no fault.
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("undertone");
        std::fs::write(&path, script).unwrap();
        let check = Command::new(shell).arg("-n").arg(&path).stdin(Stdio::null()).output();
        if let Ok(output) = check {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{shell}: {errors}");
        }
    }
}

#[test]
fn man_pages_for_every_verb() {
    let folder = TempDir::new().unwrap();
    let man = folder.path().join("share/man1");
    undertone(&["man", man.to_str().unwrap()]);
    let page = |name: &str| std::fs::read_to_string(man.join(format!("{name}.1"))).expect(name);
    let own = page("undertone");
    for verb in verbs() {
        assert!(own.contains(&verb), "undertone.1 does not name {verb}");
        let page = page(&format!("undertone-{verb}"));
        assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH OPTIONS"), "{verb}");
        assert!(page.contains("Examples:"), "{verb}");
    }
}
