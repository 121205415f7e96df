//! `undertone hash` and `undertone join`: texts go as hashes, and come back from clones.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// `["A headline in xz"]` as Python's `lzma` packs it.
const PACKED: &[u8] = include_bytes!("../../../../tests/fixtures/packed.json.xz");

/// What is in the repositories: file, content, and the forms that its texts have been labelled in.
fn files() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    vec![
        (
            "one/table:news.csv",
            b"id;title\n1;\"Kestrel rises, Halden falls\"\n2;\"Profit &amp;amp; loss &#8211; Q3\"\n".to_vec(),
            &["Kestrel rises, Halden falls", "Profit & loss – Q3"][..],
        ),
        (
            "one/table:data/old.tsv",
            b"title\tdate\nCaf\xe9 chain \x93Velbrook\x94 sold\t2020\n".to_vec(),
            &["Café chain “Velbrook” sold"],
        ),
        (
            "one/json:all.json",
            br#"[{"title": "Orrin \"holds\" rates \u2013 again", "score": NaN, "n": ["Deep inside"]}]"#
                .to_vec(),
            &["Orrin \"holds\" rates – again", "Deep inside"],
        ),
        (
            "one/json:lines.jsonl",
            "{\"t\": \"Halden sinks\"}\n{\"t\": \"Marwickâ€™s debt\"}\n".as_bytes().to_vec(),
            &["Halden sinks", "Marwick’s debt"],
        ),
        (
            "two/lines:x/tokens.txt",
            b"U . S . stocks fall , 1 , 200 jobs go !\r\nFine of USD 5 million\nTitle: J. P. Orrin quits\n"
                .to_vec(),
            &[
                "U.S. stocks fall, 1,200 jobs go!",
                "Fine of $5 million",
                "J. P. Orrin quits",
                "Title: J.P. Orrin quits",
            ],
        ),
        (
            "two/lines:outlets.txt",
            "Velbrook buys Marwick - The Ledger\nKestrel to cut [...]\nRates\\xa0held\\xe2\\x80 again\n"
                .as_bytes()
                .to_vec(),
            &["Velbrook buys Marwick", "Kestrel to cut", "Rates held again"],
        ),
        ("two/lines:packed.json.xz", PACKED.to_vec(), &["A headline in xz"]),
    ]
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A folder with `clones`, `sources.tsv`, and `labels.tsv` for every text of [`files`].
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        let mut sources = String::from("repository\tcommit\tpath\tread\n");
        let mut labels = String::from("label\thash\tnote\n");
        for repository in ["one/table", "one/json", "two/lines"] {
            let clone = place.path("clones").join(repository);
            fs::create_dir_all(&clone).unwrap();
            git(&clone, &["init", "--quiet"]);
            let names = files().into_iter().filter_map(|(place, content, _)| {
                let (owner, name) = place.split_once(':').unwrap();
                (owner == repository).then_some((name, content))
            });
            let names: Vec<&str> = names
                .map(|(name, content)| {
                    fs::create_dir_all(clone.join(name).parent().unwrap()).unwrap();
                    fs::write(clone.join(name), content).unwrap();
                    name
                })
                .collect();
            git(&clone, &["add", "."]);
            git(&clone, &["commit", "--quiet", "--message", "texts"]);
            let commit = git(&clone, &["rev-parse", "HEAD"]);
            // What is checked out is of no account.
            git(&clone, &["rm", "--quiet", "-r", "."]);
            git(&clone, &["commit", "--quiet", "--message", "gone"]);
            for name in names {
                sources += &format!("{repository}\t{commit}\t{name}\t1\n");
            }
        }
        for (number, text) in texts().iter().enumerate() {
            labels += &format!("label {number}\t{}\t\"{number}\n", hash(text));
        }
        fs::write(place.path("sources.tsv"), sources).unwrap();
        fs::write(place.path("labels.tsv"), labels).unwrap();
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn undertone(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
        command.current_dir(self.0.path()).args(line.split(' ')).output().unwrap()
    }

    fn join(&self) -> Output {
        self.undertone(
            "join --labels labels.tsv --sources sources.tsv --clones clones --out out.csv",
        )
    }

    /// A text and its label of each row, after the header.
    fn rows(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let mut table = csv::Reader::from_path(self.path("out.csv")).unwrap();
        let header = table.headers().unwrap().iter().map(str::to_owned).collect();
        (header, table.deserialize().map(Result::unwrap).collect())
    }
}

