//! The separations that ARCHITECTURE.md promises, read off the sources and the dependency tree.

use crate::common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use common::root;

/// Names that only some files may use.
struct Rule {
    names: &'static [&'static str],
    /// Files, and folders with a slash at their end.
    only_in: &'static [&'static str],
}

const RULES: &[Rule] = &[
    // bincode is unmaintained: one file to replace.
    Rule { names: &["bincode"], only_in: &["src/format.rs"] },
    Rule {
        names: &[
            "JsValue",
            "console_error_panic_hook",
            "js_sys",
            "serde_wasm_bindgen",
            "wasm_bindgen",
            "web_sys",
        ],
        only_in: &["src/wasm/"],
    },
    // The trainer must compile without its own output, and the core with any model.
    Rule {
        names: &["include_bytes", "include_str"],
        only_in: &["src/wasm/classifier.rs", "src/wasm/small.rs"],
    },
    // The core stands alone, and the trainer on it.
    Rule {
        names: &["train"],
        only_in: &["src/lib.rs", "src/train/", "src/wasm/mod.rs", "src/wasm/train.rs"],
    },
    Rule { names: &["wasm"], only_in: &["src/lib.rs"] },
    // The core does no I/O.
    Rule { names: &["fs", "io", "thread"], only_in: &["src/files/", "src/train/"] },
    // Neither does a model depend on where, when or by whom it is trained.
    Rule {
        names: &[
            "Instant",
            "SystemTime",
            "UNIX_EPOCH",
            "eprint",
            "eprintln",
            "net",
            "print",
            "println",
            "process",
            "stdin",
            "stdout",
        ],
        only_in: &[],
    },
    // Nor on the environment; what is known when it is compiled is.
    Rule { names: &["env"], only_in: &["src/lib.rs"] },
];

impl Rule {
    /// The names that `source`, the file at `path`, may not use and does.
    fn broken_by(&self, path: &str, source: &str) -> BTreeSet<&'static str> {
        let allowed =
            |place: &&str| path == *place || place.ends_with('/') && path.starts_with(place);
        if self.only_in.iter().any(allowed) {
            return BTreeSet::new();
        }
        let code = code(source);
        let used: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        self.names.iter().copied().filter(|name| used.contains(name)).collect()
    }
}

/// A source without its comments and literals.
fn code(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = comment_or_literal(rest).unwrap_or_else(|| {
            code.push(c);
            c.len_utf8()
        });
        rest = &rest[length..];
    }
    code
}

/// The length of the comment or literal that `text` begins with, if it does.
fn comment_or_literal(text: &str) -> Option<usize> {
    let until = |end: &str, from: usize| {
        text[from..].find(end).map_or(text.len(), |at| from + at + end.len())
    };
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(until("*/", 2));
    }
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            return Some(until(&format!("\"{}", "#".repeat(hashes)), hashes + 2));
        }
    }
    let mut chars = text.chars();
    match (chars.next()?, chars.next(), chars.next()) {
        ('"', ..) | ('\'', Some('\\'), _) => Some(quoted(text)),
        // Any other quote is a lifetime's.
        ('\'', Some(inside), Some('\'')) => Some(inside.len_utf8() + 2),
        _ => None,
    }
}

