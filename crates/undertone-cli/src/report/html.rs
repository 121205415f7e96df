//! A report as one HTML page that loads nothing from elsewhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::blocks::{Block, Cell, Document, Heading, Run, Table, percent, three};
use super::chart::{Chart, MOST_VALUES};

/// The content security policy, by which the browser refuses to load anything.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn page(document: &Document) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (document.title) " – Undertone" }
                style { (PreEscaped(include_str!("report.css"))) }
            }
            body {
                header {
                    h1 { (document.title) }
                    @for part in &document.intro { (block(part)) }
                }
                main {
                    @for section in &document.sections {
                        section aria-labelledby=(section.id) {
                            h2 id=(section.id) { (section.title) }
                            @for part in &section.blocks { (block(part)) }
                        }
                    }
                }
                footer { p { "Model: " (runs(&document.model)) } }
            }
        }
    };
    page.into_string()
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Paragraph(text) => html! { p { (runs(text)) } },
        Block::Note(text) => html! { p.note { (text) } },
        Block::Scores(scores) => html! {
            dl.scores {
                @for (name, score) in scores {
                    div { dt { (capital(name)) } dd { (score) } }
                }
            }
        },
        Block::Table(content) => table(content),
        Block::Figure { chart, about, table: numbers } => figure(chart, about, numbers),
        Block::Rankings(rankings) => html! {
            div.columns {
                @for (name, items) in rankings {
                    div {
                        h3 { (name) }
                        ol {
                            @for (item, weight) in items {
                                li {
                                    span { (item) }
                                    " " data value=(weight) { (format!("{weight:+.2}")) }
                                }
                            }
                        }
                    }
                }
            }
        },
    }
}

fn runs(runs: &[Run]) -> Markup {
    html! {
        @for run in runs {
            @match run {
                Run::Text(text) => (text),
                Run::Code(text) => code { (text) },
                Run::Drawn(text) => (text),
            }
        }
    }
}

/// A chart, with the table of its numbers beside or below it.
fn figure(chart: &Chart, about: &str, numbers: &Table) -> Markup {
    let drawing = chart.draw();
    let drawing = html! {
        figure {
            svg viewBox=(drawing.view_box) role="img" aria-label=(about) {
                (PreEscaped(drawing.content))
            }
        }
    };
    let Chart::Bars { values, .. } = chart else {
        return html! { div.beside { (drawing) (table(numbers)) } };
    };
    html! {
        (drawing)
        @if values.len() > MOST_VALUES {
            p.note { "Drawn are the first " (MOST_VALUES) " of " (values.len()) " values." }
        }
        (table(numbers))
    }
}

/// A table that scrolls, also by keyboard, if it is wider than the page.
fn table(table: &Table) -> Markup {
    let is_toned = |cell: &Cell| matches!(cell, Cell::Share { is_toned: true, .. });
    let tones = match table.rows.iter().flatten().any(is_toned) {
        true => "; the stronger the tone, the larger the share of the row",
        false => "",
    };
    let name = format!("{}{tones}", table.caption);
    let rows = |rows: &[Vec<Cell>]| {
        html! { @for row in rows { tr { @for content in row { (cell(content)) } } } }
    };
    html! {
        div.scroll role="region" aria-label=(name) tabindex="0" {
            table {
                caption { (name) }
                thead { tr { @for name in &table.headings { th scope="col" { (heading(name)) } } } }
                tbody { (rows(&table.rows)) }
                @if !table.totals.is_empty() { tfoot { (rows(&table.totals)) } }
            }
        }
    }
}

fn heading(heading: &Heading) -> String {
    match heading {
        Heading::Own(name) => capital(name),
        Heading::Given(name) => name.clone(),
    }
}

fn cell(cell: &Cell) -> Markup {
    match cell {
        Cell::Name(name) => html! { th scope="row" { (name) } },
        Cell::Number(number) => html! { td { (number) } },
        Cell::Share { part, whole, is_toned } => {
            let share = *part as f64 / (*whole).max(1) as f64;
            let class = is_toned.then_some("heat");
            let tone = is_toned.then(|| format!("--share: {share:.3}"));
            html! {
                td class=[class] style=[tone] { (part) " " small { (percent(*part, *whole)) } }
            }
        }
        Cell::Spread(spread) => html! {
            td { (three(spread.mean)) small { " ± " (three(spread.deviation)) } }
        },
        Cell::Text(text) => html! { td.text { (text) } },
        Cell::Short(text) => html! { td.short { (text) } },
        Cell::Place(place) => html! { td.short { small { (place) } } },
        Cell::List(items) => html! { td.short { ul { @for item in items { li { (item) } } } } },
    }
}

/// A name with its first letter capitalised.
fn capital(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}