/// All texts, in the order of [`files`].
fn texts() -> Vec<&'static str> {
    files().into_iter().flat_map(|(_, _, texts)| texts).copied().collect()
}

#[track_caller]
fn assert_ends(output: &Output, code: i32, out: &[&str], errors: &[&str]) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (found_out, found_errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{found_out}{found_errors}");
    for (found, expected) in [(&found_out, out), (&found_errors, errors)] {
        assert_eq!(found.is_empty(), expected.is_empty(), "{found}");
        for words in expected {
            assert!(found.contains(words), "{words:?} is not in: {found}");
        }
    }
}

#[test]
fn every_text_comes_back_with_its_other_columns_in_the_order_of_the_hashes() {
    let place = Place::new();
    let found = format!("found {0} of {0} texts in 7 of 7 files", texts().len());
    assert_ends(&place.join(), 0, &[&found, "wrote out.csv"], &[]);
    let (header, rows) = place.rows();
    assert_eq!(header, ["text", "label", "note"]);
    let mut expected: Vec<Vec<String>> = texts()
        .iter()
        .enumerate()
        .map(|(number, &text)| {
            vec![text.to_owned(), format!("label {number}"), format!("\"{number}")]
        })
        .collect();
    expected.sort_by_key(|row| hash(&row[0]));
    assert_eq!(rows, expected);
}

#[test]
fn what_is_not_there_is_named_and_the_rest_comes_back() {
    let place = Place::new();
    let sources = fs::read_to_string(place.path("sources.tsv")).unwrap();
    let commit = sources.lines().nth(1).unwrap().split('\t').nth(1).unwrap().to_owned();
    let more = format!(
        "gone/away\t{commit}\tnews.csv\t1\none/table\t{commit}\tother.csv\t1\n\
         one/json\t{}\tall.json\t1\n",
        "0123456789".repeat(4)
    );
    fs::write(place.path("sources.tsv"), sources + &more).unwrap();
    // Everything was found, whatever else there was to look into.
    let not_there = [
        format!("not there: gone/away at {commit}: news.csv (clones/gone/away is no folder)"),
        format!("not there: one/table at {commit}: other.csv ("),
        format!("not there: one/json at {}: all.json (", "0123456789".repeat(4)),
    ];
    let not_there: Vec<&str> = not_there.iter().map(String::as_str).collect();
    assert_ends(&place.join(), 0, &["texts in 7 of 10 files"], &not_there);

    // Without a repository its texts are missing, and the others are not.
    let all = place.rows().1;
    fs::remove_dir_all(place.path("clones/two")).unwrap();
    let output = place.join();
    let found = format!("found 7 of {} texts in 4 of 10 files", texts().len());
    assert_ends(&output, 3, &[&found, "wrote out.csv"], &["not there: two/lines at"]);
    let left = place.rows().1;
    assert_eq!(left.len(), 7);
    assert!(left.iter().all(|row| all.contains(row)));
}

