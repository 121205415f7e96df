//! A report as one page that asks for nothing outside itself.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::Chart;
use super::{
    DataSet, Mistake, Report, Sample, Scored, about_groups, breakdown_title, chart, parts, percent,
    shares,
};
use undertone::train::breakdown::{Breakdown, Scores};
use undertone::train::learning_curve::Point;
use undertone::train::tune::Tuning;
use undertone::train::{CrossValidation, Metrics, Spread};

/// The browser itself refuses whatever the page might ask for.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

type Score = fn(&Metrics) -> f64;

pub(super) fn page(report: &Report<'_>) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (report.title) " – Undertone" }
                style { (PreEscaped(include_str!("report.css"))) }
            }
            body {
                header {
                    h1 { (report.title) }
                    p { (report.method) }
                    @if let Some(scored) = &report.scored { (headline(&scored.metrics)) }
                }
                main {
                    (data(report))
                    (duplicates(report))
                    @if let Some(tuning) = report.tuning { (search(tuning)) }
                    @if let Some(validation) = report.validation { (cross_validation(validation)) }
                    @if let Some(scored) = &report.scored {
                        (classes(&scored.metrics))
                        (confusion(report.labels, &scored.metrics))
                        (reliability(scored))
                    }
                    @if let Some(by) = report.breakdown { (breakdown(by)) }
                    @if !report.curve.is_empty() { (learning_curve(report.curve)) }
                    (features(report))
                    @if let Some(scored) = &report.scored { (mistakes(&scored.mistakes)) }
                }
                footer { (model(report)) }
            }
        }
    };
    page.into_string()
}

/// A part of the page under its own heading.
fn section(id: &str, title: &str, content: &Markup) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            (content)
        }
    }
}

/// A table that scrolls where it is wider than the page; by keyboard too.
fn table(name: &str, content: &Markup) -> Markup {
    html! {
        div.scroll role="region" aria-label=(name) tabindex="0" {
            table { caption { (name) } (content) }
        }
    }
}

/// A chart; `about` says in words what it shows.
fn figure(chart: &Chart, about: &str) -> Markup {
    html! {
        figure {
            svg viewBox=(chart.view_box()) role="img" aria-label=(about) {
                (PreEscaped(chart.content()))
            }
        }
    }
}

fn headline(metrics: &Metrics) -> Markup {
    let scores = [
        ("Accuracy", metrics.accuracy),
        ("Macro-F1", metrics.macro_f1),
        ("Log-loss", metrics.log_loss),
        ("Calibration error", metrics.calibration_error),
    ];
    html! {
        dl.scores {
            @for (name, score) in scores {
                div { dt { (name) } dd { (three(score)) } }
            }
            div { dt { "Documents scored" } dd { (metrics.n) } }
        }
    }
}

fn data(report: &Report<'_>) -> Markup {
    let total = |class: usize| report.data.iter().map(|set| set.classes[class]).sum::<u64>();
    let everything = DataSet {
        name: "all",
        is_tested: true,
        classes: (0..report.labels.len()).map(total).collect(),
    };
    let row = |set: &DataSet<'_>| {
        let documents: u64 = set.classes.iter().sum();
        html! {
            tr {
                th scope="row" { (set.name) @if !set.is_tested { " (training only)" } }
                td { (documents) }
                @for &class in &set.classes {
                    td { (class) " " small { (percent(class, documents)) } }
                }
            }
        }
    };
    let rows = html! {
        thead {
            tr {
                th scope="col" { "Data set" }
                th scope="col" { "Documents" }
                @for label in report.labels { th scope="col" { (label) } }
            }
        }
        tbody { @for set in &report.data { (row(set)) } }
        @if report.data.len() > 1 { tfoot { (row(&everything)) } }
    };
    section("data", "Data", &table("Documents of each label in each data set", &rows))
}

fn duplicates(report: &Report<'_>) -> Markup {
    let rows = html! {
        thead {
            tr { th scope="col" { "Text" } th scope="col" { "Labels and places" } }
        }
        tbody {
            @for samples in &report.conflicts {
                tr {
                    td.text { @if let Some(first) = samples.first() { (first.text) } }
                    td.short {
                        ul { @for sample in samples { li { (sample.label) " – " (place(sample)) } } }
                    }
                }
            }
        }
    };
    let content = html! {
        p {
            "Texts that occur more than once: " (report.repeated_texts)
            ". With different labels: " (report.conflicting_texts) "."
        }
        @if !report.conflicts.is_empty() {
            @let name = format!(
                "{} of {} texts with different labels",
                report.conflicts.len(), report.conflicting_texts
            );
            (table(&name, &rows))
        }
    };
    section("duplicates", "Duplicates", &content)
}

