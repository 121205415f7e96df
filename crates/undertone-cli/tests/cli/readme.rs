//! Every command of the front pages runs as it stands there: those of `undertone` and `curl` here,
//! in a folder with small files and with sites on this machine; each other one where a list says.
#![cfg(all(feature = "scrape", feature = "serve", unix))]

use crate::common;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::site::{Site, respond};
use common::root;
use tempfile::TempDir;

const PAGES: [&str; 3] = ["README.md", "npm/README.md", "MODEL_CARD.md"];

/// What cannot run in a test of Rust code, and what does run it: a file, and its words that do.
const ELSEWHERE: [(&str, &str, &str); 21] = [
    ("cargo build --release", "xtask/src/spark.rs", "[\"build\", \"--release\""),
    ("cargo xtask binary", "Dockerfile", "cargo xtask binary"),
    ("cargo xtask binary --out undertone", "Dockerfile", "cargo xtask binary --out"),
    ("cargo xtask extension", "xtask/src/test.rs", "extension::build()"),
    ("cargo xtask package", "xtask/src/test.rs", "package::pack()"),
    // Not in the tests, as it takes two builds with optimisation as a whole: its parts are.
    (
        "cargo xtask release --dry-run",
        ".github/workflows/release.yml",
        "cargo xtask release --dry-run",
    ),
    ("cargo xtask test", ".ci/run", "cargo xtask test"),
    ("cargo xtask test --list", "xtask/src/test.rs", "list(&steps)"),
    ("cargo xtask test --only container", "xtask/src/test.rs", "container::test()"),
    ("cargo xtask web", "xtask/src/test.rs", "serve::start(0)"),
    ("cargo xtask web --no-serve", "xtask/src/test.rs", "page::build()"),
    ("docker build --tag undertone .", "xtask/src/container.rs", "\"bud\""),
    // Not tried: no machine of ours has a Docker engine.
    ("docker compose up --build", "docs/operations.md", "Not tried: a real Docker engine"),
    (
        "docker run --read-only --cap-drop=all --publish 127.0.0.1:8080:8080 undertone",
        "xtask/src/container.rs",
        "\"--cap-drop=all\"",
    ),
    ("docker run undertone predict \"…\"", "xtask/src/container.rs", "\"predict\""),
    ("npm install ./target/undertone-0.1.0.tgz", "tests/package/project.mjs", "TARBALL"),
    ("npm install undertone", "tests/package/project.mjs", "TARBALL"),
    // The same recipe, with the data; here it is a smaller one of the same name.
    (
        "undertone train --recipe model.toml --out model.bin",
        "crates/undertone-cli/tests/data.rs",
        "model.toml",
    ),
    (
        "undertone train --recipe recipes/small.toml --out small.bin",
        "crates/undertone-cli/tests/data.rs",
        "recipes/small.toml",
    ),
    (
        "undertone train --recipe recipes/open.toml --out open.bin",
        "crates/undertone-cli/tests/cli/shipped.rs",
        "\"recipes/open.toml\"",
    ),
    (
        "NODE_OPTIONS=--experimental-vm-modules npx jest",
        "tests/package/jest.test.mjs",
        "NODE_OPTIONS=(\\S+) npx jest",
    ),
];

/// The programs whose names begin a command.
const PROGRAMS: [&str; 5] = ["undertone", "curl", "cargo", "docker", "npm"];

/// The commands of a page in their order: each line of its `sh` blocks, and each `command` in its
/// text, without comments and in one line.
fn commands(page: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut block = None;
    let mut begun = String::new();
    for line in page.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = if block.is_some() { None } else { Some(language.to_owned()) };
            continue;
        }
        match block.as_deref() {
            Some("sh") => {
                let line = line.split(" #").next().unwrap().trim();
                begun += line.trim_end_matches('\\');
                if !line.ends_with('\\') && !begun.is_empty() {
                    commands.push(std::mem::take(&mut begun));
                }
            }
            Some(_) => {}
            None => {
                let spans = line.split('`').skip(1).step_by(2);
                let is_command = |span: &&str| {
                    let program = span.split(' ').next().unwrap();
                    span.contains(' ') && PROGRAMS.contains(&program)
                };
                commands.extend(spans.filter(is_command).map(str::to_owned));
            }
        }
    }
    assert!(block.is_none() && begun.is_empty(), "an open block");
    commands
}