/// The length of a literal, from its first quote to the next of the same that is not escaped.
fn quoted(text: &str) -> usize {
    let quote = text.chars().next();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if !escaped && Some(c) == quote {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    text.len()
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn every_file_keeps_to_its_side() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    assert!(files.iter().any(|(name, _)| name == "src/text/analyzer.rs"));
    let mut broken = Vec::new();
    for rule in RULES {
        for (path, source) in &files {
            for name in rule.broken_by(path, source) {
                broken.push(format!("{path} names {name}, expected only in {:?}", rule.only_in));
            }
        }
        // A rule about a name that nobody uses is a misspelt rule, unless nobody may.
        let unruled = Rule { names: rule.names, only_in: &[] };
        let is_used =
            files.iter().any(|(path, source)| !unruled.broken_by(path, source).is_empty());
        assert!(is_used || rule.only_in.is_empty(), "no file names any of {:?}", rule.names);
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_rules_can_be_broken() {
    let broken = |path: &str, source: &str| -> Vec<&str> {
        RULES.iter().flat_map(|rule| rule.broken_by(path, source)).collect()
    };
    for source in ["use bincode::Encode;", "let x = bincode::encode();", "fn f() -> bincode::E {"] {
        assert_eq!(broken("src/classifier.rs", source), ["bincode"]);
        assert_eq!(broken("src/format.rs", source), [""; 0]);
    }
    assert_eq!(broken("src/answer.rs", "fn f(x: JsValue) {}"), ["JsValue"]);
    assert_eq!(broken("src/wasm/names.rs", "fn f(x: JsValue) {}"), [""; 0]);
    // The module that finds names has no model.
    assert_eq!(broken("src/wasm/names.rs", "include_bytes!(\"a\")"), ["include_bytes"]);
    assert_eq!(broken("src/train/fit.rs", "include_bytes!(\"../model.bin\")"), ["include_bytes"]);
    assert_eq!(broken("src/text/analyzer.rs", "use crate::{text, train::Recipe};"), ["train"]);
    assert_eq!(broken("src/train/fit.rs", "use crate::train::Recipe;"), [""; 0]);
    // Of the modules one trains.
    assert_eq!(broken("src/wasm/classifier.rs", "use crate::train::Recipe;"), ["train"]);
    assert_eq!(broken("src/wasm/train.rs", "use crate::train::Recipe;"), [""; 0]);
    assert_eq!(broken("src/format.rs", "use std::{fs, io};"), ["fs", "io"]);
    assert_eq!(broken("src/tfidf.rs", "std::thread::spawn(f)"), ["thread"]);
    assert_eq!(broken("src/tfidf.rs", "thread_local! {}"), [""; 0]);
    assert_eq!(broken("src/train/fit.rs", "std::env::var(\"L\")"), ["env"]);
    assert_eq!(broken("src/tfidf.rs", "let now = Instant::now();"), ["Instant"]);
}

#[test]
fn comments_and_literals_are_no_code() {
    for (source, expected) in [
        ("a // b\nc", "a \nc"),
        ("a //! b", "a "),
        ("a /* b\n */ c", "a  c"),
        (r#"a("b \" b", c)"#, "a(, c)"),
        (r##"a(r"b\", c, r#"b " b"#, d)"##, "a(, c, , d)"),
        (r#"a('"', b'\'', 'ü', c)"#, "a(, b, , c)"),
        ("fn a<'b>(c: &'b str)", "fn a<'b>(c: &'b str)"),
    ] {
        assert_eq!(code(source), expected);
    }
}

#[test]
fn a_native_feature_does_not_compile_for_wasm() {
    let library = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let guard = "#[cfg(all(target_arch = \"wasm32\", feature = \"train\"))]\ncompile_error!(";
    assert!(library.contains(guard), "src/lib.rs no longer has: {guard}");
}

/// The packages that a build takes, build scripts and tests left out.
fn packages(arguments: &[&str]) -> BTreeSet<String> {
    let tree = ["tree", "--locked", "--package=undertone", "--edges=normal", "--prefix=none"];
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(tree)
        .args(["--format={lib}"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The packages that the features of Cargo.toml add, without those of other features.
fn packages_of(manifest: &toml::Table, features: &[&str]) -> BTreeSet<String> {
    let lists = features.iter().flat_map(|name| manifest["features"][name].as_array().unwrap());
    let packages = lists.filter_map(|item| item.as_str().unwrap().strip_prefix("dep:"));
    packages.map(|name| name.replace('-', "_")).collect()
}

#[test]
fn nothing_native_is_in_the_wasm_build() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let of_fitting = packages_of(&manifest, &["fit"]);
    let beyond_the_core = packages_of(&manifest, &["files", "fit", "train", "zstd", "clap"]);
    // What fits is in one of the browser modules, and nothing else of these.
    let native: BTreeSet<String> = &beyond_the_core - &of_fitting;
    for name in ["csv", "clap", "rayon", "encoding_rs", "tempfile", "zstd"] {
        assert!(native.contains(name), "{name} is no package of a native feature");
    }
    for (feature, foreign) in [
        ("wasm", &beyond_the_core),
        ("wasm-names", &beyond_the_core),
        ("wasm-small", &beyond_the_core),
        ("wasm-train", &native),
    ] {
        let features = format!("--features={feature}");
        let wasm = packages(&["--target=wasm32-unknown-unknown", &features]);
        assert!(wasm.is_superset(&packages_of(&manifest, &[feature])), "{wasm:?}");
        let both: Vec<&String> = wasm.intersection(foreign).collect();
        assert!(both.is_empty(), "native packages in the build of `{feature}`: {both:?}");
        let fits = wasm.is_superset(&of_fitting);
        assert_eq!(fits, feature == "wasm-train", "what fits is in one module alone: {wasm:?}");
    }
    // The same look at the native build finds them all.
    assert!(packages(&["--features=train,zstd,clap"]).is_superset(&beyond_the_core));
}

/// Whoever depends on the library gets the core and little else.
#[test]
fn the_library_alone_is_at_most_ten_packages() {
    let core = packages(&[]);
    assert!(core.contains("undertone") && core.contains("bincode"), "{core:?}");
    assert!(core.len() <= 10, "{core:?}");
}

fn manifest(path: &str) -> toml::Table {
    std::fs::read_to_string(root().join(path)).unwrap().parse().unwrap()
}

/// A public type that needs no example, as `file::Type`, and the reason.
const WITHOUT_EXAMPLE: &[(&str, &str)] = &[
    ("src/wasm/classifier.rs::Classifier", OF_JAVASCRIPT),
    ("src/wasm/small.rs::Small", OF_JAVASCRIPT),
    ("src/wasm/train.rs::Trainer", OF_JAVASCRIPT),
];
const OF_JAVASCRIPT: &str =
    "is for JavaScript, whose examples are in npm/README.md, and compiles for wasm32 alone";

/// A source's declarations that decide what of it is public.
#[derive(Default)]
struct Outline {
    /// Modules, and whether each is public and shown in the documentation.
    modules: Vec<(String, bool)>,
    /// Names that are re-exported, each with the path of the module that it comes from.
    exports: Vec<(String, String)>,
    /// Public types, and whether each has an example.
    types: Vec<(String, bool)>,
}

impl Outline {
    /// The outline of a source whose items are formatted by rustfmt: each begins a line.
    fn of(source: &str) -> Self {
        let mut outline = Self::default();
        let (mut docs, mut is_hidden) = (String::new(), false);
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("///") || line.starts_with("#[") {
                docs += line;
                is_hidden |= line == "#[doc(hidden)]";
                continue;
            }
            let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            match words[..] {
                ["pub", "mod", name, ""] => outline.modules.push((name.to_owned(), !is_hidden)),
                ["mod", name, ""] => outline.modules.push((name.to_owned(), false)),
                ["pub", "use", ..] => {
                    let mut item = line["pub use ".len()..].to_owned();
                    while !item.ends_with(';') {
                        item += lines.next().unwrap_or(";");
                    }
                    let (path, names) = item.rsplit_once("::").unwrap_or_default();
                    let names = names.split(|c: char| !c.is_alphanumeric() && c != '_');
                    let names = names.filter(|name| !name.is_empty());
                    outline.exports.extend(names.map(|name| (name.to_owned(), path.to_owned())));
                }
                ["pub", "struct" | "enum" | "trait" | "union" | "type", name, ..] => {
                    outline.types.push((name.to_owned(), docs.contains("```")));
                }
                _ => {}
            }
            // An attribute of several lines belongs to the item below it.
            if !line.starts_with([' ', ')']) {
                (docs, is_hidden) = (String::new(), false);
            }
        }
        outline
    }
}

/// Adds the types of a module that can be reached from outside, and whether each has an example:
/// all public types of a public module, and those that a public module re-exports.
fn public_types(
    module: &str,
    is_public: bool,
    exported: &BTreeSet<String>,
    found: &mut Vec<(String, bool)>,
) {
    let of_path = |path: &str| root().join("src").join(path);
    let file = match module {
        "" => "lib.rs".to_owned(),
        _ if of_path(&format!("{module}.rs")).exists() => format!("{module}.rs"),
        _ => format!("{module}/mod.rs"),
    };
    let outline = Outline::of(&std::fs::read_to_string(of_path(&file)).unwrap());
    let is_reached = |name: &String| is_public || exported.contains(name);
    let types = outline.types.iter().filter(|(name, _)| is_reached(name));
    found.extend(types.map(|(name, has)| (format!("src/{file}::{name}"), *has)));
    let reached = || outline.exports.iter().filter(|(name, _)| is_reached(name));
    for (child, is_shown) in &outline.modules {
        let names = reached().filter(|(_, path)| path == child).map(|(name, _)| name.clone());
        let path = if module.is_empty() { child.clone() } else { format!("{module}/{child}") };
        public_types(&path, is_public && *is_shown, &names.collect(), found);
    }
    for (name, path) in reached() {
        if let Some(elsewhere) = path.strip_prefix("crate::") {
            let name = BTreeSet::from([name.clone()]);
            public_types(&elsewhere.replace("::", "/"), false, &name, found);
        }
    }
}

/// Whoever looks a type up sees how it is used; doc tests keep the examples right.
#[test]
fn every_public_type_has_an_example() {
    let mut types = Vec::new();
    public_types("", true, &BTreeSet::new(), &mut types);
    for name in ["src/classifier.rs::Classifier", "src/files/table.rs::Rows"] {
        assert!(types.iter().any(|(found, _)| found == name), "{name} is not found");
    }
    // Re-exported from modules that are private, hidden, and elsewhere.
    for name in ["src/score/mod.rs::Scorer", "src/train/fit.rs::Fitted", "src/counts.rs::Scratch"] {
        assert!(types.iter().any(|(found, _)| found == name), "{name} is not found");
    }
    let hidden = "src/train/fit.rs::Counted";
    assert!(types.iter().all(|(found, _)| found != hidden), "{hidden} is hidden");
    let is_excepted = |name: &str| WITHOUT_EXAMPLE.iter().any(|(excepted, _)| *excepted == name);
    let missing: Vec<&str> = types
        .iter()
        .filter(|(name, has)| !has && !is_excepted(name))
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(missing.is_empty(), "types without an example in their documentation: {missing:?}");
    for (excepted, reason) in WITHOUT_EXAMPLE {
        let is_needed = types.iter().any(|(name, has)| name == excepted && !has);
        assert!(is_needed, "{excepted} needs no exception, which said that it {reason}");
    }
}

#[test]
fn an_example_belongs_to_the_item_below_it() {
    let outline = Outline::of(
        "/// A.\n///\n/// ```\n/// a();\n/// ```\n#[cfg_attr(\n    feature = \"b\",\n    c\n)]\n\
         pub struct A {\n    b: u8,\n}\n\n/// B.\npub enum B {}\n\n#[doc(hidden)]\npub mod c;\n\
         pub mod d;\nmod e;\n\npub use e::{\n    F, g,\n};\npub use crate::e::H;\n",
    );
    let named = |names: &[(&str, bool)]| -> Vec<(String, bool)> {
        names.iter().map(|&(name, is)| (name.to_owned(), is)).collect()
    };
    assert_eq!(outline.types, named(&[("A", true), ("B", false)]));
    assert_eq!(outline.modules, named(&[("c", false), ("d", true), ("e", false)]));
    let exports: Vec<&str> = outline.exports.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(exports, ["F", "g", "H"]);
    let paths: Vec<&str> = outline.exports.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(paths, ["e", "e", "crate::e"]);
}

/// The width that rustfmt keeps for code, and that it leaves comments to.
const COMMENT_WIDTH: usize = 100;

/// The lines of a source, counted from 1, on which a comment of its own is too wide.
fn wide_comments(source: &str) -> Vec<usize> {
    let is_wide =
        |line: &str| line.trim_start().starts_with("//") && line.chars().count() > COMMENT_WIDTH;
    let lines = source.lines().zip(1..);
    lines.filter(|(line, _)| is_wide(line)).map(|(_, number)| number).collect()
}

#[test]
fn comments_wrap_at_100_columns() {
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "crates", "xtask", "fuzz/targets"] {
        sources(&root().join(folder), &mut files);
    }
    for (path, source) in &files {
        let wide = wide_comments(source);
        assert!(wide.is_empty(), "{path}: comments beyond column 100 on lines {wide:?}");
    }
    let wide = format!("    // {}", "x".repeat(94));
    assert_eq!(wide_comments(&format!("a\n{wide}\n{wide}\n\"//{wide}\"")), [2, 3]);
    assert!(wide_comments(&wide[1..]).is_empty());
}

/// An executable for each file would be linked with everything each time; a file that no `main.rs`
/// names would not be run at all.
#[test]
fn each_test_is_part_of_one_of_few_executables() {
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect()
    };
    let set = |names: &[&str]| -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    };
    assert_eq!(names("tests"), set(&["format_memory", "web"]), "a file goes into core or train");
    assert_eq!(names("crates/undertone-cli/tests"), set(&["data"]), "a file goes into cli");
    for folder in ["tests/core", "tests/train", "crates/undertone-cli/tests/cli"] {
        let main = std::fs::read_to_string(root().join(folder).join("main.rs")).unwrap();
        let named = main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
        let named: BTreeSet<String> =
            named.filter(|name| !["common", "site"].contains(name)).map(str::to_owned).collect();
        let mut found = names(folder);
        found.remove("main");
        found.remove("site");
        assert_eq!(named, found, "{folder}/main.rs");
    }
}

/// The forbidding lint, and who would have to say it for the compiler to know.
#[test]
fn no_crate_has_unsafe_code() {
    let workspace = manifest("Cargo.toml");
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let members = workspace["workspace"]["members"].as_array().unwrap();
    let members = members.iter().map(|member| format!("{}/Cargo.toml", member.as_str().unwrap()));
    for path in members.chain(["Cargo.toml".to_owned()]) {
        let inherits = manifest(&path)["lints"]["workspace"].as_bool();
        assert_eq!(inherits, Some(true), "{path} does not have the workspace's lints");
    }
    // The fuzz targets are built by macros that need it: what is written by hand there doesn't.
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "crates", "xtask", "fuzz/targets"] {
        sources(&root().join(folder), &mut files);
    }
    let unsafe_code = Rule { names: &["unsafe"], only_in: &[] };
    for (path, source) in &files {
        assert!(unsafe_code.broken_by(path, source).is_empty(), "{path} has unsafe code");
    }
    assert_eq!(unsafe_code.broken_by("src/a.rs", "unsafe { f() }").len(), 1);
}

/// The dependencies of a package.json that are not one version.
fn loose_versions(package: &serde_json::Value) -> Vec<String> {
    let is_exact = |version: &str| {
        let core = version.split(['-', '+']).next().unwrap_or_default();
        core.split('.').count() == 3
            && core.split('.').all(|part| part.parse::<u32>().is_ok() && !part.starts_with('+'))
    };
    let kinds = [
        "dependencies",
        "devDependencies",
        "optionalDependencies",
        "peerDependencies",
        "overrides",
    ];
    let dependencies = kinds.iter().filter_map(|kind| package[kind].as_object()).flatten();
    let loose = dependencies.filter(|(_, version)| !version.as_str().is_some_and(is_exact));
    loose.map(|(name, version)| format!("{name} {version}")).collect()
}

#[test]
fn npm_versions_are_exact_and_locked() {
    let files: Vec<String> =
        committed().into_iter().filter(|name| name.ends_with("package.json")).collect();
    assert!(files.iter().any(|name| name == "package.json"));
    for name in files {
        let text = std::fs::read_to_string(root().join(&name)).unwrap();
        let package: serde_json::Value = serde_json::from_str(&text).unwrap();
        let loose = loose_versions(&package);
        assert!(loose.is_empty(), "{name}: expected exact versions, found {loose:?}");
        let needs_lock = package["devDependencies"].is_object();
        let lock = root().join(&name).with_file_name("package-lock.json");
        assert!(!needs_lock || lock.exists(), "{} is missing", lock.display());
    }
    for version in ["^1.2.3", "~1.2.3", "1.2", "*", "latest", ">=1.2.3", "1.2.x", "1.2.3 || 2.0.0"]
    {
        let package = serde_json::json!({ "devDependencies": { "a": version } });
        assert_eq!(loose_versions(&package).len(), 1, "{version}");
    }
    let exact = serde_json::json!({ "dependencies": { "a": "1.2.3", "b": "1.2.3-beta.1" } });
    assert!(loose_versions(&exact).is_empty());
}

/// Ways to turn a text into markup or code; the page shows texts with `textContent` and `append`.
const SINKS: &[&str] = &[
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "setHTMLUnsafe",
    "document.write",
    "eval(",
    "new Function",
];

fn sinks(script: &str) -> Vec<&'static str> {
    SINKS.iter().copied().filter(|sink| script.contains(sink)).collect()
}

/// What the page's Content-Security-Policy would refuse: styles and code between its tags.
fn inline_code(page: &str) -> Vec<String> {
    let page = page.to_lowercase();
    let scripts = page.split("<script").skip(1).filter(|script| {
        let (_, rest) = script.split_once('>').unwrap_or_default();
        let (body, _) = rest.split_once("</script").unwrap_or((rest, ""));
        !body.trim().is_empty()
    });
    let attributes = page.split(char::is_whitespace).filter(|word| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        let event = name.strip_prefix("on").unwrap_or_default();
        name == "style"
            || !event.is_empty() && event.chars().all(char::is_alphabetic)
            || word.starts_with("<style")
            || word.contains("javascript:")
    });
    scripts.map(|script| format!("<script{script}")).chain(attributes.map(str::to_owned)).collect()
}

#[test]
fn the_page_cannot_run_what_is_pasted() {
    let www = root().join("www");
    let mut scripts = 0;
    for entry in std::fs::read_dir(&www).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "js") {
            scripts += 1;
            let found = sinks(&std::fs::read_to_string(&path).unwrap());
            assert!(found.is_empty(), "{} uses {found:?}", path.display());
        }
    }
    assert!(scripts > 0, "no script in {}", www.display());
    let found = inline_code(&std::fs::read_to_string(www.join("index.html")).unwrap());
    assert!(found.is_empty(), "www/index.html has {found:?}");

    assert_eq!(sinks("row.innerHTML = text"), ["innerHTML"]);
    assert_eq!(sinks("const f = new Function(text); eval(text)"), ["eval(", "new Function"]);
    assert_eq!(sinks("row.textContent = text; row.append(text)"), [""; 0]);
    for page in [
        "<script>go()</script>",
        "<SCRIPT type=module>\ngo()\n</SCRIPT>",
        "<script>go()",
        "<p style=\"color: red\">",
        "<p\n  style='color: red'>",
        "<style>",
        "<p onclick=\"go()\">",
        "<a href=\"javascript:go()\">",
    ] {
        assert!(!inline_code(page).is_empty(), "{page}");
    }
    let external = "<link rel=stylesheet href=\"style.css\"><script src=\"on.js\"></script>";
    assert_eq!(inline_code(external), [""; 0]);
}

