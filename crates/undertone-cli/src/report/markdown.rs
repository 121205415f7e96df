//! A report as Markdown, for terminals and pull requests.

use super::{Report, Sample, about_groups, breakdown_title, parts, percent, shares};
use undertone::train::Metrics;
use undertone::train::breakdown::Breakdown;
use undertone::train::tune::Tuning;

/// Characters of a bar that stands for 1.
const BAR: f64 = 40.0;

pub(super) fn document(report: &Report<'_>) -> String {
    let mut parts = vec![format!("# {}", report.title), report.method.clone()];
    let mut part = |title: &str, lines: Vec<String>| {
        parts.push(format!("## {title}"));
        parts.extend(lines);
    };
    part("Data", vec![data(report)]);
    part("Duplicates", duplicates(report));
    if let Some(tuning) = report.tuning {
        part("Choice of C", vec![search(tuning), Tuning::CAVEAT.to_owned()]);
    }
    if report.validation.is_some() {
        part("Cross-validation", cross_validation(report));
    }
    if let Some(scored) = &report.scored {
        part("Labels", vec![classes(&scored.metrics), summary(&scored.metrics)]);
        part("Confusion matrix", vec![confusion(report.labels, &scored.metrics)]);
        let bins = scored.reliability.iter().map(|bin| {
            vec![
                format!("{:.2}–{:.2}", bin.from, bin.to),
                bin.documents.to_string(),
                three(bin.confidence),
                three(bin.accuracy),
            ]
        });
        part(
            "Reliability",
            vec![
                table(&["probability", "documents", "mean", "right"], bins),
                format!("Expected calibration error: {}.", three(scored.metrics.calibration_error)),
            ],
        );
    }
    if let Some(by) = report.breakdown {
        part(&escape(&breakdown_title(by)), breakdown(by));
    }
    if !report.curve.is_empty() {
        let points = report.curve.iter().map(|point| {
            vec![
                format!("{} %", point.percent),
                format!("{:.0}", point.documents),
                spread(point.accuracy.mean, point.accuracy.deviation),
                spread(point.macro_f1.mean, point.macro_f1.deviation),
            ]
        });
        part(
            "Learning curve",
            vec![
                "Before pruning, quantisation and calibration.".to_owned(),
                table(&["share", "documents", "accuracy", "macro-F1"], points),
            ],
        );
    }
    part("Strongest features", vec![features(report)]);
    if let Some(scored) = &report.scored {
        let mistakes = scored.mistakes.iter().map(|mistake| {
            vec![
                escape(mistake.sample.text),
                escape(mistake.sample.label),
                escape(mistake.predicted),
                three(mistake.probability),
                place(&mistake.sample),
            ]
        });
        let lines = match scored.mistakes.is_empty() {
            true => "There are none.".to_owned(),
            false => table(&["text", "right", "predicted", "probability", "place"], mistakes),
        };
        part("Most confident mistakes", vec![lines]);
    }
    let provenance = report.model.provenance();
    let date = match &provenance.date[..] {
        "" => String::new(),
        date => format!(", {}", escape(date)),
    };
    part(
        "Model",
        vec![format!(
            "{} features, {} bytes, trained by Undertone {}{date}; recipe `{}`.",
            report.model.features(),
            report.bytes,
            provenance.version,
            provenance.recipe
        )],
    );
    parts.join("\n\n") + "\n"
}

fn data(report: &Report<'_>) -> String {
    let labels: Vec<String> = report.labels.iter().map(|label| escape(label)).collect();
    let mut heading = vec!["data set", "documents"];
    heading.extend(labels.iter().map(String::as_str));
    let rows = report.data.iter().map(|set| {
        let documents: u64 = set.classes.iter().sum();
        let note = if set.is_tested { "" } else { " (training only)" };
        let mut row = vec![format!("{}{note}", escape(set.name)), documents.to_string()];
        let classes = set.classes.iter();
        row.extend(classes.map(|&class| format!("{class} ({})", percent(class, documents))));
        row
    });
    table(&heading, rows)
}

fn duplicates(report: &Report<'_>) -> Vec<String> {
    let mut lines = vec![format!(
        "Texts that occur more than once: {}. With different labels: {}.",
        report.repeated_texts, report.conflicting_texts
    )];
    if !report.conflicts.is_empty() {
        let rows = report.conflicts.iter().map(|samples| {
            let places: Vec<String> = samples
                .iter()
                .map(|sample| format!("{} – {}", escape(sample.label), place(sample)))
                .collect();
            let text = samples.first().map_or("", |sample| sample.text);
            vec![escape(text), places.join("; ")]
        });
        lines.push(table(&["text", "labels and places"], rows));
    }
    lines
}

fn search(tuning: &Tuning) -> String {
    let rows = tuning.candidates.iter().map(|candidate| {
        let chosen = if candidate.c == tuning.c { " (chosen)" } else { "" };
        vec![
            format!("{}{chosen}", candidate.c),
            spread(candidate.accuracy.mean, candidate.accuracy.deviation),
            spread(candidate.macro_f1.mean, candidate.macro_f1.deviation),
            spread(candidate.log_loss.mean, candidate.log_loss.deviation),
        ]
    });
    table(&["C", "accuracy", "macro-F1", "log-loss"], rows)
}

