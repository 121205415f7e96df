//! `train --report` and `evaluate --report`.

use crate::common;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use common::fixture;

/// A text that is markup, and one text under two labels.
const HOSTILE: &str = "text,label\n\
    <script>alert('x')</script> | profit *rises*,positive\n\
    Orrin Bank wins approval,positive\n\
    Kestrel sales beat forecasts,positive\n\
    orrin bank wins approval ,negative\n\
    Shares of Halden sink,negative\n\
    Kestrel sales miss forecasts,negative\n\
    <script>alert('x')</script> | profit *falls*,negative\n";

fn undertone(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::cargo_bin("undertone").unwrap();
    command.args(arguments).current_dir(folder);
    command
}

fn train(data: &Path, report: &str, folder: &Path) -> String {
    let data = data.to_str().unwrap();
    let arguments = ["train", "--data", data, "--folds", "3", "--report", report];
    undertone(&arguments, folder).assert().success();
    fs::read_to_string(folder.join(report)).unwrap()
}

/// The page under `id` up to the next section.
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let start = page.find(&format!("<section aria-labelledby=\"{id}\">"));
    let rest = &page[start.unwrap_or_else(|| panic!("no section {id}"))..];
    &rest[..rest.find("</section>").unwrap()]
}

fn assert_self_contained(page: &str) {
    for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link"] {
        assert!(!page.contains(reference), "{reference}");
    }
}

#[test]
fn training_gives_a_page_with_every_section() {
    let folder = tempfile::tempdir().unwrap();
    let page = train(&fixture("headlines.csv"), "report.html", folder.path());
    assert!(folder.path().join("model.bin").exists());
    assert_self_contained(&page);
    assert!(section(&page, "data").contains("headlines.csv"));
    assert!(section(&page, "duplicates").contains("Texts that occur more than once: "));
    assert_eq!(section(&page, "cross-validation").matches("<tr>").count(), 1 + 3 + 1);
    assert_eq!(section(&page, "labels").matches("<tr>").count(), 1 + 3);
    assert_eq!(section(&page, "confusion").matches("class=\"heat\"").count(), 9);
    let reliability = section(&page, "reliability");
    assert_eq!(
        reliability.matches("<circle").count(),
        reliability.matches("<tr>").count() - 1,
        "a dot for each bin of the table"
    );
    let curve = section(&page, "learning-curve");
    assert_eq!(curve.matches("<tr>").count(), 1 + 5);
    assert_eq!(curve.matches("<circle").count(), 5);
    assert!(section(&page, "features").contains("<h3>negative</h3>"));
    assert!(section(&page, "mistakes").contains("headlines.csv, line "));
    // Every colour of a chart follows the page.
    assert!(curve.contains("var(--accent)") && !curve.contains("\"#"));
}

#[test]
fn a_report_has_the_full_models_scores_beside_the_shipped_ones() {
    let folder = tempfile::tempdir().unwrap();
    let data = fixture("headlines.csv");
    let data = data.to_str().unwrap();
    let common = ["train", "--data", data, "--folds", "3", "--precision", "int8", "--report"];
    undertone(&[&common[..], &["report.html"]].concat(), folder.path()).assert().success();
    undertone(&[&common[..], &["report.md"]].concat(), folder.path()).assert().success();
    for name in ["report.html", "report.md"] {
        let report = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(report.contains("before pruning and quantisation"), "{name}");
    }
}

#[test]
fn the_same_data_give_the_same_bytes_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = fixture("headlines.csv");
    let reports = ["1", "2", "3"].map(|threads| {
        let data = data.to_str().unwrap();
        let arguments = ["train", "--data", data, "--threads", threads, "--report", "r.html"];
        undertone(&arguments, folder.path()).assert().success();
        fs::read(folder.path().join("r.html")).unwrap()
    });
    assert!(reports[0] == reports[1] && reports[1] == reports[2]);
}

#[test]
fn texts_are_text_and_contradictions_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("hostile.csv");
    fs::write(&data, HOSTILE).unwrap();
    let page = train(&data, "report.html", folder.path());
    assert_self_contained(&page);
    assert!(section(&page, "mistakes").contains("&lt;script&gt;alert"));
    let duplicates = section(&page, "duplicates");
    assert!(duplicates.contains("Texts that occur more than once: 1. With different labels: 1."));
    assert!(duplicates.contains("positive – hostile.csv, line 3"));
    assert!(duplicates.contains("negative – hostile.csv, line 5"));

    let markdown = train(&data, "report.md", folder.path());
    assert!(markdown.contains(r"&lt;script>alert('x')&lt;/script> \| profit \*rises\*"));
    assert!(!markdown.contains("<script"));
}

#[test]
fn train_tells_of_duplicates_without_a_report_too() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("hostile.csv");
    fs::write(&data, HOSTILE).unwrap();
    let arguments = ["train", "--data", "hostile.csv", "--folds", "0"];
    let text = undertone(&arguments, folder.path()).assert().success();
    let text = String::from_utf8(text.get_output().stdout.clone()).unwrap();
    assert!(text.contains("\n1 duplicate texts, 1 with different labels\n"), "{text}");
    let json = undertone(&[&arguments[..], &["--json"]].concat(), folder.path()).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["duplicates"], &json["conflicting"]), (&1.into(), &1.into()));
}