/// The absolute paths in `text` that only one machine has.
fn machine_paths(text: &str) -> Vec<&str> {
    // Spelt in two parts, or this file would find itself.
    let folders = [concat!("/", "work"), concat!("/", "tmp")];
    let mut found = Vec::new();
    for folder in folders {
        for (at, _) in text.match_indices(folder) {
            let before = text[..at].chars().next_back();
            let after = text[at + folder.len()..].chars().next();
            // "src/work/", "./tmp" and "https://host/tmp" are no paths of a machine.
            let begins = before.is_none_or(|c| !c.is_alphanumeric() && !"_-./~}".contains(c));
            let ends = after.is_none_or(|c| !c.is_alphanumeric() && !"_-".contains(c));
            if begins && ends {
                let line = text[at..].split(char::is_whitespace).next();
                found.extend(line);
            }
        }
    }
    found
}

/// Every file that is or would be committed.
fn committed() -> Vec<String> {
    let output = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    names.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn no_file_names_a_path_of_the_machine_it_was_written_on() {
    let files = committed();
    assert!(files.iter().any(|name| name == "src/lib.rs"));
    for name in files {
        // Gone from the folder and not yet from the index.
        let Ok(bytes) = std::fs::read(root().join(&name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let found = machine_paths(&text);
        assert!(found.is_empty(), "{name} names {found:?}");
    }

    for folder in ["work", "tmp"] {
        for text in ["/{}/main/src", "cd /{}", "\"/{}/x\"", "(see /{})", "file=/{}/a.csv"] {
            let text = text.replace("{}", folder);
            assert_eq!(machine_paths(&text).len(), 1, "{text}");
        }
        for text in ["src/{}/a", "./{}/a", "https://example.org/{}/a", "/{}shop/a", "/{}-a"] {
            let text = text.replace("{}", folder);
            assert_eq!(machine_paths(&text), [""; 0], "{text}");
        }
    }
}
