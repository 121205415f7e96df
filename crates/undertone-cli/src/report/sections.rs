//! The sections of a report, in any form.

use undertone::Classifier;
use undertone::link::arg_max;
use undertone::train::breakdown::{Breakdown, Scores};
use undertone::train::learning_curve::Point;
use undertone::train::metrics::{CALIBRATION_BINS, ClassMetrics, confidences};
use undertone::train::multilabel;
use undertone::train::tune::Tuning;
use undertone::train::{Corpus, CrossValidation, Metrics, coverage_curve};

use super::blocks::{Block, Cell, Document, Heading, Run, Section, Table, three};
use super::chart::{BarGroup, Chart, Dot};
use super::{Report, Scored};
use crate::inspect::strongest;

/// The number of strongest features that are shown for each label.
const FEATURES: usize = 15;
/// The most wrong predictions that are listed.
const MISTAKES: usize = 20;
/// The most texts with different labels that are listed.
const CONFLICTS: usize = 10;

type Score = fn(&Metrics) -> f64;

pub(super) fn document(report: &Report<'_>) -> Document {
    let mut intro = vec![Block::paragraph(&report.method)];
    let mut sections = vec![data(report), duplicates(report)];
    sections.extend(report.tuning.map(search));
    sections.extend(report.validation.map(cross_validation));
    if let Some(scored) = &report.scored {
        intro.push(headline(scored.metrics));
        let labels = report.model.labels();
        sections.push(classes(&scored.metrics.per_class));
        sections.push(confusion(labels, scored.metrics));
        sections.push(reliability(scored));
        sections.push(coverage(scored));
    }
    sections.extend(report.sets_by_fold.map(folds_of_sets));
    if let Some(sets) = report.sets {
        intro.push(headline_of_sets(sets));
        sections.push(classes(&sets.per_label));
        sections.push(thresholds(report.model));
    }
    sections.extend(report.breakdown.map(breakdown));
    if !report.curve.is_empty() {
        sections.push(learning_curve(report.curve));
    }
    sections.push(features(report));
    sections.extend(report.scored.as_ref().map(|scored| mistakes(report, scored)));
    Document { title: report.title, intro, sections, model: model(report) }
}

fn section(id: &'static str, title: impl Into<String>, blocks: Vec<Block>) -> Section {
    Section { id, title: title.into(), blocks }
}

fn table(
    caption: impl Into<String>,
    headings: Vec<Heading>,
    rows: impl IntoIterator<Item = Vec<Cell>>,
) -> Table {
    let rows = rows.into_iter().collect();
    Table { caption: caption.into(), headings, rows, totals: Vec::new() }
}