fn search(tuning: &Tuning) -> Markup {
    let cell = |spread: Spread| {
        html! { td { (three(spread.mean)) small { " ± " (three(spread.deviation)) } } }
    };
    let rows = html! {
        thead {
            tr {
                @for name in ["C", "Accuracy", "Macro-F1", "Log-loss"] {
                    th scope="col" { (name) }
                }
            }
        }
        tbody {
            @for candidate in &tuning.candidates {
                tr {
                    th scope="row" {
                        (candidate.c)
                        @if candidate.c == tuning.c { " (chosen)" }
                    }
                    (cell(candidate.accuracy))
                    (cell(candidate.macro_f1))
                    (cell(candidate.log_loss))
                }
            }
        }
    };
    let content = html! {
        p { (Tuning::CAVEAT) }
        (table("Mean ± sample standard deviation over the folds", &rows))
    };
    section("tuning", "Choice of C", &content)
}

fn cross_validation(validation: &CrossValidation) -> Markup {
    let shipped = &validation.shipped;
    let scores: [(&str, Score); 4] = [
        ("Accuracy", |fold| fold.accuracy),
        ("Macro-F1", |fold| fold.macro_f1),
        ("Log-loss", |fold| fold.log_loss),
        ("Calibration error", |fold| fold.calibration_error),
    ];
    let rows = html! {
        thead {
            tr {
                th scope="col" { "Fold" }
                th scope="col" { "Documents" }
                @for (name, _) in scores { th scope="col" { (name) } }
            }
        }
        tbody {
            @for (number, fold) in shipped.folds.iter().enumerate() {
                tr {
                    th scope="row" { (number + 1) }
                    td { (fold.n) }
                    @for (_, score) in scores { td { (three(score(fold))) } }
                }
            }
        }
        tfoot {
            @let forms = [("Mean, as shipped", Some(shipped)),
                ("Mean, before pruning and quantisation", validation.full.as_ref())];
            @for (name, folds) in forms {
                @if let Some(folds) = folds {
                    tr {
                        th scope="row" { (name) }
                        td { (folds.pooled.n) }
                        @for (_, score) in scores {
                            @let spread = folds.spread(score);
                            td { (three(spread.mean)) small { " ± " (three(spread.deviation)) } }
                        }
                    }
                }
            }
        }
    };
    let content = html! {
        (table("Scores of each fold, and mean ± sample standard deviation over the folds", &rows))
        p.note {
            "The calibration error of all folds together is "
            (three(shipped.pooled.calibration_error))
            "; a single fold has fewer documents a bin, which raises its own."
        }
    };
    section("cross-validation", "Cross-validation", &content)
}

fn classes(metrics: &Metrics) -> Markup {
    let rows = html! {
        thead {
            tr {
                @for name in ["Label", "Precision", "Recall", "F1", "Documents"] {
                    th scope="col" { (name) }
                }
            }
        }
        tbody {
            @for class in &metrics.per_class {
                tr {
                    th scope="row" { (class.label) }
                    td { (three(class.precision)) }
                    td { (three(class.recall)) }
                    td { (three(class.f1)) }
                    td { (class.support) }
                }
            }
        }
    };
    section("labels", "Labels", &table("Precision, recall and F1 of each label", &rows))
}

fn confusion(labels: &[String], metrics: &Metrics) -> Markup {
    let rows = html! {
        thead {
            tr {
                th scope="col" { "Right label" }
                @for label in labels { th scope="col" { "as " (label) } }
            }
        }
        tbody {
            @for (label, counts) in labels.iter().zip(metrics.confusion.rows()) {
                @let documents = counts.sum();
                tr {
                    th scope="row" { (label) }
                    @for &count in counts {
                        @let share = count as f64 / documents.max(1) as f64;
                        td.heat style=(format!("--share: {share:.3}")) {
                            (count) " " small { (percent(count, documents)) }
                        }
                    }
                }
            }
        }
    };
    let name = "Documents by right label (rows) and predicted label (columns); \
                the stronger the tone, the larger the share of the row";
    section("confusion", "Confusion matrix", &table(name, &rows))
}

fn reliability(scored: &Scored<'_>) -> Markup {
    let error = three(scored.metrics.calibration_error);
    let about = format!(
        "Reliability diagram: mean probability against share right, for each bin of the table \
         beside it. Expected calibration error {error}."
    );
    let rows = html! {
        thead {
            tr {
                @for name in ["Probability", "Documents", "Mean", "Right"] {
                    th scope="col" { (name) }
                }
            }
        }
        tbody {
            @for bin in &scored.reliability {
                tr {
                    th scope="row" { (format!("{:.2}–{:.2}", bin.from, bin.to)) }
                    td { (bin.documents) }
                    td { (three(bin.confidence)) }
                    td { (three(bin.accuracy)) }
                }
            }
        }
    };
    let content = html! {
        p {
            "A model whose probabilities mean what they say lies on the dashed line; above it, it "
            "is right more often than it claims. The area of a dot is the number of documents. "
            "Expected calibration error: " (error) "."
        }
        div.beside {
            (figure(&chart::reliability(&scored.reliability), &about))
            (table("Bins of the highest probability", &rows))
        }
    };
    section("reliability", "Reliability", &content)
}