#[test]
fn evaluation_gives_both_forms_without_cross_validation() {
    let folder = tempfile::tempdir().unwrap();
    let data = fixture("headlines.csv");
    train(&data, "train.md", folder.path());
    for name in ["report.html", "report.md"] {
        let data = data.to_str().unwrap();
        let arguments = ["evaluate", "--model", "model.bin", "--data", data, "--report", name];
        undertone(&arguments, folder.path()).assert().success();
    }
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert_self_contained(&page);
    for id in [
        "data",
        "duplicates",
        "labels",
        "confusion",
        "reliability",
        "coverage",
        "features",
        "mistakes",
    ] {
        section(&page, id);
    }
    assert!(!page.contains("id=\"cross-validation\"") && !page.contains("id=\"learning-curve\""));

    let markdown = fs::read_to_string(folder.path().join("report.md")).unwrap();
    let headings: Vec<&str> =
        markdown.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        headings,
        [
            "Data",
            "Duplicates",
            "Labels",
            "Confusion matrix",
            "Reliability",
            "Coverage",
            "Strongest features",
            "Most confident mistakes",
            "Model"
        ]
    );
}

#[test]
fn a_breakdown_is_a_table_and_a_chart_of_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    train(&fixture("headlines.csv"), "train.md", folder.path());
    let rows = "text,label,what kind,group\n\
                Kestrel profit rises,positive,<b>|x,1\n\
                Kestrel profit falls,negative,<b>|x,1\n\
                Orrin Bank names a chairman,neutral,a kind whose name is long,2\n\
                Velbrook Bank names a chairman,neutral,a kind whose name is long,2\n";
    fs::write(folder.path().join("grouped.csv"), rows).unwrap();
    let evaluate = |report: &str, columns: &[&str]| {
        let arguments = ["evaluate", "--model", "model.bin", "--data", "grouped.csv"];
        let arguments = [&arguments[..], &["--report", report], columns].concat();
        undertone(&arguments, folder.path()).assert().success();
        fs::read_to_string(folder.path().join(report)).unwrap()
    };
    let page = evaluate("report.html", &["--by", "what kind", "--group", "group"]);
    assert_self_contained(&page);
    let found = section(&page, "breakdown");
    assert!(found.contains("<h2 id=\"breakdown\">By what kind</h2>"));
    assert_eq!(found.matches("<tr>").count(), 1 + 2 + 1);
    // Of two parts and all lines: three bars each, but for the first, which has no invariance; and
    // the three that tell what is which.
    assert_eq!(found.matches("<rect").count(), 3 * 3 - 1 + 3);
    assert!(found.contains("a kind whose name i…") && found.contains("&lt;b&gt;|x"));
    assert!(!found.contains("<b>") && !found.contains("\"#"));

    let page = evaluate("alone.html", &["--by", "what kind"]);
    let found = section(&page, "breakdown");
    assert!(!found.contains("groups") && found.matches("<rect").count() == 3 + 1);
    let page = evaluate("groups.html", &["--group", "group"]);
    let found = section(&page, "breakdown");
    assert!(found.contains(">Groups</h2>") && found.matches("<rect").count() == 3 + 3);

    let markdown = evaluate("report.md", &["--by", "what kind", "--group", "group"]);
    let (_, found) = markdown.split_once("## By what kind\n").unwrap();
    let (found, _) = found.split_once("\n## ").unwrap();
    let table = found.lines().filter(|line| line.starts_with('|')).count();
    assert_eq!(table, 1 + 1 + 2 + 1);
    assert!(found.contains(r"&lt;b>\|x") && !found.contains("\n<b>"));
    // A bar of forty characters stands for 1.
    let bars: Vec<&str> = found.lines().filter(|line| line.starts_with("    ")).collect();
    assert_eq!(bars.len(), 3 * 3);
    for bar in bars {
        let share = bar.split_whitespace().rev().find(|word| !word.starts_with('█')).unwrap();
        let length = bar.matches('█').count() as f64;
        let expected = if share == "–" { 0.0 } else { 40.0 * share.parse::<f64>().unwrap() };
        assert!((length - expected).abs() <= 0.6, "{bar}");
    }
}

#[test]
fn training_without_cross_validation_still_reports_data_and_features() {
    let folder = tempfile::tempdir().unwrap();
    let data = fixture("headlines.csv");
    let arguments = ["train", "--data", data.to_str().unwrap(), "--folds", "0"];
    undertone(&[&arguments[..], &["--report", "r.html"]].concat(), folder.path())
        .assert()
        .success();
    let page = fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert!(page.contains("nothing was scored"));
    section(&page, "features");
    assert!(!page.contains("id=\"confusion\""));
}

#[test]
fn another_ending_is_an_error_before_any_training() {
    let folder = tempfile::tempdir().unwrap();
    let data = fixture("headlines.csv");
    for (report, message) in
        [("report.pdf", "ends in .html or .md"), ("model.md", "expected two files")]
    {
        let arguments = ["train", "--data", data.to_str().unwrap(), "--out", "model.md"];
        let output = undertone(&[&arguments[..], &["--report", report]].concat(), folder.path())
            .assert()
            .code(2);
        let error = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(error.contains(message), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
