//! A report as Markdown, for terminals and pull requests.

use super::blocks::{Block, Cell, Document, Heading, Run, Table, percent, three};
use super::chart::{BarGroup, Chart};

/// The length in characters of a bar that stands for 1.
const BAR: f64 = 40.0;

pub(super) fn text(document: &Document) -> String {
    let mut parts = vec![format!("# {}", document.title)];
    parts.extend(document.intro.iter().map(block));
    for section in &document.sections {
        parts.push(format!("## {}", escape(&section.title)));
        parts.extend(section.blocks.iter().map(block));
    }
    parts.extend(["## Model".to_owned(), runs(&document.model)]);
    parts.join("\n\n") + "\n"
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => runs(text),
        Block::Note(text) => escape(text),
        Block::Scores(scores) => {
            let (names, scores) =
                scores.iter().map(|(name, score)| (escape(name), escape(score))).unzip();
            grid(&[names, scores])
        }
        Block::Table(content) => table(content),
        Block::Figure { chart: Chart::Bars { values, total }, table: numbers, .. } => {
            format!("{}\n\n{}", table(numbers), bars(values, total))
        }
        Block::Figure { table: numbers, .. } => table(numbers),
        Block::Rankings(rankings) => side_by_side(rankings),
    }
}

fn runs(runs: &[Run]) -> String {
    let text = |run: &Run| match run {
        Run::Text(text) => escape(text),
        Run::Code(text) => format!("`{text}`"),
        Run::Drawn(_) => String::new(),
    };
    runs.iter().map(text).collect()
}

fn table(table: &Table) -> String {
    let headings = table.headings.iter().map(|heading| match heading {
        Heading::Own(name) => escape(name),
        Heading::Given(name) => escape(name),
    });
    let rows = table.rows.iter().chain(&table.totals);
    let mut lines = vec![headings.collect()];
    lines.extend(rows.map(|row| row.iter().map(cell).collect()));
    format!("{}:\n\n{}", escape(&table.caption), grid(&lines))
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Name(text)
        | Cell::Number(text)
        | Cell::Text(text)
        | Cell::Short(text)
        | Cell::Place(text) => escape(text),
        Cell::Share { part, whole, .. } => format!("{part} ({})", percent(*part, *whole)),
        Cell::Spread(spread) => format!("{} ± {}", three(spread.mean), three(spread.deviation)),
        Cell::List(items) => escape(&items.join("; ")),
    }
}

/// A table with a column for each list, the heaviest item on top.
fn side_by_side(rankings: &[(String, Vec<(String, f32)>)]) -> String {
    let mut lines = vec![rankings.iter().map(|(name, _)| escape(name)).collect()];
    let longest = rankings.iter().map(|(_, items)| items.len()).max();
    lines.extend((0..longest.unwrap_or(0)).map(|rank| {
        let items = rankings.iter().map(|(_, items)| items.get(rank));
        let cell = |(item, weight): &(String, f32)| format!("{} {weight:+.2}", escape(item));
        items.map(|item| item.map_or(String::new(), cell)).collect()
    }));
    grid(&lines)
}

/// A bar for each share of each value and of the total, in a code block.
fn bars(values: &[BarGroup], total: &BarGroup) -> String {
    let one_line = |group: &BarGroup| group.value.replace(char::is_control, " ");
    let groups = || values.iter().chain([total]);
    let width = groups().map(|group| one_line(group).chars().count()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for group in groups() {
        let mut value = one_line(group);
        for (name, share) in &group.shares {
            let (bar, number) = match share {
                Some(share) => ("█".repeat((share * BAR).round() as usize), three(*share)),
                None => (String::new(), "–".to_owned()),
            };
            let line = format!("    {value:width$}  {name:12}  {number:>5}  {bar}");
            lines.push(line.trim_end().to_owned());
            // The value stands only in front of its first bar.
            value.clear();
        }
    }
    lines.join("\n")
}

/// A table of escaped cells, whose first row is the heading. Columns are as wide as their widest
/// cell, so that the source is readable, too.
fn grid(rows: &[Vec<String>]) -> String {
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

/// Text with Markdown's special characters escaped: formatting, edges of tables, links and tags.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(escape("a|b\n<script> `c`"), r"a\|b &lt;script> \`c\`");
        let numbers = Table {
            caption: "How often".to_owned(),
            headings: vec![Heading::Own("text"), Heading::Given("n".to_owned())],
            rows: vec![vec![Cell::Name("x|y".to_owned()), Cell::count(1)]],
            totals: Vec::new(),
        };
        let expected = "How often:\n\n| text | n   |\n| ---- | --- |\n| x\\|y | 1   |";
        assert_eq!(table(&numbers), expected);
    }
}