fn cross_validation(report: &Report<'_>) -> Vec<String> {
    let Some(validation) = report.validation else { return Vec::new() };
    let forms = [
        ("as shipped", Some(&validation.shipped)),
        ("before pruning and quantisation", validation.full.as_ref()),
    ];
    let rows = forms.into_iter().filter_map(|(name, folds)| {
        let folds = folds?;
        let of = |score: fn(&Metrics) -> f64| {
            let score = folds.spread(score);
            spread(score.mean, score.deviation)
        };
        Some(vec![
            name.to_owned(),
            of(|fold| fold.accuracy),
            of(|fold| fold.macro_f1),
            of(|fold| fold.log_loss),
            three(folds.pooled.calibration_error),
        ])
    });
    vec![
        "Mean ± sample standard deviation over the folds; the calibration error is that of all \
         folds together."
            .to_owned(),
        table(&["model", "accuracy", "macro-F1", "log-loss", "calibration error"], rows),
    ]
}

fn summary(metrics: &Metrics) -> String {
    format!(
        "{} documents: accuracy {}, macro-F1 {}, log-loss {}.",
        metrics.n,
        three(metrics.accuracy),
        three(metrics.macro_f1),
        three(metrics.log_loss)
    )
}

fn classes(metrics: &Metrics) -> String {
    let rows = metrics.per_class.iter().map(|class| {
        vec![
            escape(&class.label),
            three(class.precision),
            three(class.recall),
            three(class.f1),
            class.support.to_string(),
        ]
    });
    table(&["label", "precision", "recall", "F1", "documents"], rows)
}

fn confusion(labels: &[String], metrics: &Metrics) -> String {
    let names: Vec<String> = labels.iter().map(|label| format!("as {}", escape(label))).collect();
    let mut heading = vec!["right label"];
    heading.extend(names.iter().map(String::as_str));
    let rows = labels.iter().zip(metrics.confusion.rows()).map(|(label, counts)| {
        let documents = counts.sum();
        let counts = counts.into_iter();
        let cells = counts.map(|&count| format!("{count} ({})", percent(count, documents)));
        std::iter::once(escape(label)).chain(cells).collect()
    });
    table(&heading, rows)
}

fn breakdown(breakdown: &Breakdown) -> Vec<String> {
    let about = about_groups(breakdown).map(|about| escape(&about));
    let mut heading = vec![escape(breakdown.by.as_deref().unwrap_or_default()), "lines".to_owned()];
    if breakdown.group.is_some() {
        heading.push("groups".to_owned());
    }
    heading.extend(shares(&breakdown.total).iter().map(|(name, _)| (*name).to_owned()));
    let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
    let rows = parts(breakdown).map(|(value, scores)| {
        let groups = scores.groups.as_ref().map(|groups| groups.groups.to_string());
        let shares = shares(scores).into_iter();
        let shares = shares.map(|(_, share)| share.map_or_else(|| "–".to_owned(), three));
        let cells = [escape(value), scores.lines.to_string()].into_iter().chain(groups);
        cells.chain(shares).collect()
    });
    about.into_iter().chain([table(&heading, rows), bars(breakdown)]).collect()
}

/// A bar for each share of each part, in a block that is kept as it is.
fn bars(breakdown: &Breakdown) -> String {
    let one_line = |text: &str| text.replace(char::is_control, " ");
    let rows: Vec<_> = parts(breakdown).map(|(value, scores)| (one_line(value), scores)).collect();
    let width = rows.iter().map(|(value, _)| value.chars().count()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (value, scores) in &rows {
        let mut value = &value[..];
        for (name, share) in shares(scores) {
            let (bar, number) = match share {
                Some(share) => ("█".repeat((share * BAR).round() as usize), three(share)),
                None => (String::new(), "–".to_owned()),
            };
            lines.push(format!("    {value:width$}  {name:12}  {number:>5}  {bar}"));
            // Said once, in front of its first bar.
            value = "";
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

/// A column for each label, the strongest feature on top.
fn features(report: &Report<'_>) -> String {
    let names: Vec<String> = report.features.iter().map(|label| escape(label.label)).collect();
    let heading: Vec<&str> = names.iter().map(String::as_str).collect();
    let longest = report.features.iter().map(|label| label.features.len()).max();
    let rows = (0..longest.unwrap_or(0)).map(|rank| {
        let cells = report.features.iter().map(|label| {
            label.features.get(rank).map_or(String::new(), |feature| {
                let text = feature.feature.escape_debug().to_string();
                format!("{} {:+.2}", escape(&text), feature.weight)
            })
        });
        cells.collect()
    });
    table(&heading, rows)
}

/// Columns as wide as their widest cell: readable before it is rendered, too.
fn table(heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let heading: Vec<String> = heading.iter().map(|&name| name.to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    let rule = widths.iter().map(|&width| "-".repeat(width)).collect();
    lines.insert(1, line(&rule));
    lines.join("\n")
}

/// Text that Markdown neither formats nor takes for a table's edge, a link or a tag.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                escaped.extend(['\\', character]);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

fn place(sample: &Sample<'_>) -> String {
    format!("{}, line {}", escape(sample.file), sample.line)
}

fn spread(mean: f64, deviation: f64) -> String {
    format!("{mean:.3} ± {deviation:.3}")
}

fn three(value: f64) -> String {
    format!("{value:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(escape("a|b\n<script> `c`"), r"a\|b &lt;script> \`c\`");
        let rows = [vec![escape("x|y"), "1".to_owned()]];
        let expected = "| text | n   |\n| ---- | --- |\n| x\\|y | 1   |";
        assert_eq!(table(&["text", "n"], rows.into_iter()), expected);
    }
}