#[test]
fn a_command_is_found_where_it_stands() {
    let page = "# A\n\n```sh\none --a     # says\ntwo \\\n     -b 'c d'\n\n```\n\
                Then `undertone three` or `cargo`.\n```js\nfour();\n```\n";
    assert_eq!(commands(page), ["one --a", "two -b 'c d'", "undertone three"]);
}

/// A folder with the files that the commands name, and whatever they ask over the network.
struct Stage {
    folder: TempDir,
    web: Site,
    server: Option<Child>,
    address: String,
}

impl Stage {
    fn new() -> Self {
        let stage = Self {
            folder: TempDir::new().unwrap(),
            web: Site::start(|seen, stream| {
                let (kind, body) = match seen.path.as_str() {
                    "/robots.txt" => return respond(stream, "404 Not Found", "", b""),
                    "/bitcointicker.co/news/" => ("text/html", TICKER),
                    "/news" => ("text/html", NEWS),
                    _ => ("application/rss+xml", RSS),
                };
                respond(stream, "200 OK", &format!("content-type: {kind}\r\n"), body.as_bytes())
            }),
            server: None,
            // Nobody's, until there is a server.
            address: "127.0.0.1:1".to_owned(),
        };
        for (fixture, name) in [
            ("headlines.csv", "headlines.csv"),
            ("headlines.csv", "held-out.csv"),
            ("headlines.csv", "yours.csv"),
            ("topics.csv", "topics.csv"),
            ("grouped.csv", "behaviour.csv"),
            ("latin1.csv", "all-data.csv"),
        ] {
            fs::copy(common::fixture(fixture), stage.path(name)).unwrap();
        }
        // As many as it takes to be right nine times of ten about the surest.
        let labelled = fs::read_to_string(root().join("data/headlines.csv")).unwrap();
        let some = labelled.lines().enumerate().filter(|(line, _)| line % 14 == 0);
        let some: Vec<&str> = some.map(|(_, line)| line).collect();
        fs::write(stage.path("labelled.csv"), some.join("\n")).unwrap();
        for name in ["model.bin", "taught.bin"] {
            fs::copy(root().join("model.bin"), stage.path(name)).unwrap();
        }
        let pipeline = root().join("tests/golden/import/softmax.json");
        fs::copy(pipeline, stage.path("pipeline.json")).unwrap();
        let headlines = "Miners report record revenue\nToken falls to its lowest price\n";
        fs::write(stage.path("headlines.txt"), headlines).unwrap();
        let news = "id,title\n1,Miners report record revenue\n2,Token falls to its lowest price\n";
        fs::write(stage.path("news.csv"), news).unwrap();
        fs::write(stage.path("mine.csv"), "Quorvex Holdings,Quorvex,QVX\n").unwrap();
        let recipe = "date = \"2026-11-24\"\nfolds = 3\n[[data]]\npath = \"headlines.csv\"\n\
                      [[vectorizer]]\nanalyzer = \"word\"\n";
        fs::create_dir_all(stage.path("recipes")).unwrap();
        for name in ["model.toml", "recipes/small.toml", "recipes/open.toml"] {
            fs::write(stage.path(name), recipe).unwrap();
        }
        fs::create_dir_all(stage.path(".local/share/bash-completion/completions")).unwrap();
        stage.write_sources();
        stage.write_clones();
        stage
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The built-in sources, all on this machine; and the first, which is the default, alone.
    fn write_sources(&self) {
        let built_in =
            fs::read_to_string(root().join("crates/undertone-cli/src/scrape/sources.toml"))
                .unwrap();
        let here = format!("url = \"{}/", self.web.address);
        let local = built_in.replace("url = \"https://", &here);
        assert!(local.matches(&here).count() > 5);
        let (_, sources) = local.split_once("[[source]]").unwrap();
        let (first, _) = sources.split_once("[[source]]").unwrap();
        fs::write(self.path("every-source.toml"), &local).unwrap();
        fs::write(self.path("first-source.toml"), format!("[[source]]{first}")).unwrap();
    }

    /// The headlines in a repository, and their labels by hash.
    fn write_clones(&self) {
        fs::create_dir(self.path("data")).unwrap();
        let script = "mkdir -p clones/owner/name && cp headlines.csv clones/owner/name\n\
            undertone hash headlines.csv --out data/labels-read.tsv\n\
            cd clones/owner/name && git init --quiet && git add .\n\
            git -c user.name=Nobody -c user.email=nobody@example.org commit --quiet -m headlines\n\
            printf 'repository\tcommit\tpath\nowner/name\t%s\theadlines.csv\n' \
                $(git rev-parse HEAD) > ../../../data/sources.tsv";
        let output = self.shell(script).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The command as it stands, but for what must not leave this machine.
    fn here(&self, command: &str) -> String {
        let local = command
            .replace("https://example.org", &self.web.address)
            .replace("127.0.0.1:8080", &self.address);
        if !["undertone scrape", "undertone watch"].iter().any(|verb| command.starts_with(verb)) {
            return local;
        }
        let sources = match command {
            _ if command.contains("https://") => "",
            _ if command.contains("--all") => "--sources every-source.toml",
            _ => "--sources first-source.toml",
        };
        format!("{local} --delay 0 {sources}")
    }

    fn shell(&self, line: &str) -> Command {
        let undertone = Path::new(env!("CARGO_BIN_EXE_undertone")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-c", line])
            .current_dir(&self.folder)
            .env("PATH", format!("{}:{path}", undertone.display()))
            .env("HOME", self.folder.path())
            .env("UNDERTONE_DATA", self.folder.path())
            .env("UNDERTONE_LISTEN", &self.address)
            .env("no_proxy", "*")
            .stdin(Stdio::null());
        shell
    }

    fn run(&mut self, command: &str) {
        let line = self.here(command);
        let serves = ["undertone serve", "undertone watch"];
        if serves.iter().any(|verb| command.starts_with(verb)) && !command.ends_with("--help") {
            return self.serve(&line);
        }
        let output = self.shell(&line).output().unwrap();
        let (out, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "`{command}`, run as `{line}`:\n{out}{errors}");
        if command.starts_with("curl") {
            let answer: serde_json::Value = serde_json::from_str(&out).expect(&out);
            assert!(answer.get("error").is_none(), "`{command}`: {answer}");
        }
    }

    /// Starts a server, which the commands after it ask, in place of the one before.
    fn serve(&mut self, line: &str) {
        self.stop();
        self.address = "127.0.0.1:0".to_owned();
        // `exec`: what is killed at the end is the server and not its shell.
        let mut server =
            self.shell(&format!("exec {line}")).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(server.stderr.take().unwrap());
        self.server = Some(server);
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let listening: serde_json::Value = serde_json::from_str(&line).expect(&line);
        self.address = listening["address"].as_str().unwrap().to_owned();
        // Read on, so that the server is never kept waiting.
        std::thread::spawn(move || log.lines().count());
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop();
    }
}

const TICKER: &str = "<div style=\"overflow:hidden;\">Miners report record revenue - Ledger</div>";
const NEWS: &str = "<h3 class=headline>Token falls to its lowest price | Ledger</h3>";
const RSS: &str = "<rss version='2.0'><channel><title>Ledger</title>\
                   <item><title>Exchange halts withdrawals as losses mount</title></item>\
                   </channel></rss>";

#[test]
fn every_command_runs() {
    let mut stage = Stage::new();
    let mut unused: BTreeSet<&str> = ELSEWHERE.iter().map(|(command, ..)| *command).collect();
    let mut seen = BTreeSet::new();
    for page in PAGES {
        let commands = commands(&fs::read_to_string(root().join(page)).unwrap());
        assert!(!commands.is_empty(), "{page}");
        for command in commands {
            let elsewhere = ELSEWHERE.iter().find(|(known, ..)| *known == command);
            if let Some((known, file, words)) = elsewhere {
                unused.remove(known);
                let text = fs::read_to_string(root().join(file)).unwrap();
                assert!(text.contains(words), "{page}: `{command}`: {file} has no {words:?}");
            }
            let program = command.split(' ').next().unwrap();
            let is_ours = matches!(program, "undertone" | "curl");
            assert!(
                is_ours || elsewhere.is_some(),
                "{page}: expected a command that is tested, found `{command}`"
            );
            if is_ours && seen.insert(command.clone()) {
                stage.run(&command);
            }
        }
    }
    assert!(unused.is_empty(), "no page has {unused:?}");
    assert!(stage.server.is_some(), "no page starts a server");
}