fn own(names: &[&'static str]) -> Vec<Heading> {
    names.iter().map(|name| Heading::Own(name)).collect()
}

/// A row with a heading.
fn row(name: impl Into<String>, cells: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
    [Cell::Name(name.into())].into_iter().chain(cells).collect()
}

fn headline(metrics: &Metrics) -> Block {
    Block::Scores(vec![
        ("accuracy", three(metrics.accuracy)),
        ("macro-F1", three(metrics.macro_f1)),
        ("log-loss", three(metrics.log_loss)),
        ("calibration error", three(metrics.calibration_error)),
        ("documents scored", metrics.n.to_string()),
    ])
}

fn headline_of_sets(metrics: &multilabel::Metrics) -> Block {
    Block::Scores(vec![
        ("micro-F1", three(metrics.micro_f1)),
        ("macro-F1", three(metrics.macro_f1)),
        ("subset accuracy", three(metrics.subset_accuracy)),
        ("Hamming loss", three(metrics.hamming_loss)),
        ("log-loss", three(metrics.log_loss)),
        ("calibration error", three(metrics.calibration_error)),
        ("documents scored", metrics.n.to_string()),
    ])
}

/// The section of the folds' scores where texts have several labels.
fn folds_of_sets(validation: &multilabel::Validation) -> Section {
    let scores: [fn(&multilabel::Metrics) -> f64; 5] = [
        |fold| fold.micro_f1,
        |fold| fold.macro_f1,
        |fold| fold.subset_accuracy,
        |fold| fold.hamming_loss,
        |fold| fold.log_loss,
    ];
    let rows = validation.folds.iter().enumerate().map(|(number, fold)| {
        let scores = scores.map(|score| Cell::score(score(fold)));
        row((number + 1).to_string(), [Cell::count(fold.n as u64)].into_iter().chain(scores))
    });
    let names = [
        "fold",
        "documents",
        "micro-F1",
        "macro-F1",
        "subset accuracy",
        "Hamming loss",
        "log-loss",
    ];
    let caption = "Scores of each fold, and mean ± sample standard deviation over the folds";
    let mut table = table(caption, own(&names), rows);
    let spreads = scores.map(|score| Cell::Spread(validation.spread(score)));
    let documents = Cell::count(validation.pooled.n as u64);
    table.totals.push(row("Mean", [documents].into_iter().chain(spreads)));
    section("cross-validation", "Cross-validation", vec![Block::Table(table)])
}

/// The section of the probability from which on each label is given.
fn thresholds(model: &Classifier) -> Section {
    let thresholds = model.info().thresholds.confidence;
    let rows = thresholds.labels().iter().zip(thresholds.values());
    let rows = rows.map(|(label, &least)| row(label, [Cell::score(least)]));
    let about = "A text has every label that is at least as probable as this.";
    let table = table("Threshold of each label", own(&["label", "probability"]), rows);
    section("thresholds", "Thresholds", vec![Block::paragraph(about), Block::Table(table)])
}

fn data(report: &Report<'_>) -> Section {
    let (corpus, labels) = (report.corpus, report.model.labels());
    let mut tested = vec![false; corpus.sets.len()];
    let mut counts = vec![vec![0; labels.len()]; corpus.sets.len()];
    let mut documents = vec![0; corpus.sets.len()];
    for (index, document) in corpus.documents.iter().enumerate() {
        tested[document.set] = corpus.is_tested(index);
        // The corpus may lack some of the model's labels.
        for &label in corpus.labels_of(index) {
            let label = &corpus.labels[label];
            if let Some(class) = labels.iter().position(|known| known == label) {
                counts[document.set][class] += 1;
            }
        }
        documents[document.set] += 1;
    }
    let line = |name: String, counts: &[u64], whole: u64| {
        let share = |&part: &u64| Cell::Share { part, whole, is_toned: false };
        row(name, [Cell::count(whole)].into_iter().chain(counts.iter().map(share)))
    };
    let sets = corpus.sets.iter().zip(&counts).zip(&documents).zip(tested);
    let rows = sets.map(|(((set, counts), &documents), is_tested)| {
        let note = if is_tested { "" } else { " (training only)" };
        line(format!("{}{note}", set.name), counts, documents)
    });
    let all = |class: usize| counts.iter().map(|counts| counts[class]).sum();
    let all: Vec<u64> = (0..labels.len()).map(all).collect();
    let mut headings = own(&["data set", "documents"]);
    headings.extend(labels.iter().cloned().map(Heading::Given));
    let mut table = table("Documents of each label in each data set", headings, rows);
    if counts.len() > 1 {
        table.totals.push(line("all".to_owned(), &all, documents.iter().sum()));
    }
    section("data", "Data", vec![Block::Table(table)])
}

fn duplicates(report: &Report<'_>) -> Section {
    let (corpus, texts) = (report.corpus, &report.duplicates.texts);
    let conflicting = &report.duplicates.conflicting;
    let mut blocks = vec![Block::paragraph(format!(
        "Texts that occur more than once: {}. With different labels: {}.",
        texts.len(),
        conflicting.len()
    ))];
    if !conflicting.is_empty() {
        let rows = conflicting.iter().take(CONFLICTS).map(|documents| {
            let label = |&index: &usize| {
                let labels = corpus.labels_of(index).iter().map(|&one| &corpus.labels[one][..]);
                labels.collect::<Vec<_>>().join("; ")
            };
            let item = |index| format!("{} – {}", label(index), place(corpus, *index));
            let text = documents.first().map_or("", |&first| text(corpus, first));
            vec![Cell::Text(text.to_owned()), Cell::List(documents.iter().map(item).collect())]
        });
        let (shown, all) = (conflicting.len().min(CONFLICTS), conflicting.len());
        let caption = format!("{shown} of {all} texts with different labels");
        blocks.push(Block::Table(table(caption, own(&["text", "labels and places"]), rows)));
    }
    section("duplicates", "Duplicates", blocks)
}

fn search(tuning: &Tuning) -> Section {
    let rows = tuning.candidates.iter().map(|candidate| {
        let note = if candidate.c == tuning.c { " (chosen)" } else { "" };
        let scores = [candidate.accuracy, candidate.macro_f1, candidate.log_loss];
        row(format!("{}{note}", candidate.c), scores.map(Cell::Spread))
    });
    let headings = own(&["C", "accuracy", "macro-F1", "log-loss"]);
    let table = table("Mean ± sample standard deviation over the folds", headings, rows);
    section("tuning", "Choice of C", vec![Block::paragraph(Tuning::CAVEAT), Block::Table(table)])
}

fn cross_validation(validation: &CrossValidation) -> Section {
    let CrossValidation { shipped, full, .. } = validation;
    let scores: [Score; 4] = [
        |fold| fold.accuracy,
        |fold| fold.macro_f1,
        |fold| fold.log_loss,
        |fold| fold.calibration_error,
    ];
    let rows = shipped.folds.iter().enumerate().map(|(number, fold)| {
        let scores = scores.map(|score| Cell::score(score(fold)));
        row((number + 1).to_string(), [Cell::count(fold.n as u64)].into_iter().chain(scores))
    });
    let headings =
        own(&["fold", "documents", "accuracy", "macro-F1", "log-loss", "calibration error"]);
    let caption = "Scores of each fold, and mean ± sample standard deviation over the folds";
    let mut table = table(caption, headings, rows);
    let forms = [
        ("Mean, as shipped", Some(shipped)),
        ("Mean, before pruning and quantisation", full.as_ref()),
    ];
    table.totals.extend(forms.into_iter().filter_map(|(name, folds)| {
        let folds = folds?;
        let spreads = scores.map(|score| Cell::Spread(folds.spread(score)));
        let documents = Cell::count(folds.pooled.n as u64);
        Some(row(name, [documents].into_iter().chain(spreads)))
    }));
    let before = full.as_ref().map_or(String::new(), |full| {
        format!(" ({} before pruning and quantisation)", three(full.pooled.calibration_error))
    });
    let note = format!(
        "The calibration error of all folds together is {}{before}; a single fold has fewer \
         documents a bin, which raises its own.",
        three(shipped.pooled.calibration_error)
    );
    let blocks = vec![Block::Table(table), Block::Note(note)];
    section("cross-validation", "Cross-validation", blocks)
}

fn classes(classes: &[ClassMetrics]) -> Section {
    let rows = classes.iter().map(|class| {
        let scores = [class.precision, class.recall, class.f1].map(Cell::score);
        row(&class.label, scores.into_iter().chain([Cell::count(class.support)]))
    });
    let headings = own(&["label", "precision", "recall", "F1", "documents"]);
    let table = table("Precision, recall and F1 of each label", headings, rows);
    section("labels", "Labels", vec![Block::Table(table)])
}

fn confusion(labels: &[String], metrics: &Metrics) -> Section {
    let rows = labels.iter().zip(metrics.confusion.rows()).map(|(label, counts)| {
        let whole = counts.sum();
        let share = |&part: &u64| Cell::Share { part, whole, is_toned: true };
        row(label, counts.into_iter().map(share))
    });
    let mut headings = own(&["right label"]);
    headings.extend(labels.iter().map(|label| Heading::Given(format!("as {label}"))));
    let caption = "Documents by right label (rows) and predicted label (columns)";
    section("confusion", "Confusion matrix", vec![Block::Table(table(caption, headings, rows))])
}

fn coverage(scored: &Scored<'_>) -> Section {
    let texts: Vec<_> = confidences(scored.truth, scored.probabilities).collect();
    let curve = coverage_curve(&texts);
    let rows = curve.iter().map(|point| {
        row(three(point.coverage), [point.accuracy, point.confidence].map(Cell::score))
    });
    let table = table(
        "The surest texts, from few to all",
        own(&["answered", "right of these", "from probability"]),
        rows,
    );
    let figure = Block::Figure {
        about: "Coverage against accuracy: the share of the texts that have an answer where the model \
                says nothing about less sure ones, and the share of these whose label is right. The \
                table beside it has the numbers."
            .to_owned(),
        chart: Chart::Coverage(curve),
        table,
    };
    let paragraph = Block::paragraph(
        "Where a model says nothing about texts whose label is less probable than some threshold, fewer have an \
         answer, and more answers are right.",
    );
    section("coverage", "Coverage", vec![paragraph, figure])
}

fn reliability(scored: &Scored<'_>) -> Section {
    let bins = scored.bins.iter().enumerate().filter(|(_, bin)| bin.documents > 0);
    let (rows, dots): (Vec<_>, Vec<_>) = bins
        .map(|(number, bin)| {
            let bound = |number: usize| number as f64 / CALIBRATION_BINS as f64;
            let documents = bin.documents;
            let confidence = bin.confidence / documents as f64;
            let accuracy = bin.right as f64 / documents as f64;
            let name = format!("{:.2}–{:.2}", bound(number), bound(number + 1));
            let cells = [Cell::count(documents), Cell::score(confidence), Cell::score(accuracy)];
            (row(name, cells), Dot { documents, confidence, accuracy })
        })
        .unzip();
    let error = three(scored.metrics.calibration_error);
    let paragraph = Block::Paragraph(vec![
        Run::Drawn(
            "A model whose probabilities mean what they say lies on the dashed line; above it, it \
             is right more often than it claims. The area of a dot is the number of documents. ",
        ),
        Run::Text(format!("Expected calibration error: {error}.")),
    ]);
    let headings = own(&["probability", "documents", "mean", "right"]);
    let figure = Block::Figure {
        chart: Chart::Reliability(dots),
        about: format!(
            "Reliability diagram: mean probability against share right, for each bin of the table \
             beside it. Expected calibration error {error}."
        ),
        table: table("Bins of the highest probability", headings, rows),
    };
    section("reliability", "Reliability", vec![paragraph, figure])
}

fn breakdown(breakdown: &Breakdown) -> Section {
    let line = |value: &str, scores: &Scores| {
        let groups = scores.groups.as_ref().map(|groups| Cell::count(groups.groups));
        let none = || Cell::Number("–".to_owned());
        let shares = shares(scores).into_iter();
        let shares = shares.map(|(_, share)| share.map_or_else(none, Cell::score));
        row(value, [Cell::count(scores.lines)].into_iter().chain(groups).chain(shares))
    };
    let bars =
        |value: &str, scores: &Scores| BarGroup { value: value.to_owned(), shares: shares(scores) };
    let parts = || breakdown.parts.iter().map(|part| (&part.value[..], &part.scores));
    let (all, total) = ("all", &breakdown.total);

    let by = breakdown.by.as_deref();
    let groups = breakdown.group.as_ref().map(|_| "groups");
    let names = [by.unwrap_or_default(), "lines"].into_iter().chain(groups);
    let names = names.chain(shares(total).into_iter().map(|(name, _)| name));
    let headings = names.map(|name| Heading::Given(name.to_owned())).collect();
    let rows = parts().map(|(value, scores)| line(value, scores));
    let mut table = table("Scores of the lines of each value", headings, rows);
    table.totals.push(line(all, total));
    let chart = Chart::Bars {
        values: parts().map(|(value, scores)| bars(value, scores)).collect(),
        total: bars(all, total),
    };
    let about = "Bar chart of the shares of the table below it, for each value and for all lines.";

    let mut blocks = Vec::new();
    if let Some(column) = &breakdown.group {
        blocks.push(Block::paragraph(format!(
            "Lines of a file with the same value of {column} are a group; it is right when all of \
             its lines are. Invariance: of the groups whose lines all have one label, the share \
             whose lines all have one prediction."
        )));
    }
    blocks.push(Block::Figure { chart, about: about.to_owned(), table });
    let title = by.map_or("Groups".to_owned(), |column| format!("By {column}"));
    section("breakdown", title, blocks)
}

/// The named shares in scores of a breakdown, in the order of its table; those of groups only if
/// there is a column of groups.
fn shares(scores: &Scores) -> Vec<(&'static str, Option<f64>)> {
    let mut shares = vec![("accuracy", Some(scores.accuracy))];
    if let Some(groups) = &scores.groups {
        shares.push(("groups right", groups.groups_right));
        shares.push(("invariance", groups.invariance));
    }
    shares
}

fn learning_curve(points: &[Point]) -> Section {
    let rows = points.iter().map(|point| {
        let documents = Cell::Number(format!("{:.0}", point.documents));
        let scores = [point.accuracy, point.macro_f1].map(Cell::Spread);
        row(format!("{} %", point.percent), [documents].into_iter().chain(scores))
    });
    let paragraph = Block::Paragraph(vec![
        Run::Text(
            "The recipe fitted to growing shares of each fold’s training part, before pruning, \
             quantisation and calibration."
                .to_owned(),
        ),
        Run::Drawn(" A curve that still rises on the right asks for more data."),
    ]);
    let headings = own(&["share", "documents", "accuracy", "macro-F1"]);
    let figure = Block::Figure {
        chart: Chart::LearningCurve(points.to_vec()),
        about: "Learning curve: accuracy and macro-F1 over training documents, the numbers of the \
                table beside it."
            .to_owned(),
        table: table("Mean ± sample standard deviation over the folds", headings, rows),
    };
    section("learning-curve", "Learning curve", vec![paragraph, figure])
}

fn features(report: &Report<'_>) -> Section {
    let rankings = strongest(report.model, FEATURES).into_iter().map(|label| {
        let features = label.features.iter();
        let items = features.map(|item| (item.feature.escape_debug().to_string(), item.weight));
        (label.label.to_owned(), items.collect())
    });
    let about = Block::paragraph("The features with the highest coefficient for each label.");
    let blocks = vec![about, Block::Rankings(rankings.collect())];
    section("features", "Strongest features", blocks)
}

/// The section of wrong predictions, the most confident first, those of equal confidence in the
/// order of their places.
fn mistakes(report: &Report<'_>, scored: &Scored<'_>) -> Section {
    let (corpus, labels) = (report.corpus, report.model.labels());
    let predictions = scored.documents.iter().zip(scored.probabilities.rows());
    let mut mistakes: Vec<(f64, &str, usize)> = predictions
        .filter_map(|(&document, row)| {
            let row = row.to_vec();
            let class = arg_max(&row);
            let document = document as usize;
            let right = &corpus.labels[corpus.documents[document].label];
            (labels[class] != *right).then(|| (row[class], &labels[class][..], document))
        })
        .collect();
    mistakes.sort_by(|(probability, _, document), (other, _, next)| {
        let place = |&index: &usize| {
            let document = &corpus.documents[index];
            (&corpus.sets[document.set].name, document.line)
        };
        other.total_cmp(probability).then(place(document).cmp(&place(next)))
    });
    let rows = mistakes.iter().take(MISTAKES).map(|&(probability, predicted, document)| {
        vec![
            Cell::Text(text(corpus, document).to_owned()),
            Cell::Short(corpus.labels[corpus.documents[document].label].clone()),
            Cell::Short(predicted.to_owned()),
            Cell::score(probability),
            Cell::Place(place(corpus, document)),
        ]
    });
    let headings = own(&["text", "right", "predicted", "probability", "place"]);
    let block = match mistakes.is_empty() {
        true => Block::paragraph("There are none."),
        false => Block::Table(table("Wrong predictions, the most probable first", headings, rows)),
    };
    section("mistakes", "Most confident mistakes", vec![block])
}

fn model(report: &Report<'_>) -> Vec<Run> {
    let provenance = report.model.provenance();
    let date = match &provenance.date[..] {
        "" => String::new(),
        date => format!(", {date}"),
    };
    let (features, bytes) = (report.model.features(), report.bytes);
    let trained = format!(
        "{features} features, {bytes} bytes, trained by Undertone {}{date}; recipe ",
        provenance.version
    );
    let recipe = Run::Code(provenance.recipe.to_string());
    vec![Run::Text(trained), recipe, Run::Text(".".to_owned())]
}

/// The text of a document, an index into the corpus.
fn text(corpus: &Corpus, document: usize) -> &str {
    corpus.documents[document].text.trim()
}

/// The place of a document, an index into the corpus.
fn place(corpus: &Corpus, document: usize) -> String {
    let document = &corpus.documents[document];
    format!("{}, line {}", corpus.sets[document.set].name, document.line)
}