fn learning_curve(points: &[Point]) -> Markup {
    let rows = html! {
        thead {
            tr {
                @for name in ["Share", "Documents", "Accuracy", "Macro-F1"] {
                    th scope="col" { (name) }
                }
            }
        }
        tbody {
            @for point in points {
                tr {
                    th scope="row" { (point.percent) " %" }
                    td { (format!("{:.0}", point.documents)) }
                    @for spread in [point.accuracy, point.macro_f1] {
                        td { (three(spread.mean)) small { " ± " (three(spread.deviation)) } }
                    }
                }
            }
        }
    };
    let content = html! {
        p {
            "The recipe fitted to growing shares of each fold’s training part, before pruning, "
            "quantisation and calibration. A curve that still rises on the right asks for more data."
        }
        div.beside {
            (figure(
                &chart::learning_curve(points),
                "Learning curve: accuracy and macro-F1 over training documents, the numbers of \
                 the table beside it.",
            ))
            (table("Mean ± sample standard deviation over the folds", &rows))
        }
    };
    section("learning-curve", "Learning curve", &content)
}

fn breakdown(breakdown: &Breakdown) -> Markup {
    let rows = html! {
        thead {
            tr {
                th scope="col" { (breakdown.by.as_deref().unwrap_or_default()) }
                th scope="col" { "lines" }
                @if breakdown.group.is_some() { th scope="col" { "groups" } }
                @for (name, _) in shares(&breakdown.total) { th scope="col" { (name) } }
            }
        }
        @let rows: Vec<_> = parts(breakdown).collect();
        // The last is that of all lines.
        @let (values, total) = rows.split_at(breakdown.parts.len());
        @let row = |(value, scores): &(&str, &Scores)| html! {
            tr {
                th scope="row" { (value) }
                td { (scores.lines) }
                @if let Some(groups) = &scores.groups { td { (groups.groups) } }
                @for (_, share) in shares(scores) {
                    td { (share.map_or_else(|| "–".to_owned(), three)) }
                }
            }
        };
        tbody { @for part in values { (row(part)) } }
        tfoot { @for part in total { (row(part)) } }
    };
    let drawn = breakdown.parts.len().min(chart::MOST_PARTS);
    let about = "Bar chart of the shares of the table below it, for each value and for all lines.";
    let content = html! {
        @if let Some(about) = about_groups(breakdown) { p { (about) } }
        (figure(&chart::breakdown(breakdown), about))
        @if drawn < breakdown.parts.len() {
            p.note { "Drawn are the first " (drawn) " of " (breakdown.parts.len()) " values." }
        }
        (table("Scores of the lines of each value", &rows))
    };
    section("breakdown", &breakdown_title(breakdown), &content)
}

fn features(report: &Report<'_>) -> Markup {
    let content = html! {
        p { "The features with the highest coefficient for each label." }
        div.columns {
            @for label in &report.features {
                div {
                    h3 { (label.label) }
                    ol {
                        @for feature in &label.features {
                            li {
                                span { (feature.feature.escape_debug()) }
                                " " data value=(feature.weight) { (format!("{:+.2}", feature.weight)) }
                            }
                        }
                    }
                }
            }
        }
    };
    section("features", "Strongest features", &content)
}

fn mistakes(mistakes: &[Mistake<'_>]) -> Markup {
    let rows = html! {
        thead {
            tr {
                @for name in ["Text", "Right", "Predicted", "Probability", "Place"] {
                    th scope="col" { (name) }
                }
            }
        }
        tbody {
            @for mistake in mistakes {
                tr {
                    td.text { (mistake.sample.text) }
                    td.short { (mistake.sample.label) }
                    td.short { (mistake.predicted) }
                    td { (three(mistake.probability)) }
                    td.short { small { (place(&mistake.sample)) } }
                }
            }
        }
    };
    let content = html! {
        @if mistakes.is_empty() {
            p { "There are none." }
        } @else {
            (table("Wrong predictions, the most probable first", &rows))
        }
    };
    section("mistakes", "Most confident mistakes", &content)
}

fn model(report: &Report<'_>) -> Markup {
    let provenance = report.model.provenance();
    html! {
        p {
            "Model: " (report.model.features()) " features, " (report.bytes) " bytes, trained by "
            "Undertone " (provenance.version)
            @if !provenance.date.is_empty() { ", " (provenance.date) }
            "; recipe " code { (provenance.recipe) } "."
        }
    }
}

fn place(sample: &Sample<'_>) -> String {
    format!("{}, line {}", sample.file, sample.line)
}

fn three(value: f64) -> String {
    format!("{value:.3}")
}