#[test]
fn what_cannot_be_joined_is_refused_with_its_place() {
    let place = Place::new();
    let [labels, sources] =
        ["labels.tsv", "sources.tsv"].map(|name| fs::read_to_string(place.path(name)).unwrap());
    let commit = "0123456789".repeat(4);
    let with = |row: &str| format!("repository\tcommit\tpath\n{row}\n");
    for (name, content, words) in [
        (
            "labels.tsv",
            "label\tnote\na\tb\n".to_owned(),
            ["line 1, column 3", "\"hash\", found label"],
        ),
        ("labels.tsv", "hash\ttext\n".to_owned() + &labels, ["line 1, column 2", "\"text\""]),
        ("labels.tsv", "hash\tlabel\nxyz\tup\n".to_owned(), ["line 2, column 1", "\"xyz\""]),
        ("labels.tsv", "hash\tlabel\n".to_owned(), ["line 2", "at least one row"]),
        ("labels.tsv", "hash\tlabel\n00\n".to_owned(), ["line 2, column 2", "found 1"]),
        (
            "sources.tsv",
            "repository,commit,path\n".to_owned() + &sources,
            ["between tabs", "\"repos"],
        ),
        ("sources.tsv", with(&format!("../one\t{commit}\tx.csv")), ["line 2, column 1", "../one"]),
        ("sources.tsv", with("one/table\t--textconv\tx.csv"), ["line 2, column 2", "a commit in"]),
        ("sources.tsv", with(&format!("one/table\t{commit}\t ")), ["line 2, column 3", "the path"]),
    ] {
        fs::write(place.path(name), content).unwrap();
        assert_ends(&place.join(), 2, &[], &[&[name][..], &words].concat());
        assert!(!place.path("out.csv").exists(), "{name}");
        fs::write(place.path("labels.tsv"), &labels).unwrap();
        fs::write(place.path("sources.tsv"), &sources).unwrap();
    }
}

#[test]
fn texts_go_as_hashes_and_come_back_as_they_were() {
    let place = Place::new();
    let given = "date,text,source,label\n\
                 2026-01-02,Halden sinks,owner/b,negative\n\
                 ,\"Kestrel rises, Halden falls\",owner/a,\"a \"\"b\"\" c\"\n\
                 2026-01-03,Halden sinks,owner/b,negative\n\
                 2026-01-04,Halden sinks,owner/c,neutral\n\
                 2026-01-02,Deep inside,owner/b,neutral\n";
    fs::write(place.path("given.csv"), given).unwrap();
    let output = place.undertone("hash given.csv --number source --out labels.tsv");
    let left_out =
        "3 texts; left out 2 rows whose text had come before, 2 of them with other values";
    assert_ends(&output, 0, &[left_out, "wrote labels.tsv"], &[]);
    let mut lines = [
        format!("{}\t2026-01-02\t2\tnegative", hash("Halden sinks")),
        format!("{}\t\t1\ta \"b\" c", hash("Kestrel rises, Halden falls")),
        format!("{}\t2026-01-02\t2\tneutral", hash("Deep inside")),
    ];
    lines.sort();
    let expected = format!("hash\tdate\tsource\tlabel\n{}\n", lines.join("\n"));
    assert_eq!(fs::read_to_string(place.path("labels.tsv")).unwrap(), expected);

    assert_ends(&place.join(), 0, &["found 3 of 3 texts"], &[]);
    let (header, mut rows) = place.rows();
    assert_eq!(header, ["text", "date", "source", "label"]);
    rows.sort();
    assert_eq!(
        rows,
        [
            ["Deep inside", "2026-01-02", "2", "neutral"],
            ["Halden sinks", "2026-01-02", "2", "negative"],
            ["Kestrel rises, Halden falls", "", "1", "a \"b\" c"],
        ]
    );
}

#[test]
fn what_cannot_be_hashed_is_refused_with_its_place() {
    let place = Place::new();
    for (content, options, words) in [
        ("text,label\na,\"b\nc\"\n", "", ["line 2, column 2", "without tabs and line ends"]),
        ("text,label\na,b\tc\n", "", ["line 2, column 2", "replace them"]),
        ("text,label\n ,b\n", "", ["line 2, column 1", "expected a text"]),
        ("text,hash\na,b\n", "", ["line 1, column 2", "rename the column"]),
        ("title,label\na,b\n", "", ["title, label", "--text-column"]),
        ("text,label\na,b\n", " --number source", ["text, label", "--number"]),
        ("text,label\na\n", "", ["line 2, column 2", "found 1"]),
    ] {
        fs::write(place.path("given.csv"), content).unwrap();
        let output = place.undertone(&format!("hash given.csv --out new.tsv{options}"));
        assert_ends(&output, 2, &[], &words);
        assert!(!place.path("new.tsv").exists(), "{content:?}");
    }
}
